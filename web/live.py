"""The live side of every open console: a snapshot when it comes, then what happens, as it happens.

Offers and what one's own call does go out in the turn in which they happen; states (me, queues, board) are gathered for at
most 100 ms and encoded once for everybody. Frames carry `n`, the number of the last event they know of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeGuard

import orjson

from agents.presence import AgentNow
from config.clock import Clock, Timer
from config.translations import LANGUAGES, _, translate
from switchboard.bus import Bus
from switchboard.call import Calls, LiveCall
from switchboard.events import (
    AgentActivityChanged,
    AgentIntentAsked,
    AgentIntentChanged,
    AgentOffered,
    AgentReachable,
    AlarmCleared,
    AlarmRaised,
    CallEnded,
    CallEvent,
    CommunicationSaved,
    Event,
    OfferEnded,
    PhoneSystemFound,
    PhoneSystemLost,
    QueueJoined,
    QueueLeft,
    RecordingKept,
)  # fmt: skip
from switchboard.moments import iso, iso_or_none
from web import live_words as words
from web.board import Board, Change, FloorView, unnamed
from web.console import Console
from web.consoles import Consoles
from web.frames import message_frame
from web.orders import Orders

GATHER_SECONDS = 0.1

NOT_SHOWN = frozenset({"arrived", "in_flow", "waiting", "ringing", "ended"})
"""States in which an inbound call is not (or not yet) an agent's own."""


