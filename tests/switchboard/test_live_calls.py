"""The registry of live calls: states, outline, and the laws that hold whatever happens in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from config.clock import FakeClock
from switchboard.bus import Bus
from switchboard.call import FLOW_LETS_GO_SECONDS, STATES, TABLE, Calls
from switchboard.events import (
    AgentOffered,
    CallAnswered,
    CallArrived,
    CallEnded,
    CallerRecognised,
    CallHeld,
    CallResumed,
    CustomerGone,
    LegAnswered,
    LegGone,
    LegHeld,
    LegResumed,
    LegRinging,
    OfferEnded,
    PartyLinked,
    QueueJoined,
    QueueLeft,
    StepTaken,
)  # fmt: skip


class Registry:
    """A bus, a clock, a registry and what was told."""

    def __init__(self):
        self.bus, self.clock = Bus(), FakeClock()
        self.told = []
        self.bus.witness(lambda _number, event: self.told.append(event))
        self.calls = Calls(self.bus, self.clock)

    def arrive(self, call="c1", **more):
        return self.calls.arrived(call, direction="inbound", caller="0912", dialled="1000", at=self.clock.now(), **more)

    def tell(self, kind, call="c1", /, **more):
        self.bus.tell(kind(at=self.clock.now(), call=call, **more))

    def kinds(self, *kinds):
        return [type(event) for event in self.told if type(event) in kinds]

    def talk(self):
        live = self.arrive()
        self.tell(QueueJoined, queue="sales", since=self.clock.now())
        self.tell(AgentOffered, agent="maryam", queue="sales", leg="l1", since=0.0)
        self.tell(LegRinging, leg="l1")
        self.tell(LegAnswered, leg="l1")
        self.calls.connected("c1", agent="maryam", leg="l1", at=self.clock.now())
        return live


@pytest.fixture
def it():
    return Registry()


def test_a_call_goes_from_the_menu_through_the_queue_to_a_talk(it):
    """Each stage is seen in the call's state."""
    live = it.arrive()
    assert live.state == "arrived"
    it.calls.led("c1", on=True)
    assert live.state == "in_flow"
    it.tell(QueueJoined, queue="sales", since=5.0, priority=2)
    assert (live.state, live.queue, live.queued_since, live.priority) == ("waiting", "sales", 5.0, 2)
    it.tell(AgentOffered, agent="maryam", queue="sales", leg="l1", since=5.0)
    assert (live.state, live.agent, live.leg) == ("ringing", "maryam", "l1")
    assert it.calls.of_agent("maryam") is live
    it.tell(OfferEnded, agent="maryam", queue="sales", leg="l1", why="no_answer")
    assert (live.state, live.agent, live.leg) == ("waiting", "", "")
    it.calls.connected("c1", agent="reza", leg="l2", at=9.0)
    assert (live.state, live.answered_at) == ("talking", 9.0)
    assert it.kinds(CallArrived, CallAnswered) == [CallArrived, CallAnswered]


def test_hold_is_told_once_from_wherever_it_comes(it):
    """Our hold and the phone's own key are one hold."""
    live = it.talk()
    it.calls.held("c1", at=1.0)
    it.tell(LegHeld, leg="l1")
    assert live.state == "held"
    it.tell(LegResumed, leg="l1")
    it.calls.resumed("c1", at=2.0)
    assert live.state == "talking"
    it.tell(LegHeld, leg="somebody else's")
    assert live.state == "talking"
    assert it.kinds(CallHeld, CallResumed) == [CallHeld, CallResumed]


@pytest.mark.parametrize(
    ("happens", "status"),
    [
        ([], "in_menu"),
        ([(QueueJoined, {"queue": "sales", "since": 0.0})], "missed"),
        ([(AgentOffered, {"agent": "a", "queue": "", "leg": "l", "since": 0.0})], "missed"),
    ],
)
def test_the_end_says_how_far_the_caller_came(it, happens, status):
    """Hung up in the menu is not the same as missed."""
    it.arrive()
    for kind, more in happens:
        it.tell(kind, **more)
    it.tell(CustomerGone, cause=16)
    ended = it.told[-1]
    assert (type(ended), ended.status, ended.by) == (CallEnded, status, "customer")


