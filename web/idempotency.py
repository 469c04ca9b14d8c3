"""Idempotency keys: a program that repeats a request (because the answer was lost) gets the first answer again, and nothing is done twice.

As the IETF draft "The Idempotency-Key HTTP Header Field" describes it: the key belongs to a user and an address, is remembered for a
day, and coming with another body is a mistake.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable

from sqlalchemy import Column, Connection, Float, Index, Integer, LargeBinary, String, Table, delete, insert, select, update

from config.clock import Clock
from config.database import Database, metadata
from config.errors import Refusal
from config.translations import _
from web.request import Request
from web.response import JSON, Answer, Body

SECONDS = 24 * 3600.0
UNFINISHED_SECONDS = 120.0
LONGEST_KEY = 200

table = Table(
    "idempotent_request",
    metadata,
    Column("username", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("asked", String, nullable=False),
    Column("at", Float, nullable=False),
    Column("status", Integer, nullable=False, server_default="0"),
    Column("location", String, nullable=False, server_default=""),
    Column("answer", LargeBinary),
)
Index("ix_idempotent_request_at", table.c.at)


class KeyReused(Refusal):
    """The same key with another request."""

    code = "idempotency_key_reused"
    status = 422
    sentence = _("This Idempotency-Key was used for another request; take a new one.")


class KeyBusy(Refusal):
    """The first request with this key is still being worked on."""

    code = "idempotency_key_busy"
    status = 409
    sentence = _("The first request with this Idempotency-Key is still being worked on. Ask again in a moment.")


class KeyTooLong(Refusal):
    """A key of absurd length."""

    code = "idempotency_key_refused"
    status = 422
    sentence = _("An Idempotency-Key has at most {longest} characters.")


class Idempotency:
    """Remembers answers by key."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def once(self, request: Request, work: Callable[[], Awaitable[Body]]) -> Answer:
        """The answer of `work`, or of the first request with the same key. Without a key, simply the work."""
        key = request.header("Idempotency-Key").strip()
        if not key:
            return await work()
        if len(key) > LONGEST_KEY:
            raise KeyTooLong(longest=LONGEST_KEY)
        asked = hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.body()).hexdigest()
        user, now = request.user.username, self._clock.now()
        known = await self._database.write(lambda connection: _begin(connection, user, key, asked, now))
        if known is not None:
            return known
        try:
            answer = await work()
        except BaseException:
            await self._database.write(lambda connection: _forget(connection, user, key))
            raise
        location = next((value for name, value in answer.headers if name == "Location"), "")
        values = {"status": answer.status, "answer": answer.body, "location": location}
        await self._database.write(
            lambda connection: connection.execute(update(table).where(table.c.username == user, table.c.key == key).values(values))
        )
        return answer


def _begin(connection: Connection, user: str, key: str, asked: str, now: float) -> Body | None:
    """The kept answer; None when this request is the first, which is written down."""
    connection.execute(delete(table).where(table.c.at < now - SECONDS))
    row = connection.execute(select(table).where(table.c.username == user, table.c.key == key)).mappings().first()
    if row is None or (not row["status"] and row["at"] < now - UNFINISHED_SECONDS):
        _forget(connection, user, key)
        connection.execute(insert(table).values(username=user, key=key, asked=asked, at=now))
        return None
    if row["asked"] != asked:
        raise KeyReused
    if not row["status"]:
        raise KeyBusy
    headers = (("Idempotent-Replayed", "true"), *((("Location", row["location"]),) if row["location"] else ()))
    return Body(row["answer"] or b"", JSON, status=row["status"], headers=headers)


def _forget(connection: Connection, user: str, key: str) -> None:
    connection.execute(delete(table).where(table.c.username == user, table.c.key == key))
