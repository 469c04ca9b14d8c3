"""What somebody is looking for who types this into a search box. Pure; what records are found by is made in crm/search_tokens.py."""

from __future__ import annotations

import re

from crm.folding import fold, tokens, words
from crm.search_tokens import searched

_SIGNS_BETWEEN = re.compile(r"[0-9]\s?[-./\\*–—]\s?[0-9]")
FEWEST_DIGITS = 3
"""Of the longest part: one and two digits stand at the beginning of too many words to be looked for by themselves."""


def terms_typed(text: str) -> list[list[str]]:
    """What must be found: for each thing typed, the prefixes of which one must match.

    Digits with signs between are a telephone number or the number of a contract, an invoice, a day: «۱۴۰۵/۱۲» is looked for as the number 140512 and
    as words that begin with 1405 and with 12, as a text that holds it was taken apart. "The number, or all parts" is written as
    "the number or the first part, and the number or the second part".
    """
    terms = searched(text)
    if len(terms) != 1 or not terms[0][0].startswith("#") or "+" in text or not _SIGNS_BETWEEN.search(fold(text)):
        return terms
    parts = words(text)
    if max(map(len, parts)) < FEWEST_DIGITS:
        return terms
    return [list(dict.fromkeys([*terms[0], part])) for part in parts]


def nearness(name: str, typed: str) -> int:
    """How near a record's own name is to what was typed, nearest first: 0 when it begins so, 1 when it has each word, 2 when the words are of something else.

    Who types «آریا صنعت» means «شرکت آریا صنعت», and not everybody who works there.
    """
    if fold(name).startswith(fold(typed)):
        return 0
    own = tokens(name)
    return 1 if all(any(one.startswith(word) for one in own) for word in words(typed)) else 2
