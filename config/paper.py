"""What every program that writes PDFs keeps to: so much memory and time, and words that a line can hold. WeasyPrint knows neither.

`overflow-wrap: anywhere` would break long words too, but WeasyPrint then lays a cell out letter by letter: a note of 2,500 letters took 50 seconds.
"""

from __future__ import annotations

import re
import resource
from collections.abc import Sequence
from typing import Any

MEMORY = 2 * 1024 * 1024 * 1024
"""Of addresses; a list of 2,000 records takes a quarter of it."""
SECONDS = 300
LONGEST_WORD = 30
PIECE = 15
LONGEST_TEXT = 20_000
"""Of one text; what is longer is cut with a sign that it goes on. The time grows faster than the text."""
BREAK_HERE = "\u200b"
"""ZERO WIDTH SPACE (Unicode UAX 14): a line may end here."""
TALL = 15
"""Lines of a table's row that may go on on the next sheet."""
A_LINE = 40
"""Letters that a line of a narrow column holds, about."""

_LONG = re.compile(rf"\S{{{LONGEST_WORD},}}")
_PIECES = re.compile(rf"\S{{{PIECE}}}(?=\S)")


def limit() -> None:
    """Let this process use no more than that; beyond it it ends, and whoever started it says that there is no PDF."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def breakable(root: Any) -> None:
    """Let the very long words in the texts of an element tree be broken, so that they widen no column beyond the paper; endless texts are cut."""
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag not in ("style", "title", "script"):
            element.text = _broken(element.text)
        element.tail = _broken(element.tail)


def _broken(text: str | None) -> str | None:
    if text and len(text) > LONGEST_TEXT:
        text = f"{text[:LONGEST_TEXT]}…"
    return _LONG.sub(lambda found: _PIECES.sub(rf"\g<0>{BREAK_HERE}", found[0]), text) if text and len(text) >= LONGEST_WORD else text


def tall(cells: Sequence[str]) -> bool:
    """Whether a table's row of these texts may go on on the next sheet: one of many lines, kept together, leaves the rest of its sheet empty."""
    return any(text.count("\n") + len(text) // A_LINE >= TALL for text in cells)
