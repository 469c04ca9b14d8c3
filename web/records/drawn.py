"""Values as HTML. For each field one function is made for the whole page, so that a list of hundreds of cells is hundreds of plain calls. Pure.

Everything that a value or a name brings is escaped here; what comes back is safe to stand in a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

from config.persian.digits import in_script
from config.translations import _, translate
from crm.entity import Entity
from crm.fields.choices import Choice
from crm.fields.field import Field
from crm.fields.kind import Showing
from crm.fields.references import Reference
from crm.fields.rich import safe_html
from crm.fields.rows import Rows
from crm.fields.texts import Line
from crm.record import Record
from web import filters

Draw = Callable[[Any], str]
"""A value that is there → its HTML."""
Targets = Mapping[str, Mapping[str, object]]
"""The entities whose records the reader may see: {entity: {"address": …}}; names of others are not links."""
Maker = Callable[[Field, Showing, Targets], Draw]

MOST_LINES = 4
"""Rows that a list's cell shows."""
LONG = ("long_text", "rich_text")
NOTHING: tuple[object, ...] = (None, "", [])


def drawing(one: Field, showing: Showing, targets: Targets) -> Draw:
    """How the values of a field are drawn on the page of a record."""
    return _MAKERS.get(one.kind.widget, _plain)(one, showing, targets)


def cell(one: Field, showing: Showing, targets: Targets) -> Draw:
    """How they are drawn in a list: "" for nothing, long texts clipped, rows as a few lines."""
    if isinstance(one.kind, Rows):
        return _lines(one.kind, showing, targets)
    yes_no = one.kind.widget == "yes_no"
    draw = _clipped(one, showing) if one.kind.widget in LONG else drawing(one, showing, targets)
    return lambda value: "" if value in NOTHING or (yes_no and not value) else draw(value)


def row_of(fields: Iterable[Field], showing: Showing, targets: Targets) -> Callable[[Mapping[str, Any]], str]:
    """How the values of a record are drawn as cells of a table's row."""
    made = []
    for one in fields:
        numeric = ' class="number"' if one.kind.numeric else ""
        made.append((one.name, f'<td data-label="{escape(one.word(showing.language))}"{numeric}>', cell(one, showing, targets)))
    return lambda values: "".join([f"{head}{draw(values.get(name))}</td>" for name, head, draw in made])


def rows_of(entity: Entity, fields: Iterable[Field], showing: Showing, targets: Targets, behind: str) -> Callable[[Record], str]:
    """How a record is drawn as a row of its list: its mark, its name with colour and picture, a cell for each field.

    `behind` is what the addresses of the records end with ("?list=…").
    """
    language, cells = showing.language, row_of(fields, showing, targets)
    kinds = {one.name: f'<span title="{escape(translate(language, one.title))}">{_icon(one.icon)}</span>' for one in entity.variants}
    mark = escape(translate(language, _("Mark {record}"))).replace("{record}", "%s")
    starred = escape(translate(language, _("Starred")))
    star = f'<span class="mark-star" title="{starred}">{_icon("star")}<span class="visually-hidden">{starred}</span></span>'
    inactive = f'<span class="chip">{escape(translate(language, _("Inactive")))}</span>'
    address, behind = escape(entity.address), escape(behind)

    def draw(one: Record) -> str:
        values, name, colour = one.values, escape(one.title), entity.colour_of(one.values)
        dot = f'<span class="group-dot" data-colour="{escape(colour)}"></span>' if colour else ""
        picture = _icon(values["icon"]) if values.get("icon") else kinds.get(entity.variant(values), "")
        return (
            f'<tr data-id="{one.id}"{"" if values["active"] else _INACTIVE}>'
            f'<td class="pick"><input type="checkbox" name="marked" value="{one.id}" aria-label="{mark % name}"></td>'
            f'<th scope="row"><span class="row tight">{dot}{picture}<a href="{address}/{one.id}{behind}"><bdi>{name}</bdi></a>'
            f"{star if one.starred else ''}{'' if values['active'] else inactive}</span></th>{cells(values)}</tr>"
        )

    return draw


_INACTIVE = ' class="inactive"'


def _icon(name: str) -> str:
    """One of our pictures, for eyes only (parts.html has the same for templates)."""
    return f'<svg class="icon" aria-hidden="true"><use href="#i-{escape(name)}"></use></svg>'


# ── In lists ─────────────────────────────────────────────────────────────────────────────────────────────────


def _clipped(one: Field, showing: Showing) -> Draw:
    show, language = one.kind.show, showing.language
    return lambda value: f'<span class="clipped" dir="auto">{escape(in_script(show(value, showing), language))}</span>'


