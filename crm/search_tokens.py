"""What a party is found by: folded words as they are, numbers from their start and from their end. Pure.

Number tokens: "#" + the digits without 0 and country code (and, for landlines, without the city's code), and "~" + the digits backwards, so that
«۰۹۱۲۱۲۳…» and «…۴۵۶۷» are both prefixes in one index.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from crm.folding import fold, tokens, words

SHORT, REMEMBERED = 40, 20_000
"""Texts of so many letters at most, and so many of them, are not taken apart again."""
_NUMBER_SIGNS = re.compile(r"[\s()+\-./*–—]")
FEWEST_END_DIGITS = 3
OWNER, FAVOURED = "@", "!"
"""Signs before a user's name and before the word of a record that comes first; no word begins with one."""
MOST_CARRIED = 12
"""Records of more words (long texts) carry none: the row of each word would hold the whole text."""


def bare(value: str) -> str:
    """The digits people begin with: "+989121234567" → "9121234567", "+4930…" → "4930…", "1820" → "1820"."""
    return value.removeprefix("+98") if value.startswith("+98") else value.removeprefix("+")


def number_tokens(value: str) -> set[str]:
    """The tokens of one comparable number."""
    digits = bare(value)
    found = {f"#{digits}", f"~{digits[::-1]}"}
    if value.startswith("+98") and digits[0] != "9" and len(digits) == 10:
        found.add(f"#{digits[2:]}")
    return found


def text_tokens(*texts: str) -> set[str]:
    """The tokens of names, codes and addresses."""
    return set().union(*(_short_tokens(text) if len(text) <= SHORT else tokens(text) for text in texts))


@lru_cache(maxsize=REMEMBERED)
def _short_tokens(text: str) -> frozenset[str]:
    """People share their names and cities, and a company's name stands with each who works there."""
    return frozenset(tokens(text))


def searched(text: str) -> list[list[str]]:
    """What must be found: for each thing typed, the prefixes of which one must match.

    "مریم ۰۹۱۲" → [["مریم"], ["#912", "~2190", "~219", "0912", "912"]]. A number typed with spaces is one thing.
    """
    together = _NUMBER_SIGNS.sub("", fold(text))
    if together.isdecimal() and together.isascii():
        return [_number_prefixes(together, international="+" in text or together.startswith("00"))]
    return [_number_prefixes(word, international=False) if word.isdecimal() and word.isascii() else [word] for word in words(text)]


def _number_prefixes(digits: str, *, international: bool) -> list[str]:
    starts = [digits]
    if digits.startswith("00"):
        starts = [digits[2:]]
    elif digits.startswith("0"):
        starts = [digits[1:]]
    starts += [start[2:].removeprefix("0") for start in starts if start.startswith("98") and (international or len(start) > 4)]
    found = [f"#{start}" for start in starts if start]
    found += [f"~{end[::-1]}" for end in dict.fromkeys([digits, *starts]) if len(end) >= FEWEST_END_DIGITS]
    return [*found, *dict.fromkeys([digits, digits.lstrip("0") or digits])]


def is_word(token: str) -> bool:
    """Whether a token or prefix is a word, favoured or not, whose rows carry the record's words: not a number, nor its signs."""
    first = token[:1]
    return first.isalpha() or (first == FAVOURED and token[1:2].isalpha())


def favoured(tokens: Iterable[str]) -> set[str]:
    """The words once more as those of a record that is to be found before others (a VIP)."""
    return {f"{FAVOURED}{token}" for token in tokens if is_word(token)}


def owner_tokens(owners: Iterable[str] | None) -> set[str]:
    """What a record is found by among the records of a user: "@maryam ", with a space so that no longer name begins so; "@? " when nobody knows."""
    return {f"{OWNER}? "} if owners is None else {f"{OWNER}{owner} " for owner in owners}


def carried(tokens: Iterable[str], owners: Iterable[str] | None = None) -> str:
    """What each row of a record carries of the whole record: " احمدی مریم صنعت @maryam ", each word behind a space; "" when there are too many.

    Owners stand behind "@" and before a space; a bare "@" says that there are none, no "@" that they are not known.
    """
    kept = [token for token in tokens if token[:1].isalpha()]
    if not kept or len(kept) > MOST_CARRIED:
        return ""
    known = [] if owners is None else [f"{OWNER}{owner}" for owner in sorted(owners)] or [OWNER]
    return "".join(f" {word}" for word in (*kept, *known)) + (" " if known else "")
