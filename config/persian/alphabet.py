"""The order of the Persian alphabet as a key that any database compares byte by byte (SQLite, PostgreSQL's C collation). Pure.

Order: space, numbers by value, آ ا ء ب پ ت … ی (Unicode CLDR, locale fa: آ before ا, hamza after it), Latin, other scripts.
Letters that search folds together (ي = ی, ك = ک) are equal here too, but آ and ا are two letters of the alphabet.
"""

from __future__ import annotations

import re
import unicodedata

from config.persian.folding import FOLD, JOINER

ALPHABET = "آاءبپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
"""The 32 letters with آ and the hamza, in order."""

_FIRST = 0x3A
"""The byte of آ: after the lengths of numbers (0x22–0x2F) and the digits, before Latin letters, which stand for themselves."""

_LETTERS = {**{code: sign for code, sign in FOLD.items() if code != ord("آ")}, **{ord(one): one for one in ALPHABET}, ord(JOINER): " "}
_CODES = {ord(letter): chr(_FIRST + place) for place, letter in enumerate(ALPHABET)}
_NUMBER = re.compile(r"[0-9]+")
_OTHER = re.compile(f"[^0-9a-z {ALPHABET}]")
_SPACES = re.compile(r" +")
_LONGEST = 14


def sort_key(text: str) -> str:
    """An ASCII string that compares as `text` is ordered: «آذر» < «احمد» < «بهار» < "Zed", «کوچه ۲» < «کوچه ۱۰»."""
    plain = unicodedata.normalize("NFKC", text).translate(_LETTERS).casefold()
    plain = _SPACES.sub(" ", _OTHER.sub(_other, plain)).strip()
    return _NUMBER.sub(_number, plain.translate(_CODES) if not plain.isascii() else plain)


def _other(found: re.Match[str]) -> str:
    """Letters of other scripts come after Latin by code point, accents fall away, punctuation separates."""
    sign = found[0]
    if unicodedata.combining(sign) or (unicodedata.category(sign) in {"Cf", "Cc", "Cs"} and not sign.isspace()):
        return ""
    base = unicodedata.normalize("NFD", sign)[0]
    if "a" <= base <= "z":
        return base
    return "{" + _in_letters(ord(sign)) if sign.isalnum() else " "


def _in_letters(code: int) -> str:
    """A code point as five letters that sort as it does (digits would be taken for a number)."""
    return "".join(chr(ord("a") + code // 26**place % 26) for place in range(4, -1, -1))


def _number(found: re.Match[str]) -> str:
    """A number led by how long it is, so that 2 comes before 10."""
    digits = found[0].lstrip("0") or "0"
    length = len(digits)
    return f"{chr(0x21 + length)}{digits}" if length < _LONGEST else f"/{min(length, 9999):04}{digits}"
