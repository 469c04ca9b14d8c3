"""The law of the board: an old snapshot with the changes applied equals a fresh snapshot, whatever happened."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.strategies import integers, sampled_from

from agents.presence import Intent
from config.clock import FakeClock
from switchboard.bus import Bus
from switchboard.events import CallerRecognised, PartyLinked, StepTaken
from tests.web.building import everybody
from tests.web.shop import QUEUES, Telephony
from web.board import Board

AGENTS = ("maryam", "reza", "sara")


class BoardLaw(RuleBasedStateMachine):
    """Calls come, wait, ring, talk and go; agents come and go; watchers come at any moment. Everybody always ends up with the truth."""

    @initialize()
    def begin(self) -> None:
        self.clock = FakeClock()
        self.bus = Bus()
        self.telephony = Telephony(self.bus, self.clock)
        people = everybody()
        self.names: dict[str, str] = {}
        self.board = Board(self.telephony.calls, self.telephony.floor, self._card, people.get)
        self.bus.witness(lambda _number, event: self.board.apply(event))
        self.watchers: list[dict[Any, Any]] = []
        self.number = 0
        self.join()

    def _card(self, call: str) -> dict[str, Any]:
        name = self.names.get(call)
        return {"match": "exact", "number": "", "parties": [{"id": 7, "name": name}] if name else []}

    def _live(self, pick: int) -> Any:
        live = self.telephony.calls.live()
        return live[pick % len(live)] if live else None

    @rule(queue=sampled_from(["", *(queue.name for queue in QUEUES)]))
    def a_call_arrives(self, queue: str) -> None:
        self.number += 1
        self.telephony.arrive(f"c{self.number}", caller=f"0912{self.number:07}", queue=queue)

    @rule(pick=integers(0, 9))
    def an_agent_answers(self, pick: int) -> None:
        live = self._live(pick)
        if live and live.state == "ringing":
            self.telephony.answer(live.id)

    @rule(agent=sampled_from(AGENTS))
    def an_agent_rejects(self, agent: str) -> None:
        self.telephony.do(self.telephony.floor.reject(agent, self.clock.now()))

    @rule(pick=integers(0, 9))
    def the_customer_hangs_up(self, pick: int) -> None:
        if live := self._live(pick):
            self.telephony.hang_up(live.id)

    @rule(pick=integers(0, 9), on=sampled_from(["held", "resumed"]))
    def hold(self, pick: int, on: str) -> None:
        live = self._live(pick)
        if live and live.state in ("talking", "held"):
            (self.telephony.calls.held if on == "held" else self.telephony.calls.resumed)(live.id, self.clock.now())
            self.telephony.do(self.telephony.floor.held(live.id, on, self.clock.now()))

    @rule(pick=integers(0, 9))
    def a_step_is_taken(self, pick: int) -> None:
        if live := self._live(pick):
            self.bus.tell(
                StepTaken(at=self.clock.now(), call=live.id, flow="main", node="menu", kind="menu", exit="1", entered_at=self.clock.now())
            )

    @rule(pick=integers(0, 9), name=sampled_from(["نگار", "Reza"]))
    def the_customer_is_known(self, pick: int, name: str) -> None:
        if live := self._live(pick):
            self.names[live.id] = name
            self.bus.tell(PartyLinked(at=self.clock.now(), call=live.id, party=7, user="maryam"))

    @rule(pick=integers(0, 9))
    def the_number_is_recognised(self, pick: int) -> None:
        if live := self._live(pick):
            self.bus.tell(CallerRecognised(at=self.clock.now(), call=live.id, match="none"))

    @rule(agent=sampled_from(AGENTS), intent=sampled_from(["available", "on_break", "offline"]))
    def an_agent_chooses(self, agent: str, intent: str) -> None:
        self.telephony.do(self.telephony.floor.ask(agent, Intent(intent, "lunch" if intent == "on_break" else ""), self.clock.now()))

    @rule(endpoint=sampled_from(["w101", "w102", "103"]), online=sampled_from([True, False]))
    def a_phone_comes_or_goes(self, endpoint: str, online: bool) -> None:
        self.telephony.do(self.telephony.floor.phone_seen(endpoint, online=online, now=self.clock.now()))

    @rule(agent=sampled_from(AGENTS))
    def wrap_up_ends(self, agent: str) -> None:
        self.telephony.do(self.telephony.floor.end_wrap_up(agent, self.clock.now()))

    @rule(seconds=sampled_from([0.5, 20.0]))
    def time_goes_by(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule()
    def join(self) -> None:
        changes, rows = self.board.look()
        self._tell(changes)
        self.watchers.append(dict(rows))
        del self.watchers[:-4]

    @rule()
    def flush(self) -> None:
        self._tell(self.board.changes())

    def _tell(self, changes: list[Any]) -> None:
        for watcher in self.watchers:
            for kind, name, row in changes:
                if row is None:
                    watcher.pop((kind, name), None)
                else:
                    watcher[kind, name] = row

    @invariant()
    def everybody_knows_the_truth(self) -> None:
        if not hasattr(self, "board"):
            return
        self._tell(self.board.changes())
        fresh = self.board.snapshot()
        for watcher in self.watchers:
            assert watcher == fresh


class LazyBoardLaw(BoardLaw):
    """The same when changes are told only now and then."""

    @invariant()
    def everybody_knows_the_truth(self) -> None:
        """Only the last of these tells; see `teardown`."""

    def teardown(self) -> None:
        if hasattr(self, "board"):
            BoardLaw.everybody_knows_the_truth(self)


TestBoardLaw = BoardLaw.TestCase
TestBoardLaw.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestLazyBoardLaw = LazyBoardLaw.TestCase
TestLazyBoardLaw.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
