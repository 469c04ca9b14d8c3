"""What a form shows of each field: its raw value, its label, its problem, and what its widget needs besides. Pure.

Widgets (web/templates/widgets.html, one macro per `Kind.widget`) get an `Input` and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen

from config.errors import Refusal
from config.persian.digits import in_script, to_ascii
from config.persian.money import show_money
from config.translations import _, translate
from crm.entity import STANDARD_SECTION, Entity
from crm.expression import Both, Condition, Not, holds, parse, to_json
from crm.fields.choices import Choice, Option, State
from crm.fields.computed import Computed
from crm.fields.field import Field
from crm.fields.kind import Showing
from crm.fields.references import AnyReference, Reference, References, User
from crm.fields.rows import Rows
from web.records.form_reading import Raw, begun, several

BLANK = "__"
"""Stands for the place of a row in the row that the browser copies."""


@frozen(kw_only=True)
class Sheet:
    """What all inputs of a form share: for whom, which problems there are, what stood beside the ids, which words users have, what is locked."""

    showing: Showing
    problems: Mapping[str, Refusal] = field(factory=dict)
    warnings: Mapping[str, Refusal] = field(factory=dict)
    beside: Mapping[str, str] = field(factory=dict)
    users: Sequence[tuple[str, str]] = ()
    """Active users: (user name, name)."""
    icons: Mapping[str, str] = field(factory=dict)
    entities: Sequence[tuple[str, str]] = ()
    """What an any-reference may point to: (entity, its word)."""
    old: Mapping[str, Any] = field(factory=dict)
    """The kept values, for states that move only as allowed."""
    locked: frozenset[str] = frozenset()
    """Fields the user may see but not set."""


@frozen(kw_only=True)
class Input:
    """One field in a form. `name` is its path ("phones.0.number"), `raw` what it holds: a text, a list of texts, or rows."""

    field: Field
    name: str
    raw: Any
    page: Sheet
    entity: str = ""
    shown: bool = True
    show_if: Any = None
    required_if: Any = None

    @property
    def id(self) -> str:
        """The element's id; never one of the frame's own."""
        return "f-" + self.name.replace(".", "-")

    @property
    def widget(self) -> str:
        """The macro that draws it."""
        return "computed" if self.locked else self.field.kind.widget

    @property
    def locked(self) -> bool:
        """Seen, not set."""
        return not self.field.typed or self.name in self.page.locked

    @property
    def label(self) -> str:
        """Its label in the reader's language."""
        return self.field.word(self.page.showing.language)

    @property
    def problem(self) -> Refusal | None:
        """What is wrong with it."""
        return self.page.problems.get(self.name)

    @property
    def warning(self) -> Refusal | None:
        """What is doubtful about it."""
        return self.page.warnings.get(self.name)

    @property
    def text(self) -> str:
        """Its value as a text input holds it."""
        return "" if self.raw is None or isinstance(self.raw, list) else str(self.raw)

    @property
    def number(self) -> str:
        """A number as its input holds it, in the reader's script; an amount with separated thousands. What is not a number stays as typed."""
        language, text = self.page.showing.language, self.text
        if re.fullmatch(r"-?\d{1,18}", text, re.ASCII) and self.widget == "money":
            return show_money(int(text), language, named=False)
        plain = re.fullmatch(r"-?\d+(\.\d+)?", text, re.ASCII) and language == "fa"
        return in_script(text.replace(".", "٫") if plain else text, language)

    @property
    def chosen(self) -> list[str]:
        """Its values when it may have several."""
        return [str(one) for one in self.raw] if isinstance(self.raw, list) else [self.text] if self.text else []

    @property
    def options(self) -> list[Option]:
        """The choices on offer: active ones, the chosen ones, and for a state only where it may move from where it is."""
        kind = self.field.kind
        if not isinstance(kind, Choice):
            return []
        found = [one for one in kind.choices if one.active or one.code in self.chosen]
        if isinstance(kind, State):
            found = [one for one in found if kind.may_move(self.page.old.get(self.field.name), one.code)]
        return found

    @property
    def said(self) -> str:
        """What stands in the search box of a link."""
        return self.page.beside.get(f"{self.name}:text", self.was)

    @property
    def was(self) -> str:
        """The name of the record that it points to."""
        return self.title(self.text)

    @property
    def target(self) -> str:
        """The entity that a link points to."""
        if isinstance(self.field.kind, AnyReference):
            return self.page.beside.get(f"{self.name}:entity", "") or self.text.partition(":")[0]
        return self.field.kind.refers_to()

    def title(self, raw: str) -> str:
        """The name of the record that a raw value points to."""
        entity, number = (raw.partition(":")[::2]) if isinstance(self.field.kind, AnyReference) else (self.field.kind.refers_to(), raw)
        return self.page.showing.title(entity, int(number), f"#{number}") if is_id(number) else ""

    @property
    def rows(self) -> list[list[Input]]:
        """The inputs of each row; the id of a row stands in `row_id`."""
        return [self._row(place, row) for place, row in enumerate(self.raw or [])]

    @property
    def row_ids(self) -> list[str]:
        """The kept rows' ids, "" for new ones."""
        return [str(row.get("id") or "") for row in self.raw or []]

    @property
    def blank(self) -> list[Input]:
        """A row to be copied."""
        return self._row(BLANK, {})

    def _row(self, place: object, row: Mapping[str, Any]) -> list[Input]:
        assert isinstance(self.field.kind, Rows)
        return [
            Input(
                field=one,
                name=f"{self.name}.{place}.{one.name}",
                raw=row.get(one.name) if row else begun(one),
                page=evolve(self.page, old={}),
                entity=self.entity,
            )
            for one in self.field.kind.fields
            if one.typed
        ]

    @property
    def shown_value(self) -> str:
        """The kept value as people read it, for what cannot be typed."""
        return self.field.kind.show(self.page.old.get(self.field.name), self.page.showing)


