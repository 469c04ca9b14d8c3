"""What an administrator does to accounts, for the pages and the API: every deed ends what it must end and stands in the history."""

from __future__ import annotations

from attrs import frozen

from crm.accounts import Account, Accounts
from crm.login_history import Entry, LoginHistory
from crm.login_rules import LoginRules
from crm.passwords import temporary
from crm.second_factor import SecondFactor
from web.entrance import Entrance, Origin
from web.errors import FormExpired, NotAllowed
from web.request import Request
from web.sessions import Session, Sessions
from web.tokens import Tokens


@frozen
class By:
    """Who does it, and from where."""

    username: str
    origin: Origin

    @classmethod
    def of(cls, request: Request) -> By:
        """The administrator who asks."""
        return cls(request.user.username, Origin.of(request))


@frozen
class Porter:
    """Lets in, lets out, and writes it down."""

    accounts: Accounts
    entrance: Entrance
    sessions: Sessions
    tokens: Tokens
    second_factor: SecondFactor
    history: LoginHistory

    async def create(self, account: Account, by: By, password: str = "") -> tuple[Account, str]:
        """A new account. Without a password it gets a temporary one; that is given back, to be shown once, else ""."""
        shown = "" if password else temporary()
        made = await self.accounts.add(account, password or shown, temporary=not password)
        await self._keep("created", made.username, by)
        return made, shown

    async def save(self, account: Account, by: By) -> None:
        """Other facts of an account. What a closed one was logged in with ends (web/doorkeeper.py)."""
        before = self.accounts.known(account.username)
        if account == before:
            return
        await self.accounts.change(account)
        if not account.active:
            await self._end_everything(account.username)
        reopened = "opened" if account.active else "closed"
        await self._keep("changed" if account.active == before.active else reopened, account.username, by)

    async def reset_password(self, username: str, by: By) -> str:
        """A temporary password, to be told once; everything that was open with the old one ends, a lock-out too."""
        _not_own(username, by)
        shown = temporary()
        await self.accounts.set_password(username, shown, temporary=True)
        await self._end_everything(username)
        await self.entrance.unlock(username)
        await self._keep("reset", username, by)
        return shown

    async def make_link(self, username: str, by: By) -> tuple[str, float]:
        """The token of a log-in link with which the user sets a new password, and until when it is good. Nothing ends before it is used."""
        _not_own(username, by)
        made = await self.accounts.make_reset_link(username)
        await self._keep("reset_link", username, by)
        return made

    async def second_step_off(self, username: str, by: By) -> None:
        """For who lost the telephone and the codes."""
        _not_own(username, by)
        self.accounts.known(username)
        await self.second_factor.off(username)
        await self._keep("second_step_off", username, by)

    async def unlock(self, username: str, by: By) -> None:
        """End a lock-out."""
        self.accounts.known(username)
        await self.entrance.unlock(username)
        await self._keep("unlock", username, by)

    async def end_session(self, username: str, begun: str, by: By) -> None:
        """End one session, named by the beginning of its hash."""
        for one in await self.sessions.of_user(username):
            if len(begun) >= 12 and one.hash.startswith(begun):
                await self.sessions.end(one.hash)
                await self._keep("sessions_ended", username, by)

    async def end_sessions(self, username: str, by: By, but: str = "") -> None:
        """End every session, but for the one with hash `but`."""
        self.accounts.known(username)
        await self.sessions.end_all(username, but=but)
        await self._keep("sessions_ended", username, by)

    async def end_tokens(self, username: str, by: By) -> None:
        """End every API token."""
        self.accounts.known(username)
        await self.tokens.revoke_all(username)
        await self._keep("token_ended", username, by)

    async def set_rules(self, rules: LoginRules, by: By) -> None:
        """Other rules of log-in for everybody."""
        if rules != self.accounts.rules:
            await self.accounts.set_rules(rules)
            await self._keep("rules", by.username, by)

    async def look_as(self, username: str, session: Session | None, by: By) -> None:
        """Look with the eyes of this user in this session; only an open account, and not an administrator's."""
        if session is None:
            raise FormExpired  # a token has no eyes
        seen = self.accounts.known(username)
        if not seen.active or seen.role == "administrator":
            raise NotAllowed
        await self._keep("see_as", username, by)
        await self.sessions.see(session.hash, username)

    async def _end_everything(self, username: str) -> None:
        await self.sessions.end_all(username)
        await self.tokens.revoke_all(username)

    async def _keep(self, what: str, username: str, by: By) -> None:
        who = "" if by.username == username else by.username
        entry = Entry(what=what, username=username, by_user=who, address=by.origin.address, browser=by.origin.browser)
        await self.history.keep(entry)


def _not_own(username: str, by: By) -> None:
    """One's own door is guarded on one's own page, where password and code are asked for."""
    if username == by.username:
        raise NotAllowed
