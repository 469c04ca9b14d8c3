"""The looks of an entity's records beside the list: a board for states, a calendar for dates, a map for points; and what every look has above it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from config.errors import Refusal
from config.translations import _
from crm.access import Viewer
from crm.entity import Entity
from crm.expression import tests
from crm.fields.field import Field
from crm.fields.references import Reference
from crm.linked_names import Names
from crm.query import standard_field
from web.errors import NothingHere
from web.records.asked import Asked, asked
from web.records.places import Place
from web.records.saying import field_at, said
from web.records.telephones import numbers_of
from web.request import Request


@frozen
class Look:
    """One way of looking at records: its name, its word and icon, and the fields it may go by."""

    name: str
    title: str
    icon: str
    fields: tuple[Field, ...] = ()


KINDS: Mapping[str, tuple[str, ...]] = {"board": ("state",), "calendar": ("date", "moment"), "map": ("map_point",)}
"""Which kinds of fields give which look."""


def looks(entity: Entity, viewer: Viewer) -> list[Look]:
    """The looks that the entity has for this user, the list first."""
    found = [Look("list", _("List"), "list")]
    for name, title, icon in (("board", _("Board"), "board"), ("calendar", _("Calendar"), "calendar"), ("map", _("Map"), "pin")):
        fields = tuple(
            one for one in entity.kinds(*KINDS[name]) if one.filtered and not _hidden(one, viewer) and one.kind.storage != "none"
        )
        if fields:
            found.append(Look(name, title, icon, fields))
    return found


def look_by(entity: Entity, viewer: Viewer, name: str, by: str) -> tuple[Look, Field]:
    """The look and the field it goes by: the one asked for, else the first. Raises NothingHere when the entity has no such look."""
    look = next((one for one in looks(entity, viewer) if one.name == name), None)
    if look is None:
        raise NothingHere
    extra = [one for one in (standard_field("created_at"), standard_field("updated_at")) if one and name == "calendar"]
    return look, next((one for one in (*look.fields, *extra) if one.name == by), look.fields[0])


async def above(place: Place, request: Request, wanted: Asked, look: str) -> dict[str, Any]:
    """What the head of every look shows: the entity, what is asked for and its sentence, the looks."""
    entity, viewer, language = place.entity, place.viewer(request), request.language
    showing = await place.showing(request)
    titled = evolve(showing, titles={**showing.titles, **await named(place, wanted, viewer)})
    return {
        "entity": entity,
        "asked": wanted,
        "look": look,
        "looks": looks(entity, viewer),
        "phone_book": numbers_of(entity, viewer.pattern.field_level) is not None,
        "sentence": said(wanted.where, entity, place.catalogue.entities, titled),
        "may": {right: viewer.may(entity.name, right) for right in RIGHTS},
        "targets": place.targets(viewer, language),
    }


RIGHTS = ("create", "edit", "delete", "export", "import", "print", "star", "deactivate", "set_expert", "purge")


async def usable(place: Place, request: Request, given: Mapping[str, str] | None = None) -> Asked:
    """What the address (or `given`: the address over a view) asks for, without a filter that cannot be asked."""
    from web.records.asked import without_where

    viewer = place.viewer(request)
    viewer.demand(place.entity.name, "view")
    wanted = asked(place.entity, request.query if given is None else given, viewer)
    try:
        await place.records.ids(wanted.query(), viewer, 1, request.language)
    except Refusal as problem:
        return without_where(wanted, problem)
    return wanted


async def named(place: Place, wanted: Asked, viewer: Viewer) -> Names:
    """The names of the records and users that the condition speaks of."""
    entities = place.catalogue.entities
    found: list[tuple[str, int]] = []
    for test in tests(wanted.where):
        one, _passed = field_at(test.path, wanted.entity, entities)
        if one and isinstance(one.kind, Reference) and str(test.value).isdigit():
            found.append((one.kind.entity, int(str(test.value)[:15])))
    names: Names = {("user", username): name for username, name in place.users("fa")}
    for name, number in found[:20]:
        if name in entities:
            try:
                names[name, number] = (await place.records.get(entities[name], number, viewer)).title
            except Refusal:
                names[name, number] = None
    return names


def _hidden(one: Field, viewer: Viewer) -> bool:
    return one.level > viewer.pattern.field_level
