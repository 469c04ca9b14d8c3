"""What the filter builder in the browser needs to know: fields with their operators and the values they take. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from config.translations import _, translate
from crm.access import Viewer
from crm.entity import Entity
from crm.fields.choices import Choice
from crm.fields.computed import Computed
from crm.fields.field import Field
from crm.fields.kind import Showing
from crm.fields.references import AnyReference, Reference, User
from crm.fields.rows import Rows
from crm.query import STANDARD_PLACES, standard_field
from web.records.saying import WITHOUT_VALUE, operator_word

MOST_LINKED = 40

Line = dict[str, Any]


def builder(entity: Entity, entities: Mapping[str, Entity], viewer: Viewer, users: Sequence[tuple[str, str]], language: str) -> list[Line]:
    """[{"path", "label", "input", "operators": [{"name", "word", "value": bool}], "options"?}]: own fields, rows' fields, one link further."""
    lines = _Lines(entities, viewer, users, language)
    found: list[Line] = []
    for one in entity.of(level=viewer.pattern.field_level):
        if one.filtered and not isinstance(one.kind, Computed):
            found += lines.of(one, one.name, [one.word(language)], linked=False)
    for name in STANDARD_PLACES:
        if name not in ("id", "version") and (standard := standard_field(name)):
            found += lines.of(standard, name, [standard.word(language)], linked=True)
    return found


@frozen
class _Lines:
    """The lines of fields for one reader. `linked`: the field is reached over a link already, and no further one is followed."""

    entities: Mapping[str, Entity]
    viewer: Viewer
    users: Sequence[tuple[str, str]]
    language: str

    def of(self, one: Field, path: str, labels: list[str], *, linked: bool) -> list[Line]:
        kind = one.kind
        usable = tuple(name for name in kind.operators if name != "in")
        if isinstance(kind, Rows):
            inner = [
                line for row in kind.fields for line in self.of(row, f"{path}.{row.name}", [*labels, row.word(self.language)], linked=True)
            ]
            return [self._line(path, labels, "text", ("empty", "filled"), kind.code), *inner]
        if isinstance(kind, AnyReference):
            return [self._line(path, labels, "text", ("empty", "filled"), kind.code)]
        if isinstance(kind, Reference):
            return self._reference(kind, path, labels, linked=linked)
        if isinstance(kind, User):
            people = [
                {"value": "@me", "word": translate(self.language, _("me"))},
                *({"value": username, "word": name} for username, name in self.users),
            ]
            return [{**self._line(path, labels, "options", usable, kind.code), "options": people}]
        if isinstance(kind, Choice):
            off = translate(self.language, _("Off"))
            offered = sorted(kind.choices, key=lambda option: not option.active)  # records keep what is switched off, and are found by it
            options = [
                {"value": option.code, "word": option.word(self.language) + ("" if option.active else f" ({off})")} for option in offered
            ]
            return [{**self._line(path, labels, "options", usable, kind.code), "options": options}]
        if kind.code == "yes_no":
            showing = Showing(language=self.language)
            options = [{"value": value, "word": kind.show(value == "1", showing)} for value in ("1", "0")]
            return [{**self._line(path, labels, "options", ("=",), kind.code), "options": options}]
        shape = "number" if kind.numeric else "date" if kind.code in ("date", "moment") else "text"
        return [self._line(path, labels, shape, usable, kind.code)] if kind.operators else []

    def _reference(self, kind: Reference, path: str, labels: list[str], *, linked: bool) -> list[Line]:
        without = {"=", "!=", "in"} if linked else {"in"}
        usable = tuple(name for name in kind.operators if name not in without)
        lines = [{**self._line(path, labels, "reference", usable, kind.code), "entity": kind.entity}]
        target = self.entities.get(kind.entity)
        if linked or target is None or not self.viewer.may(target.name, "view"):
            return lines
        seen = target.of(level=self.viewer.pattern.field_level)
        for one in [one for one in seen if one.filtered and not isinstance(one.kind, Rows | Computed)][:MOST_LINKED]:
            lines += self.of(one, f"{path}.{one.name}", [*labels, one.word(self.language)], linked=True)
        return lines

    def _line(self, path: str, labels: list[str], shape: str, operators: tuple[str, ...], code: str) -> Line:
        return {
            "path": path, "label": " › ".join(labels), "input": shape,
            "operators": [{"name": name, "word": operator_word(name, code, self.language), "value": name not in WITHOUT_VALUE} for name in operators],
        }  # fmt: skip
