"""Passwords: argon2id in a thread of its own, and the rules for new ones.

Parameters: OWASP Password Storage Cheat Sheet's second choice (19 MiB, 2 passes, 1 lane), which keeps the daemon's memory
small when many people log in at once.
"""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from config.errors import Refusal
from config.persian.folding import fold
from config.translations import _
from crm.common_passwords import common

SHORTEST = 8
LONGEST = 200
"""Longer ones would only serve to keep the hasher busy."""

SPOKEN = "abcdefghjkmnpqrstuvwxyz23456789"


class PasswordTooWeak(Refusal):
    """A new password that is too short, too long, or the user name itself."""

    code = "password_too_weak"
    status = 422
    sentence = _("Choose a password of {shortest} to {longest} characters that is not the user name.")


class PasswordCommon(PasswordTooWeak):
    """A new password that everybody who guesses tries first."""

    sentence = _("This password is easily guessed. Choose several words, or letters that mean nothing together.")


class PasswordUsedBefore(PasswordTooWeak):
    """A new password that the account had lately."""

    code = "password_used_before"
    sentence = _("You had this password before. Choose one that is not among the last {count}.")


class Passwords:
    """Hashes and checks passwords, one at a time, off the loop."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="passwords")
        self._nobodys = ""

    async def hash(self, password: str) -> str:
        """The PHC string to keep."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._hasher.hash, password)

    async def right(self, kept: str | None, password: str) -> bool:
        """Whether `password` is the one behind `kept`; takes as long when there is no such account (None)."""
        if len(password) > LONGEST:
            return False
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._check, kept, password)

    def _check(self, kept: str | None, password: str) -> bool:
        self._nobodys = self._nobodys or self._hasher.hash("nobody's password")
        try:
            self._hasher.verify(kept or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def close(self) -> None:
        """Let the thread go."""
        self._thread.shutdown(wait=True)


def check_new(password: str, username: str, shortest: int = SHORTEST) -> None:
    """Refuse a password that must not be chosen."""
    low = fold(password)
    if not shortest <= len(password) <= LONGEST or low in (fold(username), fold(username)[::-1]):
        raise PasswordTooWeak(field="password", shortest=shortest, longest=LONGEST)
    if common(password) or low.strip("0123456789._-!@#$ ") == fold(username):
        raise PasswordCommon(field="password")


def temporary() -> str:
    """A password to say on the telephone: twelve letters and digits in fours, none that looks like another."""
    return "-".join("".join(secrets.choice(SPOKEN) for _letter in range(4)) for _part in range(3))
