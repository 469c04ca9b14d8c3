"""Calls while a million customers are backed up: last digit → screen-pop, without a back-up, with one, and without again, on SQLite and PostgreSQL.

The daemon runs over 1,000,000 persons with 1,500,000 numbers and 5,000,000 timeline rows; three agents with desk telephones are called by customers of these, ten calls
a second in all. First `before`, then back-ups one after the other by the process that the daemon starts for it (each into an empty folder, so that it copies, checks,
compresses and restores all of it, which only the first back-up of an installation does; the second part ends when one is whole), then `after`.
What is compared are all pops of the second part with all of the first and the third. `SWITCHBOARD_BENCH_DATABASE=sqlite` or `postgresql` measures that one alone.
The daemon's own schedule is kept out of it. PostgreSQL flushes as it does by default.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from attrs import define, field

from config.backup.sources import conninfo, source_of
from config.loops import LOOP
from config.settings import Settings
from tests.load.bench_pop import percentile
from tests.load.million import Size, number_of
from tests.load.million_kept import postgresql_million, sqlite_million
from tests.phones.baresip import phone, select_wait
from tests.phones.caller import Caller
from tests.phones.console import Console
from tests.product import ROOT, Product

SMALLER = int(os.environ.get("SWITCHBOARD_BENCH_SMALLER", "1"))
"""A trial may be so many times smaller; the committed result is of 1."""

POPS = 3_000 // SMALLER
"""At least so many without and so many with."""

LONGEST_SECONDS = 3_600.0
"""The second part ends after so long even without a whole back-up, and says so."""

EVERY_SECONDS = 0.2
OFFER_SECONDS = 20.0
LANES = 2
"""One less than agents, so that nobody waits for one to be free."""

AGENTS = ("maryam", "reza", "sara")
DIALLED = "9100"
FLOW = f"""\
name: bench
title: One key, then the queue
numbers: ["{DIALLED}"]
language: en
start: first
nodes:
  first:
    kind: menu
    prompt: {{text: "For sales press one."}}
    timeout_seconds: 20
    exits: {{"1": wait, timeout: bye, invalid: bye}}
  wait:
    kind: queue
    queue: sales
    exits: {{timeout: bye}}
  bye:
    kind: hang_up
