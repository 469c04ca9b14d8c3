"""`switchboard call`: rings an agent's telephone, then the number; the same as a click on a number in the console."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from config.errors import Refusal
from config.translations import _, translate

SUMMARY = _("ring an agent's telephone and connect it with a number")


class ProductAway(Refusal):
    """Nobody answers at the product's address."""

    code = "product_away"
    status = 503
    sentence = _("Switchboard does not answer at {address} ({why}). Is it running? `switchboard doctor` tells more.")


class ProductRefused(Refusal):
    """The product said no, in its own words."""

    code = "product_refused"
    sentence = _("{message} ({code})")


class NobodyNamed(Refusal):
    """Neither --user, nor $USER, nor a token."""

    code = "nobody_named"
    sentence = _("Say whose telephone rings first: --user maryam.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whom to call and as whom."""
    parser.add_argument("number", help="the number to call, as people write it")
    parser.add_argument("--user", default=os.environ.get("USER", ""), help="the agent whose telephone rings first (default: $USER)")
    parser.add_argument("--url", default="", help="the product's address (default: from the settings)")


def run(arguments: argparse.Namespace) -> int:
    """Make the call. The token comes from SWITCHBOARD_TOKEN, else from the password (SWITCHBOARD_PASSWORD, else asked for)."""
    from config.settings import Settings

    if not arguments.user and not os.environ.get("SWITCHBOARD_TOKEN"):
        raise NobodyNamed
    product = Product(arguments.url or f"http://{Settings.load().network.http}")
    token = os.environ.get("SWITCHBOARD_TOKEN") or product.log_in(arguments.user, _password(arguments.user))
    call = product.ask("POST", "/api/v1/calls", {"number": arguments.number}, token)
    print(
        translate(
            arguments.language,
            _("Calling {number}; your own telephone rings first. Call {call}."),
            number=arguments.number,
            call=call.get("id", ""),
        )
    )
    return 0


@frozen
class Product:
    """A running Switchboard, spoken to through its API."""

    address: str

    def log_in(self, username: str, password: str) -> str:
        """A bearer token for `username`."""
        return str(self.ask("POST", "/api/v1/login", {"username": username, "password": password})["token"])

    def ask(self, method: str, path: str, body: Any, token: str = "") -> Any:
        """The decoded answer; raises `ProductRefused` with its own sentence, or `ProductAway`."""
        parts = urlsplit(self.address)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.netloc, timeout=10)
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            **({"Authorization": f"Bearer {token}"} if token else {}),
        }
        try:
            connection.request(method, path, json.dumps(body), headers)
            answer = connection.getresponse()
            said = json.loads(answer.read() or b"{}")
        except (OSError, HTTPException, ValueError) as error:
            raise ProductAway(address=self.address, why=error) from error
        finally:
            connection.close()
        if answer.status >= 400:
            refusal = said.get("error", {})
            raise ProductRefused(message=refusal.get("message", answer.reason), code=refusal.get("code", answer.status))
        return said


def _password(user: str) -> str:
    if password := os.environ.get("SWITCHBOARD_PASSWORD"):
        return password
    return getpass.getpass(f"{user}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
