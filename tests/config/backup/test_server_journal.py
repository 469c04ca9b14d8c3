"""Any kept moment of a PostgreSQL database can be restored, into an empty database, row for row."""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from attrs import evolve

from config.archive import DUMP
from config.backup import capture, row_changes, server_journal
from config.backup.filling import fill_postgres
from config.backup.following import journal_of
from config.backup.jobs import Jobs
from config.backup.journal import Journal
from config.backup.journal_files import Entry, unpacked
from config.backup.making import Home, make
from config.backup.proving import prove
from config.backup.reviving import END_OF_TIME, changes_beside, revive_database, set_for
from config.backup.row_changes import LastChanges, blocks
from config.backup.server_journal import ServerJournal, forget_journal
from config.backup.sets import Set, write_set
from config.backup.sources import PostgresSource, conninfo
from config.backup.vault import Vault
from config.clock import FakeClock
from config.settings import Database as DatabaseSettings
from tests.config.backup.house import House, quiet
from tests.config.databases import in_file
from tests.peers import postgresql
from tests.peers.postgresql import server

NEVER = 1e9
"""The tests say themselves when it ticks."""

TABLES = """
CREATE TABLE party (id SERIAL PRIMARY KEY, name TEXT UNIQUE, weight DOUBLE PRECISION, extra JSON, picture BYTEA, active BOOLEAN DEFAULT true);
CREATE TABLE "word of" (entity TEXT, "a word" TEXT, party INTEGER REFERENCES party (id) ON DELETE CASCADE, PRIMARY KEY (entity, "a word", party));
CREATE TABLE alembic_version (version_num TEXT PRIMARY KEY);
INSERT INTO alembic_version VALUES ('0001');
"""
STRANGE = ("مریم\tاحمدی", "a\nb\\N", "\\.", "[1]", '{"table": "x"}', "", "‌", "\r")


class Room:
    """A server's database at work, its journal, and a vault."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = server().new()
        self.clock = FakeClock()
        self.begun: list[str] = []
        self.vault = Vault.open(folder / "backups", None, make=True)
        self.journal = self.new_journal()
        self.known: list[tuple[float, list[Any]]] = []
        self.do(TABLES)

    def new_journal(self) -> ServerJournal:
        return ServerJournal(self.url, lambda: self.vault, self.clock, NEVER, self.begun.append)

    def do(self, *statements: str | tuple[str, tuple[object, ...]]) -> None:
        """One transaction."""
        with psycopg.connect(conninfo(self.url)) as connection:
            for one in statements:
                sql, values = one if isinstance(one, tuple) else (one, None)
                connection.execute(sql.encode(), values)

    def add(self, name: str, extra: str = '{"a": "\\u0000"}') -> None:
        self.do(
            ("INSERT INTO party (name, weight, extra, picture) VALUES (%s, 0.1, %s::json, '\\x00ff'::bytea)", (name, extra)),
            ("INSERT INTO \"word of\" SELECT 'party', %s, max(id) FROM party", (name,)),
        )

    async def moment(self) -> float:
        """A tick, and what the database held at it."""
        self.clock.advance(10)
        await self.journal.tick()
        assert self.journal.trouble == ""
        at = self.clock.now()
        self.known.append((at, content(self.url)))
        self.clock.advance(1)
        return at

    async def base(self) -> Set:
        """A back-up, as the other process makes it, dated by the test's clock."""
        at = self.clock.now()
        home = Home(self.folder / "nothing")
        one = await asyncio.to_thread(make, self.vault, PostgresSource(self.url), home, at, telling=quiet, reason="test")
        one = evolve(one, made_at=at)
        write_set(self.vault, one)
        self.clock.advance(1)
        return one

    def at(self, until: float) -> tuple[float, list[Any]]:
        """The moment that is restored for `until`, and everything that was there then."""
        one = set_for(self.vault, until, "then")
        dump = self.folder / DUMP
        for left in (dump, changes_beside(dump)):
            left.unlink(missing_ok=True)
        moment, _copied = revive_database(self.vault, one, until, dump, quiet)
        changes = changes_beside(dump)
        target = server().new()
        fill_postgres(dump, target, changes if changes.exists() else None)
        return moment, content(target)


def content(url: str) -> list[Any]:
    """Every row of both tables."""
    asked = ("SELECT party::text FROM party ORDER BY id", 'SELECT * FROM "word of" ORDER BY 1, 2, 3')
    with psycopg.connect(conninfo(url)) as connection:
        return [connection.execute(sql).fetchall() for sql in asked]


@asynccontextmanager
async def room(folder: Path):
    one = Room(folder)
    yield one
    await one.journal.stop()


