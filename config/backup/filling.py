"""A PostgreSQL database made again from a dump and the changes after it, and a look whether a dump is whole.

All of it or nothing: what pg_restore says goes through psql in one transaction, the changes before the indexes and keys are made, so
that neither their order nor their number matters.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from sqlalchemy.engine import make_url

from config.archive import BackupFailed
from config.backup.row_changes import NUMBERS, script
from config.backup.sources import Copied, conninfo, counted, ended, environment_of, postgres_program, raise_ill, refused
from config.database_address import shown
from config.translations import _

PIECE = 1024 * 1024
_ROWS = b"COPY public."
_END = b"\\.\n"


class NotFilled(BackupFailed):
    """A database did not let itself be filled."""

    code = "database_not_filled"
    sentence = _("{database} is as it was and holds nothing of the back-up: {why}.")


def fill_postgres(dump: Path, url: str, changes: Path | None = None, step: Callable[[int], None] = lambda _done: None) -> Copied:
    """Restore a dump, and the changes after it, into an empty database; gives what is there then.

    `step` hears the bytes so far, and ends it by raising. Raises `NotFilled` and leaves the database as it was.
    """
    must_be_fillable(url)
    try:
        return _fill(dump, url, changes, step)
    except BackupFailed as error:
        raise NotFilled(database=shown(url), why=error.values["why"]) from error


def must_be_fillable(url: str) -> None:
    """Look whether the database lets us in and is empty, before anything is begun; raises `NotFilled`."""
    import psycopg

    try:
        with refused(), psycopg.connect(conninfo(url)) as connection, connection.cursor() as cursor:
            there = counted(cursor).rows
    except BackupFailed as error:
        raise NotFilled(database=shown(url), why=error.values["why"]) from error
    if there:
        raise NotFilled(database=shown(url), why=_("the database to restore into is not empty; make an empty one"))


def _fill(dump: Path, url: str, changes: Path | None, step: Callable[[int], None]) -> Copied:
    import psycopg

    command = [
        postgres_program("psql"),
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
        f"--dbname={make_url(url).database or ''}",
    ]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, env=environment_of(url), stdin=subprocess.PIPE, stderr=said) as process,
        ended(process),
    ):
        assert process.stdin
        try:
            _tell(process.stdin, _whole(dump, changes), step)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it has ended, and says why
        process.wait()
        said.seek(0)
        raise_ill(command, process.returncode, said.read())
    with refused(), psycopg.connect(conninfo(url)) as connection, connection.cursor() as cursor:
        return counted(cursor)


def _whole(dump: Path, changes: Path | None) -> Iterator[bytes]:
    """Everything that psql is told. Without the last word nothing is kept, also when psql hears no more because we have died."""
    yield b"BEGIN;\n"
    yield from _restored(dump, "--section=pre-data", "--section=data")
    if changes is not None:
        yield from script(changes)
        yield NUMBERS.encode()
    yield from _restored(dump, "--section=post-data")
    yield b"COMMIT;\n"


def _tell(target: IO[bytes], parts: Iterator[bytes], step: Callable[[int], None]) -> None:
    done = 0
    for part in parts:
        target.write(part)
        done += len(part)
        step(done)


def _restored(dump: Path, *options: str) -> Iterator[bytes]:
    """What pg_restore makes of a dump; raises `BackupFailed` at the end when it could not read it to its own."""
    command = [postgres_program("pg_restore"), "--no-owner", "--no-privileges", *options, "--file=-", str(dump)]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said) as process,
        ended(process),
    ):
        assert process.stdout
        while piece := process.stdout.read(PIECE):
            yield piece
        process.wait()
        said.seek(0)
        raise_ill(command, process.returncode, said.read())


def rows_in(dump: Path) -> dict[str, int]:
    """How many rows a dump has for each table of the public schema; raises `BackupFailed` when it cannot be read to its end."""
    rows: dict[str, int] = {}
    table, count = "", 0
    for line in _lines(_restored(dump, "--section=data")):
        if table:
            if line == _END:
                rows[table], table = count, ""
            else:
                count += 1
        elif line.startswith(_ROWS) and line.endswith(b" FROM stdin;\n"):
            table, count = _name(line[len(_ROWS) :]), 0
    return rows


def _name(said: bytes) -> str:
    """The name at the beginning, which may stand in quotation marks."""
    name = said.split(b'" (', 1)[0][1:].replace(b'""', b'"') if said.startswith(b'"') else said.split(b" ", 1)[0]
    return name.decode()


def _lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line + b"\n"