"""

_DESKS = "UPDATE account SET device = 'desk' WHERE role = 'agent'"
_NOBODY = "DELETE FROM account"  # those of the million have a password that nobody knows; the demonstration makes its own


class Offers:
    """What the agents' consoles were offered: the moment by caller's number. Each console is read by a thread of its own."""

    def __init__(self, product: Product, folder: Path) -> None:
        self._came: dict[str, float] = {}
        self._told = threading.Condition()
        self._kept = ExitStack()
        self._going = True
        for agent in AGENTS:
            one = product.account(agent)
            account = f"<sip:{one['extension']}@{product.sip}>;auth_pass={one['sip_password']};regint=60;audio_codecs=pcmu"
            self._kept.enter_context(phone(folder / agent, account, 1000.0)).wait_for("REGISTER_OK")
            console = Console(product.http, agent, one["password"])
            self._kept.callback(console.close)
            console.order("set_intent", intent="available")
            reader = threading.Thread(target=self._read, args=(console,))
            reader.start()
            self._kept.callback(reader.join)

    def _read(self, console: Console) -> None:
        while self._going:
            console.read(0.2)
            with self._told:
                self._came |= {frame["caller"]: float(frame["_moment"]) for frame in console.frames if frame["type"] == "offer"}
                self._told.notify_all()
            console.frames.clear()

    def of(self, number: str) -> float:
        """The moment at which the call from `number` was offered; raises AssertionError when it is not."""
        with self._told:
            assert self._told.wait_for(lambda: number in self._came, OFFER_SECONDS), f"{number} was offered to nobody"
            return self._came.pop(number)

    def end(self) -> None:
        """Everybody goes."""
        self._going = False
        self._kept.close()


@define
class Lane:
    """Customers who call one after the other; the next ones listen to the menu already. `pops` are moments and seconds."""

    sip: str
    offers: Offers
    numbers: Iterator[int]
    going: threading.Event
    after_seconds: float
    """Lanes take turns."""

    pops: list[tuple[float, float]] = field(factory=list)
    failed: list[str] = field(factory=list)

    def run(self) -> None:
        """Until `going` is cleared."""
        with ThreadPoolExecutor(2) as apart:
            waiting = [apart.submit(self._at_the_menu) for _caller in range(2)]
            due = time.monotonic() + self.after_seconds
            while self.going.is_set():
                number, caller = waiting.pop(0).result()
                select_wait(max(0.0, due - time.monotonic()))
                due = max(time.monotonic() - EVERY_SECONDS, due) + EVERY_SECONDS
                pressed = caller.press("1")
                try:
                    self.pops.append((pressed, self.offers.of(number) - pressed))
                except AssertionError as error:
                    self.failed.append(str(error))
                caller.hang_up()
                waiting.append(apart.submit(self._at_the_menu))
            for one in waiting:
                one.result()[1].hang_up()

    def _at_the_menu(self) -> tuple[str, Caller]:
        number = number_of(next(self.numbers)).replace("+98", "0")
        caller = Caller(self.sip, DIALLED, number).call()
        select_wait(0.25)
        return number, caller


class Backups:
    """Back-ups one after the other, in a process of their own, until `end`."""

    def __init__(self, product: Product, folder: Path) -> None:
        self._product = product
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._since = 0.0
        self.seconds: list[float] = []
        """How long each whole back-up took."""

    def look(self) -> None:
        """When one is done, the next begins."""
        if self._process is not None:
            if self._process.poll() is None:
                return
            assert self._process.returncode == 0, "a back-up failed"
            self.seconds.append(time.monotonic() - self._since)
            shutil.rmtree(self._folder)
        self._since = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "config.backup.work", "make", "bench"],
            cwd=ROOT,
            env={**self._product.environment, "SWITCHBOARD_BACKUPS": str(self._folder)},
            stdout=subprocess.DEVNULL,
        )

    def end(self) -> None:
        """No more."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@define
class Part:
    """What was seen between two moments."""

    seconds: float
    pops: list[tuple[float, float]]

    @property
    def pop_seconds(self) -> list[float]:
        """How long each took."""
        return [seconds for _moment, seconds in self.pops]


