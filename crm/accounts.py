"""People who may log in: their role, their extension and phone, their password.

All accounts are kept in memory (there are hundreds at most) and read back from the table at start; a change is
committed, then kept, then told.
"""

from __future__ import annotations

import re
from typing import Any

from attrs import asdict, evolve, frozen
from sqlalchemy import Connection, RowMapping, insert, select, update
from sqlalchemy.exc import IntegrityError

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from config.translations import _
from crm.passwords import Passwords, check_new
from crm.tables import account as table
from switchboard.bus import Bus
from switchboard.events import AccountChanged

ROLES = ("agent", "supervisor", "administrator")
DEVICES = ("browser", "desk")
LANGUAGES = ("", "fa", "en")


class AccountInvalid(Refusal):
    """A user name, extension, role… that cannot be."""

    code = "account_invalid"
    status = 422
    sentence = _("“{value}” cannot be the {field_name} of an account. Expected {expected}.")


class AccountTaken(Refusal):
    """The user name or the extension is somebody else's."""

    code = "account_taken"
    status = 409
    sentence = _("The user name {username} or the extension {extension} is taken.")


class NoSuchAccount(Refusal):
    """Nobody has this user name."""

    code = "no_such_account"
    status = 404
    sentence = _("There is no account “{username}”.")


@frozen(kw_only=True)
class Account:
    """A person who may log in. `extension` "" = no phone; `language` "" = not chosen; `party`: their own customer record, if any."""

    username: str
    name: str
    name_en: str = ""
    role: str = "agent"
    extension: str = ""
    device: str = "browser"
    language: str = ""
    party: int | None = None
    active: bool = True

    def shown(self, language: str) -> str:
        """The name in the reader's language."""
        return self.name_en if language != "fa" and self.name_en else self.name


class Accounts:
    """Every account; `await load()` before use, `close()` at the end."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._passwords = Passwords()
        self._accounts: dict[str, Account] = {}
        self._hashes: dict[str, str] = {}

    async def load(self) -> None:
        """Read all accounts."""
        rows = await self._database.read(lambda connection: connection.execute(select(table)).mappings().all())
        self._accounts = {row["username"]: _account(row) for row in rows}
        self._hashes = {row["username"]: row["password_hash"] for row in rows}

    def close(self) -> None:
        """Let the hashing thread go."""
        self._passwords.close()

    def get(self, username: str) -> Account | None:
        """The open account of that name."""
        account = self._accounts.get(username)
        return account if account and account.active else None

    def named(self, username: str) -> str:
        """The Persian name behind a user name, of closed accounts as well; the user name itself when there is none."""
        account = self._accounts.get(username)
        return account.name if account else username

    def all(self) -> tuple[Account, ...]:
        """Every open account, by user name."""
        return tuple(account for _name, account in sorted(self._accounts.items()) if account.active)

    async def check(self, username: str, password: str) -> Account | None:
        """The account when the password is right, else None; takes as long for unknown names."""
        name = username.strip().casefold()
        account = self.get(name)
        right = await self._passwords.right(self._hashes.get(name) if account else None, password)
        if account is None:
            return None
        now = self._clock.now()
        changed: dict[str, Any] = (
            {"failed_attempts": 0, "last_login_at": now} if right else {"failed_attempts": table.c.failed_attempts + 1, "failed_at": now}
        )
        await self._database.write(lambda connection: connection.execute(update(table).where(table.c.username == name).values(changed)))
        return account if right else None

    async def add(self, account: Account, password: str) -> Account:
        """A new account."""
        account = evolve(account, username=account.username.strip().casefold())
        check(account)
        check_new(password, account.username)
        hashed = await self._passwords.hash(password)
        now = self._clock.now()
        row = {**_row(account), "password_hash": hashed, "password_changed_at": now, "created_at": now}
        await self._save(account, lambda connection: connection.execute(insert(table).values(row)))
        self._hashes[account.username] = hashed
        self._told(account)
        return account

    async def change(self, account: Account) -> None:
        """Save everything of `account` but its password."""
        check(account)
        if account.username not in self._accounts:
            raise NoSuchAccount(username=account.username)
        chosen = update(table).where(table.c.username == account.username).values(_row(account))
        await self._save(account, lambda connection: connection.execute(chosen))
        self._told(account)

    async def set_password(self, username: str, password: str) -> None:
        """A new password; the web ends the account's sessions when it hears AccountChanged."""
        account = self._accounts.get(username)
        if account is None:
            raise NoSuchAccount(username=username)
        check_new(password, username)
        hashed = await self._passwords.hash(password)
        values = {"password_hash": hashed, "password_changed_at": self._clock.now(), "failed_attempts": 0}
        await self._save(account, lambda connection: connection.execute(update(table).where(table.c.username == username).values(values)))
        self._hashes[username] = hashed
        self._told(account)

    async def _save(self, account: Account, work: Any) -> None:
        def saved(connection: Connection) -> None:
            try:
                work(connection)
            except IntegrityError as error:
                raise AccountTaken(username=account.username, extension=account.extension or "—") from error

        await self._database.write(saved)

    def _told(self, account: Account) -> None:
        self._accounts[account.username] = account
        self._bus.tell(AccountChanged(at=self._clock.now(), user=account.username))


def check(account: Account) -> None:
    """Refuse an account that cannot be, naming the field."""
    rules = (
        ("username", re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,59}", account.username), _("Latin letters, digits, dot, dash; 1 to 60")),
        ("name", 0 < len(account.name.strip()) <= 120, _("a name of 1 to 120 characters")),
        ("role", account.role in ROLES, ", ".join(ROLES)),
        ("extension", re.fullmatch(r"[0-9]{2,6}|", account.extension), _("2 to 6 digits, or nothing")),
        ("device", account.device in DEVICES, ", ".join(DEVICES)),
        ("language", account.language in LANGUAGES, "fa, en"),
    )
    for name, holds, expected in rules:
        if not holds:
            raise AccountInvalid(field=name, field_name=name, value=getattr(account, name), expected=expected)


def _row(account: Account) -> dict[str, Any]:
    row = asdict(account)
    return {
        **{key: value for key, value in row.items() if key != "party"},
        "party_id": account.party,
        "extension": account.extension or None,
    }


def _account(row: RowMapping) -> Account:
    fields = {name: row[name] for name in ("username", "name", "name_en", "role", "device", "language", "active")}
    return Account(**fields, extension=row["extension"] or "", party=row["party_id"])
