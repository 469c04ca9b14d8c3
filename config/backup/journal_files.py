"""The journal on the disk: what changed in the database, tick by tick, as sealed entries one after the other in files.

    journal/<stream>/<first seq>    a file: 4 bytes of length, then the sealed entry, again and again

A stream begins when the daemon opens the database and is broken when it cannot be sure to have seen every change; the
entries of a stream are numbered from 1 without a gap. An entry holds the last content of every page that changed
(PostgreSQL: of every row), so pages written on a copy of the database, from any moment after the entry before it, give
the database as of the entry.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from attrs import frozen

from config.backup.sealing import PieceDamaged
from config.backup.sets import id_of
from config.backup.vault import JOURNAL, PieceLost, Vault
from config.translations import _

FILE_ENTRIES = 360
FILE_BYTES = 64 * 1024 * 1024
_LENGTH = struct.Struct(">I")
_HEAD = struct.Struct(">QddQII?")
_PAGE = struct.Struct(">I")


@frozen
class Entry:
    """The pages that changed since the entry before. `size`: pages of the whole database then.

    What is in it was committed before `at`, and what was committed before `begun` is in it (or in an earlier one). `moment`: with
    this entry the database is whole. What changed at one tick may be too much for one entry; only the last one is a moment.
    """

    seq: int
    begun: float
    at: float
    size: int
    page_bytes: int
    pages: Mapping[int, bytes]
    moment: bool = True
    rows: bytes = b""
    """What changed in a PostgreSQL database, as config/backup/row_changes.py tells it; then there are no pages, and `page_bytes` is 0."""

    def packed(self) -> bytes:
        """As bytes."""
        head = _HEAD.pack(self.seq, self.begun, self.at, self.size, self.page_bytes, len(self.pages), self.moment)
        return b"".join([head, *(part for number in sorted(self.pages) for part in (_PAGE.pack(number), self.pages[number])), self.rows])


def unpacked(written: bytes) -> Entry:
    """An entry back from its bytes; raises ValueError."""
    try:
        seq, begun, at, size, page_bytes, count, moment = _HEAD.unpack_from(written)
    except struct.error as error:
        raise ValueError from error
    if not page_bytes:
        return Entry(seq, begun, at, size, 0, {}, moment, written[_HEAD.size :])
    step = _PAGE.size + page_bytes
    if len(written) != _HEAD.size + count * step:
        raise ValueError
    starts = range(_HEAD.size, len(written), step)
    pages = {_PAGE.unpack_from(written, start)[0]: written[start + _PAGE.size : start + step] for start in starts}
    return Entry(seq, begun, at, size, page_bytes, pages, moment)


class StreamWriter:
    """Begins a stream and writes it, or goes on with the one called `stream` after its entry `seq`.

    `seq` is the number of the last entry. Not thread-safe; methods block and raise OSError.
    """

    def __init__(self, vault: Vault, at: float, stream: str = "", seq: int = 0) -> None:
        self.stream = stream or _new_name(vault, at)
        self.seq = seq
        self._vault = vault
        self._folder = vault.folder / JOURNAL / self.stream
        self._folder.mkdir(parents=True, mode=0o700, exist_ok=bool(stream))
        self._file = self._folder / f"{seq + 1:010d}"
        self._file.unlink(missing_ok=True)  # a crash left an entry half-written there, and nothing else
        self._entries = self._bytes = 0

    def write(self, begun: float, at: float, size: int, page_bytes: int, blocks: Iterable[Mapping[int, bytes]]) -> None:
        """Add what changed, block by block, and put it on the disk; raises OSError, and then it is no moment to restore."""
        waiting: Mapping[int, bytes] | None = None
        for block in blocks:
            if waiting is not None:
                self._append(Entry(self.seq + 1, begun, at, size, page_bytes, waiting, moment=False))
            waiting = block
        if waiting is not None:
            self._append(Entry(self.seq + 1, begun, at, size, page_bytes, waiting))

    def write_rows(self, begun: float, at: float, blocks: Iterable[bytes]) -> None:
        """The same for the rows of a PostgreSQL database."""
        waiting = b""
        for block in blocks:
            if waiting:
                self._append(Entry(self.seq + 1, begun, at, 0, 0, {}, moment=False, rows=waiting))
            waiting = block
        if waiting:
            self._append(Entry(self.seq + 1, begun, at, 0, 0, {}, rows=waiting))

    def _append(self, entry: Entry) -> None:
        closed = self._vault.seal.close(entry.packed(), bound_to(self.stream, entry.seq))
        if self._entries >= FILE_ENTRIES or self._bytes >= FILE_BYTES:
            self._file, self._entries, self._bytes = self._folder / f"{entry.seq:010d}", 0, 0
        append_whole(self._file, _LENGTH.pack(len(closed)) + closed)
        self.seq, self._entries, self._bytes = entry.seq, self._entries + 1, self._bytes + len(closed)


def _new_name(vault: Vault, at: float) -> str:
    """A name that comes after those of all streams that are there, whatever the clock says."""
    last = max(streams(vault), default="")
    for turn in range(1_000):
        if (name := f"{id_of(at)}-{turn:03d}") > last:
            return name
    return f"{last}-000"


def append_whole(file: Path, written: bytes) -> None:
    """Add `written` to the end of `file` and put it on the disk; raises OSError, and then the file is as it was."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab", buffering=0) as out:
        before = out.seek(0, os.SEEK_END)
        try:
            rest = memoryview(written)
            while rest:
                rest = rest[out.write(rest) or 0 :]
            os.fdatasync(out.fileno())
        except OSError:
            with suppress(OSError):
                out.truncate(before)
            raise


