"""From when to when any kept moment can be restored: one range for each stream of the journal that a back-up leads into."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from config.backup.journal_files import entries, streams
from config.backup.sets import Set
from config.backup.vault import JOURNAL, PieceLost, Vault

MOST_RANGES = 20


@frozen
class Range:
    """Any kept moment from `first` to `last`, UTC epoch seconds."""

    first: float
    last: float


def ranges(vault: Vault, sets: Iterable[Set]) -> list[Range]:
    """The newest ranges first. Blocks; reads the last file of each stream."""
    begins: dict[str, float] = {}
    for one in sets:
        if one.stream:
            begins[one.stream] = min(one.made_at, begins.get(one.stream, one.made_at))
    found = []
    for stream in reversed(streams(vault)[-MOST_RANGES:]):
        last = last_moment(vault, stream) if stream in begins else 0.0
        if last > begins.get(stream, 0.0):
            found.append(Range(begins[stream], last))
    return found


def last_moment(vault: Vault, stream: str) -> float:
    """When the stream's last moment was; 0 when it has none, or it cannot be read."""
    files = [name for name in vault.names(f"{JOURNAL}/{stream}") if name.isdigit()]
    try:
        every = entries(vault, stream, int(files[-1]) - 1) if files else iter(())
        return max((entry.at for entry in every if entry.moment), default=0.0)
    except PieceLost:
        return 0.0
