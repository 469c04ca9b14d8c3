"""Calls as the API lists them: ended ones from the call log and live ones, in one order, page by page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, Select, and_, desc, func, or_, select

from config.translations import _
from crm.access import Viewer
from crm.entities.records.party import PARTY
from crm.linked_names import seen
from crm.tables import party
from recordings.tables import recording
from switchboard.call import LiveCall
from switchboard.call_log import FILTERS, SORTABLE, call
from switchboard.moments import iso, iso_or_none
from web.errors import FieldRefused

MOST_PER_PAGE = 200
TEAMS = ("missed", "in_menu")
"""Statuses of calls that nobody answered: they are the whole team's."""


@frozen(kw_only=True)
class Asked:
    """What is asked of the list. `only`: the user who sees their own calls and those that nobody answered; "" sees all."""

    sort: str = "started_at"
    descending: bool = True
    equal: Mapping[str, str] = {}
    query: str = ""
    only: str = ""
    page: int = 1
    per: int = 50


def asked(values: Mapping[str, Any], only: str) -> Asked:
    """`sort` "-started_at", `filter` "status:missed,queue:sales", `q`, `page`, `per`; FieldRefused for what is not there."""
    sort = values["sort"] or "-started_at"
    if sort.lstrip("-") not in SORTABLE:
        raise FieldRefused("sort", _("one of {options}, with - before it for the other way round"), options=", ".join(SORTABLE))
    return Asked(
        sort=sort.lstrip("-"),
        descending=sort.startswith("-"),
        equal=_equal(values["filter"]),
        query=values["q"],
        only=only,
        page=values["page"],
        per=values["per"],
    )


def _equal(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, text.split(",")):
        name, colon, value = part.partition(":")
        if name.strip() not in FILTERS or not colon:
            raise FieldRefused("filter", _("name:value, names being {options}"), options=", ".join(FILTERS))
        found[name.strip()] = value.strip()
    return found


def call_page(connection: Connection, wanted: Asked, live: Sequence[LiveCall], viewer: Viewer) -> tuple[list[dict[str, Any]], int]:
    """One page of calls and how many there are in all; `live` are all calls going on, whatever is asked for.

    Asked by a customer that the viewer may not see there are none: else their number alone would tell who calls (docs/decisions/0021).
    """
    if "party" in wanted.equal and not _sees(connection, wanted.equal["party"], viewer):
        return [], 0
    going = {one.id for one in live}
    here = [value for one in live if _matches(value := live_value(connection, one), one, wanted)]
    where = and_(call.c.id.not_in(going), *_conditions(wanted))
    total = int(connection.execute(select(func.count()).select_from(call).where(where)).scalar_one())
    start = (wanted.page - 1) * wanted.per
    first = max(start - len(here), 0)
    column = call.c[wanted.sort]
    order = (desc(column), desc(call.c.id)) if wanted.descending else (column, call.c.id)
    ended = _chosen().where(where).order_by(*order).offset(first).limit(start - first + wanted.per)
    rows = [*here, *(ended_value(row) for row in connection.execute(ended).mappings())]
    rows.sort(key=lambda one: (one[wanted.sort] or "", one["id"]), reverse=wanted.descending)
    return told(connection, rows[start - first : start - first + wanted.per], viewer), total + len(here)


def _sees(connection: Connection, number: str, viewer: Viewer) -> bool:
    """Whether what stands behind `party:` is the number of a customer that the viewer may see."""
    return number.isdecimal() and number.isascii() and len(number) < 16 and bool(seen(connection, PARTY, [int(number)], viewer))


def told(connection: Connection, values: Sequence[dict[str, Any]], viewer: Viewer) -> list[dict[str, Any]]:
    """The calls without the customers that the viewer may not see."""
    known = seen(connection, PARTY, {one["party"]["id"] for one in values if one["party"]}, viewer)
    return [one if not one["party"] or one["party"]["id"] in known else {**one, "party": None} for one in values]


def one_call(connection: Connection, call_id: str) -> dict[str, Any] | None:
    """One ended call."""
    row = connection.execute(_chosen().where(call.c.id == call_id)).mappings().first()
    return ended_value(row) if row else None


def live_value(connection: Connection, live: LiveCall) -> dict[str, Any]:
    """A call that is going on."""
    name = connection.execute(select(party.c.name).where(party.c.id == live.party)).scalar() if live.party else None
    return _value(live, name, ended_at=None, status=live.state, recording=live.recording)


def ended_value(row: Any) -> dict[str, Any]:
    """A row of the call log, with its customer's name and its recording."""
    kept = {"id": row["recording"], "seconds": row["seconds"], "url": f"/recordings/{row['recording']}/audio"} if row["recording"] else None
    return _value(_Row(row), row["party_name"], ended_at=iso(row["ended_at"]), status=row["status"], recording=kept)


class _Row:
    """A row with the attributes of a live call."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.__dict__.update(row)


def _value(one: Any, name: str | None, *, ended_at: str | None, status: str, recording: Any) -> dict[str, Any]:
    return {
        "id": one.id,
        "direction": one.direction,
        "caller": one.caller,
        "dialled": one.dialled,
        "started_at": iso(one.started_at),
        "answered_at": iso_or_none(one.answered_at),
        "ended_at": ended_at,
        "status": status,
        "queue": one.queue or None,
        "agent": one.agent or None,
        "party": {"id": one.party, "name": name} if one.party and name else None,
        "steps": list(one.steps),
        "recording": recording,
    }


def _chosen() -> Select[Any]:
    kept = and_(recording.c.call == call.c.id, recording.c.removed_at.is_(None))
    joined = call.outerjoin(party, party.c.id == call.c.party).outerjoin(recording, kept)
    return select(call, party.c.name.label("party_name"), recording.c.id.label("recording"), recording.c.seconds).select_from(joined)


def _conditions(wanted: Asked) -> list[Any]:
    chosen: list[Any] = [call.c[name] == (int(value) if name == "party" else value) for name, value in wanted.equal.items()]
    if wanted.only:
        chosen.append(or_(call.c.agent == wanted.only, call.c.status.in_(TEAMS)))
    if wanted.query:
        part = f"%{_digits(wanted.query)}%"
        chosen.append(or_(*(column.ilike(part) for column in (call.c.caller, call.c.number, call.c.dialled, call.c.caller_name))))
    return chosen


def _digits(query: str) -> str:
    """What was asked for, without the wild cards of LIKE; a leading 0 is as good as +98."""
    return re.sub(r"^0(?=[1-9]\d{5})", "", query.replace("%", "").replace("_", ""))


def _matches(value: Mapping[str, Any], live: LiveCall, wanted: Asked) -> bool:
    facts = {**value, "number": live.number, "party": str(live.party)}
    part = _digits(wanted.query)
    return (
        (not wanted.only or live.agent == wanted.only)
        and all((facts[name] or "") == wanted_value for name, wanted_value in wanted.equal.items())
        and (not part or any(part in one for one in (live.caller, live.number, live.dialled, live.caller_name)))
    )