class Live:
    """Tells consoles. `card`: a call's customer card; `shown_to`: what of it a user may see; `lists`: what every snapshot carries as well (dispositions, reasons for breaks).

    `nameless`: of calls {id: its customer} those whose customer a user may not see.
    """

    def __init__(
        self,
        bus: Bus,
        clock: Clock,
        calls: Calls,
        floor: FloorView,
        board: Board,
        consoles: Consoles,
        orders: Orders,
        card: Callable[[str], Mapping[str, Any]],
        lists: Callable[[], Mapping[str, Iterable[words.Titled]]],
        shown_to: Callable[[Mapping[str, Any], str], Mapping[str, Any]] = lambda card, _username: card,
        nameless: Callable[[Mapping[str, int], str], frozenset[str]] = lambda _calls, _username: frozenset(),
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._calls = calls
        self._floor = floor
        self._board = board
        self._consoles = consoles
        self._orders = orders
        self._card = lambda call, username: shown_to(card(call), username)
        self._nameless = nameless
        self._lists = lists
        self._holders: dict[str, str] = {}
        self._muted: set[str] = set()
        self._changed_agents: set[str] = set()
        self._queues_changed = False
        self._queues_told = b""
        self._gathering: Timer | None = None
        consoles.greet = self.greet
        consoles.mute_changed = self.mute_changed
        bus.listen(AgentOffered, self._offered)
        bus.witness(self._happened)

    # ── Somebody comes ───────────────────────────────────────────────────────────────────────────────────────

    def greet(self, console: Console) -> None:
        """Everything the console needs to draw itself."""
        console.number = self._bus.number
        console.tell(self.snapshot(console))

    def snapshot(self, console: Console) -> dict[str, Any]:
        """The truth for one console, now. With the board for those who watch it."""
        agent = console.username
        mine = [live for live in self._calls.live() if live.agent == agent]
        me = self._agent(agent)
        message: dict[str, Any] = {
            "type": "snapshot",
            "n": self._bus.number,
            "now": iso(self._clock.now()),
            "me": words.me(me),
            "calls": [self._own(live) for live in mine if _is_own(live)],
            "wrap_up": self._wrapping_up(me),
            "offers": [self._offer(live) for live in mine if live.state == "ringing" and live.direction == "inbound"],
            "queues": [words.queue_line(queue) for queue in self._floor.queues()],
            **{name: [words.titled(one) for one in entries] for name, entries in self._lists().items()},
        }
        if console.watches_board:
            changes, rows = self._board.look()
            self._tell_board(changes, but=console)
            whole: list[Change] = [(*key, row) for key, row in rows.items()]
            message["board"] = unnamed(whole, self._nameless(self._named(whole), agent))
        return message

    def _agent(self, username: str) -> AgentNow:
        return next((one for one in self._floor.agents() if one.agent == username), None) or words.nobody(username)

    # ── At once ──────────────────────────────────────────────────────────────────────────────────────────────

    def _offered(self, event: AgentOffered) -> None:
        consoles = self._consoles.of(event.agent)
        live = self._calls.get(event.call)
        if not consoles or live is None:
            return
        data = message_frame({"type": "offer", "n": self._bus.number, **self._offer(live, event)})
        for console in consoles:
            console.send_frame(data)

    def _offer(self, live: LiveCall, event: AgentOffered | None = None) -> dict[str, Any]:
        queue = event.queue if event else live.queue
        rules = self._floor.rules_of(queue)
        return {
            "call": live.id,
            "queue": queue,
            "queue_title": {"fa": rules.title("fa"), "en": rules.title("en")} if rules else {"fa": queue, "en": queue},
            "since": iso(event.since if event else live.queued_since or live.started_at),
            "caller": live.caller,
            "number": live.number,
            "path": words.path(live.steps),
            "card": self._card(live.id, event.agent if event else live.agent),
        }

    def _own(self, live: LiveCall) -> dict[str, Any]:
        return words.own_call(live, self._card(live.id, live.agent), self._orders.pen.written(live.id), muted=live.id in self._muted)

    def _wrapping_up(self, me: AgentNow) -> dict[str, Any] | None:
        """The ended call that this agent writes about, for those who reload the page: whose it was and what is written."""
        if me.activity != "wrap_up" or not me.call:
            return None
        card = self._card(me.call, me.agent)
        known = {"card": dict(card), "caller": card["number"]} if card["number"] or card["match"] == "withheld" else {}
        return {"id": me.call, **known, "written": self._orders.pen.written(me.call)}

    def mute_changed(self, call: str, on: bool) -> None:
        """The agent's leg was muted or not."""
        (self._muted.add if on else self._muted.discard)(call)
        self._follow(call)

    def _follow(self, call: str, *, ended: str = "") -> None:
        """Tell the agent of a call how it stands; and the one who had it before that it is theirs no longer."""
        live = self._calls.get(call)
        if live is None and not ended:
            return  # CallEnded is on its way and knows how it ended
        agent = live.agent if live and _is_own(live) else ""
        before = self._holders.get(call, "")
        if before and before != agent:
            now = self._agent(before)
            until = now.until if now.activity == "wrap_up" and now.call == call else 0.0
            status = ended or "left"
            self._tell(before, {"type": "ended", "call": call, "status": status, "wrap_up_until": iso_or_none(until)})
        if agent and live:
            self._holders[call] = agent
            self._orders.remember(call, agent)
            self._tell(agent, {"type": "call", "call": self._own(live)})
        else:
            self._holders.pop(call, None)
            self._muted.discard(call)

    def _tell(self, agent: str, message: dict[str, Any]) -> None:
        if consoles := self._consoles.of(agent):
            data = message_frame({**message, "n": self._bus.number})
            for console in consoles:
                console.send_frame(data)

    # ── What happens ─────────────────────────────────────────────────────────────────────────────────────────

    def _happened(self, _number: int, event: Event) -> None:
        if isinstance(event, OfferEnded):
            self._tell(event.agent, {"type": "offer_ended", "call": event.call, "why": event.why})
        if isinstance(event, RecordingKept) and (agent := self._orders.who_had(event.call)):
            self._tell(agent, {"type": "recording", "call": event.call, "seconds": event.seconds})
        if isinstance(event, CallEnded):
            self._follow(event.call, ended=event.status)
        elif _changes_call(event) and (event.call in self._holders or self._is_new(event.call)):
            self._follow(event.call)
        if isinstance(event, AgentIntentAsked | AgentIntentChanged | AgentActivityChanged | AgentReachable):
            self._changed_agents.add(event.agent)
            self._queues_changed = True
        elif isinstance(event, QueueJoined | QueueLeft):
            self._queues_changed = True
        if self._consoles.watching:
            self._board.apply(event)
        self._announce(event)
        self._gather()

    def _is_new(self, call: str) -> bool:
        live = self._calls.get(call)
        return live is not None and bool(live.agent) and _is_own(live)

    def _announce(self, event: Event) -> None:
        """Things that everybody must know, in words."""
        if isinstance(event, AlarmRaised):
            self._notice(self._consoles.all(), "bad", event.code, event.sentence)
        elif isinstance(event, AlarmCleared):
            self._notice(self._consoles.all(), "good", event.code, _("What was wrong is well again."))
        elif isinstance(event, PhoneSystemLost):
            sentence = _("The telephone system cannot be reached. Calls in progress go on; new ones wait.")
            self._notice(self._consoles.all(), "bad", "telephone_away", sentence)
        elif isinstance(event, PhoneSystemFound):
            self._notice(self._consoles.all(), "good", "telephone_back", _("The telephone system is connected."))
        elif isinstance(event, AgentIntentChanged) and event.reason == "no_answer":
            sentence = _("Calls rang here and nobody answered, so you are on a break now. Choose “available” when you are back.")
            self._notice(self._consoles.of(event.agent), "attention", "no_answer", sentence)

    def _notice(self, consoles: Iterable[Console], level: str, code: str, sentence: str) -> None:
        frames = {
            language: message_frame({"type": "notice", "level": level, "code": code, "message": translate(language, sentence)})
            for language in LANGUAGES
        }
        for console in consoles:
            console.send_frame(frames[console.language])

    # ── Gathered ─────────────────────────────────────────────────────────────────────────────────────────────

    def _gather(self) -> None:
        if self._gathering is None and self._consoles and (self._changed_agents or self._queues_changed or self._consoles.watching):
            self._gathering = self._clock.call_later(GATHER_SECONDS, self.flush)

    def flush(self) -> None:
        """Tell what gathered: each agent their own state, everybody the queues, watchers the board."""
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        changed, self._changed_agents = self._changed_agents, set()
        if told := {agent for agent in changed if self._consoles.of(agent)}:
            for one in self._floor.agents():
                if one.agent in told:
                    self._tell(one.agent, {"type": "me", **words.me(one)})
        if self._queues_changed:
            self._queues_changed = False
            self._tell_queues()
        if self._consoles.watching:
            self._tell_board(self._board.changes())

    def _tell_queues(self) -> None:
        rows = orjson.dumps([words.queue_line(queue) for queue in self._floor.queues()])
        if rows != self._queues_told:
            self._queues_told = rows
            number = self._bus.number
            message = {"type": "queues", "n": number, "rows": orjson.Fragment(rows)}
            self._consoles.broadcast(self._consoles.all(), message_frame(message), number)

    def _tell_board(self, changes: list[Change], but: Console | None = None) -> None:
        """One frame for all watchers who see the same; nearly always that is everybody."""
        watchers = [one for one in self._consoles.watching if one is not but]
        if not changes or not watchers:
            return
        number, calls = self._bus.number, self._named(changes)
        hidden = {user: self._nameless(calls, user) for user in {one.username for one in watchers}} if calls else {}
        alike: dict[frozenset[str], list[Console]] = {}
        for one in watchers:
            alike.setdefault(hidden.get(one.username, frozenset()), []).append(one)
        for nameless, some in alike.items():
            self._consoles.broadcast(some, message_frame({"type": "board", "n": number, "changes": unnamed(changes, nameless)}), number)

    def _named(self, changes: Iterable[Change]) -> dict[str, int]:
        """The calls among the rows that name a customer, and which."""
        named = [name for kind, name, row in changes if kind == "call" and row and row["name"]]
        return {name: live.party for name in named if (live := self._calls.get(name))}

    def stop(self) -> None:
        """Nothing is gathered any more, and everybody is sent away to come back by themselves."""
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        self._consoles.dismiss()


def _is_own(live: LiveCall) -> bool:
    """Whether the call is its agent's own by now: they talk, or they dialled it themselves."""
    return live.state not in NOT_SHOWN or (live.direction != "inbound" and live.state != "ended")


def _changes_call(event: Event) -> TypeGuard[CallEvent | CommunicationSaved]:
    """Whether `event` may change what the agent of a call sees of it."""
    return (isinstance(event, CallEvent) and not isinstance(event, QueueLeft)) or (
        isinstance(event, CommunicationSaved) and bool(event.call)
    )
