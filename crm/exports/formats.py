"""The formats: xlsx, csv, html, docx, txt, xml, pdf, json, vcf. Each takes pages of records and closes its file; used in one thread.

Texts that a spreadsheet would run as formulas (= + - @, tab, CR at their beginning; OWASP "CSV Injection") are written as texts in xlsx and
with a ' before them in csv; imports take the ' away again.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from html import escape
from pathlib import Path
from typing import Any, Protocol
from xml.sax.saxutils import escape as xml_escape, quoteattr

import orjson
from attrs import frozen

from config.paper import breakable, tall
from config.translations import _
from crm.exports.table import Layout, cells, plain, texts
from crm.fields.kind import Showing
from crm.record import Record

FORMULA = re.compile(r"^[=+\-@\t\r]")
NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
LONGEST_CELL = 32_767
MOST_IN_DOCUMENT = 5_000
"""Rows that html, docx and pdf take: beyond that nobody reads a document."""


class Writer(Protocol):
    """Writes one file."""

    def add(self, records: Iterable[Record], showing: Showing) -> None:
        """More records; `showing` has the names of what they point to."""

    def close(self) -> None:
        """Finish the file."""


@frozen
class Format:
    """A format: its file ending, its media type, its name for people, who writes it, and how many rows it takes (0: any)."""

    ending: str
    media: str
    title: str
    writer: Callable[[Path, Layout], Writer]
    most: int = 0


def guarded(text: str) -> str:
    """A text that no spreadsheet runs: a ' in front when it begins like a formula; plain numbers and telephone numbers stay."""
    return f"'{text}" if FORMULA.match(text) and not re.fullmatch(r"[+\-]?[\d\s()\-.,]+", text) else text


