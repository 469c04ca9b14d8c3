"""Numbers, telephone numbers, durations, dates and amounts as they are said in Persian (Asterisk's `say` has no Persian).

Pure: values in, words out, for the speech engine or for people.
"""

from __future__ import annotations

import re

from persiantools.jdatetime import JalaliDate

from config.persian.calendar import MONTHS, WEEKDAYS
from config.persian.words import AND, ONES, amount_in_words, in_words, ordinal

PAUSE = "، "


def telephone(number: str) -> str:
    """A telephone number in the groups that people say: 09121234567 → 0912 123 45 67, 02188776655 → 021 88 77 66 55.

    Letters other than digits and a leading + are passed over.
    """
    digits = re.sub(r"[^0-9]", "", number)
    if not digits:
        return ""
    plus = "مثبت " if number.strip().startswith("+") else ""
    return plus + PAUSE.join(map(_group, _groups(digits)))


def _groups(digits: str) -> list[str]:
    if re.fullmatch(r"0[1-9][0-9]{9}", digits):
        first, *others = _national(digits[1:])
        return [f"0{first}", *others]
    if found := re.fullmatch(r"(?:00)?98([1-9][0-9]{9})", digits):
        return [digits[: -len(found[1])], *_national(found[1])]
    return _pairs(digits)


def _national(digits: str) -> list[str]:
    """Ten digits without the leading 0: a mobile as 912 123 45 67, a landline as 21 88 77 66 55."""
    return [digits[:3], digits[3:6], digits[6:8], digits[8:]] if digits[0] == "9" else [digits[:2], *_pairs(digits[2:])]


def _pairs(digits: str) -> list[str]:
    """Two by two; an odd number of digits ends with three."""
    if len(digits) <= 3:
        return [digits]
    return [digits[:2], *_pairs(digits[2:])]


def _group(digits: str) -> str:
    """A group with its leading zeros said: "05" → "صفر پنج", "00" → "دو صفر"."""
    rest = digits.lstrip("0")
    zeros = len(digits) - len(rest)
    words = []
    if zeros:
        words.append(ONES[0] if zeros == 1 else f"{ONES[zeros]} {ONES[0]}")
    if rest:
        words.append(in_words(int(rest)))
    return " ".join(words)


def digits_one_by_one(digits: str) -> str:
    """Every digit alone, for codes: "407" → "چهار، صفر، هفت"."""
    return PAUSE.join(ONES[int(digit)] for digit in digits if digit in "0123456789")


def duration(seconds: float) -> str:
    """A length of time: 3725 → "یک ساعت و دو دقیقه و پنج ثانیه"; less than a second is none."""
    left = max(0, int(seconds))
    parts = []
    for size, name in ((86400, "روز"), (3600, "ساعت"), (60, "دقیقه"), (1, "ثانیه")):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{in_words(count)} {name}")
    return AND.join(parts) or f"{ONES[0]} ثانیه"


def time_of_day(hour: int, minute: int = 0) -> str:
    """A clock's time: (8, 30) → "ساعت هشت و سی دقیقه"."""
    words = f"ساعت {in_words(hour)}"
    return f"{words}{AND}{in_words(minute)} دقیقه" if minute else words


def jalali_date(date: JalaliDate, *, weekday: bool = False, year: bool = True) -> str:
    """A date of the Jalali calendar: 1404/08/23 → "بیست و سوم آبان هزار و چهارصد و چهار"."""
    day = "اول" if date.day == 1 else ordinal(date.day)
    words = f"{day} {MONTHS[date.month - 1]}"
    if weekday:
        words = f"{WEEKDAYS[date.weekday()]} {words}"
    return f"{words} {in_words(date.year)}" if year else words


def rial(amount: int) -> str:
    """An amount of Rial: "دو میلیون ریال"."""
    return amount_in_words(amount)


def toman(amount_rial: int) -> str:
    """An amount given in Rial, said in Toman, what is left over in Rial: 12345 → "هزار و دویست و سی و چهار تومان و پنج ریال"."""
    return amount_in_words(amount_rial, unit="toman")
