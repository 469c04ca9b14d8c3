"""What a party is found by: folded words as they are, numbers from their start and from their end. Pure.

Number tokens: "#" + the digits without 0 and country code (and, for landlines, without the city's code), and "~" + the digits backwards, so that
«۰۹۱۲۱۲۳…» and «…۴۵۶۷» are both prefixes in one index.
"""

from __future__ import annotations

import re

from crm.folding import fold, tokens, words

_NUMBER_SIGNS = re.compile(r"[\s()+\-./*–—]")
FEWEST_END_DIGITS = 3


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
    return set().union(*(tokens(text) for text in texts))


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
