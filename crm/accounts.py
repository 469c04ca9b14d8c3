"""People who may log in: their role, their extension and phone, their password.

All accounts are kept in memory (there are hundreds at most) and read back from the table at start; a change is
committed, then kept, then told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from config.clock import Clock
from config.database import Database
from crm import reset_links
from crm.account import (
    DEVICES,
    ROLES,
    STAFF,
    Account,
    AccountInvalid,
    AccountTaken,
    LastAdministrator,
    NoSuchAccount,
    Standing,
    account_of_row,
    check,
    row_of,
    standing_of_row,
)
from crm.login_rules import LoginRules, check_rules, read_rules, write_rules
from crm.login_tables import old_password
from crm.passwords import Passwords, PasswordUsedBefore, check_new
from crm.tables import account as table
from switchboard.bus import Bus
from switchboard.events import AccountChanged

OLD_PASSWORDS = 5
"""Passwords that cannot be chosen again, the present one counted."""

TEMPORARY_SECONDS = 3 * 24 * 3600.0
"""How long a password from the administrator opens the door; at log-in it must be changed."""

__all__ = [
    "DEVICES", "ROLES", "STAFF", "Account", "AccountInvalid", "AccountTaken", "Accounts", "LastAdministrator", "NoSuchAccount", "Standing", "check",
]  # fmt: skip


class Accounts:
    """Every account, and the rules of log-in; `await load()` before use, `close()` at the end."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._passwords = Passwords()
        self._accounts: dict[str, Account] = {}
        self._standings: dict[str, Standing] = {}
        self._hashes: dict[str, str] = {}
        self.rules = LoginRules()

    async def load(self) -> None:
        """Read all accounts and the rules."""
        rows = await self._database.read(lambda connection: connection.execute(select(table)).mappings().all())
        self.rules = await self._database.read(read_rules)
        self._accounts = {row["username"]: account_of_row(row) for row in rows}
        self._standings = {row["username"]: standing_of_row(row) for row in rows}
        self._hashes = {row["username"]: row["password_hash"] for row in rows}

    def close(self) -> None:
        """Let the hashing thread go."""
        self._passwords.close()

    def get(self, username: str) -> Account | None:
        """The open account of that name."""
        account = self._accounts.get(username)
        return account if account and account.active else None

    def known(self, username: str) -> Account:
        """The account of that name, open or closed; raises NoSuchAccount."""
        account = self._accounts.get(username)
        if account is None:
            raise NoSuchAccount(username=username[:60])
        return account

    def has(self, username: str) -> bool:
        """Whether there is an account of that name, open or closed."""
        return username in self._accounts

    def standing(self, username: str) -> Standing:
        """How the account stands; for unknown names as if it were new."""
        return self._standings.get(username, Standing())

    def named(self, username: str, language: str = "fa") -> str:
        """The name behind a user name, of closed accounts as well; the user name itself when there is none."""
        account = self._accounts.get(username)
        return account.shown(language) if account else username

    def all(self) -> tuple[Account, ...]:
        """Every open account, by user name."""
        return tuple(account for account in self.everyone() if account.active)

    def everyone(self) -> tuple[Account, ...]:
        """Every account, closed ones as well, by user name."""
        return tuple(account for _name, account in sorted(self._accounts.items()))

    async def check(self, username: str, password: str) -> Account | None:
        """The account when the password is right and has not run out, else None; takes as long for unknown names."""
        name = username.strip().casefold()
        account = self.get(name)
        right = await self._passwords.right(self._hashes.get(name) if account else None, password)
        return account if right and account is not None and not self._ran_out(name) else None

    def _ran_out(self, username: str) -> bool:
        """Whether it is a password from the administrator that nobody took."""
        standing = self.standing(username)
        return standing.must_change_password and self._clock.now() > standing.password_changed_at + TEMPORARY_SECONDS

    def needs_new_password(self, username: str) -> bool:
        """Whether the password must be changed at log-in: it came from the administrator, or it is too old."""
        standing, days = self.standing(username), self.rules.password_days
        return standing.must_change_password or (days > 0 and self._clock.now() > standing.password_changed_at + days * 24 * 3600)

    async def add(self, account: Account, password: str, *, temporary: bool = False) -> Account:
        """A new account. `temporary`: the password must be changed at the first log-in."""
        account = evolve(account, username=account.username.strip().casefold())
        check(account)
        check_new(password, account.username, self.rules.shortest)
        self._must_be_free(account)
        hashed = await self._passwords.hash(password)
        now = self._clock.now()
        row = {
            **row_of(account),
            "password_hash": hashed,
            "password_changed_at": now,
            "must_change_password": temporary,
            "created_at": now,
        }
        await self._save(account, lambda connection: connection.execute(insert(table).values(row)))
        self._hashes[account.username] = hashed
        self._standings[account.username] = Standing(password_changed_at=now, must_change_password=temporary)
        self._told(account)
        return account

    async def change(self, account: Account) -> None:
        """Save everything of `account` but its password."""
        check(account)
        before = self.known(account.username)
        if _rules(before) and not _rules(account) and not any(_rules(one) for one in self.all() if one.username != account.username):
            raise LastAdministrator(username=account.username, field="role")
        self._must_be_free(account)
        chosen = update(table).where(table.c.username == account.username).values(row_of(account))

        def work(connection: Connection) -> None:
            if not account.active:
                reset_links.forget(connection, account.username)
            connection.execute(chosen)

        await self._save(account, work)
        self._told(account)

    async def make_reset_link(self, username: str) -> tuple[str, float]:
        """The token of a log-in link for an open account, shown once, and until when it is good; a link made before ends."""
        if self.get(username) is None:
            raise NoSuchAccount(username=username[:60])
        token, now = reset_links.fresh(), self._clock.now()
        return token, await self._database.write(lambda connection: reset_links.put(connection, username, token, now))

    async def of_reset_link(self, token: str) -> Account:
        """Whose log-in link it is. Raises ResetLinkOver."""
        now = self._clock.now()
        account = self.get(await self._database.read(lambda connection: reset_links.whose(connection, token, now)))
        if account is None:
            raise reset_links.ResetLinkOver
        return account

    async def reset_by_link(self, token: str, password: str) -> Account:
        """Set the password of whose link it is, and use the link up; a password that is refused leaves it. Raises ResetLinkOver."""
        account, now = await self.of_reset_link(token), self._clock.now()
        await self.set_password(account.username, password, first=lambda connection: reset_links.take(connection, token, now))
        return account

    async def set_password(
        self, username: str, password: str, *, temporary: bool = False, first: Callable[[Connection], None] | None = None
    ) -> None:
        """A new password, none of the last ones; who calls this ends the sessions. `temporary`: it must be changed at log-in.

        `first` is done in the same transaction; when it raises, nothing is saved.
        """
        account = self.known(username)
        check_new(password, username, self.rules.shortest)
        if not temporary:
            await self._must_be_new(username, password)
        hashed = await self._passwords.hash(password)
        standing = evolve(self.standing(username), password_changed_at=self._clock.now(), must_change_password=temporary, locked_until=0.0)
        values = {
            "password_hash": hashed,
            "password_changed_at": standing.password_changed_at,
            "must_change_password": temporary,
            "locked_until": 0.0,
        }
        past = self._hashes[username]

        def work(connection: Connection) -> None:
            if first:
                first(connection)
            reset_links.forget(connection, username)
            connection.execute(update(table).where(table.c.username == username).values(values))
            _keep_old(connection, username, past)

        await self._save(account, work)
        self._hashes[username] = hashed
        self._standings[username] = standing
        self._told(account)

    async def _must_be_new(self, username: str, password: str) -> None:
        """Refuse a password that the account had lately."""
        query = select(old_password.c.hash).where(old_password.c.username == username)
        kept = await self._database.read(lambda connection: list(connection.execute(query).scalars()))
        for one in (self._hashes[username], *kept):
            if await self._passwords.right(one, password):
                raise PasswordUsedBefore(field="password", count=OLD_PASSWORDS)

    async def logged_in(self, username: str) -> None:
        """Remember the moment of the last log-in, and that the lock-out is over."""
        now = self._clock.now()
        await self._write(username, {"last_login_at": now, "locked_until": 0.0})
        self._standings[username] = evolve(self.standing(username), last_login_at=now, locked_until=0.0)

    async def lock(self, username: str, until: float) -> None:
        """Let nobody in with this name until then (0.0: at once again). Unknown names cost the same."""
        await self._write(username, {"locked_until": until})
        if username in self._accounts:
            self._standings[username] = evolve(self.standing(username), locked_until=until)

    async def _write(self, username: str, values: dict[str, float]) -> None:
        await self._database.write(lambda connection: connection.execute(update(table).where(table.c.username == username).values(values)))

    async def refresh(self, username: str) -> None:
        """Read again how an account stands, after somebody else wrote it."""
        query = select(table).where(table.c.username == username)
        row = await self._database.read(lambda connection: connection.execute(query).mappings().one_or_none())
        if row is not None:
            self._standings[username] = standing_of_row(row)

    async def set_rules(self, rules: LoginRules) -> None:
        """Other rules, from the next log-in and the next new password on."""
        check_rules(rules, ROLES)
        await self._database.write(lambda connection: write_rules(connection, rules))
        self.rules = rules

    def _must_be_free(self, account: Account) -> None:
        """Refuse an extension that is somebody else's, naming the field."""
        if account.extension and any(
            one.extension == account.extension for name, one in self._accounts.items() if name != account.username
        ):
            raise AccountTaken(field="extension", username=account.username, extension=account.extension)

    async def _save(self, account: Account, work: Any) -> None:
        def saved(connection: Connection) -> None:
            try:
                work(connection)
            except IntegrityError as error:
                raise AccountTaken(field="username", username=account.username, extension=account.extension or "—") from error

        await self._database.write(saved)

    def _told(self, account: Account) -> None:
        self._accounts[account.username] = account
        self._bus.tell(AccountChanged(at=self._clock.now(), user=account.username))


def _rules(account: Account) -> bool:
    return account.active and account.role == "administrator"


def _keep_old(connection: Connection, username: str, past: str) -> None:
    """Keep the hash of the password that was, and of no more than the rule needs."""
    connection.execute(insert(old_password).values(username=username, hash=past))
    kept = select(old_password.c.id).where(old_password.c.username == username).order_by(old_password.c.id.desc()).offset(OLD_PASSWORDS - 1)
    if gone := list(connection.execute(kept).scalars()):
        connection.execute(delete(old_password).where(old_password.c.id.in_(gone)))
