"""Any day on the floor: callers, agents, phones, the link and the clock in any order, and what must hold after every step."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from agents.floor import COURSE
from agents.presence import INTENTS
from agents.rules import FloorRules, QueueRules
from agents.talks import Talk
from switchboard.events import AgentActivityChanged, AgentIntentChanged, AgentOffered, AgentReachable
from tests.agents.hall import Hall

AGENTS = ("maryam", "reza", "sara", "nader")
CALLS = tuple(f"call-{n}" for n in range(7))
QUEUES = {
    "sales": QueueRules(name="sales", members={"maryam": 0, "reza": 0, "sara": 0}, ring_seconds=20, wrap_up_seconds=30),
    "support": QueueRules(
        name="support", strategy="fewest_calls", members={"reza": 0, "sara": 1}, ring_seconds=10, wrap_up_seconds=0, max_wait_seconds=50
    ),
    "operator": QueueRules(
        name="operator", strategy="round_robin", members={"nader": 0}, no_answer_delay_seconds=0, reject_delay_seconds=0
    ),
}
RULES = FloorRules(no_answers_before_break=2)

agents = st.sampled_from(AGENTS)
calls = st.sampled_from(CALLS)
causes = st.sampled_from([0, 16, 17, 18, 19, 20, 21, 31, 38, 44])
seconds = st.sampled_from([0.0, 0.5, 4.0, 10.0, 21.0, 60.0])


def closure(moves: dict[tuple[str, str], str]) -> set[tuple[str, str]]:
    """Every pair of states of which the second follows the first in one or more moves, or at once."""
    pairs = {(state, following) for (state, _), following in moves.items()}
    pairs |= {(state, state) for pair in pairs for state in pair}
    while more := {(a, d) for a, b in pairs for c, d in pairs if b == c} - pairs:
        pairs |= more
    return pairs


POSSIBLE = closure(COURSE)


class Day(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.hall = Hall(*QUEUES.values(), rules=RULES, open_=False)
        self.hall.at_work("maryam", "reza")
        self.floor = self.hall.floor
        self.there: set[str] = set()
        """Customers who have not hung up."""
        self.states = dict.fromkeys(CALLS, "flow")
        self.dialled = 0
        self.seen_events = 0
        self.heard_events = 0
        self.heard: dict[tuple[str, str], object] = {}
        self.open = False

    # ── Callers ──────────────────────────────────────────────────────────────────────────────────────────────

    @rule(
        call=calls, name=st.sampled_from(sorted(QUEUES)), priority=st.integers(0, 2), ago=seconds,
        limit=st.sampled_from([None, 5.0, 30.0]), expert=st.sampled_from(["", *AGENTS, "ghost"]), adopted=st.booleans(),
    )  # fmt: skip
    def joins(self, call: str, name: str, priority: int, ago: float, limit: float | None, expert: str, adopted: bool) -> None:
        if self.floor.rules_of(name) and self.floor.talks.get(call) is None:
            self.there.add(call)
            self.states[call] = "flow" if self.states[call] == "gone" else self.states[call]
            self.hall.joins(call, name, priority=priority, since=self.hall.now - ago, max_seconds=limit, expert=expert, adopted=adopted)

    @rule(call=calls)
    def customer_hangs_up(self, call: str) -> None:
        self.there.discard(call)
        self.hall.hangs_up(call)

    @rule(call=calls)
    def flow_takes_back(self, call: str) -> None:
        self.hall.do(lambda floor: floor.leave(call, "key", self.hall.now))

    @rule(call=calls, priority=st.integers(0, 4), expert=st.sampled_from(["", *AGENTS]))
    def is_recognised(self, call: str, priority: int, expert: str) -> None:
        self.hall.do(lambda floor: floor.recognised(call, self.hall.now, priority=priority, expert=expert))

    # ── Agents and their phones ──────────────────────────────────────────────────────────────────────────────

    @rule(agent=agents, intent=st.sampled_from(INTENTS))
    def wants(self, agent: str, intent: str) -> None:
        if self.floor.seats.get(agent):
            self.hall.wants(agent, intent)

    @rule(agent=agents, online=st.booleans(), desk=st.booleans())
    def phone(self, agent: str, online: bool, desk: bool) -> None:
        endpoint = f"{'d' if desk else 'w'}-{agent}"
        self.hall.do(lambda floor: floor.phone_seen(endpoint, online=online, now=self.hall.now))

    @rule(agent=agents, gone=st.booleans())
    def console(self, agent: str, gone: bool) -> None:
        happened = self.floor.console_gone if gone else self.floor.console_seen
        self.hall.do(lambda _floor: happened(agent, self.hall.now))

    @rule(pick=st.integers(0, 9), bridged=st.booleans())
    def somebody_picks_up(self, pick: int, bridged: bool) -> None:
        legs = self.legs_that_could_answer()
        if legs:
            leg = legs[pick % len(legs)]
            self.hall.do(lambda floor: floor.leg_answered(leg, self.hall.now))
            talk = self.floor.talks.of_leg(leg)
            if talk and bridged:
                self.hall.do(lambda floor: floor.connected(talk.call, leg, self.hall.now))

    @rule(call=calls, works=st.booleans())
    def the_bridge(self, call: str, works: bool) -> None:
        talk = self.floor.talks.get(call)
        if talk and not talk.connected:
            happened = self.floor.connected if works else self.floor.connect_failed
            self.hall.do(lambda _floor: happened(call, talk.leg, self.hall.now))

    @rule(pick=st.integers(0, 20), cause=causes)
    def a_leg_ends(self, pick: int, cause: int) -> None:
        legs = sorted({*self.hall.rings, *(talk.leg for talk in self.floor.talks), *self.dial_legs(), "leg-of-nobody"})
        leg = legs[pick % len(legs)]
        before = len(self.hall.hung_up)
        self.hall.leg_ends(leg, cause)
        for order in self.hall.hung_up[before:]:
            self.there.discard(order.call)
            self.hall.hangs_up(order.call)

    @rule(agent=agents)
    def rejects(self, agent: str) -> None:
        self.hall.do(lambda floor: floor.reject(agent, self.hall.now))

    @rule(call=calls, happened=st.sampled_from(["held", "resumed"]))
    def hold(self, call: str, happened: str) -> None:
        self.hall.do(lambda floor: floor.held(call, happened, self.hall.now))

    @rule(agent=agents)
    def ends_wrap_up(self, agent: str) -> None:
        self.hall.do(lambda floor: floor.end_wrap_up(agent, self.hall.now))

    @rule(agent=agents, colleague=st.sampled_from(["", *AGENTS]), lifted=st.booleans())
    def dials(self, agent: str, colleague: str, lifted: bool) -> None:
        can = self.floor.dials.can
        if can(agent) and agent != colleague and (not colleague or can(colleague)):
            self.dialled += 1
            call = f"own-{self.dialled}"
            self.hall.do(lambda floor: floor.dial(call, agent, "+982188776655", self.hall.now, colleague=colleague, lifted=lifted))

    @rule(agent=agents)
    def dialled_party_hangs_up(self, agent: str) -> None:
        for dial in [one for one in self.floor.dials if one.agent == agent]:
            self.hall.hangs_up(dial.call)

    # ── Time, the link, the roster ───────────────────────────────────────────────────────────────────────────

    @rule(how_long=seconds)
    def time_passes(self, how_long: float) -> None:
        self.hall.passes(how_long)

    @rule(there=st.booleans())
    def link(self, there: bool) -> None:
        self.open = there
        self.hall.do(lambda floor: floor.found(self.hall.now) if there else floor.lost(self.hall.now))

    @precondition(lambda self: not self.open)
    @rule(call=calls, agent=st.sampled_from([*AGENTS, "ghost"]), held=st.booleans())
    def a_talk_is_found_alive(self, call: str, agent: str, held: bool) -> None:
        seat = self.floor.seats.get(agent)
        elsewhere = any(talk.agent == agent and talk.call != call for talk in self.floor.talks)
        if call in self.there and not elsewhere and (seat is None or seat.presence.activity in ("idle", "wrap_up")):
            talk = Talk(call, agent, f"found-{call}", "sales", self.hall.now, connected=True)
            self.hall.do(lambda floor: floor.adopt_talk(talk, held=held, now=self.hall.now))

    @rule(names=st.sets(st.sampled_from(sorted(QUEUES))))
    def queues_change(self, names: set[str]) -> None:
        self.hall.do(lambda floor: floor.set_queues([QUEUES[name] for name in sorted(names)], self.hall.now))

    @rule(names=st.sets(agents, min_size=2))
    def roster_changes(self, names: set[str]) -> None:
        phones = {name: (f"w-{name}", f"d-{name}") for name in sorted(names)}
        self.hall.do(lambda floor: floor.set_agents(phones, self.hall.now))

    # ── What must hold ───────────────────────────────────────────────────────────────────────────────────────

    def dial_legs(self) -> list[str]:
        own = [dial.call for dial in self.floor.dials]
        return own + [dial.other_leg for dial in self.floor.dials if dial.state != "own_phone" and dial.other_leg]

    def legs_that_could_answer(self) -> list[str]:
        outside = [dial.other_leg for dial in self.floor.dials if dial.state == "other_side"]
        return sorted({*self.hall.rings, *outside})

    @invariant()
    def nobody_is_lost(self) -> None:
        """Who is in a line is there once, and every joining is matched by one leaving unless they still wait."""
        lines = Counter((one.call, one.queue) for one in self.floor.lines)
        assert self.hall.joined_minus_left() == lines
        assert set(self.hall.joined_minus_left().values()) <= {0, 1}
        shown = Counter((one.call, name) for name in QUEUES for one in self.floor.lines.line(name))
        assert shown == lines
        for one in self.floor.lines:
            assert one.call in self.there
            assert self.floor.talks.get(one.call) is None

    @invariant()
    def nobody_is_offered_twice(self) -> None:
        """One caller rings at one agent, and one agent is rung for one caller; both say so."""
        offers = list(self.floor.offers)
        assert len({one.agent for one in offers}) == len({one.caller.call for one in offers}) == len(offers)
        for one in offers:
            presence = self.floor.seats[one.agent].presence
            assert (presence.activity, presence.call) == ("ringing", one.caller.call)
            assert one.caller.offered_to == one.agent
            assert self.floor.lines.get(one.caller.call) is one.caller
        assert {one.call for one in self.floor.lines if one.offered_to} == {one.caller.call for one in offers}
        assert not offers or self.open

    @invariant()
    def everybody_busy_is_busy_with_something(self) -> None:
        """Ringing and talking agents have exactly one offer, talk or dialled call; the others none."""
        busy: Counter[str] = Counter(one.agent for one in self.floor.offers)
        busy += Counter(talk.agent for talk in self.floor.talks if self.floor.seats.get(talk.agent))
        for dial in self.floor.dials:
            busy += Counter(dial.people)
        for seat in self.floor.seats:
            needed = seat.presence.activity in ("ringing", "talking", "hold")
            assert busy.pop(seat.agent, 0) == needed, seat
        assert not +busy

    @invariant()
    def nobody_waits_for_nothing(self) -> None:
        """No free agent is left beside a caller they may be offered."""
        free = {seat.agent for seat in self.floor.seats if seat.free}
        assert free == self.floor.seats.free
        if self.open:
            for one in self.floor.lines:
                expert = self.floor.seats.get(one.expert)
                if expert and expert.working and not one.offered_to:
                    assert not expert.free
                elif not one.offered_to:
                    assert free.isdisjoint(QUEUES[one.queue].members)

    @invariant()
    def timers_are_for_something(self) -> None:
        """Every timer is about something that goes on, and what needs one has one."""
        of: dict[str, set[str]] = {kind: set() for kind in ("ring", "wrap", "rest", "wait", "expert", "console", "dial")}
        for kind, whom in self.hall.timers:
            of[kind].add(whom)
        assert of["ring"] == {one.leg for one in self.floor.offers}
        assert of["wrap"] == {seat.agent for seat in self.floor.seats if seat.presence.activity == "wrap_up"}
        assert of["rest"] == {seat.agent for seat in self.floor.seats if seat.resting}
        assert of["dial"] == {one.call for one in self.floor.dials if one.state == "own_phone"}
        assert of["wait"] <= {one.call for one in self.floor.lines}
        assert of["expert"] == {one.call for one in self.floor.lines if one.expert}
        assert of["console"] <= {one.agent for one in self.floor.offers}

    @invariant()
    def who_comes_first_is_served_first(self) -> None:
        """Among those who are still left after a step nobody should have had the offer instead."""
        told = self.hall.events[self.seen_events :]
        self.seen_events = len(self.hall.events)
        now = {one.leg: one for one in self.floor.offers}
        for event in told:
            offer = now.get(event.leg) if isinstance(event, AgentOffered) else None
            if offer is None or offer.caller.expert == offer.agent:
                continue
            queue, seat = QUEUES[offer.caller.queue], self.floor.seats[offer.agent]
            for other in (self.floor.seats[name] for name in self.floor.seats.free & queue.members.keys()):
                assert queue.members[other.agent] >= queue.members[offer.agent]
                if queue.strategy == "longest_idle":
                    assert other.idle_since >= seat.idle_since
            for caller in self.floor.lines:
                if not caller.offered_to and not caller.expert and offer.agent in QUEUES[caller.queue].members:
                    assert caller.order > offer.caller.order

    @invariant()
    def what_was_told_is_how_it_is(self) -> None:
        """Whoever only hears the events knows everybody's state."""
        for event in self.hall.events[self.heard_events :]:
            if isinstance(event, AgentActivityChanged):
                self.heard[event.agent, "activity"] = (event.activity, event.call, event.until)
            elif isinstance(event, AgentIntentChanged):
                self.heard[event.agent, "intent"] = event.intent
            elif isinstance(event, AgentReachable):
                self.heard[event.agent, "reachable"] = event.reachable
        self.heard_events = len(self.hall.events)
        for seat in self.floor.seats:
            presence = seat.presence
            assert self.heard.get((seat.agent, "activity"), ("idle", "", 0.0)) == (presence.activity, presence.call, presence.until)
            assert self.heard.get((seat.agent, "intent"), "offline") == presence.intent.name
            assert self.heard.get((seat.agent, "reachable"), False) == presence.reachable

    @invariant()
    def callers_follow_their_course(self) -> None:
        """No caller makes a move that the drawing does not know."""
        for call in CALLS:
            if self.floor.talks.get(call):
                state = "talk"
            elif caller := self.floor.lines.get(call):
                state = "offered" if caller.offered_to else "waiting"
            else:
                state = "flow" if call in self.there else "gone"
            before, self.states[call] = self.states[call], state
            if state != "gone" or before in ("waiting", "offered", "talk"):
                assert (before, state) in POSSIBLE, (call, before, state)

    def teardown(self) -> None:
        """When everybody has gone home nothing is left."""
        for call in [*CALLS, *(dial.call for dial in self.floor.dials)]:
            self.hall.hangs_up(call)
        self.hall.passes(1000)
        assert not len(self.floor.lines)
        assert not list(self.floor.offers)
        assert not list(self.floor.dials)
        assert self.hall.timers == {}


TestDay = Day.TestCase
TestDay.settings = settings(
    max_examples=150, stateful_step_count=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
