"""The link to one Asterisk: both connections, and the truth rebuilt from Asterisk each time they stand again.

After a (re)connect: the events wanted are chosen, a snapshot is asked for, what has ended meanwhile is told, what is alive
and unknown is adopted; events that come meanwhile wait, and then follow in their order. How the parts are wired:

    link = AsteriskLink(bus, clock, calls, addresses, outside=…)
    …                                     # whoever needs a PhoneSystem gets link.phones
    link.reception = Reception(calls, walker)
    link.start()
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from attrs import evolve, frozen
from twisted.internet.endpoints import TCP4ClientEndpoint

from config.clock import Clock
from config.loops import Tasks
from config.settings import Settings
from switchboard.asterisk.adopt import AdoptedCall, Plan, adopt
from switchboard.asterisk.ami import ActionRefused, AmiLink
from switchboard.asterisk.ari import AriLink
from switchboard.asterisk.bridges import Bridges
from switchboard.asterisk.exchange import Exchange
from switchboard.asterisk.facts import ChannelEntered
from switchboard.asterisk.layout import passwords
from switchboard.asterisk.legs import Leg, Legs
from switchboard.asterisk.line import AriLine
from switchboard.asterisk.phone_watch import PhoneWatch
from switchboard.asterisk.phones import APPLICATION, AriPhones
from switchboard.asterisk.requests import AriRefused
from switchboard.asterisk.translate import WANTED, SeenChannel, seen_bridges, seen_channels, translate
from switchboard.bus import Bus
from switchboard.call import Calls, LiveCall
from switchboard.events import CallEvent, PhoneSystemFound, PhoneSystemLost
from switchboard.reception import Reception
from switchboard.telephony import LineGone, PhoneSystemAway

log = logging.getLogger(__name__)

MOST_HELD_BACK = 20_000
"""Events kept while the truth is being rebuilt; more of them, and it is rebuilt once more."""


@frozen
class Addresses:
    """Where Asterisk is and how one logs in."""

    host: str
    ari_port: int
    ari_user: str
    ari_password: str
    ami_host: str
    ami_port: int
    ami_user: str
    ami_password: str
    node: str = "local"

    @classmethod
    def of(cls, settings: Settings, key: bytes) -> Addresses:
        """Those of an installation with the installation key `key`."""
        network, telephony, words = settings.network, settings.telephony, passwords(settings, key)
        return cls(
            network.ari.host, network.ari.port, telephony.ari_user, words["ari"],
            network.ami.host, network.ami.port, telephony.ami_user, words["ami"], telephony.node,
        )  # fmt: skip


async def _no_history(_call: str) -> Iterable[CallEvent]:
    return ()


class AsteriskLink:
    """`history` gives a call's earlier events (the ledger's `of_call`), `agent_of` the agent who has an endpoint."""

    def __init__(
        self,
        bus: Bus,
        clock: Clock,
        calls: Calls,
        addresses: Addresses,
        *,
        outside: Callable[[str], str],
        agent_of: Callable[[str], str] = lambda _endpoint: "",
        history: Callable[[str], Awaitable[Iterable[CallEvent]]] = _no_history,
    ) -> None:
        from twisted.internet import reactor  # installed by then

        self._bus = bus
        self._clock = clock
        self._calls = calls
        self._node = addresses.node
        self._agent_of = agent_of
        self._history = history
        self._tasks = Tasks("Asterisk link")
        url = f"ws://{addresses.host}:{addresses.ari_port}/ari/events?app={APPLICATION}"
        self.ari = AriLink(TCP4ClientEndpoint(reactor, addresses.host, addresses.ari_port), url, addresses.ari_user, addresses.ari_password)
        self.ami = AmiLink(addresses.ami_host, addresses.ami_port, addresses.ami_user, addresses.ami_password)
        self.legs = Legs()
        self.bridges = Bridges(self.ari.requests)
        self.phones = AriPhones(self.ari.requests, self.legs, self.bridges, self.ami, outside)
        self.exchange = Exchange(bus, clock, self.ari.requests, self.legs, self.bridges)
        self.phones.never_rang = self.exchange.never_rang
        self.exchange.on_returned = self._returned
        self.ari.on_up, self.ari.on_down, self.ari.on_message = self._up, self._down, self._message
        self.watch = PhoneWatch(bus, clock, self.ari.requests, self.ami)
        self.ami.on_up, self.ami.on_event = self.watch.manager_up, self.watch.manager_event
        self.found = False
        """Whether the link stands and the truth is rebuilt."""
        self._held_back: list[dict[str, Any]] | None = None
        self._started_at = ""
        self._returning: dict[str, SeenChannel] = {}

    @property
    def reception(self) -> Reception | None:
        """Who takes callers; without one they are hung up."""
        return self._reception

    @reception.setter
    def reception(self, reception: Reception) -> None:
        self._reception = reception
        self.exchange.on_line = reception.arrive

    _reception: Reception | None = None

    def start(self) -> None:
        """Connect, and stay connected."""
        self.ari.start()
        self.ami.start()

    async def stop(self) -> None:
        """Leave Asterisk to itself; calls go on."""
        await self._tasks.stop()
        await self.watch.stop()
        await self.ari.stop()
        await self.ami.stop()

    async def standing(self) -> frozenset[str]:
        """Ids of every channel there is now; raises `PhoneSystemAway`."""
        return frozenset(channel.id for channel in seen_channels(await self.ari.requests.ask("GET", "channels")))

    # ── The ARI connection ───────────────────────────────────────────────────────────────────────────────────

    def _up(self) -> None:
        self._held_back = []
        self._tasks.start(self._rebuild(), name="rebuild the truth from Asterisk")

    def _down(self) -> None:
        self._held_back = None
        for leg in self.legs:
            if leg.line:
                leg.line.link_lost()
        if self.found:
            self.found = False
            self._bus.tell(PhoneSystemLost(at=self._clock.now(), node=self._node))

    def _message(self, message: dict[str, Any]) -> None:
        if self._held_back is None:
            self._react(message)
        elif len(self._held_back) < MOST_HELD_BACK:
            self._held_back.append(message)
        else:
            self.ari.drop()

    def _react(self, message: dict[str, Any]) -> None:
        if fact := translate(message):
            try:
                self.exchange.happened(fact)
            except PhoneSystemAway:
                log.warning("nothing could be done about %s: the link is gone or full", fact)

    async def _rebuild(self) -> None:
        try:
            ask = self.ari.requests.ask
            wanted = {"allowed": [{"type": kind} for kind in WANTED]}
            _filter, status, channels, bridges, endpoints = await asyncio.gather(
                ask("PUT", f"applications/{APPLICATION}/eventFilter", wanted),
                ask("GET", "asterisk/info", only="status"),
                ask("GET", "channels"),
                ask("GET", "bridges"),
                ask("GET", "endpoints/PJSIP"),
            )
            restarted = self._restarted(status)
            seen = seen_channels(channels)
            plan = adopt(seen, seen_bridges(bridges), {} if restarted else self.legs.by_call())
            self._tell_what_vanished(seen, restarted=restarted)
            if restarted:
                self.legs.forget_ends()
            self.watch.seen(endpoints)
            await self._carry_out(plan)
            self._lead_on(seen)
        except (PhoneSystemAway, AriRefused, LineGone) as error:
            log.warning("the truth could not be rebuilt from Asterisk: %s", error)
            self.ari.drop()
            return
        self.found = True
        self._bus.tell(PhoneSystemFound(at=self._clock.now(), node=self._node, restarted=restarted))
        held_back, self._held_back = self._held_back or [], None
        for message in held_back:
            self._react(message)

    def _restarted(self, status: Any) -> bool:
        began = str((status or {}).get("status", {}).get("startup_time", ""))
        restarted = bool(self._started_at) and began != self._started_at
        self._started_at = began
        return restarted

    def _tell_what_vanished(self, channels: list[SeenChannel], *, restarted: bool) -> None:
        there = {} if restarted else {channel.id: channel for channel in channels}
        for leg in self.legs:
            if leg.channel not in there:
                if restarted:
                    self._calls.cut_off(leg.call)
                self.exchange.vanished(leg)
            elif there[leg.channel].up:
                self.exchange.seen_up(leg)

    async def _carry_out(self, plan: Plan) -> None:
        order = self.ari.requests.order
        for channel in plan.drop:
            order("DELETE", f"channels/{channel}", reason_code=16)
        for bridge in plan.delete:
            order("DELETE", f"bridges/{bridge}")
        self.bridges.forget()
        for bridge, members in plan.bridges.items():
            self.bridges.restore(bridge, members)
        for call in plan.adopt:
            await self._adopt(call)
        for caller in plan.from_static_queue:
            self._tasks.start(self._bring_back(caller), name=f"bring {caller.id} back from the static queue")

    def _lead_on(self, channels: list[SeenChannel]) -> None:
        """Callers of ours whom nobody leads any more, because the link broke under their flow, are led on from where they were."""
        for channel in channels:
            leg, live = self.legs.get(channel.id), self._calls.get(channel.id)
            if leg and leg.line and live and not live.led and live.state in ("arrived", "in_flow", "waiting") and self._reception:
                self._reception.take_back(leg.line, channel.variables.get("SB_FLOW", ""), channel.variables.get("SB_NODE", ""))

    # ── Adoption ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _adopt(self, call: AdoptedCall) -> None:
        """Make the call ours: its legs at once, so that their end is not missed, then its history."""
        line = self._know_legs(call)
        if line and call.state == "in_flow":
            await line.take_over()
        live = _as_found(call, await self._history(call.id), call.agent or self._agent_of(call.agent_endpoint))
        if not self.legs.get(call.customer):
            return  # gone while its history was read; the journal has it
        self._calls.adopted(live, self._clock.now())
        if line and call.state in ("waiting", "in_flow") and self._reception:
            self._reception.take_back(line, call.flow, call.node)

    def _know_legs(self, call: AdoptedCall) -> AriLine | None:
        if call.agent_leg:
            self.legs.add(Leg(call.agent_leg, call.id, "agent", up=True))
        if call.customer != call.id:
            self.legs.add(Leg(call.customer, call.id, "customer", up=True))
            return None
        return self.exchange.new_line(
            call.id, caller=call.caller, caller_name=call.caller_name, dialled=call.dialled, arrived_at=call.started_at, up=call.customer_up
        )

    async def _bring_back(self, channel: SeenChannel) -> None:
        """Send a caller who waits in the dialplan's static queue back to the application."""
        self._returning[channel.id] = channel
        number = channel.variables.get("SB_DIALLED") or channel.dialled
        try:
            await self.ami.when_up()
            await self.ami.action("Redirect", Channel=channel.id, Context="inbound", Exten=number, Priority="1")
        except (ActionRefused, PhoneSystemAway, ValueError) as error:
            log.warning("%s stays in the static queue: %s", channel.id, error)
            self._returning.pop(channel.id, None)

    def _returned(self, fact: ChannelEntered) -> bool:
        """Whether the channel is one that was called back; then it is led on from where it was."""
        channel = self._returning.pop(fact.channel, None)
        if channel is None or not channel.variables.get("SB_NODE"):
            return False
        plan = adopt([_entered_again(channel)], [])
        self._tasks.start(self._adopt(plan.adopt[0]), name=f"adopt {channel.id}")
        return True


def _as_found(call: AdoptedCall, history: Iterable[CallEvent], agent: str) -> LiveCall:
    live = LiveCall(call.id, call.direction, call.caller, call.caller_name, call.dialled, call.started_at)
    for event in history:
        live.note(event)
    live.state, live.agent, live.leg = call.state, agent, call.agent_leg
    live.queue, live.queued_since = call.queue or live.queue, call.since or live.queued_since
    live.priority = max(live.priority, call.priority)
    live.queued = live.queued or bool(call.queue)
    live.answered_at = live.answered_at or call.answered_at
    live.legs = {leg: "up" for leg in (call.agent_leg, call.customer) if leg and (leg != call.id or leg == call.agent_leg)}
    return live


def _entered_again(channel: SeenChannel) -> SeenChannel:
    """The channel as it was before it went to the static queue."""
    return evolve(channel, application="Stasis", data=f"{APPLICATION},inbound", context="inbound")
