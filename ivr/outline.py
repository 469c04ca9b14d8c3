"""A flow as people read it: its nodes in the order in which callers come to them, fields and ways shown in words. Pure."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from config.translations import _, translate
from ivr.fields import declared
from ivr.flow import Flow
from ivr.hours import DAY_MINUTES, Holidays, Span, Week
from ivr.node import KEYS, Node
from ivr.sound import Prompt

DAY_NAMES = (_("Saturday"), _("Sunday"), _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"))


LEFT_TO_RIGHT, ISOLATE_ENDS = "\N{LEFT-TO-RIGHT ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
"""Around a span of hours, which reads from left to right in Persian as well."""


@frozen
class Way:
    """An exit: its name, when it is taken, and the node behind it ("" = the call ends there, politely)."""

    name: str
    says: str
    target: str

    @property
    def is_key(self) -> bool:
        """Whether it is taken by pressing a key."""
        return self.name in KEYS


@frozen
class Entry:
    """A node in words; `facts` are (label, text)."""

    id: str
    kind: str
    title: str
    facts: tuple[tuple[str, str], ...]
    ways: tuple[Way, ...]


def outline(flow: Flow, language: str) -> list[Entry]:
    """The nodes of `flow`, the start first, each after those that lead to it as far as that goes."""
    order: list[str] = []
    waiting = [flow.start]
    while waiting:
        node = waiting.pop(0)
        if node not in order:
            order.append(node)
            waiting.extend(flow.nodes[node].exits.values())
    return [_entry(flow.nodes[node], language) for node in order]


def _entry(node: Node, language: str) -> Entry:
    facts = [
        (translate(language, one.metadata["label"]), shown(value, language))
        for one in declared(type(node))
        if (value := getattr(node, one.name)) not in (None, "", Holidays())
    ]
    keys = [Way(name, "", target) for name, target in node.exits.items() if name in KEYS]
    named = [Way(way.name, translate(language, way.says), node.leads_to(way.name) or "") for way in node.ways]
    return Entry(node.id, node.kind, translate(language, node.title), tuple(facts), (*sorted(keys, key=lambda way: way.name), *named))


def shown(value: Any, language: str) -> str:
    """A field's value in words."""
    match value:
        case bool():
            return translate(language, _("yes") if value else _("no"))
        case Prompt():
            return str(value.sound(language))
        case Week():
            return _week(value, language)
        case Holidays():
            yearly = [f"{month:02}/{day:02}" for month, day in sorted(value.yearly)]
            return ", ".join([*yearly, *(day.isoformat() for day in sorted(value.once))])
        case float():
            return f"{value:g}"
    return str(value)


def _week(week: Week, language: str) -> str:
    if len(set(week.days)) == 1:
        every_day = translate(language, _("every day"))
        return f"{every_day}: {_spans(week.days[0], language)}"
    days = [(DAY_NAMES[number], spans) for number, spans in enumerate(week.days) if spans]
    return "; ".join(f"{translate(language, name)}: {_spans(spans, language)}" for name, spans in days)


def _spans(spans: tuple[Span, ...], language: str) -> str:
    if not spans:
        return translate(language, _("closed"))
    return ", ".join(f"{LEFT_TO_RIGHT}{_clock(begin)}–{_clock(end)}{ISOLATE_ENDS}" for begin, end in spans)


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24 if minutes != DAY_MINUTES else 24:02}:{minutes % 60:02}"
