"""Numbers as people type them and as they are shown. Pure.

Thousands are separated by `,` `٬` `،` `'` or spaces (in groups of three), decimals by `.` `٫` or, as many Persian writers do, `/`.
"""

from __future__ import annotations

import re
from decimal import Decimal

from config.persian.digits import in_script
from config.persian.folding import fold

LONGEST = 100
"""Nobody types a longer number."""

_SIGN = re.compile(r"^(?:[-−–]|منفی |minus )\s*|[-−]$")
_BRACKETED = re.compile(r"^\((.+)\)$")
_GROUPED = re.compile(r"\d{1,3}(?:([,٬،'’ ])\d{3})(?:\1\d{3})*")
_PLAIN = re.compile(r"(\d*)(?:[.٫/](\d+))?[.٫]?")
_DOTTED = re.compile(r"\d{1,3}(?:\.\d{3}){2,}")


def read_number(text: str) -> Decimal | None:
    """The number that was typed, in digits of any script; None when it is none: «۱۲٬۵۰۰٫۷۵», "12,500.75", "-3", "(3)", "12/5", "1.234.567"."""
    if len(text) > LONGEST:
        return None
    line = fold(text)
    if bracketed := _BRACKETED.match(line):
        line = f"-{bracketed[1]}"
    line, negative = _SIGN.subn("", line.removeprefix("+"))
    if negative > 1:
        return None
    value = _unsigned(line.strip())
    return -value if value is not None and negative else value


def _unsigned(line: str) -> Decimal | None:
    if _DOTTED.fullmatch(line):
        return Decimal(line.replace(".", ""))
    if grouped := _GROUPED.match(line):
        line = re.sub(r"\D", "", grouped[0]) + line[grouped.end() :]
    found = _PLAIN.fullmatch(line)
    if not found or not (found[1] or found[2]):
        return None
    return Decimal(f"{found[1] or 0}.{found[2] or 0}") if found[2] else Decimal(found[1])


def show_number(value: Decimal | float, language: str) -> str:
    """With separated thousands, in the reader's digits: 12500.5 → «۱۲٬۵۰۰٫۵», "12,500.5"; no trailing zeros."""
    text = f"{Decimal(repr(value) if isinstance(value, float) else value):,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return in_script(text.replace(",", "٬").replace(".", "٫") if language == "fa" else text, language)
