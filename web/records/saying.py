"""Conditions in readers' words: «شهر شامل «تهران» است و (وضعیت مشتری است یا …)». Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.errors import Refusal
from config.translations import _, translate
from crm.entity import Entity
from crm.expression import Both, Condition, Not, Test
from crm.fields.field import Field
from crm.fields.kind import Reading, Showing
from crm.fields.references import Reference, User
from crm.fields.rows import Rows
from crm.query import standard_field

OPERATORS: Mapping[str, str] = {
    "=": _("is"),
    "!=": _("is not"),
    "in": _("is one of"),
    "like": _("contains"),
    "starts": _("begins with"),
    "<": _("is less than"),
    "<=": _("is at most"),
    ">": _("is more than"),
    ">=": _("is at least"),
    "between": _("is between"),
    "empty": _("is empty"),
    "filled": _("is filled"),
    "has": _("has"),
    "under": _("is in the branch of"),
    "yearly": _("has its yearly day on"),
}
"""What each operator is called."""

DATE_OPERATORS: Mapping[str, str] = {"<": _("is before"), "<=": _("is on or before"), ">": _("is after"), ">=": _("is on or after")}
"""What they are called with dates."""

WITHOUT_VALUE = ("empty", "filled")


def operator_word(operator: str, kind: str, language: str) -> str:
    """The operator's word for a field of this kind."""
    words = {**OPERATORS, **DATE_OPERATORS} if kind in ("date", "moment") else OPERATORS
    return translate(language, words.get(operator, operator))


def said(condition: Condition | None, entity: Entity, entities: Mapping[str, Entity], showing: Showing) -> str:
    """The whole condition as a sentence; "" for none."""
    if condition is None:
        return ""
    if isinstance(condition, Both):
        between = translate(showing.language, _(" and ") if condition.kind == "and" else _(" or "))
        parts = [said(part, entity, entities, showing) for part in condition.parts]
        return between.join(f"({part})" if isinstance(inner, Both) else part for part, inner in zip(parts, condition.parts, strict=True))
    if isinstance(condition, Not):
        return translate(showing.language, _("not ({condition})"), condition=said(condition.part, entity, entities, showing))
    return _test(condition, entity, entities, showing)


def field_at(path: str, entity: Entity, entities: Mapping[str, Entity]) -> tuple[Field | None, list[Field]]:
    """The field that a path ends at, and those it passes."""
    passed: list[Field] = []
    here: Entity | None = entity
    inner: Mapping[str, Field] | None = None
    for name in path.split("."):
        one = inner.get(name) if inner is not None else (here.field(name) or standard_field(name)) if here else None
        if one is None:
            return None, passed
        passed.append(one)
        inner = {row.name: row for row in one.kind.fields} if isinstance(one.kind, Rows) else None
        here = entities.get(one.kind.refers_to()) if isinstance(one.kind, Reference) else None
    return passed[-1], passed[:-1]


def _test(test: Test, entity: Entity, entities: Mapping[str, Entity], showing: Showing) -> str:
    one, passed = field_at(test.path, entity, entities)
    language = showing.language
    label = " › ".join([*(step.word(language) for step in passed), one.word(language) if one else test.path])
    word = operator_word(test.operator, one.kind.code if one else "", language)
    if test.operator in WITHOUT_VALUE:
        return f"{label} {word}"
    values = test.value if isinstance(test.value, list | tuple) else [test.value]
    if test.operator == "yearly":
        values = values[:1]
    shown = [_value(value, test.operator, one, showing) for value in values]
    between = translate(language, _(" and ") if test.operator == "between" else _(", "))
    return f"{label} {word} «{between.join(shown)}»" if language == "fa" else f"{label} {word} “{between.join(shown)}”"


def _value(value: Any, operator: str, one: Field | None, showing: Showing) -> str:
    if value == "@me":
        return translate(showing.language, _("me"))
    if isinstance(value, str) and value.startswith("@today"):
        days = value.removeprefix("@today")
        return translate(showing.language, _("today")) + (f" {days}" if days else "")
    if one is None or operator in ("like", "starts"):
        return str(value)
    try:
        read = (
            User().read if isinstance(one.kind, User) else Reference(entity="x").read if isinstance(one.kind, Reference) else one.kind.read
        )(value, Reading())
    except Refusal:
        return str(value)
    if isinstance(one.kind, Reference):
        return showing.title(one.kind.entity, read, f"#{read}")
    if isinstance(one.kind, User):
        return showing.title("user", read, str(read))
    return one.kind.show(read, showing) or str(value)
