"""The words of dates and times in Persian and English, brought to one form, so that one grammar reads both. Pure.

«شنبه‌ی آینده» and "next Saturday" become "wd0 next" and "next wd0"; «سه روز دیگر» becomes "3 day next"; months are "jm2" (Jalali) and
"gm5" (Gregorian), ordinals "#3", near days "day+1".
"""

from __future__ import annotations

import re

from config.persian.calendar import GREGORIAN_MONTHS, GREGORIAN_MONTHS_PERSIAN, MONTHS, MONTHS_LATIN, SEASONS, WEEKDAYS, WEEKDAYS_ENGLISH
from config.persian.folding import fold
from config.persian.words import in_words, ordinal

LONGEST = 100
"""Nobody types a longer date."""

_WORDS: dict[str, str] = {}


def _add(canonical: str, *spellings: str) -> None:
    _WORDS.update(dict.fromkeys(map(fold, spellings), canonical))


_add("day+0", "امروز", "today")
_add("day+0 night", "امشب", "tonight")
_add("day+1", "فردا", "tomorrow")
_add("day+2", "پس‌فردا", "پسفردا", "day after tomorrow", "the day after tomorrow")
_add("day+3", "پسان‌فردا", "پسون فردا")
_add("day-1", "دیروز", "yesterday")
_add("day-1 night", "دیشب", "last night")
_add("day-2", "پریروز", "day before yesterday", "the day before yesterday")
_add("day-3", "پس‌پریروز", "پسپریروز")
_add("day", "روز", "days", "روزه")
_add("week", "هفته", "weeks", "هفته ی")
_add("month", "ماه", "months", "ماه ی")
_add("year", "سال", "years", "سال ی")
_add("season", "فصل", "quarter", "quarters", "سه ماهه", "3 ماهه", "seasons")
_add("half", "نیمه", "نیمسال", "نیم‌سال", "half year")
_add("hour", "ساعت", "hours", "hr")
_add("minute", "دقیقه", "minutes", "min")
_add("next", "آینده", "بعد", "بعدی", "دیگر", "دیگه", "آتی", "پیش رو", "پیش‌رو", "later", "following", "coming", "upcoming", "from now")
_add("last", "گذشته", "پیش", "قبل", "قبلی", "past", "previous", "ago", "before")
_add("recent", "اخیر", "recent")
_add("this", "این", "جاری", "همین", "current", "the current", "فعلی")
_add("this year", "امسال")
_add("last year", "پارسال")
_add("begin", "اول", "اوّل", "ابتدای", "آغاز", "شروع", "اوایل", "first day of", "first of", "beginning of", "start of", "first day", "first")
_add("end", "آخر", "پایان", "انتهای", "آخرین روز", "last day of", "last day", "end of")
_add("from", "از", "between", "since")
_add("to", "تا", "until", "till", "الی")
_add("at", "@")
_add("noon", "ظهر", "midday")
_add("midnight", "نیمه‌شب", "نیمه شب", "نصف شب", "نصفه شب")
_add("am", "صبح", "بامداد", "a.m.", "a.m", "قبل از ظهر", "قبلازظهر", "سحر", "morning", "in the morning")
_add(
    "pm", "عصر", "بعد از ظهر", "بعدازظهر", "بعد ازظهر", "غروب", "p.m.", "p.m", "afternoon", "in the afternoon", "evening", "in the evening"
)
_add("night", "شب", "night", "at night")
_add("quarter-past", "ربع", "quarter past")
_add("half-past", "نیم", "half past")
for _place, _names in enumerate(zip(MONTHS, MONTHS_LATIN, strict=True), start=1):
    _add(f"jm{_place}", *_names)
for _place, _names in enumerate(zip(GREGORIAN_MONTHS, GREGORIAN_MONTHS_PERSIAN, strict=True), start=1):
    _add(f"gm{_place}", *_names, _names[0][:3])
_add("jm5", "امرداد")
_add("jm6", "شهریورماه")
_add("jm9", "آذرماه")
_add("jm12", "اسپند")
_add("gm4", "آپریل", "اپریل")
_add("gm5", "می", "مهٔ")
_add("gm6", "جون")
_add("gm7", "جولای", "ژوییه")
_add("gm8", "آگوست", "اگوست")
_add("gm9", "sept")
for _place, _name in enumerate(SEASONS, start=1):
    _add(f"q{_place}", _name, ("spring", "summer", "autumn", "winter")[_place - 1])
_add("q3", "پائیز", "fall")
for _place, _names in enumerate(zip(WEEKDAYS, WEEKDAYS_ENGLISH, strict=True)):
    _add(f"wd{_place}", *_names, _names[0].replace("\u200c", ""), _names[1][:3])
for _place in range(1, 6):
    _add(f"wd{_place}", f"{_place} شنبه")
_add("wd3", "tues")
_add("wd5", "thur", "thurs")
_add("wd6", "آدینه")
for _number in range(1, 100):
    _add(str(_number), in_words(_number), in_words(_number, "en"), in_words(_number, "en").replace("-", " "))
    _add(f"#{_number}", ordinal(_number), f"{ordinal(_number)}ین")
_add("#1", "نخست", "نخستین")
_add("#2", "second")
_add("#3", "third", "سومین")
_add("#4", "fourth")
_add("1", "a", "an")
_add("30 minute", "نیم ساعت", "half an hour")

_LONGEST_PHRASE = max(len(one.split()) for one in _WORDS)
_DROPPED = frozenset({"of", "the", "on", "و", "and", "ی"})
_SEPARATED = re.compile(r"(?<=\d)\s*[/.\-–—−‐_\\]\s*(?=\d)")
_ORDINAL = re.compile(r"\b(\d{1,2})(?:\s?-?\s?(?:st|nd|rd|th|ام|مین|م))(?!\w)")
_GLUED = re.compile(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)")


def canonical(text: str) -> str:
    """The one form of `text`: known words replaced, separators inside numbers as "/", nothing else changed; "" when it is too long."""
    if len(text) > LONGEST:
        return ""
    line = fold(text)
    line = _SEPARATED.sub("/", line)
    line = _ORDINAL.sub(r" #\1 ", line)
    line = re.sub(r"[،,؛;()]", " ", line)
    words = _GLUED.sub(" ", line).split()
    said: list[str] = []
    place = 0
    while place < len(words):
        length, word = _longest(words, place)
        place += length
        if word not in _DROPPED:
            said.append(word)
    return " ".join(said).replace("day wd", "wd")


def _longest(words: list[str], place: int) -> tuple[int, str]:
    """How many words from `place` on make a known phrase, and its canonical form."""
    for length in range(min(_LONGEST_PHRASE, len(words) - place), 0, -1):
        known = _WORDS.get(" ".join(words[place : place + length]))
        if known is not None:
            return length, known
    return 1, words[place]
