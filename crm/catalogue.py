"""All entities: the declared ones, with the fields and lists that administrators have made; read anew whenever they change.

The declarations lie in crm/entities/<area>/<noun>.py; whatever is an `Entity` at the top of such a module is found.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from attrs import evolve
from sqlalchemy import Connection, select

import crm.entities
from config.database import Database
from config.translations import _
from crm.entity import Entity, Section
from crm.fields.choices import ENTITIES, Option, with_list
from crm.fields.every import kind_of
from crm.fields.field import Field
from crm.fields.rows import Rows
from crm.record_tables import choice, custom_field

OWN_SECTION = "own"
"""Where fields of the administrators' own stand that name no other section."""


@cache
def declared() -> tuple[Entity, ...]:
    """Every declaration, by name; importing them makes their tables known."""
    found: dict[str, Entity] = {}
    for module in pkgutil.walk_packages(crm.entities.__path__, "crm.entities."):
        for one in vars(importlib.import_module(module.name)).values():
            if isinstance(one, Entity):
                found[one.name] = one
    return tuple(found[name] for name in sorted(found))


class Catalogue:
    """The entities as they are now. `await load()` at start and after every change to fields or lists."""

    def __init__(self, database: Database, entities: Iterable[Entity] | None = None) -> None:
        self._database = database
        self._declared = tuple(declared() if entities is None else entities)
        self.entities: Mapping[str, Entity] = {one.name: one for one in self._declared}
        """By name. Replaced as a whole, never changed: whoever has it keeps one consistent view."""
        self.lists: Mapping[str, Sequence[Option]] = shipped_lists(self._declared)

    async def load(self) -> None:
        """Read fields and lists of the administrators' own."""
        self.lists, self.entities = await self._database.read(lambda connection: read(connection, self._declared))

    def __getitem__(self, name: str) -> Entity:
        return self.entities[name]

    def word(self, name: str, code: str) -> dict[str, str] | None:
        """What a code of a list means, {"fa", "en"}; None for no code."""
        if not code:
            return None
        option = next((one for one in self.lists.get(name, ()) if one.code == code), Option(code, code))
        return {"fa": option.word("fa"), "en": option.word("en")}


def read(connection: Connection, entities: Iterable[Entity] | None = None) -> tuple[dict[str, Sequence[Option]], dict[str, Entity]]:
    """The editable lists, and the entities with fields and lists of the administrators' own, as the database has them."""
    wanted = tuple(declared() if entities is None else entities)
    shipped = shipped_lists(wanted)
    lists = {**shipped, **_kept_lists(connection, shipped)}
    every = {**lists, ENTITIES: tuple(Option(one.name, one.title_plural) for one in wanted)}
    own: dict[str, list[Field]] = {}
    for row in connection.execute(select(custom_field).order_by(custom_field.c.position, custom_field.c.id)).mappings():
        own.setdefault(row["entity"], []).append(field_of(dict(row)))
    return lists, {one.name: complete(one, own.get(one.name, ()), every) for one in wanted}


def shipped_lists(entities: Iterable[Entity]) -> dict[str, Sequence[Option]]:
    """The editable lists as the declarations ship them."""
    found: dict[str, Sequence[Option]] = {}
    for entity in entities:
        for one in entity.fields:
            for part in (one, *(one.kind.fields if isinstance(one.kind, Rows) else ())):
                name = getattr(part.kind, "list", "")
                if name and name != ENTITIES:
                    found.setdefault(name, getattr(part.kind, "choices", ()))
    return found


def field_of(row: Mapping[str, Any]) -> Field:
    """A field of the administrators' own, from its row in custom_field."""
    flags = dict(row["flags"] or {})
    if flags.get("alarm"):
        flags |= {"alarm": row["name"], "indexed": True}
    return Field(
        name=row["name"], kind=kind_of(row["kind"], row["options"] or {}), label=row["label_en"] or row["label_fa"], help=row["help"], custom=True,
        labels={code: text for code, text in (("fa", row["label_fa"]), ("en", row["label_en"] or row["label_fa"])) if text},
        active=row["active"], position=row["position"], section=row["section"],
        **{**flags, "of": tuple(flags.get("of") or ()), **({"ahead": tuple(flags["ahead"])} if flags.get("ahead") else {})},
    )  # fmt: skip


def complete(entity: Entity, own: Sequence[Field], lists: Mapping[str, Sequence[Option]]) -> Entity:
    """The entity with fields of the administrators' own at their places, and every editable list filled in."""
    fields = tuple(_listed(one, lists) for one in (*entity.fields, *own))
    known = {section.name for section in entity.sections}
    by_section: dict[str, list[str]] = {}
    for one in own:
        if one.active:
            by_section.setdefault(one.section if one.section in known else OWN_SECTION, []).append(one.name)
    sections = [evolve(one, fields=(*one.fields, *by_section.pop(one.name, ()))) for one in entity.sections]
    if OWN_SECTION in by_section:
        sections.append(Section(OWN_SECTION, _("More"), tuple(by_section[OWN_SECTION])))
    return evolve(entity, fields=fields, sections=tuple(sections))


def _listed(one: Field, lists: Mapping[str, Sequence[Option]]) -> Field:
    if isinstance(one.kind, Rows):
        return evolve(one, kind=evolve(one.kind, fields=tuple(_listed(inner, lists) for inner in one.kind.fields)))
    kind = with_list(one.kind, lists)
    return one if kind is one.kind else evolve(one, kind=kind)


def _kept_lists(connection: Connection, shipped: Mapping[str, Sequence[Option]]) -> dict[str, Sequence[Option]]:
    also = {(name, one.code): one.also for name, options in shipped.items() for one in options}
    found: dict[str, list[Option]] = {}
    for row in connection.execute(select(choice).order_by(choice.c.list, choice.c.position, choice.c.code)).mappings():
        option = Option(
            row["code"],
            row["title_en"] or row["title_fa"],
            fa=row["title_fa"],
            en=row["title_en"],
            colour=row["colour"],
            active=row["active"],
            also=also.get((row["list"], row["code"]), "") if row["also"] is None else row["also"],
        )
        found.setdefault(row["list"], []).append(option)
    return dict(found)
