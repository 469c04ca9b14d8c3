"""Numbers said in Persian."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from persiantools.jdatetime import JalaliDate

from ivr import numbers_fa


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
