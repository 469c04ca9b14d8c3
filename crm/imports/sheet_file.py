"""A file that was read: its rows as JSON lines, the headers first. Made in a process of its own, read batch by batch."""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path
from typing import Any

import orjson

from config.places import PROJECT
from crm.imports.sheets import DAMAGED, FileRefused

READ_SECONDS = 330


class SheetFile:
    """The rows of one import."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._known = (-1, 0)
        """A row (the headers are -1) and where in the file it begins."""

    async def made_from(self, upload: Path) -> None:
        """Read an uploaded file into it, in a process of its own. Raises FileRefused."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "crm.imports.sheets", str(upload), str(self.file), cwd=PROJECT, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(READ_SECONDS):
                said, _errors = await process.communicate()
        except BaseException:
            if process.returncode is None:
                process.kill()
                await process.wait()
            raise
        if process.returncode == 3:
            refusal = orjson.loads(said)
            raise FileRefused(refusal["reason"], **refusal["places"])
        if process.returncode:
            raise FileRefused(DAMAGED)

    def measured(self) -> tuple[list[str], int]:
        """Headers and how many rows there are below them."""
        with self.file.open("rb") as lines:
            headers = [str(one) if one is not None else "" for one in orjson.loads(next(lines))]
            return headers, sum(1 for _line in lines)

    def rows(self, position: int, most: int) -> list[tuple[int, list[Any]]]:
        """Some rows behind the first `position`, numbered from 1; those that follow the last ones asked for are found without reading those before."""
        found: list[tuple[int, list[Any]]] = []
        with self.file.open("rb") as lines:
            row, place = self._known if self._known[0] <= position else (-1, 0)
            lines.seek(place)
            for line in itertools.islice(lines, position - row):
                place += len(line)
            for number, line in enumerate(itertools.islice(lines, most), position + 1):
                found.append((number, orjson.loads(line)))
                place += len(line)
        self._known = (position + len(found), place)
        return found
