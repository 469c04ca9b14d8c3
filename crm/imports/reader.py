"""Understanding the rows of a large file in a process of its own: what is typed there takes as long to read as to keep, and calls are on this one's loop.

The process (`python -m crm.imports.reader`) is asked on its stdin and answers on its stdout, batch by batch, in pickles; it ends when its stdin does.
"""

from __future__ import annotations

import io
import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import frozen
from sqlalchemy import Table

from config.database import metadata
from config.places import PROJECT
from crm.access import Viewer
from crm.catalogue import declared
from crm.entity import Entity
from crm.fields.kind import Reading
from crm.imports.bringing import Bringing
from crm.imports.sheet_file import SheetFile
from crm.imports.understanding import Line, Plan, lines_of

log = logging.getLogger(__name__)

NICE = 10
"""It has the time that it takes to keep the batch before."""


@frozen(kw_only=True)
class Asked:
    """Some rows of `file` behind `position`. `entity`: None for the one of the batch before."""

    file: Path
    entity: Entity | None
    plan: Plan
    reading: Reading
    viewer: Viewer
    position: int
    most: int


class Teller(pickle.Pickler):
    """Names tables instead of telling them: the process has its own, and what SQLAlchemy keeps with ours while they are used cannot be told."""

    def reducer_override(self, told: Any) -> Any:
        """A table's name, and everything else as usual."""
        return (table_named, (told.name,)) if isinstance(told, Table) else NotImplemented


def told(asked: object) -> bytes:
    """As it goes to the process."""
    out = io.BytesIO()
    Teller(out, pickle.HIGHEST_PROTOCOL).dump(asked)
    return out.getvalue()


def table_named(name: str) -> Table:
    """The table of a declared entity, or of its rows."""
    declared()
    return metadata.tables[name]


def is_declared(entity: Entity) -> bool:
    """Whether another process finds its declaration."""
    return any(one.table is entity.table for one in declared())


class Reader:
    """The rows of one import. For threads, one at a time; `end()` from anywhere."""

    def __init__(self, sheet: SheetFile) -> None:
        self._sheet = sheet
        self._process: subprocess.Popen[bytes] | None = None
        self._known: Entity | None = None
        """The entity that the process has: it is asked anew only when fields or lists have changed."""
        self._lost = self._ended = False
        """It went by itself, or is not wanted any more."""
        self._lock = threading.Lock()

    def lines(self, bringing: Bringing, position: int, most: int) -> list[Line]:
        """Some rows behind `position`, read as far as that needs no database; the first batch here, while the process starts. Raises EOFError when that was ended."""
        if self._process is not None and not self._lost:
            try:
                return self._answer(self._process, bringing, position, most)
            except EOFError:
                if self._ended:
                    raise
                self._lost = True
                log.warning(
                    "%s: the process that reads its rows is gone (status %s); they are read here", self._sheet.file, self._process.wait()
                )
        found = bringing.lines(self._sheet, position, most)
        if len(found) == most and self._process is None:
            self._begin()
        return found

    def _begin(self) -> None:
        with self._lock:
            if not self._ended:
                command = [sys.executable, "-m", "crm.imports.reader"]
                self._process = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def _answer(self, process: subprocess.Popen[bytes], bringing: Bringing, position: int, most: int) -> list[Line]:
        assert process.stdin is not None
        assert process.stdout is not None
        entity = None if bringing.entity is self._known else bringing.entity
        asked = Asked(
            file=self._sheet.file, entity=entity, plan=bringing.plan, reading=bringing.reading, viewer=bringing.viewer, position=position, most=most
        )  # fmt: skip
        try:
            process.stdin.write(told(asked))
            process.stdin.flush()
            found: list[Line] = pickle.load(process.stdout)  # noqa: S301  our own process, over a pipe that nobody else has
        except (BrokenPipeError, ValueError, pickle.UnpicklingError):  # it went before, or in the middle, or its pipes are closed
            raise EOFError from None
        self._known = bringing.entity
        return found

    def end(self) -> None:
        """No more; whoever waits for an answer gets EOFError."""
        with self._lock:
            self._ended = True
            if self._process is not None:
                self._process.kill()
                self._process.wait()
                for pipe in (self._process.stdin, self._process.stdout):
                    if pipe is not None:
                        with suppress(BrokenPipeError):  # what it did not want to hear any more
                            pipe.close()


def main() -> int:
    """Answer until nobody asks any more."""
    os.nice(NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the product, which ends this
    asked_on, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    sheet: SheetFile | None = None
    entity: Any = None
    while True:
        try:
            asked: Asked = pickle.load(asked_on)  # noqa: S301  from the product, over a pipe that nobody else has
        except EOFError:
            return 0
        entity = asked.entity or entity
        if sheet is None or sheet.file != asked.file:
            sheet = SheetFile(asked.file)
        found = lines_of(entity, asked.plan, sheet.rows(asked.position, asked.most), asked.reading, asked.viewer)
        pickle.dump(found, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


if __name__ == "__main__":
    raise SystemExit(main())
