"""What is to be done with the calls that are found in Asterisk after a (re)connect. Pure: a snapshot in, a plan out.

The truth stands in the channels' SB_… variables, in the application's arguments and in who is in which bridge:

* customer and an agent's answered leg in `talk-<call>`: a talk; customer in `hold`: a held talk;
* customer in `waiting-<queue>`: waits there since SB_SINCE;
* customer alone in `talk-<call>`: the agent hung up while nobody looked; the call is over;
* any other customer in the application: in the flow, at SB_FLOW and SB_NODE;
* a leg that rings, or was answered and never connected: for nobody, dropped;
* in the dialplan's static queue and in no bridge: not answered yet, taken back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from attrs import field, frozen

from switchboard.asterisk.bridges import HOLD, talk
from switchboard.asterisk.translate import SeenBridge, SeenChannel

NOTHING_KNOWN: Mapping[str, Collection[str]] = MappingProxyType({})
STATIC_QUEUE = "static-queue"
LEGS = ("agent", "customer")
"""SB_ROLE of what we dialled: an agent's phone, or the customer of an outgoing call."""


@frozen
class AdoptedCall:
    """A call to take back. `customer` and `agent_leg` are channels, "" when there is none."""

    id: str
    state: str
    """"talking" | "held" | "waiting" | "in_flow"."""
    direction: str
    caller: str
    caller_name: str
    dialled: str
    started_at: float
    customer: str
    customer_up: bool = True
    answered_at: float = 0.0
    agent: str = ""
    agent_leg: str = ""
    agent_endpoint: str = ""
    queue: str = ""
    since: float = 0.0
    priority: int = 0
    flow: str = ""
    node: str = ""


@frozen
class Plan:
    """What to do, in this order."""

    drop: tuple[str, ...] = ()
    """Channels to hang up."""
    delete: tuple[str, ...] = ()
    """Bridges of ours that nobody is left in."""
    adopt: tuple[AdoptedCall, ...] = ()
    """Those who wait come in the order in which they began to wait."""
    from_static_queue: tuple[SeenChannel, ...] = ()
    """Channels to send back into the application."""
    bridges: Mapping[str, tuple[str, ...]] = field(factory=dict)
    """Bridges of ours that stand, and who is in them."""


def adopt(
    channels: Sequence[SeenChannel],
    bridges: Sequence[SeenBridge],
    known: Mapping[str, Collection[str]] = NOTHING_KNOWN,
    application: str = "switchboard",
) -> Plan:
    """The plan for what is seen. `known`: calls that are in the registry already, with their channels; these are left as they are."""
    place = {channel: bridge for bridge in bridges for channel in bridge.channels}
    ours = [one for one in channels if not one.id.endswith(";2")]
    customers = [one for one in ours if _is_customer(one, application)]
    legs: dict[str, list[SeenChannel]] = {}
    for one in ours:
        if one not in customers and (one.variables.get("SB_ROLE") in LEGS or _arguments(one, application)[:1] == ["outbound"]):
            legs.setdefault(one.variables.get("SB_CALL") or one.id, []).append(one)
    adopted: list[AdoptedCall] = []
    drop: list[str] = []
    seen: set[str] = set()
    for customer in customers:
        call = customer.variables.get("SB_CALL") or customer.id
        if call in known:
            continue
        if call in seen:  # two that claim to be the customer of one call: the second is nobody's
            drop.append(customer.id)
            continue
        seen.add(call)
        found, unwanted = _call(call, customer, legs.pop(call, []), place)
        drop += unwanted
        if found:
            adopted.append(found)
        else:
            drop.append(customer.id)
    for call, left in legs.items():  # of calls that are gone; and such as we asked for without hearing that we got them
        drop += [leg.id for leg in left if leg.id not in known.get(call, ())]
    kept = {bridge.id: tuple(one for one in bridge.channels if one not in drop) for bridge in bridges if _is_ours(bridge.id)}
    return Plan(
        tuple(drop),
        tuple(bridge for bridge, members in kept.items() if not members),
        tuple(sorted(adopted, key=lambda call: call.since or call.started_at)),
        tuple(one for one in ours if _in_static_queue(one, place) and one.id not in known),
        {bridge: members for bridge, members in kept.items() if members},
    )


def _call(
    call: str, customer: SeenChannel, legs: Iterable[SeenChannel], place: Mapping[str, SeenBridge]
) -> tuple[AdoptedCall | None, list[str]]:
    """The call of `customer`, and those of its legs that nobody needs; None when it is over."""
    bridge = place.get(customer.id)
    where = bridge.id if bridge else ""
    talking = [leg for leg in legs if leg.up and leg.id in place and place[leg.id].id == talk(call)]
    agent = talking[0] if talking and where in (talk(call), HOLD) else None
    unwanted = [leg.id for leg in legs if leg is not agent]
    if where in (talk(call), HOLD) and agent is None:
        return None, unwanted
    said = customer.variables
    queue = where.removeprefix("waiting-") if where.startswith("waiting-") else ""
    state = "waiting" if queue else "in_flow"
    if agent:
        state = "held" if where == HOLD else "talking"
    outbound = customer.id != call
    first = agent if outbound and agent else customer
    return AdoptedCall(
        id=call,
        state=state,
        direction="outbound" if outbound else "inbound",
        caller="" if outbound else customer.caller,
        caller_name="" if outbound else customer.caller_name,
        dialled=said.get("SB_DIALLED") or customer.dialled,
        started_at=first.created_at,
        customer=customer.id,
        customer_up=customer.up,
        answered_at=place[agent.id].created_at if agent else 0.0,
        agent=agent.variables.get("SB_AGENT", "") if agent else "",
        agent_leg=agent.id if agent else "",
        agent_endpoint=endpoint_of(agent.name) if agent else "",
        queue=queue or said.get("SB_QUEUE", ""),
        since=_number(said.get("SB_SINCE", "")),
        priority=int(_number(said.get("SB_PRIORITY", ""))),
        flow=said.get("SB_FLOW", ""),
        node=said.get("SB_NODE", ""),
    ), unwanted


def endpoint_of(channel_name: str) -> str:
    """The endpoint of a channel's name: PJSIP/w101-0000002a → w101."""
    return channel_name.partition("/")[2].rpartition("-")[0]


def _arguments(channel: SeenChannel, application: str) -> list[str]:
    name, *arguments = channel.data.split(",")
    return arguments if channel.application == "Stasis" and name == application else []


def _is_customer(channel: SeenChannel, application: str) -> bool:
    arguments = _arguments(channel, application)
    return arguments[:1] == ["inbound"] or (channel.variables.get("SB_ROLE") == "customer" and channel.up)


def _in_static_queue(channel: SeenChannel, place: Mapping[str, SeenBridge]) -> bool:
    return channel.context == STATIC_QUEUE and channel.id not in place and "SB_ROLE" not in channel.variables


def _is_ours(bridge: str) -> bool:
    return bridge == HOLD or bridge.startswith(("waiting-", "talk-"))


def _number(text: str) -> float:
    """A number that was kept at a channel; 0 when it is none, or no moment that can be."""
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0 <= value < 1e11 else 0.0
