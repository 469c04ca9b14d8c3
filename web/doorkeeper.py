"""When an account is closed or becomes something else, what it is logged in with follows at once."""

from __future__ import annotations

from config.loops import Tasks
from crm.accounts import Account, Accounts
from switchboard.bus import Bus
from switchboard.events import AccountChanged
from web.console import GOING_AWAY
from web.consoles import Consoles
from web.sessions import Sessions
from web.tokens import Tokens


class Doorkeeper:
    """Listens for closed and changed accounts and for tokens that ended; ends sessions, tokens and consoles."""

    def __init__(self, bus: Bus, accounts: Accounts, sessions: Sessions, tokens: Tokens, consoles: Consoles) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._tokens = tokens
        self._consoles = consoles
        self._tasks = Tasks("doorkeeper")
        bus.listen(AccountChanged, self._changed)
        tokens.on_end(self._token_ended)

    async def stop(self) -> None:
        """Finish what was begun."""
        await self._tasks.stop()

    def _changed(self, event: AccountChanged) -> None:
        account = self._accounts.get(event.user)
        if account is None:
            for console in tuple(self._consoles.of(event.user)):
                console.expire()
            self._tasks.start(self._close(event.user))
            return
        for console in tuple(self._consoles.of(event.user)):
            if _rights(console.account) != _rights(account):
                console.leave(GOING_AWAY, "account changed")  # it comes back with what the account may do now

    def _token_ended(self, user: str) -> None:
        """A program's websockets do not outlive its token; those whose token lives on come back."""
        for console in tuple(self._consoles.of(user)):
            if not console.session:
                console.expire()

    async def _close(self, user: str) -> None:
        await self._sessions.end_all(user)
        await self._tokens.revoke_all(user)


def _rights(account: Account) -> tuple[str, ...]:
    return account.role, account.pattern, account.extension, account.device
