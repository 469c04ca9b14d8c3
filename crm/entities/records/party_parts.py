"""The rows that hang on a party: ways to reach it, addresses, relations, ratings, cards and what else there may be several of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import String

from config.errors import Refusal
from config.translations import _
from crm import words
from crm.fields.choices import Choice, Option, options
from crm.fields.contact import ContactPoint, Email, Web
from crm.fields.dates import Date
from crm.fields.field import Field
from crm.fields.identity import CardNumber, Postcode, Sheba
from crm.fields.kind import Kind, Reading
from crm.fields.numbers import Percent, YesNo
from crm.fields.places import MapPoint
from crm.fields.references import Reference
from crm.fields.rows import Rows
from crm.fields.texts import Barcode, Line
from crm.numbers import Number, read_number
from switchboard.errors import NumberUnreadable

TELEPHONES = ("mobile", "phone", "fax", "whatsapp")
"""Kinds of channels that are telephone numbers: callers are recognised by them."""
MOST_CHANNELS = 60


class ChannelUnreadable(NumberUnreadable):
    """What was typed as a way to reach somebody is none, and nobody said which kind it should be."""

    sentence = _(
        "“{number}” is no telephone number, e-mail or web address. Expected one such as 02188776655, name@example.com or www.example.com."
    )


def derive_channel(row: Mapping[str, Any], reading: Reading) -> Mapping[str, Any]:
    """The comparable number or address, its kind when none was said, extension, and the last digits. Raises NumberUnreadable, ValueRefused."""
    raw = str(row["raw"] or "")
    try:
        return _derived(row, raw, row["kind"] or _kind_of(raw), reading)
    except Refusal as error:
        error.field = "raw"
        raise


def _derived(row: Mapping[str, Any], raw: str, kind: str, reading: Reading) -> Mapping[str, Any]:
    if kind in TELEPHONES or not kind:
        number = _number(row, raw, reading)
        kind = kind or number.kind
        return {"kind": kind, "number": number.value, "extension": row["extension"] or number.extension or None, "tail": number.tail}
    reads: dict[str, Kind] = {"email": Email(), "web": Web()}
    value = reads[kind].read(raw, reading) if kind in reads else "@" + raw.strip().rstrip("/").rpartition("/")[2].lstrip("@")
    return {"kind": kind, "number": str(value).lower(), "extension": row["extension"], "tail": ""}


def _number(row: Mapping[str, Any], raw: str, reading: Reading) -> Number:
    country, city = (str(row[name] or "").lstrip("+0") for name in ("country_code", "city_code"))
    plain = raw.strip()
    if country and not plain.startswith(("+", "00")):
        plain = f"+{country}{city}{plain.lstrip('0')}"
    found = read_number(plain, country=reading.country, city_code=city or reading.city_code)
    if found is None:
        raise (NumberUnreadable if row["kind"] else ChannelUnreadable)(field="raw", number=raw[:40])
    return found


def _kind_of(raw: str) -> str:
    """What a text is that nobody said the kind of; "" for a telephone number."""
    if "@" in raw.strip()[1:]:
        return "email"
    return "web" if "www." in raw or "://" in raw else ""


CHANNELS = Rows(
    table="channel", main="raw", most=MOST_CHANNELS, brief=("number", "extension", "label"), derive=derive_channel, derived={"tail": String()},
    fields=(
        Field(name="kind", kind=Choice(list="channel_kind", choices=options(words.CHANNEL_KINDS, words.ALSO_READ["channel_kind"])), label=_("Kind")),
        Field(
            name="raw", kind=Line(), label=_("Number or address"), help=_("In any shape, with extension if there is one."), required=True,
            also=(
                "mobile", "mobile phone", "cell", "موبایل", "همراه", "تلفن همراه", "شماره همراه", "شماره موبایل", "phone", "telephone", "tel", "number", "home", "work", "fax",
                "تلفن", "شماره تلفن", "شماره تماس", "تلفن ثابت", "تلفن منزل", "تلفن محل کار", "فکس", "نمابر", "e-mail", "email", "mail", "ایمیل", "رایانامه", "پست الکترونیک",
                "web", "website", "وب سایت", "وبگاه", "سایت",
            ),
        ),
        Field(name="label", kind=Choice(list="channel_label", choices=options(words.CHANNEL_LABELS, words.ALSO_READ["channel_label"])), label=_("For")),
        Field(name="country_code", kind=Line(longest=6), label=_("Country code")),
        Field(name="city_code", kind=Line(longest=8), label=_("City code")),
        Field(name="extension", kind=Line(longest=12), label=_("Extension")),
        Field(name="main", kind=YesNo(), label=_("Main")),
        Field(name="preference", kind=Choice(list="channel_preference", choices=options(words.PREFERENCES)), label=_("Preference")),
        Field(name="note", kind=Line(), label=_("Note")),
        Field(name="number", kind=ContactPoint(), label=_("As it is compared"), read_only=True, searched=True, indexed=True),
    ),
)  # fmt: skip

ADDRESSES = Rows(
    table="address",
    fields=(
        Field(name="kind", kind=Choice(list="address_kind", choices=options(words.ADDRESS_KINDS, words.ALSO_READ["address_kind"])), label=_("Kind")),
        Field(name="country", kind=Line(longest=80), label=_("Country")),
        Field(name="province", kind=Line(longest=80), label=_("Province")),
        Field(name="city", kind=Line(longest=80), label=_("City"), searched=True),
        Field(name="area", kind=Line(longest=120), label=_("Area")),
        Field(name="street", kind=Line(longest=500), label=_("Address"), also=("address", "street", "آدرس", "نشانی", "خیابان")),
        Field(name="postcode", kind=Postcode(), label=_("Postal code")),
        Field(name="po_box", kind=Line(longest=30), label=_("PO box")),
        Field(name="point", kind=MapPoint(), label=_("Point on the map")),
    ),
)  # fmt: skip

RELATIONS = Rows(
    table="relation", main="other", brief=("kind", "other", "title"),
    fields=(
        Field(
            name="other", kind=Reference(entity="party"), label=_("With whom"), required=True,
            also=("company", "organization", "employer", "شرکت", "نام شرکت", "سازمان", "محل کار"),
        ),
        Field(name="kind", kind=Choice(list="relation_kind", choices=options(words.RELATIONS)), label=_("Relation"), required=True, default="works_at"),
        Field(name="title", kind=Line(longest=120), label=_("Post or part"), also=("title", "job title", "position", "post", "سمت", "شغل", "پست")),
        Field(name="since", kind=Date(), label=_("Begins on")),
        Field(name="until", kind=Date(), label=_("Until")),
        Field(name="note", kind=Line(longest=500), label=_("Note")),
    ),
)  # fmt: skip

RATINGS = Rows(
    table="party_rating", main="grade",
    fields=(
        Field(
            name="grade", label=_("Rating"), required=True,
            kind=Choice(list="grade", choices=tuple(Option(code, title, colour=colour) for code, (title, colour) in words.GRADES.items())),
        ),
        Field(name="since", kind=Date(), label=_("Begins on"), indexed=True),
        Field(name="until", kind=Date(), label=_("Until"), indexed=True),
        Field(name="note", kind=Line(), label=_("Note")),
    ),
)  # fmt: skip

CARDS = Rows(
    table="party_card", main="code",
    fields=(
        Field(name="kind", kind=Choice(list="card_kind", choices=options(words.CARD_KINDS)), label=_("Kind")),
        Field(name="code", kind=Barcode(), label=_("Card code"), required=True, searched=True, indexed=True),
        Field(name="discount", kind=Percent(), label=_("Discount")),
        Field(name="since", kind=Date(), label=_("Valid from")),
        Field(name="until", kind=Date(), label=_("Valid until")),
        Field(name="note", kind=Line(), label=_("Note")),
    ),
)  # fmt: skip

LANGUAGES = Rows(
    table="party_language", main="language",
    fields=(
        Field(name="language", kind=Choice(list="language", choices=options(words.LANGUAGES, words.ALSO_READ["language"])), label=_("Language"), required=True),
        Field(name="level", kind=Choice(list="language_level", choices=options(words.LANGUAGE_LEVELS)), label=_("Level")),
    ),
)  # fmt: skip

CERTIFICATES = Rows(
    table="party_certificate", main="title",
    fields=(
        Field(name="title", kind=Line(), label=_("Certificate or licence"), required=True),
        Field(name="number", kind=Line(longest=60), label=_("Number")),
        Field(name="issuer", kind=Line(longest=120), label=_("Issued by")),
        Field(name="since", kind=Date(), label=_("Issued on")),
        Field(name="until", kind=Date(), label=_("Valid until")),
    ),
)  # fmt: skip

BANK_ACCOUNTS = Rows(
    table="bank_account",
    fields=(
        Field(name="bank", kind=Line(longest=80), label=_("Bank and branch")),
        Field(name="owner", kind=Line(longest=120), label=_("In the name of")),
        Field(name="account", kind=Line(longest=40), label=_("Account number")),
        Field(name="sheba", kind=Sheba(), label=_("Sheba")),
        Field(name="card", kind=CardNumber(), label=_("Bank card")),
    ),
)  # fmt: skip
