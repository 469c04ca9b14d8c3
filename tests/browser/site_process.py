"""A site of the browser's tests as a process of its own: what its program does at its end, and how a test starts it.

The program prints one line: the port, then words of its own; "maryam=…" is a session, which a browser sends as the cookie `session_8080`.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from config.loops import LOOP, install_reactor

PROJECT = Path(__file__).resolve().parents[2]


@frozen
class RunningSite:
    """Where a site is, the words it said, and everybody's session."""

    url: str
    words: tuple[str, ...]
    sessions: Mapping[str, str]

    def cookies(self, user: str) -> dict[str, str]:
        return {"session_8080": self.sessions[user]} if self.sessions else {}


@contextmanager
def started(program: str, *arguments: object, **environment: str) -> Iterator[RunningSite]:
    """`python -m tests.browser.<program> arguments…` as long as the test wants it."""
    command = [sys.executable, "-m", f"tests.browser.{program}", *map(str, arguments)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}) as process:
        assert process.stdout is not None
        try:
            port, *words = process.stdout.readline().split()
            sessions = dict(one.split("=", 1) for one in words if "=" in one)
            yield RunningSite(f"http://127.0.0.1:{port}", tuple(one for one in words if "=" not in one), sessions)
        finally:
            process.terminate()


async def serve(factory: Any, *words: object) -> None:
    """Answer on a free port until the process is ended; the port and `words` are printed. `factory` makes Twisted's protocols."""
    from twisted.internet import reactor  # the one that `run` installed; importing it earlier would install another

    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    sys.stdout.write(f"{' '.join(map(str, (port.getHost().port, *words)))}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


async def sessions_of(site: Any, *users: str) -> list[str]:
    """A session for each user, as `serve` prints it. `site`: what tests/web/building.py makes."""
    return [f"{one}={(await site.sessions.begin(one, '127.0.0.1', 'test')).secret}" for one in users]


def run(main: Callable[..., Coroutine[Any, Any, None]], *arguments: object) -> None:
    """Run `main(*arguments)` on Twisted's reactor, which is installed before; the program ends with it, and its error is printed.

    Whatever makes a factory of Twisted's belongs into `main`: earlier it would install another reactor.
    """
    install_reactor()
    from twisted.internet import reactor

    def ended(done: asyncio.Task[None]) -> None:
        if not done.cancelled() and (error := done.exception()) is not None:
            traceback.print_exception(error)
            reactor.stop()

    working = LOOP.create_task(main(*arguments))
    working.add_done_callback(ended)
    reactor.addSystemEventTrigger("before", "shutdown", working.cancel)
    reactor.run()
