"""Cross-site request forgery: tokens in forms, and the page's origin.

A form's token is a random salt and the salt's HMAC under the session's secret, so it differs in every page (a compressed
page tells nobody the secret: BREACH) and nothing is stored.
"""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import urlsplit

SALT_BYTES = 8


def csrf_token(secret: str) -> str:
    """A fresh token for pages of the session with this `secret`."""
    salt = secrets.token_hex(SALT_BYTES)
    return f"{salt}.{_mark(secret, salt)}"


def csrf_good(secret: str, token: str) -> bool:
    """Whether `token` was made by `csrf_token` for this session."""
    salt, _dot, mark = token.partition(".")
    return len(salt) == 2 * SALT_BYTES and mark.isascii() and hmac.compare_digest(_mark(secret, salt), mark)


def _mark(secret: str, salt: str) -> str:
    return hmac.digest(secret.encode(), b"csrf:" + salt.encode("utf-8", "replace"), "sha256").hex()[:32]


def origin_good(origin: str, host: str, public_url: str, *, needed: bool = False) -> bool:
    """Whether a request from a page of `origin` ("https://host:port", "" when the client sent none) may use a session here.

    `host` is the request's Host header, `public_url` the configured address. Browsers send Origin with every unsafe
    request and websocket (`needed`), programs need not.
    """
    if not origin:
        return not needed
    try:
        parts = urlsplit(origin)
    except ValueError:  # "http://[" and the like
        return False
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return False
    return parts.netloc.lower() in (host.lower(), urlsplit(public_url).netloc.lower())