@frozen
class Part:
    """A section of a form with its inputs."""

    name: str
    title: str
    inputs: tuple[Input, ...]


def raw_of(one: Field, value: Any, showing: Showing) -> Any:
    """A kept value as the form's raw value; `Sent.raw` has the same shape."""
    if isinstance(one.kind, Rows):
        return [
            {
                **({"id": row["id"]} if "id" in row else {}),
                **{inner.name: raw_of(inner, row.get(inner.name), showing) for inner in one.kind.fields if inner.typed},
            }
            for row in value or ()
        ]
    if several(one.kind):
        return [str(part) for part in value or ()]
    return one.kind.typed(value, showing)


def raw_values(fields: Iterable[Field], values: Mapping[str, Any], showing: Showing) -> Raw:
    """A record's values as raw values of its form."""
    return {one.name: raw_of(one, values.get(one.name), showing) for one in fields if not isinstance(one.kind, Computed)}


def linked(fields: Iterable[Field], raw: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a form's links and users as far as they can be read, so that the names of what they point to can be looked up."""
    found: dict[str, Any] = {}
    for one in fields:
        value = raw.get(one.name)
        if not value:
            continue
        if isinstance(one.kind, Rows):
            found[one.name] = [linked(one.kind.fields, row) for row in value]
        elif isinstance(one.kind, References):
            found[one.name] = [int(part) for part in value if is_id(part)] or None
        elif isinstance(one.kind, Reference):
            found[one.name] = int(value) if is_id(value) else None
        elif isinstance(one.kind, AnyReference):
            found[one.name] = value if re.fullmatch(r"[a-z_]{1,40}:[1-9][0-9]{0,17}", str(value), re.ASCII) else None
        elif isinstance(one.kind, User):
            found[one.name] = value
    return found


def is_id(raw: Any) -> bool:
    """Whether a raw value is the id of a record."""
    return isinstance(raw, int) or (isinstance(raw, str) and bool(re.fullmatch(r"[1-9][0-9]{0,17}", raw, re.ASCII)))


def parts(
    entity: Entity, raw: Mapping[str, Any], page: Sheet, *, variant: str = "", level: int = 0, shown: Mapping[str, bool] | None = None, only: frozenset[str] | None = None
) -> list[Part]:  # fmt: skip
    """The sections of a form with what they hold; `only`: the fields of a quick form; fields of no section come last."""
    there = {one.name: one for one in entity.of(variant, level) if only is None or one.name in only}
    placed = {name for section in entity.sections for name in section.fields}
    rest = tuple(name for name in there if name not in placed)
    language = page.showing.language

    def inputs(names: Iterable[str]) -> tuple[Input, ...]:
        return tuple(
            Input(
                field=one, name=name, raw=raw.get(name), page=page, entity=entity.name, shown=(shown or {}).get(name, True),
                show_if=typed_condition(one.show_if, entity.by_name), required_if=typed_condition(one.required_if, entity.by_name),
            )
            for name in names
            if (one := there.get(name)) is not None and (one.typed or (one.name in page.old and page.old[one.name] is not None))
        )  # fmt: skip

    found = [Part(section.name, translate(language, section.title), inputs(section.fields)) for section in entity.sections]
    own = [one for one in found if one.name != STANDARD_SECTION]
    tail = [one for one in found if one.name == STANDARD_SECTION]
    more = [Part("others", translate(language, _("More")), inputs(rest))]
    return [one for one in (*own, *more, *tail) if one.inputs]


def summary(sections: Sequence[Part], problems: Mapping[str, Refusal]) -> list[tuple[str, str, Refusal]]:
    """Each problem with the id of its input (the first field's, when it has none) and its field's label, in the form's order."""
    inputs = {one.name: one for part in sections for one in part.inputs}
    known: dict[str, Input] = dict(inputs)
    for one in inputs.values():
        if isinstance(one.field.kind, Rows):
            known |= {inner.name: inner for row in one.rows for inner in row}
    order = list(known)
    found = []
    for name in sorted(problems, key=lambda name: order.index(name) if name in order else len(order)):
        at = known.get(name) or inputs.get(name.partition(".")[0])
        found.append((at.id if at else "", at.label if at else name, problems[name]))
    return found


def plain_parts(
    fields: Iterable[Field], sections: Iterable[tuple[str, str, tuple[str, ...]]], raw: Mapping[str, Any], page: Sheet
) -> list[Part]:
    """The sections of a form that is no record's: (name, title, fields)."""
    there = {one.name: one for one in fields}

    def one(name: str) -> Input:
        field, condition = there[name], typed_condition(there[name].show_if, there)
        return Input(field=field, name=name, raw=raw.get(name), page=page, shown=holds(parse(condition), _held(raw)), show_if=condition)

    language = page.showing.language
    found = [Part(name, translate(language, title), tuple(one(each) for each in names if each in there)) for name, title, names in sections]
    return [part for part in found if part.inputs]


def _held(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value or None for name, value in raw.items()}


def typed_condition(raw: Any, fields: Mapping[str, Field]) -> Any:
    """A condition with its values as inputs hold them, for the browser; None for no condition."""
    condition = parse(raw)
    return None if condition is None else to_json(_typed(condition, fields))


def _typed(condition: Condition, fields: Mapping[str, Field]) -> Condition:
    if isinstance(condition, Both):
        return evolve(condition, parts=tuple(_typed(part, fields) for part in condition.parts))
    if isinstance(condition, Not):
        return Not(_typed(condition.part, fields))
    one, value = fields.get(condition.path), condition.value
    if one is not None and one.kind.code == "yes_no":
        value = "1" if value in (True, 1, "1", "true", "yes") else ""
    elif isinstance(value, list | tuple):
        value = [to_ascii(str(part)) for part in value]
    elif value is not None:
        value = to_ascii(str(value))
    return evolve(condition, value=value)
