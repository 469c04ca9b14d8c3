"""The form of a field of the administrators' own: its inputs are fields themselves; what they hold becomes a row of custom_field, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from config.errors import Refusal
from config.persian.digits import to_ascii
from config.translations import _
from crm.access import MOST_FIELD_LEVEL
from crm.catalogue import Catalogue
from crm.entity import Entity
from crm.expression import parse as parse_condition, to_json
from crm.fields.choices import Choice, MultiChoice, Option, options
from crm.fields.field import Field
from crm.fields.kind import Reading
from crm.fields.numbers import Number, YesNo
from crm.fields.rows import Rows
from crm.fields.texts import Colour, Line, LongText
from crm.formula import read_formula, written
from crm.own_field import IN_ROWS, RESULTS, offered
from crm.own_lists import free_code, lists_of
from crm.record_draft import RecordInvalid

TEXTS, NUMBERS = ("text", "long_text", "rich_text"), ("number", "percent")
CHOICES = ("choice", "multi_choice", "state")
FLAGS = ("required", "listed", "searched", "quick", "carded", "indexed")
CONDITIONS = {
    "=": _("is"),
    "!=": _("is not"),
    "filled": _("is filled"),
    "empty": _("is empty"),
    ">": _("is more than"),
    "<": _("is less than"),
    "has": _("has"),
}
ALSO_HELP = _("Other words for it in files that are imported and in programs, with commas between.")
YEARLY = {"jalali": _("every year, by the Jalali calendar"), "gregorian": _("every year, by the Gregorian calendar")}
LEVELS = {"0": _("everybody who sees the record"), "1": _("confidential"), "2": _("secret")}
assert len(LEVELS) == MOST_FIELD_LEVEL + 1


def fields_of(entity: Entity, catalogue: Catalogue, language: str, *, new: bool) -> tuple[Field, ...]:
    """The inputs of the form."""
    kinds = tuple(Option(code, kind.title) for code, kind in offered().items())
    simple = tuple(one for one in kinds if one.code in IN_ROWS)
    results = tuple(one for one in kinds if one.code in RESULTS)
    sections = tuple(Option(one.name, one.title) for one in entity.sections)
    others = tuple(
        Option(one.name, one.word(language)) for one in entity.fields if one.active and one.filtered and not isinstance(one.kind, Rows)
    )
    entities = tuple(Option(one.name, one.word(language)) for one in catalogue.entities.values())
    lists = tuple(Option(one.name, one.uses[0].word(language) if one.uses else one.name) for one in lists_of(catalogue))

    def when(*codes: str) -> dict[str, Any]:
        return {"field": "kind", "op": "in", "value": list(codes)}

    condition = (
        ("show_if", _("Show only when"), _("The field that decides whether this one is shown.")),
        ("required_if", _("Needed only when"), _("The field that decides whether this one must be filled in.")),
    )
    return (
        Field(name="label_fa", kind=Line(longest=120), label=_("Label in Persian"), required=True),
        Field(name="label_en", kind=Line(longest=120), label=_("Label in English")),
        *((Field(name="name", kind=Line(longest=40), label=_("Code"), help=_("For programs and files; small Latin letters. Given by itself when left empty, and never changed.")),) if new else ()),
        Field(name="kind", kind=Choice(choices=kinds), label=_("Kind"), required=True),
        Field(name="help", kind=Line(longest=500), label=_("Explanation below the field")),
        Field(name="section", kind=Choice(choices=sections), label=_("Section"), help=_("Without one it stands under “More”.")),
        Field(name="longest", kind=Number(low=1, high=100_000), label=_("Letters at most"), show_if=when(*TEXTS)),
        Field(name="low", kind=Number(places=6), label=_("Smallest value"), show_if=when(*NUMBERS)),
        Field(name="high", kind=Number(places=6), label=_("Largest value"), show_if=when(*NUMBERS, "rating")),
        Field(name="places", kind=Number(low=0, high=6), label=_("Decimal places"), show_if=when(*NUMBERS)),
        Field(name="unit", kind=Line(longest=30), label=_("Unit"), help=_("Stands behind the number: kg, pieces…"), show_if=when("number")),
        Field(name="list", kind=Choice(choices=lists), label=_("Choices from the list"), help=_("One of the editable lists, or choices of its own below."), show_if=when(*CHOICES)),
        Field(
            name="choices", label=_("Choices"), help=_("“May become” is for states: the choices it may move to, with commas; empty: to all."), show_if={"and": [when(*CHOICES), {"field": "list", "op": "empty"}]},
            kind=Rows(
                most=300,
                fields=(
                    Field(name="fa", kind=Line(longest=120), label=_("In Persian")), Field(name="en", kind=Line(longest=120), label=_("In English")),
                    Field(name="colour", kind=Colour(), label=_("Colour")), Field(name="off", kind=YesNo(), label=_("Not offered any more")),
                    Field(name="to", kind=Line(longest=300), label=_("May become")), Field(name="also", kind=Line(longest=500), label=_("Also read as"), help=ALSO_HELP),
                ),
            ),
        ),
        Field(name="entity_of", kind=Choice(choices=entities), label=_("Points to"), show_if=when("reference", "references")),
        Field(name="entities", kind=MultiChoice(choices=entities), label=_("May point to"), help=_("None chosen: to everything."), show_if=when("any_reference")),
        Field(
            name="columns", label=_("Columns"), show_if=when("rows"),
            kind=Rows(
                most=20,
                fields=(
                    Field(name="fa", kind=Line(longest=120), label=_("In Persian"), required=True), Field(name="en", kind=Line(longest=120), label=_("In English")),
                    Field(name="kind", kind=Choice(choices=simple), label=_("Kind"), required=True), Field(name="required", kind=YesNo(), label=_("Needed")),
                    Field(name="choices", kind=Line(longest=2000), label=_("Choices"), help=_("With commas, for a choice.")),
                ),
            ),
        ),
        Field(
            name="formula", kind=LongText(longest=500), label=_("Formula"), show_if=when("computed"),
            help=_('Such as: price * 2 · round([label] / 3, 1) · days(begins, ends) · join(first_name, " ", last_name) · if(state = "done", 0, price)'),
        ),
        Field(name="result", kind=Choice(choices=results), label=_("Shown as"), show_if=when("computed")),
        *(Field(name=name, kind=YesNo(), label=word, help=why) for name, word, why in (
            ("required", _("Needed"), _("A record cannot be saved without it.")),
            ("listed", _("A column of the list"), ""),
            ("searched", _("Found by the search box"), ""),
            ("quick", _("In the quick form"), ""),
            ("carded", _("On the card of a caller"), ""),
            ("indexed", _("Quick to filter"), _("An index of its own, for lists of very many records.")),
        )),
        Field(name="alarm", kind=YesNo(), label=_("Rings ahead"), help=_("The record’s experts are told before the day comes."), show_if=when("date", "moment")),
        Field(name="ahead", kind=Line(longest=60), label=_("Days before"), help=_("Such as 7, 1, 0: a week before, a day before and on the day."), show_if=when("date", "moment")),
        Field(name="yearly", kind=Choice(choices=options(YEARLY)), label=_("Comes again"), show_if=when("date")),
        Field(name="level", kind=Choice(choices=options(LEVELS)), label=_("Who may see it"), required=True),
        Field(name="default", kind=Line(longest=200), label=_("Begins with"), help=_("@today and @me mean the day and the user.")),
        *(Field(name="of", kind=MultiChoice(choices=tuple(Option(one.name, one.title) for one in entity.variants)), label=_("Only for"), help=_("None chosen: for all."))
          for _one in entity.variants[:1]),
        *(made for name, word, why in condition for made in (
            Field(name=f"{name}_field", kind=Choice(choices=others), label=word, help=why),
            Field(name=f"{name}_op", kind=Choice(choices=options(CONDITIONS)), label=_("Comparison"), show_if={"field": f"{name}_field", "op": "filled"}),
            Field(name=f"{name}_value", kind=Line(longest=200), label=_("Value"),
                  show_if={"and": [{"field": f"{name}_field", "op": "filled"}, {"not": {"field": f"{name}_op", "op": "in", "value": ["filled", "empty"]}}]}),
        )),
    )  # fmt: skip


SECTIONS: Sequence[tuple[str, str, tuple[str, ...]]] = (
    ("what", _("The field"), ("label_fa", "label_en", "name", "kind", "help", "section")),
    (
        "kind",
        _("Its values"),
        ("longest", "low", "high", "places", "unit", "list", "choices", "entity_of", "entities", "columns", "formula", "result", "default"),
    ),
    ("where", _("Where it is used"), (*FLAGS, "alarm", "ahead", "yearly", "level", "of")),
    (
        "when",
        _("Depending on other fields"),
        ("show_if_field", "show_if_op", "show_if_value", "required_if_field", "required_if_op", "required_if_value"),
    ),
)


def values_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the values of the form."""
    given, flags = dict(row["options"] or {}), dict(row["flags"] or {})
    choices = given.get("choices") or []
    moves = given.get("moves") or {}
    words = {one["code"]: one.get("fa") or one["title"] for one in choices}
    found: dict[str, Any] = {name: row[name] for name in ("label_fa", "label_en", "name", "kind", "help", "section")}
    found |= {name: given.get(name) for name in ("longest", "low", "high", "places", "unit", "list")}
    found["low"], found["high"] = (
        None if found[name] is not None and abs(found[name]) >= 1e15 else found[name] for name in ("low", "high")
    )
    found["choices"] = [
        {"id": place, "fa": one.get("fa") or one["title"], "en": one.get("en", ""), "colour": one.get("colour") or None, "off": one.get("active") is False,
         "to": "، ".join(words.get(code, code) for code in moves.get(one["code"], ())), "also": one.get("also") or None}
        for place, one in enumerate(choices, 1)
    ]  # fmt: skip
    found["columns"] = [
        {"id": place, "fa": (one.get("label") or {}).get("fa"), "en": (one.get("label") or {}).get("en"), "kind": one["kind"], "required": bool(one.get("required")),
         "choices": "، ".join(part.get("fa") or part["title"] for part in (one.get("options") or {}).get("choices", ()))}
        for place, one in enumerate(given.get("fields") or [], 1)
    ]  # fmt: skip
    found |= {"entity_of": given.get("entity"), "entities": list(given.get("entities") or ())}
    if "formula" in given:
        found |= {"formula": written(given["formula"]), "result": given["result"]["kind"]}
    found |= {name: bool(flags.get(name)) for name in FLAGS}
    found |= {"level": str(flags.get("level", 0)), "default": flags.get("default"), "of": list(flags.get("of") or ())}
    found |= {
        "alarm": bool(flags.get("alarm")),
        "ahead": ", ".join(str(one) for one in flags.get("ahead") or ()) or None,
        "yearly": flags.get("yearly") or None,
    }
    for name in ("show_if", "required_if"):
        test = flags.get(name) or {}
        found |= {f"{name}_{part}": test.get(key) for part, key in (("field", "field"), ("op", "op"), ("value", "value"))}
    return found


