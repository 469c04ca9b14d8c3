"""The second step of log-in: codes from a telephone, and one-time recovery codes for who lost it.

The secret of the codes is derived from the installation key and a salt (config/secrets.py); the database holds the salt,
so a copy of it makes no code. A code is taken once, whoever asks first.
"""

from __future__ import annotations

import re
import secrets

from attrs import frozen
from sqlalchemy import Connection, delete, func, insert, select, update

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from config.persian.digits import to_ascii
from config.secrets import recovery_mark, totp_secret
from config.translations import _
from crm import totp
from crm.accounts import Accounts
from crm.login_tables import recovery_code
from crm.tables import account as table

RECOVERY_CODES = 10
ENROLMENT_SECONDS = 15 * 60.0
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look alike: 31 letters; ten of them are 49 bits, and they are kept under the installation key."""


class WrongCode(Refusal):
    """The code does not belong to this account, is too old, or was used before."""

    code = "wrong_code"
    status = 401
    sentence = _("This code is wrong, too old or used before. Wait for the next one.")


class EnrolmentRefused(Refusal):
    """The second step is on already."""

    code = "second_step_is_on"
    status = 409
    sentence = _("The second step is on already. Turn it off before you set it up with another telephone.")


class EnrolmentExpired(Refusal):
    """The set-up began too long ago, elsewhere, or never."""

    code = "enrolment_expired"
    status = 409
    sentence = _("This set-up is over. Begin it again.")


@frozen
class Enrolment:
    """A telephone about to be set up. `salt` comes back with the first code; `secret` is for typing, `address` for the picture."""

    salt: str
    secret: str
    address: str


class SecondFactor:
    """Sets up, asks for and takes away the second step."""

    def __init__(self, database: Database, accounts: Accounts, clock: Clock, key: bytes, issuer: str = "Switchboard") -> None:
        self._database = database
        self._accounts = accounts
        self._clock = clock
        self._key = key
        self._issuer = issuer
        self._begun: dict[str, tuple[str, float]] = {}
        """Salt and moment of the telephones that are being set up, one for each user name."""

    def begin(self, username: str) -> Enrolment:
        """A new secret, shown and not kept, for somebody who has just proved who they are."""
        salt = secrets.token_urlsafe(16)
        self._begun[username] = (salt, self._clock.now())
        return self._enrolment(username, salt)

    def again(self, username: str, salt: str) -> Enrolment:
        """The same as before, after a wrong first code; raises EnrolmentExpired."""
        begun, at = self._begun.get(username, ("", 0.0))
        if not begun or begun != salt or self._clock.now() > at + ENROLMENT_SECONDS:
            raise EnrolmentExpired
        return self._enrolment(username, salt)

    def _enrolment(self, username: str, salt: str) -> Enrolment:
        secret = totp_secret(self._key, username, salt)
        return Enrolment(salt, totp.typed(secret), totp.address(secret, username, self._issuer))

    async def confirm(self, username: str, salt: str, code: str) -> list[str]:
        """Turn the second step on with the telephone's first code; gives the recovery codes, which are shown once."""
        if self._accounts.standing(username).second_factor:
            raise EnrolmentRefused
        self.again(username, salt)
        step = totp.step_of(totp_secret(self._key, username, salt), plain(code), self._clock.now())
        if step is None:
            raise WrongCode(field="code")
        fresh = self._fresh()

        def work(connection: Connection) -> bool:
            chosen = update(table).where(table.c.username == username, table.c.totp_salt == "").values(totp_salt=salt, totp_step=step)
            if connection.execute(chosen).rowcount != 1:
                return False
            self._replace(connection, username, fresh)
            return True

        if not await self._database.write(work):
            raise EnrolmentRefused
        self._begun.pop(username, None)
        await self._accounts.refresh(username)
        return fresh

    async def check(self, username: str, code: str) -> str:
        """Take a code: "code" for the telephone's, "recovery_code" for one of the list; raises WrongCode. Each is taken once."""
        given = plain(code)
        how = "code" if re.fullmatch(r"\d{6}", given, re.ASCII) else "recovery_code"
        taken = self._take_code if how == "code" else self._take_recovery_code
        if not await self._database.write(lambda connection: taken(connection, username, given)):
            raise WrongCode(field="code")
        return how

    async def off(self, username: str) -> None:
        """Turn the second step off and throw the recovery codes away."""

        def work(connection: Connection) -> None:
            connection.execute(update(table).where(table.c.username == username).values(totp_salt="", totp_step=0))
            connection.execute(delete(recovery_code).where(recovery_code.c.username == username))

        await self._database.write(work)
        await self._accounts.refresh(username)

    async def new_codes(self, username: str) -> list[str]:
        """Ten fresh recovery codes; the old ones are worth nothing from now on."""
        fresh = self._fresh()
        await self._database.write(lambda connection: self._replace(connection, username, fresh))
        return fresh

    async def codes_left(self, username: str) -> int:
        """How many recovery codes were not used yet."""
        query = select(func.count()).select_from(recovery_code).where(recovery_code.c.username == username, recovery_code.c.used_at == 0)
        return await self._database.read(lambda connection: connection.execute(query).scalar_one())

    def _take_code(self, connection: Connection, username: str, code: str) -> bool:
        row = connection.execute(select(table.c.totp_salt, table.c.totp_step).where(table.c.username == username)).one_or_none()
        if row is None or not row.totp_salt:
            return False
        step = totp.step_of(totp_secret(self._key, username, row.totp_salt), code, self._clock.now(), row.totp_step)
        if step is None:
            return False
        newer = update(table).where(table.c.username == username, table.c.totp_step < step).values(totp_step=step)
        return connection.execute(newer).rowcount == 1

    def _take_recovery_code(self, connection: Connection, username: str, code: str) -> bool:
        mark = recovery_mark(self._key, username, code)
        chosen = update(recovery_code).where(
            recovery_code.c.username == username, recovery_code.c.mark == mark, recovery_code.c.used_at == 0
        )
        return connection.execute(chosen.values(used_at=self._clock.now())).rowcount == 1

    def _replace(self, connection: Connection, username: str, codes: list[str]) -> None:
        connection.execute(delete(recovery_code).where(recovery_code.c.username == username))
        rows = [{"username": username, "mark": recovery_mark(self._key, username, plain(one)), "used_at": 0.0} for one in codes]
        connection.execute(insert(recovery_code), rows)

    @staticmethod
    def _fresh() -> list[str]:
        def part() -> str:
            return "".join(secrets.choice(LETTERS) for _letter in range(5))

        return [f"{part()}-{part()}" for _number in range(RECOVERY_CODES)]


def plain(code: str) -> str:
    """A code as it is compared: digits of any script as ASCII, without spaces and dashes, small letters."""
    return re.sub(r"[\s\-–]", "", to_ascii(code)).casefold()[:40]
