"""The sample company moves to a server and back into a file, by command."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

import crm.demo
from commands.main import main
from config.clock import FakeClock
from config.database import Database, read_all
from config.loops import LOOP
from config.settings import Settings
from crm.access import SYSTEM
from crm.accounts import Accounts
from crm.catalogue import read
from crm.query import Query, World, ids
from crm.record import values_of
from switchboard.bus import Bus
from tests.peers.postgresql import CAREFUL, PASSWORD, server


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SWITCHBOARD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return tmp_path / "home"


async def settle() -> None:
    """The sample company in an installation's database."""
    database, clock = await Database.open(Settings.load().database_url), FakeClock(time.time())
    accounts = Accounts(database, Bus(), clock)
    await accounts.load()
    await crm.demo.seed(database, accounts, clock)
    accounts.close()
    await database.close()


def customers(url: str) -> list[dict[str, Any]]:
    """Every customer with all that hangs on it."""

    def work(connection: Connection) -> list[dict[str, Any]]:
        entities = read(connection)[1]
        party = entities["party"]
        numbers = ids(connection, Query(entity=party, sort=(("id", False),)), World(viewer=SYSTEM, entities=entities), 10_000)
        rows = connection.execute(select(party.table).where(party.table.c.id.in_(numbers)).order_by(party.table.c.id)).mappings()
        return values_of(connection, party, [dict(row) for row in rows])

    return read_all(url, work)


def test_the_sample_company_moves_there_and_back(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every customer is there, on the server and in the file that was made of it; the settings to write are said, and no password."""
    LOOP.run_until_complete(asyncio.wait_for(settle(), 120))
    before = customers(Settings.load().database_url)
    assert len(before) > 300
    password = tmp_path / "password"
    password.write_text(f"{PASSWORD}\n", "utf-8")
    password.chmod(0o600)
    bare = server().new()
    name = bare.rpartition("/")[2]
    server().execute(f"ALTER DATABASE {name} OWNER TO {CAREFUL}")
    asked = server().url(name, CAREFUL)
    assert main(["migrate", "--to", asked, "--password-file", str(password)]) == 0
    said = capsys.readouterr().out
    assert f'\ndemo = true\n[database]\nurl = "{asked}"' in said  # otherwise the new file would end the demonstration
    assert f'password_file = "{password}"' in said
    assert PASSWORD not in said
    assert "party: 360 of 360 rows" in said
    monkeypatch.setenv("SWITCHBOARD_DATABASE", asked)
    monkeypatch.setenv("SWITCHBOARD_DATABASE_PASSWORD_FILE", str(password))
    assert customers(Settings.load().database_url) == before
    assert main(["migrate", "--to", f"sqlite:///{home}/again.db"]) == 0
    assert customers(f"sqlite:///{home}/again.db") == before
    assert main(["migrate", "--to", f"sqlite:///{home}/again.db"]) == 1
    assert "not empty" in capsys.readouterr().err