def row_of(
    fields: Sequence[Field], raw: Mapping[str, Any], old: Mapping[str, Any] | None, entity: Entity, reading: Reading
) -> dict[str, Any]:
    """The row that a form makes; `old` is the field as it was. Raises RecordInvalid."""
    values: dict[str, Any] = {}
    problems: dict[str, Refusal] = {}
    for one in fields:
        try:
            values[one.name] = one.read(raw.get(one.name), reading)
        except Refusal as error:
            inner = getattr(error, "problems", None)
            problems.update({f"{one.name}.{place}": problem for place, problem in inner.items()} if inner else {one.name: error})
    if problems:
        raise RecordInvalid(problems)
    try:
        given = _options(values, old, entity)
    except Refusal as error:
        raise RecordInvalid({error.field or "formula": error}) from None
    flags: dict[str, Any] = {name: True for name in FLAGS if values[name]}
    flags |= {
        name: value
        for name, value in (("level", int(values["level"] or 0)), ("default", values["default"]), ("of", values.get("of")))
        if value
    }
    if values["alarm"] and values["kind"] in ("date", "moment"):
        flags |= {"alarm": True, **({"ahead": _ahead(values["ahead"])} if values["ahead"] else {})}
        flags |= {"yearly": values["yearly"]} if values["yearly"] and values["kind"] == "date" else {}
    for name in ("show_if", "required_if"):
        if values[f"{name}_field"]:
            op, value = values[f"{name}_op"] or "filled", values[f"{name}_value"]
            try:
                value = _meant(entity.field(values[f"{name}_field"]), op, value, reading)
            except Refusal as error:
                raise RecordInvalid({f"{name}_value": error}) from None
            test = {"field": values[f"{name}_field"], "op": op, "value": value}
            flags[name] = to_json(parse_condition(test))
    return {
        "entity": entity.name, "name": values.get("name") or "", "kind": values["kind"], "options": given, "label_fa": values["label_fa"] or "",
        "label_en": values["label_en"] or "", "help": values["help"] or "", "section": values["section"] or "", "flags": flags,
    }  # fmt: skip


