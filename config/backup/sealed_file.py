r"""One file closed with a passphrase: a stream of blocks under AES-256-GCM, each bound to its place and the last one marked as such.

    "SBSEALED1\\n" · 16 bytes of salt · blocks of 1 MiB and a tag of 16 bytes

A block's nonce is its number (8 bytes) and whether it is the last (4 bytes); the key is new with every file, because the salt
is. So a block that is changed, moved, left out or cut off is found (the STREAM construction, https://eprint.iacr.org/2015/189).
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from config.backup.sealing import SALT_BYTES, key_of
from config.errors import Refusal
from config.translations import _

MAGIC = b"SBSEALED1\n"
BLOCK = 1024 * 1024
TAG = 16
_NONCE = struct.Struct(">QI")


class FileSealed(Refusal):
    """A passphrase is needed."""

    code = "passphrase_needed"
    field = "passphrase_file"
    status = 403
    sentence = _("{file} is encrypted. Name the file with the passphrase: --passphrase-file, or [backup] passphrase_file.")


class FileNotOpened(Refusal):
    """Wrong passphrase, or damaged in its first block: nobody can tell the two apart."""

    code = "passphrase_wrong"
    field = "passphrase_file"
    status = 403
    sentence = _("{file} cannot be opened: the passphrase is wrong, or the file is damaged.")


class SealedWriter(io.RawIOBase):
    """Writes a sealed file over `target`; it is whole when `close` has returned."""

    def __init__(self, target: IO[bytes], passphrase: str) -> None:
        salt = os.urandom(SALT_BYTES)
        self._cipher = AESGCM(key_of(passphrase, salt))
        self._target = target
        self._waiting = bytearray()
        self._number = 0
        target.write(MAGIC + salt)

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        piece = bytes(content)  # type: ignore[call-overload]  # whatever the buffer protocol gives
        self._waiting += piece
        while len(self._waiting) > BLOCK:  # the last block must be known as such, so one is always kept back
            self._write(bytes(self._waiting[:BLOCK]), last=False)
            del self._waiting[:BLOCK]
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._write(bytes(self._waiting), last=True)
        super().close()

    def _write(self, block: bytes, *, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_NONCE.pack(self._number, last), block, MAGIC))
        self._number += 1


class SealedReader(io.RawIOBase):
    """Reads what `SealedWriter` wrote; raises `FileNotOpened` at the first block, and OSError where the file is damaged or cut off."""

    def __init__(self, source: IO[bytes], passphrase: str, file: Path) -> None:
        self._cipher = AESGCM(key_of(passphrase, source.read(SALT_BYTES)))
        self._source = source
        self._file = file
        self._ready = b""
        self._number = 0
        self._next = source.read(BLOCK + TAG)
        self._last = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts, wanted = [], size if size >= 0 else 1 << 62
        while wanted > 0 and (self._ready or not self._last):
            if not self._ready:
                self._ready = self._block()
            parts.append(self._ready[:wanted])
            wanted -= len(parts[-1])
            self._ready = self._ready[len(parts[-1]) :]
        return b"".join(parts)

    def _block(self) -> bytes:
        block, self._next = self._next, self._source.read(BLOCK + TAG)
        self._last = not self._next
        try:
            opened_ = self._cipher.decrypt(_NONCE.pack(self._number, self._last), block, MAGIC)
        except (InvalidTag, ValueError):
            if self._number == 0:
                raise FileNotOpened(file=self._file) from None
            raise OSError(f"damaged or cut off after {self._number * BLOCK} bytes") from None
        self._number += 1
        return opened_


@contextmanager
def opened(file: Path, passphrase: str) -> Iterator[IO[bytes]]:
    """`file` as a stream of plain bytes, sealed or not; raises `FileSealed` when it is and there is no passphrase."""
    with file.open("rb") as source:
        if source.read(len(MAGIC)) != MAGIC:
            source.seek(0)
            yield source
            return
        if not passphrase:
            raise FileSealed(file=file)
        yield SealedReader(source, passphrase, file)  # type: ignore[misc]  # a RawIOBase reads like an IO


@contextmanager
def sealed(target: IO[bytes], passphrase: str) -> Iterator[IO[bytes]]:
    """What is written here goes to `target`, sealed when there is a `passphrase`."""
    if not passphrase:
        yield target
        return
    with SealedWriter(target, passphrase) as writer:
        yield writer  # type: ignore[misc]  # a RawIOBase writes like an IO
