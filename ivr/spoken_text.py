"""What a text becomes before a speech engine reads it: letters folded, digits as people say them, no control marks. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import partial

from config.persian.words import LIMIT, in_words
from ivr import numbers_fa

FOLDS = str.maketrans({
    "ي": "ی", "ى": "ی", "ك": "ک", "ۀ": "ه", "ة": "ه", "ـ": None,
    "\N{NO-BREAK SPACE}": " ", "[": " ", "]": " ", "<": " ", ">": " ", "{": " ", "}": " ", "\\": " ",
    **{chr(0x06F0 + digit): str(digit) for digit in range(10)},
    **{chr(0x0660 + digit): str(digit) for digit in range(10)},
    "٬": ",", "٫": ".",
})  # fmt: skip
"""Brackets are dropped because espeak-ng takes [[…]] for phonemes; Arabic letters and every script's digits become one."""

UNSPEAKABLE = ("Cc", "Cf", "Cs", "Co", "Cn")
"""Unicode categories of control, format, surrogate, private and unassigned characters."""

ZWNJ = "\N{ZERO WIDTH NON-JOINER}"
TIME = re.compile(r"(?<![0-9:])([01]?[0-9]|2[0-3]):([0-5][0-9])(?![0-9:])")
THOUSANDS = re.compile(r"(?<![0-9])[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9])")
TELEPHONE = re.compile(r"(?<![0-9.])(?:\+[0-9]|0)[0-9]{2,}(?:-[0-9]+)*(?![0-9])|(?<![0-9.])[0-9]{7,}(?![0-9])")
WHOLE = re.compile(r"(?<![0-9.])[0-9]{1,6}(?![0-9]|\.[0-9])")
PERCENT = re.compile(r"(?<=[0-9]) ?[%٪]")


def _apart(words: Callable[[re.Match[str]], str], found: re.Match[str]) -> str:
    return f" {words(found).strip()} "


def spoken(text: str, language: str) -> str:
    """`text` ready for the engine that speaks `language`; empty when nothing is left to say."""
    text = unicodedata.normalize("NFC", text).translate(FOLDS)
    text = "".join(letter for letter in text if letter in f"\n\t{ZWNJ}" or unicodedata.category(letter) not in UNSPEAKABLE)
    text = _persian_digits(text) if language == "fa" else TELEPHONE.sub(_english_telephone, text)
    text = re.sub(rf" *{ZWNJ}+ *", ZWNJ, text)
    return re.sub(r"\s+", " ", text).strip(f" {ZWNJ}")


def _persian_digits(text: str) -> str:
    steps: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
        (PERCENT, lambda _: " درصد"),
        (TIME, lambda found: numbers_fa.time_of_day(int(found[1]), int(found[2]))),
        (THOUSANDS, lambda found: _cardinal(found[0].replace(",", ""))),
        (TELEPHONE, lambda found: numbers_fa.telephone(found[0])),
        (WHOLE, lambda found: _cardinal(found[0])),
    )
    text = re.sub(r"ساعت\s+(?=[0-9]{1,2}:[0-9]{2})", "", text)
    for pattern, words in steps:
        text = pattern.sub(partial(_apart, words), text)
    return re.sub(r" +(?=[،,.؛:!؟])", "", text)


def _english_telephone(found: re.Match[str]) -> str:
    return ", ".join(re.sub(r"[^0-9]", "", found[0]))


def _cardinal(digits: str) -> str:
    return in_words(int(digits)) if int(digits) < LIMIT else numbers_fa.telephone(digits)
