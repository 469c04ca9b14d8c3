"""Passwords: argon2id in a thread of its own, and the rules for new ones.

Parameters: OWASP Password Storage Cheat Sheet's second choice (19 MiB, 2 passes, 1 lane), which keeps the daemon's memory
small when many people log in at once.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from config.errors import Refusal
from config.translations import _

SHORTEST = 8
LONGEST = 200
"""Longer ones would only serve to keep the hasher busy."""


class PasswordTooWeak(Refusal):
    """A new password that is too short, too long, or the user name itself."""

    code = "password_too_weak"
    status = 422
    sentence = _("Choose a password of 8 to 200 characters that is not the user name.")


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


def check_new(password: str, username: str) -> None:
    """Refuse a password that must not be chosen."""
    if not SHORTEST <= len(password) <= LONGEST or password.casefold() == username.casefold():
        raise PasswordTooWeak(field="password")
