"""The whole site of the web tests as a process with a real port, for the administrator's pages.

`python -m tests.browser.settings_site FOLDER`: its sessions are those of an administrator and an agent.
"""

from __future__ import annotations

import sys
from pathlib import Path

from crm.access import SYSTEM
from tests.browser.site_process import run, serve, sessions_of
from tests.web.whole import whole


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
        await serve(room.house.site.factory, *await sessions_of(room.house, "admin", "maryam"))


if __name__ == "__main__":
    run(main, Path(sys.argv[1]))
