"""Iranian identity and bank codes: read as typed, with a warning when something looks wrong. They warn, they never block. Pure.

Every check takes text and gives `Checked`: the tidy value (ASCII digits, no separators) and a warning or none. Empty text is no warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from attrs import frozen

from config.persian.banks import BY_CARD, BY_SHEBA, Bank
from config.persian.digits import to_ascii
from config.persian.folding import either, fold
from config.translations import _

LONGEST = 60
"""Characters of a value that was not understood and is kept as it is."""

_NOISE = re.compile(r"[\s\-–—−._/\\,،\u200b-\u200f\u202a-\u202e\u2066-\u2069\u061c\ufeff]+")
_WEIGHTS = (29, 27, 23, 19, 17, 29, 27, 23, 19, 17)


@frozen
class Plate:
    """A car's number plate as read from left to right: 12 ب 345, Iran 67."""

    first: str
    letter: str
    serial: str
    region: str

    @property
    def value(self) -> str:
        """The form in which it is stored and compared: "12ب345-67"."""
        return f"{self.first}{self.letter}{self.serial}-{self.region}"


@frozen
class Checked:
    """A code: `value` as stored, `warning` as an English source sentence (for gettext), and what the code tells by itself."""

    value: str
    warning: str | None = None
    bank: Bank | None = None
    plate: Plate | None = None


def check_national_id(text: str) -> Checked:
    """National ID (کد ملی), 10 digits; 8 or 9 are filled with zeros. Foreigners have 11 or 12 digits without a rule that is published."""
    value = tidy(text)
    if not _digits(value):
        return Checked(value, _("A national ID has ten digits.") if value else None)
    if len(value) in {8, 9}:
        value = value.zfill(10)
    if len(value) in {11, 12}:
        return Checked(value, _("This looks like the number of a foreign national; it cannot be checked."))
    if len(value) != 10:
        return Checked(value, _("A national ID has ten digits."))
    if _same(value):
        return Checked(value, _("All digits are the same."))
    return Checked(value, None if _national_id_fits(value) else _("The check digit of this national ID does not fit."))


def check_company_id(text: str) -> Checked:
    """National ID of a company (شناسه ملی), 11 digits."""
    value = tidy(text)
    if not value:
        return Checked(value)
    if not _digits(value) or len(value) != 11:
        return Checked(value, _("A company's national ID has eleven digits."))
    if _same(value):
        return Checked(value, _("All digits are the same."))
    return Checked(value, None if _company_id_fits(value) else _("The check digit of this company ID does not fit."))


def check_economic_code(text: str) -> Checked:
    """Economic code (کد اقتصادی): the company's national ID (11), the person's national ID and four digits (14), or the old 12 digits."""
    value = tidy(text)
    if not value:
        return Checked(value)
    if not _digits(value) or len(value) not in {11, 12, 14}:
        return Checked(value, _("An economic code has eleven digits (companies), fourteen (persons) or twelve (before 1400)."))
    if _same(value):
        return Checked(value, _("All digits are the same."))
    fits = _company_id_fits(value) if len(value) == 11 else len(value) == 12 or _national_id_fits(value[:10])
    return Checked(value, None if fits else _("The check digit of this economic code does not fit."))


def check_sheba(text: str) -> Checked:
    """Sheba: an Iranian IBAN (ISO 13616), IR and 24 digits, the IR may be left out; tells the bank."""
    value = tidy(text).upper()
    if not value:
        return Checked(value)
    if _digits(value) and len(value) == 24:
        value = f"IR{value}"
    if not re.fullmatch(r"IR[0-9]{24}", value):
        return Checked(value, _("A Sheba number is IR and 24 digits."))
    bank = BY_SHEBA.get(value[4:7])
    if int(f"{value[4:]}1827{value[2:4]}") % 97 != 1:
        return Checked(value, _("The check digits of this Sheba number do not fit."), bank=bank)
    return Checked(value, None if bank else _("No bank has this code."), bank=bank)


def check_card_number(text: str) -> Checked:
    """Bank card number, 16 digits with the Luhn check digit (ISO/IEC 7812); tells the bank."""
    value = tidy(text)
    if not value:
        return Checked(value)
    if not _digits(value) or len(value) != 16:
        return Checked(value, _("A card number has sixteen digits."))
    if _same(value):
        return Checked(value, _("All digits are the same."))
    bank = BY_CARD.get(value[:6])
    if not _luhn(value):
        return Checked(value, _("The check digit of this card number does not fit."), bank=bank)
    return Checked(value, None if bank else _("No Iranian bank has cards with these first six digits."), bank=bank)


