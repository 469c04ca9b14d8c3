"""The move itself: every table, row by row, then everything read again from the target and compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from attrs import frozen

from config.database_address import address, shown
from config.database_errors import trouble
from config.errors import Refusal
from config.migrate import revisions
from config.moving.ends import Source, source, target
from config.moving.rows import Row, Shape, Tally, Tell
from config.translations import _

TELL_EVERY = 20_000


class SameDatabase(Refusal):
    """From and to are one."""

    code = "same_database"
    sentence = _("{target} is the database that is used now.")


class SourceBehind(Refusal):
    """The tables are not those of this version."""

    code = "source_behind"
    status = 409
    sentence = _("{source} has revision {revision} and this version needs {wanted}. Start Switchboard once with it, then move.")


class MoveBroken(Refusal):
    """One of the two databases failed in the middle."""

    code = "move_broken"
    status = 503
    sentence = _("The move was broken off: {why}. Nothing was moved.")


class MoveDiffers(Refusal):
    """What was read again is not what was written."""

    code = "move_differs"
    status = 500
    sentence = _("{target} differs from what was read, in: {tables}. Do not use it; the database that is used now is untouched.")


@frozen
class Moved:
    """What was moved: rows by table, and the moment (UTC epoch seconds) that the copy shows."""

    rows: dict[str, int]
    at: float


def move(from_url: str, to_url: str, tell: Tell, now: Callable[[], float]) -> Moved:
    """Copy everything and compare. Blocks. Raises a `Refusal`, and then the target holds none of it (but see `MoveDiffers`)."""
    try:
        return _move(from_url, to_url, tell, now)
    except OSError as error:
        raise MoveBroken(why=error.strerror or str(error)) from error
    except Exception as error:
        if unwell := trouble(error):
            raise MoveBroken(why=unwell.once("en").rstrip(".")) from error
        raise


def _move(from_url: str, to_url: str, tell: Tell, now: Callable[[], float]) -> Moved:
    if address(from_url) == address(to_url):
        raise SameDatabase(target=shown(to_url))
    with source(from_url) as read:
        at = now()
        wanted = revisions()[-1]
        if read.revision != wanted:
            raise SourceBehind(source=shown(from_url), revision=read.revision, wanted=wanted)
        tallies: dict[str, Tally] = {}
        shapes: list[Shape] = []
        with target(to_url) as written:
            shapes = [Shape.of(table) for table in written.tables]
            for shape in shapes:
                tallies[shape.name] = tally = Tally()
                written.write(shape, _counted(read, shape, tally, tell))
            written.finish()
    with source(to_url) as again:
        differing = [shape.name for shape in shapes if _tally(again, shape, tell) != tallies[shape.name]]
    if differing:
        raise MoveDiffers(target=shown(to_url), tables=", ".join(differing))
    return Moved({name: tally.count for name, tally in tallies.items()}, at)


def moment(at: float) -> str:
    """A moment for people and logs: 2026-01-31 12:00:05 UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _counted(read: Source, shape: Shape, tally: Tally, tell: Tell) -> Iterator[Row]:
    """The rows of a table, counted as they go by."""
    total = read.count(shape)
    for row in read.rows(shape):
        tally.add(shape.compared(row))
        if tally.count % TELL_EVERY == 0:
            tell(shape.name, tally.count, total)
        yield row
    tell(shape.name, tally.count, total)


def _tally(read: Source, shape: Shape, tell: Tell) -> Tally:
    tally = Tally()
    for _row in _counted(read, shape, tally, tell):
        pass
    return tally
