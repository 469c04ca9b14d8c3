"""The index behind every search: what is written is found by its beginnings, by those who may, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from hypothesis import given, settings, strategies as st
from sqlalchemy import Column, Connection, Integer, MetaData, Table, create_engine, select

from config.database import Database
from crm import search_index
from crm.search_index import having, matching, token_rows, write_tokens
from crm.search_tokens import MOST_CARRIED, carried, favoured, number_tokens, searched, text_tokens
from crm.tables import search_token

PEOPLE: Mapping[int, str] = {
    1: "مریم احمدی شرکت آریا صنعت",
    2: "رضا احمدی",
    3: "محمد محمدی",
    4: "مریم علی‌نژاد",
    5: "محمدرضا کریمی",
}


def found(connection: Connection, typed: str, most: int = 60, **more: object) -> set[int]:
    return set(matching(connection, "party", searched(typed), most, **more))


async def filled(folder: Path) -> Database:
    database = await Database.temporary(folder)

    def work(connection: Connection) -> None:
        for number, name in PEOPLE.items():
            write_tokens(connection, "party", number, text_tokens(name), owners={"reza" if number % 2 else "sara"})
        write_tokens(connection, "task", 1, text_tokens("تماس با احمدی"))

    await database.write(work)
    return database


async def test_words_in_any_order_find_the_record(tmp_path: Path) -> None:
    """Two beginnings find who has both, whichever comes first; other entities' records are not mixed in."""
    database = await filled(tmp_path)
    for typed, numbers in (
        ("احم", {1, 2}),
        ("مر احم", {1}),
        ("احم مر", {1}),
        ("آریا مر", {1}),
        ("علینژ مر", {4}),
        ("علی نژ مریم", {4}),
        ("محمد", {3, 5}),
        ("محمد محمدی", {3}),
        ("رضا کریمی", set()),
        ("تماس", set()),
    ):
        assert await database.read(partial(found, typed=typed)) == numbers, typed
    assert await database.read(lambda connection: matching(connection, "task", searched("احم تم"), 9)) == [1]
    await database.close()


async def test_a_long_text_is_found_by_any_two_of_its_words(tmp_path: Path) -> None:
    """Records of many words carry none in their rows; their words are looked up and found all the same."""
    database = await Database.temporary(tmp_path)
    words = [f"{chr(0x0627 + place % 20)}واژه{chr(0x0627 + place // 20)}" for place in range(60)]
    assert carried(words) == ""
    await database.write(lambda connection: write_tokens(connection, "note", 7, text_tokens(" ".join(words), "ژاله")))
    await database.write(lambda connection: write_tokens(connection, "note", 8, text_tokens("ژاله")))
    for word in words[::7]:
        assert await database.read(partial(matching, entity="note", terms=searched(f"ژال {word}"), most=9)) == [7]
    await database.close()


async def test_numbers_and_words_together(tmp_path: Path) -> None:
    """A name and the beginning or the end of a number narrow each other."""
    database = await filled(tmp_path)
    tokens = text_tokens(PEOPLE[2]) | number_tokens("+989351112233")
    await database.write(lambda connection: write_tokens(connection, "party", 2, tokens))
    for typed in ("احمدی 0935", "0935 احم", "2233 رض"):
        assert await database.read(partial(found, typed=typed)) == {2}, typed
    assert await database.read(lambda connection: found(connection, "مریم 0935")) == set()
    await database.close()


async def test_owners_narrow_and_unknown_owners_do_not_hide(tmp_path: Path) -> None:
    """A search among one's own finds these; a record whose owners nobody wrote down is left to the condition."""
    database = await filled(tmp_path)
    assert await database.read(lambda connection: found(connection, "احم", owners={"reza"})) == {1}
    assert await database.read(lambda connection: found(connection, "احم", owners={"reza", "sara"})) == {1, 2}
    assert await database.read(lambda connection: found(connection, "احم", owners={"rez"})) == set()
    await database.write(lambda connection: write_tokens(connection, "party", 9, text_tokens("احمد")))
    await database.write(lambda connection: write_tokens(connection, "party", 10, text_tokens("احمد"), owners=()))
    assert await database.read(lambda connection: found(connection, "احم", owners={"reza"})) == {1, 9}
    hidden = await database.read(lambda connection: found(connection, "احم", extra_where=lambda record: record != 9, owners={"reza"}))
    assert hidden == {1}
    await database.close()


