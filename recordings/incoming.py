"""Recordings still in the folder Asterisk writes to: a call's three files, found by the call's id.

`<call>.wav` is mixed, `<call>-in.wav` what the customer said, `<call>-out.wav` what the customer heard.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from attrs import frozen

from recordings.wav import HEAD_BYTES, is_closed

CALL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
"""Asterisk's Uniqueid ("1763757600.12", "node-1763757600.12") and the ids we choose; nothing that could leave a folder."""

CUSTOMER = "-in"
AGENT = "-out"


class BadName(ValueError):
    """A call id that may not become a file name."""


def checked(call: str) -> str:
    """`call`, when it is safe as a file's stem; raises `BadName`."""
    if not CALL_ID.fullmatch(call) or ".." in call:
        raise BadName(f"{call!r} cannot be the name of a recording")
    return call


@frozen
class Incoming:
    """The files of one call in the incoming folder; some may not be there."""

    call: str
    folder: Path

    @property
    def mixed(self) -> Path:
        """Both sides in one channel."""
        return self.folder / f"{self.call}.wav"

    @property
    def customer(self) -> Path:
        """What came from the customer."""
        return self.folder / f"{self.call}{CUSTOMER}.wav"

    @property
    def agent(self) -> Path:
        """What went to the customer: the agent, or music while on hold."""
        return self.folder / f"{self.call}{AGENT}.wav"

    def files(self) -> tuple[Path, ...]:
        """Those that are there."""
        return tuple(file for file in (self.mixed, self.customer, self.agent) if file.is_file())

    def changed_at(self) -> float:
        """When the newest of the files was last written, UTC epoch seconds; 0 when there is none."""
        return max((file.stat().st_mtime for file in self.files()), default=0.0)

    def is_closed(self) -> bool:
        """Whether Asterisk has finished every file: three of them, each with a header that agrees with its length."""
        files = self.files()
        return len(files) == 3 and all(_is_closed(file) for file in files)


def incoming(folder: Path, call: str) -> Incoming:
    """The recording of `call` in `folder`; raises `BadName`."""
    return Incoming(checked(call), folder)


def calls_in(names: Iterable[str]) -> tuple[str, ...]:
    """The calls whose files are among `names`, in order of name; files that are not recordings are passed over."""
    calls: dict[str, None] = {}
    for name in sorted(names):
        stem, dot, ending = name.rpartition(".")
        call = stem.removesuffix(CUSTOMER).removesuffix(AGENT)
        if dot and ending == "wav" and CALL_ID.fullmatch(call) and ".." not in call:
            calls.setdefault(call)
    return tuple(calls)


def _is_closed(file: Path) -> bool:
    with file.open("rb") as opened:
        return is_closed(opened.read(HEAD_BYTES), file.stat().st_size)
