"""A file as a sheet: its headers and rows, whatever it was: xlsx, xls, ods, csv in any encoding and separator, vCard. Within limits.

Runs in a process of its own (`python -m crm.imports.sheets file out`), whose memory and time are limited: a file that was made to hurt
hurts nobody. The sheet comes out as JSON lines: the headers, then each row as a list of texts, numbers and ISO dates.
"""

from __future__ import annotations

import csv
import re
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, ClassVar

import orjson

from config.errors import Refusal
from config.translations import _
from crm.imports.vcard import is_vcard, vcard_rows

LARGEST_FILE = 64 * 1024 * 1024
LARGEST_UNPACKED = 768 * 1024 * 1024
LARGEST_RATIO = 200
MOST_ROWS = 300_000
MOST_COLUMNS = 500
LONGEST_CELL = 32_767
"""What Excel takes."""
MEMORY = 3 * 1024 * 1024 * 1024
SECONDS = 300
SAMPLE = 64 * 1024
SEPARATORS = (",", ";", "\t", "|", "،")
ENCODINGS = ("utf-8-sig", "cp1256")


class FileRefused(Refusal):
    """A file that cannot be brought in."""

    code = "import_file_refused"
    status = 422
    sentence: ClassVar[str] = _("The file was not taken: {reason}.")

    def __init__(self, reason: str, **places: object) -> None:
        self.reason, self.places = reason, places
        super().__init__(field="file", reason=reason.format(**places) if places else reason)

    def text(self, language: str) -> str:
        from config.translations import translate

        return translate(language, self.sentence, reason=translate(language, self.reason, **self.places))


TOO_LARGE = _("it has more than {most} megabytes")
TOO_LARGE_UNPACKED = _("unpacked it is far larger than a table is; it may be a zip bomb")
TOO_MANY_ROWS = _("it has more than {most} rows; split it")
TOO_MANY_COLUMNS = _("it has more than {most} columns")
NO_ROWS = _("it has no rows below its headers")
UNREADABLE = _("it is neither a spreadsheet (xlsx, xls, ods) nor a text table (csv) nor a vCard")
DAMAGED = _("it is damaged or protected by a password")


def check_size(file: Path) -> None:
    """Refuse what is too large, packed or unpacked, before anything is read."""
    if file.stat().st_size > LARGEST_FILE:
        raise FileRefused(TOO_LARGE, most=LARGEST_FILE // 1024 // 1024)
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            unpacked = sum(one.file_size for one in packed.infolist())
            if unpacked > LARGEST_UNPACKED or unpacked > max(file.stat().st_size, 4096) * LARGEST_RATIO:
                raise FileRefused(TOO_LARGE_UNPACKED)


def rows_of(file: Path) -> Iterator[list[Any]]:
    """The rows, the headers first. Raises FileRefused."""
    check_size(file)
    begin = file.read_bytes()[:8] if file.stat().st_size < 8 else _begin(file, 8)
    if begin.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        yield from _limited(_spreadsheet(file))
        return
    text = _decoded(file)
    if is_vcard(text):
        yield from _limited(vcard_rows(text))
        return
    yield from _limited(_table(text))


def _begin(file: Path, size: int) -> bytes:
    with file.open("rb") as source:
        return source.read(size)


def _limited(rows: Iterable[list[Any]]) -> Iterator[list[Any]]:
    count = 0
    for row in rows:
        if not count and not any(str(one).strip() for one in row if one is not None):
            continue  # empty lines above the headers
        if len(row) > MOST_COLUMNS and any(one not in (None, "") for one in row[MOST_COLUMNS:]):
            raise FileRefused(TOO_MANY_COLUMNS, most=MOST_COLUMNS)
        count += 1
        if count > MOST_ROWS + 1:
            raise FileRefused(TOO_MANY_ROWS, most=MOST_ROWS)
        yield [_plain(one) for one in row[:MOST_COLUMNS]]
    if count < 2:
        raise FileRefused(NO_ROWS)


def _spreadsheet(file: Path) -> Iterator[list[Any]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(file))
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            if sheet.height > 1:
                if sheet.width > MOST_COLUMNS * 2:
                    raise FileRefused(TOO_MANY_COLUMNS, most=MOST_COLUMNS)
                if sheet.height > MOST_ROWS + 1000:
                    raise FileRefused(TOO_MANY_ROWS, most=MOST_ROWS)
                yield from sheet.iter_rows()
                return
    except (CalamineError, OSError, ValueError, MemoryError):
        raise FileRefused(DAMAGED) from None
    raise FileRefused(NO_ROWS)


def _decoded(file: Path) -> str:
    raw = file.read_bytes()
    if b"\x00" in raw[:SAMPLE] and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode(_unmarked(raw[:SAMPLE]), "replace")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace").lstrip("\ufeff")
    for encoding in ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def _unmarked(sample: bytes) -> str:
    """Which UTF-16 a text with NULs is that does not say so at its beginning: the one in which its lines end. Raises FileRefused."""
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = sample[: len(sample) // 2 * 2].decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\n" in text and "\x00" not in text:
            return encoding
    raise FileRefused(UNREADABLE)


def _table(text: str) -> Iterator[list[Any]]:
    sample = text[:SAMPLE]
    separator = max(SEPARATORS, key=lambda sign: (_evenness(sample, sign), sample.count(sign) if _evenness(sample, sign) else 0))
    csv.field_size_limit(LONGEST_CELL * 4)
    try:
        yield from csv.reader(text.splitlines(keepends=True), delimiter=separator)
    except csv.Error:
        raise FileRefused(UNREADABLE) from None


def _evenness(sample: str, sign: str) -> int:
    """How many of the first lines have as many separators as the first, when that is any."""
    lines = [line for line in sample.splitlines()[:20] if line.strip()]
    first = lines[0].count(sign) if lines else 0
    return sum(line.count(sign) == first for line in lines) if first else 0


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, str):
        text = re.sub(r"^'(?=[=+\-@])", "", value[:LONGEST_CELL])  # the guard that exports put before formulas
        return text.strip()
    return value


def main() -> int:
    """Read the file argv[1] into JSON lines argv[2]; a refusal goes to stdout as JSON, with exit status 3."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        with Path(sys.argv[2]).open("wb") as out:
            out.writelines(orjson.dumps(row) + b"\n" for row in rows_of(Path(sys.argv[1])))
    except FileRefused as refusal:
        sys.stdout.write(orjson.dumps({"reason": refusal.reason, "places": refusal.places}).decode())
        return 3
    except MemoryError:
        sys.stdout.write(orjson.dumps({"reason": TOO_LARGE_UNPACKED, "places": {}}).decode())
        return 3
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
