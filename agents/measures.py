"""Contact-centre measures by their usual definitions, from raw counts and moments. Pure.

Service level after Cisco (UCCE reporting): each call causes at most one service-level event, at the first of: answered
within the threshold, abandoned within it, threshold passed; three ways to treat abandons. And after Genesys
("Configure the service level calculation"): three switches. Short abandons count in neither. Ratios are 0…1; None
where there is nothing to divide by.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, frozen


def ratio(part: float, whole: float) -> float | None:
    """`part` of `whole`; None of nothing."""
    return part / whole if whole else None


@frozen(kw_only=True)
class Wait:
    """One wait in a queue. Moments are UTC epoch seconds; `left_at` 0.0: still waiting. The limits are those that held when it began."""

    call: str
    queue: str
    since: float
    threshold_seconds: float
    short_seconds: float
    left_at: float = 0.0
    why: str = ""
    """As in QueueLeft: "answered" | "abandoned" | …"""

    def seconds(self, now: float) -> float:
        """How long they waited, or wait until now."""
        return max(0.0, (self.left_at or now) - self.since)

    def service_event(self, now: float) -> str:
        """What it counts as: "answered" or "abandoned" (within the threshold), "passed", "short" (abandoned too soon), "" (nothing yet, or left otherwise)."""
        waited = self.seconds(now)
        if self.why == "abandoned" and waited < self.short_seconds:
            return "short"
        if waited > self.threshold_seconds:
            return "passed"
        return self.why if self.why in ("answered", "abandoned") else ""


@frozen
class ServiceLevel:
    """Service-level events of an interval: answered within the threshold, abandoned within it, threshold passed."""

    answered: int
    abandoned: int
    passed: int

    @property
    def offered(self) -> int:
        """All service-level events; differs from calls offered."""
        return self.answered + self.abandoned + self.passed

    @property
    def abandons_ignored(self) -> float | None:
        """As if those who abandoned within the threshold had never called."""
        return ratio(self.answered, self.offered - self.abandoned)

    @property
    def abandons_negative(self) -> float | None:
        """Abandoned within the threshold is a failure."""
        return ratio(self.answered, self.offered)

    @property
    def abandons_positive(self) -> float | None:
        """Abandoned within the threshold is as good as answered."""
        return ratio(self.answered + self.abandoned, self.offered)


def service_level(waits: Iterable[Wait], now: float) -> ServiceLevel:
    """The service-level events of `waits` so far."""
    events = [wait.service_event(now) for wait in waits]
    return ServiceLevel(events.count("answered"), events.count("abandoned"), events.count("passed"))


@define
class QueueCounts:
    """A queue's day. Every offered call is one of answered, abandoned, short or flowed out, or still waits."""

    offered: int = 0
    answered: int = 0
    answered_late: int = 0
    """Of the answered: after the threshold."""

    abandoned: int = 0
    """Short ones included."""

    short_abandoned: int = 0
    flowed_out: int = 0
    """Left otherwise: longest wait over, a key, the static queue, cut off."""

    answered_wait_seconds: float = 0.0
    longest_wait_seconds: float = 0.0

    def add(self, wait: Wait) -> None:
        """Count a wait that is over."""
        seconds = wait.seconds(wait.left_at)
        self.longest_wait_seconds = max(self.longest_wait_seconds, seconds)
        if wait.why == "answered":
            self.answered += 1
            self.answered_late += seconds > wait.threshold_seconds
            self.answered_wait_seconds += seconds
        elif wait.why == "abandoned":
            self.abandoned += 1
            self.short_abandoned += seconds < wait.short_seconds
        else:
            self.flowed_out += 1

    @property
    def speed_of_answer(self) -> float | None:
        """ASA: mean seconds from joining the queue to the answer, over answered calls."""
        return ratio(self.answered_wait_seconds, self.answered)

    @property
    def abandon_rate(self) -> float | None:
        """Abandoned of offered (Genesys); short ones included."""
        return ratio(self.abandoned, self.answered + self.abandoned + self.flowed_out)

    def genesys_service_level(self, *, flow_outs: bool = False, without_short: bool = True, without_abandons: bool = False) -> float | None:
        """(answered − late) / (answered + abandoned [+ flow-outs] [− short abandons] [− abandons])."""
        whole = self.answered + self.abandoned
        if flow_outs:
            whole += self.flowed_out
        if without_abandons:
            whole -= self.abandoned
        elif without_short:
            whole -= self.short_abandoned
        return ratio(self.answered - self.answered_late, whole)


@define
class AgentCounts:
    """An agent's day; seconds of stretches that are over, and of the present one up to when it was asked."""

    offers: int = 0
    answered: int = 0
    no_answer: int = 0
    """Offers that rang in vain or could not be rung; those where the caller hung up first are not the agent's."""

    rejected: int = 0
    handled: int = 0
    """Talks that began, dialled ones included."""

    talk_seconds: float = 0.0
    hold_seconds: float = 0.0
    wrap_up_seconds: float = 0.0
    ready_seconds: float = 0.0
    """Available and idle."""

    logged_in_seconds: float = 0.0
    """Available or on a break."""

    @property
    def handle_seconds(self) -> float:
        """Talk, hold and wrap-up."""
        return self.talk_seconds + self.hold_seconds + self.wrap_up_seconds

    @property
    def handle_time(self) -> float | None:
        """AHT: mean of talk + hold + wrap-up over handled calls."""
        return ratio(self.handle_seconds, self.handled)

    @property
    def occupancy_of_login(self) -> float | None:
        """Occupancy, variant L: handling of logged-in time (breaks count against it)."""
        return ratio(self.handle_seconds, self.logged_in_seconds)

    @property
    def occupancy_of_readiness(self) -> float | None:
        """Occupancy, variant A: handling of handling + available idle (breaks excluded)."""
        return ratio(self.handle_seconds, self.handle_seconds + self.ready_seconds)

    @property
    def non_response(self) -> float | None:
        """Offers not answered of all offers, without those in which the caller gave up."""
        return ratio(self.no_answer + self.rejected, self.answered + self.no_answer + self.rejected)
