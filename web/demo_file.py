"""HOME/demo.json: the address, who may log in and which numbers to call, for those who try the demonstration. Mode 600."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable
from typing import Any

from config.secrets import sip_password
from config.settings import Settings
from config.translations import _
from crm.accounts import Account
from crm.demo import PASSWORD

log = logging.getLogger(__name__)

NUMBERS = (
    ("1000", "main", _("Main menu")),
    ("1001", "sales", _("Sales, without a menu")),
    ("1002", "support", _("Support, without a menu")),
    ("1003", "english", _("The menu in English")),
)
"""Number, its name in the file, what is there."""


def write_demo(settings: Settings, key: bytes, accounts: Iterable[Account]) -> None:
    """Write the file whole or not at all. On a full disk the one of the last start stays: nobody's calls wait for it."""
    told = {
        "http": settings.public_url,
        "sip": str(settings.network.sip),
        "accounts": [_account(one, key) for one in accounts],
        "numbers": {name: number for number, name, _title in NUMBERS},
    }
    part = settings.home / "demo.json.part"
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(told, out, ensure_ascii=False, indent=1)
        part.replace(settings.home / "demo.json")
    except OSError as error:
        log.warning("demo.json is as it was: %s", error)


def _account(one: Account, key: bytes) -> dict[str, Any]:
    row: dict[str, Any] = {"username": one.username, "password": PASSWORD, "role": one.role, "extension": one.extension}
    return row | {"sip_password": sip_password(key, one.extension)} if one.device == "desk" else row
