"""Any kept moment can be restored: the journal misses no change, whatever SQLite does with its log meanwhile."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from attrs import evolve
from sqlalchemy import Connection, text

from config.backup import journal as journal_module, journal_files, wal
from config.backup.journal import Journal
from config.backup.journal_files import Entry, entries, newest_entry, streams, unpacked
from config.backup.making import Home, make
from config.backup.reviving import END_OF_TIME, JournalDamaged, NothingSoEarly, revive_database, set_for
from config.backup.sets import Set, all_ids, read_set, write_set
from config.backup.sources import SqliteSource
from config.backup.tidying import tidy_journal
from config.backup.vault import Vault
from config.backup.wal import Checksum, LogReader, read_header
from config.clock import FakeClock
from config.database import Database
from tests.config.backup.house import quiet
from tests.config.databases import in_file

FILLING = "x" * 300
NEVER = 1e9
"""The tests say themselves when it ticks."""


class Room:
    """A database at work, its journal, and a vault."""

    def __init__(self, folder: Path, database: Database, file: Path) -> None:
        self.folder = folder
        self.database = database
        self.file = file
        self.clock = FakeClock()
        self.begun: list[str] = []
        self.vault = Vault.open(folder / "backups", None, make=True)
        self.journal = Journal(database, file, lambda: self.vault, self.clock, NEVER, self.begun.append)
        self.known: list[tuple[float, int]] = []

    async def write(self, many: int, rows: int = 1) -> None:
        """So many commits, each with so many rows."""

        def work(connection: Connection) -> None:
            connection.execute(text("INSERT INTO tale (words) VALUES (:words)"), [{"words": FILLING} for _ in range(rows)])

        for _commit in range(many):
            await self.database.write(work)

    async def erase(self, share: int) -> None:
        await self.database.write(lambda c: c.execute(text("DELETE FROM tale WHERE id % :share = 0"), {"share": share}))

    async def moment(self) -> float:
        """A tick, and what the database held at it."""
        self.clock.advance(10)
        await self.journal.tick()
        at = self.clock.now()
        self.known.append((at, await self.count()))
        self.clock.advance(1)
        return at

    async def count(self) -> int:
        return int(await self.database.read(lambda c: c.execute(text("SELECT count(*) FROM tale")).scalar_one()))

    async def base(self) -> Set:
        """A back-up, as the other process makes it, dated by the test's clock."""
        at = self.clock.now()
        one = await asyncio.to_thread(
            make, self.vault, SqliteSource(self.file), Home(self.folder / "nothing"), at, telling=quiet, reason="test"
        )
        one = evolve(one, made_at=at)
        write_set(self.vault, one)
        return one

    def at(self, until: float, base: Set | None = None) -> tuple[float, int]:
        """The moment that is restored for `until`, and the rows then."""
        one = base or set_for(self.vault, until, "then")
        target = self.folder / "restored.sqlite3"
        target.unlink(missing_ok=True)
        moment, _copied = revive_database(self.vault, one, until, target, quiet)
        with closing(sqlite3.connect(target)) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            return moment, copy.execute("SELECT count(*) FROM tale").fetchone()[0]


@asynccontextmanager
async def room(folder: Path):
    database = await in_file(folder)
    await database.write(lambda c: c.execute(text("CREATE TABLE tale (id INTEGER PRIMARY KEY, words TEXT)")))
    one = Room(folder, database, folder / "switchboard.sqlite3")
    try:
        yield one
    finally:
        await one.journal.stop()
        await database.close()


async def test_every_kept_moment_is_as_it_was(tmp_path: Path) -> None:
    """Before, between and after: the database of any tick comes back, row for row."""
    async with room(tmp_path) as one:
        await one.write(30)
        await one.journal.start()
        base = await one.base()
        for share in (2, 3, 5):
            await one.write(20, rows=share)
            await one.moment()
            await one.erase(share)
            await one.moment()
        for at, rows in one.known:
            assert one.at(at + 5) == (at, rows)
            assert one.at(at) == (at, rows)
        assert one.at(base.made_at)[1] == 30
        with pytest.raises(NothingSoEarly, match=base.id):
            one.at(base.made_at - 1)


