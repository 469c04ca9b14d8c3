"""Who may log in, and who may not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from attrs import evolve

import crm.tables  # noqa: F401  the tables must be known before the database is made
from config.clock import FakeClock
from config.database import Database
from crm.accounts import Account, AccountInvalid, Accounts, AccountTaken, NoSuchAccount
from crm.passwords import PasswordTooWeak
from switchboard.bus import Bus
from switchboard.events import AccountChanged

MARYAM = Account(username="maryam", name="مریم کریمی", name_en="Maryam Karimi", extension="101")


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[Accounts, list[AccountChanged]]]:
    database = await Database.temporary(folder)
    bus = Bus()
    told: list[AccountChanged] = []
    bus.listen(AccountChanged, told.append)
    accounts = Accounts(database, bus, FakeClock())
    await accounts.load()
    try:
        yield accounts, told
    finally:
        accounts.close()
        await database.close()


async def test_the_right_password_opens_and_a_wrong_one_does_not(tmp_path: Path) -> None:
    """Only the right password logs a person in; the name may be typed in capitals."""
    async with opened(tmp_path) as (accounts, _):
        await accounts.add(MARYAM, "correct horse")
        assert await accounts.check("maryam", "correct horse") == MARYAM
        assert await accounts.check(" Maryam ", "correct horse") == MARYAM
        assert await accounts.check("maryam", "correct hors") is None
        assert await accounts.check("nobody", "correct horse") is None
        assert await accounts.check("maryam", "x" * 100_000) is None


async def test_accounts_are_there_after_a_restart(tmp_path: Path) -> None:
    """Accounts and passwords survive a restart; the password itself is not in the file."""
    async with opened(tmp_path) as (accounts, told):
        await accounts.add(MARYAM, "correct horse")
        assert [one.user for one in told] == ["maryam"]
    async with opened(tmp_path) as (accounts, _):
        assert accounts.all() == (MARYAM,)
        assert await accounts.check("maryam", "correct horse") == MARYAM
    assert all(b"correct horse" not in file.read_bytes() for file in tmp_path.iterdir())  # noqa: ASYNC240  two small files


async def test_a_closed_account_cannot_log_in_but_keeps_its_name(tmp_path: Path) -> None:
    """Someone who left cannot log in; their old calls still show their name."""
    async with opened(tmp_path) as (accounts, told):
        await accounts.add(MARYAM, "correct horse")
        await accounts.change(evolve(MARYAM, active=False))
        assert len(told) == 2
        assert await accounts.check("maryam", "correct horse") is None
        assert accounts.get("maryam") is None
        assert accounts.named("maryam") == "مریم کریمی"
        assert accounts.named("old.hand") == "old.hand"


async def test_a_new_password_replaces_the_old_one(tmp_path: Path) -> None:
    """After a change the old password is worth nothing."""
    async with opened(tmp_path) as (accounts, told):
        await accounts.add(MARYAM, "correct horse")
        await accounts.set_password("maryam", "battery staple")
        assert len(told) == 2
        assert await accounts.check("maryam", "correct horse") is None
        assert await accounts.check("maryam", "battery staple") == MARYAM
        with pytest.raises(NoSuchAccount):
            await accounts.set_password("nobody", "battery staple")


@pytest.mark.parametrize("password", ["", "short", "x" * 201, "longusername"])
async def test_weak_passwords_are_refused(tmp_path: Path, password: str) -> None:
    """Too short, too long, or the name itself: refused at the field."""
    async with opened(tmp_path) as (accounts, _):
        with pytest.raises(PasswordTooWeak) as refusal:
            await accounts.add(evolve(MARYAM, username="longusername"), password)
        assert refusal.value.field == "password"


async def test_an_extension_belongs_to_one_person(tmp_path: Path) -> None:
    """Two people cannot have one extension or one name; nothing half-made remains."""
    async with opened(tmp_path) as (accounts, _):
        await accounts.add(MARYAM, "correct horse")
        with pytest.raises(AccountTaken):
            await accounts.add(evolve(MARYAM, username="reza"), "correct horse")
        with pytest.raises(AccountTaken):
            await accounts.add(evolve(MARYAM, extension="102"), "correct horse")
        assert accounts.all() == (MARYAM,)
        await accounts.add(evolve(MARYAM, username="admin", extension=""), "correct horse")
        await accounts.add(evolve(MARYAM, username="clerk", extension=""), "correct horse")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "مریم"),
        ("username", "../x"),
        ("name", " "),
        ("role", "king"),
        ("extension", "12a"),
        ("device", "fax"),
        ("language", "de"),
    ],
)
async def test_an_impossible_account_is_refused_at_its_field(tmp_path: Path, field: str, value: str) -> None:
    """The refusal names the field."""
    async with opened(tmp_path) as (accounts, _):
        with pytest.raises(AccountInvalid) as refusal:
            await accounts.add(evolve(MARYAM, **{field: value}), "correct horse")
        assert refusal.value.field == field


def test_a_name_is_shown_in_the_readers_language() -> None:
    """Persian readers see the Persian name; others the Latin one when there is one."""
    assert MARYAM.shown("fa") == "مریم کریمی"
    assert MARYAM.shown("en") == "Maryam Karimi"
    assert evolve(MARYAM, name_en="").shown("en") == "مریم کریمی"