class Xlsx:
    """Excel, right to left for Persian, numbers and dates as such."""

    def __init__(self, file: Path, plan: Layout) -> None:
        import xlsxwriter

        self._plan = plan
        self._book = xlsxwriter.Workbook(
            str(file), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        )
        self._sheet = self._book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", plan.title)[:31] or "1")
        if plan.language == "fa":
            self._sheet.right_to_left()
        bold = self._book.add_format({"bold": True, "bg_color": "#eeeeee"})
        self._day, self._moment = (self._book.add_format({"num_format": form}) for form in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm"))
        self._sheet.freeze_panes(1, 1)
        self._sheet.set_column(0, len(plan.columns), 18)
        for place, column in enumerate(plan.columns):
            self._sheet.write_string(0, place, column.header, bold)
        self._row = 1

    def add(self, records: Iterable[Record], showing: Showing) -> None:
        for record in records:
            for place, value in enumerate(cells(self._plan, record, showing)):
                self._write(place, value)
            self._row += 1

    def _write(self, place: int, value: Any) -> None:
        if value is None or value == "":
            return
        if isinstance(value, bool):
            self._sheet.write_boolean(self._row, place, value)
        elif isinstance(value, int | float):
            self._sheet.write_number(self._row, place, value)
        elif isinstance(value, datetime):
            self._sheet.write_datetime(self._row, place, value, self._moment)
        elif isinstance(value, date):
            self._sheet.write_datetime(self._row, place, value, self._day)
        else:
            self._sheet.write_string(self._row, place, str(value)[:LONGEST_CELL])

    def close(self) -> None:
        self._book.close()


class Csv:
    """Text with commas, UTF-8 with its mark so that Excel reads Persian."""

    def __init__(self, file: Path, plan: Layout) -> None:
        self._plan = plan
        self._file = file.open("w", encoding="utf-8-sig", newline="")
        self._out = csv.writer(self._file)
        self._out.writerow([guarded(column.header) for column in plan.columns])

    def add(self, records: Iterable[Record], showing: Showing) -> None:
        for record in records:
            self._out.writerow([self._text(value) for value in cells(self._plan, record, showing)])

    @staticmethod
    def _text(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.isoformat(" ", "minutes")
        return "" if value is None else guarded(value) if isinstance(value, str) else value

    def close(self) -> None:
        self._file.close()


class Text:
    """Columns between tabs."""

    def __init__(self, file: Path, plan: Layout) -> None:
        self._plan = plan
        self._file = file.open("w", encoding="utf-8")
        self._line([column.header for column in plan.columns])

    def add(self, records: Iterable[Record], showing: Showing) -> None:
        for record in records:
            self._line(texts(self._plan, record, showing))

    def _line(self, values: Iterable[str]) -> None:
        self._file.write("\t".join(" ".join(value.split()) for value in values) + "\n")

    def close(self) -> None:
        self._file.close()


class Json:
    """An array of objects by field name."""

    def __init__(self, file: Path, plan: Layout) -> None:
        self._plan = plan
        self._file = file.open("wb")
        self._file.write(b"[")
        self._first = True

    def add(self, records: Iterable[Record], showing: Showing) -> None:  # noqa: ARG002  programs take the plain values
        for record in records:
            self._file.write((b"\n" if self._first else b",\n") + orjson.dumps(plain(self._plan, record)))
            self._first = False

    def close(self) -> None:
        self._file.write(b"\n]\n")
        self._file.close()


class Xml:
    """Elements: records with their entity, each record with its fields by name and label."""

    def __init__(self, file: Path, plan: Layout) -> None:
        self._plan = plan
        self._file = file.open("w", encoding="utf-8")
        self._file.write(
            f'<?xml version="1.0" encoding="UTF-8"?>\n<records entity={quoteattr(plan.entity.name)} title={quoteattr(plan.title)}>\n'
        )

    def add(self, records: Iterable[Record], showing: Showing) -> None:
        for record in records:
            self._file.write(f'  <record id="{record.id}">\n')
            for column, text in zip(self._plan.columns, texts(self._plan, record, showing), strict=True):
                said = xml_escape(NOT_XML.sub("", text))
                self._file.write(f"    <field name={quoteattr(column.field.name)} label={quoteattr(column.header)}>{said}</field>\n")
            self._file.write("  </record>\n")

    def close(self) -> None:
        self._file.write("</records>\n")
        self._file.close()


class Html:
    """A page that prints well: right to left for Persian, the head repeated on each sheet."""

    def __init__(self, file: Path, plan: Layout) -> None:
        self._plan = plan
        self._file = file.open("w", encoding="utf-8")
        direction = "rtl" if plan.language == "fa" else "ltr"
        head = "".join(f"<th>{escape(column.header)}</th>" for column in plan.columns)
        self._file.write(
            f'<!doctype html>\n<html lang="{plan.language}" dir="{direction}"><head><meta charset="utf-8"><title>{escape(plan.title)}</title><style>{STYLE}{STYLE_FA if plan.language == "fa" else ""}</style></head>'
            f"<body><h1>{escape(plan.title)}</h1><table><thead><tr>{head}</tr></thead><tbody>\n"
        )

    def add(self, records: Iterable[Record], showing: Showing) -> None:
        for record in records:
            said = texts(self._plan, record, showing)
            line = "".join(
                f"<td{_direction(column.field.kind.code)}>{_lines(text)}</td>"
                for column, text in zip(self._plan.columns, said, strict=True)
            )
            self._file.write(f'<tr class="{"tall" if tall(said) else ""}">{line}</tr>\n')

    def close(self) -> None:
        self._file.write("</tbody></table></body></html>\n")
        self._file.close()


class Pdf(Html):
    """The page as PDF (WeasyPrint), shaped and ordered right for Persian."""

    def __init__(self, file: Path, plan: Layout) -> None:
        self._pdf = file
        super().__init__(file.with_suffix(".html"), plan)

    def close(self) -> None:
        super().close()
        page = self._pdf.with_suffix(".html")
        try:
            print_pdf(page, self._pdf)
        finally:
            page.unlink(missing_ok=True)


class Docx:
    """Word: a title and a table, right to left for Persian."""

    def __init__(self, file: Path, plan: Layout) -> None:
        import docx
        from docx.enum.section import WD_ORIENT

        self._file, self._plan = file, plan
        self._document = docx.Document()
        section = self._document.sections[0]
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = section.page_height, section.page_width
        self._heading = self._document.add_heading(NOT_XML.sub("", plan.title), 1)
        self._table = self._document.add_table(rows=1, cols=len(plan.columns), style="Table Grid")
        for cell, column in zip(self._table.rows[0].cells, plan.columns, strict=True):
            cell.text = NOT_XML.sub("", column.header)

    def add(self, records: Iterable[Record], showing: Showing) -> None:
        for record in records:
            for cell, text in zip(self._table.add_row().cells, texts(self._plan, record, showing), strict=True):
                cell.text = NOT_XML.sub("", text)

    def close(self) -> None:
        if self._plan.language == "fa":
            self._right_to_left()
        self._document.save(str(self._file))

    def _right_to_left(self) -> None:
        """What python-docx has no words for: bidi paragraphs and runs, and columns from the right."""
        from docx.oxml import OxmlElement

        self._table._tbl.tblPr.insert(1, OxmlElement("w:bidiVisual"))  # noqa: SLF001  behind the style, where Word looks for it (ISO/IEC 29500-1, CT_TblPr); the library gives no other way to its XML
        paragraphs = [self._heading, *(one for row in self._table.rows for cell in row.cells for one in cell.paragraphs)]
        for paragraph in paragraphs:
            paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))  # noqa: SLF001  as above
            for run in paragraph.runs:
                run._r.get_or_add_rPr().append(OxmlElement("w:rtl"))  # noqa: SLF001  as above


class Vcard:
    """Contacts for telephones, vCard 3.0 (RFC 2426), from the party's own fields; other entities have no such format."""

    def __init__(self, file: Path, plan: Layout) -> None:
        self._plan = plan
        self._file = file.open("w", encoding="utf-8", newline="")

    def add(self, records: Iterable[Record], showing: Showing) -> None:
        for record in records:
            self._file.write(vcard(record, showing))

    def close(self) -> None:
        self._file.close()


