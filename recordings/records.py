"""The rows behind recordings: kept, found by id or by call, listened to, removed.

Every function takes the SQLAlchemy connection that `Database.write` or `Database.read` hands to its work.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from attrs import asdict, frozen
from sqlalchemy import ColumnElement, Connection, func, select, update

from config import upsert
from recordings.tables import recording, recording_access

LISTENED = "listened"
DOWNLOADED = "downloaded"

SAME_LISTENING_SECONDS = 1800.0
"""A browser fetches a file in pieces and again when it seeks: one listening, as long as the last one is not older than this."""


@frozen
class Kept:
    """A recording that has just reached the shelf. Times are UTC epoch seconds; `file` is below the recordings folder, "" once removed."""

    call: str
    started_at: float
    seconds: float
    file: str
    channels: int
    size_bytes: int
    sha256: str
    repaired: bool
    kept_at: float


@frozen(kw_only=True)
class Recording(Kept):
    """A recording as its row says. `removed_at`: when the retention rule took it, None when it has not."""

    id: int
    legal_hold: bool
    removed_at: float | None


def keep(connection: Connection, kept: Kept) -> int:
    """Add the row and give its id; the same call again replaces what was measured and keeps the id."""
    values = asdict(kept)
    row = upsert.insert(connection, recording).values(**values)
    anew = {name: row.excluded[name] for name in values if name != "call"}
    return int(
        connection.execute(row.on_conflict_do_update(index_elements=[recording.c.call], set_=anew).returning(recording.c.id)).scalar_one()
    )


def find(connection: Connection, recording_id: int) -> Recording | None:
    """The recording with this id."""
    return _one(connection, recording.c.id == recording_id)


def of_call(connection: Connection, call: str) -> Recording | None:
    """The recording of a call."""
    return _one(connection, recording.c.call == call)


def of_calls(connection: Connection, calls: Collection[str]) -> dict[str, Any]:
    """The recordings of these calls that are still there, by call: rows of id, call, seconds, channels."""
    columns = (recording.c.id, recording.c.call, recording.c.seconds, recording.c.channels)
    rows = connection.execute(select(*columns).where(recording.c.call.in_(calls), recording.c.removed_at.is_(None)))
    return {row.call: row for row in rows}


def older_than(connection: Connection, started_before: float, most: int = 1000) -> list[Recording]:
    """Recordings with a file and without a legal hold that began before that moment, the oldest first."""
    old = select(recording).where(recording.c.started_at < started_before, recording.c.file != "", recording.c.legal_hold.is_(False))
    return [Recording(**row) for row in connection.execute(old.order_by(recording.c.started_at).limit(most)).mappings()]


def mark_removed(connection: Connection, recording_id: int, at: float) -> bool:
    """The file is about to go; False when it may not (legal hold). The row stays, and names the file until `forget_file`."""
    gone = update(recording).where(recording.c.id == recording_id, recording.c.legal_hold.is_(False))
    return connection.execute(gone.values(removed_at=func.coalesce(recording.c.removed_at, at))).rowcount == 1


def forget_file(connection: Connection, recording_id: int) -> None:
    """The file is gone."""
    connection.execute(update(recording).where(recording.c.id == recording_id).values(file=""))


def hold(connection: Connection, recording_id: int, on: bool) -> bool:
    """Put a legal hold on a recording or lift it; False when there is no such recording."""
    return connection.execute(update(recording).where(recording.c.id == recording_id).values(legal_hold=on)).rowcount == 1


def note_access(connection: Connection, recording_id: int, user: str, action: str, address: str, at: float) -> bool:
    """Write down that `user` listens or downloads; False when it is still the same listening."""
    if action == LISTENED and _still_listening(connection, recording_id, user, at):
        return False
    connection.execute(recording_access.insert().values(recording=recording_id, user=user, at=at, action=action, address=address))
    return True


def accesses(connection: Connection, recording_id: int, most: int = 50) -> list[dict[str, Any]]:
    """Who listened or downloaded, the newest first: user, at, action, address."""
    seen = recording_access.c
    rows = connection.execute(
        select(seen.user, seen.at, seen.action, seen.address).where(seen.recording == recording_id).order_by(seen.id.desc()).limit(most)
    )
    return [dict(row) for row in rows.mappings()]


def _still_listening(connection: Connection, recording_id: int, user: str, at: float) -> bool:
    seen = recording_access.c
    last = select(func.max(seen.at)).where(seen.recording == recording_id, seen.user == user, seen.action == LISTENED)
    last_at = connection.execute(last).scalar()
    return last_at is not None and at - last_at < SAME_LISTENING_SECONDS


def _one(connection: Connection, wanted: ColumnElement[bool]) -> Recording | None:
    row = connection.execute(select(recording).where(wanted)).mappings().first()
    return Recording(**row) if row else None
