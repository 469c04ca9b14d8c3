"""The whole site of the web tests as a process with a real port, for the administrator's pages.

`python -m tests.browser.settings_site FOLDER`: prints the port and a session for each user ("admin=…"), sent as the cookie `session_8080`.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from config.loops import install_reactor

install_reactor()

from twisted.internet import reactor  # noqa: E402 — the reactor must be installed before

from config.loops import LOOP  # noqa: E402
from crm.access import SYSTEM  # noqa: E402
from tests.web.whole import whole  # noqa: E402

USERS = ("admin", "maryam")


async def main(folder: Path) -> None:
    async with whole(folder) as room:
        await room.catalogue.load()
        await room.patterns.load()
        party = room.catalogue["party"]
        phone = [{"kind": "mobile", "raw": "09121234567"}]
        for name in ("احمدی", "احمدي"):
            await room.records.create(party, {"kind": "person", "first_name": "مریم", "last_name": name, "channels": phone}, SYSTEM)
        await room.hooks.save({"title": "حسابداری", "url": "https://example.com", "entities": ["party"]}, "admin")
        await room.duplicate_search.start("party", "admin")
        port = reactor.listenTCP(0, room.house.site.factory, interface="127.0.0.1")
        secrets = [f"{name}={(await room.sessions.begin(name, '127.0.0.1', 'test')).secret}" for name in USERS]
        sys.stdout.write(f"{port.getHost().port} {' '.join(secrets)}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    working = LOOP.create_task(main(Path(sys.argv[1])))
    reactor.addSystemEventTrigger("before", "shutdown", working.cancel)
    reactor.run()
