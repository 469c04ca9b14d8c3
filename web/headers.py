"""The headers every answer carries, and compression. Pure."""

from __future__ import annotations

import zlib

from web.response import Header

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: {pictures}; media-src 'self' blob:; "
    "connect-src 'self' {websocket}; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

ALWAYS: tuple[Header, ...] = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
    ("Permissions-Policy", "microphone=(self), speaker-selection=(self), camera=(), geolocation=()"),
)

SMALLEST_PACKED = 1024
TEXTS = ("text/", "application/json", "image/svg+xml", "application/manifest+json")


def policy(host: str, *, secure: bool, pictures: str = "") -> Header:
    """The content security policy: own files only. Older browsers do not count ws: as 'self', so the own one is named.

    `pictures`: an address whose host may give pictures as well (map tiles).
    """
    named = host if _plain(host) else ""
    websocket = f"{'wss' if secure else 'ws'}://{named}" if named else ""
    scheme, _between, rest = pictures.partition("://")
    server = rest.partition("/")[0]
    allowed = f"{scheme}://{server}" if scheme in ("http", "https") and _plain(server) else ""
    return ("Content-Security-Policy", POLICY.format(websocket=websocket, pictures=allowed).replace(" ;", ";"))


def _plain(host: str) -> bool:
    return bool(host) and all(letter.isalnum() or letter in ".-:[]*" for letter in host)


def packed(body: bytes, content_type: str, accepts: str) -> bytes | None:
    """`body` as gzip when it is text of a size worth it, the client takes it, and it became smaller; else None."""
    if len(body) < SMALLEST_PACKED or "gzip" not in accepts or not content_type.startswith(TEXTS):
        return None
    packer = zlib.compressobj(3, zlib.DEFLATED, 31)
    smaller = packer.compress(body) + packer.flush()
    return smaller if len(smaller) < len(body) else None