def test_the_end_waits_for_the_last_leg_and_comes_after_what_others_tell_of_it(it):
    """CallEnded is the last word: behind the queue's and the flow's."""
    live = it.talk()
    it.calls.led("c1", on=True)
    it.bus.listen(LegGone, lambda event: it.tell(QueueLeft, queue="sales", why="abandoned", waited_seconds=1.0))
    it.tell(CustomerGone, cause=16)
    assert it.calls.get("c1") is live
    it.tell(LegGone, leg="l1", cause=16)
    assert it.kinds(CallEnded) == []
    it.tell(StepTaken, flow="main", node="q", kind="queue", exit="answered", entered_at=1.0)
    it.calls.led("c1", on=False)
    assert [type(event) for event in it.told[-3:]] == [QueueLeft, StepTaken, CallEnded]
    assert live.steps[0]["node"] == "q"
    assert live.steps[0]["entered_at"] == "1970-01-01T00:00:01.000Z"
    assert it.calls.live() == ()


def test_a_flow_that_does_not_let_go_cannot_keep_a_call(it):
    """Nothing is kept for ever by somebody's mistake."""
    it.arrive()
    it.calls.led("c1", on=True)
    it.tell(CustomerGone, cause=16)
    assert it.calls.live()
    it.clock.advance(FLOW_LETS_GO_SECONDS)
    assert it.kinds(CallEnded) == [CallEnded]
    assert it.calls.live() == ()
    it.calls.led("c1", on=False)
    assert it.clock.pending == 0


def test_who_asked_for_the_end_is_said(it):
    """An agent's hang-up is not the customer's."""
    it.talk()
    it.calls.leaving("c1", by="agent")
    it.calls.leaving("c1", by="system")
    it.tell(LegGone, leg="l1", cause=16)
    it.tell(CustomerGone, cause=16)
    assert (it.told[-1].status, it.told[-1].by) == ("answered", "agent")


def test_a_call_that_died_with_asterisk_is_cut_off(it):
    """The machine's fault is nobody's hang-up."""
    it.talk()
    it.calls.cut_off("c1")
    it.tell(CustomerGone, cause=16)
    it.tell(LegGone, leg="l1", cause=16)
    assert (it.told[-1].status, it.told[-1].by) == ("cut_off", "system")


def test_an_outgoing_call_ends_without_a_customer(it):
    """The agent's own call that was never answered outside has failed; the customer's leg is known by name."""
    it.calls.arrived("own", direction="outbound", caller="101", dialled="0912", agent="maryam", at=0.0)
    it.tell(LegRinging, "own", leg="own")
    it.tell(LegAnswered, "own", leg="own")
    it.tell(LegRinging, "own", leg="out")
    it.tell(LegGone, "own", leg="out", cause=17)
    assert it.kinds(CallEnded) == []
    it.tell(LegGone, "own", leg="own", cause=16)
    assert it.told[-1].status == "failed"
    it.calls.arrived("own2", direction="outbound", caller="101", dialled="0912", agent="maryam", at=0.0)
    it.tell(LegAnswered, "own2", leg="own2")
    it.tell(LegAnswered, "own2", leg="out2")
    it.calls.connected("own2", agent="maryam", leg="own2", at=3.0)
    it.tell(CustomerGone, "own2", cause=16, leg="out2")
    assert it.calls.get("own2")
    it.tell(LegGone, "own2", leg="own2", cause=16)
    assert it.told[-1].status == "answered"


def test_who_the_customer_is_is_kept(it):
    """One certain match is the party; several are not; a choice settles it."""
    live = it.arrive()
    it.tell(CallerRecognised, match="exact", parties=(7, 8), number="+98912", priority=3)
    assert (live.party, live.number, live.priority) == (0, "+98912", 3)
    it.tell(PartyLinked, party=8, user="maryam")
    assert live.party == 8


def test_what_is_said_of_unknown_calls_is_ignored(it):
    """A late word about a call that is over changes nothing."""
    for kind, more in (
        (LegRinging, {"leg": "x"}),
        (LegGone, {"leg": "x", "cause": 1}),
        (CustomerGone, {"cause": 1}),
        (LegHeld, {"leg": "x"}),
    ):
        it.tell(kind, "ghost", **more)
    it.calls.connected("ghost", agent="a", leg="x", at=0.0)
    it.calls.held("ghost", at=0.0)
    it.calls.led("ghost", on=True)
    it.calls.ended("ghost", at=0.0)
    assert not it.kinds(CallAnswered, CallHeld, CallEnded)
    assert it.calls.live() == ()