def measure(product: Product, folder: Path) -> tuple[list[Part], list[float]]:
    """Before, with back-ups, and after; and how long each whole back-up took. Raises AssertionError when a call failed."""
    going, numbers = threading.Event(), count(1)
    going.set()
    offers = Offers(product, folder)
    lanes = [Lane(product.sip, offers, numbers, going, lane * EVERY_SECONDS / LANES) for lane in range(LANES)]
    threads = [threading.Thread(target=lane.run) for lane in lanes]
    for thread in threads:
        thread.start()
    backups = Backups(product, folder / "backups")

    def part(least: int, more: Callable[[], bool]) -> Part:
        begun, from_ = time.monotonic(), time.perf_counter()

        def pops() -> list[tuple[float, float]]:
            return [one for lane in lanes for one in list(lane.pops) if one[0] >= from_]

        while more() or len(pops()) < least:  # asked first: what runs besides must run from the beginning
            select_wait(0.5)
            assert all(thread.is_alive() for thread in threads), "an agent went"
        return Part(time.monotonic() - begun, pops())

    def unfinished() -> bool:
        backups.look()
        return not backups.seconds and time.monotonic() < deadline

    try:
        part(POPS // 10, lambda: False)  # everything warms up
        before = part(POPS // 2, lambda: False)
        deadline = time.monotonic() + LONGEST_SECONDS
        during = part(POPS, unfinished)
        backups.end()
        after = part(POPS // 2, lambda: False)
    finally:
        backups.end()
        going.clear()
        for thread in threads:
            thread.join()
        offers.end()
    assert not any(lane.failed for lane in lanes), [lane.failed for lane in lanes]
    return [before, during, after], backups.seconds


@contextmanager
def over_a_million(url: str, file: Path | None) -> Iterator[Product]:
    """The product over the million in the database at `url`, or in a copy of `file`; its three agents have desk telephones."""
    with tempfile.TemporaryDirectory(prefix="switchboard-test-") as folder, ExitStack() as kept:
        Path(folder).chmod(0o755)  # the unprivileged Asterisk must reach its home
        product = Product(Path(folder) / "home", {"SWITCHBOARD_DATABASE": url} if url else {})
        product.home.mkdir()
        if file is not None:
            shutil.copyfile(file, product.home / "switchboard.db")
        kept.callback(product.stop)
        told(product, _NOBODY)
        product.start()
        product.stop()
        told(product, _DESKS)
        (product.home / "flows" / "bench.yaml").write_text(FLOW)
        (product.home / "backups").mkdir(exist_ok=True)
        lock = kept.enter_context((product.home / "backups" / "lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX)  # what the daemon would do by itself finds the back-ups busy
        product.start()
        yield product


def told(product: Product, statement: str) -> None:
    """Change the database of a stopped product."""
    if url := product.environment.get("SWITCHBOARD_DATABASE"):
        with psycopg.connect(conninfo(url)) as server:
            server.execute(statement.encode())
    else:
        with closing(sqlite3.connect(product.home / "switchboard.db", isolation_level=None)) as connection:
            connection.execute(statement).close()


def measured(url: str, file: Path | None = None) -> dict[str, Any]:
    """Milliseconds p50 and p99 with and without, and their ratios."""
    with over_a_million(url, file) as product, tempfile.TemporaryDirectory() as folder:
        (before, during, after), whole = measure(product, Path(folder))
        size = source_of(Settings.load(product.environment).database_url).size()
    keep_samples(before, during, after)
    without = before.pop_seconds + after.pop_seconds
    return {
        "database_mb": size / 1e6,
        "pops_without": len(without), "pops_during": len(during.pops),
        "before_p50_ms": percentile(before.pop_seconds, 50) * 1000, "before_p99_ms": percentile(before.pop_seconds, 99) * 1000,
        "during_p50_ms": percentile(during.pop_seconds, 50) * 1000, "during_p99_ms": percentile(during.pop_seconds, 99) * 1000,
        "after_p50_ms": percentile(after.pop_seconds, 50) * 1000, "after_p99_ms": percentile(after.pop_seconds, 99) * 1000,
        "ratio_p50": percentile(during.pop_seconds, 50) / percentile(without, 50),
        "ratio_p99": percentile(during.pop_seconds, 99) / percentile(without, 99),
        "longest_without_ms": max(without) * 1000, "longest_during_ms": max(during.pop_seconds) * 1000,
        "during_seconds": round(during.seconds), "whole_backups": len(whole), "backup_seconds": round(max(whole, default=0.0)),
    }  # fmt: skip


def keep_samples(*parts: Part) -> None:
    """For whoever wants to know where each slow one came from."""
    if file := os.environ.get("SWITCHBOARD_BENCH_SAMPLES"):
        with Path(file).open("a") as out:
            out.writelines(f"{place} {moment:.6f} {seconds:.6f}\n" for place, one in enumerate(parts) for moment, seconds in one.pops)


async def run() -> dict[str, Any]:
    """Both databases, or the chosen one."""
    chosen, size = os.environ.get("SWITCHBOARD_BENCH_DATABASE"), Size().smaller(SMALLER)
    found: dict[str, Any] = {"persons": size.persons}
    if chosen != "postgresql":
        file = await sqlite_million(size)
        found |= {f"sqlite_{name}": value for name, value in (await asyncio.to_thread(measured, "", file)).items()}
    if chosen != "sqlite":
        async with postgresql_million(size, flushing=True) as url:
            with psycopg.connect(url.replace("/million", "/postgres"), autocommit=True) as master:
                master.execute("DROP DATABASE IF EXISTS calls")
                master.execute("CREATE DATABASE calls TEMPLATE million STRATEGY FILE_COPY")
                try:
                    seen = await asyncio.to_thread(measured, url.replace("/million", "/calls"))
                finally:
                    master.execute("DROP DATABASE calls WITH (FORCE)")
        found |= {f"postgresql_{name}": value for name, value in seen.items()}
    return found


def main() -> dict[str, Any]:
    """The result for `make bench`."""
    return LOOP.run_until_complete(run())


if __name__ == "__main__":
    print(main())  # noqa: T201  a program for people
