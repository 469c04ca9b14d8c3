"""Names in the order of the Persian alphabet."""

from __future__ import annotations

import sqlite3

from hypothesis import given, strategies as st

from config.persian.alphabet import ALPHABET, sort_key

IN_ORDER = [
    "2", "12", "100", "آذر", "آریا ۲", "آریا ۱۰", "آریا صنعت", "ابراهیمی", "احمد", "بهرامی", "پارسا", "تهرانی", "جعفری", "چمنی", "زارع", "ژاله",
    "علی نژاد", "علیزاده", "كاظمي", "کاوه", "گلزار", "نادری", "واعظی", "همتی", "یزدی", "Élan", "Zed", "Петр",
]  # fmt: skip


def test_names_sort_by_the_persian_alphabet() -> None:
    """آ comes before ا, پ after ب, گ after ک; numbers by value first, Latin and other scripts last."""
    assert sorted({*IN_ORDER}, key=sort_key) == IN_ORDER


def test_spellings_of_one_name_stand_together() -> None:
    """Arabic letters, vowel marks, joiners, case and punctuation make no difference."""
    for one, other in (
        ("علی‌نژاد", "علی نژاد"),
        ("كاظمي", "کاظمی"),
        ("مُحَمَّد", "محمد"),
        ("شرکت «آریا»", "شرکت آریا"),
        ("ZED", "zed"),
        ("ش. ۰۱۲", "ش 12"),
    ):
        assert sort_key(one) == sort_key(other)


def test_all_letters_differ() -> None:
    """Every letter of the alphabet has its own place."""
    keys = [sort_key(letter) for letter in ALPHABET]
    assert keys == sorted(set(keys))


@given(st.text())
def test_the_key_is_plain_ascii(text: str) -> None:
    """What is stored sorts the same in any database that compares bytes."""
    key = sort_key(text)
    assert key.isascii()
    assert key.isprintable()


@given(st.integers(0, 10**30), st.integers(0, 10**30))
def test_numbers_sort_by_value(one: int, other: int) -> None:
    """«کوچه ۲» before «کوچه ۱۰», however long the numbers are."""
    assert (sort_key(f"کوچه {one} الف") < sort_key(f"کوچه {other} الف")) == (one < other)


def test_sqlite_sorts_the_keys_in_the_same_order() -> None:
    """The database needs no collation of its own."""
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE name (name TEXT, sort_key TEXT)")
        connection.executemany("INSERT INTO name VALUES (?, ?)", [(one, sort_key(one)) for one in reversed(IN_ORDER)])
        found = [row[0] for row in connection.execute("SELECT name FROM name ORDER BY sort_key")]
    connection.close()
    assert found == IN_ORDER
