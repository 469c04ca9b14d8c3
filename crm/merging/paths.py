"""Which field a place names, over links and rows; and everything that may be named, for the picker. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from attrs import frozen

from config.translations import _, translate
from crm.entity import Entity
from crm.fields.field import Field
from crm.fields.files import File
from crm.fields.references import Reference, References, User
from crm.fields.rows import Rows
from crm.merging.reader import Block, Part, Place, TextRefused
from crm.query_values import standard_field

DEEPEST = 4
"""Links and rows that a place may go through."""
SPECIAL: Mapping[str, str] = {
    "@today": _("Today"), "@today.jalali": _("Today (Jalali)"), "@today.gregorian": _("Today (Gregorian)"), "@me": _("My name"), "@office": _("The office"),
}  # fmt: skip
NAMED = 12
"""Fields that a refusal names."""


@frozen
class Scope:
    """Where names are looked up: the fields of an entity's records or of rows, and what stands around them."""

    fields: Mapping[str, Field]
    around: Scope | None = None

    def find(self, word: str) -> Field | None:
        """The field of this code or label, here."""
        if (one := self.fields.get(word)) is not None:
            return one
        said = word.casefold()
        return next((one for one in self.fields.values() if said in {one.word(language).casefold() for language in ("fa", "en")}), None)


@frozen
class Way:
    """The steps of a place: fields and numbers of rows. `up`: in which scope it begins, 0 the innermost. `special`: one of SPECIAL instead."""

    steps: tuple[Field | int, ...] = ()
    up: int = 0
    special: str = ""

    @property
    def last(self) -> Field:
        """The field that it ends at."""
        return next(one for one in reversed(self.steps) if isinstance(one, Field))


def scope_of(entity: Entity, variant: str = "") -> Scope:
    """The names of an entity's records."""
    kept = {one.name: one for one in entity.of(variant) if not isinstance(one.kind, File)}
    for name in ("id", "created_at", "updated_at", "created_by"):
        if name not in kept and (one := standard_field(name)):
            kept[name] = one
    return Scope(kept)


def inside(way: Way, scope: Scope, entities: Mapping[str, Entity]) -> Scope:
    """The scope of one of the rows or records that a block goes through."""
    found = beyond(way.last, entities)
    assert found is not None
    return Scope(found.fields, scope)


def beyond(one: Field, entities: Mapping[str, Entity]) -> Scope | None:
    """What may be named behind a field: the fields of its rows, or of the records it points to; None when it has no parts."""
    if isinstance(one.kind, Rows):
        return Scope({inner.name: inner for inner in one.kind.fields})
    if isinstance(one.kind, Reference) and not isinstance(one.kind, User):
        target = entities.get(one.kind.refers_to())
        return scope_of(target) if target else None
    return None


def way_of(place: Place, scope: Scope, entities: Mapping[str, Entity]) -> Way:
    """The steps of a place. Raises TextRefused saying what there is."""
    if place.path[0].startswith("@"):
        name = ".".join(place.path)
        if name not in SPECIAL:
            raise TextRefused(place.written, place.line, _("there is no such word; there are {names}"), names=", ".join(SPECIAL))
        return Way(special=name)
    at: Scope | None = scope
    up = 0
    while at is not None and at.find(place.path[0]) is None and at.around is not None:
        at, up = at.around, up + 1
    if at is None or at.find(place.path[0]) is None:
        at, up = scope, 0
    steps: list[Field | int] = []
    for depth, word in enumerate(place.path):
        if depth and word.isdigit() and steps and isinstance(steps[-1], Field) and isinstance(steps[-1].kind, Rows | References):
            steps.append(max(int(word[:4]), 1))
            continue
        if at is None or sum(1 for one in steps if isinstance(one, Field)) >= DEEPEST:
            raise TextRefused(place.written, place.line, _("“{word}” has no parts; end the place before it"), word=place.path[depth - 1])
        one = at.find(word)
        if one is None:
            raise _unknown(place, word, at)
        steps.append(one)
        at = beyond(one, entities)
    return Way(tuple(steps), up)


def check(parts: tuple[Part, ...], scope: Scope, entities: Mapping[str, Entity]) -> None:
    """Every place of a text names a field, every repeated part rows or several records. Raises TextRefused."""
    for one in parts:
        if isinstance(one, Place):
            way_of(one, scope, entities)
        elif isinstance(one, Block):
            way = way_of(one.place, scope, entities)
            if not repeats(way):
                raise TextRefused(
                    one.place.written.replace("{{ ", "{{# "), one.place.line, _("only rows and links to several records are repeated")
                )
            check(one.parts, inside(way, scope, entities), entities)


def repeats(way: Way) -> bool:
    """Whether there may be several of what it ends at."""
    return (
        bool(way.steps)
        and isinstance(way.steps[-1], Field)
        and isinstance(way.steps[-1].kind, Rows | References)
        and not isinstance(way.steps[-1].kind, User)
    )


def offered(entity: Entity, entities: Mapping[str, Entity], level: int, seen: Iterable[str], language: str) -> list[dict[str, Any]]:
    """What the picker offers, by group: {"title", "path" ("" for single values), "fields": [{"path", "label"}]}; of records the user may see.

    The group of rows or of several records has a `path`: it may be written as a whole, or repeated.
    """
    may = set(seen)
    found: list[dict[str, Any]] = [{"title": entity.word(language), "path": "", "fields": _entries(scope_of(entity), "", level, language)}]
    for one in entity.of(level=level):
        behind = beyond(one, entities)
        if behind is None or (one.kind.refers_to() and one.kind.refers_to() not in may):
            continue
        fields = _entries(behind, one.name, level, language)
        for inner in behind.fields.values() if isinstance(one.kind, Rows) else ():
            target = beyond(inner, entities) if inner.kind.refers_to() in may else None
            if target:
                shown = Scope({each.name: each for each in target.fields.values() if each.listed or each.carded})
                path, label = f"{one.name}.{inner.name}", f"{inner.word(language)} › "
                fields += [{**entry, "label": label + entry["label"]} for entry in _entries(shown, path, level, language)]
        several = isinstance(one.kind, Rows | References)
        found.append({"title": one.word(language), "path": one.name if several else "", "fields": fields})
    words = [{"path": name, "label": translate(language, word)} for name, word in SPECIAL.items()]
    return [*found, {"title": translate(language, _("Everywhere")), "path": "", "fields": words}]


def _entries(scope: Scope, path: str, level: int, language: str) -> list[dict[str, str]]:
    """The single values of a scope, with their paths."""
    before = f"{path}." if path else ""
    return [
        {"path": before + one.name, "label": one.word(language)}
        for one in scope.fields.values()
        if one.level <= level and not isinstance(one.kind, Rows)
    ]


def _unknown(place: Place, word: str, scope: Scope) -> TextRefused:
    words = {name: name for name in scope.fields} | {
        one.word(language): name for name, one in scope.fields.items() for language in ("fa", "en")
    }
    near = list(dict.fromkeys(words[one] for one in get_close_matches(word, list(words), n=3, cutoff=0.6)))
    names = _listed(near or list(scope.fields))
    return TextRefused(place.written, place.line, _("there is no field “{word}” here; there are {names}"), word=word[:60], names=names)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + ("…" if len(names) > NAMED else "")
