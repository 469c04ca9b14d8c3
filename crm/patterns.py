"""The access patterns as they are now, in memory; and who has which, as the viewer that every query takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from config.translations import _
from crm.access import ANY, DEFAULTS, EVERYTHING, LEVELS, MOST_FIELD_LEVEL, RIGHTS, Pattern, Viewer
from crm.record_tables import access_change, access_pattern

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
LONGEST_TITLE = 80
MOST_PATTERNS = 100
SHIPPED: Mapping[str, Pattern] = {one.code: one for one in DEFAULTS}
CHANGES_SHOWN = 50

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
    """All access patterns. `await load()` before use; a new installation gets one for each role and two more."""

    def __init__(self, database: Database, clock: Clock, members: Members) -> None:
        self._database = database
        self._clock = clock
        self._members = members
        self.all: Mapping[str, Pattern] = {one.code: one for one in DEFAULTS}

    async def load(self) -> None:
        """Read them; write down the shipped ones that are not there yet."""
        found = await self._database.read(_read)
        if not set(SHIPPED) <= set(found):
            await self._database.write(self._put_shipped)
            found = await self._database.read(_read)
        self.all = found

    def _put_shipped(self, connection: Connection) -> None:
        there = set(connection.execute(select(access_pattern.c.code)).scalars())
        for place, one in enumerate(DEFAULTS, 1):
            if one.code not in there:
                _put(connection, one, "", self._clock.now(), position=place)

    def viewer(self, username: str) -> Viewer:
        """The user as access sees them; somebody without a known pattern may do nothing."""
        members = self._members()
        code = members.get(username, "")
        pattern = self.all.get(code, Pattern(code=""))
        return Viewer(username=username, pattern=pattern, team=frozenset(name for name, theirs in members.items() if theirs == code))

    def who_has(self, code: str) -> list[str]:
        """The active users with this pattern, by user name."""
        return sorted(name for name, theirs in self._members().items() if theirs == code)

    def free_code(self, title: str) -> str:
        """A code for a new pattern, made of its title."""
        base = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:30]
        base = base if CODE.fullmatch(base) else "pattern"
        return next(code for number in range(1, MOST_PATTERNS + 2) if (code := f"{base}_{number}" if number > 1 else base) not in self.all)

    async def save(self, pattern: Pattern, username: str, origin: str = "") -> None:
        """Keep a pattern, new or changed; who changed what is kept too. Raises PatternInvalid. The pattern "administrator" always may everything."""
        self._check(pattern)
        now = self._clock.now()

        def work(connection: Connection) -> None:
            changes = differences(_read(connection).get(pattern.code), pattern)
            if changes:
                _put(connection, pattern, username, now)
                _note(connection, pattern.code, now, username, origin, changes)

        await self._database.write(work)
        await self.load()

    def _check(self, pattern: Pattern) -> None:
        if pattern.code == "administrator":
            raise PatternInvalid(reason=_("the administrators' own pattern cannot be narrowed"))
        if not CODE.fullmatch(pattern.code):
            raise PatternInvalid(field="code", reason=_("its code must begin with a small Latin letter, then letters, digits and _"))
        if pattern.code not in self.all and len(self.all) >= MOST_PATTERNS:
            raise PatternInvalid(reason=_("there are as many as there may be"))
        for rules in pattern.rights.values():
            if any(right not in RIGHTS and right != ANY for right in rules) or any(level not in LEVELS for level in rules.values()):
                raise PatternInvalid(field="rights", reason=_("a right or a level is not known"))
        title = pattern.fa.strip()
        if not 0 <= pattern.field_level <= MOST_FIELD_LEVEL or not title or max(len(title), len(pattern.en)) > LONGEST_TITLE:
            raise PatternInvalid(field="title_fa", reason=_("it needs a title and a field level from 0 to 2"))

    async def remove(self, code: str, username: str, origin: str = "") -> None:
        """Take a pattern away that nobody has. Raises NoSuchPattern, PatternInvalid."""
        if code not in self.all:
            raise NoSuchPattern(pattern=code[:40])
        if code in SHIPPED:
            raise PatternInvalid(reason=_("the shipped patterns stay, every new user of a role begins with one"))
        if self.who_has(code):
            raise PatternInvalid(reason=_("somebody has it; give them another one first"))
        now = self._clock.now()

        def work(connection: Connection) -> None:
            connection.execute(update(access_pattern).where(access_pattern.c.code == code).values(active=False, updated_at=now))
            _note(connection, code, now, username, origin, {"active": [True, False]})

        await self._database.write(work)
        await self.load()

    async def changes(self, code: str = "", before: int = 0) -> list[dict[str, Any]]:
        """Who changed what, newest first, fifty at a time: id, pattern, at, by, origin, changes. `code` "": of all patterns."""
        chosen = select(access_change).order_by(access_change.c.id.desc()).limit(CHANGES_SHOWN)
        chosen = chosen.where(access_change.c.pattern == code) if code else chosen
        chosen = chosen.where(access_change.c.id < before) if before else chosen
        rows = await self._database.read(lambda connection: connection.execute(chosen).mappings().all())
        return [dict(row) for row in rows]


def differences(old: Pattern | None, new: Pattern) -> dict[str, list[Any]]:
    """What is not the same in two patterns: {"field_level" | "title_fa" | "title_en" | "<entity>.<right>": [old, new]}; None where nothing was said."""
    before = old or Pattern(code=new.code)
    pairs: dict[str, list[Any]] = {
        "title_fa": [before.fa, new.fa], "title_en": [before.en, new.en], "field_level": [before.field_level if old else None, new.field_level],
    }  # fmt: skip
    for place in sorted({*before.rights, *new.rights}):
        for right in (ANY, *RIGHTS):
            pairs[f"{place}.{right}"] = [rules.rights.get(place, {}).get(right) for rules in (before, new)]
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _note(connection: Connection, code: str, now: float, username: str, origin: str, changes: Mapping[str, Any]) -> None:
    connection.execute(insert(access_change).values(pattern=code, at=now, by=username, origin=origin, changes=dict(changes)))


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


def _put(connection: Connection, pattern: Pattern, username: str, now: float, *, position: int = 0) -> None:
    values = {
        "title_fa": pattern.fa, "title_en": pattern.en, "rights": {place: dict(rules) for place, rules in pattern.rights.items()},
        "field_level": pattern.field_level, "active": True, "updated_at": now, "updated_by": username,
    }  # fmt: skip
    done = connection.execute(update(access_pattern).where(access_pattern.c.code == pattern.code).values(values))
    if not done.rowcount:
        connection.execute(insert(access_pattern).values(code=pattern.code, position=position or MOST_PATTERNS, **values))
