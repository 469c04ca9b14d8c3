"""The installation key and what is derived from it; no password of a telephone is ever stored.

The key is 32 random bytes in SWITCHBOARD_HOME/secrets/key (mode 600). SIP, ARI and AMI passwords are HMACs of it, so a
copy of the database or of Asterisk's configuration (which holds digests only, for SIP) gives no telephone away.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path

from config.errors import Refusal
from config.translations import _

KEY_BYTES = 32

REALM = "switchboard"
"""The SIP realm that telephones are asked by."""


class KeyBroken(Refusal):
    """The installation key is not whole."""

    code = "key_broken"
    status = 500
    sentence = _("{file} is not an installation key. Bring it back from a back-up; without it every telephone would need a new password.")


def installation_key(home: Path) -> bytes:
    """The key of the installation in `home`, made at the first call."""
    folder = home / "secrets"
    file = folder / "key"
    if file.exists():
        return _whole(file)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = folder / f"key.{os.getpid()}"
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(secrets.token_bytes(KEY_BYTES))
        out.flush()
        os.fsync(out.fileno())
    with contextlib.suppress(FileExistsError):  # another process was first; its key counts
        os.link(part, file)
    part.unlink()
    return _whole(file)


def _whole(file: Path) -> bytes:
    key = file.read_bytes()
    if len(key) != KEY_BYTES:
        raise KeyBroken(file=file)
    return key


def derived(key: bytes, purpose: str) -> str:
    """A password for `purpose` ("ari", "sip:101"): 24 letters, digits, - and _."""
    return urlsafe_b64encode(hmac.digest(key, purpose.encode(), "sha256")[:18]).decode()


def sip_password(key: bytes, name: str) -> str:
    """The password that the telephone `name` ("101", "w101", "demo-caller") registers with."""
    return derived(key, f"sip:{name}")


def totp_secret(key: bytes, username: str, salt: str) -> bytes:
    """The secret that the log-in codes of `username` come from: 20 bytes, as RFC 4226 asks. Only `salt` is kept anywhere."""
    return hmac.digest(key, f"totp:{salt}:{username}".encode(), "sha256")[:20]


def recovery_mark(key: bytes, username: str, code: str) -> str:
    """What is kept of a recovery code: useless without the installation key, however short the code is."""
    return hmac.digest(key, f"recovery:{username}:{code}".encode(), "sha256").hex()


def sip_digest(name: str, password: str) -> str:
    """What Asterisk keeps instead of the password: HA1 of RFC 2617, MD5 of name:realm:password."""
    return hashlib.md5(f"{name}:{REALM}:{password}".encode(), usedforsecurity=False).hexdigest()
