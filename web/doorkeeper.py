"""When an account is closed, everything it is logged in with ends."""

from __future__ import annotations

from config.loops import Tasks
from crm.accounts import Accounts
from switchboard.bus import Bus
from switchboard.events import AccountChanged
from web.consoles import Consoles
from web.sessions import Sessions
from web.tokens import Tokens


class Doorkeeper:
    """Listens for closed accounts; ends their sessions, tokens and consoles."""

    def __init__(self, bus: Bus, accounts: Accounts, sessions: Sessions, tokens: Tokens, consoles: Consoles) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._tokens = tokens
        self._consoles = consoles
        self._tasks = Tasks("doorkeeper")
        bus.listen(AccountChanged, self._changed)

    async def stop(self) -> None:
        """Finish what was begun."""
        await self._tasks.stop()

    def _changed(self, event: AccountChanged) -> None:
        if self._accounts.get(event.user) is None:
            for console in tuple(self._consoles.of(event.user)):
                console.expire()
            self._tasks.start(self._close(event.user))

    async def _close(self, user: str) -> None:
        await self._sessions.end_all(user)
        await self._tokens.revoke_all(user)
