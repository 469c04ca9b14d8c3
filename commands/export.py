"""`switchboard export`: every record of an entity as a file, its format by the file's ending; works while the product runs."""

from __future__ import annotations

import argparse
import asyncio
import errno
import os
from pathlib import Path

from sqlalchemy import Connection

from config.errors import Refusal
from config.settings import Settings
from config.translations import _, translate

SUMMARY = _("write every record into a file (csv, xlsx, json, vcf…)")
DONE = _("{count} records were written to {file}.")
PAGE = 500


class FileUnwritable(Refusal):
    """The file cannot be written."""

    code = "file_unwritable"
    sentence = _("{file} cannot be written: {why}.")


class FormatUnknown(Refusal):
    """An ending that is no format."""

    code = "format_unknown"
    sentence = _("{file}: expected one of the endings {endings}.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, and what."""
    parser.add_argument("file", type=Path, help="the file to write; its ending is the format")
    parser.add_argument("--entity", default="party", help="what to write (party when nothing is said)")


def run(given: argparse.Namespace) -> int:
    """Write the file; nothing is left half-written."""
    from crm.exports.formats import FORMATS

    if given.file.is_dir():
        raise FileUnwritable(file=given.file, why=os.strerror(errno.EISDIR))
    form = given.file.suffix.removeprefix(".").lower()
    if form not in FORMATS:
        raise FormatUnknown(file=given.file, endings=", ".join(FORMATS))
    count = asyncio.run(_export(given.file, form, given.entity, given.language))
    print(translate(given.language, DONE, count=count, file=given.file))
    return 0


async def _export(file: Path, form: str, entity: str, language: str) -> int:
    from config.database import read_all

    part = file.with_name(f"{file.name}.part")
    try:
        count = await asyncio.to_thread(
            read_all, Settings.load().database_url, lambda connection: _write(connection, part, form, entity, language)
        )
        await asyncio.to_thread(part.replace, file)
    except OSError as error:
        raise FileUnwritable(file=file, why=error.strerror) from error
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)  # it holds customers
    return count


def _write(connection: Connection, file: Path, form: str, name: str, language: str) -> int:
    """Write all records, page by page, on one connection: all are of one moment."""
    from attrs import evolve

    from crm.access import SYSTEM
    from crm.alone import as_they_are
    from crm.exports.formats import FORMATS
    from crm.exports.table import layout
    from crm.fields.kind import Showing
    from crm.linked_names import titles
    from crm.query import Query, World, page
    from crm.record import records

    entities, entity = as_they_are(connection, name)
    fields = [one for one in entity.of() if one.typed or one.listed]
    plan = layout(entity, fields, language, entity.word(language, several=True))
    writer = FORMATS[form].writer(file, plan)
    query, world, count = Query(entity=entity, sort=(("id", False),), limit=PAGE), World(viewer=SYSTEM, entities=entities), 0
    while True:
        found = page(connection, query, world)
        rows = records(connection, entity, found.rows, SYSTEM)
        names = titles(connection, entities, entity.fields, [one.values for one in rows], SYSTEM)
        writer.add(rows, Showing(language=language, titles=names))
        count += len(rows)
        if not found.next:
            break
        query = evolve(query, after=found.next)
    writer.close()
    return count