def vcard(record: Record, showing: Showing) -> str:
    """One contact."""
    values = record.values
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"FN:{_said(record.title)}"]
    lines.append(f"N:{_said(values.get('last_name') or record.title)};{_said(values.get('first_name'))};;;")
    lines.extend(_reached(row) for row in values.get("channels") or ())
    for row in values.get("addresses") or ():
        parts = ("po_box", "", "street", "city", "province", "postcode", "country")
        lines.append("ADR:" + ";".join(_said(row.get(part)) for part in parts))
    for row in values.get("relations") or ():
        if row.get("kind") == "works_at":
            if organisation := showing.titles.get(("party", row.get("other"))):
                lines.append(f"ORG:{_said(organisation)}")
            lines.append(f"TITLE:{_said(row.get('title'))}")
            break
    if values.get("birth"):
        lines.append(f"BDAY:{values['birth']}")
    if values.get("note"):
        lines.append(f"NOTE:{_said(values['note'])}")
    return "".join(_folded(line) for line in [*lines, "END:VCARD"])


def _reached(row: Mapping[str, Any]) -> str:
    """A way to reach somebody. Telephones dial what stands behind a comma after a pause: the extension."""
    kind, number = row.get("kind"), row.get("number") or row.get("raw")
    if kind in ("email", "web"):
        return f"{'EMAIL' if kind == 'email' else 'URL'}:{_said(number)}"
    place = {"home": "HOME,", "personal": "HOME,", "work": "WORK,", "office": "WORK,", "factory": "WORK,", "shop": "WORK,"}
    sort = {"fax": "FAX", "mobile": "CELL"}.get(str(kind), "VOICE")
    pause = f",{row['extension']}" if row.get("extension") else ""
    return f"TEL;TYPE={place.get(str(row.get('label')), '')}{sort}:{_said(f'{number}{pause}')}"


def print_pdf(page: Path, pdf: Path) -> None:
    """An HTML file as PDF; nothing outside the file is fetched. Takes seconds and a core: call it in a process apart."""
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    class Nothing(URLFetcher):  # type: ignore[misc]  # weasyprint has no types
        def fetch(self, url: str, *_headers: object) -> Mapping[str, Any]:
            raise ValueError(url[:80])

    document = HTML(filename=str(page), url_fetcher=Nothing())
    breakable(document.etree_element)
    document.write_pdf(str(pdf))


STYLE = (
    "@page{size:A4 landscape;margin:12mm;@bottom-center{content:counter(page) ' / ' counter(pages);font-size:8pt}}"
    "body{font-family:Vazirmatn,'DejaVu Sans',sans-serif;font-size:9pt}h1{font-size:13pt}table{border-collapse:collapse;inline-size:100%}"
    "th,td{border:1px solid #999;padding:2px 5px;text-align:start;vertical-align:top}th{background:#eee}thead{display:table-header-group}tr{break-inside:avoid}tr.tall{break-inside:auto}"
)
STYLE_FA = "@page{@bottom-center{content:'صفحهٔ ' counter(page,persian) ' از ' counter(pages,persian)}}"

FORMATS: Mapping[str, Format] = {
    "xlsx": Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _("Excel (xlsx)"), Xlsx),
    "csv": Format("csv", "text/csv; charset=utf-8", _("Text table (csv)"), Csv),
    "pdf": Format("pdf", "application/pdf", _("PDF"), Pdf, MOST_IN_DOCUMENT),
    "docx": Format(
        "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", _("Word (docx)"), Docx, MOST_IN_DOCUMENT
    ),
    "html": Format("html", "text/html; charset=utf-8", _("Web page (html)"), Html, MOST_IN_DOCUMENT),
    "txt": Format("txt", "text/plain; charset=utf-8", _("Plain text (txt)"), Text),
    "xml": Format("xml", "application/xml", _("XML"), Xml),
    "json": Format("json", "application/json", _("JSON"), Json),
    "vcf": Format("vcf", "text/vcard; charset=utf-8", _("Contacts (vCard)"), Vcard),
}


def _direction(code: str) -> str:
    return (
        ' dir="ltr"'
        if code in ("phone", "email", "web", "national_id", "company_id", "sheba", "card_number", "barcode", "postcode")
        else ""
    )


def _lines(text: str) -> str:
    return escape(NOT_XML.sub("", text)).replace("\n", "<br>")


def _said(value: Any) -> str:
    text = "" if value is None else str(value)
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> str:
    """At most 75 octets on a line (RFC 2426 2.6), never inside a letter."""
    parts, now = [], ""
    for letter in line:
        if len((now + letter).encode()) > 74:
            parts.append(now)
            now = " "
        now += letter
    return "\r\n".join([*parts, now]) + "\r\n"
