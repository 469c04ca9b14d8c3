"""The generic record pages over the toy entity, as a process with a real port; prints the port, then the id of a toy with everything.

`python -m tests.browser.record_site FOLDER`: its database lies in FOLDER. A browser with the cookie of `SESSION` is the user of that name.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from config.loops import install_reactor

install_reactor()

from twisted.internet import reactor  # noqa: E402 — the reactor must be installed before

from config.loops import LOOP  # noqa: E402
from tests.crm.test_records import WHOLE  # noqa: E402
from tests.web.record_office import office  # noqa: E402
from web.pages import record_list, static  # noqa: E402

USERS = ("maryam", "reza", "nader", "admin")


async def main(folder: Path) -> None:
    async with office(folder, static, record_list) as it:
        maker = await it.make(name="کارخانه عروسک‌سازی", colour="#1f7a4d", web="example.com")
        for place in range(3):
            await it.make(name=f"عروسک {place + 1}", maker=maker, price=place * 1000)
        number = await it.make(**WHOLE, maker=maker, friends=[maker, 2], expert="maryam", about=f"toy:{maker}")
        port = reactor.listenTCP(0, it.site.site.factory, interface="127.0.0.1")
        secrets = [f"{name}={(await it.site.sessions.begin(name, '127.0.0.1', 'test')).secret}" for name in USERS]
        sys.stdout.write(f"{port.getHost().port} {number} {' '.join(secrets)}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    LOOP.create_task(main(Path(sys.argv[1])))
    reactor.run()
