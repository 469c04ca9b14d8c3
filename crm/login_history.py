"""What happened at the door: who came in, from where, how; who was turned away and why; what was done to whose account.

Read by the person it is about and by administrators. What is written by strangers is bounded by the lock-out
(web/throttle.py), and thrown away after `KEEP_DAYS`.
"""

from __future__ import annotations

from attrs import frozen
from sqlalchemy import Connection, Select, delete, insert, select

from config.clock import Clock
from config.database import Database
from config.translations import _
from crm.login_tables import login_history as table

KEEP_DAYS = 400
SWEEP_EVERY = 200
"""After so many entries the oldest are thrown away."""

KNOWN_DAYS = 30
KNOWN = "SELECT 1 FROM login_history WHERE username = ? AND address = ? AND at > ? AND what = 'login' AND result = 'ok' LIMIT 1"

WHAT = {
    "login": _("Logged in"),
    "logout": _("Logged out"),
    "password": _("Password changed"),
    "reset": _("Password reset by the administrator"),
    "reset_link": _("Log-in link made by the administrator"),
    "unlock": _("Lock-out ended by the administrator"),
    "second_step_on": _("Second step turned on"),
    "second_step_off": _("Second step turned off"),
    "recovery_codes": _("New recovery codes"),
    "sessions_ended": _("Sessions ended"),
    "token_made": _("API token made"),
    "token_ended": _("API token ended"),
    "created": _("Account made"),
    "changed": _("Account changed"),
    "closed": _("Account closed"),
    "opened": _("Account opened again"),
    "see_as": _("Seen through this person's eyes"),
    "see_as_ended": _("Seeing through this person's eyes ended"),
    "rules": _("Log-in rules changed"),
}
"""What can happen, by word."""

RESULTS = {
    "ok": _("Done"),
    "wrong_password": _("Wrong password"),
    "wrong_code": _("Wrong code"),
    "locked": _("Wrong too often: locked out"),
}
"""How it ended."""

HOW = {
    "": "",
    "password": _("password"),
    "code": _("password and code"),
    "recovery_code": _("password and recovery code"),
    "reset_link": _("log-in link"),
    "reset_link_code": _("log-in link and code"),
    "program": _("program"),
    "command": _("command line"),
}
"""By what."""


@frozen(kw_only=True)
class Entry:
    """One line of the history. `by_user`: the administrator who did it, "" when they did it themselves."""

    what: str
    username: str = ""
    result: str = "ok"
    how: str = ""
    address: str = ""
    browser: str = ""
    by_user: str = ""
    at: float = 0.0
    id: int = 0


@frozen(kw_only=True)
class Wanted:
    """What is looked for. `result`: "ok", "failed" or one of RESULTS; `since` UTC epoch seconds; `before`: older than the entry of this id."""

    username: str = ""
    what: str = ""
    result: str = ""
    since: float = 0.0
    before: int = 0
    most: int = 50


class LoginHistory:
    """Writes and reads the history."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def keep(self, entry: Entry) -> None:
        """Write one line; `at` is now."""
        now = self._clock.now()
        row = {
            "at": now,
            "username": entry.username,
            "what": entry.what,
            "result": entry.result,
            "how": entry.how,
            "address": entry.address[:60],
            "browser": entry.browser[:200],
            "by_user": entry.by_user,
        }
        await self._database.write(lambda connection: _keep(connection, row, now))

    async def read(self, wanted: Wanted) -> list[Entry]:
        """The newest first."""
        query = _query(wanted)
        return await self._database.read(lambda connection: [Entry(**row) for row in connection.execute(query).mappings()])

    def known(self, username: str, address: str) -> bool:
        """Whether this person has logged in from this address lately. Microseconds."""
        return bool(self._database.lookup(KNOWN, (username, address, self._clock.now() - KNOWN_DAYS * 24 * 3600)))


def _keep(connection: Connection, row: dict[str, object], now: float) -> None:
    number = connection.execute(insert(table).values(row)).inserted_primary_key
    if number is not None and number[0] % SWEEP_EVERY == 0:
        connection.execute(delete(table).where(table.c.at < now - KEEP_DAYS * 24 * 3600))


def _query(wanted: Wanted) -> Select[tuple[object, ...]]:
    query: Select[tuple[object, ...]] = select(table).order_by(table.c.id.desc()).limit(wanted.most)
    if wanted.username:
        query = query.where(table.c.username == wanted.username)
    if wanted.what:
        query = query.where(table.c.what == wanted.what)
    if wanted.result == "failed":
        query = query.where(table.c.result != "ok")
    elif wanted.result:
        query = query.where(table.c.result == wanted.result)
    if wanted.since:
        query = query.where(table.c.at >= wanted.since)
    if wanted.before:
        query = query.where(table.c.id < wanted.before)
    return query
