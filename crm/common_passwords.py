"""Passwords that are guessed first: known words with digits around them, walks over the keyboard, dates and telephone numbers.

The list holds words, English, Persian and Persian in Latin letters; the rules make of each word what people make of it
(«salam1234», «P@ssw0rd!», «Maryam1365», «sghl» which is «سلام» on the other layout), some hundred thousand passwords in all.
Rules after Wheeler, "zxcvbn: Low-Budget Password Strength Estimation" (USENIX 2016). Pure but for the list, read once.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from config.persian.folding import fold

WORDS = Path(__file__).with_suffix(".txt")

LEET = str.maketrans({"@": "a", "4": "a", "3": "e", "1": "i", "!": "i", "0": "o", "$": "s", "5": "s", "7": "t"})
LATIN_KEYS = "qwertyuiop[]asdfghjkl;'zxcvbnm,"
PERSIAN_KEYS = "ضصثقفغعهخحجچشسیبلاتنمکگظطزرذدپو"
TO_PERSIAN_KEYS = str.maketrans(LATIN_KEYS, PERSIAN_KEYS)
"""What the same keys write on the Persian layout (ISIRI 9147)."""

WALKS = (
    "`1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik", "qazwsxedcrfvtgbyhnujmik", "q1w2e3r4t5y6u7i8o9p0", "ضصثقفغعهخحجچ", "شسیبلاتنمکگ", "ظطزرذدپو", "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی",
    "147258369", "741852963", "159357", "13579", "24680",
)  # fmt: skip
AROUND = 8
"""So many digits and signs around a known word do not make it better: 1365/01/01 is eight."""

DIGITS_ONLY = 14
"""Digits alone are a date, a telephone number or a national ID until there are more of them than these have."""


@cache
def words() -> frozenset[str]:
    """The known words, folded."""
    return frozenset(fold(word).replace(" ", "") for word in WORDS.read_text("utf-8").split())


def common(password: str) -> bool:
    """Whether `password` is among the first that are tried."""
    low = fold(password).replace(" ", "")
    figures = re.sub(r"[/\-.,:+_()]", "", low)
    if (figures.isdigit() and len(figures) < DIGITS_ONLY) or len(set(low)) < 4 or _walked(low):
        return True
    return any(_known_word(form) for form in {low, low[::-1], _halved(low)})


def _known_word(low: str) -> bool:
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", low)
    for core in (low, bare, low.translate(LEET), bare.translate(LEET), re.sub(r"^[\W\d_]+|[\W\d_]+$", "", low.translate(LEET))):
        if core and len(low) - len(core) <= AROUND and (core in words() or core.translate(TO_PERSIAN_KEYS) in words() or _walked(core)):
            return True
    return False


def _halved(low: str) -> str:
    """«salamsalam» is «salam»."""
    half = len(low) // 2
    return low[:half] if len(low) % 2 == 0 and low[:half] == low[half:] else low


def _walked(low: str) -> bool:
    """Whether the whole text is made of walks over the keyboard, alphabet runs and repeated letters, three at least each."""
    place = 0
    while place < len(low):
        step = max((_run(low, place, walk) for walk in (*WALKS, low[place] * len(low))), default=0)
        if step < 3:
            return False
        place += step
    return bool(low)


def _run(low: str, place: int, walk: str) -> int:
    """How many letters from `place` on stand in `walk` one after the other, in either direction."""
    longest = 0
    for way in (walk, walk[::-1]):
        for length in range(min(len(low) - place, len(way)), longest, -1):
            if low[place : place + length] in way:
                longest = length
                break
    return longest
