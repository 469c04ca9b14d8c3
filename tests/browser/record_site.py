"""The generic record pages over the toy entity, as a process with a real port.

`python -m tests.browser.record_site FOLDER`: its database lies in FOLDER. It says the id of a toy with everything, and its sessions are
those of two agents, a supervisor and an administrator. TILES in the environment: the address of map tiles.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from crm.mass import MassChanges
from crm.own_fields import OwnFields
from crm.own_lists import OwnLists
from tests.browser.site_process import run, serve, sessions_of
from tests.crm.test_records import WHOLE
from tests.web.record_office import ADMIN, Ground, office
from web.api import dates
from web.pages import (
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


def own(ground: Ground) -> dict[str, Any]:
    return {
        "own_fields": OwnFields(ground.database, ground.bus, ground.clock, ground.catalogue),
        "own_lists": OwnLists(ground.database, ground.bus, ground.clock, ground.catalogue),
        "mass": MassChanges(ground.database, ground.clock, ground.records, ground.patterns),
    }


async def main(folder: Path) -> None:
    async with office(folder, *PAGES, more=own, everything=True, names={"tiles": os.environ.get("TILES", "")}) as it:
        maker = await it.make(name="کارخانه عروسک‌سازی", colour="#1f7a4d", web="example.com")
        for place in range(3):
            await it.make(name=f"عروسک {place + 1}", maker=maker, price=place * 1000)
        number = await it.make(**WHOLE, maker=maker, friends=[maker, 2], expert="maryam", about=f"toy:{maker}")
        group = await it.records.create(it.catalogue["party_group"], {"name": "مشتریان ویژه"}, ADMIN)
        company = {
            "kind": "company",
            "name": "شرکت آریا صنعت",
            "channels": [{"kind": "phone", "raw": "021-88776655 داخلی 12", "label": "office"}],
            "groups": [group],
        }
        await it.records.create(it.catalogue["party"], company, ADMIN)
        await serve(it.site.site.factory, number, *await sessions_of(it.site, "maryam", "reza", "nader", "admin"))


if __name__ == "__main__":
    run(main, Path(sys.argv[1]))
