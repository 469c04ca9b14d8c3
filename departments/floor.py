"""Agents and queues: who may answer what, who does, and how today went."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import datetime
from zoneinfo import ZoneInfo

from attrs import frozen

from agents.desk import Desk
from agents.dialling import DialRules
from agents.dispatcher import Dispatcher
from agents.floor import Floor
from agents.intents import Intents
from agents.queue_rows import read_break_reasons, read_queues
from agents.roster import Agent, Roster
from agents.tally import TALLIED, Tally
from crm.accounts import Accounts
from departments.ground import Ground
from departments.records import Records
from switchboard.asterisk.link import AsteriskLink
from switchboard.events import AccountChanged, PhoneSystemFound


@frozen
class AgentFloor:
    """Agents and queues, under the names pages ask for."""

    roster: Roster
    dispatcher: Dispatcher
    floor: Floor
    desk: Desk
    tally: Tally


def agents_of(accounts: Accounts) -> list[Agent]:
    """The accounts that have an extension, as the floor knows them."""
    return [
        Agent(username=one.username, name=one.name, name_en=one.name_en, extension=one.extension, device=one.device)
        for one in accounts.all()
        if one.extension and one.active
    ]


async def open_floor(ground: Ground, records: Records, roster: Roster, link: AsteriskLink, closing: AsyncExitStack) -> AgentFloor:
    """Queues, presence and the dispatcher."""
    database, bus, clock, calls, telephony = ground.database, ground.bus, ground.clock, ground.calls, ground.settings.telephony

    def expert_of(call: str) -> str:
        known = records.cards.of(call)["parties"]
        return str(known[0]["expert"] or "") if len(known) == 1 else ""

    dispatcher = Dispatcher(bus, clock, calls, link.phones, roster, expert_of=expert_of, caller_id=telephony.caller_id)
    closing.push_async_callback(dispatcher.stop)
    dispatcher.set_queues(await database.read(read_queues))
    intents = Intents(database, bus)
    closing.push_async_callback(intents.stop)
    dispatcher.restore(await intents.load())
    reasons = await database.read(read_break_reasons)
    desk = Desk(
        dispatcher, calls, link.phones, roster, clock, DialRules(telephony.dial_prefixes, telephony.dial_forbidden),
        break_reasons=lambda: [one.code for one in reasons],
    )  # fmt: skip

    def accounts_changed(_event: AccountChanged) -> None:
        roster.replace(agents_of(records.accounts))
        dispatcher.roster_changed()

    def way_to(number: str) -> str:
        colleague = dispatcher.phone_of(number)
        return f"PJSIP/{colleague}" if colleague else telephony.outside(number, demo=ground.settings.demo)

    bus.listen(AccountChanged, accounts_changed)
    link.phones.outside = way_to
    link.exchange.on_own_call = desk.dialled_by_hand
    tally = await open_tally(ground, dispatcher)
    return AgentFloor(roster, dispatcher, dispatcher.floor, desk, tally)


async def open_tally(ground: Ground, dispatcher: Dispatcher) -> Tally:
    """Today's numbers: what the ledger has of today, then what happens."""
    zone = ZoneInfo(ground.settings.site.timezone)

    def midnight(at: float) -> float:
        return datetime.fromtimestamp(at, zone).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()

    tally = Tally(midnight, dispatcher.floor.rules_of)
    async for event in ground.ledger.since(midnight(ground.clock.now()), TALLIED):
        tally.apply(event)
    ground.bus.witness(lambda _number, event: tally.apply(event))

    def settle(event: PhoneSystemFound) -> None:
        tally.settle({one.id for one in ground.calls.live()}, dispatcher.floor.agents(), event.at)
        undo()

    undo = ground.bus.listen(PhoneSystemFound, settle)
    return tally
