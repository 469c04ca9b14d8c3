"""How pieces of a back-up are closed: with AES-256-GCM under a passphrase, or plain with a SHA-256 that shows damage.

The key comes from the passphrase by scrypt (RFC 7914). Each piece has a random 96-bit nonce in front of it (NIST SP
800-38D) and is bound to its name, so that a piece cannot stand in for another one.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from config.explained import Explained
from config.translations import _

KEY_BYTES = 32
NONCE_BYTES = 12
SALT_BYTES = 16
COST, BLOCK, LANES = 2**15, 8, 1
"""scrypt's N, r and p: 32 MB and about a tenth of a second."""

LEAST_PASSPHRASE = 12
LARGEST_PIECE = 64 * 1024 * 1024
"""No piece unpacks to more than this: a damaged or hostile one cannot fill the memory."""

RAW, PACKED = b"r", b"z"


class PieceDamaged(Exception):
    """The piece is not as it was written, or was closed with another key."""


class PassphraseUnreadable(Explained):
    """The file with the passphrase cannot be read or says too little."""

    code = "passphrase_unreadable"
    field = "passphrase_file"
    sentence = _("The passphrase in {file} cannot be used: {why}.")


class Seal(Protocol):
    """Closes and opens pieces."""

    sealed: bool

    def name(self, content: bytes) -> str:
        """The name under which `content` is kept: the same for the same content, and for no other."""

    def close(self, content: bytes, name: str) -> bytes:
        """`content` as it is written."""

    def open(self, written: bytes, name: str) -> bytes:
        """The content back; raises `PieceDamaged`."""


class PlainSeal:
    """No encryption; a SHA-256 in front."""

    sealed = False

    def name(self, content: bytes) -> str:
        return hashlib.sha256(content).hexdigest()

    def close(self, content: bytes, name: str) -> bytes:
        body = _packed(content)
        return hashlib.sha256(name.encode() + b"\0" + body).digest() + body

    def open(self, written: bytes, name: str) -> bytes:
        digest, body = written[:32], written[32:]
        if not hmac.compare_digest(hashlib.sha256(name.encode() + b"\0" + body).digest(), digest):
            raise PieceDamaged(name)
        return _unpacked(body, name)


class KeySeal:
    """AES-256-GCM under `key` (32 bytes). Names are HMACs, so that nobody can guess at contents by their hashes."""

    sealed = True

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(hmac.digest(key, b"pieces", "sha256"))
        self._naming = hmac.digest(key, b"names", "sha256")

    def name(self, content: bytes) -> str:
        return hmac.digest(self._naming, content, "sha256").hex()

    def close(self, content: bytes, name: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, _packed(content), name.encode())

    def open(self, written: bytes, name: str) -> bytes:
        try:
            return _unpacked(self._cipher.decrypt(written[:NONCE_BYTES], written[NONCE_BYTES:], name.encode()), name)
        except (InvalidTag, ValueError) as error:
            raise PieceDamaged(name) from error


def _packed(content: bytes) -> bytes:
    """Compressed when that is worth it; sound is already."""
    packed = zlib.compress(content, 1)
    return PACKED + packed if len(packed) < len(content) * 0.95 else RAW + content


def _unpacked(body: bytes, name: str) -> bytes:
    if body[:1] == RAW:
        return body[1:]
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(body[1:], LARGEST_PIECE)
    except zlib.error as error:
        raise PieceDamaged(name) from error
    if body[:1] != PACKED or not unpacker.eof:
        raise PieceDamaged(name)
    return content


@lru_cache(maxsize=8)
def key_of(passphrase: str, salt: bytes) -> bytes:
    """The key that `passphrase` gives with `salt`; slow by design."""
    return Scrypt(salt=salt, length=KEY_BYTES, n=COST, r=BLOCK, p=LANES).derive(passphrase.encode())


def read_passphrase(file: Path) -> str:
    """The first line of `file`; raises `PassphraseUnreadable`."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PassphraseUnreadable(file=file, why=getattr(error, "strerror", None) or _("it is not a text")) from error
    passphrase = lines[0].strip() if lines else ""
    if len(passphrase) < LEAST_PASSPHRASE:
        raise PassphraseUnreadable(file=file, why=_("its first line must have at least twelve characters"))
    return passphrase
