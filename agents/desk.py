"""What an agent can do with their calls: the commands of consoles and the API, each checked for whose call it is.

Answering is done by the phone itself. Refusals: NoSuchCall, NotYourCall, NotPossibleNow, NumberNotAllowed,
NumberUnreadable, PhoneOffline, TelephoneAway, and those of agents/errors.py.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Collection

from agents.actions import HangUp
from agents.dialling import DialRules, digits_of
from agents.dispatcher import Dispatcher, new_leg
from agents.errors import BreakReasonUnknown, DigitsUnreadable, IntentUnknown, NotAnAgent, NotNow
from agents.presence import INTENTS, Intent
from agents.roster import Agent, Roster
from agents.seats import Seat
from config.clock import Clock
from config.errors import Refusal
from config.translations import _
from switchboard.call import Calls, LiveCall
from switchboard.errors import NoSuchCall, NotYourCall, PhoneOffline, TelephoneAway
from switchboard.telephony import LineGone, PhoneSystem, PhoneSystemAway

MOST_DIGITS = 32
USER_BUSY = 17
REJECTED = 21
"""Q.850 causes."""

log = logging.getLogger(__name__)


class Desk:
    """`break_reasons` are the codes an agent may choose from; none: any reason will do."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        calls: Calls,
        phones: PhoneSystem,
        roster: Roster,
        clock: Clock,
        dial_rules: DialRules,
        *,
        break_reasons: Callable[[], Collection[str]] = tuple,
        new_call: Callable[[], str] = new_leg,
    ) -> None:
        self._dispatcher = dispatcher
        self._floor = dispatcher.floor
        self._calls = calls
        self._phones = phones
        self._roster = roster
        self._clock = clock
        self._dial_rules = dial_rules
        self._break_reasons = break_reasons
        self._new_call = new_call

    # ── Intent and presence ──────────────────────────────────────────────────────────────────────────────────

    async def set_intent(self, agent: str, intent: str, reason: str = "") -> None:
        """Choose to be "available", "on_break" for a reason, or "offline"; during a call it takes effect after it."""
        self._seat(agent)
        if intent not in INTENTS:
            raise IntentUnknown(field="intent", intent=intent, expected=", ".join(INTENTS))
        reasons = self._break_reasons()
        if intent == "on_break" and reason and reasons and reason not in reasons:
            raise BreakReasonUnknown(field="reason", reason=reason, expected=", ".join(sorted(reasons)))
        wanted = Intent(intent, reason if intent == "on_break" else "")
        self._dispatcher.happen(lambda now: self._floor.ask(agent, wanted, now))

    async def console(self, agent: str, connected: bool) -> None:
        """The agent's first console opened, or the last one closed."""
        one = self._roster.get(agent)
        if one is None:
            return
        self._dispatcher.pops.watch(agent, on=connected)
        if connected:
            self._dispatcher.happen(lambda now: self._floor.console_seen(agent, now))
        elif (offer := self._floor.offers.at(agent)) and offer.endpoint == f"w{one.extension}":
            self._dispatcher.happen(lambda now: self._floor.console_gone(agent, now))

    async def seen(self, agent: str, call: str) -> None:
        """The card of `call` stands on the agent's screen; the phone may ring."""
        self._dispatcher.pops.seen(agent, call)

    async def end_wrap_up(self, agent: str, call: str) -> None:
        """Done with after-call work before its time."""
        presence = self._seat(agent).presence
        if presence.activity != "wrap_up" or presence.call != call:
            raise NotNow(why=_("you are not in the after-call work of this call"))
        self._dispatcher.happen(lambda now: self._floor.end_wrap_up(agent, now))

    # ── The call in hand ─────────────────────────────────────────────────────────────────────────────────────

    async def reject(self, agent: str, call: str) -> None:
        """Refuse the caller who rings; they are offered to somebody else."""
        self._own(agent, call)
        offer = self._floor.offers.at(agent)
        if offer is None or offer.caller.call != call:
            raise NotNow(why=_("the call does not ring at your phone"))
        self._dispatcher.happen(lambda now: self._floor.reject(agent, now))

    async def hang_up(self, agent: str, call: str) -> None:
        """End the call; one that still rings is refused."""
        self._own(agent, call)
        offer = self._floor.offers.at(agent)
        if offer and offer.caller.call == call:
            await self.reject(agent, call)
            return
        self._calls.leaving(call, by="agent")
        await self._order(call, self._phones.hang_up(call))

    async def hold(self, agent: str, call: str) -> None:
        """The customer hears music."""
        self._in_state(self._own(agent, call), "talking", _("nobody is talking on this call"))
        await self._order(call, self._phones.hold(call))
        self._calls.held(call, self._clock.now())

    async def resume(self, agent: str, call: str) -> None:
        """The customer is taken back."""
        self._in_state(self._own(agent, call), "held", _("this call is not on hold"))
        await self._order(call, self._phones.resume(call))
        self._calls.resumed(call, self._clock.now())

    async def mute(self, agent: str, call: str, on: bool) -> None:
        """The agent is not heard."""
        live = self._own(agent, call)
        leg = live.leg if live.agent == agent else self._other_leg(call)
        if live.state not in ("talking", "held") or not leg:
            raise NotNow(why=_("nobody is talking on this call"))
        await self._order(call, self._phones.mute(leg, on))

    async def send_digits(self, agent: str, call: str, digits: str) -> None:
        """Press keys towards the customer's side (another company's menu)."""
        if not re.fullmatch(rf"[0-9*#A-Da-d]{{1,{MOST_DIGITS}}}", digits):
            raise DigitsUnreadable(field="digits", digits=digits[:MOST_DIGITS], most=MOST_DIGITS)
        self._in_state(self._own(agent, call), "talking", _("nobody is talking on this call"))
        await self._order(call, self._phones.send_digits(call, digits.upper()))

    # ── Dialling ─────────────────────────────────────────────────────────────────────────────────────────────

    async def dial(self, agent: str, number: str) -> str:
        """Click-to-dial: the agent's phone first, then `number` (or a colleague's extension). Gives the call's id."""
        one = self._agent(agent)
        to_dial, colleague = self._allowed(one, number)
        self._check_can_dial(agent, colleague)
        call = self._new_call()
        self._begin(call, one, to_dial, colleague, lifted=False)
        return call

    def dialled_by_hand(self, call: str, endpoint: str, number: str) -> None:
        """A phone of ours dialled by itself: checked like click-to-dial; what is refused is hung up with a cause."""
        one = self._roster.of_endpoint(endpoint)
        try:
            if one is None:
                raise NotAnAgent(user=endpoint)
            to_dial, colleague = self._allowed(one, number)
            self._check_can_dial(one.username, colleague)
        except Refusal as refusal:
            log.info("%s dialled %s by hand: %s", endpoint, number, refusal)
            cause = USER_BUSY if isinstance(refusal, NotNow) else REJECTED
            self._dispatcher.happen(lambda _now: [HangUp(call, "system", cause)])
        else:
            self._begin(call, one, to_dial, colleague, lifted=True)

    def _begin(self, call: str, one: Agent, number: str, colleague: str, *, lifted: bool) -> None:
        direction = "internal" if colleague else "outbound"
        agent = one.username
        self._calls.arrived(
            call, direction=direction, caller=one.extension, caller_name=one.name, dialled=number, agent=agent, at=self._clock.now()
        )
        self._dispatcher.happen(lambda now: self._floor.dial(call, agent, number, now, colleague=colleague, lifted=lifted))

    def _allowed(self, one: Agent, typed: str) -> tuple[str, str]:
        """The number to dial, and the colleague whose extension it is ("" for anybody else)."""
        number = digits_of(typed)
        colleague = self._roster.of_extension(number)
        if colleague is None:
            return self._dial_rules.number(typed), ""
        if colleague is one:
            raise NotNow(why=_("this is your own extension"))
        return number, colleague.username

    def _check_can_dial(self, agent: str, colleague: str) -> None:
        if not self._floor.open:
            raise TelephoneAway
        if not self._seat(agent).presence.reachable:
            raise PhoneOffline
        if not self._floor.dials.can(agent):
            raise NotNow(why=_("finish the call in hand first"))
        if colleague and not self._floor.dials.can(colleague):
            raise NotNow(why=_("your colleague is busy or has no phone online"))

    # ── Whose is it ──────────────────────────────────────────────────────────────────────────────────────────

    def _agent(self, agent: str) -> Agent:
        one = self._roster.get(agent)
        if one is None:
            raise NotAnAgent(user=agent)
        return one

    def _seat(self, agent: str) -> Seat:
        seat = self._floor.seats.get(agent)
        if seat is None:
            raise NotAnAgent(user=agent)
        return seat

    def _own(self, agent: str, call: str) -> LiveCall:
        """The live call, if it is the agent's."""
        live = self._calls.get(call)
        if live is None:
            raise NoSuchCall(call=call)
        seat = self._floor.seats.get(agent)
        if live.agent != agent and not (seat and seat.presence.busy_with(call)):
            raise NotYourCall(call=call)
        return live

    def _other_leg(self, call: str) -> str:
        dial = self._floor.dials.get(call)
        return dial.other_leg if dial else ""

    @staticmethod
    def _in_state(live: LiveCall, state: str, why: str) -> None:
        if live.state != state:
            raise NotNow(why=why)

    @staticmethod
    async def _order(call: str, order: Awaitable[None]) -> None:
        try:
            await order
        except LineGone:
            raise NoSuchCall(call=call) from None
        except PhoneSystemAway:
            raise TelephoneAway from None