@pytest.mark.parametrize("seed", range(4))
async def test_no_change_is_missed_while_the_product_writes_without_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Checkpoints, logs begun anew and back-ups in the middle of it: every moment is a whole database, and none goes backwards."""
    monkeypatch.setattr(journal_module, "LONG_LOG_BYTES", 200_000)
    monkeypatch.setattr(journal_module, "TICKS_BETWEEN_ASKING", 2)
    monkeypatch.setattr(journal_files, "FILE_ENTRIES", 5)
    chance = random.Random(seed)
    async with room(tmp_path) as one:
        await one.database.write(lambda c: c.execute(text("CREATE INDEX by_words ON tale (words, id)")))
        await one.journal.start()
        rounds: set[int] = set()
        await one.base()
        for turn in range(14):
            writing = asyncio.create_task(one.write(chance.randrange(1, 120), rows=chance.randrange(1, 30)))
            for _tick in range(chance.randrange(1, 4)):
                one.clock.advance(10)
                await one.journal.tick()
                await asyncio.sleep(0)
            await writing
            if turn in (5, 9):
                one.clock.advance(1)
                await one.base()
            await one.moment()
            header = read_header((tmp_path / "switchboard.sqlite3-wal").read_bytes())
            rounds.add(header.round if header else -1)
        assert one.begun == streams(one.vault)
        assert len(rounds) > 2
        first = read_set(one.vault, all_ids(one.vault)[0])
        for at, rows in one.known:
            assert one.at(at)[1] == rows
            assert one.at(at, first)[1] == rows
        counts = [one.at(entry.at)[1] for entry in list(entries(one.vault, first.stream, first.seq))[::3] if entry.moment]
        assert counts == sorted(counts)


async def test_it_ticks_by_itself(tmp_path: Path) -> None:
    """Every so many seconds, one tick after the other."""
    async with room(tmp_path) as one:
        one.journal = Journal(one.database, one.file, lambda: one.vault, one.clock, 10.0, one.begun.append)
        await one.journal.start()
        for turn in range(1, 4):
            await one.write(1)
            one.clock.advance(10)
            await one.journal.settled(60)
            assert (newest_entry(one.vault)[1], one.journal.trouble) == (turn, "")


async def test_the_log_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that always stands in the way would let the log grow for ever; the writer gives it a moment."""
    monkeypatch.setattr(journal_module, "LONG_LOG_BYTES", 500_000)
    monkeypatch.setattr(journal_module, "TICKS_BETWEEN_ASKING", 1)
    async with room(tmp_path) as one:
        await one.journal.start()
        for _turn in range(12):
            await one.write(15, rows=100)
            await one.moment()
        assert (tmp_path / "switchboard.sqlite3-wal").stat().st_size < 3_000_000


async def test_a_large_change_is_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred thousand rows at once are there all or not at all, though they do not fit into one entry."""
    monkeypatch.setattr(wal, "BLOCK_FRAMES", 50)
    async with room(tmp_path) as one:
        await one.journal.start()
        await one.base()
        before = await one.moment()
        await one.write(1, rows=20_000)
        after = await one.moment()
        found = list(entries(one.vault, one.begun[0], 0))
        assert len([entry for entry in found if not entry.moment]) > 10
        assert one.at(after) == (after, 20_000)
        assert one.at(after - 1)[1] == 0
        assert before < after


async def test_a_vault_on_a_full_disk_stops_neither_the_product_nor_later_moments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While there is no room nothing is promised; with room again, everything since is there."""
    async with room(tmp_path) as one:
        await one.journal.start()
        await one.base()
        with monkeypatch.context() as patched:
            patched.setattr(journal_files, "append_whole", full_disk)
            await one.write(5)
            await one.moment()
            assert "No space" in one.journal.trouble
        await one.write(5)
        at = await one.moment()
        assert not one.journal.trouble
        assert one.at(at) == (at, 10)


def full_disk(_file: Path, _written: bytes) -> None:
    raise OSError(28, "No space left on device")


async def test_a_journal_that_cannot_be_kept_lets_the_log_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It must not fill the product's own disk; when it works again, a new stream begins and asks for a back-up."""
    monkeypatch.setattr(journal_module, "LONGEST_LOG_BYTES", 100_000)
    async with room(tmp_path) as one:
        await one.journal.start()
        await one.base()
        with monkeypatch.context() as patched:
            patched.setattr(journal_files, "append_whole", full_disk)
            await one.write(10, rows=200)
            await one.moment()
        await one.write(3)
        await one.moment()
        assert len(one.begun) == 2
        await one.base()
        await one.write(4)
        at = await one.moment()
        assert one.at(at) == (at, 2007)


