"""Calls while a large database is backed up: last digit → screen-pop, with a back-up running and with it held still, call by call.

The database holds rows of the size of a timeline row until it is as large as asked (`SWITCHBOARD_BENCH_MB`); every back-up goes into an
empty folder, so that each one copies, checks, compresses and restores all of it, which only the first back-up of an installation does.
It is made by the process that the daemon starts for it. `SWITCHBOARD_TEST_DATABASE=postgresql` measures on a server. The time of the back-ups themselves is told as well.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from config.backup.sources import conninfo, source_of
from config.settings import Settings
from tests.load.bench_pop import FLOW, percentile, pop_seconds
from tests.phones.baresip import phone, until
from tests.phones.console import Console
from tests.product import ROOT, Product, running

MEGABYTES = int(os.environ.get("SWITCHBOARD_BENCH_MB", "2000"))
CALLS = int(os.environ.get("SWITCHBOARD_BENCH_CALLS", "150"))
ROW_BYTES = 400

_BALLAST = """
CREATE TABLE bench_ballast (id INTEGER PRIMARY KEY, subject TEXT, note TEXT);
CREATE INDEX bench_by_subject ON bench_ballast (subject);
"""
_FILL = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) "
    "INSERT INTO bench_ballast (subject, note) SELECT 'تماس ' || abs(random() % 1000000), 'یادداشت ' || i || hex(randomblob({half})) FROM n"
)


_FILL_SERVER = (
    "INSERT INTO bench_ballast SELECT i, 'تماس ' || (random() * 1000000)::int, "
    "'یادداشت ' || i || upper(encode(sha256(i::text::bytea), 'hex') || encode(sha512(i::text::bytea), 'hex')) FROM generate_series(1, {rows}) AS i"
)


def fill(product: Product) -> None:
    """Make the database of a stopped product as large as asked."""
    rows = MEGABYTES * 1_000_000 // ROW_BYTES
    if url := product.environment.get("SWITCHBOARD_DATABASE"):
        with psycopg.connect(conninfo(url), autocommit=True) as server:
            server.execute(_BALLAST.encode())
            server.execute(_FILL_SERVER.format(rows=rows).encode())
        return
    with closing(sqlite3.connect(product.home / "switchboard.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF").close()
        connection.executescript(_BALLAST)
        connection.execute(_FILL.format(rows=rows, half=(ROW_BYTES - 100) // 2)).close()


def database_bytes(product: Product) -> int:
    """How large it is."""
    return source_of(Settings.load(product.environment).database_url).size()


class Backups:
    """Back-ups one after the other, in a process of their own; `hold` and `go_on` stop and continue it."""

    def __init__(self, product: Product, folder: Path) -> None:
        self._product = product
        self._folder = folder
        self._count = 0
        self._worked = 0.0
        self.seconds: list[float] = []
        """How long each whole back-up worked."""
        self._begin()

    def _begin(self) -> None:
        self._count += 1
        self._worked, self._since = 0.0, time.monotonic()
        self._target = self._folder / str(self._count)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "config.backup.work", "make", "bench"],
            cwd=ROOT,
            env={**self._product.environment, "SWITCHBOARD_BACKUPS": str(self._target)},
            stdout=subprocess.DEVNULL,
        )

    def hold(self) -> None:
        """Stand still; when one is done, the next has begun."""
        if self._process.poll() is not None:
            assert self._process.returncode == 0
            self.seconds.append(self._worked + time.monotonic() - self._since)
            shutil.rmtree(self._target, ignore_errors=True)
            self._begin()
        self._worked += time.monotonic() - self._since
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Work."""
        self._since = time.monotonic()
        self._process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """No more."""
        self._process.kill()
        self._process.wait()


def pop(product: Product, console: Console) -> float:
    """Seconds of one pop."""
    gone = len(console.frames)
    found = pop_seconds(product, "9002", console, "offer")
    console.wait_for(lambda one: one["type"] == "offer_ended", "the end of the offer", after=gone)
    until(lambda: console.read(0.2) or True, "rest")
    return found


def measure() -> tuple[list[float], list[float], list[float], float]:
    """Seconds of pops without and with a back-up, seconds of whole back-ups, bytes of the database."""
    with running() as product, tempfile.TemporaryDirectory() as folder:
        (product.home / "flows" / "bench.yaml").write_text(FLOW)
        product.stop()
        fill(product)
        product.start()
        product.api("POST", "/flows/reload", {}, user="admin")
        sara = product.account("sara")
        account = f"<sip:{sara['extension']}@{product.sip}>;auth_pass={sara['sip_password']};regint=60;audio_codecs=pcmu"
        without: list[float] = []
        during: list[float] = []
        backups = Backups(product, Path(folder))
        with phone(Path(folder), account, 1000.0) as desk:
            desk.wait_for("REGISTER_OK")
            console = Console(product.http, "sara", sara["password"])
            console.order("set_intent", intent="available")
            for _call in range(CALLS):
                backups.hold()
                without.append(pop(product, console))
                backups.go_on()
                during.append(pop(product, console))
            console.close()
        backups.end()
        return without, during, backups.seconds, float(database_bytes(product))


def main() -> dict[str, Any]:
    """Milliseconds p50 and p99 with and without, and their ratios."""
    without, during, whole, size = measure()
    return {
        "database_mb": size / 1e6,
        "without_p50_ms": percentile(without, 50) * 1000, "without_p99_ms": percentile(without, 99) * 1000,
        "during_p50_ms": percentile(during, 50) * 1000, "during_p99_ms": percentile(during, 99) * 1000,
        "ratio_p50": percentile(during, 50) / percentile(without, 50), "ratio_p99": percentile(during, 99) / percentile(without, 99),
        "whole_backups": len(whole), "backup_seconds": max(whole, default=0.0),
    }  # fmt: skip


if __name__ == "__main__":
    print(main())  # noqa: T201  a program for people
