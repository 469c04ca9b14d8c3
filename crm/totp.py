"""One-time codes that change every 30 seconds: RFC 6238 over RFC 4226, six digits, SHA-1, as every authenticator app knows them. Pure."""

from __future__ import annotations

import hmac
from base64 import b32encode
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
DRIFT = 1
"""Steps that a telephone's clock may be wrong, to either side (RFC 6238 § 5.2 advises one)."""


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of the `step`-th 30 seconds since 1970."""
    mark = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    place = mark[-1] & 15
    return f"{(int.from_bytes(mark[place : place + 4], 'big') & 0x7FFFFFFF) % 10**digits:0{digits}}"


def step_of(secret: bytes, code: str, now: float, after: int = 0) -> int | None:
    """The step whose code this is, around `now` and later than the step `after` (a code is taken once); None when it is none."""
    present = int(now // STEP_SECONDS)
    good = [
        step for step in range(present - DRIFT, present + DRIFT + 1) if hmac.compare_digest(code_at(secret, step).encode(), code.encode())
    ]
    return next((step for step in good if step > after), None)


def typed(secret: bytes) -> str:
    """The secret as people type it into an app that cannot see the picture: letters and digits in fours."""
    plain = b32encode(secret).decode()
    return " ".join(plain[start : start + 4] for start in range(0, len(plain), 4))


def address(secret: bytes, username: str, issuer: str) -> str:
    """What the picture says (Google Authenticator's key URI format)."""
    plain = b32encode(secret).decode()
    return f"otpauth://totp/{quote(issuer)}:{quote(username)}?{urlencode({'secret': plain, 'issuer': issuer}, quote_via=quote)}"
