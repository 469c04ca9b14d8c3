"""Customers as a table for spreadsheets: rows become lines (crm/flat.py), records become rows. Pure.

Columns are known by their Persian or English names, in any order; files may be UTF-8 or Windows-1256, separated by comma, semicolon or tab.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen

from config.errors import Refusal
from config.translations import _
from crm.folding import fold
from crm.numbers import shown

COLUMNS: dict[str, tuple[str, tuple[str, ...]]] = {
    "kind": ("نوع", ("kind",)),
    "prefix": ("پیشوند", ("prefix", "title of address")),
    "first_name": ("نام", ("first name", "firstname", "name")),
    "last_name": ("نام خانوادگی", ("last name", "family name", "lastname", "family", "فامیل")),
    "company": ("شرکت", ("company", "organization", "نام شرکت", "سازمان")),
    "title": ("سمت", ("post", "job title", "position", "title")),
    "mobile": ("همراه", ("mobile", "cell", "موبایل", "تلفن همراه", "شماره همراه")),
    "phone": ("تلفن", ("phone", "telephone", "تلفن ثابت", "شماره تلفن")),
    "phone_2": ("تلفن ۲", ("phone 2", "other phone")),
    "email": ("رایانامه", ("email", "e-mail", "ایمیل", "پست الکترونیک")),
    "city": ("شهر", ("city",)),
    "province": ("استان", ("province",)),
    "address": ("نشانی", ("address", "آدرس")),
    "postal_code": ("کد پستی", ("postal code", "postcode", "zip")),
    "national_id": ("کد ملی", ("national id", "شناسه ملی")),
    "activity": ("زمینهٔ فعالیت", ("activity", "field of activity", "زمینه فعالیت")),
    "note": ("یادداشت", ("note", "notes", "توضیحات")),
}
"""Our name of a column → the heading that is written, and other headings that are understood."""

COMPANY_WORDS = frozenset({"company", "شرکت", "حقوقی", "سازمان"})
REASON = "دلیل"
MOST_COLUMNS = 200
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


class TableUnreadable(Refusal):
    """The file is no table that we understand."""

    code = "table_unreadable"
    status = 422
    sentence = _("{file} cannot be read as a table: {why}. Expected CSV with a first line of headings such as نام، نام خانوادگی، همراه.")


@frozen
class Line:
    """One row of a file: its number (the headings are line 1) and its cells by our names of the columns."""

    number: int
    cells: dict[str, str]


def read_table(content: bytes, file: str) -> Iterator[Line]:
    """The rows of a CSV file; raises `TableUnreadable`."""
    text = decoded(content, file)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
        headings = [_known(heading) for heading in next(rows, [])[:MOST_COLUMNS]]
        if not {"first_name", "last_name", "company"} & set(headings):
            raise TableUnreadable(file=file, why=_("no column with names"))
        for row in rows:
            if any(cell.strip() for cell in row):
                cells = {name: _plain(cell) for name, cell in zip(headings, row, strict=False) if name}
                yield Line(rows.line_num, cells)
    except csv.Error as error:
        raise TableUnreadable(file=file, why=str(error)) from error


def line_of(cells: Mapping[str, str]) -> dict[str, Any]:
    """What a row means: a person with their company, or a company when there is no person (or the kind says so)."""
    company = fold(cells.get("kind", "")) in COMPANY_WORDS or not (cells.get("first_name") or cells.get("last_name"))
    given = {name: text for name, text in cells.items() if text and name != "kind"}
    if not company:
        return {"kind": "person", **given}
    name = given.pop("company", "") or given.get("first_name", "")
    of_person = {"prefix", "first_name", "last_name", "title", "national_id"}
    identity = {"company_id": given["national_id"]} if "national_id" in given else {}
    return {"kind": "company", "name": name, **identity, **{name: text for name, text in given.items() if name not in of_person}}


def written(rows: Iterable[Mapping[str, str]], extra: str = "") -> str:
    """A CSV file that spreadsheets open in Persian (with a byte-order mark); `extra` names one more column, by its heading."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([heading for heading, _others in COLUMNS.values()] + ([extra] if extra else []))
    for row in rows:
        writer.writerow([_safe(row.get(name, "")) for name in (*COLUMNS, *([extra] if extra else []))])
    return "\ufeff" + out.getvalue()


def row(known: Mapping[str, Any]) -> dict[str, str]:
    """A record (crm.directory) as a row."""
    company = known["kind"] != "person"
    job = next((one for one in known["works_at"] if not one["over"]), None)
    numbers = [one for one in known["phones"] if one["kind"] != "fax"]
    mobile = next((one for one in numbers if one["kind"] == "mobile"), None)
    others = [one for one in numbers if one is not mobile]
    plain = ("first_name", "last_name", "prefix", "email", "city", "province", "address", "postal_code", "activity", "note")
    return {
        **{name: known[name] for name in plain},
        "national_id": known["company_id" if company else "national_id"],
        "kind": "شرکت" if company else "شخص",
        "company": known["name"] if company else (job["name"] if job else ""),
        "title": job["title"] if job else "",
        "mobile": _number(mobile),
        "phone": _number(others[0] if others else None),
        "phone_2": _number(others[1] if len(others) > 1 else None),
    }


def decoded(content: bytes, file: str) -> str:
    """The text of a file: UTF-8 or UTF-16 with its mark, UTF-8, else Windows-1256."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if b"\x00" in content:
            raise TableUnreadable(file=file, why=_("it is not a text file")) from None
        return content.decode("cp1256", "replace")


def _number(phone: Mapping[str, Any] | None) -> str:
    return shown(phone["number"], extension=phone["extension"]) if phone else ""


def _known(heading: str) -> str:
    wanted = fold(heading)
    return next((name for name, (own, others) in COLUMNS.items() if wanted in {fold(own), name, *map(fold, others)}), "")


def _separator(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_DANGEROUS) else cell


def _plain(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_DANGEROUS) else cell
