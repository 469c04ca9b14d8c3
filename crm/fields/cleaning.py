"""What a typed text loses before it is kept: characters that cannot be seen but change what others see.

Zero-width non-joiners stay (Persian spelling needs them); control characters, direction marks, overrides and isolates
(Trojan Source, CVE-2021-42574), byte-order marks and lone surrogates go; ي and ك become ی and ک.
"""

from __future__ import annotations

import re
from functools import lru_cache

SHORT, REMEMBERED = 40, 20_000
"""Texts of so many letters at most, and so many of them, are not gone through again."""
_UNSEEN = "\u200b\u200d\u200e\u200f\u061c\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff"
_IN_LINE = re.compile(f"[\\x00-\\x1f\\x7f-\\x9f\u2028\u2029{_UNSEEN}]+")
_IN_TEXT = re.compile(f"[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f{_UNSEEN}]+")
_LETTERS = str.maketrans({"ي": "ی", "ك": "ک", "\u00a0": " "})
_SPACE = re.compile(r"[ \t\r\n\u2028\u2029]+")


def tidy(text: str, *, lines: bool = False) -> str:
    """The text as it is kept; `lines`: line breaks and tabs stay."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")
    if lines:
        return _IN_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).translate(_LETTERS).strip()
    return _short(text) if len(text) <= SHORT else _line(text)


def _line(text: str) -> str:
    return _IN_LINE.sub("", _SPACE.sub(" ", text)).translate(_LETTERS).strip(" \u200c")


_short = lru_cache(maxsize=REMEMBERED)(_line)
"""Names, cities and titles come again and again."""
