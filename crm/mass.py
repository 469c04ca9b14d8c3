"""One change to many records: shown before, made in the background batch by batch, cancelled, and taken back as a whole through the history.

What a mass change did is known by its origin ("bulk 7"). A batch that a stop of the product interrupts is made again at the next start:
setting the same values twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from attrs import frozen
from sqlalchemy import JSON, Column, Connection, Float, Index, Integer, String, Table, insert, select, text, update

from config.clock import Clock
from config.database import Database, metadata
from config.errors import Refusal
from config.loops import Tasks
from config.patience import PASSING, patiently
from config.translations import _
from crm.access import Viewer
from crm.entity import Entity, Values
from crm.expression import Test
from crm.fields.choices import MultiChoice
from crm.fields.field import Field
from crm.fields.references import References, Users
from crm.patterns import Patterns
from crm.query import Query
from crm.record import Record
from crm.record_steps import Done, Step
from crm.record_tables import history
from crm.records import Records

mass_change = Table(
    "mass_change",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entity", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Float, nullable=False),
    Column("ended_at", Float),
    Column("state", String, nullable=False, server_default="running"),
    Column("act", String, nullable=False),
    Column("plan", JSON, nullable=False, server_default=text("'{}'")),
    Column("ids", JSON, nullable=False, server_default=text("'[]'")),
    Column("touched", JSON, nullable=False, server_default=text("'[]'")),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("changed", Integer, nullable=False, server_default="0"),
    Column("refused", Integer, nullable=False, server_default="0"),
    Column("problems", JSON, nullable=False, server_default=text("'[]'")),
    Column("undone_by", String),
)
"""`state`: running | done | cancelled | undoing | undone. `plan`: {field: [set | add | remove, value]}. `touched`: ids whose star was changed.

`problems`: the first refusals, [[id, fa, en]].
"""

Index("ix_mass_change_by", mass_change.c.by, mass_change.c.at)

MOST = 50_000
"""Records of one mass change."""
BATCH = 100
MOST_PROBLEMS = 50
RIGHTS = {"change": "edit", "delete": "delete", "restore": "delete", "star": "star", "unstar": "star"}
"""The acts, and the right that each needs at least somewhere; what may be done with each record is checked on it."""
HOWS = ("set", "add", "remove")

Plan = Mapping[str, Sequence[Any]]


class MassRefused(Refusal):
    """A mass change that cannot be."""

    code = "mass_refused"
    status = 409
    sentence = _("This is not possible with many records at once: {reason}.")


class NoSuchMassChange(Refusal):
    """Not there, or somebody else's."""

    code = "no_such_mass_change"
    status = 404
    sentence = _("There is no such change of many records, or it is somebody else's.")


@frozen
class Progress:
    """How far a mass change has come."""

    id: int
    entity: str
    by: str
    act: str
    state: str
    total: int
    position: int
    changed: int
    refused: int
    problems: Sequence[tuple[int, str, str]]
    plan: Plan

    @property
    def going(self) -> bool:
        """Whether it is at work."""
        return self.state in ("running", "undoing")


def several(one: Field) -> bool:
    """Whether values can be added to and taken from this field."""
    return isinstance(one.kind, MultiChoice | References | Users)


def planned(values: Values, plan: Plan, entity: Entity) -> Values:
    """What a record with these values is to be given; only what differs. Pure."""
    found: Values = {}
    for name, (how, given) in plan.items():
        now, one, value = values.get(name), entity.field(name), given
        if how != "set" and one is not None and several(one):
            old, parts = list(now or []), given or []
            added, left = [*old, *(part for part in parts if part not in old)], [part for part in old if part not in parts]
            value = _ordered(one, added if how == "add" else left) or None
        if value != now:
            found[name] = value
    return found


def _ordered(one: Field, parts: list[Any]) -> list[Any]:
    """Codes in their list's order, as they are kept; links and users stay in theirs."""
    order = [option.code for option in one.kind.choices] if isinstance(one.kind, MultiChoice) else parts
    return [part for part in order if part in parts]


