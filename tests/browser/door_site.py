"""The door, the own account and the users as a site of their own, with the tests' people and the real time; prints its port."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from config.loops import LOOP, install_reactor

install_reactor()

from twisted.internet import reactor  # noqa: E402 — the reactor must be installed before

from config.clock import SystemClock  # noqa: E402
from tests.web import building, door  # noqa: E402
from web.pages import static  # noqa: E402
from web.routes import ask  # noqa: E402


async def serve() -> None:
    building.FakeClock = lambda: SystemClock(LOOP)
    with tempfile.TemporaryDirectory() as folder:
        async with building.building(Path(folder), lambda parts: [*door.routes(parts), *ask(static, parts)]) as house:
            salt = house.second_factor.begin("reza").salt
            await house.second_factor.confirm("reza", salt, door.shown(house, salt, "reza"))
            await door.knock(house, address="10.0.0.5")
            for _number in range(5):
                await door.knock(house, "sara", "wrong", address="192.0.2.7")
            port = reactor.listenTCP(0, house.site.factory, interface="127.0.0.1")
            print(port.getHost().port, flush=True)  # noqa: T201 — the parent reads it
            await asyncio.Event().wait()


if __name__ == "__main__":
    task = LOOP.create_task(serve())
    task.add_done_callback(lambda _task: reactor.stop())
    reactor.run()
