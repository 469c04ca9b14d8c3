"""Small flows and their surroundings, made in one line by tests."""

from __future__ import annotations

import asyncio
from pathlib import Path
from textwrap import dedent

from config.programs import ProgramMissing
from ivr.flow import FlowSet
from ivr.flow_text import Loaded, read_flows
from ivr.library import library
from ivr.reading import Surroundings
from ivr.sound import Recorded, Sound
from switchboard.telephony import WaitingRoom

QUEUES = frozenset({"sales", "support", "operator"})

MAIN = """
title: Main
numbers: ["1000"]
language: en
start: greeting
nodes:
  greeting: {kind: announce, prompt: Welcome., exits: {done: menu}}
  menu:
    kind: menu
    prompt: Press 1 or 2.
    timeout_seconds: 5
    retries: 2
    exits: {"1": sales, "2": support, timeout: operator}
  sales: {kind: queue, queue: sales, max_wait_seconds: 60, exits: {timeout: bye}}
  support: {kind: queue, queue: support}
  operator: {kind: queue, queue: operator}
  bye: {kind: hang_up, prompt: Goodbye., cause: 17}
"""


def around(*recordings: str, queues: frozenset[str] | None = QUEUES) -> Surroundings:
    """Surroundings with these uploaded files."""
    files = {name: Recorded(f"digest of {name}", Path(name)) for name in recordings}
    return Surroundings(queues, frozenset(), files, library(files))


def read(*texts: str, recordings: tuple[str, ...] = (), queues: frozenset[str] | None = QUEUES) -> Loaded:
    """Flows out of texts; the first is main.yaml, the others second.yaml, third.yaml."""
    names = ("main.yaml", "second.yaml", "third.yaml")
    return read_flows({name: dedent(text).encode() for name, text in zip(names, texts, strict=False)}, around(*recordings, queues=queues))


def flows(*texts: str) -> FlowSet:
    """Flows without problems."""
    loaded = read(*texts)
    assert not loaded.problems, [problem.text("en") for problem in loaded.problems]
    return loaded.flows


def one_flow(nodes: str, start: str = "a", top: str = "numbers: ['1000']\nlanguage: en") -> str:
    """The text of a flow with these nodes (YAML, at its margin)."""
    body = "\n".join(f"  {line}" for line in dedent(nodes).strip().splitlines())
    return f"{dedent(top).strip()}\nstart: {start}\nnodes:\n{body}\n"


class FakeShelf:
    """Prompts whose paths are their own texts; those in `gone` are missing."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self.missed: list[str] = []

    def playable(self, sound: Sound) -> str | None:
        return None if str(sound) in self.gone else str(sound)

    def missing(self, sound: Sound) -> None:
        self.missed.append(str(sound))


class FakeRoom(WaitingRoom):
    """A waiting room whose waits a test ends by hand."""

    def __init__(self, queues: frozenset[str] = QUEUES) -> None:
        self.names = queues
        self.waits: dict[str, tuple[str, float | None]] = {}
        self._futures: dict[str, asyncio.Future[str]] = {}
        self.broken = False

    async def wait(self, call: str, queue: str, *, max_seconds: float | None) -> str:
        if self.broken:
            raise RuntimeError("the waiting room is broken")
        self.waits[call] = (queue, max_seconds)
        self._futures[call] = asyncio.get_running_loop().create_future()
        return await self._futures[call]

    def end(self, call: str, outcome: str) -> None:
        self._futures[call].set_result(outcome)

    def queues(self) -> frozenset[str]:
        return self.names


class FakeEngine:
    """A speech engine that writes its text, or fails as told."""

    def __init__(self, signature: str = "fake 1") -> None:
        self.signature = signature
        self.spoke: list[str] = []
        self.fails = False

    async def speak(self, text: str, language: str, file: Path) -> None:
        if self.fails:
            raise ProgramMissing("espeak-ng")
        self.spoke.append(f"{language}: {text}")
        await asyncio.to_thread(file.write_text, text)
