"""The second step: set up with a telephone, asked for at the door, each code once, nothing secret in the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from attrs import define
from sqlalchemy import Connection, select

from config.clock import FakeClock
from config.database import Database
from config.secrets import totp_secret
from crm.accounts import Account, Accounts
from crm.login_tables import old_password, recovery_code
from crm.second_factor import EnrolmentExpired, EnrolmentRefused, SecondFactor, WrongCode
from crm.tables import account
from crm.totp import code_at
from switchboard.bus import Bus

KEY = b"k" * 32


@define
class Door:
    clock: FakeClock
    accounts: Accounts
    second: SecondFactor
    database: Database

    def code(self, salt: str, user: str = "maryam", away: int = 0) -> str:
        """What the telephone shows."""
        return code_at(totp_secret(KEY, user, salt), int(self.clock.now() // 30) + away)


@asynccontextmanager
async def door(folder: Path) -> AsyncIterator[Door]:
    clock, database = FakeClock(), await Database.temporary(folder)
    accounts = Accounts(database, Bus(), clock)
    await accounts.load()
    for name in ("maryam", "reza"):
        await accounts.add(Account(username=name, name=name), "correct horse")
    try:
        yield Door(clock, accounts, SecondFactor(database, accounts, clock, KEY), database)
    finally:
        accounts.close()
        await database.close()


async def test_a_telephone_is_set_up_with_its_first_code(tmp_path: Path) -> None:
    """Only the telephone's own code turns it on; then ten recovery codes are told, once."""
    async with door(tmp_path) as it:
        begun = it.second.begin("maryam")
        with pytest.raises(WrongCode):
            await it.second.confirm("maryam", begun.salt, "000000")
        assert it.second.again("maryam", begun.salt) == begun
        codes = await it.second.confirm("maryam", begun.salt, it.code(begun.salt))
        assert len(set(codes)) == 10
        assert it.accounts.standing("maryam").second_factor
        assert not it.accounts.standing("reza").second_factor
        assert await it.second.codes_left("maryam") == 10
        with pytest.raises(EnrolmentRefused):
            await it.second.confirm("maryam", begun.salt, it.code(begun.salt, away=1))


async def test_a_code_opens_once(tmp_path: Path) -> None:
    """Whoever looks over the shoulder and types the same code is late; so is the code of the set-up."""
    async with door(tmp_path) as it:
        salt = it.second.begin("maryam").salt
        await it.second.confirm("maryam", salt, it.code(salt))
        with pytest.raises(WrongCode):
            await it.second.check("maryam", it.code(salt))
        it.clock.advance(30)
        assert await it.second.check("maryam", f" {it.code(salt)[:3]} {it.code(salt)[3:]} ") == "code"
        for late in (it.code(salt), it.code(salt, away=-1)):
            with pytest.raises(WrongCode):
                await it.second.check("maryam", late)
        it.clock.advance(30)
        persian = it.code(salt).translate({ord(str(one)): chr(0x06F0 + one) for one in range(10)})
        assert await it.second.check("maryam", persian) == "code"


async def test_a_recovery_code_opens_once_and_only_its_owner(tmp_path: Path) -> None:
    """Typed in capitals and without its dash as well; new ones end the old ones."""
    async with door(tmp_path) as it:
        salt = it.second.begin("maryam").salt
        codes = await it.second.confirm("maryam", salt, it.code(salt))
        assert await it.second.check("maryam", codes[0].upper().replace("-", "")) == "recovery_code"
        for user, code in (("maryam", codes[0]), ("reza", codes[1]), ("maryam", ""), ("maryam", "x" * 5000)):
            with pytest.raises(WrongCode):
                await it.second.check(user, code)
        assert await it.second.codes_left("maryam") == 9
        fresh = await it.second.new_codes("maryam")
        with pytest.raises(WrongCode):
            await it.second.check("maryam", codes[1])
        assert await it.second.check("maryam", fresh[0]) == "recovery_code"


async def test_turned_off_nothing_opens(tmp_path: Path) -> None:
    """Neither the telephone nor the recovery codes are worth anything; another telephone has another secret."""
    async with door(tmp_path) as it:
        salt = it.second.begin("maryam").salt
        codes = await it.second.confirm("maryam", salt, it.code(salt))
        await it.second.off("maryam")
        assert not it.accounts.standing("maryam").second_factor
        for code in (codes[0], it.code(salt, away=1)):
            with pytest.raises(WrongCode):
                await it.second.check("maryam", code)
        assert it.second.begin("maryam").salt != salt


async def test_a_secret_is_shown_to_who_began_and_not_for_long(tmp_path: Path) -> None:
    """A salt of somebody's own choice, somebody else's, or an old one shows nothing and turns nothing on."""
    async with door(tmp_path) as it:
        salt = it.second.begin("maryam").salt
        for user, wrong in (("reza", salt), ("maryam", "x" * 22), ("maryam", "")):
            with pytest.raises(EnrolmentExpired):
                it.second.again(user, wrong)
            with pytest.raises(EnrolmentExpired):
                await it.second.confirm(user, wrong, it.code(wrong, user))
        it.clock.advance(16 * 60)
        with pytest.raises(EnrolmentExpired):
            await it.second.confirm("maryam", salt, it.code(salt))


async def test_the_database_alone_makes_no_code(tmp_path: Path) -> None:
    """Neither the secret nor a recovery code stands in any row; who copies it needs the installation key too."""

    def everything(connection: Connection) -> str:
        return repr([list(connection.execute(select(one))) for one in (account, recovery_code, old_password)])

    async with door(tmp_path) as it:
        begun = it.second.begin("maryam")
        codes = await it.second.confirm("maryam", begun.salt, it.code(begun.salt))
        secret = totp_secret(KEY, "maryam", begun.salt)
        found = await it.database.read(everything)
        assert begun.salt in found
        for hidden in (secret.hex(), begun.secret, begun.secret.replace(" ", ""), *codes, *(one.replace("-", "") for one in codes)):
            assert hidden not in found
        assert totp_secret(b"j" * 32, "maryam", begun.salt) != secret
