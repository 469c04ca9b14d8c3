"""The agents' telephones, written into Asterisk's configuration and loaded without touching running calls.

A telephone in the browser is endpoint `w<extension>`, one on the desk `<extension>`. The files hold digests, no passwords.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from attrs import field, frozen
from attrs.validators import matches_re

from config.secrets import sip_digest, sip_password
from switchboard.asterisk.layout import write_config

Reload = Callable[[str], Awaitable[None]]
"""Loads one Asterisk module's configuration again, named without .so ("res_pjsip")."""


@frozen
class Phone:
    """An agent's telephones: `extension` in digits, the agent's `name` as callers' telephones may show it."""

    extension: str = field(validator=matches_re(r"[0-9]{2,10}"))
    name: str
    browser: bool = True
    desk: bool = False

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The PJSIP endpoints of this agent."""
        return (f"w{self.extension}",) * self.browser + (self.extension,) * self.desk


async def provision(phones: Iterable[Phone], key: bytes, etc: Path, reload: Reload) -> bool:
    """Make Asterisk know exactly `phones`; nothing happens when it already does. True when something changed."""
    wanted = sorted(phones, key=lambda phone: phone.extension)
    changed = [
        (name, module)
        for name, module, text in (
            ("pjsip_agents.conf", "res_pjsip", pjsip_agents(wanted, key)),
            ("queues_static.conf", "app_queue", queue_members(wanted)),
        )
        if await asyncio.to_thread(_write_if_new, etc / name, text)
    ]
    for _name, module in changed:
        await reload(module)
    return bool(changed)


def pjsip_agents(phones: Iterable[Phone], key: bytes) -> str:
    """The endpoints, as pjsip.conf includes them; the templates browser, desk and digest stand there."""
    return "\n".join(_endpoint(phone, endpoint, key) for phone in phones for endpoint in phone.endpoints)


def queue_members(phones: Iterable[Phone]) -> str:
    """The static queue's members: every telephone of every agent."""
    lines = [f"member => PJSIP/{endpoint},0,{_plain(phone.name)},PJSIP/{endpoint}" for phone in phones for endpoint in phone.endpoints]
    return "\n".join([*lines, ""])


def _endpoint(phone: Phone, endpoint: str, key: bytes) -> str:
    kind = "browser" if endpoint.startswith("w") else "desk"
    digest = sip_digest(endpoint, sip_password(key, endpoint))
    return (
        f"[{endpoint}]({kind})\ncallerid = {_plain(phone.name)} <{phone.extension}>\nauth = {endpoint}\naors = {endpoint}\n\n"
        f"[{endpoint}]({kind}-aor)\n\n"
        f"[{endpoint}](digest)\nusername = {endpoint}\npassword_digest = MD5:{digest}\n"
    )


def _plain(name: str) -> str:
    """`name` without what means something in a configuration file."""
    return re.sub(r"\s+", " ", re.sub(r'[\x00-\x1f\x7f;<>",\[\]\\=|{}$]', " ", name)).strip()[:80] or "Agent"


def _write_if_new(file: Path, text: str) -> bool:
    if file.exists() and file.read_text("utf-8") == text:
        return False
    write_config(file, text)
    return True
