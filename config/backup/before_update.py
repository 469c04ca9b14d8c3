"""Before an update changes the tables of a PostgreSQL database, a back-up of everything is made; without it nothing is changed.

SQLite's file is copied beside itself when it is opened (config/migrate.py). Both databases change their tables in one
transaction: an update that fails leaves what was there, and the version before starts with it.
"""

from __future__ import annotations

import time

from sqlalchemy import Connection, inspect, text

from config.backup.jobs import Jobs
from config.database import read_all
from config.database_address import is_server
from config.migrate import revisions

UPDATE = "update"


def back_up_before_update(jobs: Jobs) -> bool:
    """Whether a back-up was needed and has been made; raises what keeps it from being made. Blocks for as long as that takes."""
    url = jobs.settings.database_url
    if not is_server(url):
        return False
    present = read_all(url, present_revision)
    known = revisions()
    if not present or present == known[-1]:
        return False
    jobs.make(time.time(), UPDATE, lambda _phase, _done, _total: None)
    return True


def present_revision(connection: Connection) -> str:
    """The revision of the tables that are there; "" when there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")
