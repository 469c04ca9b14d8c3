"""Lengths of time as typed and as shown; in data they are seconds. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

from config.persian.digits import in_script
from config.persian.folding import either, fold
from config.persian.numbers import read_number, show_number
from config.persian.words import AND, read_words

MINUTE, HOUR, DAY = 60, 3600, 86400
LONGEST = 100 * 365 * DAY
"""Seconds; nothing here lasts longer."""

_UNITS = {
    "ثانیه": 1, "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1, "دقیقه": MINUTE, "m": MINUTE, "min": MINUTE, "mins": MINUTE, "minute": MINUTE,
    "minutes": MINUTE, "ساعت": HOUR, "h": HOUR, "hr": HOUR, "hrs": HOUR, "hour": HOUR, "hours": HOUR, "روز": DAY, "d": DAY, "day": DAY, "days": DAY,
    "هفته": 7 * DAY, "w": 7 * DAY, "week": 7 * DAY, "weeks": 7 * DAY,
}  # fmt: skip
_PARTS = {"نیم": Decimal("0.5"), "ربع": Decimal("0.25"), "سه ربع": Decimal("0.75"), "half": Decimal("0.5"), "half a": Decimal("0.5"),
          "half an": Decimal("0.5"), "quarter": Decimal("0.25"), "a": Decimal(1), "an": Decimal(1)}  # fmt: skip
_CLOCK = re.compile(r"(\d{1,4}):([0-5]?\d)(?::([0-5]?\d))?")
_PIECE = re.compile(rf"(.+?)\s*(?<![^\W\d])({either(_UNITS)})(?![^\W\d])")
_SHORT = {"en": (("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", 1)), "fa": (("روز", DAY), ("ساعت", HOUR), ("دقیقه", MINUTE), ("ثانیه", 1))}


def read_duration(text: str, bare: int = MINUTE) -> int | None:
    """Seconds of what was typed; None when it is no length of time.

    "1:30" is hours and minutes, "1:02:37" with seconds, a number alone counts in `bare` seconds (minutes); «۹۰ دقیقه», "2h", "1h 30",
    «یک ساعت و نیم», «نیم ساعت», "1.5 hours", "2d 4h".
    """
    line = fold(text)
    if not line or len(line) > 100:
        return None
    if clock := _CLOCK.fullmatch(line):
        seconds = Decimal(int(clock[1]) * HOUR + int(clock[2]) * MINUTE + int(clock[3] or 0))
    else:
        found = _pieces(line, bare)
        if found is None:
            return None
        seconds = found
    return round(seconds) if seconds <= LONGEST else None


def show_duration(seconds: float, language: str) -> str:
    """In words: 5400 → «۱ ساعت و ۳۰ دقیقه», "1 h 30 min"; whole seconds, the largest unit is a day."""
    left = round(abs(seconds))
    said = []
    for name, size in _SHORT["fa" if language == "fa" else "en"]:
        count, left = divmod(left, size)
        if count:
            said.append(f"{show_number(count, language)} {name}")
    words = (AND if language == "fa" else " ").join(said) or in_script("0", language) + (" ثانیه" if language == "fa" else " s")
    return f"-{words}" if seconds < 0 else words


def show_clock(seconds: float, language: str) -> str:
    """Hours and minutes, with seconds when there are some: 5400 → «۱:۳۰», 3757 → "1:02:37"; reads back by `read_duration`."""
    minutes, rest = divmod(max(round(seconds), 0), MINUTE)
    hours, minutes = divmod(minutes, 60)
    return in_script(f"{hours}:{minutes:02}:{rest:02}" if rest else f"{hours}:{minutes:02}", language)


def _pieces(line: str, bare: int) -> Decimal | None:
    """«یک ساعت و نیم», "1h30": pieces with a unit each; a last one without counts in the next smaller unit, a bare half in the last unit."""
    total, last = Decimal(0), 0
    while line:
        match = _PIECE.match(line)
        size = _UNITS[match[2]] if match else 0
        value = _count(match[1] if match else line)
        if value is None or (match and last and size >= last):
            return None
        if not match:
            half = line in _PARTS
            size = last if half else {0: bare, HOUR: MINUTE, MINUTE: 1, DAY: HOUR}.get(last, 0)
            if not size:
                return None
        total, last = total + value * size, size
        line = re.sub(r"^(?:\s*(?:و|and)\s+|[\s,]+)", "", line[match.end() :]) if match else ""
    return total


def _count(text: str) -> Decimal | None:
    text = text.strip()
    if text in _PARTS:
        return _PARTS[text]
    whole, _and, part = text.rpartition(" و ")
    if whole and part in _PARTS:
        base = _count(whole)
        return base + _PARTS[part] if base is not None else None
    value = read_number(text)
    if value is None and (said := read_words(text)) is not None:
        value = Decimal(said)
    return value if value is not None and value >= 0 else None
