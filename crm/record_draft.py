"""What somebody wants saved, read field by field; every problem at once, each with its field. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from attrs import evolve

from config.errors import Refusal
from config.translations import _, translate
from crm.access import NoRight, Viewer
from crm.entity import Entity, Values
from crm.expression import Both as Group, Condition, Not, holds, parse, yearly_day
from crm.fields.field import Field, Missing
from crm.fields.kind import Reading
from crm.fields.rows import RowsRefused


class RecordInvalid(Refusal):
    """One or more fields are wrong; `problems` says which ("phones.0.number") and why."""

    code = "record_invalid"
    status = 422
    sentence = _("{first}")

    def __init__(self, problems: Mapping[str, Refusal]) -> None:
        self.problems = dict(problems)
        name, first = next(iter(self.problems.items()))
        super().__init__(field=name, first=str(first))

    def text(self, language: str) -> str:
        return " ".join(dict.fromkeys(one.text(language) for one in self.problems.values()))


class FieldStrange(Refusal):
    """A name that is no field of the entity."""

    code = "field_unknown"
    status = 422
    sentence = _("“{name}” is not a field of “{entity}” that can be set.")

    def __init__(self, name: str, entity: Entity) -> None:
        self._entity = entity
        super().__init__(field=name[:60], name=name[:60], entity=entity.word("en"))

    def text(self, language: str) -> str:
        return translate(language, self.sentence, name=self.values["name"], entity=self._entity.word(language))


def read(entity: Entity, raw: Mapping[str, Any], reading: Reading, viewer: Viewer, *, strict: bool = False) -> Values:
    """The values that are given in `raw` (names that are missing stay as they are). Raises RecordInvalid.

    `strict`: a name that is no settable field is refused, as the API does; forms send more than fields.
    """
    values: Values = {}
    problems: dict[str, Refusal] = {}
    settable = _settable(entity, viewer.pattern.field_level)
    if strict:
        problems = {str(name): FieldStrange(str(name), entity) for name in raw if name not in settable and name != "active"}
    for name, given in raw.items():
        if (one := settable.get(name)) is None:
            continue
        try:
            values[name] = one.taken(given, reading)
        except RowsRefused as error:
            problems.update({f"{name}.{place}": inner for place, inner in error.problems.items()})
        except Refusal as error:
            problems[name] = error
    if problems:
        raise RecordInvalid(problems)
    return values


def check(entity: Entity, values: Mapping[str, Any], reading: Reading) -> None:
    """Whether a whole record (after `prepare`) may stand: what is required is there, but for what its form does not show. Raises RecordInvalid."""
    problems: dict[str, Refusal] = {
        one.name: Missing(one)
        for one in _needed(entity, entity.variant(values))
        if values.get(one.name) is None
        and (one.required or met(one.required_if, entity, values, reading))
        and shown(one, entity, values, reading)
    }
    if problems:
        raise RecordInvalid(problems)


@lru_cache(maxsize=64)
def _settable(entity: Entity, level: int) -> dict[str, Field]:
    """The fields that a user of field level `level` may give a value."""
    return {one.name: one for one in entity.of(level=level) if one.typed}


@lru_cache(maxsize=64)
def _needed(entity: Entity, variant: str) -> tuple[Field, ...]:
    """The fields that may have to have a value."""
    return tuple(one for one in entity.of(variant) if one.typed and (one.required or one.required_if))


def met(raw: Any, entity: Entity, values: Mapping[str, Any], reading: Reading) -> bool:
    """Whether a record meets a condition given as JSON; its values are read by the fields' kinds first. What a field reads no more meets nothing."""
    try:
        condition = parse(raw)
        return condition is None or holds(_read_tests(condition, entity, reading), values)
    except Refusal:
        return False


def shown(one: Field, entity: Entity, values: Mapping[str, Any], reading: Reading) -> bool:
    """Whether a form shows the field for these values."""
    return one.show_if is None or met(one.show_if, entity, values, reading)


def defaults(entity: Entity, reading: Reading, username: str) -> Values:
    """What a new record begins with."""
    found: Values = {}
    for one in entity.fields:
        if one.default is not None and one.typed and one.active:
            raw = {"@me": username, "@today": reading.today.isoformat()}.get(str(one.default), one.default)
            found[one.name] = one.kind.read(raw, reading)
    return found


def may_set(entity: Entity, viewer: Viewer, old: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Refuse what needs a right of its own: giving the record to another expert, and switching it off."""
    right = {"expert": "set_expert", "experts": "set_expert", "active": "deactivate"}
    for name in values:
        if (
            name in right
            and values[name] != old.get(name)
            and not viewer.may_with(entity.name, right[name], old or {"created_by": viewer.username})
        ):
            raise NoRight(right[name])


def _read_tests(condition: Condition, entity: Entity, reading: Reading) -> Condition:
    if isinstance(condition, Group):
        return evolve(condition, parts=tuple(_read_tests(part, entity, reading) for part in condition.parts))
    if isinstance(condition, Not):
        return Not(_read_tests(condition.part, entity, reading))
    one = entity.field(condition.path)
    if one is None or condition.operator in ("like", "starts", "empty", "filled", "has"):
        return condition
    if condition.operator == "yearly":
        day, calendar = yearly_day(condition.value)
        return evolve(condition, value=[one.kind.read(day, reading), calendar])
    if condition.operator in ("in", "between"):
        return evolve(condition, value=[one.kind.read(value, reading) for value in condition.value])
    return evolve(condition, value=one.kind.read(condition.value, reading))
