"""Numbers said in Persian."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from persiantools.jdatetime import JalaliDate

from ivr import numbers_fa


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "صفر"),
        (7, "هفت"),
        (19, "نوزده"),
        (20, "بیست"),
        (21, "بیست و یک"),
        (100, "صد"),
        (110, "صد و ده"),
        (999, "نهصد و نود و نه"),
        (1000, "هزار"),
        (1001, "هزار و یک"),
        (1404, "هزار و چهارصد و چهار"),
        (21_000, "بیست و یک هزار"),
        (1_000_000, "یک میلیون"),
        (2_001_000, "دو میلیون و هزار"),
        (1_250_000_000, "یک میلیارد و دویست و پنجاه میلیون"),
        (10**12, "یک تریلیون"),
        (-5, "منفی پنج"),
    ],
)
def test_a_number_is_said_as_people_say_it(number: int, words: str):
    assert numbers_fa.cardinal(number) == words


@given(st.integers(0, 10**12))
def test_every_number_up_to_a_trillion_has_words_of_its_own(number: int):
    """Said words lead back to the number."""
    values = {word: value for value, word in enumerate(numbers_fa.ONES)}
    values |= {word: 10 * ten for ten, word in enumerate(numbers_fa.TENS) if word}
    values |= {word: 100 * hundred for hundred, word in enumerate(numbers_fa.HUNDREDS) if word}
    scales = {word: 1000**power for power, word in enumerate(numbers_fa.SCALES) if word}
    total = group = 0
    for word in numbers_fa.cardinal(number).replace(" و ", " ").split():
        if word in scales:
            total += (group or 1) * scales[word]
            group = 0
        else:
            group += values[word]
    assert total + group == number


def test_numbers_without_a_name_are_refused():
    with pytest.raises(ValueError, match=r"1000000000000000"):
        numbers_fa.cardinal(10**15)


@pytest.mark.parametrize(("number", "words"), [(1, "یکم"), (3, "سوم"), (23, "بیست و سوم"), (30, "سی‌ام"), (10, "دهم")])
def test_a_place_in_an_order_is_said(number: int, words: str):
    assert numbers_fa.ordinal(number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("09121234567", "صفر نهصد و دوازده، صد و بیست و سه، چهل و پنج، شصت و هفت"),
        ("+989121234567", "مثبت نود و هشت، نهصد و دوازده، صد و بیست و سه، چهل و پنج، شصت و هفت"),
        ("021-88776655", "صفر بیست و یک، هشتاد و هشت، هفتاد و هفت، شصت و شش، پنجاه و پنج"),
        ("88001005", "هشتاد و هشت، دو صفر، ده، صفر پنج"),
        ("118", "صد و هجده"),
        ("12345", "دوازده، سیصد و چهل و پنج"),
        ("0", "صفر"),
        ("", ""),
    ],
)
def test_a_telephone_number_is_said_in_the_groups_people_use(number: str, words: str):
    assert numbers_fa.telephone(number) == words


@given(st.text("0123456789", min_size=1, max_size=20))
def test_every_digit_string_can_be_said(digits: str):
    assert numbers_fa.telephone(digits)
    assert numbers_fa.digits_one_by_one(digits).count("،") == len(digits) - 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "صفر ثانیه"),
        (45, "چهل و پنج ثانیه"),
        (60, "یک دقیقه"),
        (3725, "یک ساعت و دو دقیقه و پنج ثانیه"),
        (90_000, "یک روز و یک ساعت"),
    ],
)
def test_a_duration_is_said(seconds: float, words: str):
    assert numbers_fa.duration(seconds) == words


def test_the_clock_is_said():
    assert numbers_fa.time_of_day(8, 30) == "ساعت هشت و سی دقیقه"
    assert numbers_fa.time_of_day(17) == "ساعت هفده"


def test_a_jalali_date_is_said():
    day = JalaliDate(1404, 8, 23)
    assert numbers_fa.jalali_date(day) == "بیست و سوم آبان هزار و چهارصد و چهار"
    assert numbers_fa.jalali_date(day, weekday=True, year=False) == "جمعه بیست و سوم آبان"
    assert numbers_fa.jalali_date(JalaliDate(1405, 1, 1), year=False) == "اول فروردین"


def test_amounts_are_said_in_rial_and_toman():
    assert numbers_fa.rial(2_000_000) == "دو میلیون ریال"
    assert numbers_fa.toman(2_000_000) == "دویست هزار تومان"
    assert numbers_fa.toman(12_345) == "هزار و دویست و سی و چهار تومان و پنج ریال"
    assert numbers_fa.toman(5) == "پنج ریال"
    assert numbers_fa.toman(0) == "صفر تومان"
    assert numbers_fa.toman(-50) == "منفی پنج تومان"
