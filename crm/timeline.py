"""Every call becomes a communication under the right person and company by itself; agents add result, note and follow-up.

The row is there from the moment the call is answered, so a note typed while talking has its place; what the call log
knows at the end completes it. Calls of strangers belong to nobody until somebody says who it was; then they move, all of that number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import Connection, select

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from config.loops import Tasks
from config.patience import patiently
from config.translations import _, translate
from crm import timeline_rows as rows
from crm.dispositions import Dispositions
from crm.numbers import is_withheld, read_number
from crm.parties import Parties, add_number, there
from crm.record_steps import one as record_seen
from crm.record_work import Work
from crm.tables import communication
from crm.timeline_rows import CallFacts
from switchboard.bus import Bus
from switchboard.call import Calls, LiveCall
from switchboard.call_log import call as logged
from switchboard.errors import NoSuchCall, NotYourCall
from switchboard.events import CallAnswered, CallLogged, CommunicationSaved, PartyLinked, WrapUpSaved
from switchboard.moments import iso_or_none

LONGEST_NOTE = 20_000
WRITTEN = """
SELECT c.note, c.disposition, (SELECT f.due_at FROM follow_up AS f WHERE f.communication_id = c.id AND f.done_at IS NULL LIMIT 1)
  FROM communication AS c WHERE c.call = ?
