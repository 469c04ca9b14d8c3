"""Logging in: the password checked, wrong ones counted, the same for the page and the API."""

from __future__ import annotations

import math

from config.clock import Clock
from crm.accounts import Account, Accounts
from web.errors import TooManyAttempts, WrongPassword
from web.throttle import Throttle

ADDRESS_TIMES = 4
"""An office shares one address: its limit is so many times wider than an account's."""


class Entrance:
    """Lets people in. `attempts`: wrong passwords allowed within 15 minutes."""

    def __init__(self, accounts: Accounts, clock: Clock, attempts: int) -> None:
        self._accounts = accounts
        self._clock = clock
        self._throttle = Throttle(attempts)

    async def check(self, username: str, password: str, address: str) -> Account:
        """The account; raises WrongPassword, or TooManyAttempts before the password is even looked at."""
        user_key, address_key = f"user:{username.strip().casefold()[:80]}", f"address:{address}"
        now = self._clock.now()
        wait = max(self._throttle.wait_seconds(user_key, now), self._throttle.wait_seconds(address_key, now, ADDRESS_TIMES))
        if wait > 0:
            raise TooManyAttempts(minutes=math.ceil(wait / 60), retry_seconds=math.ceil(wait))
        self._throttle.failed(user_key, now)  # counted before the slow check, so that many at once get no extra tries
        self._throttle.failed(address_key, now, ADDRESS_TIMES)
        account = await self._accounts.check(username, password)
        if account is None:
            raise WrongPassword
        self._throttle.succeeded(user_key)
        self._throttle.succeeded(address_key)
        return account
