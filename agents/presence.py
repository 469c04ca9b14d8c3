"""What one agent wants and does: two axes, as a machine without I/O.

*Intent* is what the person chose: available, on a break for a reason, offline. *Activity* is what is measured: idle, ringing,
talking, hold, wrap-up. A call never changes the intent, so after any call the agent is what they were before. What is asked
for while a call needs the agent waits as `pending` and takes effect when that need is over. Reachable says whether
a phone of the agent could ring at all.

The moves of the activity axis are `MOVES`, drawn in docs/machines/presence.md.
"""

from __future__ import annotations

from typing import Final

from attrs import define, frozen

from switchboard.events import AgentActivityChanged, AgentIntentAsked, AgentIntentChanged, AgentReachable, Event

INTENTS: Final = ("available", "on_break", "offline")
ACTIVITIES: Final = ("idle", "ringing", "talking", "hold", "wrap_up")

MOVES: Final[dict[tuple[str, str], str]] = {
    # (activity, what happened): next activity
    ("idle", "rung"): "ringing",
    ("idle", "adopted"): "talking",
    ("wrap_up", "rung"): "ringing",
    ("wrap_up", "adopted"): "talking",
    ("wrap_up", "wrapped"): "idle",
    ("ringing", "answered"): "talking",
    ("ringing", "missed"): "idle",
    ("talking", "held"): "hold",
    ("talking", "finished"): "idle",
    ("talking", "wrapping"): "wrap_up",
    ("hold", "resumed"): "talking",
    ("hold", "finished"): "idle",
    ("hold", "wrapping"): "wrap_up",
}

NEEDED: Final = frozenset({"ringing", "talking", "hold"})
"""Activities during which a call needs the agent, so that a new intent waits."""


@frozen
class Intent:
    """What the person wants; `reason` is the code of a break's reason."""

    name: str
    reason: str = ""


@frozen(kw_only=True)
class AgentNow:
    """One agent at a moment, for those who show it. `since` is when intent or activity last changed."""

    agent: str
    intent: str
    reason: str
    pending: Intent | None
    activity: str
    call: str
    since: float
    until: float
    reachable: bool


@define
class Presence:
    """One agent's state. Every change gives back the events that say so, in order."""

    agent: str
    intent: Intent = Intent("offline")
    intent_since: float = 0.0
    activity: str = "idle"
    activity_since: float = 0.0
    call: str = ""
    until: float = 0.0
    """When wrap-up ends; 0 in other activities."""

    reachable: bool = False
    pending: Intent | None = None

    def ask(self, wanted: Intent, now: float) -> list[Event]:
        """The person chooses `wanted`: at once, or after the call that needs them."""
        if self.activity not in NEEDED:
            self.pending = None
            return self._intend(wanted, now)
        pending = None if wanted == self.intent else wanted
        if pending == self.pending:
            return []
        self.pending = pending
        asked = pending or self.intent
        return [AgentIntentAsked(at=now, agent=self.agent, intent=asked.name, reason=asked.reason)]

    def busy_with(self, call: str) -> bool:
        """Whether `call` needs the agent now (wrap-up after it does not count)."""
        return self.call == call and self.activity in NEEDED

    def can(self, happened: str) -> bool:
        """Whether `happened` makes sense now."""
        return (self.activity, happened) in MOVES

    def move(self, happened: str, now: float, *, call: str = "", until: float = 0.0) -> list[Event]:
        """Go along `MOVES`; `call` is what it is about (kept when not given, gone when idle). Raises KeyError where there is no such move."""
        self.activity = MOVES[self.activity, happened]
        self.call = "" if self.activity == "idle" else call or self.call
        self.until = until if self.activity == "wrap_up" else 0.0
        self.activity_since = now
        events: list[Event] = [AgentActivityChanged(at=now, agent=self.agent, activity=self.activity, call=self.call, until=self.until)]
        if self.pending is not None and self.activity not in NEEDED:
            wanted, self.pending = self.pending, None
            events += self._intend(wanted, now)
        return events

    def seen(self, *, reachable: bool, now: float) -> list[Event]:
        """A phone of the agent came, or the last one went."""
        if reachable == self.reachable:
            return []
        self.reachable = reachable
        return [AgentReachable(at=now, agent=self.agent, reachable=reachable)]

    def now(self) -> AgentNow:
        """How it stands, for those who show it."""
        return AgentNow(
            agent=self.agent,
            intent=self.intent.name,
            reason=self.intent.reason,
            pending=self.pending,
            activity=self.activity,
            call=self.call,
            since=max(self.intent_since, self.activity_since),
            until=self.until,
            reachable=self.reachable,
        )

    def _intend(self, wanted: Intent, now: float) -> list[Event]:
        if wanted == self.intent:
            return []
        self.intent = wanted
        self.intent_since = now
        return [AgentIntentChanged(at=now, agent=self.agent, intent=wanted.name, reason=wanted.reason)]