def test_the_same_call_arrives_once(it):
    """A repeated arrival is the same call."""
    assert it.arrive() is it.arrive()
    assert it.kinds(CallArrived) == [CallArrived]


LEGS = st.sampled_from(["l1", "l2"])
CALLS = st.sampled_from(["c1", "c2"])


class AnyOrder(RuleBasedStateMachine):
    """Facts about two calls in any order at all."""

    def __init__(self):
        super().__init__()
        self.it = Registry()
        self.arrived = set()

    @rule(call=CALLS)
    def arrive(self, call):
        if call not in self.arrived:
            self.arrived.add(call)
            self.it.arrive(call)

    @rule(call=CALLS, leg=LEGS, kind=st.sampled_from([LegRinging, LegAnswered, LegHeld, LegResumed]))
    def leg(self, call, leg, kind):
        self.it.tell(kind, call, leg=leg)

    @rule(call=CALLS, leg=LEGS)
    def leg_gone(self, call, leg):
        self.it.tell(LegGone, call, leg=leg, cause=16)

    @rule(call=CALLS)
    def customer_gone(self, call):
        self.it.tell(CustomerGone, call, cause=16)

    @rule(call=CALLS, on=st.booleans())
    def flow(self, call, on):
        self.it.calls.led(call, on=on)

    @rule(call=CALLS, leg=LEGS)
    def connected(self, call, leg):
        self.it.calls.connected(call, agent="maryam", leg=leg, at=self.it.clock.now())

    @rule(call=CALLS)
    def joined(self, call):
        self.it.tell(QueueJoined, call, queue="sales", since=0.0)

    @rule(call=CALLS, why=st.sampled_from(["answered", "abandoned", "timeout"]))
    def left(self, call, why):
        self.it.tell(QueueLeft, call, queue="sales", why=why, waited_seconds=0.0)

    @rule(call=CALLS, leg=LEGS)
    def offered(self, call, leg):
        self.it.tell(AgentOffered, call, agent="maryam", queue="sales", leg=leg, since=0.0)

    @rule(call=CALLS, leg=LEGS)
    def unoffered(self, call, leg):
        self.it.tell(OfferEnded, call, agent="maryam", queue="sales", leg=leg, why="rejected")

    @rule(call=CALLS)
    def hold(self, call):
        self.it.calls.held(call, at=0.0)

    @rule(call=CALLS)
    def resume(self, call):
        self.it.calls.resumed(call, at=0.0)

    @rule(call=CALLS)
    def cut(self, call):
        self.it.calls.cut_off(call)

    @rule(seconds=st.sampled_from([0.1, 10.0]))
    def time(self, seconds):
        self.it.clock.advance(seconds)

    @invariant()
    def states_are_legal(self):
        assert all(live.state in STATES[:-1] for live in self.it.calls.live())

    @invariant()
    def the_end_is_told_at_most_once_and_only_of_what_began(self):
        ended = [event.call for event in self.it.told if type(event) is CallEnded]
        assert len(ended) == len(set(ended))
        assert set(ended) <= self.arrived
        assert {live.id for live in self.it.calls.live()} == self.arrived - set(ended)

    def teardown(self):
        """When everything hangs up, everything ends, and nothing is kept."""
        for call in self.arrived:
            self.it.tell(CustomerGone, call, cause=16)
            for leg in ("l1", "l2"):
                self.it.tell(LegGone, call, leg=leg, cause=16)
        self.it.clock.advance(FLOW_LETS_GO_SECONDS)
        assert self.it.calls.live() == ()
        assert self.it.clock.pending == 0
        ended = [event.call for event in self.it.told if type(event) is CallEnded]
        assert sorted(ended) == sorted(self.arrived)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_the_table_speaks_only_of_known_states():
    """Every state in the table is one of those documented."""
    assert {state for state, _what in TABLE} | set(TABLE.values()) == set(STATES)
