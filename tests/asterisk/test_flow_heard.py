"""A call flow as callers hear it: spoken prompts played by a real Asterisk, keys pressed on a real telephone."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from config.clock import SystemClock
from config.loops import LOOP, Tasks
from ivr.flows import Flows
from ivr.prompts import Prompts
from ivr.sound import Sound
from ivr.speech import EspeakNg
from ivr.walk import Walker
from switchboard.asterisk.link import Addresses, AsteriskLink
from switchboard.bus import Bus
from switchboard.call import Calls
from switchboard.events import CallEnded, Event, PhoneSystemFound, StepTaken
from switchboard.reception import Reception
from tests.asterisk.plant import Plant, embedded_asterisk
from tests.ivr.builders import FakeRoom
from tests.phones.baresip import Baresip, phone
from tests.phones.caller import Caller
from tests.phones.tones import read_samples

PROJECT = Path(__file__).resolve().parents[2]
SECONDS = 60.0


def impatient_flows(folder: Path) -> Path:
    """The demo's flows, whose menus ask once and wait a second, in `folder`."""
    folder.mkdir(exist_ok=True)
    for file in (PROJECT / "config/flows").glob("*.yaml"):
        text = file.read_text().replace("timeout_seconds: 5", "timeout_seconds: 1").replace("retries: 2", "retries: 0")
        (folder / file.name).write_text(text)
    return folder


class Exchange:
    """The demo's flows behind a real Asterisk, with a waiting room that a test ends by hand."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.bus, self.clock, self.tasks = Bus(), SystemClock(LOOP), Tasks("flows")
        self.told: list[Event] = []
        self.bus.witness(lambda _number, event: self.told.append(event))
        calls = Calls(self.bus, self.clock)
        self.link = AsteriskLink(self.bus, self.clock, calls, Addresses.of(plant.settings, plant.key), outside=lambda number: number)
        self.room = FakeRoom()
        self.prompts = Prompts(plant.home / "prompts", EspeakNg(), self.bus, self.clock, self.tasks)
        folder = impatient_flows(plant.home / "flows")
        self.flows = Flows(folder, plant.home / "kept", self.prompts, self.room.queues, self.bus, self.clock, self.tasks)
        walker = Walker(
            self.bus, self.clock, self.flows, self.prompts, self.room, self.tasks, last_resort=self.link.phones.to_static_queue
        )  # fmt: skip
        self.link.reception = Reception(calls, walker)

    def steps(self) -> list[str]:
        return [f"{step.node}→{step.exit}" for step in self.told if isinstance(step, StepTaken)]

    async def until(self, kind: type[Event], count: int = 1) -> None:
        """Wait until so many events of a kind were told."""
        found = asyncio.get_running_loop().create_future()

        def look(_number: int, _event: Event) -> None:
            if sum(isinstance(event, kind) for event in self.told) >= count and not found.done():
                found.set_result(None)

        undo = self.bus.witness(look)
        look(0, Event(at=0.0))
        await asyncio.wait_for(found, SECONDS)
        undo()

    def heard(self, telephone: Baresip, sound: Sound) -> float:
        """How alike (0…1) the best stretch of what the telephone heard is to `sound`."""
        _rate, ear = read_samples(telephone.heard)
        _rate, told = read_samples(self.prompts.stem(sound).with_suffix(".wav"))
        return likeness(ear, told[:-2400])  # the last 0.3 s, pause included, may be in the telephone's buffer when it hangs up


def likeness(heard: NDArray[np.float64], told: NDArray[np.float64]) -> float:
    """The greatest normalised cross-correlation of `told` with any stretch of `heard`."""
    if heard.size < told.size:
        return 0.0
    size = 1 << (heard.size + told.size - 1).bit_length()
    products = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(told, size)), size)[: heard.size - told.size + 1]
    sums = np.concatenate(([0.0], np.cumsum(heard**2)))
    energies = sums[told.size :] - sums[: heard.size - told.size + 1]
    return float(np.max(products / np.sqrt(np.maximum(energies, 1e-9) * np.sum(told**2))))


@pytest.fixture(scope="module")
def plant():
    with embedded_asterisk() as running:
        yield running


@asynccontextmanager
async def exchange_at(plant: Plant) -> AsyncIterator[Exchange]:
    exchange = Exchange(plant)
    await exchange.flows.start()
    exchange.link.start()
    await exchange.until(PhoneSystemFound)
    try:
        yield exchange
    finally:
        exchange.flows.stop()
        await exchange.link.stop()
        await exchange.tasks.stop()


@pytest.fixture
def telephone(plant: Plant, tmp_path: Path):
    """A caller's telephone on this machine, which needs no registration."""
    with phone(tmp_path / "caller", f"<sip:09121234567@{plant.sip}>;regint=0;audio_codecs=pcmu", 440) as caller:
        yield caller


