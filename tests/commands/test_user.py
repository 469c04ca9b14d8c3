"""Who is locked out or lost a telephone is helped from the command line, and it stands in the history."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from commands.main import main
from config.clock import SystemClock
from config.database import Database, read_all
from config.loops import LOOP
from config.secrets import installation_key, totp_secret
from config.settings import Settings
from crm.accounts import Accounts
from crm.login_tables import login_history
from crm.second_factor import SecondFactor
from crm.tables import account
from crm.totp import code_at
from switchboard.bus import Bus
from web.sessions import Sessions
from web.tables import session


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SWITCHBOARD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SWITCHBOARD_PASSWORD", "correct horse")
    return tmp_path / "home"


async def in_trouble() -> None:
    """Maryam has a session and a second step, and is locked out."""
    settings = Settings.load()
    clock, database = SystemClock(LOOP), await Database.open(settings.database_url)
    accounts, key = Accounts(database, Bus(), clock), installation_key(settings.home)
    try:
        await accounts.load()
        second = SecondFactor(database, accounts, clock, key)
        salt = second.begin("maryam").salt
        await second.confirm("maryam", salt, code_at(totp_secret(key, "maryam", salt), int(clock.now() // 30)))
        await accounts.lock("maryam", clock.now() + 3600)
        await Sessions(database, clock, 12).begin("maryam", "192.0.2.7", "Firefox")
    finally:
        accounts.close()
        await database.close()


def standing(connection: Connection) -> tuple[object, ...]:
    """Locked, second step, sessions, and what the history says."""
    row = connection.execute(select(account.c.locked_until, account.c.totp_salt).where(account.c.username == "maryam")).one()
    past = [(one.what, one.how) for one in connection.execute(select(login_history).order_by(login_history.c.id))]
    return bool(row.locked_until), bool(row.totp_salt), len(connection.execute(select(session)).all()), past


@pytest.mark.usefixtures("home")
def test_help_without_a_browser() -> None:
    """Unlocked, second step off, a new password that ends the sessions, closed: each said and kept."""
    url = Settings.load().database_url
    assert main(["user", "add", "maryam", "--name", "مریم", "--extension", "101", "--pattern", "agent"]) == 0
    asyncio.run(in_trouble())
    assert read_all(url, standing)[:3] == (True, True, 1)
    assert main(["user", "unlock", "maryam"]) == 0
    assert main(["user", "second-step-off", "maryam"]) == 0
    assert main(["user", "password", "maryam"]) == 1, "the same password again"
    assert main(["user", "add", "client", "--name", "مشتری", "--role", "user", "--extension", "109"]) == 1
    assert read_all(url, standing)[:3] == (False, False, 1)
    assert main(["user", "close", "maryam"]) == 0
    assert main(["user", "unlock", "nobody"]) == 1
    *_states, past = read_all(url, standing)
    assert _states == [False, False, 0]
    assert past == [("created", "command"), ("unlock", "command"), ("second_step_off", "command"), ("closed", "command")]
