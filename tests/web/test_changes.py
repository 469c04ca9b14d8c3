"""The history of a record in words."""

from __future__ import annotations

import pytest

from web.records.changes import origin_in_words


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ("web 10.0.0.7", "صفحه 10.0.0.7"),
        ("bulk 3", "تغییر گروهی 3"),
        ("undo of bulk 3", "بازگرداندن تغییر گروهی 3"),
        ("", ""),
        ("own program", "own program"),
    ],
)
def test_where_a_change_came_from_is_told_in_words(origin, words):
    """What was taken back is named as it was when it was done."""
    assert origin_in_words(origin, "fa") == words
