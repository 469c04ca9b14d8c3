"""All records move to another kind of database and back; nothing is lost, nothing is half there, and nothing that stands in the way is overwritten."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Float, Integer, MetaData, String, Table, insert, select
from sqlalchemy.engine import make_url

from agents.tables import break_reason
from config.database import Database
from config.database_errors import DatabaseInUse, DatabaseUnknown
from config.moving import move as subject
from config.moving.ends import NothingToMove, RowRefused, TargetNotEmpty, source
from config.moving.move import MoveBroken, MoveDiffers, SameDatabase, SourceBehind, move
from config.moving.rows import Shape, Tally
from crm.tables import party_group
from recordings.tables import recording
from switchboard.call_log import call
from tests.peers.postgresql import server

STEPS = [{"node": "منو", "exit": "1", "n": 1.5, "none": None, "yes": True}]
CALL = {
    "id": "1.1",
    "direction": "inbound",
    "status": "answered",
    "started_at": 1769845500.123456,
    "ended_at": 1769845599.0,
    "steps": STEPS,
}
TAKEN = {
    "call": "1.1", "started_at": 0.1, "seconds": 1e-9, "file": "a.mp3", "channels": 2, "size_bytes": 5, "sha256": "0" * 64, "repaired": True,
    "legal_hold": False, "kept_at": 1e10,
}  # fmt: skip


def tell(_table: str, _done: int, _total: int) -> None:
    """Nobody looks."""


async def filled(url: str) -> None:
    """An installation's database with a branch before its tree, Persian, truths, fractions and structures."""
    database = await Database.open(url)
    for table, rows in (
        (party_group, groups()),
        (call, [CALL]),
        (recording, [TAKEN]),
        (break_reason, [{"code": "x", "title_fa": "ناهار\n'\"\t\\", "title_en": ""}]),
    ):
        await database.write(lambda connection, table=table, rows=rows: connection.execute(insert(table), rows).rowcount)
    await database.close()


def groups() -> list[dict[str, Any]]:
    names = {column.name for column in party_group.columns}
    above = next(name for name in ("parent_id", "parent") if name in names)
    rows = [{"id": 7, "name": "بالا", above: None}, {"id": 2, "name": "شاخه", above: 7}]
    moments = {name: 5.0 for name in ("created_at", "updated_at") if name in names}
    return [{**row, **moments} for row in rows]


async def everything(url: str, tables: Sequence[Table] = (party_group, call, recording, break_reason)) -> list[list[tuple[Any, ...]]]:
    database = await Database.open(url)
    found = await database.read(
        lambda connection: [[tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))] for table in tables]
    )
    await database.close()
    return found


async def test_there_and_back_again(tmp_path: Path) -> None:
    """From a file to a server and from there into another file: every value is as it was, new numbers go on behind the old ones."""
    first, middle, last = f"sqlite:///{tmp_path}/first.db", server().new(), f"sqlite:///{tmp_path}/last.db"
    await filled(first)
    there = move(first, middle, tell, time.time)
    back = move(middle, last, tell, time.time)
    assert there.rows == back.rows
    assert (there.rows["party_group"], there.rows["call"]) == (2, 1)
    before = await everything(first)
    assert await everything(middle) == before
    assert await everything(last) == before
    assert before[1][0][-1] == STEPS
    for url in (middle, last):
        database = await Database.open(url)
        again = {**TAKEN, "call": "2.2"}
        new = await database.write(
            lambda connection, again=again: connection.execute(insert(recording).values(again)).inserted_primary_key[0]
        )
        assert new == before[2][0][0] + 1
        await database.close()
    assert not [name for name in os.listdir(tmp_path) if "moving" in name]  # noqa: PTH208  Path.iterdir would be no less blocking


async def test_a_running_installation_is_copied_as_it_is_at_one_moment(tmp_path: Path) -> None:
    """Calls go on being written while their database is copied; the copy has none of it half."""
    url, target = f"sqlite:///{tmp_path}/a.db", server().new()
    await filled(url)
    database = await Database.open(url)
    written: list[str] = []

    def write_more(table: str, _done: int, _total: int) -> None:
        with closing(sqlite3.connect(tmp_path / "a.db")) as other, other:
            other.execute("INSERT INTO break_reason (code, title_fa, title_en) VALUES (?, '', '')", (f"{table}{len(written)}",))
        written.append(table)

    moved = move(url, target, write_more, time.time)
    assert moved.rows["break_reason"] == 1
    assert database.lookup("SELECT count(*) FROM break_reason") == [(1 + len(written),)]
    await database.close()


async def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A database with rows, one with somebody else's tables, a file that is there, the same database, one in use, one that does not exist."""
    url = f"sqlite:///{tmp_path}/a.db"
    await filled(url)
    full = server().new()
    move(url, full, tell, time.time)
    with pytest.raises(TargetNotEmpty):
        move(url, full, tell, time.time)
    strange = server().new()
    server().execute("CREATE TABLE accounts (id int)", make_url(strange).database or "")
    with pytest.raises(TargetNotEmpty) as refusal:
        move(url, strange, tell, time.time)
    assert "accounts" in refusal.value.text("en")
    (tmp_path / "b.db").write_bytes(b"somebody's")
    with pytest.raises(TargetNotEmpty):
        move(url, f"sqlite:///{tmp_path}/b.db", tell, time.time)
    assert (tmp_path / "b.db").read_bytes() == b"somebody's"
    with pytest.raises(SameDatabase):
        move(url, url, tell, time.time)
    with pytest.raises(DatabaseUnknown):
        move(url, server().url("nowhere"), tell, time.time)
    used = server().new()
    database = await Database.open(used)
    with pytest.raises(DatabaseInUse):
        move(url, used, tell, time.time)
    await database.close()


