"""A record as its page shows it: the values of each section, who is responsible, what is doubtful, and which records point to it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from config.errors import Refusal
from config.translations import _, translate
from crm.entity import STANDARD_SECTION, Entity
from crm.expression import Test
from crm.fields.field import Field
from crm.fields.kind import Showing
from crm.fields.references import AnyReference, References, Users
from crm.fields.rows import Rows


@frozen(kw_only=True)
class Value:
    """One value and how it is shown."""

    field: Field
    value: Any
    showing: Showing

    @property
    def label(self) -> str:
        """The field's label."""
        return self.field.word(self.showing.language)

    @property
    def widget(self) -> str:
        """Which macro of record_values.html shows it."""
        return self.field.kind.widget

    @property
    def wide(self) -> bool:
        """Whether it needs the whole width."""
        return self.widget in ("long_text", "rich_text", "references", "multi_choice") and len(self.text) > 40

    @property
    def text(self) -> str:
        """It in words."""
        return self.field.kind.show(self.value, self.showing)

    @property
    def warning(self) -> Refusal | None:
        """What is doubtful about it."""
        return self.field.kind.warning(self.value)

    @property
    def there(self) -> bool:
        """Whether there is anything to show: of yes and no the yes, of a measured duration (a note has no talk time) more than nothing."""
        only_some = self.widget == "yes_no" or (self.widget == "duration" and self.field.read_only)
        return self.value not in (None, "", []) and (not only_some or bool(self.value))

    @property
    def rows(self) -> list[list[Value]]:
        """The values of each row."""
        if not isinstance(self.field.kind, Rows):
            return []
        return [[Value(field=one, value=row.get(one.name), showing=self.showing) for one in self.columns] for row in self.value or ()]

    @property
    def lines(self) -> list[list[Value]]:
        """The values of each row that its line in a list has."""
        if not isinstance(self.field.kind, Rows):
            return []
        brief = self.field.kind.brief
        return [[one for one in row if one.there] for row in self._each(brief)]

    def _each(self, names: Sequence[str]) -> list[list[Value]]:
        assert isinstance(self.field.kind, Rows)
        by_name = {one.name: one for one in self.field.kind.fields}
        order = [by_name[name] for name in names if name in by_name] or list(by_name.values())
        return [[Value(field=one, value=row.get(one.name), showing=self.showing) for one in order] for row in self.value or ()]

    @property
    def brief(self) -> str:
        """It in words as short as a list needs."""
        return "\n".join(" – ".join(one.text for one in row) for row in self.lines) if isinstance(self.field.kind, Rows) else self.text

    @property
    def columns(self) -> list[Field]:
        """The fields of its rows of which any row has a value."""
        assert isinstance(self.field.kind, Rows)
        return [one for one in self.field.kind.fields if any(row.get(one.name) not in (None, "", False) for row in self.value or ())]


@frozen
class Shelf:
    """A section of the page with the values that are there."""

    name: str
    title: str
    values: tuple[Value, ...]


def shelves(entity: Entity, values: Mapping[str, Any], showing: Showing, level: int) -> list[Shelf]:
    """The sections in the form's order, without empty ones and without who is responsible (the head says that)."""
    variant = entity.variant(values)
    there = {one.name: one for one in entity.of(variant, level) if one.name in values}
    placed = {name for section in entity.sections for name in section.fields}
    language = showing.language
    plan: list[tuple[str, str, Iterable[str]]] = [
        (one.name, translate(language, one.title), one.fields) for one in entity.sections if one.name != STANDARD_SECTION
    ]
    plan.append(("others", translate(language, _("More")), [name for name in there if name not in placed]))
    found = []
    for name, title, names in plan:
        shown = (Value(field=there[one], value=values[one], showing=showing) for one in names if one in there)
        found.append(Shelf(name, title, tuple(one for one in shown if one.there and one.field.name != entity.variant_field)))
    return [one for one in found if one.values]


@frozen
class Pointing:
    """A field through which records of another entity point to a record."""

    entity: Entity
    field: Field
    test: Test


def pointing(entities: Iterable[Entity], target: str, record_id: int, level: int) -> Sequence[Pointing]:
    """Every way in which records may point to this one."""
    found = []
    for entity in entities:
        for one in entity.of(level=level):
            if isinstance(one.kind, Rows):
                found += [
                    Pointing(entity, one, Test(f"{one.name}.{inner.name}", "=", record_id))
                    for inner in one.kind.fields
                    if inner.kind.refers_to() == target and entity.children.get(one.name) is not None
                ]
            elif one.custom and isinstance(one.kind, References):
                continue
            elif one.kind.refers_to() == target and one.filtered:
                found.append(Pointing(entity, one, Test(one.name, "has" if isinstance(one.kind, References) else "=", record_id)))
            elif isinstance(one.kind, AnyReference) and one.filtered:
                found.append(Pointing(entity, one, Test(one.name, "=", f"{target}:{record_id}")))
    return found


def names(value: Any, one: Field, showing: Showing) -> list[str]:
    """The names of the users of a field."""
    users = value if isinstance(one.kind, Users) else [value] if value else []
    return [showing.title("user", name, str(name)) for name in users or ()]
