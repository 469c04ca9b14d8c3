"""All open consoles: who has one, what they ask for, and telling many of them the same at once."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from attrs import define, field

from config.clock import Clock, Timer
from config.database_errors import DatabaseTrouble
from config.errors import Refusal
from config.loops import LOOP, Tasks
from config.translations import _
from crm.accounts import Account
from web.console import EXPIRED, GOING_AWAY, TOO_MUCH, TRY_LATER, Console, ConsoleFactory, console_take_over
from web.errors import BodyUnreadable, FieldRefused, NotAllowed, SomethingBroke, TooMuch
from web.orders import ORDERS, Orders
from web.permissions import SUPERVISORS
from web.refused import error_value
from web.response import TakeOver
from web.sessions import Session, Sessions
from web.shapes import Shape, choice, read, yes_no

SWEEP_SECONDS = 30.0
SLICE = 100
"""Consoles told in one turn of the loop; the others follow in the next ones."""

MOST_PER_USER = 8
BURST = 40
PER_SECOND = 20.0
MOST_WAITING = 32

OWN_ORDERS: dict[str, Shape] = {
    "ping": {},
    "tab": {"visible": yes_no()},
    "softphone": {"state": choice("registered", "lost", "no_microphone")},
    "subscribe": {"board": yes_no()},
}
"""Orders about the console itself; those about calls are in web/orders.py."""

log = logging.getLogger(__name__)


@define
class _Inbox:
    """What one console asked for and has not got yet; a bucket that fills with time limits how much it may ask."""

    account: Account
    waiting: deque[dict[str, Any]] = field(factory=deque)
    working: bool = False
    allowance: float = float(BURST)
    filled_at: float = 0.0
    refused: int = 0

    def allows(self, now: float) -> bool:
        """Whether one more message is within what a person can do."""
        self.allowance = min(float(BURST), self.allowance + (now - self.filled_at) * PER_SECOND)
        self.filled_at = now
        if self.allowance < 1 or len(self.waiting) >= MOST_WAITING:
            return False
        self.allowance -= 1
        return True


class Consoles:
    """Open websockets by user. `greet` tells a console the whole truth (web.live sets it); `muted` hears of mutes."""

    def __init__(self, clock: Clock, sessions: Sessions, orders: Orders) -> None:
        self._clock = clock
        self._sessions = sessions
        self._orders = orders
        self._factory = ConsoleFactory()
        self._open: dict[Console, _Inbox] = {}
        self._by_user: dict[str, list[Console]] = {}
        self._tasks = Tasks("consoles")
        self._sweeping: Timer | None = None
        self.watching: list[Console] = []
        self.greet: Callable[[Console], None] = lambda _console: None
        self.mute_changed: Callable[[str, bool], None] = lambda _call, _on: None
        sessions.on_end(self._session_ended)

    # ── Who is there ─────────────────────────────────────────────────────────────────────────────────────────

    def of(self, username: str) -> Sequence[Console]:
        """The consoles of a user."""
        return self._by_user.get(username, ())

    def all(self) -> list[Console]:
        """Every console."""
        return list(self._open)

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Console]:
        return iter(self._open)

    def broadcast(self, consoles: Sequence[Console], data: bytes, number: int) -> None:
        """Send one frame to many, a slice at a time; who got a later snapshot meanwhile does not need it."""
        for console in consoles[:SLICE]:
            if console.number <= number:
                console.send_frame(data)
        if len(consoles) > SLICE:
            LOOP.call_soon(self.broadcast, consoles[SLICE:], data, number)

    def welcome(self, account: Account | None, session: Session | None, language: str, until: float = 0.0) -> TakeOver:
        """What becomes of a connection that wants to be a console; without an account it is closed with 4401, so that it stops asking.

        `until`: when the API token that it comes with runs out.
        """

        def prepare(console: Console) -> None:
            console.audience = self
            console.language = language
            if account is None:
                console.turned_away = (EXPIRED, "session ended")
            elif len(self.of(account.username)) >= MOST_PER_USER:
                console.turned_away = (TRY_LATER, "too many windows")
            else:
                console.account, console.username = account, account.username
                console.session, console.until = session.hash if session else "", until

        return console_take_over(self._factory, prepare)

    # ── What consoles tell (Audience) ────────────────────────────────────────────────────────────────────────

    def opened(self, console: Console) -> None:
        """Greet it, tell it when the user has another one, and tell the desk when it is the first."""
        others = self._by_user.setdefault(console.username, [])
        others.append(console)
        self._open[console] = _Inbox(console.account, filled_at=self._clock.now())
        self.greet(console)
        if len(others) > 1:
            console.tell({"type": "second_tab"})
        elif console.account.extension:
            self._tasks.start(self._presence(console.username, connected=True))
        if self._sweeping is None:
            self._sweeping = self._clock.call_later(SWEEP_SECONDS, self._sweep)

    def closed(self, console: Console) -> None:
        """Forget it, and tell the desk when it was the last."""
        if self._open.pop(console, None) is None:
            return
        if console in self.watching:
            self.watching.remove(console)
        left = self._by_user[console.username]
        left.remove(console)
        if not left:
            del self._by_user[console.username]
            if console.account.extension:
                self._tasks.start(self._presence(console.username, connected=False))

    def heard(self, console: Console, message: Any) -> None:
        """One message: read, limited, and put behind what this console asked before."""
        inbox = self._open.get(console)
        if inbox is None:
            return
        number = message.get("id") if isinstance(message, dict) else None
        number = number if isinstance(number, int) else None
        if not inbox.allows(self._clock.now()):
            inbox.refused += 1
            if inbox.refused > 10 * BURST:
                console.leave(TOO_MUCH, "too much")
            self._answer(console, number, error=TooMuch())
            return
        if not isinstance(message, dict):
            self._answer(console, None, error=BodyUnreadable(expected="JSON"))
        elif message.get("do") == "ping":
            self._answer(console, number)
        else:
            inbox.waiting.append(message)
            if not inbox.working:
                inbox.working = True
                self._tasks.start(self._work(console, inbox))

    async def _work(self, console: Console, inbox: _Inbox) -> None:
        """Do what was asked, one after the other, so that "hold" and "resume" cannot overtake each other."""
        try:
            while inbox.waiting:
                message = inbox.waiting.popleft()
                number = message.get("id") if isinstance(message.get("id"), int) else None
                try:
                    self._answer(console, number, value=await self._carry_out(console, inbox.account, message))
                except Refusal as why:
                    self._answer(console, number, error=why)
                except Exception:  # a fault of ours is told under a number; the console goes on
                    fault = f"{id(message):x}"[-8:]
                    log.exception("fault %s while doing %r for %s", fault, str(message.get("do"))[:40], console.username)
                    self._answer(console, number, error=SomethingBroke(id=fault))
        finally:
            inbox.working = False

    async def _carry_out(self, console: Console, account: Account, message: dict[str, Any]) -> Any:
        what = message.get("do")
        fields = {name: value for name, value in message.items() if name not in ("id", "do")}
        if isinstance(what, str) and what in OWN_ORDERS:
            return self._own_order(console, account, what, read(OWN_ORDERS[what], fields))
        order = ORDERS.get(what) if isinstance(what, str) else None
        if order is None:
            raise FieldRefused("do", _("one of {options}"), options=", ".join((*OWN_ORDERS, *ORDERS)))
        values = read(order.fields, fields)
        value = await order.run(self._orders, account.username, values)
        if what == "mute":
            self.mute_changed(values["call"], values["on"])
        return value

    def _own_order(self, console: Console, account: Account, what: str, values: dict[str, Any]) -> None:
        if what == "subscribe":
            self._subscribe(console, account, board=values["board"])
        elif what == "softphone":
            self._softphone(console, values["state"])

    def _subscribe(self, console: Console, account: Account, *, board: bool) -> None:
        if board and account.role not in SUPERVISORS.roles:
            raise NotAllowed
        console.watches_board = board
        if board and console not in self.watching:
            self.watching.append(console)
            self.greet(console)
        elif not board and console in self.watching:
            self.watching.remove(console)

    def _softphone(self, console: Console, state: str) -> None:
        """The browser's telephone: the console where it registered last owns it; who had it before is told."""
        if state != "registered":
            console.phone_owner = False
            return
        for other in self.of(console.username):
            if other.phone_owner and other is not console:
                other.phone_owner = False
                other.tell({"type": "second_tab"})
        console.phone_owner = True

    def _answer(self, console: Console, number: int | None, *, value: Any = None, error: Refusal | None = None) -> None:
        if error is not None:
            console.tell({"type": "result", "id": number, "ok": False, "error": error_value(error, console.language)})
        else:
            console.tell({"type": "result", "id": number, "ok": True, **({} if value is None else {"value": value})})

    async def _presence(self, username: str, *, connected: bool) -> None:
        """Tell the desk how it is by now; a reload closes and opens within moments."""
        if bool(self.of(username)) == connected:
            await self._orders.desk.console(username, connected)

    # ── Sessions ─────────────────────────────────────────────────────────────────────────────────────────────

    def _session_ended(self, session: str) -> None:
        for console in self.all():
            if console.session == session:
                console.expire()

    def _sweep(self) -> None:
        """Close the consoles whose sessions or tokens ran out."""
        self._sweeping = None
        now = self._clock.now()
        alive: dict[str, bool] = {}
        for console in self.all():
            if console.session:
                over = not alive.setdefault(console.session, self._lives(console.session))
            else:
                over = bool(console.until) and now >= console.until
            if over:
                console.expire()
        if self._open:
            self._sweeping = self._clock.call_later(SWEEP_SECONDS, self._sweep)

    def _lives(self, session: str) -> bool:
        try:
            return self._sessions.alive(session)
        except DatabaseTrouble:  # nobody knows now: talks go on, and the next sweep looks again
            return True

    def dismiss(self) -> None:
        """Send everybody away ("going away": they come back by themselves when we do)."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        for console in self.all():
            console.leave(GOING_AWAY, "stopping")

    async def stop(self) -> None:
        """Send everybody away and end what they asked for."""
        self.dismiss()
        await asyncio.sleep(0)
        await self._tasks.stop()
