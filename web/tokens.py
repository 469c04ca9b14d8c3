"""API tokens: a program's way in, with its owner's rights; listed and revoked on the account page."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress

from attrs import field, frozen
from sqlalchemy import Connection, Delete, delete, insert, select, update

from config.clock import Clock
from config.database import Database
from config.database_errors import DatabaseTrouble
from config.loops import Tasks
from web.scopes import EVERYTHING
from web.sessions import TOUCH_SECONDS, hashed
from web.tables import api_token as table

DAYS = 30
LIVES = (7, 30, 90, 365)
"""Days that a token may live."""

MOST_PER_USER = 50
FIND = "SELECT id, username, name, begun_at, expires_at, used_at, scopes FROM api_token WHERE hash = ?"


def _read(kept: str | tuple[str, ...]) -> tuple[str, ...]:
    """Scopes as the table keeps them, with spaces between."""
    return tuple(kept.split()) if isinstance(kept, str) else kept


@frozen
class Token:
    """A token without its secret. Times are UTC epoch seconds; `used_at` 0.0 means never."""

    id: int
    username: str
    name: str
    begun_at: float
    expires_at: float
    used_at: float
    scopes: tuple[str, ...] = field(default=(EVERYTHING,), converter=_read)


class Tokens:
    """Makes, finds and revokes tokens."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._tasks = Tasks("API tokens")
        self._listeners: list[Callable[[str], None]] = []

    def on_end(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the user name when somebody ends a token (not when one runs out)."""
        self._listeners.append(listener)

    async def make(self, username: str, name: str, *, scopes: tuple[str, ...] = (EVERYTHING,), days: int = DAYS) -> tuple[str, float]:
        """A new token ("sb_…", shown once) and when it expires."""
        secret = f"sb_{secrets.token_urlsafe(32)}"
        now = self._clock.now()
        expires_at = now + days * 24 * 3600.0
        row = {
            "hash": hashed(secret),
            "username": username,
            "name": name[:80],
            "scopes": " ".join(scopes),
            "begun_at": now,
            "expires_at": expires_at,
            "used_at": 0.0,
        }
        await self._database.write(lambda connection: _make(connection, row, now))
        return secret, expires_at

    def find(self, secret: str) -> Token | None:
        """The live token with this secret, and a sign of use; None when there is none. Microseconds."""
        if not secret.startswith("sb_") or len(secret) > 100:
            return None
        rows = self._database.lookup(FIND, (hashed(secret),))
        if not rows:
            return None
        token = Token(*rows[0])
        now = self._clock.now()
        if now >= token.expires_at:
            return None
        if now - token.used_at >= TOUCH_SECONDS:
            self._tasks.start(self._touch(token.id, now))
        return token

    async def of_user(self, username: str) -> list[Token]:
        """A user's tokens, the newest first."""
        columns = (table.c.id, table.c.username, table.c.name, table.c.begun_at, table.c.expires_at, table.c.used_at, table.c.scopes)
        query = select(*columns).where(table.c.username == username, table.c.expires_at > self._clock.now()).order_by(table.c.id.desc())
        return await self._database.read(lambda connection: [Token(*row) for row in connection.execute(query)])

    async def revoke(self, username: str, token: int) -> None:
        """End a token of this user; harmless when there is none."""
        query = delete(table).where(table.c.id == token, table.c.username == username)
        await self._end(query, username)

    async def revoke_all(self, username: str) -> None:
        """End every token of a user (password changed, account closed)."""
        await self._end(delete(table).where(table.c.username == username), username)

    async def _end(self, query: Delete, username: str) -> None:
        if await self._database.write(lambda connection: connection.execute(query).rowcount):
            for listener in tuple(self._listeners):
                listener(username)

    async def stop(self) -> None:
        """Finish what is being saved."""
        await self._tasks.drain()

    async def _touch(self, token: int, now: float) -> None:
        with suppress(DatabaseTrouble):  # whoever looks after the database knows already; this can wait for the token's next use
            await self._database.write(lambda connection: connection.execute(update(table).where(table.c.id == token).values(used_at=now)))


def _make(connection: Connection, row: dict[str, object], now: float) -> None:
    connection.execute(delete(table).where(table.c.expires_at <= now))
    others = select(table.c.id).where(table.c.username == row["username"]).order_by(table.c.id.desc()).offset(MOST_PER_USER - 1)
    if gone := list(connection.execute(others).scalars()):
        connection.execute(delete(table).where(table.c.id.in_(gone)))
    connection.execute(insert(table).values(row))