async def test_a_new_start_begins_a_new_stream_and_the_old_moments_stay(tmp_path: Path) -> None:
    """A restart breaks nothing that was kept."""
    async with room(tmp_path) as one:
        await one.journal.start()
        await one.base()
        await one.write(3)
        at = await one.moment()
        await one.journal.stop()
        await one.write(4)
        one.clock.advance(60)
        one.journal = Journal(one.database, one.file, lambda: one.vault, one.clock, NEVER, one.begun.append)
        await one.journal.start()
        one.clock.advance(60)
        await one.base()
        await one.write(5)
        later = await one.moment()
        assert len(set(one.begun)) == 2
        assert one.at(at) == (at, 3)
        assert one.at(later - 65) == (at, 3)
        assert one.at(later) == (later, 12)


async def test_a_gap_or_a_damaged_entry_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody gets a database that never was; what is before the damage can still be had."""
    monkeypatch.setattr(journal_files, "FILE_ENTRIES", 2)
    async with room(tmp_path) as one:
        await one.journal.start()
        base = await one.base()
        for _turn in range(7):
            await one.write(2)
            await one.moment()
        folder = one.vault.folder / "journal" / one.begun[0]
        files = sorted(folder.iterdir())
        assert len(files) > 3
        shutil.copytree(folder, tmp_path / "kept")
        files[2].unlink()
        with pytest.raises(JournalDamaged, match=r"cannot be followed beyond 2023-11-14T.*Restore with --at"):
            one.at(END_OF_TIME, base)
        assert one.at(one.known[2][0] - 1, base) == one.known[1]
        shutil.copy(tmp_path / "kept" / files[2].name, files[2])
        files[1].write_bytes(files[1].read_bytes()[:-5] + b"00000")
        with pytest.raises(JournalDamaged, match="cannot be followed"):
            one.at(END_OF_TIME, base)


async def test_what_a_crash_left_half_written_is_passed_over(tmp_path: Path) -> None:
    """The last entry counts only when all of it is there."""
    async with room(tmp_path) as one:
        await one.journal.start()
        base = await one.base()
        await one.write(2)
        at = await one.moment()
        await one.write(2)
        await one.moment()
        (file,) = (one.vault.folder / "journal" / one.begun[0]).iterdir()
        file.write_bytes(file.read_bytes()[:-10])
        assert one.at(END_OF_TIME, base) == (at, 2)
        assert newest_entry(one.vault) == (one.begun[0], 1)


async def test_journals_that_nobody_can_use_any_more_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a kept back-up leads into stays, the rest goes."""
    monkeypatch.setattr(journal_files, "FILE_ENTRIES", 2)
    async with room(tmp_path) as one:
        await one.journal.start()
        for _turn in range(5):
            await one.write(2)
            await one.moment()
        one.clock.advance(1)
        base = await one.base()
        await one.write(2)
        at = await one.moment()
        tidy_journal(one.vault, [base], base.made_at - 1)
        assert len(one.vault.names(f"journal/{one.begun[0]}")) < 3
        assert one.at(at, base) == (at, 12)


def test_the_checksum_is_sqlites_own(tmp_path: Path) -> None:
    """Every frame of a real log is accepted, and a changed byte is not."""
    file = tmp_path / "a.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("CREATE TABLE a (b)")
        for number in range(50):
            connection.execute("INSERT INTO a VALUES (randomblob(?))", (100 * number,))
        log = LogReader(tmp_path / "a.sqlite3-wal")
        look = log.look()
        assert look
        written = log.file.read_bytes()
        assert look.frames == (len(written) - 32) // (24 + 4096)
        other = tmp_path / "changed-wal"
        other.write_bytes(written[:9_000] + bytes([written[9_000] ^ 1]) + written[9_001:])
        less = LogReader(other).look()
        assert less is None or less.frames <= 2


def test_the_checksum_of_both_byte_orders(tmp_path: Path) -> None:
    """The same as the loop of the file format's page."""
    for big in (False, True):
        content = random.Random(7).randbytes(64)
        first, second = 3, 2**32 - 5
        for place in range(0, 64, 8):
            order = "big" if big else "little"
            first = (first + int.from_bytes(content[place : place + 4], order) + second) % 2**32
            second = (second + int.from_bytes(content[place + 4 : place + 8], order) + first) % 2**32
        assert Checksum.of(64, big=big).after((3, 2**32 - 5), content) == (first, second)


def test_an_entry_comes_back_as_it_was() -> None:
    """And anything else is refused."""
    entry = Entry(7, 12.25, 12.5, 3, 512, {1: b"a" * 512, 3: b"c" * 512}, moment=False)
    assert unpacked(entry.packed()) == entry
    for wrong in (b"", entry.packed()[:-1], entry.packed() + b"x"):
        with pytest.raises(ValueError, match=r"^$"):
            unpacked(wrong)
