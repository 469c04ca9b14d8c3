"""`switchboard import`: records from a spreadsheet, text table or contacts file; rows that are wrong go into a file beside it, with the reason."""  # noqa: N999  the file is named like its command

from __future__ import annotations

import argparse
import asyncio
import csv
from pathlib import Path
from typing import Any

from config.errors import Refusal
from config.settings import Settings
from config.translations import _, translate

SUMMARY = _("bring records in from a spreadsheet, text table or contacts file")
DONE = _("{created} records were made, {updated} updated.")
SOME_WRONG = _("{wrong} rows were not taken; they stand with the reason in {file}. Correct them there and import that file.")


class FileUnreadable(Refusal):
    """The file cannot be read."""

    code = "file_unreadable"
    sentence = _("{file} cannot be read: {why}.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which file, and what it holds."""
    parser.add_argument(
        "file",
        type=Path,
        help="xlsx, xls, ods, csv or vcf; the first line holds headings: نام، نام خانوادگی، شرکت، سمت، همراه، تلفن، ایمیل…",
    )
    parser.add_argument("--entity", default="party", help="what the rows are (party when nothing is said)")
    parser.add_argument(
        "--only", choices=("create", "update"), help="create and leave alone those that are there, or update and leave out the others"
    )


def run(given: argparse.Namespace) -> int:
    """Import the file; status 1 when some rows were wrong."""
    from config.loops import LOOP

    return LOOP.run_until_complete(_import(given))


async def _import(given: argparse.Namespace) -> int:
    from crm.alone import opened
    from crm.imports.imports import Imports

    file: Path = given.file
    try:
        await asyncio.to_thread(_readable, file)
    except OSError as error:
        raise FileUnreadable(file=file, why=error.strerror) from error
    async with opened(Settings.load(), given.entity) as office:
        imports = Imports(office.database, office.clock, office.records, office.patterns, office.home / "imports")
        viewer = office.patterns.viewer("")
        number = await imports.take(office.entity, file, file.name, viewer)
        job = await imports.job(number, viewer)
        await imports.plan(number, job["mapping"], {**job["options"], "mode": given.only or "both", "references": "create"}, viewer)
        await imports.start(number, viewer)
        await imports.settled()
        job, problems = await imports.job(number, viewer), await imports.problems(number, viewer, 10**6)
        await imports.stop()
    print(translate(given.language, DONE, created=job["created"], updated=job["updated"]))
    if not problems:
        return 0
    wrong = file.with_name(f"{file.stem}-wrong.csv")
    await asyncio.to_thread(_write, wrong, job["headers"], problems, given.language)
    print(translate(given.language, SOME_WRONG, wrong=len(problems), file=wrong))
    return 1


def _readable(file: Path) -> None:
    with file.open("rb"):
        pass


def _write(file: Path, headers: list[str], problems: list[dict[str, Any]], language: str) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        sheet = csv.writer(out)
        sheet.writerow([*headers, translate(language, _("Reason"))])
        for one in problems:
            sheet.writerow([*one["cells"], *([""] * (len(headers) - len(one["cells"]))), one[f"why_{language}"]])