def _lines(kind: Rows, showing: Showing, targets: Targets) -> Draw:
    by_name = {one.name: one for one in kind.fields}
    brief = [by_name[name] for name in kind.brief if name in by_name] or list(kind.fields)
    drawn = [
        (one.name, _named(one, showing, cell(one, showing, targets)) if isinstance(one.kind, Line) else cell(one, showing, targets))
        for one in brief
    ]
    language = showing.language

    def draw(rows: Any) -> str:
        if not rows:
            return ""
        found = "".join(
            [
                f'<span class="row tight row-line">{" ".join([part for name, each in drawn if (part := each(row.get(name)))])}</span>'
                for row in rows[:MOST_LINES]
            ]
        )
        if len(rows) > MOST_LINES:
            more = in_script(translate(language, _("{n} more"), n=len(rows) - MOST_LINES), language)
            found += f'<span class="muted">{escape(more)}</span>'
        return found

    return draw


def _named(one: Field, showing: Showing, draw: Draw) -> Draw:
    """A line of a row; digits alone say what they are: “ext. 12”."""
    word, language = escape(one.word(showing.language)), showing.language

    def draw_named(value: Any) -> str:
        if value and str(value).isascii() and str(value).isdigit():
            return f'<span class="muted">{word} {in_script(str(value), language)}</span>'
        return draw(value)

    return draw_named


# ── By widget ────────────────────────────────────────────────────────────────────────────────────────────────


def _plain(one: Field, showing: Showing, _targets: Targets) -> Draw:
    show, language = one.kind.show, showing.language
    if one.kind.widget in ("time", "duration"):
        return lambda value: f'<span dir="auto">{escape(in_script(show(value, showing), language))}</span>'

    def draw(value: Any) -> str:
        text = show(value, showing)
        return f'<span dir="auto">{in_script(text, language) if text.isascii() and text.isdigit() else escape(text)}</span>'

    return draw


def _long_text(one: Field, showing: Showing, _targets: Targets) -> Draw:
    show = one.kind.show
    return lambda value: f'<div class="prose lines" dir="auto">{escape(show(value, showing))}</div>'


def _rich_text(_one: Field, _showing: Showing, _targets: Targets) -> Draw:
    return lambda value: f'<div class="prose" dir="auto">{safe_html(value)}</div>'


def _number(one: Field, showing: Showing, _targets: Targets) -> Draw:
    show = one.kind.show
    return lambda value: f"<bdi>{escape(show(value, showing))}</bdi>"


def _money(_one: Field, showing: Showing, _targets: Targets) -> Draw:
    language = showing.language
    return lambda value: str(filters.money(value, language, "toman"))


def _yes_no(one: Field, showing: Showing, _targets: Targets) -> Draw:
    show, check = one.kind.show, _icon("check")
    return lambda value: f'<span class="state good">{check}{escape(show(value, showing))}</span>'


def _choice(one: Field, showing: Showing, _targets: Targets) -> Draw:
    kind = one.kind
    assert isinstance(kind, Choice)
    known = {option.code: _chip(option.word(showing.language), option.colour) for option in reversed(kind.choices)}

    def draw(value: Any) -> str:
        return "".join([known.get(code) or _chip(str(code), "") for code in (value if isinstance(value, list) else [value])])

    return draw


def _chip(word: str, colour: str) -> str:
    dot = f'<span class="group-dot" data-colour="{escape(colour)}"></span>' if colour else ""
    return f'<span class="chip">{dot}{escape(word)}</span> '


def _colour(_one: Field, _showing: Showing, _targets: Targets) -> Draw:
    # A code that is typed elsewhere: with letters among its digits it stays as it is in every language.
    return lambda value: f'<span class="row tight"><span class="group-dot" data-colour="{escape(value)}"></span>{filters.bdi(value)}</span>'


def _sign(_one: Field, _showing: Showing, _targets: Targets) -> Draw:
    return lambda value: _icon(str(value))


def _file(one: Field, showing: Showing, _targets: Targets) -> Draw:
    show, picture = one.kind.show, _icon("download")
    return lambda value: f'<a href="/files/{int(value)}" hx-boost="false">{picture}<bdi>{escape(show(value, showing))}</bdi></a>'


def _picture(one: Field, showing: Showing, _targets: Targets) -> Draw:
    title = escape(one.word(showing.language))

    def draw(value: Any) -> str:
        shown = f'<img class="small-picture" src="/files/{int(value)}/small" alt="{title}" loading="lazy">'
        return f'<a href="/files/{int(value)}/show" target="_blank" rel="noopener" hx-boost="false">{shown}</a>'

    return draw


