"""When a delivery is tried again, how it is signed, and which addresses are never asked. Pure."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from config.errors import Refusal
from config.translations import _

DELAYS = (5, 30, 120, 600, 1800, 3600, 2 * 3600, 4 * 3600, 6 * 3600, 8 * 3600)
"""Seconds to the next attempt after the 1st, 2nd… failure; together a little more than a day."""
CARRYING_IPV4 = (IPv6Network("::/96"), IPv6Network("64:ff9b::/96"))
"""Networks whose last 32 bits are an IPv4 address."""
FAILURES_TO_PAUSE = 3
"""Given-up deliveries in a row after which the hook is paused."""


class HookInvalid(Refusal):
    """A hook that cannot be."""

    code = "hook_invalid"
    status = 422
    sentence = _("The web-hook was not saved: {reason}.")


class NoSuchHook(Refusal):
    """No hook, or no delivery of it, has this number."""

    code = "no_such_hook"
    status = 404
    sentence = _("There is no web-hook {hook}.")


class NotSeenAnyMore(Refusal):
    """What a message tells is hidden from the hook's owner by now, or they left."""

    code = "hook_owner_may_not_see"
    status = 403
    sentence = _("The owner of this web-hook may not see the record any more; the message was not sent.")


class AddressForbidden(Refusal):
    """An address inside our own network."""

    code = "hook_address_forbidden"
    status = 422
    sentence = _("{host} leads into our own network ({address}); web-hooks go outside only. The setting [web] hooks_local allows it.")


def next_attempt(attempts: int, now: float) -> float | None:
    """When to try again after the `attempts`-th failure; None to give up."""
    return now + DELAYS[attempts - 1] if attempts <= len(DELAYS) else None


def signature(secret: str, message: str, at: int, body: str) -> str:
    """The header webhook-signature (Standard Webhooks 1.0: HMAC-SHA256 over "id.timestamp.body")."""
    digest = hmac.new(secret.encode(), f"{message}.{at}.{body}".encode(), sha256).digest()
    return f"v1,{b64encode(digest).decode()}"


def checked_url(url: str) -> str:
    """The address of a hook: http(s), with a host, without user and password. Raises HookInvalid."""
    try:
        parts = urlsplit(url.strip())
        good = parts.scheme in ("http", "https") and parts.hostname and not parts.username and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good or len(url) > 500 or not url.isprintable() or " " in url.strip():
        raise HookInvalid(field="url", reason=_("the address must begin with https:// or http://"))
    return url.strip()


def chosen_address(host: str, addresses: Iterable[str], *, local: bool) -> str:
    """The address to connect to; refuses when any that the name leads to is not public, unless `local`."""
    found = list(addresses)
    for address in found:
        if not local and not public(address):
            raise AddressForbidden(host=host, address=address)
    if not found:
        raise AddressForbidden(host=host, address="–")
    return found[0]


def public(address: str) -> bool:
    """Whether an address is somewhere in the Internet: not our own network, no group of hosts, and no inner IPv4 address in the clothes of IPv6.

    Those: mapped ::ffff:0:0/96 (RFC 4291), compatible ::/96 (RFC 4291), NAT64 64:ff9b::/96 (RFC 6052), 6to4 2002::/16 (RFC 3056), Teredo 2001::/32 (RFC 4380).
    """
    found = ip_address(address.partition("%")[0])
    if not found.is_global or found.is_multicast:
        return False
    if isinstance(found, IPv4Address):
        return True
    inner = [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
    if any(found in network for network in CARRYING_IPV4):
        inner.append(IPv4Address(int(found) & 0xFFFFFFFF))
    return all(one is None or one.is_global for one in inner)
