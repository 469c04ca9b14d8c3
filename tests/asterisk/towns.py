"""A town around a real Asterisk: callers by SIP and RTP, agents' telephones by baresip, and the product's own link."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from config.clock import SystemClock
from config.loops import LOOP
from config.secrets import sip_password
from switchboard.asterisk.line import AriLine
from switchboard.asterisk.link import Addresses, AsteriskLink
from switchboard.asterisk.provision import Phone as AgentPhones, provision
from switchboard.bus import Bus
from switchboard.call import Calls
from switchboard.events import Event, PhoneSeen, PhoneSystemFound
from switchboard.telephony import Line, Phone
from tests.asterisk.plant import Plant
from tests.fakes.waiting import SECONDS, until
from tests.phones.baresip import Baresip
from tests.phones.caller import Caller
from tests.phones.tones import write_tone


class Lines:
    """Takes callers as a reception does, without a flow."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[Line] = asyncio.Queue()
        self.taken_back: dict[str, tuple[Line, str, str]] = {}

    def arrive(self, line: Line) -> None:
        self.lines.put_nowait(line)

    def take_back(self, line: Line, flow: str, node: str) -> None:
        self.taken_back[line.call] = (line, flow, node)


class AsteriskTown:
    """`Town` of the contract, around `plant`."""

    phone = Phone("103")
    dead_phone = Phone("109")
    outside_number = "104"

    def __init__(self, plant: Plant, agents: Agents) -> None:
        self.plant = plant
        self.agents = agents
        self.sound, self.long_sound = agents.sound, agents.long_sound
        self.told: list[Event] = []
        self.bus = Bus()
        self.bus.witness(lambda _number, event: self.told.append(event))
        clock = SystemClock(LOOP)
        self.calls = Calls(self.bus, clock)
        self.link = AsteriskLink(
            self.bus, clock, self.calls, Addresses.of(plant.settings, plant.key), outside=lambda number: f"PJSIP/{number}"
        )  # fmt: skip
        self.phones = self.link.phones
        self.reception = Lines()
        self.link.reception = self.reception
        self.callers: dict[str, Caller] = {}
        self.legs: dict[str, Baresip] = {}
        self.lines: dict[str, AriLine] = {}
        self._talking: dict[str, asyncio.Task[int]] = {}

    async def open(self) -> None:
        self.link.start()
        await self.until_told(1, PhoneSystemFound)
        for endpoint in ("103", "104"):
            await self.until(lambda endpoint=endpoint: self.online(endpoint))

    def online(self, endpoint: str) -> bool:
        """Whether the phone was last seen online."""
        seen = [event.online for event in self.told if isinstance(event, PhoneSeen) and event.endpoint == endpoint]
        return bool(seen) and seen[-1]

    async def crash(self) -> AsteriskTown:
        """The daemon dies without a word; people and telephones stay. Gives the town of its successor, not yet open."""
        await self.link.stop()
        successor = AsteriskTown(self.plant, self.agents)
        successor.callers, self.callers = self.callers, {}
        successor._talking, self._talking = self._talking, {}
        successor.lines = self.lines
        return successor

    async def close(self) -> None:
        await self.link.stop()
        await asyncio.gather(*self._talking.values(), return_exceptions=True)
        for caller in self.callers.values():
            await asyncio.to_thread(caller.vanish)

    async def call_in(self, number: str = "1000", **who: str) -> Line:
        caller = Caller(self.plant.sip, number, **who)
        caller.invite()
        answered = asyncio.ensure_future(asyncio.to_thread(caller.wait_answer))
        try:
            line = await asyncio.wait_for(self.reception.lines.get(), SECONDS)
        except TimeoutError:
            raise AssertionError(
                f"the call did not come in; Asterisk says {await asyncio.gather(answered, return_exceptions=True)}"
            ) from None
        self.callers[line.call], self.lines[line.call] = caller, line
        self._talking[line.call] = answered
        return line

    async def talking(self, call: str) -> None:
        """Wait until the caller's phone has been answered."""
        assert await self._talking[call] == 200

    async def press(self, call: str, keys: str) -> None:
        await self._talking[call]
        for key in keys:
            await asyncio.to_thread(self.callers[call].press, key)

    async def customer_hangs_up(self, call: str) -> None:
        caller = self.callers.get(call)
        if caller is None:
            self.agents.outside.hang_up()
            return
        if self.lines[call].up:
            await self.talking(call)
        await asyncio.to_thread(caller.hang_up)
        await asyncio.wait([self._talking[call]])

    async def pick_up(self, leg: str) -> None:
        await self._phone_of(leg, "accept")

    async def reject(self, leg: str) -> None:
        await self._phone_of(leg, "hangup")

    async def leg_hangs_up(self, leg: str) -> None:
        await self._phone_of(leg, "hangup")

    async def _phone_of(self, leg: str, command: str) -> None:
        phone = self.agents.outside if leg.endswith("-out") else self.agents.desk
        await asyncio.to_thread(phone.order, command)

    async def pass_seconds(self, seconds: float) -> None:
        """Real time passes by itself."""

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so."""
        await until(true, lambda: self.told)

    async def until_told(self, count: int, kind: type[Event]) -> None:
        await self.until(lambda: sum(type(event) is kind for event in self.told) >= count)

    async def assert_nothing_left(self) -> None:
        ask = self.link.ari.requests.ask
        give_up = time.monotonic() + SECONDS
        while (left := (await ask("GET", "channels"), await ask("GET", "bridges"))) != ([], []):
            assert time.monotonic() < give_up, left
            await asyncio.sleep(0.02)
        assert len(self.link.legs) == 0
        assert len(self.link.ari.requests) == 0


class Agents:
    """Two telephones on desks: 103 is an agent's, 104 plays the outside."""

    def __init__(self, plant: Plant, folder: Path) -> None:
        self.plant = plant
        folder.mkdir(exist_ok=True)
        sounds = plant.folders.recordings / "sounds"  # where Asterisk's own account comes; pytest closes its folders to it at every start
        sounds.mkdir(exist_ok=True)
        self.sound = str(write_tone(sounds / "second.wav", 700, 1.0).with_suffix(""))
        self.long_sound = str(write_tone(sounds / "minutes.wav", 700, 120.0).with_suffix(""))
        self.desk = self._phone(folder / "desk", "103", 440)
        self.outside = self._phone(folder / "outside", "104", 620)

    def _phone(self, folder: Path, name: str, hertz: float) -> Baresip:
        account = f"<sip:{name}@{self.plant.sip}>;auth_pass={sip_password(self.plant.key, name)};regint=60;audio_codecs=pcmu"
        return Baresip(folder, account, hertz)

    def stop(self) -> None:
        self.desk.stop()
        self.outside.stop()


@contextlib.contextmanager
def agents_of(plant: Plant, folder: Path) -> Iterator[Agents]:
    """The telephones for the length of a `with`, provisioned and registered."""
    phones = [AgentPhones("103", "سارا", browser=False, desk=True), AgentPhones("104", "بیرون", browser=False, desk=True)]
    phones.append(AgentPhones("109", "غایب", browser=False, desk=True))

    async def reload(module: str) -> None:
        await asyncio.to_thread(plant.ami.command, f"module reload {module}.so")

    LOOP.run_until_complete(provision(phones, plant.key, plant.folders.etc, reload))
    agents = Agents(plant, folder)
    try:
        yield agents
    finally:
        agents.stop()


@contextlib.asynccontextmanager
async def town_at(plant: Plant, agents: Agents) -> AsyncIterator[AsteriskTown]:
    """A town with a link of its own, for one test."""
    town = AsteriskTown(plant, agents)
    await town.open()
    try:
        yield town
    finally:
        await town.close()
