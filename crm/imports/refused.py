"""The refused rows as a file to be corrected and sent again: a spreadsheet when one came, so that nought at the beginning of a number stays; else a text table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from crm.exports.formats import guarded

SPREADSHEETS = (".xlsx", ".xls", ".ods")


def refused_file(came: str, rows: Iterable[Sequence[Any]]) -> tuple[str, bytes]:
    """The rows, headers and reasons included, as a file of the kind of the one that `came`: "xlsx" or "csv", and its bytes. Blocks."""
    if came.lower().endswith(SPREADSHEETS):
        return "xlsx", _spreadsheet(rows)
    out = io.StringIO()
    csv.writer(out).writerows([guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return "csv", out.getvalue().encode("utf-8-sig")


def _spreadsheet(rows: Iterable[Sequence[Any]]) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    sheet, as_text = book.add_worksheet(), book.add_format({"num_format": "@"})
    for place, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(place, column, cell, as_text)
            elif cell is not None:
                sheet.write(place, column, cell)
    book.close()
    return out.getvalue()
