"""The telephone system: the link to Asterisk, the telephones in it, and what happened while nobody listened."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from agents.roster import Roster
from config.loops import Tasks
from departments.ground import Ground
from departments.records import Records
from switchboard.asterisk.catch_up import CatchUp, Knowledge
from switchboard.asterisk.layout import Folders
from switchboard.asterisk.link import Addresses, AsteriskLink
from switchboard.asterisk.provision import Phone, provision
from switchboard.events import AccountChanged, PhoneSystemFound


def open_link(ground: Ground, roster: Roster, closing: AsyncExitStack) -> AsteriskLink:
    """The telephone system; connects when everything else stands."""
    settings = ground.settings
    link = AsteriskLink(
        ground.bus, ground.clock, ground.calls, Addresses.of(settings, ground.key),
        outside=lambda number: settings.telephony.outside(number, demo=settings.demo), agent_of=roster.username_of, history=ground.ledger.of_call,
    )  # fmt: skip
    closing.push_async_callback(link.stop)
    tasks = Tasks("telephones")
    closing.push_async_callback(tasks.stop)

    writing = asyncio.Lock()

    async def write_phones() -> None:
        async with writing:  # two changes at once are written in their order
            phones = [Phone(one.extension, one.name_en or one.name, browser=True, desk=one.device == "desk") for one in roster]
            await provision(phones, ground.key, Folders(settings.home).etc, link.ami.reload)

    def provide(_event: PhoneSystemFound | AccountChanged) -> None:
        """Make the embedded Asterisk know the agents' telephones, once the roster knows them; somebody else's is left alone."""
        if settings.telephony.embedded:
            tasks.start(write_phones(), "telephones in Asterisk")

    ground.bus.listen(PhoneSystemFound, provide)
    ground.bus.listen(AccountChanged, provide)
    return link


def open_journal(ground: Ground, records: Records, roster: Roster, link: AsteriskLink, closing: AsyncExitStack) -> None:
    """What happened while the daemon was away, from the embedded Asterisk's journal; another's journal is not ours to read."""
    if not ground.settings.telephony.embedded:
        return
    knowledge = Knowledge(
        agent_of=roster.username_of, recognise=records.recogniser.recognise, history=ground.ledger.of_call, standing=link.standing
    )
    catch_up = CatchUp(ground.database, ground.bus, ground.clock, ground.calls, Folders(ground.settings.home).log, knowledge)
    closing.push_async_callback(catch_up.stop)
