"""The generic record pages over the toy entity, as a process with a real port.

`python -m tests.browser.record_site FOLDER`: its database lies in FOLDER. Prints the port, the id of a toy with everything, and a session for
each user ("maryam=…"), which a browser sends as the cookie `session_8080`. TILES in the environment: the address of map tiles.
"""

from __future__ import annotations

import asyncio
import os
import sys
import traceback
from pathlib import Path

from config.loops import install_reactor

install_reactor()

from twisted.internet import reactor  # noqa: E402 — the reactor must be installed before

from config.loops import LOOP  # noqa: E402
from crm.mass import MassChanges  # noqa: E402
from crm.own_fields import OwnFields  # noqa: E402
from crm.own_lists import OwnLists  # noqa: E402
from tests.crm.test_records import WHOLE  # noqa: E402
from tests.web.record_office import ADMIN, office  # noqa: E402
from web.api import dates  # noqa: E402
from web.pages import (  # noqa: E402
    choices,
    fields,
    record_board,
    record_calendar,
    record_cell,
    record_list,
    record_map,
    record_mass,
    record_print,
    static,
)

PAGES = (static, dates, record_list, record_cell, record_board, record_calendar, record_map, record_mass, record_print, fields, choices)
USERS = ("maryam", "reza", "nader", "admin")


def own(parts: dict[str, object]) -> dict[str, object]:
    ground = [parts[name] for name in ("database", "bus", "clock", "catalogue")]
    mass = MassChanges(parts["database"], parts["clock"], parts["records"], parts["patterns"])  # type: ignore[arg-type]
    return {"own_fields": OwnFields(*ground), "own_lists": OwnLists(*ground), "mass": mass}  # type: ignore[arg-type]  # services by name


async def main(folder: Path) -> None:
    async with office(folder, *PAGES, more=own, everything=True, names={"tiles": os.environ.get("TILES", "")}) as it:
        maker = await it.make(name="کارخانه عروسک‌سازی", colour="#1f7a4d", web="example.com")
        for place in range(3):
            await it.make(name=f"عروسک {place + 1}", maker=maker, price=place * 1000)
        number = await it.make(**WHOLE, maker=maker, friends=[maker, 2], expert="maryam", about=f"toy:{maker}")
        group = await it.records.create(it.catalogue["party_group"], {"name": "مشتریان ویژه"}, ADMIN)
        company = {"kind": "company", "name": "شرکت آریا صنعت", "channels": [{"kind": "phone", "raw": "021-88776655"}], "groups": [group]}
        await it.records.create(it.catalogue["party"], company, ADMIN)
        port = reactor.listenTCP(0, it.site.site.factory, interface="127.0.0.1")
        secrets = [f"{name}={(await it.site.sessions.begin(name, '127.0.0.1', 'test')).secret}" for name in USERS]
        sys.stdout.write(f"{port.getHost().port} {number} {' '.join(secrets)}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    working = LOOP.create_task(main(Path(sys.argv[1])))
    working.add_done_callback(lambda done: done.cancelled() or (traceback.print_exception(done.exception()), reactor.stop()))
    reactor.addSystemEventTrigger("before", "shutdown", working.cancel)
    reactor.run()
