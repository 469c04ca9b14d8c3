"""The floor's actions become orders to the telephone system, and what goes wrong with them becomes inputs again.

An order that finds a leg gone, or the link down, is told to the floor like any other fact; what must happen sooner
or later (a leg dropped, a call ended, music, a value kept) is given again when the link stands.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from agents.actions import Action, Connect, DialOut, Drop, HangUp, Met, Music, Remember, Ring, ToStatic
from agents.floor import Floor
from agents.orders import Orders
from agents.pops import Pops
from config.clock import Clock
from config.loops import Tasks
from switchboard.call import Calls
from switchboard.telephony import LineGone, Phone, PhoneSystem, PhoneSystemAway

log = logging.getLogger(__name__)

NOT_REACHABLE = 20
OUT_OF_ORDER = 38
"""Q.850: subscriber absent; network out of order."""

MOST_REPEATED = 10_000
"""Orders kept while the link is down; older ones are forgotten, the adoption after a restart tidies up as well."""

Happen = Callable[[Callable[[float], list[Action]]], None]


class Legwork:
    """Carries out telephone actions. `happen` gives an input to the floor; `caller_id` is the number shown on outside calls."""

    def __init__(
        self,
        floor: Floor,
        happen: Happen,
        phones: PhoneSystem,
        calls: Calls,
        clock: Clock,
        tasks: Tasks,
        pops: Pops,
        *,
        caller_id: str = "",
    ) -> None:
        self._floor = floor
        self._happen = happen
        self._phones = phones
        self._calls = calls
        self._clock = clock
        self._orders = Orders(tasks)
        self._pops = pops
        self._caller_id = caller_id
        self._again: deque[Action] = deque(maxlen=MOST_REPEATED)
        self._ways: Mapping[type[Any], Callable[[Any], None]] = {
            Remember: self._remember,
            Music: self._music,
            Ring: self._ring,
            Connect: self._connect,
            DialOut: self._dial_out,
            Met: self._met,
            Drop: self._drop,
            HangUp: self._hang_up,
            ToStatic: self._to_static,
        }

    def carry_out(self, action: Action) -> None:
        """Give the orders that `action` takes."""
        self._ways[type(action)](action)

    def link_stands(self) -> None:
        """Give again what could not be given while the link was down."""
        again, self._again = self._again, deque(maxlen=MOST_REPEATED)
        for action in again:
            if not isinstance(action, Music) or self._floor.lines.get(action.call):
                self.carry_out(action)

    # ── About the customer ───────────────────────────────────────────────────────────────────────────────────

    def _remember(self, action: Remember) -> None:
        self._give(action.call, action, partial(self._phones.remember, action.call, action.variables))

    def _music(self, action: Music) -> None:
        self._give(action.call, action, partial(self._phones.wait_with_music, action.call, action.queue))

    def _hang_up(self, action: HangUp) -> None:
        self._calls.leaving(action.call, by=action.by)
        self._give(action.call, action, partial(self._phones.hang_up, action.call, action.cause))

    def _to_static(self, action: ToStatic) -> None:
        self._give(action.call, action, partial(self._phones.to_static_queue, action.call))

    def _give(self, about: str, action: Action, order: Callable[[], Awaitable[None]]) -> None:
        """An order that is harmless when its call or leg has ended, and is given again after the link was down."""

        async def give() -> None:
            try:
                await order()
            except LineGone:
                log.debug("too late: %s", action)
            except PhoneSystemAway:
                self._again.append(action)

        self._orders.give(about, give, type(action).__name__)

    # ── About agents' legs ───────────────────────────────────────────────────────────────────────────────────

    def _ring(self, action: Ring) -> None:
        live = self._calls.get(action.call)
        own = action.leg == action.call
        shown = (live.dialled if own else live.caller) if live else ""
        name = live.caller_name if live and not own else ""

        async def ring() -> None:
            if not action.auto_answer:
                await self._pops.shown(action.agent, action.call)
            try:
                await self._phones.ring(
                    action.call, action.leg, Phone(action.endpoint), seconds=action.seconds, caller=shown, caller_name=name,
                    auto_answer=action.auto_answer, agent=action.agent,
                )  # fmt: skip
            except LineGone:
                self._happen(lambda now: self._floor.customer_gone(action.call, now))
            except PhoneSystemAway:
                self._happen(lambda now: self._floor.leg_gone(action.leg, NOT_REACHABLE, now))
                if own:  # no leg will tell that this call is over
                    self._calls.ended(action.call, cause=OUT_OF_ORDER, at=self._clock.now())

        self._orders.give(action.leg, ring, "Ring")

    def _drop(self, action: Drop) -> None:
        self._give(action.leg, action, partial(self._phones.drop, action.leg))

    # ── About both ───────────────────────────────────────────────────────────────────────────────────────────

    def _connect(self, action: Connect) -> None:
        async def connect() -> None:
            try:
                await self._phones.connect(action.call, action.leg)
            except (LineGone, PhoneSystemAway):
                live = self._calls.get(action.call)
                there = live is not None and live.customer_there
                failed = self._floor.connect_failed
                self._happen(lambda now: failed(action.call, action.leg, now) if there else self._floor.customer_gone(action.call, now))
            else:
                self._happen(lambda now: self._floor.connected(action.call, action.leg, now))

        self._orders.give(action.call, connect, "Connect")

    def _met(self, action: Met) -> None:
        self._calls.connected(action.call, agent=action.agent, leg=action.leg, at=self._clock.now())
        self._remember(Remember(action.call, {"SB_AGENT": action.agent}))

    def _dial_out(self, action: DialOut) -> None:
        async def dial_out() -> None:
            try:
                await self._phones.dial_out(action.call, action.leg, action.number, seconds=action.seconds, caller=self._caller_id)
            except LineGone:
                self._happen(lambda now: self._floor.leg_gone(action.call, 16, now))
            except PhoneSystemAway:
                self._happen(lambda now: self._floor.leg_gone(action.leg, OUT_OF_ORDER, now))

        self._orders.give(action.call, dial_out, "DialOut")
