"""Asterisk's manager interface through panoramisk, with its sharp edges covered.

What panoramisk leaves open and this closes: CR and LF in a value are refused (they would begin another header); bytes are
decoded as they come, so a letter cut by a TCP segment survives; a missing pong ends the connection; nothing is sent
twice after a reconnect, each session is new; an action waits a bounded time.
"""

from __future__ import annotations

import asyncio
import codecs
import logging
import random
from collections.abc import Callable, Mapping
from typing import Any

from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager

from config.loops import LOOP
from switchboard.asterisk.retry import retry_seconds
from switchboard.futures import fail, resolve
from switchboard.telephony import PhoneSystemAway

log = logging.getLogger(__name__)

PING_SECONDS = 5.0
ANSWER_SECONDS = 10.0
MOST_PENDING = 500
LONGEST_MESSAGE = 1_000_000

Event = Mapping[str, str]


class ActionRefused(Exception):
    """Asterisk would not do it; says why."""


class AmiLink:
    """Keeps one session open. `on_up` when it is logged in, `on_event` with every event (their kinds are chosen in manager.conf)."""

    def __init__(self, host: str, port: int, user: str, secret: str) -> None:
        self.on_up: Callable[[], None] = lambda: None
        self.on_event: Callable[[Event], None] = lambda _event: None
        self._address = (host, port)
        self._login = {"username": user, "secret": secret}
        self._session: _Session | None = None
        self._logged_in = asyncio.Event()
        self._pending = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        """Whether actions can be sent now."""
        return self._session is not None

    def start(self) -> None:
        """Connect, and stay connected."""
        self._task = LOOP.create_task(self._stay_connected(), name="AMI link")

    async def stop(self) -> None:
        """Close and connect no more."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def action(self, name: str, **fields: str) -> Event:
        """Do something and give its response's headers.

        Raises `ActionRefused`, `PhoneSystemAway`, and ValueError for a value with a line break in it.
        """
        for key, value in fields.items():
            if any(letter in "\r\n\0" for letter in key + value):
                raise ValueError(f"{name} {key}: a value is one line of text")
        if self._session is None or self._pending >= MOST_PENDING:
            raise PhoneSystemAway
        self._pending += 1
        try:
            return await self._session.ask({"Action": name, **fields})
        finally:
            self._pending -= 1

    async def when_up(self, seconds: float = ANSWER_SECONDS) -> None:
        """Wait until actions can be sent; raises `PhoneSystemAway` after `seconds`."""
        try:
            await asyncio.wait_for(self._logged_in.wait(), seconds)
        except TimeoutError:
            raise PhoneSystemAway from None

    async def reload(self, module: str) -> None:
        """Load a module's configuration again ("res_pjsip"). Waits for the connection, and until Asterisk has done it."""
        await self.when_up()
        await self.action("Reload", Module=module)

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            failures += 1
            session = _Session(self.on_event, self._login)
            try:
                await session.open(*self._address)
            except (PhoneSystemAway, ActionRefused) as error:
                log.log(logging.INFO if failures > 1 else logging.WARNING, "Asterisk's manager interface cannot be reached: %s", error)
            else:
                failures = 0
                await self._serve(session)
                failures = 1
            finally:
                session.close()
            await asyncio.sleep(retry_seconds(failures, random.random()))  # noqa: S311  # jitter, not a secret

    async def _serve(self, session: _Session) -> None:
        self._session = session
        self._logged_in.set()
        try:
            self.on_up()
            while not session.lost.done():
                await asyncio.wait([session.lost], timeout=PING_SECONDS)
                if not session.lost.done():
                    await session.ask({"Action": "Ping"}, PING_SECONDS)
        except (PhoneSystemAway, ActionRefused) as error:
            log.warning("Asterisk's manager interface does not answer: %s", error)
        finally:
            self._session = None
            self._logged_in.clear()


class _Session(Manager):  # type: ignore[misc]  # untyped in panoramisk
    """One connection, from log-in to loss; panoramisk's own reconnecting and pinging are not used."""

    def __init__(self, on_event: Callable[[Event], None], login: Mapping[str, str]) -> None:
        super().__init__(loop=LOOP)
        self.lost: asyncio.Future[None] = LOOP.create_future()
        self._login_fields = login
        self._asked: set[asyncio.Future[Any]] = set()
        self.register_event("*", lambda _manager, message: on_event(dict(message)))

    async def open(self, host: str, port: int) -> None:
        """Connect and log in; raises `PhoneSystemAway` or `ActionRefused`."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                _transport, protocol = await LOOP.create_connection(_Protocol, host, port)
        except (OSError, TimeoutError) as error:
            raise PhoneSystemAway(str(error) or "no answer") from error
        protocol.factory = self
        protocol.encoding = "utf-8"
        self.protocol = protocol
        await self.ask(
            {"Action": "Login", "Username": self._login_fields["username"], "Secret": self._login_fields["secret"], "Events": "on"}
        )

    async def ask(self, fields: Mapping[str, str], seconds: float = ANSWER_SECONDS) -> Event:
        """Send an action and wait for its response."""
        if self.lost.done() or self.protocol is None:
            raise PhoneSystemAway
        asked = self.send_action(dict(fields), as_list=False)
        self._asked.add(asked)
        try:
            async with asyncio.timeout(seconds):
                message = await asked
        except TimeoutError:
            raise PhoneSystemAway(f"{fields['Action']} was not answered in {seconds:g} s") from None
        finally:
            self._asked.discard(asked)
        if not message.success:
            raise ActionRefused(f"{fields['Action']}: {message.message}")
        return dict(message)

    def connection_lost(self, _error: object) -> None:
        """Instead of panoramisk's, which would connect again and send again."""
        resolve(self.lost, None)
        for asked in tuple(self._asked):
            fail(asked, PhoneSystemAway)

    def close(self) -> None:
        super().close()
        self.connection_lost(None)


class _Protocol(AMIProtocol):  # type: ignore[misc]  # untyped in panoramisk
    """panoramisk's protocol, fed whole letters only."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._letters = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def data_received(self, data: bytes) -> None:
        super().data_received(self._letters.decode(data).encode())
        if self.queue and len(self.queue[0]) > LONGEST_MESSAGE:
            log.error("Asterisk's manager interface sent a message without an end")
            self.transport.abort()