def _meant(one: Field | None, op: str, value: str | None, reading: Reading) -> str | None:
    """What a condition's value means: the code of the choice, yes or no; other values as they were typed. Refuses what the field cannot have."""
    if one is None or op in ("filled", "empty"):
        return None if one else value
    if op == "has" and not isinstance(one.kind, MultiChoice):
        return value
    kept = one.kind.read(value, reading)
    if isinstance(one.kind, YesNo):
        return "yes" if kept else "no"
    if isinstance(one.kind, MultiChoice):
        return kept[0] if kept else None
    return kept if isinstance(one.kind, Choice) else value


def _options(values: Mapping[str, Any], old: Mapping[str, Any] | None, entity: Entity) -> dict[str, Any]:
    kind = values["kind"]
    before = dict((old or {}).get("options") or {})
    if kind in TEXTS:
        return {"longest": values["longest"]} if values["longest"] else {}
    if kind in (*NUMBERS, "rating"):
        wanted = ("high",) if kind == "rating" else ("low", "high", "places") if kind == "percent" else ("low", "high", "places", "unit")
        return {name: values[name] for name in wanted if values[name] is not None}
    if kind in CHOICES:
        if values["list"]:
            return {"list": values["list"]}
        return _choices(values["choices"] or [], before.get("choices") or [], moving=kind == "state")
    if kind in ("reference", "references"):
        return {"entity": values["entity_of"] or ""}
    if kind == "any_reference":
        return {"entities": list(values["entities"] or ())}
    if kind == "rows":
        return {"fields": _columns(values["columns"] or [], before.get("fields") or [])}
    if kind == "computed":
        names = {word: one.name for one in entity.fields if one.active for word in (one.name, one.word("fa"), one.word("en"))}
        return {"formula": read_formula(values["formula"] or "", names), "result": {"kind": values["result"] or "number"}}
    return {}


