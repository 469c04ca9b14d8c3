"""The shelf: where finished recordings lie, and how a file gets there whole or not at all.

`<home>/recordings/2026/01/<call>.mp3` with its picture `<call>.peaks.json` beside it; months are UTC.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import orjson

from recordings.incoming import Incoming, calls_in, checked, incoming
from recordings.media import EncodingFailed, Media, NoRoom

UNFINISHED = ".part"


class Shelf:
    """The recordings folder of an installation: `incoming/` that Asterisk writes to, and the months."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.incoming_folder = folder / "incoming"
        self.broken_folder = folder / "broken"

    def prepare(self) -> None:
        """Make the folders and throw away what was being written when the last process ended."""
        self.incoming_folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob(f"[0-9]*/[0-9]*/*{UNFINISHED}"):
            left.unlink(missing_ok=True)

    def incoming(self, call: str) -> Incoming:
        """The files of `call` that Asterisk writes; raises `BadName`."""
        return incoming(self.incoming_folder, call)

    def waiting_calls(self) -> tuple[str, ...]:
        """The calls with files in the incoming folder."""
        return calls_in(entry.name for entry in os.scandir(self.incoming_folder) if entry.is_file(follow_symlinks=False))

    def shelve(self, call: str, started_at: float, make: Callable[[Path], Media], fall_back: Callable[[Path], Media]) -> tuple[Media, str]:
        """Let `make` write the file, `fall_back` when encoding fails; returns what came of it and its place below the folder.

        Both get a temporary path; the finished file is renamed. Raises what they raise, and `NoRoom`.
        """
        month = self.folder / datetime.fromtimestamp(started_at, UTC).strftime("%Y/%m")
        temporary = month / f"{checked(call)}{UNFINISHED}"
        try:
            month.mkdir(parents=True, exist_ok=True)
            try:
                media = make(temporary)
            except EncodingFailed:
                media = fall_back(temporary)
            picture = month / f"{call}.peaks.json{UNFINISHED}"
            picture.write_bytes(orjson.dumps({"seconds": media.seconds, "channels": media.channels, "lanes": media.lanes}))
            picture.rename(month / f"{call}.peaks.json")
            final = month / f"{call}.{media.ending}"
            _flush(temporary)
            temporary.rename(final)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise NoRoom(str(month)) from error
            raise
        finally:
            for left in month.glob(f"{call}*{UNFINISHED}"):
                left.unlink(missing_ok=True)
        return media, str(final.relative_to(self.folder))

    def discard(self, found: Incoming) -> None:
        """The incoming files have served."""
        for file in found.files():
            file.unlink(missing_ok=True)

    def set_aside(self, found: Incoming) -> None:
        """The incoming files cannot be read: out of the way, for a person to look at."""
        self.broken_folder.mkdir(exist_ok=True)
        for file in found.files():
            file.rename(self.broken_folder / file.name)

    def audio(self, file: str) -> Path:
        """The file of a row."""
        return self.folder / file

    def picture(self, file: str) -> Path:
        """The peaks beside the file of a row."""
        audio = self.folder / file
        return audio.with_name(f"{audio.stem}.peaks.json")

    def remove(self, file: str) -> None:
        """Take a recording off the shelf; harmless when it is gone."""
        self.audio(file).unlink(missing_ok=True)
        self.picture(file).unlink(missing_ok=True)


def _flush(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
