"""Reading SQLite's write-ahead log from outside: which pages were committed since the last look.

The format is https://www.sqlite.org/fileformat2.html#the_write_ahead_log: a header of 32 bytes, then frames of 24 bytes
and a page. A frame counts when its salts are the header's and the running checksum is right; frames count up to the
last one that ends a transaction. The checksum of a whole page is one multiplication of vectors here.

Only the log itself is opened, never the database or its -shm file: closing either would drop the locks that this
process's SQLite holds on them (https://www.sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from attrs import define, field, frozen

HEADER_BYTES = 32
FRAME_BYTES = 24
BLOCK_FRAMES = 1_024
MAGIC = 0x377F0682
_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_WORD = 2**32


class LogBroken(Exception):
    """Changes may have been missed: the log was begun anew more than once since the last look."""


@frozen
class Header:
    """The log's first 32 bytes."""

    big: bool
    page_bytes: int
    round: int
    salts: tuple[int, int]
    checksum: tuple[int, int]


@frozen
class Look:
    """What was found committed: `frames` of the log in all, the running checksum there, and the database's size in pages."""

    frames: int
    checksum: tuple[int, int]
    size: int
    page_bytes: int


@define
class Checksum:
    """The log's running checksum over one kind of frame (8 bytes of frame header and a page), as two vectors of weights."""

    weights: tuple[np.ndarray, np.ndarray]
    carry: tuple[tuple[int, int], tuple[int, int]]
    order: str

    @classmethod
    def of(cls, bytes_: int, *, big: bool) -> Checksum:
        """For `bytes_` bytes. s0 += x0 + s1; s1 += x1 + s0 is linear, so each word counts with a weight of its own (modulo 2³²)."""
        words = bytes_ // 4
        first, second = [0] * words, [0] * words
        power = ((1, 0), (0, 1))  # [[1,1],[1,2]] to the power of the pairs that follow
        for pair in range(words - 2, -1, -2):
            (a, b), (c, d) = power
            first[pair], second[pair] = (a + b) % _WORD, (c + d) % _WORD
            first[pair + 1], second[pair + 1] = b, d
            power = (((a + b) % _WORD, (a + 2 * b) % _WORD), ((c + d) % _WORD, (c + 2 * d) % _WORD))
        return cls((np.array(first, np.uint32), np.array(second, np.uint32)), power, ">u4" if big else "<u4")

    def after(self, before: tuple[int, int], content: bytes) -> tuple[int, int]:
        """The checksum after `content`, when it was `before`."""
        words = np.frombuffer(content, self.order).astype(np.uint32, copy=False)
        (a, b), (c, d) = self.carry
        first, second = (int((weights * words).sum(dtype=np.uint32)) for weights in self.weights)
        return (a * before[0] + b * before[1] + first) % _WORD, (c * before[0] + d * before[1] + second) % _WORD


def read_header(written: bytes) -> Header | None:
    """The header, or None when it is not whole (the log is empty or is being begun anew)."""
    if len(written) < HEADER_BYTES:
        return None
    magic, _version, page_bytes, round_, salt, salt2, sum1, sum2 = _HEADER.unpack(written[:HEADER_BYTES])
    if magic & ~1 != MAGIC or page_bytes < 512:
        return None
    big = bool(magic & 1)
    if Checksum.of(24, big=big).after((0, 0), written[:24]) != (sum1, sum2):
        return None
    return Header(big, page_bytes, round_, (salt, salt2), (sum1, sum2))


@define
class LogReader:
    """Follows one log: `look` finds what was committed since the last `take`, `blocks` reads it. All methods block.

    Whoever uses it must hold a read transaction from before one `take` until after the next `look`: then SQLite cannot
    write over frames that have not been read (see config/backup/journal.py).
    """

    file: Path
    header: Header | None = None
    frames: int = 0
    _checksum: tuple[int, int] = (0, 0)
    _sum: Checksum | None = field(default=None, repr=False)

    def look(self) -> Look | None:
        """What was committed since the last `take`, None when nothing was; raises `LogBroken`, OSError."""
        try:
            with self.file.open("rb") as log:
                header = read_header(log.read(HEADER_BYTES))
                if header is None:
                    return None
                if header != self.header:
                    self._begin(header)
                log.seek(_offset(self.frames, header.page_bytes))
                return self._scan(log, header)
        except FileNotFoundError:
            return None

    def blocks(self, look: Look) -> Iterator[dict[int, bytes]]:
        """The pages of what was found, a few megabytes at a time, in the order they were written; raises OSError."""
        step = FRAME_BYTES + look.page_bytes
        with self.file.open("rb") as log:
            for start in range(self.frames, look.frames, BLOCK_FRAMES):
                log.seek(_offset(start, look.page_bytes))
                count = min(BLOCK_FRAMES, look.frames - start)
                block = log.read(count * step)
                if len(block) < count * step:
                    raise OSError(f"{self.file}: shorter than it was")
                places = range(0, len(block), step)
                yield {_FRAME.unpack_from(block, place)[0]: block[place + FRAME_BYTES : place + step] for place in places}

    def take(self, look: Look) -> None:
        """What was found is safe elsewhere."""
        self.frames, self._checksum = look.frames, look.checksum

    def skip(self) -> None:
        """Take everything that is committed now as seen; raises OSError."""
        self.header = None
        if look := self.look():
            self.take(look)

    def _begin(self, header: Header) -> None:
        before = self.header
        if before is not None and header.round != before.round + 1:
            raise LogBroken
        self.header, self.frames, self._checksum = header, 0, header.checksum
        if self._sum is None or before is None or (before.page_bytes, before.big) != (header.page_bytes, header.big):
            self._sum = Checksum.of(8 + header.page_bytes, big=header.big)

    def _scan(self, log: BinaryIO, header: Header) -> Look | None:
        assert self._sum is not None
        found, at, running = None, self.frames, self._checksum
        whole = FRAME_BYTES + header.page_bytes
        while len(frame := log.read(whole)) == whole:
            _number, size, salt, salt2, sum1, sum2 = _FRAME.unpack_from(frame)
            running = self._sum.after(running, frame[:8] + frame[FRAME_BYTES:])
            if (salt, salt2) != header.salts or running != (sum1, sum2):
                break
            at += 1
            if size:
                found = Look(at, running, size, header.page_bytes)
        return found


def _offset(frames: int, page_bytes: int) -> int:
    return HEADER_BYTES + frames * (FRAME_BYTES + page_bytes)