async def test_every_kept_moment_is_as_it_was(tmp_path: Path) -> None:
    """Whatever a text holds, whatever was changed or deleted, with keys that point to each other: the database of any tick comes back."""
    async with room(tmp_path) as one:
        await one.journal.start()
        for name in STRANGE[:3]:
            one.add(name)
        await one.base()
        for name in STRANGE[3:]:
            one.add(name)
        await one.moment()
        one.do("DELETE FROM party WHERE id <= 4", "UPDATE party SET name = name || '!', weight = 'Infinity', extra = NULL WHERE id = 5")
        await one.moment()
        one.do('UPDATE party SET id = id + 100 WHERE id = 6 AND NOT EXISTS (SELECT 1 FROM "word of" WHERE party = 6)')
        one.do(
            "UPDATE party SET name = 'x' WHERE id = 5", "UPDATE party SET name = 'a\nb\\N!' WHERE id = 7", "DELETE FROM party WHERE id = 8"
        )
        await one.moment()
        for at, then in one.known:
            assert one.at(at + 5) == (at, then)
        with psycopg.connect(conninfo(one.url)) as connection:
            assert connection.execute("SELECT count(*) FROM switchboard_journal.change").fetchone() == (0,)


@pytest.mark.parametrize("seed", range(2))
async def test_no_change_is_missed_while_many_write(tmp_path: Path, seed: int) -> None:
    """Ticks and back-ups come at any time between commits that are under way; each moment is a consistent one."""
    chance = random.Random(seed)
    async with room(tmp_path) as one:
        one.add("first")
        await one.journal.start()
        await one.base()
        late = psycopg.connect(conninfo(one.url))
        late.execute("INSERT INTO party (name) VALUES ('late')")
        for turn in range(12):
            for number in range(chance.randrange(6)):
                one.add(f"{turn} {number}")
            one.do(("DELETE FROM party WHERE id %% %s = 0", (chance.randrange(3, 9),)))
            one.do(("UPDATE party SET weight = weight + 1 WHERE id %% %s = 1", (chance.randrange(2, 5),)))
            if turn == 6:
                late.commit()
                late.close()
            if turn % 5 == 2:
                await one.base()
            await one.moment()
        for at, then in chance.sample(one.known, 4):
            assert one.at(at) == (at, then)


async def test_the_stream_goes_on_over_a_restart_and_a_lost_server(tmp_path: Path) -> None:
    """What happens while nobody follows is noted in the database; no new whole back-up is needed."""
    async with room(tmp_path) as one:
        await one.journal.start()
        await one.base()
        one.add("before")
        await one.journal.stop()
        one.add("meanwhile")
        one.journal = one.new_journal()
        await one.moment()
        assert len(one.begun) == 1
        at, then = one.known[-1]
        assert one.at(at) == (at, then)
        assert "meanwhile" in str(then)


async def test_a_full_vault_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said, and the next tick that can write has it all, also what was written half."""
    monkeypatch.setattr(row_changes, "BLOCK_BYTES", 200)
    async with room(tmp_path) as one:
        await one.journal.start()
        await one.base()
        for number in range(20):
            one.add(f"name {number}")
        written = server_journal.StreamWriter._append
        calls = []

        def full(writer: Any, entry: Entry) -> None:
            calls.append(entry)
            if len(calls) == 3:
                raise OSError(28, "No space left on device")
            written(writer, entry)

        monkeypatch.setattr(server_journal.StreamWriter, "_append", full)
        await one.journal.tick()
        assert "No space" in one.journal.trouble
        await one.moment()
        assert len(one.begun) == 1
        assert one.at(END_OF_TIME)[1] == one.known[-1][1]


async def test_a_database_that_is_set_back_or_changed_begins_a_new_stream(tmp_path: Path) -> None:
    """Its changes do not lead on from what the vault has."""
    async with room(tmp_path) as one:
        await one.journal.start()
        one.do("CREATE TABLE new (id INTEGER PRIMARY KEY)")
        await one.moment()
        assert len(one.begun) == 2
        one.do("TRUNCATE new")
        await one.moment()
        assert len(one.begun) == 3
        for _turn in range(3):
            one.add(f"{_turn}")
            await one.moment()
        one.do("UPDATE switchboard_journal.about SET seq = seq - 3")
        one.journal = one.new_journal()
        await one.moment()
        assert len(one.begun) == 4
        one.do("DROP TRIGGER switchboard_journal_update ON party")
        await one.moment()
        assert len(one.begun) == 5


async def test_notes_do_not_fill_the_servers_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the vault cannot be written for long, nothing is noted any more, and the product goes on."""
    async with room(tmp_path) as one:
        await one.journal.start()
        monkeypatch.setattr(server_journal, "LONGEST_WAITING_BYTES", 0)

        def full(_writer: object, _entry: Entry) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as broken:
            broken.setattr(server_journal.StreamWriter, "_append", full)
            one.add("unkept")
            await one.journal.tick()
        assert one.journal.trouble
        one.add("still works")
        await one.moment()
        assert len(one.begun) == 2


