"""Many rows go into a table as they came, with ids known beforehand, on whichever database the tests run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select

from config.database import Database
from config.many_rows import WORTH_COMPARING, WORTH_POURING, insert_rows, next_numbers, pour_rows, sent_together
from crm.catalogue import declared
from crm.record_tables import choice, history
from crm.tables import search_token

PARTY = next(one for one in declared() if one.name == "party").table
COLUMNS = ("at", "username", "origin", "entity", "record_id", "act", "version", "changes")
STRANGE = "«آ»\t\\N \\u0000 \"'{},\n%(x)s :x"


def line(number: int, changes: Any) -> tuple[Any, ...]:
    return (1700000000.123, STRANGE, "", "party", number, "created", 1, changes)


async def test_rows_come_out_as_they_went_in(tmp_path: Path) -> None:
    """Texts with every sign that formats use, fractions of seconds, and nested values are kept exactly, in order."""
    database = await Database.temporary(tmp_path)
    changes = {"name": [None, STRANGE], "rows": [None, [{"number": "+98", "main": True, "place": None}]]}

    def work(connection: Connection) -> list[tuple[Any, ...]]:
        insert_rows(connection, history, COLUMNS, [line(number, changes) for number in (3, 1, 2)])
        insert_rows(connection, history, COLUMNS, [])
        return [tuple(row) for row in connection.execute(select(*(history.c[name] for name in COLUMNS)).order_by(history.c.id))]

    assert await database.write(work) == [line(number, changes) for number in (3, 1, 2)]
    await database.close()


async def test_columns_that_are_left_out_get_their_default_and_yes_stays_yes(tmp_path: Path) -> None:
    database = await Database.temporary(tmp_path)

    def work(connection: Connection) -> list[tuple[Any, ...]]:
        insert_rows(connection, choice, ("list", "code", "own"), [("role", "x", True), ("role", "y", False)])
        found = (
            select(choice.c.code, choice.c.own, choice.c.active, choice.c.title_fa).where(choice.c.list == "role").order_by(choice.c.code)
        )
        return [tuple(row) for row in connection.execute(found)]

    assert await database.write(work) == [("x", True, True, ""), ("y", False, True, "")]
    await database.close()


async def test_what_is_the_same_in_all_rows_stands_in_each(tmp_path: Path) -> None:
    """Texts, numbers, yes, nothing and nested values, whether every row has them or all but one."""
    database = await Database.temporary(tmp_path)
    rows = [(f"یک{number}", True, STRANGE, None, 7) for number in range(WORTH_COMPARING)]
    mixed = [
        (f"دو{number}", bool(number), "x" if number else STRANGE, None if number else "also", number) for number in range(WORTH_COMPARING)
    ]
    columns = ("code", "active", "title_fa", "also", "position")

    def work(connection: Connection) -> list[tuple[Any, ...]]:
        for some in (rows, mixed):
            insert_rows(connection, choice, ("list", *columns), [("role", *row) for row in some])
        insert_rows(connection, history, COLUMNS, [line(5, {"name": [None, "x"]})] * WORTH_COMPARING)
        assert {tuple(row) for row in connection.execute(select(*(history.c[name] for name in COLUMNS[:-1])))} == {line(5, {})[:-1]}
        assert connection.execute(select(history.c.changes)).scalars().all() == [{"name": [None, "x"]}] * WORTH_COMPARING
        insert_rows(connection, history, COLUMNS, [line(6, "a text in JSON")] * WORTH_COMPARING)
        assert set(connection.execute(select(history.c.changes).where(history.c.record_id == 6)).scalars()) == {"a text in JSON"}
        return [tuple(row) for row in connection.execute(select(*(choice.c[name] for name in columns)))]

    assert sorted(await database.write(work)) == sorted([*rows, *mixed])
    await database.close()


async def test_ids_follow_on_and_nobody_else_gets_them(tmp_path: Path) -> None:
    """What is numbered beforehand and what the database numbers itself never meet."""
    database = await Database.temporary(tmp_path)

    def work(connection: Connection) -> list[int]:
        numbers = next_numbers(connection, PARTY, 3, select(func.max(history.c.record_id)))
        insert_rows(connection, PARTY, ("id", "name"), [(number, "x") for number in numbers])
        made = connection.execute(insert(PARTY).values(name="y")).inserted_primary_key
        assert made is not None
        return [*numbers, made[0]]

    assert await database.write(work) == [1, 2, 3, 4]
    await database.close()


async def test_what_fails_among_rows_sent_together_fails_the_whole_work(tmp_path: Path) -> None:
    """A value that must be there once only, twice: nothing of the batch stays, and the database goes on."""
    database = await Database.temporary(tmp_path)

    def work(connection: Connection) -> None:
        with sent_together(connection):
            insert_rows(connection, PARTY, ("name", "code"), [("a", "1"), ("b", "1")])
            insert_rows(connection, choice, ("list", "code"), [("role", "x")])

    with pytest.raises(Exception, match=r"(?i)unique"):
        await database.write(work)
    assert await database.read(lambda connection: connection.execute(select(PARTY.c.id)).all()) == []
    await database.write(lambda connection: insert_rows(connection, PARTY, ("name",), [("c",)]))
    await database.close()


async def test_texts_and_numbers_by_the_thousand_come_out_as_they_went_in(tmp_path: Path) -> None:
    """Rows that are poured in keep every sign, whether the whole of them is plain or one is not."""
    database = await Database.temporary(tmp_path)
    plain = [("party", f"علی{number}", number, " علی محمدی") for number in range(WORTH_POURING)]
    strange = [
        ("task", f"{number}{sign}", number, STRANGE)
        for number, sign in enumerate(("\t", "\n", "\r", "\\N", "\\", "\\.", '"', "\\u0000") * 100)
    ]
    columns = ("entity", "token", "record_id", "words")

    def work(connection: Connection) -> list[tuple[Any, ...]]:
        for rows in (plain, strange, plain[:0], [("note", "یک", 1, "")]):
            pour_rows(connection, search_token, columns, rows)
        return [tuple(row) for row in connection.execute(select(*(search_token.c[name] for name in columns)))]

    assert sorted(await database.write(work)) == sorted([*plain, *strange, ("note", "یک", 1, "")])
    await database.close()
