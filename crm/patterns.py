"""The access patterns as they are now, in memory; and who has which, as the viewer that every query takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, insert, select, update

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from config.translations import _
from crm.access import ANY, DEFAULTS, EVERYTHING, LEVELS, MOST_FIELD_LEVEL, RIGHTS, Pattern, Viewer
from crm.record_tables import access_pattern

Members = Callable[[], Mapping[str, str]]
"""Every active user's pattern code, by user name."""


class NoSuchPattern(Refusal):
    """No pattern has this code."""

    code = "no_such_pattern"
    status = 404
    sentence = _("There is no access pattern “{pattern}”.")


class PatternInvalid(Refusal):
    """A pattern that cannot be, or that would shut the last administrator out."""

    code = "pattern_invalid"
    status = 422
    sentence = _("The access pattern was not saved: {reason}.")


class Patterns:
    """All access patterns. `await load()` before use; a new installation gets one for each role."""

    def __init__(self, database: Database, clock: Clock, members: Members) -> None:
        self._database = database
        self._clock = clock
        self._members = members
        self.all: Mapping[str, Pattern] = {one.code: one for one in DEFAULTS}

    async def load(self) -> None:
        """Read them; write the shipped ones down when there are none."""
        if not (found := await self._database.read(_read)):
            await self._database.write(self._put_shipped)
            found = await self._database.read(_read)
        self.all = found

    def _put_shipped(self, connection: Connection) -> None:
        for one in DEFAULTS:
            _put(connection, one, "", self._clock.now())

    def viewer(self, username: str) -> Viewer:
        """The user as access sees them; somebody without a known pattern may do nothing."""
        members = self._members()
        code = members.get(username, "")
        pattern = self.all.get(code, Pattern(code=""))
        return Viewer(username=username, pattern=pattern, team=frozenset(name for name, theirs in members.items() if theirs == code))

    async def save(self, pattern: Pattern, username: str) -> None:
        """Keep a pattern, new or changed. Raises PatternInvalid. The pattern "administrator" always may everything."""
        if pattern.code == "administrator":
            raise PatternInvalid(reason=_("the administrators' own pattern cannot be narrowed"))
        for rules in pattern.rights.values():
            if any(right not in RIGHTS and right != ANY for right in rules) or any(level not in LEVELS for level in rules.values()):
                raise PatternInvalid(reason=_("a right or a level is not known"))
        if not 0 <= pattern.field_level <= MOST_FIELD_LEVEL or not pattern.fa.strip():
            raise PatternInvalid(reason=_("it needs a title and a field level from 0 to 2"))
        await self._database.write(lambda connection: _put(connection, pattern, username, self._clock.now()))
        await self.load()


def _read(connection: Connection) -> dict[str, Pattern]:
    rows = connection.execute(
        select(access_pattern).where(access_pattern.c.active).order_by(access_pattern.c.position, access_pattern.c.code)
    ).mappings()
    return {
        row["code"]: Pattern(
            code=row["code"], fa=row["title_fa"], en=row["title_en"], field_level=row["field_level"],
            rights=EVERYTHING.rights if row["code"] == "administrator" else row["rights"],
        )
        for row in rows
    }  # fmt: skip


def _put(connection: Connection, pattern: Pattern, username: str, now: float) -> None:
    values = {
        "title_fa": pattern.fa, "title_en": pattern.en, "rights": {place: dict(rules) for place, rules in pattern.rights.items()},
        "field_level": pattern.field_level, "active": True, "updated_at": now, "updated_by": username,
    }  # fmt: skip
    done = connection.execute(update(access_pattern).where(access_pattern.c.code == pattern.code).values(values))
    if not done.rowcount:
        connection.execute(insert(access_pattern).values(code=pattern.code, **values))
