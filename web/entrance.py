"""Logging in: password, second step, new password where one is due; wrong ones counted; the same for the page and the API.

Nobody has a session before every step is done: what is between is kept here, in memory, for a few minutes.
"""

from __future__ import annotations

import math
import secrets
from collections import OrderedDict

from attrs import define, frozen

from config.clock import Clock
from crm.accounts import Account, Accounts
from crm.login_history import Entry, LoginHistory
from crm.second_factor import Enrolment, EnrolmentExpired, SecondFactor, WrongCode
from web.errors import CodeNeeded, LogInUnfinished, StepExpired, TooManyAttempts, WrongPassword
from web.request import Request
from web.throttle import Throttle

ADDRESS_TIMES = 4
"""An office shares one address: its limit is so many times wider than an account's."""

STEP_SECONDS = 10 * 60.0
MOST_PENDING = 2000


@frozen
class Origin:
    """Where somebody comes from: IP address and User-Agent."""

    address: str
    browser: str = ""

    @classmethod
    def of(cls, request: Request) -> Origin:
        """Of a request."""
        return cls(request.address, request.header("User-Agent"))


@define(eq=False)
class Pending:
    """Somebody whose password was right. `token` names the log-in in the form of its next step; `how` it was proved so far."""

    token: str
    username: str
    begun: float
    password_changed_at: float
    how: str = "password"
    code_given: bool = False


