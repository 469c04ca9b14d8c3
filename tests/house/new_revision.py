"""`python -m tests.house.new_revision "what changes"`: the difference between the tables as declared and as migrated, as a new revision.

`--initial` writes the first revision anew, which is right only while nothing has been released.
"""

from __future__ import annotations

import importlib.util
import pkgutil
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from config.database_sqlite import sqlite_engine
from config.migrate import SCRIPTS, bring_up_to_date, revisions

FLOORS = ("switchboard", "agents", "crm", "recordings", "ivr", "web")


def import_tables() -> None:
    """Import every module that may declare a table."""
    for floor in FLOORS:
        package = importlib.import_module(floor)
        for module in pkgutil.walk_packages(package.__path__, f"{floor}."):
            if any(sign in _source(module.name) for sign in ("import metadata", "metadata\n", "= declare(")):
                importlib.import_module(module.name)


def _source(name: str) -> str:
    file = Path(*name.split(".")).with_suffix(".py")
    return file.read_text("utf-8") if file.exists() else ""


def alembic(connection: Connection) -> Config:
    """Alembic's configuration for one connection."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config


def main(words: list[str]) -> None:
    """Write the revision file."""
    if importlib.util.find_spec("ruff") is None:
        sys.exit("ruff is missing, which puts the new file in order. Run: make setup-test")
    import_tables()
    initial = "--initial" in words
    message = "The first tables" if initial else " ".join(words)
    if initial:
        for file in (SCRIPTS / "versions").glob("[0-9]*.py"):
            file.unlink()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "empty.sqlite3"
        with sqlite_engine(file, read_only=False).connect() as connection:
            if not initial:
                bring_up_to_date(connection, file)
            number = f"{len(revisions()) + 1:04}"
            with connection.begin():
                command.revision(alembic(connection), message, autogenerate=True, rev_id=number)
    made = sorted((SCRIPTS / "versions").glob(f"{number}*.py"))
    subprocess.run([sys.executable, "-m", "ruff", "check", "-q", "--fix", *made], check=False)
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", *made], check=False)
    print(*made)  # noqa: T201  a program for people


if __name__ == "__main__":
    main(sys.argv[1:])