async def test_switched_off_it_leaves_nothing_in_the_database(tmp_path: Path) -> None:
    """And a server that is away is said."""
    async with room(tmp_path) as one:
        await one.journal.start()
        await asyncio.to_thread(forget_journal, one.url)
        one.add("unnoted")
        with psycopg.connect(conninfo(one.url)) as connection:
            assert connection.execute("SELECT to_regclass('switchboard_journal.change')").fetchone() == (None,)
            assert connection.execute("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'switchboard%'").fetchone() == (0,)
        away = ServerJournal(one.url.replace(f":{server().port}/", ":1/"), lambda: one.vault, one.clock, NEVER, one.begun.append)
        await away.tick()
        assert away.trouble


async def test_a_restored_database_is_itself_followed_again(tmp_path: Path) -> None:
    """It brings the triggers along; nobody else's changes are taken for its own."""
    async with room(tmp_path) as one:
        await one.journal.start()
        one.add("kept")
        base = await one.base()
        dump = tmp_path / DUMP
        revive_database(one.vault, base, END_OF_TIME, dump, quiet)
        one.url = server().new()
        fill_postgres(dump, one.url)
        one.journal = one.new_journal()
        await one.moment()
        assert len(one.begun) == 2
        await one.base()
        one.add("after")
        await one.moment()
        assert one.at(END_OF_TIME)[1] == one.known[-1][1]


async def test_a_dump_with_missing_rows_is_found(tmp_path: Path) -> None:
    """The test restore counts what the dump holds against what was counted when it was made."""
    async with room(tmp_path) as one:
        one.add("kept")
        base = await one.base()
        assert prove(one.vault, base, 0.0, quiet).ok
        proof = prove(one.vault, evolve(base, rows={**base.rows, "party": 7}), 0.0, quiet)
        assert not proof.ok
        assert "party: 1 rows, 7" in proof.why


def test_an_entry_of_rows_comes_back_as_it_was() -> None:
    entry = Entry(7, 1.0, 2.0, 0, 0, {}, rows=b"[1]\tt\t1\n")
    assert unpacked(entry.packed()) == entry


def test_the_last_change_of_a_row_counts(tmp_path: Path) -> None:
    """Whichever block it came in."""
    table = capture.Captured("party", ("id",), ("id",), ("integer",))
    changes = LastChanges(tmp_path / "changes")
    for rows in ([b"[1]\tt\t1\n", b"[2]\tt\t2\n"], [b"[1]\tf\t\\N\n"]):
        for block in blocks([(table, rows)]):
            changes.add(block)
    changes.close()
    told = b"".join(row_changes.script(tmp_path / "changes")).decode()
    assert "[1]\n[2]\n\\." in told
    assert told.endswith("FROM stdin;\n2\n\\.\n")


async def test_the_settings_choose_the_journal(tmp_path: Path) -> None:
    """A file's, a server's, or none; and what a server's left is taken away when none is wanted."""
    house = House(tmp_path)
    database = await postgresql.temporary(tmp_path)
    url = postgresql._made[tmp_path]
    clock, begun = FakeClock(), list[str]()

    async def chosen(address: str, seconds: int) -> Any:
        settings = evolve(
            house.settings, database=DatabaseSettings(url=address), backup=evolve(house.settings.backup, journal_seconds=seconds)
        )
        return await journal_of(settings, Jobs(settings, {}), database, clock, begun.append)

    follower = await chosen(url, 10)
    assert isinstance(follower, ServerJournal)
    await follower.start()
    assert (begun, follower.trouble) == ([follower._stream.stream], "")
    await follower.stop()
    assert await chosen(url, 0) is None
    assert database.lookup("SELECT to_regclass('switchboard_journal.change')") == [(None,)]
    assert await chosen("postgresql://switchboard@127.0.0.1:1/nowhere", 0) is None
    await database.close()
    in_one_file = await in_file(tmp_path)
    house_settings = evolve(house.settings, database=DatabaseSettings(url=f"sqlite:///{in_one_file.file}"))
    assert isinstance(await journal_of(house_settings, house.jobs, in_one_file, clock, begun.append), Journal)
    await in_one_file.close()
