"""The records of an installation that is not running, for commands: catalogue, verbs and the administrators' rights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import frozen
from sqlalchemy import Connection

from config.clock import Clock, SystemClock
from config.database import Database
from config.errors import Refusal
from config.settings import Settings
from config.translations import _
from crm.catalogue import Catalogue, read
from crm.entity import Entity
from crm.patterns import Patterns
from crm.records import Records


class NoSuchEntity(Refusal):
    """A name that no entity has."""

    code = "no_such_entity"
    sentence = _("“{name}” is none of: {known}.")


@frozen(kw_only=True)
class Office:
    """What stands while a command works."""

    home: Path
    database: Database
    clock: Clock
    entity: Entity
    patterns: Patterns
    records: Records


@asynccontextmanager
async def opened(settings: Settings, name: str) -> AsyncIterator[Office]:
    """The records of an installation that is not running. Raises ProductRuns, NoSuchEntity."""
    from config.alone import open_alone
    from switchboard.bus import Bus

    database = await open_alone(settings)
    try:
        catalogue, clock = Catalogue(database), SystemClock(asyncio.get_running_loop())
        await catalogue.load()
        entity = _named(catalogue.entities, name)
        patterns = Patterns(database, clock, lambda: {"": "administrator"})
        await patterns.load()
        site = settings.site
        records = Records(database, Bus(), clock, catalogue, country=site.country, city_code=site.city_code, timezone=site.timezone)
        yield Office(home=settings.home, database=database, clock=clock, entity=entity, patterns=patterns, records=records)
    finally:
        await database.close()


def as_they_are(connection: Connection, name: str) -> tuple[Mapping[str, Entity], Entity]:
    """All entities as they are now, and the one of this name. Raises NoSuchEntity."""
    _lists, entities = read(connection)
    return entities, _named(entities, name)


def _named(entities: Mapping[str, Entity], name: str) -> Entity:
    if name not in entities:
        raise NoSuchEntity(name=name[:60], known=", ".join(sorted(entities)))
    return entities[name]