def _phone(_one: Field, showing: Showing, _targets: Targets) -> Draw:
    language, dial = showing.language, filters.telephone(showing.language)

    def draw(value: str) -> str:
        number, _sign, extension = value.partition(";ext=")
        if not extension:
            return dial(number)
        said = translate(language, _("ext. {digits}"), digits=in_script(extension, language))
        return f'{dial(number)} <span class="muted">{escape(said)}</span>'

    return draw


def _contact_point(_one: Field, showing: Showing, _targets: Targets) -> Draw:
    dial = filters.telephone(showing.language)
    return lambda value: dial(value) if value[:1] == "+" else _mail(value) if "@" in value[1:] else f'<bdi dir="ltr">{escape(value)}</bdi>'


def _mail(value: str) -> str:
    shown = escape(value)
    return f'<a href="mailto:{shown}" hx-boost="false"><bdi dir="ltr">{shown}</bdi></a>'


def _email(_one: Field, _showing: Showing, _targets: Targets) -> Draw:
    return _mail


def _web(_one: Field, _showing: Showing, _targets: Targets) -> Draw:
    def draw(value: str) -> str:
        shown = escape(value)
        return f'<a href="{shown}" target="_blank" rel="noopener noreferrer" hx-boost="false"><bdi dir="ltr">{shown}</bdi></a>'

    return draw


def _code(one: Field, showing: Showing, _targets: Targets) -> Draw:
    show, language = one.kind.show, showing.language
    copy = escape(translate(showing.language, _("Copy {what}"), what=one.word(showing.language)))
    behind = f'aria-label="{copy}" title="{copy}">{_icon("copy")}</button></span>'

    def draw(value: str) -> str:
        shown = f'<span class="row tight"><bdi dir="ltr">{escape(in_script(show(value, showing), language))}</bdi>'
        return f'{shown}<button type="button" class="copy" data-copy="{escape(str(value))}" {behind}'

    return draw


def _map_point(_one: Field, showing: Showing, _targets: Targets) -> Draw:
    pin, language = _icon("pin"), showing.language
    return lambda value: (
        f'<a href="geo:{escape(value)}" hx-boost="false">{pin}<bdi dir="ltr">{escape(in_script(str(value), language))}</bdi></a>'
    )


def _rating(one: Field, showing: Showing, _targets: Targets) -> Draw:
    show, language, most = one.kind.show, showing.language, int(getattr(one.kind, "high", 5))

    def draw(value: Any) -> str:
        said = in_script(translate(language, _("{n} of {most}"), n=value, most=most), language)
        return f'<span class="stars" role="img" aria-label="{escape(said)}">{escape(show(value, showing))}</span>'

    return draw


def _reference(one: Field, showing: Showing, targets: Targets) -> Draw:
    assert isinstance(one.kind, Reference)
    draw_one, comma = _link(one.kind.entity, showing, targets), translate(showing.language, _(", "))
    # In one span: a list's cell on a phone gives each of its children a line, and a comma alone on a line says nothing.
    return lambda value: (
        f"<span>{comma.join([draw_one(number) for number in value])}</span>" if isinstance(value, list) else draw_one(value)
    )


def _any_reference(_one: Field, showing: Showing, targets: Targets) -> Draw:
    def draw(value: str) -> str:
        entity, _sign, number = value.partition(":")
        return _link(entity, showing, targets)(int(number))

    return draw


def _link(entity: str, showing: Showing, targets: Targets) -> Callable[[int], str]:
    """The name of a record of `entity`, a link when the reader may open it."""
    target = targets.get(entity)
    if target is None:
        return lambda number: f"<bdi>{escape(showing.title(entity, number, f'#{number}'))}</bdi>"
    begin = f'<a href="{escape(str(target["address"]))}/'

    def draw(number: int) -> str:
        name = f"<bdi>{escape(showing.title(entity, number, f'#{number}'))}</bdi>"
        return f'{begin}{number}">{name}</a>' if showing.opens(entity, number) else name

    return draw


_MAKERS: Mapping[str, Maker] = {
    "long_text": _long_text, "rich_text": _rich_text, "number": _number, "money": _money, "yes_no": _yes_no,
    "choice": _choice, "multi_choice": _choice, "state": _choice, "colour": _colour, "icon": _sign, "file": _file, "picture": _picture,
    "phone": _phone, "contact_point": _contact_point, "email": _email, "web": _web, "code": _code, "map_point": _map_point,
    "rating": _rating, "reference": _reference, "references": _reference, "any_reference": _any_reference,
}  # fmt: skip
"""How the values of each widget (crm/fields) are drawn; the others are plain text."""
