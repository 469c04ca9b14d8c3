"""The door, the own account and the users as a site of their own, with the tests' people and the real time; prints its port."""

from __future__ import annotations

import tempfile
from pathlib import Path

from config.clock import SystemClock
from config.loops import LOOP
from tests.browser.site_process import run, serve
from tests.web import building, door
from web.pages import static
from web.routes import ask


async def main() -> None:
    building.FakeClock = lambda: SystemClock(LOOP)
    with tempfile.TemporaryDirectory() as folder:
        async with building.building(Path(folder), lambda parts: [*door.routes(parts), *ask(static, parts)]) as house:
            salt = house.second_factor.begin("reza").salt
            await house.second_factor.confirm("reza", salt, door.shown(house, salt, "reza"))
            await door.knock(house, address="10.0.0.5")
            for _number in range(5):
                await door.knock(house, "sara", "wrong", address="192.0.2.7")
            await serve(house.site.factory)


if __name__ == "__main__":
    run(main)