class MassChanges:
    """The verbs on mass changes."""

    def __init__(self, database: Database, clock: Clock, records: Records, patterns: Patterns) -> None:
        self._database = database
        self._clock = clock
        self._records = records
        self._patterns = patterns
        self._tasks = Tasks("mass changes")
        self._cancelled: set[int] = set()

    async def stop(self) -> None:
        """Stop; what is not finished goes on when the product starts again."""
        await self._tasks.stop()

    async def settled(self) -> None:
        """Wait until nothing runs (for tests and commands)."""
        await self._tasks.settled(3600)

    async def resume(self) -> None:
        """Go on with what a stop of the product interrupted."""
        chosen = select(mass_change).where(mass_change.c.state.in_(("running", "undoing")))
        for row in await self._database.read(lambda connection: [dict(one) for one in connection.execute(chosen).mappings()]):
            self._begin(row)

    async def start(self, entity: Entity, ids: Sequence[int], act: str, plan: Plan, viewer: Viewer) -> int:
        """Begin; the id of the mass change. Raises NoRight, MassRefused."""
        if act not in RIGHTS or (act == "change" and not plan) or any(how not in HOWS for how, _value in plan.values()):
            raise MassRefused(reason=_("nothing is to be changed"))
        if not ids:
            raise MassRefused(reason=_("no record is chosen"))
        if len(ids) > MOST:
            raise MassRefused(reason=_("there are too many; narrow the list first"))
        free = {"active": "deactivate", "expert": "set_expert", "experts": "set_expert"}
        for right in {free.get(name, "edit") for name in plan} or {RIGHTS[act]}:
            viewer.demand(entity.name, right)
        row = {
            "entity": entity.name, "by": viewer.username, "at": self._clock.now(), "act": act, "state": "running", "ids": list(ids),
            "plan": {name: list(one) for name, one in plan.items()}, "touched": [], "position": 0, "changed": 0, "refused": 0, "problems": [],
        }  # fmt: skip
        number = await self._database.write(lambda connection: _made(connection, row))
        self._begin({**row, "id": number})
        return number

    async def progress(self, number: int, viewer: Viewer) -> Progress:
        """How far it is; its maker's and the administrators'. Raises NoSuchMassChange."""
        row = await self._row(number, viewer)
        return Progress(
            row["id"], row["entity"], row["by"], row["act"], row["state"], len(row["ids"]), row["position"], row["changed"], row["refused"],
            [(one[0], one[1], one[2]) for one in row["problems"]], row["plan"],
        )  # fmt: skip

    async def cancel(self, number: int, viewer: Viewer) -> None:
        """Stop behind the present batch; what was done stays and can be undone."""
        await self._row(number, viewer)
        self._cancelled.add(number)

    async def undo(self, number: int, viewer: Viewer) -> None:
        """Take everything back, where nobody changed it since."""
        row = await self._row(number, viewer)
        if row["state"] not in ("done", "cancelled"):
            raise MassRefused(reason=_("it is at work, or has been taken back already"))
        undoing = {"state": "undoing", "position": 0, "undone_by": viewer.username}
        await self._set(number, **undoing)
        self._begin({**row, **undoing})

    async def chosen(self, entity: Entity, ids: Sequence[int], viewer: Viewer, only: set[str]) -> list[Record]:
        """Those of these records that may be seen, also from the bin."""
        query = Query(entity=entity, where=Test("id", "in", list(ids)), deleted="any", limit=len(ids) or 1)
        found, _page = await self._records.page(query, viewer, only=only)
        return found

    # ── In the background ────────────────────────────────────────────────────────────────────────────────────

    def _begin(self, row: Mapping[str, Any]) -> None:
        work = self._run(row) if row["state"] == "running" else self._take_back(row)
        self._tasks.start(work, f"mass change {row['id']}")

    async def _run(self, row: Mapping[str, Any]) -> None:
        number, ids = row["id"], row["ids"]
        position, changed, touched, refusals, refused = (
            row["position"],
            row["changed"],
            list(row["touched"]),
            list(row["problems"]),
            row["refused"],
        )
        state = "done"
        while position < len(ids):
            if number in self._cancelled:
                state = "cancelled"
                break
            batch = ids[position : position + BATCH]
            viewer = self._patterns.viewer(row["by"])  # as they may by now: who leaves changes nothing more
            outcomes = await patiently(self._clock, f"mass change {number}", partial(self._batch, row, batch, viewer, touched))
            changed += sum(1 for one in outcomes.values() if one is True)
            bad = [(one, why) for one, why in outcomes.items() if isinstance(why, Refusal)]
            refused += len(bad)
            refusals = [*refusals, *([one, why.text("fa"), why.text("en")] for one, why in bad)][:MOST_PROBLEMS]
            position += len(batch)
            step = partial(self._set, number, position=position, changed=changed, refused=refused, problems=refusals, touched=touched)
            await patiently(self._clock, f"mass change {number}", step)
        self._cancelled.discard(number)
        await self._ended(number, state=state)

    async def _ended(self, number: int, **values: Any) -> None:
        await patiently(self._clock, f"the end of mass change {number}", partial(self._set, number, ended_at=self._clock.now(), **values))

    async def _batch(self, row: Mapping[str, Any], batch: Sequence[int], viewer: Viewer, touched: list[int]) -> dict[int, bool | Refusal]:
        """Do it to some; for each record whether it changed, or why not."""
        entity, origin = self._records.catalogue[row["entity"]], f"bulk {row['id']}"
        plan, act = row["plan"], row["act"]
        try:
            there = {one.id: one for one in await self.chosen(entity, batch, viewer, set(plan))}
            if act in ("star", "unstar"):
                return await self._star(
                    entity, [one for one in there.values() if one.starred is (act == "unstar")], act == "star", viewer, touched
                )
            steps = []
            for number in batch:
                if (record := there.get(number)) is None:
                    continue
                if act == "change" and (values := planned(record.values, plan, entity)):
                    adding = any(how != "set" for how, _value in plan.values())
                    steps.append(
                        Step(entity=entity, do="change", record_id=number, values=values, version=record.version if adding else None)
                    )
                elif act != "change" and record.deleted is (act == "restore"):
                    steps.append(Step(entity=entity, do=act, record_id=number))
            outcomes = await self._records.many(steps, viewer, origin=origin)
        except PASSING:  # the whole batch again, later: not one of its records is to blame
            raise
        except Refusal as why:
            return dict.fromkeys(batch, why)
        return {step.record_id: bool(one.act) if isinstance(one, Done) else one for step, one in zip(steps, outcomes, strict=True)}

    async def _star(
        self, entity: Entity, found: Sequence[Record], on: bool, viewer: Viewer, touched: list[int]
    ) -> dict[int, bool | Refusal]:
        outcomes: dict[int, bool | Refusal] = {}
        for record in found:
            try:
                await self._records.star(entity, record.id, viewer, on=on)
                outcomes[record.id] = True
                touched.append(record.id)
            except PASSING:
                raise
            except Refusal as why:
                outcomes[record.id] = why
        return outcomes

    async def _take_back(self, row: Mapping[str, Any]) -> None:
        number, viewer, entity = row["id"], self._patterns.viewer(row["undone_by"] or row["by"]), self._records.catalogue[row["entity"]]
        if row["touched"]:
            theirs = self._patterns.viewer(row["by"])
            for one in await self.chosen(entity, row["touched"], theirs, set()):
                await self._records.star(entity, one.id, theirs, on=row["act"] == "unstar")
        c, last, done = history.c, 2**31 - 1, 0
        while True:
            chosen = select(c.id, c.record_id, c.act, c.changes).where(
                c.username == row["by"], c.at >= row["at"], c.origin == f"bulk {number}", c.entity == entity.name, c.id < last
            )
            rows = await self._database.read(_rows(chosen.order_by(c.id.desc()).limit(BATCH)))
            if not rows:
                break
            names = {name for one in rows for name in one["changes"]}
            now = {one.id: one.values for one in await self.chosen(entity, [one["record_id"] for one in rows], viewer, names)}
            steps = [step for one in rows if one["record_id"] in now and (step := _back(entity, one, now[one["record_id"]]))]
            again = partial(self._records.many, steps, viewer, origin=f"undo of bulk {number}")
            await patiently(self._clock, f"undo of mass change {number}", again)
            last, done = rows[-1]["id"], done + len(rows)
            await self._set(number, position=done)
        await self._ended(number, state="undone", position=len(row["ids"]))

    async def _row(self, number: int, viewer: Viewer) -> dict[str, Any]:
        chosen = select(mass_change).where(mass_change.c.id == number)
        found = await self._database.read(_rows(chosen))
        if not found or (found[0]["by"] != viewer.username and viewer.pattern.code != "administrator"):
            raise NoSuchMassChange
        return dict(found[0])

    async def _set(self, number: int, **values: Any) -> None:
        await self._database.write(
            lambda connection: connection.execute(update(mass_change).where(mass_change.c.id == number).values(values))
        )


def _back(entity: Entity, row: Mapping[str, Any], now: Mapping[str, Any]) -> Step | None:
    """The step that takes one change back; None when somebody changed the same since."""
    number = row["record_id"]
    if row["act"] in ("deleted", "restored"):
        gone = now["deleted_at"] is not None
        return Step(entity=entity, do="restore" if gone else "delete", record_id=number) if gone is (row["act"] == "deleted") else None
    values = {name: pair[0] for name, pair in row["changes"].items() if now.get(name) == pair[1]}
    return Step(entity=entity, do="change", record_id=number, values=values, act="changed") if values else None


def _rows(sql: Any) -> Any:
    return lambda connection: [dict(one) for one in connection.execute(sql).mappings()]


def _made(connection: Connection, row: Mapping[str, Any]) -> int:
    made = connection.execute(insert(mass_change).values(dict(row))).inserted_primary_key
    assert made is not None
    return int(made[0])
