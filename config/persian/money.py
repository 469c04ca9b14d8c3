"""Amounts of money: what people type becomes whole Rial, and back; Toman by setting. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

from config.persian.folding import either, fold
from config.persian.numbers import read_number, show_number
from config.persian.words import read_words

RIAL = "rial"
TOMAN = "toman"
UNITS = {RIAL: 1, TOMAN: 10}
"""How many Rial one of it is."""

LARGEST = 10**18
"""Rial; fits a database's 64-bit integer."""

LONGEST = 200

_NAMES = {"ریال": RIAL, "rials": RIAL, "rial": RIAL, "irr": RIAL, "ر": RIAL, "﷼": RIAL,
          "تومان": TOMAN, "تومن": TOMAN, "tomans": TOMAN, "toman": TOMAN, "irt": TOMAN, "ت": TOMAN}  # fmt: skip
_UNIT = re.compile(rf"(.*?)\s*(?<![^\W\d])({either(_NAMES)})(?![^\W\d])")
_SCALES = {"هزار": 10**3, "thousand": 10**3, "k": 10**3, "میلیون": 10**6, "ملیون": 10**6, "million": 10**6, "m": 10**6,
           "میلیارد": 10**9, "ملیارد": 10**9, "billion": 10**9, "b": 10**9, "تریلیون": 10**12, "trillion": 10**12}  # fmt: skip
_SCALE = re.compile(rf"(.*?)\s*(?<![^\W\d])({either(_SCALES)})(?= |$)")
_AND = re.compile(r"\s+(?:و|and)\s+")


def read_money(text: str, unit: str = RIAL) -> int | None:
    """Whole Rial of what was typed; None when it is no amount, no whole Rial, or beyond 10^18.

    `unit`: what a number without a name means. «۱۲٬۵۰۰٬۰۰۰», "12.5 میلیون تومان", «۲۰۰ هزار تومان», «۱۲ میلیون و ۵۰۰ هزار تومان»,
    «دو میلیون ریال», "12,500 Toman", «-۵۰۰».
    """
    if len(text) > LONGEST:
        return None
    line = fold(text.replace("﷼", " ریال"))
    if line.startswith("(") and line.endswith(")"):
        line = f"-{line[1:-1]}"
    negative = line.startswith(("-", "−", "منفی ", "minus "))
    line = re.sub(r"^(?:[-−]|منفی |minus )\s*", "", line)
    total = Decimal(0)
    for amount, name in _split(line):
        value = _amount(amount)
        if value is None:
            return None
        total += value * UNITS[name or unit]
    if not line or total != int(total) or abs(total) > LARGEST:
        return None
    return -int(total) if negative else int(total)


def show_money(rial: int, language: str, unit: str = RIAL, *, named: bool = True) -> str:
    """With separated thousands in `unit`: «۱۲٬۵۰۰٬۰۰۰ ریال», "1,250,000 Toman"; without the unit's name when not `named`."""
    value = rial if unit == RIAL else Decimal(rial) / UNITS[unit]
    amount = show_number(value, language)
    return f"{amount} {unit_name(unit, language)}" if named else amount


def unit_name(unit: str, language: str) -> str:
    """«تومان», "Rial"."""
    if language == "fa":
        return "ریال" if unit == RIAL else "تومان"
    return "Rial" if unit == RIAL else "Toman"


def _split(line: str) -> list[tuple[str, str]]:
    """The amounts with the names of their units ("" for none): «۵ تومان و ۳ ریال» is two."""
    found: list[tuple[str, str]] = []
    while line:
        match = _UNIT.match(line)
        if not match:
            found.append((line, ""))
            break
        found.append((match[1], _NAMES[match[2]]))
        line = re.sub(r"^\s*(?:و|and)?\s+", "", line[match.end() :]).strip()
    return found


def _amount(text: str) -> Decimal | None:
    """A number, a number with scales («۱۲ میلیون و ۵۰۰ هزار»), or number words. Never negative."""
    value = read_number(text)
    if value is None and (said := read_words(text)) is not None:
        value = Decimal(said)
    if value is None:
        value = _scaled(text)
    return value if value is not None and value >= 0 else None


def _scaled(text: str) -> Decimal | None:
    total, last = Decimal(0), Decimal(LARGEST)
    for part in _AND.split(text.strip()):
        match = _SCALE.fullmatch(part)
        number, scale = (match[1], _SCALES[match[2]]) if match else (part, 1)
        value = read_number(number)
        if value is None or value < 0 or scale >= last:
            return None
        total, last = total + value * scale, Decimal(scale)
    return total
