"""What the websocket says of calls, agents and queues: plain JSON-able dicts. Times are ISO-8601 UTC, names {"fa", "en"}. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from agents.floor import QueueNow
from agents.presence import AgentNow
from config.translations import _, translate
from crm.accounts import Account
from switchboard.call import LiveCall
from switchboard.moments import iso, iso_or_none
from web.filters import digits

Said = dict[str, Any]


class Titled(Protocol):
    """Something on a list that people choose from: a result of a call, a reason for a break."""

    @property
    def code(self) -> str: ...

    @property
    def title_fa(self) -> str: ...

    @property
    def title_en(self) -> str: ...


def titled(one: Titled) -> Said:
    """An entry of a list: code and words, and what else the list says of it."""
    more = {name: getattr(one, name) for name in ("needs_follow_up", "max_seconds") if hasattr(one, name)}
    return {"code": one.code, "title": {"fa": one.title_fa, "en": one.title_en}, **more}


def both(sentence: str, **values: object) -> dict[str, str]:
    """A sentence in every language of the product."""
    return {language: translate(language, sentence, **values) for language in ("fa", "en")}


def me(agent: AgentNow) -> Said:
    """One's own state: intent, activity, since when, what comes next."""
    return {
        "agent": agent.agent,
        "intent": agent.intent,
        "reason": agent.reason,
        "pending": {"intent": agent.pending.name, "reason": agent.pending.reason} if agent.pending else None,
        "activity": agent.activity,
        "since": iso_or_none(agent.since),
        "until": iso_or_none(agent.until),
        "reachable": agent.reachable,
        "call": agent.call,
    }


def nobody(username: str) -> AgentNow:
    """The state of a person who takes no calls."""
    return AgentNow(
        agent=username, intent="offline", reason="", pending=None, activity="idle", call="", since=0.0, until=0.0, reachable=False
    )


def party_of(live: LiveCall, card: Mapping[str, Any]) -> Said | None:
    """Who the customer surely is: {"id", "name"}, or None."""
    known = next((one for one in card.get("parties", ()) if one["id"] == live.party), None) if live.party else None
    return {"id": known["id"], "name": known["name"]} if known else None


def call(live: LiveCall, card: Mapping[str, Any]) -> Said:
    """A live call as the API shows it."""
    return {
        "id": live.id,
        "direction": live.direction,
        "caller": live.caller,
        "dialled": live.dialled,
        "started_at": iso(live.started_at),
        "answered_at": iso_or_none(live.answered_at),
        "ended_at": None,
        "status": live.state,
        "queue": live.queue or None,
        "agent": live.agent or None,
        "party": party_of(live, card),
        "steps": live.steps,
        "recording": live.recording,
    }


def own_call(live: LiveCall, card: Mapping[str, Any], written: Said, *, muted: bool) -> Said:
    """The call that an agent is in, with the customer's card and what has been `written` about it."""
    more = {
        "held": live.state == "held", "muted": muted, "agent_leg": live.leg, "path": path(live.steps), "number": live.number, "written": written
    }  # fmt: skip
    return {**call(live, card), **more, "card": dict(card)}


def path(steps: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The caller's way in a few words: the choices they made, not the announcements they heard."""
    words: list[dict[str, str]] = []
    for step in steps:
        if title := step.get("title"):
            words.append(dict(title))
        elif step["kind"] == "menu":
            words.append(_chosen(step["exit"]))
        elif step["kind"] == "hours" and step["exit"] != "open":
            words.append(both(_("outside opening hours")))
    return words[-6:]


def _chosen(way: str) -> dict[str, str]:
    """What the caller did in a menu."""
    if len(way) == 1:
        return {language: translate(language, _("pressed {key}"), key=digits(way, language)) for language in ("fa", "en")}
    return both({"timeout": _("pressed no key"), "invalid": _("no such key")}.get(way, way))


def queue_line(queue: QueueNow) -> Said:
    """One queue as every console shows it."""
    return {
        "name": queue.name,
        "title": {"fa": queue.title_fa, "en": queue.title_en},
        "waiting": queue.waiting,
        "longest_since": iso_or_none(queue.longest_since or 0.0),
        "agents_available": queue.agents_available,
    }


def call_row(live: LiveCall, card: Mapping[str, Any]) -> Said:
    """A call on the supervisor's board. `since`: when it came into the state that it is in, as far as that matters to people."""
    known = party_of(live, card)
    since = live.answered_at if live.state in ("talking", "held") else live.queued_since if live.state in ("waiting", "ringing") else 0.0
    return {
        "id": live.id,
        "direction": live.direction,
        "caller": live.caller,
        "name": known["name"] if known else "",
        "dialled": live.dialled,
        "state": live.state,
        "queue": live.queue,
        "agent": live.agent,
        "since": iso(since or live.started_at),
        "path": path(live.steps),
    }


def agent_row(agent: AgentNow, account: Account | None) -> Said:
    """An agent on the supervisor's board."""
    name = {"fa": account.shown("fa"), "en": account.shown("en")} if account else {"fa": agent.agent, "en": agent.agent}
    return {**me(agent), "name": name, "extension": account.extension if account else ""}


def queue_row(queue: QueueNow, agents: Iterable[AgentNow], counted: Mapping[str, int]) -> Said:
    """A queue on the supervisor's board. `agents`: its members; `counted`: today's "answered", "abandoned"."""
    members = tuple(agents)
    states = {
        "logged_in": sum(one.intent != "offline" for one in members),
        "available": queue.agents_available,
        "busy": sum(one.activity in ("ringing", "talking", "hold") for one in members),
        "wrap_up": sum(one.activity == "wrap_up" for one in members),
        "on_break": sum(one.intent == "on_break" for one in members),
    }
    return {**queue_line(queue), **{name: counted.get(name, 0) for name in ("answered", "abandoned")}, "agents": states}
