"""What an agent may dial: the number as typed → the number to dial, or a refusal. Pure.

Toll fraud is the danger: only numbers that begin with an allowed prefix, and no forbidden one, whichever way
the same number is written (0912… is +98912… is 0098912…).
"""

from __future__ import annotations

import re

from attrs import frozen

from switchboard.errors import NumberNotAllowed, NumberUnreadable

LONGEST_TEXT = 60
_DIGITS = {ord(persian): str(n) for n, persian in enumerate("۰۱۲۳۴۵۶۷۸۹")} | {ord(arabic): str(n) for n, arabic in enumerate("٠١٢٣٤٥٦٧٨٩")}
_INVISIBLE = re.compile(r"[\u200b-\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]")
_SEPARATORS = re.compile(r"[ \t\u00a0().\-–—/]+")
_NUMBER = re.compile(r"\+?[0-9]{2,15}")


@frozen
class DialRules:
    """Beginnings that are allowed and forbidden (forbidden wins); `country_code` is the own country's, such as "98"."""

    allowed: tuple[str, ...]
    forbidden: tuple[str, ...] = ()
    country_code: str = "98"

    def number(self, typed: str) -> str:
        """The number to dial; raises `NumberUnreadable` or `NumberNotAllowed`."""
        number = digits_of(typed)
        spellings = self._spellings(number)
        if any(one.startswith(self.forbidden) for one in spellings) or not any(one.startswith(self.allowed) for one in spellings):
            raise NumberNotAllowed(field="number", number=number, prefixes=", ".join(self.allowed))
        return spellings[0]

    def _spellings(self, number: str) -> tuple[str, ...]:
        """The ways in which the same number may be written: as typed (00 is +), then the other of national and international."""
        if number.startswith("00"):
            number = f"+{number[2:]}"
        own = f"+{self.country_code}"
        if number.startswith(own):
            return (number, f"0{number[len(own) :]}")
        if number.startswith("0"):
            return (number, f"{own}{number[1:]}")
        return (number,)


def digits_of(typed: str) -> str:
    """Digits with a leading + if one was typed, from any script and with the usual separators; raises `NumberUnreadable`."""
    if len(typed) <= LONGEST_TEXT:
        text = re.sub(r"^\s*(tel|sips?|callto):", "", _INVISIBLE.sub("", typed).translate(_DIGITS), flags=re.IGNORECASE)
        number = _SEPARATORS.sub("", text.partition("@")[0].strip())
        if _NUMBER.fullmatch(number):
            return number
    raise NumberUnreadable(field="number", number=typed[:LONGEST_TEXT])
