"""One live call: a state machine as a table, and what a call keeps of the events told about it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, field

from switchboard.events import AgentOffered, CallAnswered, CallerRecognised, Event, PartyLinked, QueueJoined, StepTaken
from switchboard.moments import iso

STATES = ("arrived", "in_flow", "waiting", "ringing", "talking", "held", "ended")

TABLE: Mapping[tuple[str, str], str] = {
    ("arrived", "flow"): "in_flow",
    ("arrived", "joined"): "waiting",
    ("arrived", "offered"): "ringing",
    ("arrived", "connected"): "talking",
    ("in_flow", "joined"): "waiting",
    ("in_flow", "offered"): "ringing",
    ("in_flow", "connected"): "talking",
    ("waiting", "offered"): "ringing",
    ("waiting", "connected"): "talking",
    ("waiting", "left"): "in_flow",
    ("ringing", "joined"): "waiting",
    ("ringing", "unoffered"): "waiting",
    ("ringing", "connected"): "talking",
    ("ringing", "left"): "in_flow",
    ("talking", "held"): "held",
    ("talking", "joined"): "waiting",
    ("talking", "flow"): "in_flow",
    ("held", "resumed"): "talking",
    ("held", "connected"): "talking",
    ("held", "joined"): "waiting",
    ("held", "flow"): "in_flow",
    **{(state, "ended"): "ended" for state in STATES},
}
"""(state, what happened) → state. What is not here changes nothing."""


@define
class LiveCall:
    """A call that is going on. Times are UTC epoch seconds, 0.0 = not yet."""

    id: str
    direction: str
    """"inbound" | "outbound" | "internal"."""
    caller: str
    caller_name: str
    dialled: str
    started_at: float
    agent: str = ""
    number: str = ""
    """The customer's number in E.164, when it could be read."""
    answered_at: float = 0.0
    state: str = "arrived"
    queue: str = ""
    """The queue it waits in or was answered from."""
    queued_since: float = 0.0
    leg: str = ""
    """The agent's leg."""
    match: str = ""
    parties: tuple[int, ...] = ()
    priority: int = 0
    steps: list[dict[str, Any]] = field(factory=list)
    """As in the API: node, kind, exit, entered_at, left_at (ISO-8601), detail."""
    recording: dict[str, Any] | None = None

    legs: dict[str, str] = field(factory=dict)
    """Every leg but the caller's own: leg → "ringing" | "up"."""
    customer_there: bool = True
    """The customer's leg stands; an outbound call has none before the dialled party answers."""
    led: bool = False
    """A flow has the line."""
    asked_to_end: str = ""
    """Who asked for the end: "agent" | "customer" | "system"."""
    cause: int = 16
    queued: bool = False
    """It was in a queue or rang an agent at least once."""
    cut_off: bool = False
    """Asterisk or the machine died under it."""

    def happened(self, what: str) -> bool:
        """Take `what` to the next state; False when it means nothing in this one."""
        following = TABLE.get((self.state, what))
        if following is None:
            return False
        self.state = following
        return True

    @property
    def party(self) -> int:
        """The customer's record, 0 when nobody or several could be meant."""
        return self.parties[0] if self.match == "exact" and len(self.parties) == 1 else 0

    @property
    def status(self) -> str:
        """What `CallEnded.status` will be."""
        if self.cut_off:
            return "cut_off"
        if self.answered_at:
            return "answered"
        if self.direction != "inbound":
            return "failed"
        return "missed" if self.queued else "in_menu"

    @property
    def by(self) -> str:
        """What `CallEnded.by` will be: who asked for the end, else the customer, who just went."""
        return "system" if self.cut_off else self.asked_to_end or "customer"

    def note(self, event: Event) -> None:
        """Keep what `event` says about this call; what changes its state is the registry's business."""
        if kept := NOTES.get(type(event)):
            kept(self, event)


def _joined(live: LiveCall, event: QueueJoined) -> None:
    live.queue, live.queued_since, live.priority, live.queued = event.queue, event.since, event.priority, True


def _step(live: LiveCall, event: StepTaken) -> None:
    live.steps.append(
        {
            "node": event.node,
            "kind": event.kind,
            "exit": event.exit,
            "entered_at": iso(event.entered_at),
            "left_at": iso(event.at),
            "detail": event.detail,
        }
    )


def _recognised(live: LiveCall, event: CallerRecognised) -> None:
    live.match, live.parties, live.number = event.match, event.parties, event.number
    live.priority = max(live.priority, event.priority)


def _linked(live: LiveCall, event: PartyLinked) -> None:
    live.match, live.parties = "exact", (event.party,)


def _offered(live: LiveCall, _event: AgentOffered) -> None:
    live.queued = True


def _answered(live: LiveCall, event: CallAnswered) -> None:
    live.answered_at = live.answered_at or event.at


NOTES: Mapping[type[Event], Callable[[LiveCall, Any], None]] = {
    QueueJoined: _joined,
    StepTaken: _step,
    CallerRecognised: _recognised,
    PartyLinked: _linked,
    AgentOffered: _offered,
    CallAnswered: _answered,
}
"""What a call keeps of the events told about it, live or read back from the ledger after a restart."""
