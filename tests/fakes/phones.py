"""A telephone system in memory: fulfils `PhoneSystem` and `Line` and passes the same contract tests as Asterisk's.

The people are played by the methods of `FakePhones` that are named after what people do (`call_in`, `press`,
`customer_hangs_up`, `pick_up`, `reject`, …). Facts come one turn of the loop after the order, as they do from
Asterisk: `await settle()` lets them arrive. Sounds take `sound_seconds` each, by the clock that tests wind.

    bus, clock = Bus(), FakeClock()
    phones = FakePhones(bus, clock)
    phones.on_line = reception.arrive          # or any function that takes the line
    call = phones.call_in("+989121234567", "1000")
    await settle()
    phones.press(call, "1")
    assert phones.music(call) == "sales"       # what the customer hears
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from attrs import define, field

from config.clock import Clock, Timer
from switchboard.bus import Bus
from switchboard.digits import TypedAhead, key_of
from switchboard.events import (
    CustomerGone,
    DigitPressed,
    Event,
    LegAnswered,
    LegGone,
    LegHeld,
    LegResumed,
    LegRinging,
    PhoneSeen,
    PhoneSystemFound,
    PhoneSystemLost,
)  # fmt: skip
from switchboard.futures import fail, resolve
from switchboard.telephony import Line, LineGone, Phone, PhoneSystemAway, SoundMissing


async def settle(turns: int = 40) -> None:
    """Let everything that is due on the loop happen."""
    for _turn in range(turns):
        await asyncio.sleep(0)


@define
class FakeLeg:
    """A channel: the customer's, an agent's, or a dialled party's."""

    id: str
    call: str
    phone: Phone | None = None
    caller: str = ""
    caller_name: str = ""
    agent: str = ""
    auto_answer: bool = False
    up: bool = False
    is_customer: bool = False
    muted: bool = False
    timer: Timer | None = None


@define
class FakeCall:
    """What Asterisk knows of one call."""

    id: str
    customer: str = ""
    """The customer's channel; "" before a dialled party answered."""
    dialled_leg: str = ""
    where: str = ""
    """What the customer is in: "" | "waiting-<queue>" | "talk" | "hold" | "static-queue"."""
    agent_leg: str = ""
    """Who is in the talk bridge with the customer."""
    variables: dict[str, str] = field(factory=dict)
    digits_sent: str = ""
    recording: Path | None = None
    answered: bool = False


class FakeLine(Line):
    """The customer's leg of one call."""

    def __init__(self, phones: FakePhones, call: str, caller: str, caller_name: str, dialled: str, at: float) -> None:
        self.call = call
        self.caller = caller
        self.caller_name = caller_name
        self.dialled = dialled
        self.arrived_at = at
        self.heard: list[str] = []
        """Every sound that began to play."""
        self.typed = TypedAhead(phones.clock)
        self.music_on = False
        self._phones = phones
        self._playing: asyncio.Future[bool] | None = None
        self._barge_in = False
        self._gone = False

    async def answer(self) -> None:
        self._check()
        self._phones.calls[self.call].answered = True

    async def play(self, sounds: Sequence[str], *, barge_in: bool) -> bool:
        for sound in sounds:
            self._check()
            if barge_in and self.typed:
                return False
            if sound in self._phones.missing_sounds:
                raise SoundMissing(sound)
            self.heard.append(sound)
            if not await self._hear(sound, barge_in=barge_in):
                return False
        return True

    async def _hear(self, sound: str, *, barge_in: bool) -> bool:
        playing: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        seconds = self._phones.sound_seconds.get(sound, self._phones.usual_sound_seconds)
        timer = self._phones.clock.call_later(seconds, lambda: resolve(playing, True))
        self._playing, self._barge_in = playing, barge_in
        try:
            return await playing
        finally:
            timer.cancel()
            self._playing = None

    async def digit(self, seconds: float) -> str | None:
        self._check()
        return await self.typed.next(seconds)

    def forget_digits(self) -> None:
        self.typed.forget()

    async def music(self, on: bool) -> None:
        self._check()
        self.music_on = on

    async def remember(self, variables: Mapping[str, str]) -> None:
        self._check()
        await self._phones.remember(self.call, variables)

    async def hang_up(self, cause: int = 16) -> None:
        await self._phones.hang_up(self.call, cause)

    def press(self, key: str) -> None:
        self.typed.typed(key)
        if self._barge_in:
            resolve(self._playing, False)

    def gone(self) -> None:
        self._gone = True
        self.typed.line_gone()
        fail(self._playing, LineGone)

    def link_lost(self) -> None:
        self.typed.away()
        fail(self._playing, PhoneSystemAway)

    def _check(self) -> None:
        if self._phones.away:
            raise PhoneSystemAway
        if self._gone:
            raise LineGone


