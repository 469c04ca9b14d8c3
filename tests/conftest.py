"""The reactor on one asyncio loop for the whole run; `async def test_…` runs on it; no task is left behind."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from config.loops import LOOP, install_reactor
from tests.peers.databases import use_chosen

install_reactor()
use_chosen()
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ)
settings.load_profile("house")
# No test asserts a duration; where a change is judged, the same examples are tried each time.

SECONDS_PER_TEST = 120
ENDING_SECONDS = 5.0
"""What is just ending by itself may end; what goes on is left behind."""


@pytest.fixture(scope="session", autouse=True)
def _reactor() -> Iterator[None]:
    from twisted.internet import reactor  # installed above; importing it earlier would install another

    reactor.startRunning()
    yield
    if reactor.threadpool is not None:
        reactor.threadpool.stop()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run coroutine tests on the reactor's loop and refuse to leave tasks behind."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    before = asyncio.all_tasks(LOOP)
    seconds = getattr(pyfuncitem.obj, "seconds", SECONDS_PER_TEST)
    LOOP.run_until_complete(asyncio.wait_for(pyfuncitem.obj(**arguments), seconds))
    LOOP.run_until_complete(asyncio.sleep(0))
    if ending := asyncio.all_tasks(LOOP) - before:
        LOOP.run_until_complete(asyncio.wait(ending, timeout=ENDING_SECONDS))
    left = {task for task in asyncio.all_tasks(LOOP) - before if task in ending}
    names_left = sorted(task.get_name() for task in left)
    for task in left:
        task.cancel()
    LOOP.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    assert not left, f"tasks left behind: {names_left}"
    return True
