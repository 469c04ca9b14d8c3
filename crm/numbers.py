"""Telephone numbers: whatever people write → one form to compare, and back into what people say.

The comparable form is E.164 ("+989121234567", ITU-T E.164), or the bare digits of a short code ("110", "1820") that exists inside one
network only. Iranian shapes are read here in microseconds (national plan: E.164 country code 98, two-digit area codes, mobiles 9xx);
the rest of the world by `phonenumbers`, which is loaded when the first foreign number comes.
"""

from __future__ import annotations

import re

from attrs import frozen

from crm.folding import DIGITS, persian_digits

LONGEST_TEXT = 120
"""Nobody writes a telephone number longer than this; anything longer is not read at all."""

AREA_CODES = frozenset(
    map(str, (11, 13, 17, 21, 23, 24, 25, 26, 28, 31, 34, 35, 38, 41, 44, 45, 51, 54, 56, 58, 61, 66, 71, 74, 76, 77, 81, 83, 84, 86, 87))
)
"""Iran's area codes, one per province, without the 0."""

WITHHELD = frozenset({"", "anonymous", "unknown", "restricted", "unavailable", "private", "withheld", "asterisk", "nobody", "0"})
"""What networks send in place of a number that the caller hides."""

_PLAIN_MOBILE = re.compile(r"(?:0|\+98|0098|98)?(9[0-9]{9})")
_PLAIN_LANDLINE = re.compile(r"0([1-8][0-9])([1-9][0-9]{7})")
_NOISE = re.compile(r"[\u200b-\u200f\u061c\u00ad\u202a-\u202e\u2066-\u2069\ufeff]")
_EXTENSION = re.compile(
    r"(?:\s|[-/,(؛،])*(?:داخلی|داخلي|extension|ext\b\.?|ext(?=\d)|;ext=|x|#|,+|;|،|؛|p(?=\d)|w(?=\d))[\s.:()]*(\d{1,6})\D*$", re.IGNORECASE
)
_RANGE = re.compile(r"\s*(?:الی|الي|تا|to)\s*\d+\D*$", re.IGNORECASE)
_LAST_GROUP = re.compile(r"[\s/\-]+\d{1,2}$")
_CITY_BEHIND = re.compile(r"([1-9](?:\s?\d){7})\s*-\s*(0\d{2})")
_URI = re.compile(r"^\s*(?:tel|sips?|callto):", re.IGNORECASE)
_WRITABLE = re.compile(r"[\d\s().\-–—−‐‑‒/_+*]*")


@frozen
class Number:
    """A number that was understood. `value` in E.164 or a short code; `extension` to dial after it was answered."""

    value: str
    extension: str = ""

    @property
    def tail(self) -> str:
        """The last 8 digits: the part that stays when codes are written differently; "" for shorter numbers."""
        digits = self.value.removeprefix("+")
        return digits[-8:] if len(digits) > 8 else ""

    @property
    def kind(self) -> str:
        """What it is: "mobile" for Iranian mobiles, else "phone"."""
        return "mobile" if self.value.startswith("+989") and len(self.value) == 13 else "phone"


def read_number(text: str, *, country: str = "IR", city_code: str = "21") -> Number | None:
    """Understand `text`; None when it is not a telephone number.

    `country` (ISO 3166) and `city_code` (without the 0) are where a number without codes belongs.
    """
    if country == "IR" and (plain := _PLAIN_MOBILE.fullmatch(text)):
        return Number(f"+98{plain[1]}")
    if country == "IR" and (plain := _PLAIN_LANDLINE.fullmatch(text)) and plain[1] in AREA_CODES:
        return Number(f"+98{plain[1]}{plain[2]}")
    if len(text) > LONGEST_TEXT:
        return None
    text = _NOISE.sub("", text.translate(DIGITS)).strip()
    if _URI.match(text):
        text = _URI.sub("", text).split("@")[0]
    text, extension = _split_extension(text)
    return _read(text, extension, country, city_code) or _read(_RANGE.sub("", text), extension, country, city_code)


def is_withheld(text: str) -> bool:
    """Whether a caller's number says that the caller hides it."""
    return text.strip().casefold() in WITHHELD


def shown(number: str, language: str = "en", *, country: str = "IR", extension: str = "") -> str:
    """A comparable number as people say it: "+989121234567" → «۰۹۱۲ ۱۲۳ ۴۵ ۶۷»; what cannot be grouped is shown as it is."""
    grouped = _grouped(number, country)
    if extension:
        grouped += f" داخلی {extension}" if language == "fa" else f" ext. {extension}"
    return persian_digits(grouped) if language == "fa" else grouped


def _split_extension(text: str) -> tuple[str, str]:
    found = _EXTENSION.search(text)
    return (text[: found.start()], found[1]) if found and found.start() else (text, "")


def _read(text: str, extension: str, country: str, city_code: str) -> Number | None:
    if not _WRITABLE.fullmatch(text):
        return None
    if behind := _CITY_BEHIND.fullmatch(text):
        text = behind[2] + behind[1]
    plus = text.lstrip(" (").startswith("+") or text.rstrip(" )").endswith("+")
    value = _comparable(re.sub(r"\D", "", text), plus=plus, country=country, city_code=city_code)
    if value is None and (shorter := _LAST_GROUP.sub("", text)) != text:
        value = _comparable(re.sub(r"\D", "", shorter), plus=plus, country=country, city_code=city_code)
    return Number(value, extension) if value else None


def _comparable(digits: str, *, plus: bool, country: str, city_code: str) -> str | None:
    if not 3 <= len(digits) <= 17:
        return None
    if digits.startswith("00"):
        digits, plus = digits[2:], True
    if plus and not digits.startswith("98"):
        return _foreign(f"+{digits}", None)
    if plus or (country == "IR" and digits.startswith("98") and len(digits) in {12, 13}):
        return _iranian(digits[2:].removeprefix("0"))
    if country != "IR":
        return digits if len(digits) <= 5 and digits[0] != "0" else _foreign(digits, country)
    if digits.startswith("0"):
        return _iranian(digits[1:])
    if len(digits) == 10:
        return _iranian(digits)
    if len(digits) == 8 and digits[0] not in "01":
        return f"+98{city_code}{digits}"
    return digits if len(digits) <= 5 else None


def _iranian(national: str) -> str | None:
    """A national number without its 0: mobiles 9…, landlines, and the 4- or 5-digit company numbers of a city (021 41921)."""
    if not national:
        return None
    if national[0] == "9":
        return f"+98{national}" if len(national) == 10 else None
    fits = len(national) == 10 and national[2] != "0"
    pilot = len(national) in {6, 7}
    return f"+98{national}" if national[:2] in AREA_CODES and (fits or pilot) else None


def _foreign(text: str, country: str | None) -> str | None:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _grouped(number: str, country: str) -> str:
    if not number.startswith("+"):
        return number
    if not number.startswith("+98"):
        return _grouped_abroad(number)
    national = number[3:]
    parts: tuple[str, ...]
    if len(national) == 10 and national[0] == "9":
        parts = (national[:3], national[3:6], national[6:8], national[8:])
    elif len(national) == 10:
        parts = (national[:2], national[2:6], national[6:])
    else:
        parts = (national[:2], national[2:])
    return ("0" if country == "IR" else "+98 ") + " ".join(parts)


def _grouped_abroad(number: str) -> str:
    import phonenumbers

    try:
        return phonenumbers.format_number(phonenumbers.parse(number, None), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return number
