"""The whole site in memory with a real port: somebody whose birthday is today, a letter and a message.

`python -m tests.browser.writing_site FOLDER`: its sessions are those of an agent and an administrator.
"""

from __future__ import annotations

import sys
from pathlib import Path

from crm.access import EVERYTHING, Viewer
from crm.alarms.clock import AlarmClock
from tests.browser.site_process import run, serve, sessions_of
from tests.web.test_letters_pages import LETTER, MESSAGE
from tests.web.whole import whole

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
        await serve(room.house.site.factory, *await sessions_of(room.house, "maryam", "admin"))


if __name__ == "__main__":
    run(main, Path(sys.argv[1]))