async def test_a_row_that_cannot_be_kept_is_named_and_nothing_is_moved(tmp_path: Path) -> None:
    """SQLite keeps a text where a number belongs; the server does not, and says where it is."""
    url, target = f"sqlite:///{tmp_path}/a.db", server().new()
    await filled(url)
    with closing(sqlite3.connect(tmp_path / "a.db")) as other, other:
        other.execute("UPDATE recording SET channels = 'two'")
    with pytest.raises(RowRefused) as refusal:
        move(url, target, tell, time.time)
    assert "recording" in refusal.value.text("en")
    assert "two" in refusal.value.text("en")
    assert server().execute("SELECT count(*) FROM break_reason", make_url(target).database or "") == [(0,)]
    with closing(sqlite3.connect(tmp_path / "a.db")) as other, other:
        other.execute("UPDATE recording SET channels = 2")
    assert move(url, target, tell, time.time).rows["recording"] == 1


async def test_a_reference_into_nothing_is_named(tmp_path: Path) -> None:
    """On the way back into a file references are looked at in the end."""
    url = f"sqlite:///{tmp_path}/a.db"
    await filled(url)
    with closing(sqlite3.connect(tmp_path / "a.db")) as other, other:
        other.execute("INSERT INTO recording_access (recording, \"user\", at, action, address) VALUES (99, 'x', 1, 'listened', '')")
    for target in (f"sqlite:///{tmp_path}/b.db", server().new()):
        with pytest.raises(RowRefused) as refusal:
            move(url, target, tell, time.time)
        assert "recording_access" in refusal.value.text("en")
    assert not (tmp_path / "b.db").exists()


async def test_an_old_database_is_updated_before_it_moves(tmp_path: Path) -> None:
    """Another version's tables are not moved into this version's."""
    url = f"sqlite:///{tmp_path}/a.db"
    await filled(url)
    with closing(sqlite3.connect(tmp_path / "a.db")) as other, other:
        other.execute("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(SourceBehind):
        move(url, server().new(), tell, time.time)


async def test_where_nothing_is_nothing_is_moved(tmp_path: Path) -> None:
    """No file, an empty file, an empty database: said, and the target stays empty."""
    target = server().new()
    (tmp_path / "empty.db").touch()
    for url in (f"sqlite:///{tmp_path}/none.db", f"sqlite:///{tmp_path}/empty.db", server().new()):
        with pytest.raises(NothingToMove):
            move(url, target, tell, time.time)
    assert not (tmp_path / "none.db").exists()
    assert server().execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", make_url(target).database or "") == [(0,)]


async def test_a_server_that_dies_in_the_middle_leaves_nothing_behind(tmp_path: Path) -> None:
    """The move is broken off with a sentence; when the server is back, the same database is empty and takes everything."""
    url, target = f"sqlite:///{tmp_path}/a.db", server().new()
    await filled(url)
    name = make_url(target).database or ""

    def end_it(table: str, _done: int, _total: int) -> None:
        if table == "call":
            server().execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    with pytest.raises(MoveBroken):
        move(url, target, end_it, time.time)
    assert move(url, target, tell, time.time).rows["call"] == 1


async def test_a_copy_that_differs_is_not_called_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written is read again; a difference is named by its table."""
    url, target = f"sqlite:///{tmp_path}/a.db", server().new()
    await filled(url)

    def spoiled(where: str) -> Any:
        if where == target:
            server().execute("UPDATE call SET status = 'missed'", make_url(target).database or "")
        return source(where)

    monkeypatch.setattr(subject, "source", spoiled)
    with pytest.raises(MoveDiffers) as refusal:
        move(url, target, tell, time.time)
    assert "call" in refusal.value.text("en")


def test_the_same_row_compares_equal_from_either_database() -> None:
    """Truths as 1 or true, a whole fraction as 1 or 1.0, a structure with other blanks and another order: equal. Anything else: not."""
    table = Table(
        "t", MetaData(), Column("id", Integer), Column("on", Boolean), Column("at", Float), Column("x", JSON), Column("s", String)
    )
    shape = Shape.of(table)
    one, other = shape.alike((1, 1, 1, '{"a": 1, "b": [2]}', "س")), shape.alike((1, True, 1.0, '{"b":[2],"a":1}', "س"))
    assert shape.compared(one) == shape.compared(other)
    assert shape.compared(one) != shape.compared(shape.alike((1, True, 1.0, '{"b":[2],"a":1}', "ش")))
    assert shape.compared(shape.alike((1, None, None, None, None))) != shape.compared(shape.alike((1, False, 0.0, "null", "")))
    tallies = [Tally(), Tally()]
    for tally, rows in zip(tallies, ([b"a", b"b"], [b"b", b"a"]), strict=True):
        for row in rows:
            tally.add(row)
    assert tallies[0] == tallies[1]
