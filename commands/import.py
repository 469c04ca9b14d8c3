"""`switchboard import`: customers from a CSV file; rows that are wrong go into a file beside it, with the reason."""  # noqa: N999  the file is named like its command

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path

from config.settings import Settings
from config.translations import _, translate

SUMMARY = _("bring customers in from a CSV file")
DONE = _("{saved} customers were brought in.")
SOME_WRONG = _("{wrong} rows were not taken; they stand with the reason in {file}. Correct them there and import that file.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which file."""
    parser.add_argument("file", type=Path, help="CSV with headings: نام، نام خانوادگی، شرکت، سمت، همراه، تلفن، رایانامه، شهر…")


def run(given: argparse.Namespace) -> int:
    """Import the file; status 1 when some rows were wrong."""
    return asyncio.run(_import(given))


async def _import(given: argparse.Namespace) -> int:
    from config.alone import open_alone
    from crm.exchange import REASON, TableUnreadable, read_table, written
    from crm.exchange_work import bring_in

    settings = Settings.load()
    file: Path = given.file
    try:
        content = await asyncio.to_thread(file.read_bytes)
    except OSError as error:
        raise TableUnreadable(file=file, why=error.strerror) from error
    lines = list(read_table(content, str(file)))
    database = await open_alone(settings)
    try:
        saved, rejected = await bring_in(
            database, lines, user="", now=time.time(), country=settings.site.country, city_code=settings.site.city_code
        )
    finally:
        await database.close()
    print(translate(given.language, DONE, saved=saved))
    if not rejected:
        return 0
    wrong = file.with_name(f"{file.stem}-wrong.csv")
    rows = [{**one.line.cells, REASON: one.why.text(given.language)} for one in rejected]
    await asyncio.to_thread(wrong.write_text, written(rows, REASON), "utf-8", newline="")
    print(translate(given.language, SOME_WRONG, wrong=len(rejected), file=wrong))
    return 1
