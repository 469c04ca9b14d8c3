"""Log-in links that an administrator gives to who forgot the password: for one use, for an hour, kept only as a hash."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import Connection, delete, insert, select

from config.errors import Refusal
from config.translations import _
from crm.login_tables import reset_link as table

LINK_SECONDS = 3600.0
LONGEST_TOKEN = 60


class ResetLinkOver(Refusal):
    """The link was used, is too old, was replaced, or never was."""

    code = "reset_link_over"
    status = 410
    sentence = _("This link was used before, is too old, or another one was made after it. Ask the administrator for a new one.")


def fresh() -> str:
    """A new token of 256 bits, to be shown once."""
    return secrets.token_urlsafe(32)


def put(connection: Connection, username: str, token: str, now: float) -> float:
    """Keep the link of this user instead of any other; until when it is good (UTC epoch seconds)."""
    forget(connection, username)
    connection.execute(insert(table).values(username=username, mark=_mark(token), until=now + LINK_SECONDS))
    return now + LINK_SECONDS


def whose(connection: Connection, token: str, now: float) -> str:
    """The user whose link it is; "" when it is over."""
    chosen = select(table.c.username).where(table.c.mark == _mark(token), table.c.until > now)
    return connection.execute(chosen).scalar() or ""


def take(connection: Connection, token: str, now: float) -> None:
    """Use the link up. Raises ResetLinkOver when somebody was quicker."""
    if connection.execute(delete(table).where(table.c.mark == _mark(token), table.c.until > now)).rowcount != 1:
        raise ResetLinkOver


def forget(connection: Connection, username: str) -> None:
    """No link of this user is good any more."""
    connection.execute(delete(table).where(table.c.username == username))


def _mark(token: str) -> str:
    """What is kept of a token; nothing leads back from it, for a token has 256 bits of chance."""
    return hashlib.sha256(token[:LONGEST_TOKEN].encode("utf-8", "replace")).hexdigest()