def check_postcode(text: str) -> Checked:
    """Postcode of ten digits, given as 12345-67890 or in one piece."""
    value = tidy(text)
    if not value:
        return Checked(value)
    if not _digits(value) or len(value) != 10:
        return Checked(value, _("A postcode has ten digits."))
    if _same(value) or _same(value[:5]):
        return Checked(value, _("All digits are the same."))
    return Checked(value, _("A postcode does not begin with 0.") if value[0] == "0" else None)


PLATE_LETTERS = (
    "الف",
    "ب",
    "پ",
    "ت",
    "ث",
    "ج",
    "د",
    "ز",
    "ژ",
    "س",
    "ش",
    "ص",
    "ط",
    "ع",
    "ف",
    "ق",
    "ک",
    "گ",
    "ل",
    "م",
    "ن",
    "و",
    "ه",
    "ی",
    "D",
    "S",
)
"""ژ is the plate of people with a disability, D diplomats, S services; ا is written الف."""

_LETTER = "(" + either((*map(fold, PLATE_LETTERS), "ا", "معلولین")) + ")"
_PLATES = (
    (re.compile(rf"(\d{{2}}){_LETTER}(\d{{3}})(\d{{2}})"), (0, 1, 2, 3)),
    (re.compile(rf"(\d{{2}})(\d{{3}}){_LETTER}(\d{{2}})"), (3, 2, 1, 0)),
)
_REGION_FIRST = re.compile(rf"(?:ایران|iran)(\d{{2}})(\d{{2}}){_LETTER}(\d{{3}})")


def read_plate(text: str) -> Plate | None:
    """A plate as people write it, in either direction: «ایران ۱۲ ب ۳۴۵ - ۶۷», "12ب345-67", «۱۲ ب ۳۴۵ ایران ۶۷», «ایران ۶۷ - ۳۴۵ ب ۱۲»."""
    line = _NOISE.sub("", fold(text[:LONGEST]))
    if found := _REGION_FIRST.fullmatch(line):
        return _plate(found[2], found[3], found[4], found[1])
    bare = re.sub(r"ایران|iran|ir", "", line)
    for grammar, order in _PLATES:
        if found := grammar.fullmatch(bare):
            return _plate(*(found.groups()[place] for place in order))
    return None


def check_plate(text: str) -> Checked:
    """Number plate of a car; what is no Iranian plate (motorcycles, free zones, abroad) is kept as it is."""
    plain = " ".join(text.split())[:LONGEST]
    plate = read_plate(text)
    if plate is None:
        return Checked(plain, _("This is not a plate of the form 12 ب 345 – 67.") if plain else None)
    usual = "0" not in plate.first and "0" not in plate.serial
    return Checked(plate.value, None if usual else _("Plates have no digit 0 before the region."), plate=plate)


CHECKS: dict[str, Callable[[str], Checked]] = {
    "national_id": check_national_id, "company_id": check_company_id, "economic_code": check_economic_code, "sheba": check_sheba,
    "card_number": check_card_number, "postcode": check_postcode, "plate": check_plate,
}  # fmt: skip
"""The check of each kind of code, by the kind's name."""


def show_code(kind: str, value: str) -> str:
    """A stored code in the groups that people read: "IR06 0170 …", "6037 9911 …", "12345-67890"; to be shown left to right."""
    if kind in {"sheba", "card_number"}:
        return " ".join(value[place : place + 4] for place in range(0, len(value), 4))
    if kind == "postcode" and len(value) == 10:
        return f"{value[:5]}-{value[5:]}"
    return value


def tidy(text: str) -> str:
    """Without separators and marks, digits in ASCII, at most `LONGEST` characters."""
    return _NOISE.sub("", to_ascii(text))[:LONGEST]


def _plate(first: str, letter: str, serial: str, region: str) -> Plate:
    full = {"ا": "الف", "معلولین": "ژ", "d": "D", "s": "S"}.get(letter, letter)
    return Plate(first, full, serial, region)


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _same(digits: str) -> bool:
    return len(set(digits)) == 1


def _national_id_fits(digits: str) -> bool:
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9])) % 11
    return int(digits[9]) == (rest if rest < 2 else 11 - rest)


def _company_id_fits(digits: str) -> bool:
    extra = int(digits[9]) + 2
    rest = sum((int(digit) + extra) * weight for digit, weight in zip(digits[:10], _WEIGHTS, strict=True)) % 11
    return int(digits[10]) == rest % 10


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(digits)]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
