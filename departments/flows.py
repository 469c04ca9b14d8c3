"""Call flows, their prompts, and who leads callers through them."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import AsyncExitStack

from attrs import frozen

from config.loops import Tasks
from config.places import PROJECT
from departments.floor import AgentFloor
from departments.ground import Ground
from ivr.flows import Flows
from ivr.prompts import Prompts
from ivr.speech import EspeakNg
from ivr.walk import Walker
from switchboard.asterisk.link import AsteriskLink

FLOWS = PROJECT / "config" / "flows"


@frozen
class CallFlows:
    """The call flows and who walks them, under the names pages ask for."""

    flows: Flows
    walker: Walker


async def open_flows(ground: Ground, floor: AgentFloor, link: AsteriskLink, closing: AsyncExitStack) -> CallFlows:
    """Call flows, their prompts, and who leads callers through them."""
    settings, bus, clock = ground.settings, ground.bus, ground.clock
    folder = settings.home / "flows"
    if not folder.exists():
        await asyncio.to_thread(shutil.copytree, FLOWS, folder)
    tasks = Tasks("flows")
    closing.push_async_callback(tasks.stop)
    prompts = Prompts(settings.home / "prompts", EspeakNg(), bus, clock, tasks)
    flows = Flows(folder, settings.home / "flows.kept", prompts, floor.dispatcher.queues, bus, clock, tasks)
    await flows.start()
    closing.callback(flows.stop)
    walker = Walker(
        bus, clock, flows, prompts, floor.dispatcher, tasks, last_resort=link.phones.to_static_queue,
        leaving=lambda call: ground.calls.leaving(call, by="system"), language=settings.site.language, timezone=settings.site.timezone,
    )  # fmt: skip
    return CallFlows(flows, walker)