def bound_to(stream: str, seq: int) -> str:
    """What an entry is sealed to: it counts at its own place only."""
    return f"{JOURNAL}/{stream}/{seq}"


def entries(vault: Vault, stream: str, after: int) -> Iterator[Entry]:
    """The entries of `stream` after number `after`, in order; ends at what a crash left half-written. Raises `PieceLost` for a gap."""
    expected = after + 1
    files = [name for name in vault.names(f"{JOURNAL}/{stream}") if name.isdigit()]
    wanted = [name for name, following in zip(files, [*files[1:], ""], strict=False) if not following or int(following) > expected]
    for name in wanted:
        file = vault.folder / JOURNAL / stream / name
        if int(name) > expected:
            raise PieceLost(file=file, why=_("what came before it is missing"))
        for seq, closed in _closed(file, int(name)):
            if seq < expected:
                continue
            try:
                yield unpacked(vault.seal.open(closed, bound_to(stream, seq)))
            except (PieceDamaged, ValueError) as error:
                raise PieceLost(file=file, why=_("it is damaged")) from error
            expected = seq + 1


def _closed(file: Path, seq: int) -> Iterator[tuple[int, bytes]]:
    with file.open("rb") as source:
        while len(head := source.read(_LENGTH.size)) == _LENGTH.size:
            (length,) = _LENGTH.unpack(head)
            closed = source.read(length)
            if len(closed) < length:
                return  # the writer died here; nobody was told that this entry is kept
            yield seq, closed
            seq += 1


def streams(vault: Vault) -> list[str]:
    """The names of the streams, the oldest first."""
    return vault.names(JOURNAL)


def newest_entry(vault: Vault) -> tuple[str, int]:
    """The newest stream and the number of its last entry: whatever is copied from the live database now is newer than that."""
    every = streams(vault)
    if not every:
        return "", 0
    files = [name for name in vault.names(f"{JOURNAL}/{every[-1]}") if name.isdigit()]
    if not files:
        return every[-1], 0
    last = int(files[-1]) - 1
    for seq, _closed_entry in _closed(vault.folder / JOURNAL / every[-1] / files[-1], int(files[-1])):
        last = seq
    return every[-1], last
