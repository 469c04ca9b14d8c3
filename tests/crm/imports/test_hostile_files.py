"""Files that are too large, broken, or made to hurt: refused with a sentence before they cost anything, or read as what they are."""

from __future__ import annotations

import base64
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import orjson
import pytest

from config.places import PROJECT
from crm.imports.sheet_file import SheetFile
from crm.imports.sheets import LARGEST_FILE, TOO_LARGE, TOO_LARGE_UNPACKED, TOO_MANY_COLUMNS, FileRefused, check_size, rows_of
from tests.crm.imports.test_imports import sheet

MEGABYTE = 1024 * 1024
FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://evil.example","x")')


def refusal(file: Path) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        list(rows_of(file))
    assert "{" not in refused.value.text("fa") + refused.value.text("en")
    return refused.value


def test_half_a_gigabyte_is_refused_by_its_size_before_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its size alone is asked for: neither unpacked nor read."""
    file = tmp_path / "large.xlsx"
    with file.open("wb") as out:
        out.write(b"PK\x03\x04")
        out.truncate(500 * MEGABYTE)  # sparse: it takes no room on the disk

    def opened(*_words: object) -> None:
        raise AssertionError("it was opened")

    monkeypatch.setattr(zipfile, "is_zipfile", opened)
    assert refusal(file).reason == TOO_LARGE
    assert file.stat().st_size > LARGEST_FILE


TOLD = """\
import sys
from pathlib import Path
from crm.imports.sheets import main
code = main()
print()
print(next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")))
sys.exit(code)
"""
"""The process that reads files, telling at its end how much memory it had at most, in KB (its rusage would count the memory of who started it)."""


def test_a_table_that_unpacks_to_half_a_gigabyte_costs_no_memory(tmp_path: Path) -> None:
    """Half a megabyte of packed spaces: the process that reads files refuses it within 300 MB of addresses more than it began with."""
    file = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("xl/worksheets/sheet1.xml", "w") as out:
        for _time in range(500):
            out.write(b" " * MEGABYTE)
    assert file.stat().st_size < MEGABYTE
    done = subprocess.run([sys.executable, "-c", TOLD, file, tmp_path / "out"], cwd=PROJECT, capture_output=True, check=False, timeout=120)
    said, most = done.stdout.splitlines()
    assert done.returncode == 3
    assert orjson.loads(said)["reason"] == TOO_LARGE_UNPACKED
    assert int(most.split()[1]) < 200 * 1024


async def test_a_refused_file_leaves_nothing_behind_that_could_be_taken_for_rows(tmp_path: Path) -> None:
    """What asked for it gets the sentence."""
    file = tmp_path / "wide.csv"
    file.write_text(",".join(f"c{place}" for place in range(10_000)) + "\n" + "," * 9_999 + "x\n", "utf-8")
    with pytest.raises(FileRefused) as refused:
        await SheetFile(tmp_path / "rows.jsonl").made_from(file)
    assert refused.value.reason == TOO_MANY_COLUMNS


def test_a_table_that_lies_about_its_size_is_refused_all_the_same(tmp_path: Path) -> None:
    """Ten thousand columns in xlsx and csv; many small files in one; sizes are added up."""
    assert refusal(sheet(tmp_path, [[f"c{place}" for place in range(10_000)], list(range(10_000))])).reason == TOO_MANY_COLUMNS
    many = tmp_path / "many.xlsx"
    with zipfile.ZipFile(many, "w", zipfile.ZIP_DEFLATED) as packed:
        for place in range(100):
            packed.writestr(f"xl/worksheets/sheet{place}.xml", b"0" * MEGABYTE)
    with pytest.raises(FileRefused) as refused:
        check_size(many)
    assert refused.value.reason == TOO_LARGE_UNPACKED


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8", "utf-8-sig", "utf-16", "cp1256"])
def test_no_encoding_breaks_it(tmp_path: Path, encoding: str) -> None:
    """Read rightly, UTF-16 that does not say so at its beginning too."""
    file = tmp_path / "a.csv"
    file.write_bytes("نام,کد\nرضا,1\n".replace("ی", "ي").replace("ک", "ك").encode(encoding))
    assert list(rows_of(file))[1] == ["رضا", "1"]


@pytest.mark.parametrize(
    "raw",
    [
        "نام,کد\n".encode() + "رضا,1\n".encode("cp1256"), b"name\n\xff\xfe\xfd\n", b"name,code\na\x00b,1\n", b"\x00" * 5000, b"name\n" + b"\x81\x8d\x90" * 50, b"\xed\xa0\x80,x\n1,2\n",
        b'name\n"never ends\n' + b"x\n" * 50, b"name\n" + b"x" * 500_000, b"\xff\xfe" + "نام\nر".encode("utf-16-le") + b"\xd8", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + b"\x00" * 3000, b"\x1f\x8b\x08" + b"x" * 99,
    ],
)  # fmt: skip
def test_broken_bytes_are_read_or_refused(tmp_path: Path, raw: bytes) -> None:
    """Two encodings in one file, NULs, lone surrogates, quotes that never end: rows of texts, or a sentence; never a fault."""
    file = tmp_path / "broken.csv"
    file.write_bytes(raw)
    with suppress(FileRefused):
        rows = list(rows_of(file))
        assert all(isinstance(cell, str | int | float | None) for row in rows for cell in row)
        assert orjson.dumps(rows)


def test_formulas_are_texts_in_every_kind_of_file(tmp_path: Path) -> None:
    """What begins like a formula is the text that stands there, or what the sheet last showed; nothing is reckoned."""
    plain = [one.strip() for one in FORMULAS]
    file = tmp_path / "f.csv"
    file.write_text("name,code\n" + "".join('"{}",1\n'.format(one.replace('"', '""')) for one in FORMULAS), "utf-8")
    assert [row[0] for row in list(rows_of(file))[1:]] == plain
    rows = list(rows_of(sheet(tmp_path, [["name"], *([one] for one in FORMULAS if one[0] != "=")])))
    assert [row[0] for row in rows[1:]] == [one.strip() for one in FORMULAS if one[0] != "="]
    ods = tmp_path / "f.ods"
    cells = "".join(
        f'<table:table-row><table:table-cell table:formula="of:=1+1" office:value-type="string"><text:p>{text}</text:p></table:table-cell></table:table-row>'
        for text in ("name", "shown", "+1+1")
    )
    spaces = "".join(f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))
    content = f'<?xml version="1.0"?><office:document-content{spaces}><office:body><office:spreadsheet><table:table table:name="a">{cells}</table:table></office:spreadsheet></office:body></office:document-content>'
    with zipfile.ZipFile(ods, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("content.xml", content)
        packed.writestr("META-INF/manifest.xml", MANIFEST)
    assert [row[0] for row in list(rows_of(ods))[1:]] == ["shown", "+1+1"]


def quoted(text: str) -> str:
    """As Android writes it."""
    return "".join(f"={byte:02X}" for byte in text.encode())


MANIFEST = (
    '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
)
PHOTO = base64.b64encode(bytes(range(256)) * 8).decode()
FOLDED = "\r\n ".join(PHOTO[place : place + 72] for place in range(0, len(PHOTO), 72))
CARDS = {
    "Android 2.1": f"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{quoted('احمدی')};{quoted('علی')};;;\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{quoted('علی')}=\r\n={quoted(' احمدی')[1:]}\r\n"
    f"TEL;CELL;PREF:0912-123-4567\r\nTEL;X-Custom(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,{quoted('دفتر')}):02188776655\r\nPHOTO;ENCODING=BASE64;JPEG:{FOLDED}\r\n\r\nEND:VCARD\r\n",
    "iPhone 3.0": f"BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Apple Inc.//iPhone OS 17.0//EN\r\nN:احمدی;علی;;;\r\nFN:علی\r\n  احمدی\r\nORG:آریا;\r\nitem1.TEL;type=pref:0912 123 4567\r\nitem1.X-ABLabel:_$!<HomePage>!$_\r\n"
    f"TEL;type=WORK;type=VOICE:(021) 8877-6655\r\nPHOTO;ENCODING=b;TYPE=JPEG:{FOLDED}\r\nEND:VCARD\r\n",
    "Outlook": f"BEGIN:VCARD\nVERSION:2.1\nX-MS-OL-DEFAULT-POSTAL-ADDRESS:0\nN;LANGUAGE=fa;CHARSET=utf-8:احمدی;علی\nFN;CHARSET=utf-8:علی احمدی\nTEL;WORK;VOICE:02188776655\nTEL;CELL;VOICE:+989121234567\n"
    f"ADR;WORK;PREF;CHARSET=utf-8:;;ولیعصر;تهران;;;ایران\nPHOTO;TYPE=JPEG;ENCODING=BASE64:\n {PHOTO[:70]}\n {PHOTO[70:140]}\n\nEND:VCARD\n",
    "4.0": 'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:علی احمدی\r\nN:احمدی;علی;;;\r\nTEL;VALUE=uri;TYPE="voice,cell":tel:+989121234567\r\nTEL;VALUE=uri:tel:+982188776655;ext=12\r\nPHOTO:data:image/jpeg;base64,AAAA\r\nEND:VCARD\r\n',
}  # fmt: skip


@pytest.mark.parametrize("card", CARDS)
def test_contacts_as_telephones_export_them(tmp_path: Path, card: str) -> None:
    """Name and both numbers come, photographs and what a maker adds do not; two cards in one file are two rows."""
    file = tmp_path / "contacts.vcf"
    file.write_bytes(CARDS[card].encode() * 2)
    headers, first, second = rows_of(file)
    assert first == second
    row = dict(zip(headers, first, strict=True))
    assert (row["first_name"], row["last_name"]) == ("علی", "احمدی")
    digits = {"".join(sign for sign in str(row[f"number {place}"]) if sign.isdigit())[-14:] for place in (1, 2)}
    assert {one.removesuffix("12")[-8:] if "ext" in str(row) and one.endswith("5512") else one[-8:] for one in digits} == {
        "21234567",
        "88776655",
    }
    assert PHOTO[:40] not in str(first)


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN:VCARD",
        "BEGIN:VCARD\nEND:VCARD\n" * 3,
        "BEGIN:VCARD\nN;CHARSET=x;ENCODING=QUOTED-PRINTABLE:=ZZ=\nEND:VCARD\n",
        "BEGIN:VCARD\n" + "N:x\\" * 999 + "\nEND:VCARD",
        "BEGIN:VCARD\nTEL" * 99,
    ],
)
def test_broken_contacts_are_read_or_refused(tmp_path: Path, text: str) -> None:
    """Cards that end nowhere, unknown character sets, empty ones."""
    file = tmp_path / "contacts.vcf"
    file.write_text(text, "utf-8")
    with suppress(FileRefused):
        assert orjson.dumps(list(rows_of(file)))
