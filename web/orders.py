"""What a console may ask for over the websocket: one table says the message, its fields and what it does.

    client → server   {"id": 7, "do": "hold", "call": "1700000000.7"}
    server → client   {"type": "result", "id": 7, "ok": true, "value": …}  or  {…, "ok": false, "error": {code, message, field}}

Whose call it is, the desk and the timeline check themselves; what they do not check is checked here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from attrs import frozen

from switchboard.call import Calls
from switchboard.errors import NotYourCall
from web.shapes import Shape, choice, moment, text, whole, yes_no

CALL = text(80)
MOST_REMEMBERED = 2000


class Desk(Protocol):
    """What an agent can do with their calls (agents.desk)."""

    async def set_intent(self, agent: str, intent: str, reason: str = "") -> None: ...

    async def reject(self, agent: str, call: str) -> None: ...

    async def hang_up(self, agent: str, call: str) -> None: ...

    async def hold(self, agent: str, call: str) -> None: ...

    async def resume(self, agent: str, call: str) -> None: ...

    async def mute(self, agent: str, call: str, on: bool) -> None: ...

    async def send_digits(self, agent: str, call: str, digits: str) -> None: ...

    async def dial(self, agent: str, number: str) -> str: ...

    async def seen(self, agent: str, call: str) -> None: ...

    async def end_wrap_up(self, agent: str, call: str) -> None: ...

    async def console(self, agent: str, connected: bool) -> None: ...


class Pen(Protocol):
    """What an agent can write about a call (crm.timeline)."""

    def written(self, call: str) -> dict[str, Any]: ...

    async def note(self, call: str, user: str, note: str) -> None: ...

    async def wrap_up(self, call: str, user: str, *, disposition: str = "", note: str = "", follow_up_at: float = 0.0) -> None: ...

    async def link(self, call: str, party_id: int, user: str) -> None: ...

    async def create(self, call: str, line: Mapping[str, Any], user: str) -> int: ...


Run = Callable[["Orders", str, dict[str, Any]], Awaitable[Any]]


@frozen
class Order:
    """One message: its fields and what it does for a user, with its values; the answer is the result's value."""

    fields: Shape
    run: Run


class Orders:
    """Carries out what consoles ask for."""

    def __init__(self, calls: Calls, desk: Desk, pen: Pen) -> None:
        self.calls = calls
        self.desk = desk
        self.pen = pen
        self._had: OrderedDict[str, str] = OrderedDict()

    def remember(self, call: str, agent: str) -> None:
        """`agent` talked on `call`, and may say who it was when it has ended."""
        self._had[call] = agent
        self._had.move_to_end(call)
        if len(self._had) > MOST_REMEMBERED:
            self._had.popitem(last=False)

    def who_had(self, call: str) -> str:
        """The agent who talked on `call` last, "" when that is not known any more."""
        return self._had.get(call, "")

    def check_own(self, call: str, agent: str) -> None:
        """Raise NotYourCall unless `agent` is in the call, is being offered it, or was the last who had it."""
        live = self.calls.get(call)
        if (live.agent if live else self.who_had(call)) != agent:
            raise NotYourCall(call=call)


async def _set_intent(orders: Orders, agent: str, values: dict[str, Any]) -> None:
    await orders.desk.set_intent(agent, values["intent"], values["reason"])


async def _seen(orders: Orders, agent: str, values: dict[str, Any]) -> None:
    await orders.desk.seen(agent, values["call"])


async def _reject(orders: Orders, agent: str, values: dict[str, Any]) -> None:
    await orders.desk.reject(agent, values["call"])


async def _hang_up(orders: Orders, agent: str, values: dict[str, Any]) -> None:
    await orders.desk.hang_up(agent, values["call"])


async def _hold(orders: Orders, agent: str, values: dict[str, Any]) -> None:
    await orders.desk.hold(agent, values["call"])


async def _resume(orders: Orders, agent: str, values: dict[str, Any]) -> None:
    await orders.desk.resume(agent, values["call"])


async def _mute(orders: Orders, agent: str, values: dict[str, Any]) -> None:
    await orders.desk.mute(agent, values["call"], values["on"])


async def _digits(orders: Orders, agent: str, values: dict[str, Any]) -> None:
    await orders.desk.send_digits(agent, values["call"], values["digits"])


async def _dial(orders: Orders, agent: str, values: dict[str, Any]) -> str:
    return await orders.desk.dial(agent, values["number"])


async def _note(orders: Orders, agent: str, values: dict[str, Any]) -> None:
    await orders.pen.note(values["call"], agent, values["text"])


async def _wrap_up(orders: Orders, agent: str, values: dict[str, Any]) -> None:
    await orders.pen.wrap_up(
        values["call"], agent, disposition=values["disposition"], note=values["note"], follow_up_at=values["follow_up_at"] or 0.0
    )


async def _end_wrap_up(orders: Orders, agent: str, values: dict[str, Any]) -> None:
    await orders.desk.end_wrap_up(agent, values["call"])


async def _link(orders: Orders, agent: str, values: dict[str, Any]) -> None:
    orders.check_own(values["call"], agent)
    await orders.pen.link(values["call"], values["party"], agent)


async def _create(orders: Orders, agent: str, values: dict[str, Any]) -> int:
    orders.check_own(values["call"], agent)
    return await orders.pen.create(values["call"], line_of(values), agent)


def line_of(values: dict[str, Any]) -> dict[str, Any]:
    """The new customer that two or three fields of the screen-pop describe, as a line (crm/flat.py)."""
    if values["kind"] == "company":
        return {"kind": "company", "name": values["company"] or values["last_name"]}
    return {"kind": "person", **{name: values[name] for name in ("first_name", "last_name", "company")}}


ORDERS: dict[str, Order] = {
    "set_intent": Order({"intent": choice("available", "on_break", "offline"), "reason": text(60, need=False)}, _set_intent),
    "seen": Order({"call": CALL}, _seen),
    "reject": Order({"call": CALL}, _reject),
    "hang_up": Order({"call": CALL}, _hang_up),
    "hold": Order({"call": CALL}, _hold),
    "resume": Order({"call": CALL}, _resume),
    "mute": Order({"call": CALL, "on": yes_no()}, _mute),
    "digits": Order({"call": CALL, "digits": text(40, pattern="[0-9*#A-D]+")}, _digits),
    "dial": Order({"number": text(60)}, _dial),
    "note": Order({"call": CALL, "text": text(20_000, need=False)}, _note),
    "wrap_up": Order(
        {"call": CALL, "disposition": text(60, need=False), "note": text(20_000, need=False), "follow_up_at": moment(need=False)}, _wrap_up
    ),
    "end_wrap_up": Order({"call": CALL}, _end_wrap_up),
    "link": Order({"call": CALL, "party": whole(1, 2**53)}, _link),
    "create": Order(
        {
            "call": CALL,
            "first_name": text(120, need=False),
            "last_name": text(120, need=False),
            "company": text(200, need=False),
            "kind": choice("person", "company", need=False, default="person"),
        },
        _create,
    ),
}
"""The orders that are about calls and people; web.live has those about the console itself (subscribe, softphone, tab, ping)."""
