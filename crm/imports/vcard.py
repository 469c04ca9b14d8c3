"""Contacts as telephones and mail programs export them: vCard 2.1 (quoted-printable), 3.0 (RFC 2426) and 4.0 (RFC 6350). Pure."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from typing import Any

from config.persian.digits import to_ascii

MOST_NUMBERS = 6
MOST_MAILS = 3

POSTCODE = re.compile(r"\d{5}-?\d{5}")

HEADERS = (
    "first_name", "last_name", "prefix", "name", "company", "title",
    *(f"number {place}" for place in range(1, MOST_NUMBERS + 1)), *(f"e-mail {place}" for place in range(1, MOST_MAILS + 1)),
    "address", "city", "province", "postcode", "country", "birthday", "web", "note",
)  # fmt: skip


def is_vcard(text: str) -> bool:
    """Whether a text is a vCard file."""
    return text.lstrip("\ufeff \r\n\t")[:12].upper().startswith("BEGIN:VCARD")


def vcard_rows(text: str) -> Iterator[list[Any]]:
    """A row for each contact, under HEADERS."""
    yield list(HEADERS)
    card: dict[str, list[str]] = {}
    for line in _lines(text):
        name, sign, value = line.partition(":")
        if not sign:
            continue
        parts = name.split(";")
        key = parts[0].rpartition(".")[2].upper()  # "item1.TEL" belongs to a group
        parameters = [part.upper() for part in parts[1:]]
        if key == "BEGIN":
            card = {}
        elif key == "END":
            yield _row(card)
        else:
            card.setdefault(key, []).append(_value(value, parameters))


def _lines(text: str) -> Iterator[str]:
    """Unfolded lines: a line that begins with a space goes on (RFC 6350 3.2), and so does one that ends with = in quoted-printable."""
    held = ""
    for line in text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line[:1] in (" ", "\t") and held:
            held += line[1:]
        elif held.endswith("=") and "QUOTED-PRINTABLE" in held.partition(":")[0].upper():
            held = held[:-1] + line
        else:
            if held:
                yield held
            held = line
    if held:
        yield held


def _value(value: str, parameters: list[str]) -> str:
    if any("QUOTED-PRINTABLE" in one for one in parameters):
        charset = next((one.partition("=")[2] for one in parameters if one.startswith("CHARSET=")), "UTF-8")
        try:
            value = quopri.decodestring(value.encode("latin-1", "ignore")).decode(charset, "replace")
        except LookupError:
            value = quopri.decodestring(value.encode("latin-1", "ignore")).decode("utf-8", "replace")
    return value


def _row(card: dict[str, list[str]]) -> list[Any]:
    family, given, _more, prefix = (*_split(card.get("N", [""])[0], ";"), "", "", "", "")[:4]
    shown = _text(card.get("FN", [""])[0])
    company = _split(card.get("ORG", [""])[0], ";")[:1]
    numbers = [re.sub(r"^tel:", "", _text(one), flags=re.IGNORECASE) for one in card.get("TEL", ())]
    mails = [_text(one) for one in card.get("EMAIL", ())]
    box, more, street, city, province, postcode, country = (*_split(card.get("ADR", [""])[0], ";"), *[""] * 7)[:7]
    if not POSTCODE.fullmatch(to_ascii(postcode)):  # what no Iranian letter bears stays with the address; it would refuse the whole contact
        more, postcode = f"{more} {postcode}".strip(), ""
    address = "، ".join(" ".join(part.split()) for part in (street, more, box) if part)
    if not (family or given):
        family = shown
    return [
        given, family, prefix, shown, company[0] if company else "", _text(card.get("TITLE", [""])[0]),
        *_padded(numbers, MOST_NUMBERS), *_padded(mails, MOST_MAILS),
        address, city, province, postcode, country, _date(_text(card.get("BDAY", [""])[0])), _text(card.get("URL", [""])[0]), _text(card.get("NOTE", [""])[0]),
    ]  # fmt: skip


def _padded(values: list[str], most: int) -> list[str]:
    return [*values[:most], *([""] * (most - len(values[:most])))]


def _split(value: str, sign: str) -> list[str]:
    return [_text(part) for part in re.split(rf"(?<!\\){sign}", value)]


def _text(value: str) -> str:
    return value.replace("\\n", "\n").replace("\\N", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\").strip()


def _date(value: str) -> str:
    found = re.fullmatch(r"(\d{4})-?(\d{2})-?(\d{2}).*", value)
    return "-".join(found.groups()) if found else ""
