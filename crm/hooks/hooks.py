"""The hooks: follow the history of all records, put down what is to be delivered, deliver it, try again, give up.

History is written in the transaction of the change itself, so no change is missed, also when the product dies right after it; what a
hook was decided about is kept, so nothing is delivered twice by us (receivers still know a message by its id, for the network may).
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, insert, select, update

from config.clock import Clock, Timer
from config.database import Database
from config.errors import Refusal
from config.loops import Tasks
from config.secrets import derived
from config.translations import _
from crm.alarms.tables import date_ring
from crm.catalogue import Catalogue
from crm.expression import both, parse
from crm.hooks.conditions import check
from crm.hooks.policy import FAILURES_TO_PAUSE, HookInvalid, NoSuchHook, NotSeenAnyMore, checked_url, next_attempt, signature
from crm.hooks.sending import Outcome, Poster
from crm.hooks.tables import delivery, hook
from crm.linked_names import seen
from crm.patterns import Patterns
from crm.query import Query, page
from crm.record import records
from crm.record_tables import history
from crm.records import Records
from switchboard.bus import Bus
from switchboard.events import DateAlarmsChanged, RecordSaved
from switchboard.moments import iso

log = logging.getLogger(__name__)

BATCH = 200
LOOK_BACK = 500
"""History rows before the newest known that are looked at again: several writers may commit out of order."""
AT_ONCE = 5
KEPT_SECONDS = 30 * 24 * 3600.0
RING_SECONDS = 7 * 24 * 3600.0
"""How long after an alarm date rang it is still told; what was decided is kept longer."""
AGAIN_SECONDS = 30.0
"""How long after a fault hooks are looked at again."""
LONGEST_BODY = 256 * 1024
MOST_HOOKS = 100

Row = Mapping[str, Any]

ACTS: Mapping[str, str] = {
    "created": _("Created"), "changed": _("Changed"), "deleted": _("Deleted"), "restored": _("Taken back from the bin"),
    "purged": _("Deleted for ever"), "merged": _("Merged"), "unmerged": _("Merge undone"), "alarm": _("An alarm date came near"),
}  # fmt: skip
"""What may happen to a record."""


class Hooks:
    """All hooks and their deliveries. `start()` when everything stands, `stop()` at the end."""

    def __init__(
        self, database: Database, bus: Bus, clock: Clock, records: Records, patterns: Patterns, poster: Poster, key: bytes
    ) -> None:
        self._database = database
        self._clock = clock
        self._records = records
        self._patterns = patterns
        self._poster = poster
        self._key = key
        self._tasks = Tasks("web-hooks")
        self._wake = asyncio.Event()
        self._timer: Timer | None = None
        self._any = False
        bus.listen(RecordSaved, self._changed)
        bus.listen(DateAlarmsChanged, self._changed)

    def start(self) -> None:
        """Begin to follow and deliver; what was left undelivered goes first."""
        self._wake.set()
        self._tasks.start(self._run(), "web-hooks")

    def _changed(self, _event: RecordSaved | DateAlarmsChanged) -> None:
        if self._any:
            self._wake.set()

    async def stop(self) -> None:
        """Stop; what is not delivered waits in the database."""
        if self._timer:
            self._timer.cancel()
        await self._tasks.stop()

    # ── Keeping hooks ────────────────────────────────────────────────────────────────────────────────────────

    async def all(self) -> list[dict[str, Any]]:
        """Every hook, with how many deliveries wait and failed."""

        def work(connection: Connection) -> list[dict[str, Any]]:
            rows = connection.execute(select(hook).order_by(hook.c.id)).mappings().all()
            counts = select(delivery.c.hook_id, delivery.c.state, func.count()).group_by(delivery.c.hook_id, delivery.c.state)
            counted = {(row[0], row[1]): row[2] for row in connection.execute(counts)}
            return [{**row, **{state: counted.get((row["id"], state), 0) for state in ("waiting", "done", "failed")}} for row in rows]

        return await self._database.read(work)

    async def save(self, values: Mapping[str, Any], owner: str, hook_id: int = 0) -> int:
        """A new hook, or a changed one; its id. Raises HookInvalid, ExpressionRefused."""
        entities, acts = list(values.get("entities") or ()), list(values.get("acts") or ())
        if any(name not in self._catalogue.entities for name in entities):
            raise HookInvalid(field="entities", reason=_("a kind of record is not known"))
        if any(act not in ACTS for act in acts):
            raise HookInvalid(field="acts", reason=_("a kind of change is not known"))
        condition = values.get("condition") or None
        seen_by = self._patterns.viewer((await self.get(hook_id))["owner"] if hook_id else owner)
        check(condition, [self._catalogue[name] for name in entities or self._catalogue.entities], self._records.world(seen_by))
        title = str(values.get("title") or "").strip()[:100]
        if not title:
            raise HookInvalid(field="title", reason=_("it needs a title"))
        row = {"title": title, "url": checked_url(str(values.get("url") or "")), "entities": entities, "acts": acts, "condition": condition}
        now = self._clock.now()

        def work(connection: Connection) -> int:
            if hook_id:
                kept = {**row, "active": bool(values.get("active", True)), "paused": ""}
                if not connection.execute(update(hook).where(hook.c.id == hook_id).values(kept)).rowcount:
                    raise NoSuchHook(hook=hook_id)
                return hook_id
            if connection.execute(select(func.count()).select_from(hook)).scalar_one() >= MOST_HOOKS:
                raise HookInvalid(reason=_("there are as many as there may be"))
            since = connection.execute(select(func.max(history.c.id))).scalar() or 0
            made = connection.execute(insert(hook).values(owner=owner, created_at=now, since=since, **row)).inserted_primary_key
            assert made is not None
            return int(made[0])

        number = await self._database.write(work)
        self._any = True
        self._wake.set()
        return number

    async def get(self, hook_id: int) -> dict[str, Any]:
        """One hook. Raises NoSuchHook."""
        found = next((one for one in await self.all() if one["id"] == hook_id), None)
        if found is None:
            raise NoSuchHook(hook=hook_id)
        return found

    async def remove(self, hook_id: int) -> None:
        """Forget a hook and its log."""
        await self._database.write(lambda connection: connection.execute(delete(hook).where(hook.c.id == hook_id)))

    async def renew(self, hook_id: int) -> str:
        """A new secret; the old one counts no more. Raises NoSuchHook."""
        change = update(hook).where(hook.c.id == hook_id).values(generation=hook.c.generation + 1)
        await self._database.write(lambda connection: connection.execute(change))
        return self.secret(hook_id, (await self.get(hook_id))["generation"])

    def secret(self, hook_id: int, generation: int) -> str:
        """The secret that the hook's messages are signed with; derived from the installation's key, never stored."""
        return f"whsec_{derived(self._key, f'hook:{hook_id}:{generation}')}"

    async def log_of(self, hook_id: int, before: int = 0) -> list[dict[str, Any]]:
        """Its deliveries, the newest first, fifty at a time."""
        chosen = select(delivery).where(delivery.c.hook_id == hook_id, delivery.c.state != "skipped")
        if before:
            chosen = chosen.where(delivery.c.id < before)
        rows = await self._database.read(
            lambda connection: connection.execute(chosen.order_by(delivery.c.id.desc()).limit(50)).mappings().all()
        )
        return [dict(row) for row in rows]

    async def again(self, hook_id: int, delivery_id: int) -> None:
        """Deliver once more, now. Raises NoSuchHook when it is none of this hook, or nothing that could be delivered."""
        where = (delivery.c.id == delivery_id, delivery.c.hook_id == hook_id, delivery.c.body != "")
        change = update(delivery).where(*where).values(state="waiting", attempts=0, next_at=self._clock.now())
        if not (await self._database.write(lambda connection: connection.execute(change).rowcount)):
            raise NoSuchHook(hook=hook_id)
        self._wake.set()

    async def try_out(self, hook_id: int) -> None:
        """Send a message that says nothing but that the hook works."""
        now = self._clock.now()
        row = {"hook_id": hook_id, "message": _message(), "act": "test", "at": now, "next_at": now, "body": _body("test", now, {})}
        await self._database.write(lambda connection: connection.execute(insert(delivery).values(row)))
        self._wake.set()

    @property
    def _catalogue(self) -> Catalogue:
        return self._records.catalogue

    # ── Following and delivering ─────────────────────────────────────────────────────────────────────────────

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._work_off()
            except Exception:  # whatever ails the database: what was not delivered stands there, and is looked for again
                log.exception("web-hooks wait %.0f seconds", AGAIN_SECONDS)
                self._sleep(self._clock.now() + AGAIN_SECONDS)

    async def _work_off(self) -> None:
        while await self._follow():
            pass
        while due := await self._database.read(self._due):
            await asyncio.gather(*(self._deliver(row) for row in due))
        self._sleep(await self._database.read(self._next_due))

    def _sleep(self, due: float | None) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self._clock.call_later(max(due - self._clock.now(), 0.05), self._wake.set) if due is not None else None

    async def _follow(self) -> bool:
        """Put down deliveries for the next history rows; whether there may be more."""
        hooks = await self._database.read(_active)
        self._any = bool(hooks)
        more = False
        for row in hooks:
            rows = await self._database.read(partial(_news, row=row))
            if rows:
                made = [await self._decided(row, change) for change in rows]
                await self._database.write(partial(_put_down, row=row, made=made))
                more = more or len(rows) >= BATCH
            if rings := await self._database.read(partial(_rings, row=row, now=self._clock.now())):
                decided = [await self._decided(row, {**_rung, "act": "alarm"}) for _rung in rings]
                await self._database.write(partial(_put_down, row=row, made=decided))
                more = more or len(rings) >= BATCH
        return more

    async def _decided(self, row: Row, change: Row) -> dict[str, Any]:
        """The delivery of a change, or that there is none."""
        now = self._clock.now()
        made = {
            "hook_id": row["id"], "history_id": change.get("id"), "ring_id": change.get("ring_id"), "message": _message(), "entity": change["entity"], "record_id": change["record_id"],
            "act": change["act"], "at": change["at"], "next_at": now, "state": "waiting", "body": "", "answer": "",
        }  # fmt: skip
        entity = self._catalogue.entities.get(change["entity"])
        if entity is None or (row["entities"] and entity.name not in row["entities"]) or (row["acts"] and change["act"] not in row["acts"]):
            return {**made, "state": "skipped"}
        viewer = self._patterns.viewer(row["owner"])
        where = both(parse({"field": "id", "op": "=", "value": change["record_id"]}), parse(row["condition"]))
        query = Query(entity=entity, where=where, deleted="any", limit=1)
        world = self._records.world(viewer)

        def work(connection: Connection) -> list[Any]:
            return records(connection, entity, page(connection, query, world).rows, viewer)

        try:
            found = await self._database.read(work) if viewer.may(entity.name, "view") else []
        except Refusal as refusal:  # a field of the condition is gone, or its owner may not see it any more: the log says so
            return {**made, "state": "failed", "answer": refusal.text("fa")}
        if not found and (
            change["act"] != "purged" or viewer.level(entity.name) != "all"
        ):  # whose a record was that is gone nobody can ask
            return {**made, "state": "skipped"}
        seen = {one.name for one in entity.of(level=viewer.pattern.field_level)}
        value: dict[str, Any] = {"entity": entity.name, "id": change["record_id"]}
        if change["act"] == "alarm":
            if change["field"] not in seen:
                return {**made, "state": "skipped"}
            value["alarm"] = {name: change[name] for name in ("field", "day", "ahead")}
        else:
            value |= {"version": change["version"], "user": change["username"]}
            value["changed"] = sorted(name for name in change["changes"] if name in seen or name == "active")
        if found:
            values = found[0].values
            value["title"] = found[0].title
            value["record"] = {
                one.name: None if values.get(one.name) is None else one.kind.plain(values[one.name])
                for one in entity.fields
                if one.name in values
            }
        body = _body(f"{entity.name}.{change['act']}", change["at"], value)
        if len(body) > LONGEST_BODY:
            body = _body(f"{entity.name}.{change['act']}", change["at"], {**value, "record": None, "shortened": True})
        return {**made, "body": body}

    def _due(self, connection: Connection) -> list[dict[str, Any]]:
        chosen = (
            select(delivery, hook.c.url, hook.c.generation, hook.c.owner, hook.c.id.label("hook"))
            .join(hook, hook.c.id == delivery.c.hook_id)
            .where(delivery.c.state == "waiting", delivery.c.next_at <= self._clock.now(), hook.c.active)
        )
        return [dict(row) for row in connection.execute(chosen.order_by(delivery.c.next_at, delivery.c.id).limit(AT_ONCE)).mappings()]

    def _next_due(self, connection: Connection) -> float | None:
        waiting = (
            select(func.min(delivery.c.next_at))
            .join(hook, hook.c.id == delivery.c.hook_id)
            .where(delivery.c.state == "waiting", hook.c.active)
        )
        return connection.execute(waiting).scalar()

    async def _deliver(self, row: dict[str, Any]) -> None:
        if not await self._database.read(partial(self._still_seen, row=row)):
            refused = Outcome(0, NotSeenAnyMore().text("fa"), 0.0)
            await self._database.write(lambda connection: self._note(connection, row, refused, final=True))
            return
        at = int(self._clock.now())
        secret = self.secret(row["hook"], row["generation"])
        headers = {
            "Content-Type": "application/json", "User-Agent": "Switchboard", "webhook-id": row["message"], "webhook-timestamp": str(at),
            "webhook-signature": signature(secret, row["message"], at, row["body"]),
        }  # fmt: skip
        outcome = await self._poster.post(row["url"], headers, row["body"].encode())
        await self._database.write(lambda connection: self._note(connection, row, outcome))

    def _still_seen(self, connection: Connection, row: Row) -> bool:
        """Whether the hook's owner may see by now what the message tells: it may have waited for a day, and they were given another pattern or left."""
        viewer, entity = self._patterns.viewer(row["owner"]), self._catalogue.entities.get(row["entity"])
        if entity is None or (row["act"] == "purged" and viewer.level(entity.name) == "all"):
            return bool(viewer.pattern.code)
        return bool(seen(connection, entity, [row["record_id"]], viewer))

    def _note(self, connection: Connection, row: Row, outcome: Outcome, *, final: bool = False) -> None:
        """What came of a delivery. `final`: it is not tried again."""
        now, attempts = self._clock.now(), row["attempts"] + 1
        again = None if outcome.good or final else next_attempt(attempts, now)
        values = {
            "attempts": attempts, "status": outcome.status, "answer": outcome.answer, "took_seconds": outcome.took_seconds,
            "state": "done" if outcome.good else "waiting" if again else "failed", "next_at": again or now,
        }  # fmt: skip
        connection.execute(update(delivery).where(delivery.c.id == row["id"]).values(values))
        if values["state"] == "failed":
            last = select(delivery.c.state).where(delivery.c.hook_id == row["hook_id"], delivery.c.state.in_(("done", "failed")))
            states = list(connection.execute(last.order_by(delivery.c.next_at.desc()).limit(FAILURES_TO_PAUSE)).scalars())
            if states == ["failed"] * FAILURES_TO_PAUSE:
                connection.execute(
                    update(hook).where(hook.c.id == row["hook_id"]).values(active=False, paused=outcome.answer[:300] or str(outcome.status))
                )
        connection.execute(delete(delivery).where(delivery.c.state != "waiting", delivery.c.at < now - KEPT_SECONDS))