class Entrance:
    """Lets people in. `attempts`: wrong passwords (or codes) allowed within 15 minutes."""

    def __init__(self, accounts: Accounts, clock: Clock, attempts: int, second_factor: SecondFactor, history: LoginHistory) -> None:
        self._accounts = accounts
        self._clock = clock
        self._second_factor = second_factor
        self._history = history
        self._throttle = Throttle(attempts)
        self._pending: OrderedDict[str, Pending] = OrderedDict()

    # ── The password ─────────────────────────────────────────────────────────────────────────────────────────

    async def check(self, username: str, password: str, origin: Origin) -> Account:
        """The account; raises WrongPassword, or TooManyAttempts before the password is even looked at.

        A stranger's wrong guesses do not lock out who comes from where they always come from: those are counted apart, and a
        colleague's slips at the same address do not keep them waiting.
        """
        name, now = username.strip().casefold()[:60], self._clock.now()
        known = self._history.known(name, origin.address)
        user_key, address_key = f"user:{name}@{origin.address}" if known else f"user:{name}", f"address:{origin.address}"
        elsewhere = 0.0 if known else max(self._throttle.wait_seconds(address_key, now), self._accounts.standing(name).locked_until - now)
        self._may_try(max(self._throttle.wait_seconds(user_key, now), elsewhere))
        until = self._throttle.failed(user_key, now)  # counted before the slow check, so that many at once get no extra tries
        self._throttle.failed(address_key, now, ADDRESS_TIMES)
        account = await self._accounts.check(name, password)
        if account is None:
            await self._turned_away(name if self._accounts.has(name) else "", "locked" if until else "wrong_password", origin)
            if until and not known:
                await self._accounts.lock(name, until)
            raise WrongPassword
        self._throttle.succeeded(user_key)
        self._throttle.succeeded(address_key)
        return account

    async def begin(self, username: str, password: str, origin: Origin) -> Pending:
        """The first step done; what is next says `next_step`."""
        return self._pend(await self.check(username, password, origin), "password")

    def begin_by_link(self, account: Account) -> Pending:
        """The first step done with the administrator's link instead of the old password; the others follow as ever."""
        return self._pend(account, "reset_link")

    def _pend(self, account: Account, how: str) -> Pending:
        now = self._clock.now()
        while self._pending and (len(self._pending) >= MOST_PENDING or next(iter(self._pending.values())).begun < now - STEP_SECONDS):
            self._pending.popitem(last=False)
        changed_at = self._accounts.standing(account.username).password_changed_at
        pending = Pending(secrets.token_urlsafe(24), account.username, now, changed_at, how)
        self._pending[pending.token] = pending
        return pending

    # ── The steps after it ───────────────────────────────────────────────────────────────────────────────────

    def pending(self, token: str) -> Pending:
        """The log-in that a step belongs to; raises StepExpired."""
        pending = self._pending.get(token)
        if pending is None or pending.begun < self._clock.now() - STEP_SECONDS or self._accounts.get(pending.username) is None:
            raise StepExpired
        if self._accounts.standing(pending.username).password_changed_at != pending.password_changed_at:
            raise StepExpired  # somebody changed it meanwhile: what was proved is worth nothing
        return pending

    def next_step(self, pending: Pending) -> str:
        """What is due: "code", "password" (a new one), "enrol" (set up the second step), or "" when the person may come in."""
        account = self._accounts.known(pending.username)
        second = self._accounts.standing(account.username).second_factor
        if second and not pending.code_given:
            return "code"
        if self._accounts.needs_new_password(account.username):
            return "password"
        return "enrol" if account.role in self._accounts.rules.second_step and not second else ""

    async def give_code(self, pending: Pending, code: str, origin: Origin) -> None:
        """The second step; raises WrongCode or TooManyAttempts."""
        how = await self._code(pending.username, code, origin)
        pending.how = "reset_link_code" if pending.how == "reset_link" else how
        pending.code_given = True

    async def give_password(self, pending: Pending, password: str, origin: Origin) -> None:
        """The new password that was due."""
        if self.next_step(pending) != "password":
            raise StepExpired
        await self._accounts.set_password(pending.username, password)
        pending.password_changed_at = self._accounts.standing(pending.username).password_changed_at
        await self._tell("password", pending.username, origin)

    def enrolment(self, pending: Pending, salt: str = "") -> Enrolment:
        """The second step that this person must set up before they come in."""
        if self.next_step(pending) != "enrol":
            raise StepExpired
        try:
            return self._second_factor.again(pending.username, salt)
        except EnrolmentExpired:
            return self._second_factor.begin(pending.username)

    async def enrol(self, pending: Pending, salt: str, code: str, origin: Origin) -> list[str]:
        """The first code of the new telephone; gives the recovery codes."""
        if self.next_step(pending) != "enrol":
            raise StepExpired
        codes = await self._second_factor.confirm(pending.username, salt, code)
        pending.code_given, pending.how = True, "code"
        await self._tell("second_step_on", pending.username, origin)
        return codes

    async def finish(self, pending: Pending, origin: Origin) -> Account:
        """Every step is done: the account, once."""
        if self.next_step(pending) or self._pending.pop(pending.token, None) is None:
            raise StepExpired
        return await self._in(pending.username, pending.how, origin)

    async def program(self, username: str, password: str, code: str, origin: Origin) -> Account:
        """All at once, for programs; raises CodeNeeded, and LogInUnfinished where a person must do something first."""
        account = await self.check(username, password, origin)
        name = account.username
        if self._accounts.standing(name).second_factor:
            if not code:
                raise CodeNeeded
            await self._code(name, code, origin)
        elif account.role in self._accounts.rules.second_step:
            raise LogInUnfinished
        if self._accounts.needs_new_password(name):
            raise LogInUnfinished
        return await self._in(name, "program", origin)

    async def prove(self, account: Account, password: str, code: str, origin: Origin) -> None:
        """Somebody who is in proves once more who they are: the password, and a code where the second step is on."""
        await self.check(account.username, password, origin)
        if self._accounts.standing(account.username).second_factor:
            await self._code(account.username, code, origin)

    # ── Lock-outs ────────────────────────────────────────────────────────────────────────────────────────────

    def locked_seconds(self, username: str) -> float:
        """How long this name is kept out, from elsewhere or from an address of their own; 0.0 when it is not."""
        now = self._clock.now()
        return max(
            self._accounts.standing(username).locked_until - now,
            *(self._throttle.wait_seconds(key, now) for key in self._keys(username)),
            0.0,
        )

    async def unlock(self, username: str) -> None:
        """Let a locked-out person try again at once, wherever they sit."""
        for key in self._keys(username):
            self._throttle.succeeded(key)
        await self._accounts.lock(username, 0.0)

    def _keys(self, username: str) -> list[str]:
        return [f"user:{username}", f"code:{username}", *self._throttle.beginning(f"user:{username}@")]

    async def _code(self, username: str, code: str, origin: Origin) -> str:
        now = self._clock.now()
        code_key, address_key = f"code:{username}", f"address:{origin.address}"
        self._may_try(self._throttle.wait_seconds(code_key, now))
        until = self._throttle.failed(code_key, now)
        self._throttle.failed(address_key, now, ADDRESS_TIMES)
        try:
            how = await self._second_factor.check(username, code)
        except WrongCode:
            await self._turned_away(username, "locked" if until else "wrong_code", origin)
            raise
        self._throttle.succeeded(code_key)
        self._throttle.succeeded(address_key)
        return how

    @staticmethod
    def _may_try(wait: float) -> None:
        if wait > 0:
            raise TooManyAttempts(minutes=math.ceil(wait / 60), retry_seconds=math.ceil(wait))

    async def _in(self, username: str, how: str, origin: Origin) -> Account:
        await self._accounts.logged_in(username)
        await self._history.keep(Entry(what="login", username=username, how=how, address=origin.address, browser=origin.browser))
        return self._accounts.known(username)

    async def _turned_away(self, username: str, result: str, origin: Origin) -> None:
        entry = Entry(what="login", username=username, result=result, address=origin.address, browser=origin.browser)
        await self._history.keep(entry)

    async def _tell(self, what: str, username: str, origin: Origin) -> None:
        await self._history.keep(Entry(what=what, username=username, address=origin.address, browser=origin.browser))
