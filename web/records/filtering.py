"""What the filter builder in the browser needs to know: fields with their operators and the values they take. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm.access import Viewer
from crm.entity import Entity
from crm.fields.choices import Choice
from crm.fields.computed import Computed
from crm.fields.field import Field
from crm.fields.references import AnyReference, Reference, User
from crm.fields.rows import Rows
from crm.query import STANDARD_PLACES, standard_field
from web.records.saying import WITHOUT_VALUE, operator_word

MOST_LINKED = 40


def builder(
    entity: Entity, entities: Mapping[str, Entity], viewer: Viewer, users: Sequence[tuple[str, str]], language: str
) -> list[dict[str, Any]]:
    """[{"path", "label", "input", "operators": [{"name", "word", "value": bool}], "options"?}]: own fields, rows' fields, one link further."""
    found: list[dict[str, Any]] = []
    for one in entity.of(level=viewer.pattern.field_level):
        if one.filtered and not isinstance(one.kind, Computed):
            found += _of(one, one.name, [one.word(language)], entities, viewer, users, language, links=1)
    for name in STANDARD_PLACES:
        if name not in ("id", "version") and (standard := standard_field(name)):
            found += _of(standard, name, [standard.word(language)], entities, viewer, users, language, links=0)
    return found


def _of(
    one: Field,
    path: str,
    labels: list[str],
    entities: Mapping[str, Entity],
    viewer: Viewer,
    users: Sequence[tuple[str, str]],
    language: str,
    *,
    links: int,
) -> list[dict[str, Any]]:
    kind = one.kind
    if isinstance(kind, Rows):
        inner = [
            line
            for row in kind.fields
            for line in _of(row, f"{path}.{row.name}", [*labels, row.word(language)], entities, viewer, users, language, links=0)
        ]
        return [_line(path, labels, "text", ("empty", "filled"), kind.code, language), *inner]
    if isinstance(kind, AnyReference):
        return [_line(path, labels, "text", ("empty", "filled"), kind.code, language)]
    if isinstance(kind, Reference):
        usable = (
            [name for name in kind.operators if name not in ("=", "!=", "in")]
            if links == 0
            else [name for name in kind.operators if name != "in"]
        )
        lines = [{**_line(path, labels, "reference", tuple(usable), kind.code, language), "entity": kind.entity}]
        target = entities.get(kind.entity)
        if links and target is not None and viewer.may(target.name, "view"):
            for further in [
                field
                for field in target.of(level=viewer.pattern.field_level)
                if field.filtered and not isinstance(field.kind, Rows | Computed)
            ][:MOST_LINKED]:
                lines += _of(
                    further, f"{path}.{further.name}", [*labels, further.word(language)], entities, viewer, users, language, links=0
                )
        return lines
    if isinstance(kind, User):
        me = {"value": "@me", "word": _me(language)}
        options = [me, *({"value": username, "word": name} for username, name in users)]
        return [
            {
                **_line(path, labels, "options", tuple(name for name in kind.operators if name != "in"), kind.code, language),
                "options": options,
            }
        ]
    if isinstance(kind, Choice):
        options = [{"value": option.code, "word": option.word(language)} for option in kind.choices if option.active]
        return [
            {
                **_line(path, labels, "options", tuple(name for name in kind.operators if name != "in"), kind.code, language),
                "options": options,
            }
        ]
    if kind.code == "yes_no":
        options = [{"value": value, "word": kind.show(value == "1", _showing(language))} for value in ("1", "0")]
        return [{**_line(path, labels, "options", ("=",), kind.code, language), "options": options}]
    shape = "number" if kind.numeric else "date" if kind.code in ("date", "moment") else "text"
    return (
        [_line(path, labels, shape, tuple(name for name in kind.operators if name != "in"), kind.code, language)] if kind.operators else []
    )


def _line(path: str, labels: list[str], shape: str, operators: tuple[str, ...], code: str, language: str) -> dict[str, Any]:
    return {
        "path": path, "label": " › ".join(labels), "input": shape,
        "operators": [{"name": name, "word": operator_word(name, code, language), "value": name not in WITHOUT_VALUE} for name in operators],
    }  # fmt: skip


def _me(language: str) -> str:
    from config.translations import _, translate

    return translate(language, _("me"))


def _showing(language: str) -> Any:
    from crm.fields.kind import Showing

    return Showing(language=language)
