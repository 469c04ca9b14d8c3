"""`switchboard export`: every customer as a CSV file that spreadsheets open; works while the product runs."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from config.errors import Refusal
from config.settings import Settings
from config.translations import _, translate

SUMMARY = _("write every customer into a CSV file")
DONE = _("{count} customers were written to {file}.")


class FileUnwritable(Refusal):
    """The file cannot be written."""

    code = "file_unwritable"
    sentence = _("{file} cannot be written: {why}.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("file", type=Path, help="the CSV file to write")


def run(given: argparse.Namespace) -> int:
    """Write the file; nothing is left half-written."""
    count = asyncio.run(_export(given.file))
    print(translate(given.language, DONE, count=count, file=given.file))
    return 0


async def _export(file: Path) -> int:
    from config.database import read_all
    from crm.exchange import written
    from crm.exchange_work import everybody

    rows = await asyncio.to_thread(read_all, Settings.load().database_url, lambda connection: list(everybody(connection)))
    part = file.with_name(f"{file.name}.part")
    try:
        await asyncio.to_thread(part.write_text, written(rows), "utf-8", newline="")
        part.replace(file)
    except OSError as error:
        raise FileUnwritable(file=file, why=error.strerror) from error
    return len(rows)