async def test_the_records_of_few_users_drive_the_search(tmp_path: Path) -> None:
    """Who sees little searches among that little, with the same result as by words."""
    database = await filled(tmp_path)
    mine = (search_token.c.entity == "party", search_token.c.record_id == 1, search_token.c.token.startswith("@"))
    rows = select(search_token.c.token).where(*mine)
    assert await database.read(lambda connection: connection.execute(rows).scalars().all()) == ["@reza "]
    many = {f"user{number}" for number in range(search_index.FEW_OWNERS + 1)}
    for owners in ({"reza"}, {"reza", *many}):
        assert await database.read(partial(found, typed="مریم", owners=owners)) == {1}
        assert await database.read(partial(found, typed="محمد", owners=owners)) == {3, 5}
        assert await database.read(partial(found, typed="محمد کر", owners=owners)) == {5}
    await database.close()


async def test_favourites_are_found_apart(tmp_path: Path) -> None:
    """VIPs can be asked for first, however common the name."""
    database = await filled(tmp_path)
    words = text_tokens(PEOPLE[2])
    await database.write(lambda connection: write_tokens(connection, "party", 2, words | favoured(words) | number_tokens("+989351112233")))
    assert await database.read(lambda connection: found(connection, "احم", favourites=True)) == {2}
    assert await database.read(lambda connection: found(connection, "رض احم", favourites=True)) == {2}
    assert await database.read(lambda connection: found(connection, "مر احم", favourites=True)) == set()
    assert await database.read(lambda connection: found(connection, "0935", favourites=True)) == set()
    assert await database.read(lambda connection: found(connection, "احم")) == {1, 2}
    await database.close()


async def test_the_last_words_written_count(tmp_path: Path) -> None:
    """Written anew, a record is found by the new words only; without words not at all."""
    database = await filled(tmp_path)
    await database.write(lambda connection: write_tokens(connection, "party", 2, {"کاوه"}))
    assert await database.read(lambda connection: found(connection, "احم")) == {1}
    assert await database.read(lambda connection: found(connection, "کاو")) == {2}
    await database.write(lambda connection: write_tokens(connection, "party", 2, ()))
    rows = select(search_token.c.token).where(search_token.c.record_id == 2)
    assert await database.read(lambda connection: connection.execute(rows).all()) == []
    await database.close()


numbers = Table("numbers", MetaData(), Column("id", Integer, primary_key=True))
"""Stands for the table of an entity whose list is searched."""
WORDS = st.text(alphabet="ابمحدی", min_size=1, max_size=4)
NAMES = st.lists(st.lists(WORDS, min_size=1, max_size=MOST_CARRIED + 3).map(" ".join), min_size=1, max_size=12)


@given(NAMES, st.lists(WORDS, min_size=1, max_size=3).map(" ".join), st.integers(1, 4), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_it_finds_what_reading_everything_finds(names: list[str], typed: str, common: int, most_more: int) -> None:
    """However common the words, whichever drives, in the first rows or in all: the same records as by reading every name."""
    engine = create_engine("sqlite://")
    wanted = {
        number
        for number, name in enumerate(names)
        if all(any(token.startswith(prefix) for token in text_tokens(name) for prefix in term) for term in searched(typed))
    }
    kept = search_index.COMMON, search_index.COUNTED
    search_index.COMMON, search_index.COUNTED = common, (1, common)  # so small that few names are many
    try:
        with engine.begin() as connection:
            search_token.create(connection)
            numbers.create(connection)
            connection.execute(numbers.insert(), [{"id": number} for number in range(len(names))])
            rows = [row for number, name in enumerate(names) for row in token_rows("party", number, text_tokens(name))]
            connection.execute(search_token.insert(), [dict(zip(search_token.c.keys(), row, strict=True)) for row in rows])
            assert found(connection, typed) == wanted
            listed = select(numbers.c.id).where(having(connection, "party", searched(typed), numbers.c.id, common))
            assert set(connection.execute(listed).scalars()) == wanted
            assert len(matching(connection, "party", searched(typed), 1 + most_more)) == min(len(wanted), 1 + most_more)
    finally:
        search_index.COMMON, search_index.COUNTED = kept
        engine.dispose()
