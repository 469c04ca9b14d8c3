"""Names of files for programs that know only ASCII."""

from __future__ import annotations

import pytest

from web.sending import plain_name


@pytest.mark.parametrize(
    ("name", "plain"),
    [("مشتریان.xlsx", "file.xlsx"), ("مشتریان 1405.xlsx", "________1405.xlsx"), ("call-7.wav", "call-7.wav"), ('a";b.txt', "a__b.txt"), ("فایل", "file")],
)  # fmt: skip
def test_a_name_in_other_letters_still_says_what_it_is(name: str, plain: str) -> None:
    assert plain_name(name) == plain
