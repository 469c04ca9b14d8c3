"""Server-side sessions: who is logged in, from when, until when.

The cookie holds 32 random bytes; the table holds their SHA-256. A session ends after the configured hours without use,
at the latest `LONGEST_SECONDS` after it began, at log-out, or when an administrator ends it. Whoever must know (open
websockets) listens by `on_end`.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress

from attrs import frozen
from sqlalchemy import Connection, delete, insert, select, update

from config.clock import Clock
from config.database import Database
from config.database_errors import DatabaseTrouble
from config.loops import Tasks
from web.tables import session as table

LONGEST_SECONDS = 7 * 24 * 3600.0
TOUCH_SECONDS = 60.0
MOST_PER_USER = 20
"""Sessions of one user; the longest unused give way."""

FIND = "SELECT username, begun_at, used_at, address, browser, seeing FROM session WHERE hash = ?"

Row = tuple[str, float, float, str, str, str]

log = logging.getLogger(__name__)


@frozen
class Session:
    """A live session. `secret` is the cookie's value (never stored), `hash` its name in the table.

    `seeing`: the user with whose eyes the administrator of this session looks, "" = their own.
    """

    hash: str
    username: str
    begun_at: float
    used_at: float
    ends_at: float
    address: str = ""
    browser: str = ""
    secret: str = ""
    seeing: str = ""


def hashed(secret: str) -> str:
    """How a secret is kept: its SHA-256 in hex (the secret has 256 random bits, so no salt and no slow hash)."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


class Sessions:
    """Begins, finds and ends sessions."""

    def __init__(self, database: Database, clock: Clock, hours: float) -> None:
        self._database = database
        self._clock = clock
        self._idle_seconds = hours * 3600
        self._touched: dict[str, float] = {}
        self._listeners: list[Callable[[str], None]] = []
        self._tasks = Tasks("sessions")

    def on_end(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the hash of every session that is ended by somebody (not of those that run out)."""
        self._listeners.append(listener)

    async def begin(self, username: str, address: str, browser: str) -> Session:
        """A new session, saved."""
        now = self._clock.now()
        secret = secrets.token_urlsafe(32)
        row = {
            "hash": hashed(secret),
            "username": username,
            "begun_at": now,
            "used_at": now,
            "address": address[:60],
            "browser": browser[:200],
        }
        gone = await self._database.write(lambda connection: _begin(connection, row, now - self._idle_seconds))
        self._tell_ended(gone)
        return self._session(secret, (username, now, now, address[:60], browser[:200], ""))

    def find(self, secret: str) -> Session | None:
        """The live session of a cookie's value, and a sign of use; None when there is none. Microseconds."""
        if not 20 <= len(secret) <= 100:
            return None
        rows = self._database.lookup(FIND, (hashed(secret),))
        if not rows:
            return None
        session = self._session(secret, rows[0])
        return session if self._used(session) else None

    def alive(self, hash_: str) -> bool:
        """Whether the session of this hash still lives (asked now and then for open websockets, which count as use)."""
        rows = self._database.lookup(FIND, (hash_,))
        return bool(rows) and self._used(self._session("", rows[0], hash_))

    async def of_user(self, username: str) -> list[Session]:
        """Everything of one user that lives, the most recently used first."""
        query = select(table).where(table.c.username == username).order_by(table.c.used_at.desc())
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        now = self._clock.now()
        found = [
            self._session("", (one.username, one.begun_at, one.used_at, one.address, one.browser, one.seeing), one.hash) for one in rows
        ]
        return [one for one in found if one.ends_at > now]

    async def end(self, hash_: str) -> None:
        """End one session; its websockets close."""
        await self._database.write(lambda connection: connection.execute(delete(table).where(table.c.hash == hash_)))
        self._tell_ended([hash_])

    async def see(self, hash_: str, username: str) -> None:
        """Look with the eyes of `username` from now on, or with one's own ("")."""
        await self._database.write(
            lambda connection: connection.execute(update(table).where(table.c.hash == hash_).values(seeing=username))
        )

    async def end_all(self, username: str, but: str = "") -> None:
        """End every session of a user (password changed, account closed), but for the one with hash `but`."""
        for session in await self.of_user(username):
            if session.hash != but:
                await self.end(session.hash)

    async def stop(self) -> None:
        """Finish what is being saved."""
        await self._tasks.drain()

    def _session(self, secret: str, row: Row, hash_: str = "") -> Session:
        username, begun_at, used_at, address, browser, seeing = row
        hash_ = hash_ or hashed(secret)
        used_at = max(used_at, self._touched.get(hash_, 0.0))
        ends_at = min(used_at + self._idle_seconds, begun_at + LONGEST_SECONDS)
        return Session(hash_, username, begun_at, used_at, ends_at, address, browser, secret, seeing)

    def _used(self, session: Session) -> bool:
        """A sign of use, saved now and then; False when the session had run out before."""
        now = self._clock.now()
        if now >= session.ends_at:
            return False
        if now - session.used_at >= TOUCH_SECONDS:
            self._touched[session.hash] = now
            self._tasks.start(self._touch(session.hash, now))
        return True

    async def _touch(self, hash_: str, now: float) -> None:
        with suppress(DatabaseTrouble):  # it is kept here until the next use, and whoever looks after the database knows already
            await self._database.write(
                lambda connection: connection.execute(update(table).where(table.c.hash == hash_).values(used_at=now))
            )
            if self._touched.get(hash_) == now:
                del self._touched[hash_]

    def _tell_ended(self, hashes: list[str]) -> None:
        for hash_ in hashes:
            self._touched.pop(hash_, None)
            for listener in tuple(self._listeners):
                listener(hash_)


def _begin(connection: Connection, row: dict[str, object], unused_since: float) -> list[str]:
    """Save the session and clear away what has run out; gives the hashes of this user's sessions that had to give way."""
    connection.execute(delete(table).where(table.c.used_at < unused_since))
    others = select(table.c.hash).where(table.c.username == row["username"]).order_by(table.c.used_at.desc()).offset(MOST_PER_USER - 1)
    gone = list(connection.execute(others).scalars())
    if gone:
        connection.execute(delete(table).where(table.c.hash.in_(gone)))
    connection.execute(insert(table).values(row))
    return gone
