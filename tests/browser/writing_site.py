"""The whole site in memory with a real port: somebody whose birthday is today, a letter and a message.

`python -m tests.browser.writing_site FOLDER` prints the port and a session for each user ("maryam=…").
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from config.loops import install_reactor

install_reactor()

from twisted.internet import reactor  # noqa: E402 — the reactor must be installed before

from config.loops import LOOP  # noqa: E402
from crm.access import EVERYTHING, Viewer  # noqa: E402
from crm.alarms.clock import AlarmClock  # noqa: E402
from tests.web.test_letters_pages import LETTER, MESSAGE  # noqa: E402
from tests.web.whole import whole  # noqa: E402

ADMIN = Viewer(username="admin", pattern=EVERYTHING)


async def main(folder: Path) -> None:
    async with whole(folder) as room:
        await room.catalogue.load()
        await room.patterns.load()
        today = room.records.reading().today
        values = {"kind": "person", "last_name": "احمدی", "birth": today.replace(year=today.year - 40).isoformat(), "expert": "maryam"}
        await room.records.create(room.catalogue["party"], values, ADMIN)
        for one in (LETTER, MESSAGE):
            await room.records.create(room.catalogue["text_template"], one, ADMIN)
        clock = AlarmClock(room.database, room.bus, room.clock, room.catalogue, room.patterns, "Asia/Tehran")
        await clock.look()
        port = reactor.listenTCP(0, room.house.site.factory, interface="127.0.0.1")
        secrets = [f"{name}={(await room.house.sessions.begin(name, '127.0.0.1', 'test')).secret}" for name in ("maryam", "admin")]
        sys.stdout.write(f"{port.getHost().port} {' '.join(secrets)}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    working = LOOP.create_task(main(Path(sys.argv[1])))
    reactor.addSystemEventTrigger("before", "shutdown", working.cancel)
    reactor.run()