class FakePhones:
    """Everybody's telephones and the exchange between them."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self.bus = bus
        self.clock = clock
        self.on_line: Callable[[Line], None] = lambda _line: None
        self.calls: dict[str, FakeCall] = {}
        self.legs: dict[str, FakeLeg] = {}
        self.lines: dict[str, FakeLine] = {}
        self.sound_seconds: dict[str, float] = {}
        self.usual_sound_seconds = 1.0
        self.missing_sounds: set[str] = set()
        self.unreachable: set[str] = set()
        """Endpoints that cannot be rung (LegGone, cause 20)."""
        self.away = False
        self.refuse_recording: Exception | None = None
        self._numbers = itertools.count(1)

    # ── What people do ───────────────────────────────────────────────────────────────────────────────────────

    def call_in(self, caller: str = "+989121234567", dialled: str = "1000", caller_name: str = "") -> str:
        """A caller dials us. Gives the call's id; the line is handed to `on_line` at once, as in Asterisk's StasisStart."""
        call = f"call-{next(self._numbers)}"
        self.calls[call] = FakeCall(call, customer=call)
        self.legs[call] = FakeLeg(call, call, up=True, is_customer=True)
        line = self.lines[call] = FakeLine(self, call, caller, caller_name, dialled, self.clock.now())
        self.on_line(line)
        return call

    def press(self, call: str, keys: str) -> None:
        """The customer presses keys; what is no key is not heard."""
        for key in keys:
            if key_of(key) and call in self.lines:
                self.lines[call].press(key_of(key))
                self._tell(DigitPressed(at=self.clock.now(), call=call, digit=key_of(key)))

    def customer_hangs_up(self, call: str, cause: int = 16) -> None:
        """The customer (the caller, or the dialled party) hangs up."""
        self._end_leg(self.calls[call].customer, cause)

    def pick_up(self, leg: str) -> None:
        """The phone that rings as `leg` is picked up."""
        one = self.legs[leg]
        one.up = True
        call = self.calls[one.call]
        if leg == call.dialled_leg:
            one.is_customer, call.customer, call.where = True, leg, "talk"
            call.agent_leg = call.id
        if one.timer:
            one.timer.cancel()
        self._tell(LegAnswered(at=self.clock.now(), call=one.call, leg=leg))

    def reject(self, leg: str, cause: int = 17) -> None:
        """The phone that rings as `leg` refuses (17 busy, 21 rejected, 1 no such number…)."""
        self._end_leg(leg, cause)

    def leg_hangs_up(self, leg: str, cause: int = 16) -> None:
        """The phone on `leg` hangs up."""
        self._end_leg(leg, cause)

    def press_hold(self, leg: str) -> None:
        """The phone's own hold key."""
        self._tell(LegHeld(at=self.clock.now(), call=self.legs[leg].call, leg=leg))

    def press_resume(self, leg: str) -> None:
        """The phone's own hold key again."""
        self._tell(LegResumed(at=self.clock.now(), call=self.legs[leg].call, leg=leg))

    def phone(self, endpoint: str, *, online: bool) -> None:
        """A phone registers or is lost."""
        self.unreachable.discard(endpoint) if online else self.unreachable.add(endpoint)
        self._tell(PhoneSeen(at=self.clock.now(), endpoint=endpoint, online=online))

    def goes_away(self) -> None:
        """The link to the telephone system breaks; calls go on, but whoever waits on a line learns of it."""
        self.away = True
        for line in self.lines.values():
            line.link_lost()
        self._tell(PhoneSystemLost(at=self.clock.now()))

    def comes_back(self, *, restarted: bool = False) -> None:
        """The link stands again. After a restart no call is left, and no leg tells of it."""
        self.away = False
        if restarted:
            for line in self.lines.values():
                line.gone()
            self.calls.clear()
            self.legs.clear()
            self.lines.clear()
        self._tell(PhoneSystemFound(at=self.clock.now(), restarted=restarted))

    # ── What tests look at ───────────────────────────────────────────────────────────────────────────────────

    def hears(self, call: str) -> str:
        """What the customer is in: "waiting-<queue>", the id of the agent's leg they talk to, "hold", "static-queue" or ""."""
        one = self.calls.get(call)
        if one is None:
            return ""
        return one.agent_leg if one.where == "talk" else one.where

    def ringing(self, endpoint: str = "") -> list[str]:
        """Legs that ring (at `endpoint`), the oldest first."""
        return [leg.id for leg in self.legs.values() if leg.phone and not leg.up and endpoint in ("", leg.phone.endpoint)]

    @property
    def nothing_left(self) -> bool:
        """No call and no leg is left in the exchange."""
        return not self.calls and not self.legs

    # ── PhoneSystem ──────────────────────────────────────────────────────────────────────────────────────────

    async def wait_with_music(self, call: str, queue: str) -> None:
        self._call(call).where = f"waiting-{queue}"

    async def ring(
        self, call: str, leg: str, phone: Phone, *, seconds: float, caller: str, caller_name: str,
        auto_answer: bool = False, agent: str = "",
    ) -> None:  # fmt: skip
        self._here()
        if call == leg:
            self.calls[call] = FakeCall(call)
        self._call(call)
        one = self.legs[leg] = FakeLeg(leg, call, phone, caller, caller_name, agent, auto_answer)
        self._dial(one, seconds)

    async def dial_out(self, call: str, leg: str, number: str, *, seconds: float, caller: str) -> None:
        self._call(call).dialled_leg = leg
        one = self.legs[leg] = FakeLeg(leg, call, Phone(number, outside=True), caller)
        self._dial(one, seconds)

    async def connect(self, call: str, leg: str) -> None:
        one = self._call(call)
        if leg not in self.legs:
            raise LineGone
        one.where, one.agent_leg = "talk", leg

    async def hold(self, call: str) -> None:
        self._call(call).where = "hold"

    async def resume(self, call: str) -> None:
        self._call(call).where = "talk"

    async def mute(self, leg: str, on: bool) -> None:
        self._here()
        if leg not in self.legs:
            raise LineGone
        self.legs[leg].muted = on

    async def send_digits(self, call: str, digits: str) -> None:
        self._call(call).digits_sent += digits

    async def drop(self, leg: str, cause: int = 16) -> None:
        self._here()
        self._end_leg(leg, cause)

    async def hang_up(self, call: str, cause: int = 16) -> None:
        self._here()
        for leg in [leg.id for leg in self.legs.values() if leg.call == call]:
            self._end_leg(leg, cause)

    async def to_static_queue(self, call: str) -> None:
        self._call(call).where = "static-queue"
        self.lines[call].gone()

    async def remember(self, call: str, variables: Mapping[str, str]) -> None:
        self._call(call).variables.update(variables)

    async def start_recording(self, call: str, file: Path) -> None:
        one = self._call(call)
        if self.refuse_recording:
            raise self.refuse_recording
        one.recording = file

    async def stop_recording(self, call: str) -> None:
        self._here()
        if call in self.calls:
            self.calls[call].recording = None

    # ── Inside the exchange ──────────────────────────────────────────────────────────────────────────────────

    def _here(self) -> None:
        if self.away:
            raise PhoneSystemAway

    def _call(self, call: str) -> FakeCall:
        self._here()
        if call not in self.calls:
            raise LineGone
        return self.calls[call]

    def _tell(self, event: Event) -> None:
        if not self.away or isinstance(event, PhoneSystemLost):
            asyncio.get_running_loop().call_soon(self.bus.tell, event)

    def _dial(self, leg: FakeLeg, seconds: float) -> None:
        assert leg.phone
        if leg.phone.endpoint in self.unreachable:
            self._end_leg(leg.id, 20)
            return
        self._tell(LegRinging(at=self.clock.now(), call=leg.call, leg=leg.id))
        leg.timer = self.clock.call_later(seconds, lambda: self._rung_long_enough(leg))

    def _rung_long_enough(self, leg: FakeLeg) -> None:
        if not leg.up:
            self._end_leg(leg.id, 19)

    def _end_leg(self, leg: str, cause: int) -> None:
        one = self.legs.pop(leg, None)
        if one is None:
            return
        if one.timer:
            one.timer.cancel()
        at = self.clock.now()
        if one.is_customer:
            if one.call in self.lines:
                self.lines.pop(one.call).gone()
            own = "" if leg == one.call else leg
            self._tell(CustomerGone(at=at, call=one.call, cause=cause, leg=own))
            for other in [other.id for other in self.legs.values() if other.call == one.call]:
                self._end_leg(other, 16)
        else:
            self._tell(LegGone(at=at, call=one.call, leg=leg, cause=cause))
            if self.calls[one.call].agent_leg == leg:
                self.calls[one.call].agent_leg = ""
        if not any(other.call == one.call for other in self.legs.values()):
            self.calls.pop(one.call, None)
