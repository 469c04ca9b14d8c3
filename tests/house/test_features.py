"""docs/features.md cannot lie: every id once, every path real, nothing done without a test."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COUNTS = {"A": 9, "B": 6, "C": 5, "D": 9, "E": 7, "F": 7, "G": 12, "H": 8, "I": 10, "J": 6, "K": 7, "L": 3, "M": 6, "N": 12}
ROW = re.compile(r"^\| ([A-N]\d+) \|([^|]+)\|([^|]+)\|([^|]*)\|([^|]*)\|$")
PATH = re.compile(r"`([^`]+)`")


def rows() -> list[tuple[str, str, str, str, str]]:
    """Id, what, state, code and tests of every row."""
    lines = (ROOT / "docs" / "features.md").read_text().splitlines()
    found = [match.groups() for line in lines if (match := ROW.match(line))]
    return [(a.strip(), b.strip(), c.strip(), d.strip(), e.strip()) for a, b, c, d, e in found]


def test_every_id_has_one_row_in_order() -> None:
    """The catalogue's ids stand here once each, in its order."""
    assert [row[0] for row in rows()] == [f"{area}{n}" for area, count in COUNTS.items() for n in range(1, count + 1)]


def test_states_are_the_three_words() -> None:
    """A state is done, part or not yet; what is begun names its code."""
    for name, _what, state, code, _tests in rows():
        assert state in {"done", "part", "not yet"}, name
        assert bool(code) == (state != "not yet"), name


def test_every_path_named_exists() -> None:
    """Code and tests that a row names are really there."""
    missing = [(row[0], path) for row in rows() for path in PATH.findall(row[3] + row[4]) if not (ROOT / path).exists()]
    assert missing == []


def test_nothing_is_done_without_a_test() -> None:
    """Done or part means: a test names it."""
    assert [row[0] for row in rows() if row[2] != "not yet" and "`tests/" not in row[4]] == []