"""
TITLE_FROM_NOTE = 80


class TextTooLong(Refusal):
    """More than fits."""

    code = "text_too_long"
    status = 422
    sentence = _("This is too long: {length} characters, at most {longest}.")


class UnknownChoice(Refusal):
    """A value that is not on the list."""

    code = "unknown_choice"
    status = 422
    sentence = _("“{value}” is not one of the choices: {choices}.")


class NoSuchCommunication(Refusal):
    """The communication was never there."""

    code = "no_such_communication"
    status = 404
    sentence = _("There is no communication {communication}.")


class FollowUpInThePast(Refusal):
    """A promise for yesterday."""

    code = "follow_up_in_the_past"
    status = 422
    sentence = _("The follow-up lies in the past. Choose a moment from now on.")


class Timeline:
    """Writes communications; listens to calls. `language`: of the titles it makes itself. `await stop()` at the end."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        clock: Clock,
        calls: Calls,
        parties: Parties,
        dispositions: Dispositions,
        *,
        language: str = "fa",
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._calls = calls
        self._parties = parties
        self._dispositions = dispositions
        self._language = language
        self._tasks = Tasks("timeline")
        bus.listen(CallAnswered, self._answered)
        bus.listen(CallLogged, self._logged)

    async def stop(self) -> None:
        """Finish what is being written."""
        await self._tasks.drain()

    # ── What calls bring by themselves ───────────────────────────────────────────────────────────────────────

    def _answered(self, event: CallAnswered) -> None:
        if live := self._calls.get(event.call):
            facts = self._live_facts(live)
            self._tasks.start(self._write(event.call, lambda _connection: facts), f"communication of {event.call}")

    def _logged(self, event: CallLogged) -> None:
        name = f"communication of {event.call}"
        written = partial(self._write, event.call, lambda connection: self._logged_facts(connection, event.call))
        self._tasks.start(patiently(self._clock, name, written), name)

    async def _write(self, call: str, facts_of: Callable[[Connection], CallFacts | None]) -> None:
        def write(work: Work) -> tuple[str, int, list[int]] | None:
            facts = facts_of(work.connection)
            if facts is None or facts.direction == "internal":
                return None
            number = rows.write_call(work, facts)
            return facts.call, number, rows.linked(work.connection, number)

        if written := await self._parties.linking("", write, origin=f"call {call}", lane=call):
            self._tell(*written)

    def _live_facts(self, live: LiveCall) -> CallFacts:
        number = self._comparable(live.dialled if live.direction == "outbound" else live.caller)
        return CallFacts(
            call=live.id,
            at=live.started_at,
            direction=_direction(live.direction),
            number=number,
            user=live.agent,
            queue=live.queue,
            status="live",
        )

    def _logged_facts(self, connection: Connection, call: str) -> CallFacts | None:
        row = connection.execute(select(logged).where(logged.c.id == call)).first()
        if row is None:
            return None
        return CallFacts(
            call=call,
            at=row.started_at,
            direction=_direction(row.direction),
            number=row.number or self._comparable(row.dialled if row.direction == "outbound" else row.caller),
            user=row.agent,
            queue=row.queue,
            status=row.status,
            seconds=max(row.ended_at - row.answered_at, 0.0) if row.answered_at else 0.0,
        )

    def _comparable(self, said: str) -> str:
        """The customer's number as look-ups compare it; a stranger's odd one as it was said; "" when withheld."""
        try:
            return self._parties.read(said).value
        except Refusal:
            return "" if is_withheld(said) else said[:40]

    # ── What people say of a call ────────────────────────────────────────────────────────────────────────────

    def written(self, call: str) -> dict[str, Any]:
        """What has been written about a call so far, for whoever reloads the page: note, disposition, follow_up_at (None = none). Microseconds."""
        note, disposition, due_at = (self._database.lookup(WRITTEN, (call,)) or [("", "", None)])[0]
        return {"note": note, "disposition": disposition, "follow_up_at": iso_or_none(due_at or 0.0)}

    async def note(self, call: str, user: str, note: str) -> None:
        """Keep what the agent types during the call; the last text wins. Raises `NoSuchCall`, `NotYourCall`, `TextTooLong`."""
        _check_note(note)

        def write(work: Work) -> None:
            number = self._own(work, call, user)
            if work.put("communication", number, work.typed("communication", {"note": note})):
                rows.one_typing(work, number)

        await self._parties.linking(user, write, origin=f"call {call}", lane=call)

    async def wrap_up(self, call: str, user: str, *, disposition: str = "", note: str = "", follow_up_at: float = 0.0) -> None:
        """Save the agent's result, note and follow-up (moment, 0 = none); may be saved again. Tells WrapUpSaved, CommunicationSaved."""
        _check_note(note)
        now = self._clock.now()
        self._check_result(disposition)
        _check_follow_up(follow_up_at, now)

        def write(work: Work) -> tuple[int, list[int]]:
            number = self._own(work, call, user)
            if work.put("communication", number, work.typed("communication", {"disposition": disposition, "note": note})):
                rows.one_typing(work, number)
            rows.set_follow_up(work.connection, number, title=self._title(note), due_at=follow_up_at, user=user, now=now)
            return number, rows.linked(work.connection, number)

        number, linked = await self._parties.linking(user, write, origin=f"call {call}", lane=call)
        self._bus.tell(WrapUpSaved(at=now, call=call, agent=user, disposition=disposition, note=note, follow_up_at=follow_up_at))
        self._tell(call, number, linked)

    async def link(self, call: str, party_id: int, user: str) -> None:
        """Say that the customer of this call is `party_id`: the call, every stray call of that number and, when nobody has it, the number go to them."""
        now = self._clock.now()

        def linked(work: Work) -> list[tuple[str, int, list[int]]]:
            connection = work.connection
            _seen(work, party_id)
            number = self._known(work, call)
            row = rows.of_call(connection, call)
            telephone: str = row.number if row is not None else ""
            home = rows.household(connection, party_id)
            work.put("communication", number, {"parties": home})
            if telephone.startswith("+") and read_number(telephone) and not rows.owners(connection, telephone):
                add_number(work, party_id, telephone)
            strays = rows.strays(connection, telephone) if telephone else []
            for one in strays:
                work.put("communication", one, {"parties": home})
            return [(call if one == number else "", one, home) for one in (number, *strays)]

        moved = await self._parties.linking(user, linked, origin=f"call {call}", lane=call)
        self._bus.tell(PartyLinked(at=now, call=call, party=party_id, user=user))
        for one in moved:
            self._tell(*one)

    async def create(self, call: str, line: Mapping[str, Any], user: str) -> int:
        """Make the unknown caller a customer in one step: the party (a line, crm/flat.py), with the caller's number, linked to the call; its id."""
        party_id = await self._parties.create(line, user, origin=f"call {call}")
        await self.link(call, party_id, user)
        return party_id

    # ── What people write by hand ────────────────────────────────────────────────────────────────────────────

    async def write_down(self, party_id: int, user: str, *, follow_up_at: float = 0.0, origin: str = "", **raw: Any) -> int:
        """A communication written by hand with a party and the company they work at; its id.

        `raw`: its fields as typed (crm/entities/records/communication.py). Raises RecordInvalid, NoRight, NoSuchParty.
        """
        now = self._clock.now()
        _check_follow_up(follow_up_at, now)

        def write(work: Work) -> tuple[int, list[int]]:
            _seen(work, party_id)
            home = rows.household(work.connection, party_id)
            number = work.unasked().create("communication", {"user": user, **raw, "parties": home})
            title = str(raw.get("subject") or "").strip() or self._title(str(raw.get("note") or ""))
            rows.set_follow_up(work.connection, number, title=title, due_at=follow_up_at, user=user, now=now)
            return number, home

        number, home = await self._parties.linking(user, write, origin=origin)
        self._tell("", number, home)
        return number

    async def move(
        self, number: int, party_id: int, user: str, *, everything: bool = False, wrong: int | None = None, origin: str = ""
    ) -> int:
        """Put a communication that landed on the wrong customer on the right one, with its follow-up and recording; how many were moved.

        `everything`: and all others with the same telephone number that landed on the same wrong customers.
        `wrong`: the customer it leaves, with their company; a project that it stands with besides stays. None: it leaves all.
        """

        def shift(work: Work) -> list[tuple[str, int, list[int]]]:
            connection = work.connection
            _seen(work, party_id)
            first = connection.execute(select(communication).where(communication.c.id == number)).first()
            if first is None:
                raise NoSuchCommunication(communication=number)
            home = rows.household(connection, party_id)
            found = [number, *(rows.alike(connection, number, first.number) if everything and first.number else ())]
            moved = []
            for one in found:
                before = rows.linked(connection, one)
                work.unasked().change("communication", one, {"parties": rows.moved(connection, before, home, wrong)})
                moved.append((first.call or "" if one == number else "", one, [*home, *before]))
            return moved

        moved = await self._parties.linking(user, shift, origin=origin)
        for one in moved:
            self._tell(*one)
        return len(moved)

    # ── Smaller things ───────────────────────────────────────────────────────────────────────────────────────

    def _own(self, work: Work, call: str, user: str) -> int:
        """The communication of a call that `user` had."""
        number = self._known(work, call)
        row = rows.of_call(work.connection, call)
        live = self._calls.get(call)
        if user not in {row.user if row is not None else "", live.agent if live is not None else ""}:
            raise NotYourCall(call=call)
        return number

    def _known(self, work: Work, call: str) -> int:
        """The communication of a call, made now when the call has none yet."""
        row = rows.of_call(work.connection, call)
        if row is not None:
            return int(row.id)
        live = self._calls.get(call)
        facts = self._live_facts(live) if live is not None else self._logged_facts(work.connection, call)
        if facts is None:
            raise NoSuchCall(call=call)
        return rows.write_call(work, facts)

    def _check_result(self, disposition: str) -> None:
        if disposition and disposition not in self._dispositions:
            choices = ", ".join(one.code for one in self._dispositions.all())
            raise UnknownChoice(field="disposition", value=disposition[:40], choices=choices)

    def _title(self, note: str) -> str:
        first = note.strip().split("\n")[0][:TITLE_FROM_NOTE].strip()
        return first or translate(self._language, _("Follow up"))

    def _tell(self, call: str, number: int, parties: list[int]) -> None:
        for one in dict.fromkeys(parties):
            self._bus.tell(CommunicationSaved(at=self._clock.now(), communication=number, party=one, call=call))


def _seen(work: Work, party_id: int) -> None:
    """Raise NoSuchParty unless the party is there, and NoSuchRecord unless the user may see it."""
    there(work.connection, party_id)
    record_seen(work.connection, work.entities["party"], party_id, work.viewer)


def _direction(of_call: str) -> str:
    return {"inbound": "in", "outbound": "out"}.get(of_call, of_call)


def _check_note(note: str) -> None:
    if len(note) > LONGEST_NOTE:
        raise TextTooLong(field="note", length=len(note), longest=LONGEST_NOTE)


def _check_follow_up(follow_up_at: float, now: float) -> None:
    if follow_up_at and follow_up_at < now - 60:
        raise FollowUpInThePast(field="follow_up_at")
