"""The headers every answer carries, and compression. Pure."""

from __future__ import annotations

import zlib

from web.response import Header

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
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


def policy(host: str, *, secure: bool) -> Header:
    """The content security policy: own files only. Older browsers do not count ws: as 'self', so the own one is named."""
    named = host if host and all(letter.isalnum() or letter in ".-:[]" for letter in host) else ""
    websocket = f"{'wss' if secure else 'ws'}://{named}" if named else ""
    return ("Content-Security-Policy", POLICY.format(websocket=websocket).replace(" ;", ";"))


def packed(body: bytes, content_type: str, accepts: str) -> bytes | None:
    """`body` as gzip when it is text of a size worth it, the client takes it, and it became smaller; else None."""
    if len(body) < SMALLEST_PACKED or "gzip" not in accepts or not content_type.startswith(TEXTS):
        return None
    packer = zlib.compressobj(3, zlib.DEFLATED, 31)
    smaller = packer.compress(body) + packer.flush()
    return smaller if len(smaller) < len(body) else None
