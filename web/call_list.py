"""The call list and one call, as people read them: the call log joined with customers, recordings and calls still going on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import evolve, field, frozen
from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select

from agents.tables import queue
from crm.access import Viewer
from crm.entities.records.party import PARTY
from crm.linked_names import seen
from crm.tables import account, party
from recordings.tables import recording
from switchboard.call import LiveCall
from switchboard.call_log import call

PER_PAGE = 50
VIEWS = ("all", "today", "missed", "mine")
NOT_ANSWERED = ("missed", "in_menu")


@frozen
class Wanted:
    """What is asked of the list.

    `number`: digits to look for, `typed` as the person wrote them. `only`: an agent, who sees own and missed calls.
    `day_began`: midnight here, UTC epoch seconds.
    """

    view: str = "all"
    queue: str = ""
    agent: str = ""
    number: str = ""
    typed: str = ""
    page: int = 1
    user: str = ""
    only: bool = False
    day_began: float = 0.0

    @property
    def narrowed(self) -> bool:
        """Whether anything is filtered beside the view."""
        return bool(self.queue or self.agent or self.number)


@frozen(kw_only=True)
class CallRow:
    """A call in the list. Times are UTC epoch seconds, 0.0 = did not happen; None seconds likewise."""

    id: str
    direction: str
    status: str
    caller: str
    caller_name: str
    number: str
    dialled: str
    started_at: float
    answered_at: float
    ended_at: float
    queue: str
    agent: str
    party: int
    party_name: str
    by: str
    waited_seconds: float | None
    talked_seconds: float | None
    recording: int
    answered_later: bool = False
    steps: Sequence[dict[str, Any]] = field(factory=tuple)


@frozen
class CallPage:
    """A page of the list."""

    rows: Sequence[CallRow]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PER_PAGE))


def told(connection: Connection, rows: Sequence[CallRow], viewer: Viewer) -> list[CallRow]:
    """The calls without the customers that the viewer may not see: they are as callers nobody knows."""
    known = seen(connection, PARTY, {one.party for one in rows if one.party}, viewer)
    return [one if not one.party or one.party in known else evolve(one, party=0, party_name="") for one in rows]


def listed(connection: Connection, wanted: Wanted, viewer: Viewer) -> CallPage:
    """The ended calls that are asked for, the newest first."""
    where = and_(True, *_conditions(wanted))
    total = int(connection.execute(select(func.count()).select_from(call).where(where)).scalar_one())
    page = min(wanted.page, max(1, -(-total // PER_PAGE)))
    rows = _rows().where(where).order_by(call.c.started_at.desc()).limit(PER_PAGE).offset((page - 1) * PER_PAGE)
    return CallPage(told(connection, [_ended(row) for row in connection.execute(rows).mappings()], viewer), total, page)


def ended_call(connection: Connection, call_id: str, viewer: Viewer) -> CallRow | None:
    """One ended call, or None."""
    row = connection.execute(_rows().where(call.c.id == call_id)).mappings().first()
    return told(connection, [_ended(row)], viewer)[0] if row else None


def of_live(live: LiveCall, now: float, party_name: str = "") -> CallRow:
    """A call that is going on, in the same shape."""
    return CallRow(
        id=live.id,
        direction=live.direction,
        status=live.state,
        caller=live.caller,
        caller_name=live.caller_name,
        number=live.number,
        dialled=live.dialled,
        started_at=live.started_at,
        answered_at=live.answered_at,
        ended_at=0.0,
        queue=live.queue,
        agent=live.agent,
        party=live.party,
        party_name=party_name,
        by="",
        waited_seconds=(live.answered_at or now) - live.queued_since if live.queued_since else None,
        talked_seconds=now - live.answered_at if live.answered_at else None,
        recording=0,
        steps=live.steps,
    )


def matches(live: CallRow, wanted: Wanted) -> bool:
    """Whether a call that is going on belongs on top of what is asked for."""
    if wanted.view == "missed" or wanted.page > 1:
        return False
    mine = live.agent == wanted.user
    return (
        (mine or not (wanted.only or wanted.view == "mine"))
        and (not wanted.queue or live.queue == wanted.queue)
        and (not wanted.agent or live.agent == wanted.agent)
        and (not wanted.number or any(wanted.number in one for one in (live.caller, live.number, live.dialled)))
    )


def live_rows(connection: Connection, live: Sequence[LiveCall], now: float, viewer: Viewer) -> list[CallRow]:
    """Calls that are going on, with their customers' names."""
    found = connection.execute(select(party.c.id, party.c.name).where(party.c.id.in_([one.party for one in live])))
    names = dict(found.all())
    return told(connection, [of_live(one, now, names.get(one.party, "")) for one in live], viewer)


def titles(connection: Connection, language: str) -> tuple[dict[str, str], dict[str, str]]:
    """What people call queues and agents, by name."""
    queues = connection.execute(select(queue.c.name, queue.c.title_fa if language == "fa" else queue.c.title_en))
    people = connection.execute(select(account.c.username, account.c.name, account.c.name_en).order_by(account.c.username))
    return {name: title or name for name, title in queues}, {
        username: name if language == "fa" else name_en or name for username, name, name_en in people
    }


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    chosen: list[ColumnElement[bool]] = []
    if wanted.only:
        chosen.append(or_(call.c.agent == wanted.user, call.c.status.in_(NOT_ANSWERED)))
    if wanted.view == "today":
        chosen.append(call.c.started_at >= wanted.day_began)
    if wanted.view == "missed":
        chosen.append(call.c.status == "missed")
    if wanted.view == "mine":
        chosen.append(call.c.agent == wanted.user)
    if wanted.queue:
        chosen.append(call.c.queue == wanted.queue)
    if wanted.agent:
        chosen.append(call.c.agent == wanted.agent)
    if wanted.number:
        part = f"%{wanted.number}%"
        chosen.append(or_(call.c.caller.like(part), call.c.number.like(part), call.c.dialled.like(part)))
    return chosen


def _rows() -> Select[Any]:
    later = call.alias()
    talked_since = exists().where(
        later.c.number == call.c.number, later.c.started_at > call.c.started_at, later.c.answered_at > 0, call.c.number != ""
    )
    joined = call.outerjoin(party, party.c.id == call.c.party).outerjoin(recording, recording.c.call == call.c.id)
    return select(
        call, party.c.name.label("party_name"), recording.c.id.label("recording"), talked_since.label("talked_since")
    ).select_from(joined)


def _ended(row: Any) -> CallRow:
    answered, ended, queued = row["answered_at"] or 0.0, row["ended_at"] or 0.0, row["queued_at"] or 0.0
    return CallRow(
        id=row["id"],
        direction=row["direction"],
        status=row["status"],
        caller=row["caller"],
        caller_name=row["caller_name"],
        number=row["number"],
        dialled=row["dialled"],
        started_at=row["started_at"],
        answered_at=answered,
        ended_at=ended,
        queue=row["queue"],
        agent=row["agent"],
        party=row["party"] or 0,
        party_name=row["party_name"] or "",
        by=row["by"],
        waited_seconds=(answered or ended) - queued if queued else None,
        talked_seconds=ended - answered if answered else None,
        recording=row["recording"] or 0,
        answered_later=bool(row["talked_since"]),
        steps=row["steps"] or (),
    )
