"""What is guessed first is refused; what is not, is not."""

from __future__ import annotations

import pytest

from crm.common_passwords import LATIN_KEYS, PERSIAN_KEYS, common, words
from crm.passwords import PasswordCommon, PasswordTooWeak, check_new, temporary


@pytest.mark.parametrize(
    "password",
    [
        "password", "Password2024", "P@ssw0rd!", "drowssap", "letmein!", "trustno1", "iloveyou", "qwerty123", "qwertyasdf", "1qaz2wsx", "zaq12wsx", "asdfghjkl",
        "abcd1234", "aaaaaaaa", "abababab", "12345678", "87654321", "09121234567", "1365/01/01", "salam1234", "Maryam13650101", "sghl1234", "سلام۱۲۳۴", "سلام‌سلام",
        "persepolis6", "تهران۱۴۰۴", "ضصثقفغعه", "admin1404",
    ],
)  # fmt: skip
def test_what_everybody_tries_is_common(password: str) -> None:
    """Words, names, walks over the keyboard, dates and numbers, in both languages and on the wrong layout."""
    assert common(password)


@pytest.mark.parametrize("password", ["correct horse", "tR9-kk2q-xx", "کتاب آبی روی میز", "khaneye-sabz-86", "demo-1404"])
def test_what_is_not_among_them_may_be_chosen(password: str) -> None:
    """Several words, or letters that mean nothing together."""
    assert not common(password)
    check_new(password, "maryam")


def test_the_list_covers_more_than_ten_thousand() -> None:
    """Each known word with a year, a row of digits or a sign around it: all refused."""
    sample = sorted(words())[::10]
    made = {f"{word}{tail}" for word in sample for tail in ("1", "12", "123", "1234", "1404", "2024", "!", "@123", "1365", "007")}
    assert all(map(common, made))
    assert len(made) * 10 > 9_000
    assert len(words()) * 20 > 10_000


def test_the_two_layouts_have_the_same_keys() -> None:
    """Each Latin key has its Persian letter."""
    assert len(LATIN_KEYS) == len(PERSIAN_KEYS)


def test_long_repetitions_are_common_however_long() -> None:
    """Two hundred letters of nothing new are nothing."""
    assert all(map(common, ("a" * 200, "qwertyuiop" * 20, "ab" * 100, "salam" * 2)))


@pytest.mark.parametrize("password", ["short", "x" * 201, "maryamahmadi", "MaryamAhmadi1404", "idamhamayram"])
def test_the_name_itself_and_wrong_lengths_are_refused(password: str) -> None:
    """Neither the user name, however it is written, nor what is too short or too long."""
    with pytest.raises(PasswordTooWeak):
        check_new(password, "maryamahmadi")


def test_a_longer_rule_counts() -> None:
    """The administrator's length holds."""
    with pytest.raises(PasswordTooWeak) as refusal:
        check_new("correct horse", "maryam", 16)
    assert "16" in refusal.value.text("en")
    with pytest.raises(PasswordCommon):
        check_new("Password2024", "maryam")


def test_temporary_passwords_pass_the_rules_and_differ() -> None:
    """Twelve letters in fours, none that looks like another."""
    made = {temporary() for _number in range(200)}
    assert len(made) == 200
    for one in made:
        check_new(one, "maryam", 14)
        assert not set(one) & set("01ilo")