async def dial(telephone: Baresip, number: str, plant: Plant) -> None:
    telephone.dial(f"sip:{number}@{plant.sip}")
    await asyncio.to_thread(telephone.wait_for, "CALL_ESTABLISHED")


async def over(exchange: Exchange, telephone: Baresip) -> None:
    """Wait until both sides know that the call is over; then all that was heard is in the file."""
    await exchange.until(CallEnded)
    await asyncio.to_thread(telephone.wait_for, "CALL_CLOSED")


def first_sound(exchange: Exchange, flow: str, node: str) -> Sound:
    prompt = getattr(exchange.flows.live.flows[flow].nodes[node], "prompt")  # noqa: B009  # nodes differ; this one has a prompt
    sound: Sound = prompt.sound("fa")
    return sound


async def test_a_caller_hears_the_persian_greeting_and_menu(plant: Plant, telephone: Baresip):
    """What comes out of the telephone is what was spoken, word for word, and nothing else."""
    async with exchange_at(plant) as exchange:
        assert exchange.flows.problems == ()
        await dial(telephone, "1000", plant)
        await exchange.until(StepTaken, 4)
        assert exchange.steps() == ["greeting→done", "hours→open", "menu→timeout", "to_operator→done"]
        assert [wait[0] for wait in exchange.room.waits.values()] == ["operator"]
        telephone.hang_up()
        await over(exchange, telephone)
        for node in ("greeting", "menu", "to_operator"):
            assert exchange.heard(telephone, first_sound(exchange, "main", node)) > 0.9
        assert exchange.heard(telephone, first_sound(exchange, "main", "busy")) < 0.5


@pytest.mark.parametrize(("seconds", "key", "queue"), [(0.0, "2", "support"), (4.0, "1", "sales"), (0.5, "0", "operator")])
async def test_a_key_leads_to_its_queue_whenever_it_is_pressed(plant: Plant, seconds: float, key: str, queue: str):
    """Before a word was heard, during the greeting, during the menu."""
    async with exchange_at(plant) as exchange:
        caller = Caller(plant.sip, "1000")
        await asyncio.to_thread(caller.call)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(caller.press, key)
        await exchange.until(StepTaken, 3)
        assert exchange.steps() == ["greeting→done", "hours→open", f"menu→{key}"]
        assert [wait[0] for wait in exchange.room.waits.values()] == [queue]
        await asyncio.to_thread(caller.hang_up)
        await exchange.until(CallEnded)


async def test_a_number_that_does_not_exist_is_told_so_and_ended(plant: Plant, telephone: Baresip):
    """The sentence is heard to its end, then the network hears cause 1."""
    async with exchange_at(plant) as exchange:
        await dial(telephone, "1999", plant)
        await over(exchange, telephone)
        (ended,) = [event for event in exchange.told if isinstance(event, CallEnded)]
        assert ended.status == "in_menu"
        assert exchange.heard(telephone, exchange.flows.live.library["unknown_number"].sound("fa")) > 0.8


async def test_a_prompt_deleted_under_way_is_an_apology(plant: Plant, telephone: Baresip):
    """The caller hears that something is wrong, goes on, and the next caller hears the prompt again."""
    async with exchange_at(plant) as exchange:
        greeting = first_sound(exchange, "main", "greeting")
        stem = exchange.prompts.stem(greeting)
        aside = stem.with_name("aside")
        for ending in (".wav", ".ulaw", ".alaw"):
            shutil.move(stem.with_suffix(ending), aside.with_suffix(ending))
        await dial(telephone, "1000", plant)
        await exchange.until(StepTaken, 2)
        telephone.hang_up()
        await over(exchange, telephone)
        assert exchange.heard(telephone, exchange.flows.live.library["apology"].sound("fa")) > 0.8
        assert exchange.prompts.playable(greeting)
