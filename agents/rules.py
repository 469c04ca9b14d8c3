"""How queues and the floor behave: frozen values read from the tables (see agents/tables.py) or written in a test."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen


@frozen(kw_only=True)
class QueueRules:
    """One queue. All times are seconds; `members` maps an agent to their penalty (lower penalties are offered first)."""

    name: str
    title_fa: str = ""
    title_en: str = ""
    strategy: str = "longest_idle"
    ring_seconds: float = 20.0
    no_answer_delay_seconds: float = 10.0
    """How long an agent who let it ring is left alone."""

    reject_delay_seconds: float = 30.0
    """How long an agent who refused is left alone."""

    wrap_up_seconds: float = 30.0
    """After-call work; 0: none."""

    service_level_seconds: float = 20.0
    short_abandon_seconds: float = 5.0
    """Callers who leave sooner do not count as abandoned."""

    max_wait_seconds: float = 0.0
    """After this wait the caller's flow goes on ("timeout"); 0: no limit."""

    record: bool = True
    members: Mapping[str, int] = field(factory=dict)

    def title(self, language: str) -> str:
        """The name shown to people."""
        return (self.title_fa if language == "fa" else self.title_en) or self.title_en or self.title_fa or self.name

    def longest(self, seconds: float | None) -> float | None:
        """The longest wait allowed: the queue's or the caller's own limit, whichever is shorter; None: no limit."""
        limits = [one for one in (seconds, self.max_wait_seconds) if one]
        return min(limits, default=None)


@frozen(kw_only=True)
class BreakReason:
    """A reason for a break that an agent can choose; `max_seconds` 0: as long as it takes."""

    code: str
    title_fa: str
    title_en: str
    max_seconds: float = 0.0

    def title(self, language: str) -> str:
        """The reason as shown to people."""
        return self.title_fa if language == "fa" else self.title_en


@frozen(kw_only=True)
class FloorRules:
    """What holds for all queues."""

    no_answers_before_break: int = 3
    """So many offers in a row not answered: the agent is put on a break, reason "no_answer"."""

    unreachable_delay_seconds: float = 5.0
    """How long a phone that could not be rung is left alone."""

    expert_seconds: float = 15.0
    """How long a caller waits for the customer's own expert before anybody is offered."""

    console_grace_seconds: float = 4.0
    """A console that is away for longer while its browser phone rings counts as closed."""

    own_phone_seconds: float = 20.0
    """Click-to-dial: how long the agent's own phone may take to answer."""

    dial_seconds: float = 60.0
    """Click-to-dial: how long the other side may ring."""

    dial_wrap_up_seconds: float = 30.0
    """After-call work after a dialled call that was answered; 0: none."""
