"""One fold for search, duplicates and sorting: however a Persian word was typed, it comes out the same.

Arabic and Persian letters, vowel marks, joiners, digits of three scripts and letter case are evened out. Only for comparing:
what people typed is what they are shown. NFKC alone does none of the letter rules; FTS tokenizers split vowelled words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from config.persian.digits import TO_ASCII

_LETTERS = {
    **dict.fromkeys(map(ord, "يىئې"), "ی"),
    **dict.fromkeys(map(ord, "كڪ"), "ک"),
    **dict.fromkeys(map(ord, "ةۀہھە"), "ه"),
    **dict.fromkeys(map(ord, "أإآٱ"), "ا"),
    ord("ؤ"): "و",
}
_MARKS = dict.fromkeys(
    [
        *range(0x064B, 0x0653),
        0x0653, 0x0654, 0x0655, 0x0670, 0x0640,          # hamza and madda above or below, dagger alef, tatweel
        0x200D, 0x200E, 0x200F, 0x061C, 0xFEFF, 0x00AD,  # zero-width joiner, bidi marks, soft hyphen
        *range(0x202A, 0x202F), *range(0x2066, 0x206A),  # embeddings, overrides, isolates
    ]
)  # fmt: skip
FOLD = {**TO_ASCII, **_LETTERS, **_MARKS}
"""For str.translate, after NFKC."""

JOINER = "\u200c"
"""The zero-width non-joiner inside «علی‌نژاد»; some write a space there, some nothing."""

_WORD = re.compile(r"\w+")


def fold(text: str) -> str:
    """The comparable form: «مُحَمَّدِ‌ كاظمي ١٢» → "محمد کاظمی 12"."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(FOLD).replace(JOINER, " ")
    return " ".join(text.casefold().split())


def words(text: str) -> list[str]:
    """The folded words of a search, in order, each once."""
    return list(dict.fromkeys(_WORD.findall(fold(text))))


def tokens(text: str) -> set[str]:
    """The folded words of a text, and what a joiner held apart as one word too: «علی‌نژاد» → علی، نژاد، علینژاد."""
    found = set(_WORD.findall(fold(text)))
    if JOINER in text:
        found.update(_WORD.findall(fold(text.replace(JOINER, ""))))
    return found


def either(words: Iterable[str]) -> str:
    """A regular expression for any of the words, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