def _choices(rows: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]], *, moving: bool) -> dict[str, Any]:
    """Choices with the codes they had, new ones with codes of their own; those taken out of the form are only switched off."""
    codes = {place: one["code"] for place, one in enumerate(before, 1)}
    taken, found = set(codes.values()), []
    for row in rows:
        code = codes.pop(row.get("id", 0), "") or free_code(row["en"] or "", taken)
        taken.add(code)
        found.append(
            {
                "code": code,
                "title": row["en"] or row["fa"] or code,
                "fa": row["fa"] or "",
                "en": row["en"] or "",
                "colour": row["colour"] or "",
                "active": not row["off"],
                "also": row.get("also") or "",
            }
        )
    gone = set(codes.values())
    found += [{**one, "active": False} for one in before if one["code"] in gone]
    if not moving:
        return {"choices": found}
    known = {word: one["code"] for one in found for word in (one["code"], one["fa"], one["en"], one["title"]) if word}
    moves: dict[str, list[str]] = {}
    for row, one in zip(rows, found, strict=False):
        if row["to"]:
            moves[str(one["code"])] = [
                known.get(word.strip(), word.strip()) for word in row["to"].replace("،", ",").split(",") if word.strip()
            ]
    return {"choices": found, "moves": moves}


def _columns(rows: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    names = {place: one["name"] for place, one in enumerate(before, 1)}
    taken, found = {"id", *names.values()}, []
    for row in rows:
        name = names.get(row.get("id", 0), "") or free_code(row["en"] or "", taken)
        taken.add(name)
        given: dict[str, Any] = {}
        if row["kind"] == "choice":
            words = [word.strip() for word in (row["choices"] or "").replace("،", ",").split(",") if word.strip()]
            old: Mapping[str, Any] = next((one for one in before if one["name"] == name), {"options": {}})
            known = {part.get("fa") or part["title"]: part["code"] for part in (old.get("options") or {}).get("choices", ())}
            codes = set(known.values())
            made = []
            for word in words:
                code = known.get(word) or free_code(word, codes)
                codes.add(code)
                made.append({"code": code, "title": word, "fa": word})
            given["choices"] = made
        found.append(
            {
                "name": name,
                "kind": row["kind"],
                "label": {"fa": row["fa"], **({"en": row["en"]} if row["en"] else {})},
                "required": bool(row["required"]),
                "options": given,
            }
        )
    return found


def _ahead(typed: str) -> list[Any]:
    """Numbers of days as typed, the largest first; what is none stays as it is, to be refused."""
    words = [one.strip() for one in to_ascii(typed).replace("،", ",").replace(";", ",").split(",") if one.strip()]
    numbers = [int(one) if one.isdecimal() and len(one) < 5 else one for one in words]
    return sorted(set(numbers), reverse=True) if all(isinstance(one, int) for one in numbers) else numbers