def _active(connection: Connection) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(hook).where(hook.c.active)).mappings()]


def _news(connection: Connection, row: Row) -> list[dict[str, Any]]:
    """The next history rows that the hook has not been decided about."""
    last = connection.execute(select(func.max(delivery.c.history_id)).where(delivery.c.hook_id == row["id"])).scalar() or row["since"]
    begin = max(row["since"], last - LOOK_BACK)
    known = select(delivery.c.history_id).where(delivery.c.hook_id == row["id"], delivery.c.history_id.is_not(None))
    chosen = select(history).where(history.c.id > begin, history.c.id.not_in(known)).order_by(history.c.id).limit(BATCH)
    return [dict(one) for one in connection.execute(chosen).mappings()]


def _rings(connection: Connection, row: Row, now: float) -> list[dict[str, Any]]:
    """The next alarm dates that rang since the hook was made and that it has not been decided about; those of the last days only."""
    c = date_ring.c
    known = select(delivery.c.ring_id).where(delivery.c.hook_id == row["id"], delivery.c.ring_id.is_not(None))
    chosen = select(c.id.label("ring_id"), c.entity, c.record_id, c.field, c.day, c.ahead, c.rang_at.label("at"))
    chosen = chosen.where(c.rang_at >= max(row["created_at"], now - RING_SECONDS), c.id.not_in(known)).order_by(c.rang_at, c.id)
    return [dict(one) for one in connection.execute(chosen.limit(BATCH)).mappings()]


def _put_down(connection: Connection, row: Row, made: list[dict[str, Any]]) -> None:
    if connection.execute(select(hook.c.id).where(hook.c.id == row["id"])).first() is not None:
        connection.execute(insert(delivery), made)


def _message() -> str:
    return f"msg_{secrets.token_urlsafe(18)}"


def _body(kind: str, at: float, data: Mapping[str, Any]) -> str:
    return orjson.dumps({"type": kind, "timestamp": iso(at), "data": dict(data)}).decode()
