"""Flows out of their texts, strictly: everything that is wrong is found in one go, with file, line, node and cure. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import NOTHING, evolve, frozen

from config.translations import _
from ivr.checks import against_each_other, unreachable
from ivr.document import Items, Part, Scalar, Table, Unreadable, parse
from ivr.fields import LANGUAGE, WRONG, YES_NO, declared, refuse
from ivr.flow import Flow, FlowSet
from ivr.kinds import kinds
from ivr.node import KEYS, Node
from ivr.problem import Problem, did_you_mean, say
from ivr.reading import PlacedSound, Reading, Surroundings

NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
NAME_EXPECTED = _("a name of small Latin letters, digits, - and _ that begins with a letter")
NUMBER = re.compile(r"\+?[0-9*#]{1,20}")
NUMBER_EXPECTED = _('a telephone number of digits, such as "1000" or "02188776655"')
LONGEST_TITLE = 100
MOST_NODES = 300
MOST_NUMBERS = 500
KEYS_OF_A_FLOW = ("name", "title", "numbers", "default", "language", "start", "nodes")


@frozen
class Loaded:
    """What reading a set of texts gave; `flows` may serve only when there are no problems."""

    flows: FlowSet
    problems: tuple[Problem, ...]


def read_flows(texts: Mapping[str, bytes], around: Surroundings) -> Loaded:
    """Flows out of `texts` (file name → content), checked one by one and against each other."""
    problems: list[Problem] = []
    documents: dict[str, Part] = {}
    for file, raw in sorted(texts.items()):
        try:
            documents[file] = parse(raw)
        except Unreadable as unreadable:
            problems.append(Problem("unreadable", file, unreadable.line, "", unreadable.what, unreadable.cure))
    around = evolve(around, flows=frozenset(_name(document, file) for file, document in documents.items()))
    flows: list[Flow] = []
    sounds: list[PlacedSound] = []
    for file, document in documents.items():
        reading = Reading(file, around)
        flows.extend(_flow(document, reading))
        problems += reading.problems
        sounds += reading.sounds
    problems += against_each_other(flows, complete=not problems)
    return Loaded(
        FlowSet({flow.name: flow for flow in flows}, around.library, tuple(sounds), version_of(texts, around)),
        tuple(sorted(problems, key=lambda one: (one.file, one.line))),
    )


def version_of(texts: Mapping[str, bytes], around: Surroundings) -> str:
    """A short hash of everything the set is made of."""
    made_of = hashlib.sha256()
    for name, raw in sorted(texts.items()):
        made_of.update(f"{name}\0{len(raw)}\0".encode() + raw)
    for name, recording in sorted(around.recordings.items()):
        made_of.update(f"{name}\0{recording.digest}\0".encode())
    return made_of.hexdigest()[:12]


def _name(document: Part, file: str) -> str:
    """The flow's name, as far as it can be known before it is read."""
    named = document.entries.get("name") if isinstance(document, Table) else None
    return named.text if isinstance(named, Scalar) else file.rpartition(".")[0]


def _flow(document: Part, reading: Reading) -> Iterator[Flow]:
    """The flow, or what of it can be read when there are problems; nothing when even its outline is missing."""
    if not isinstance(document, Table):
        reading.wrong("not_a_flow", document, say(_("A flow is a block of “key: value” lines.")), did_you_mean("", KEYS_OF_A_FLOW))
        return
    _refuse_unknown(document, KEYS_OF_A_FLOW, reading)
    entries = document.entries
    reading.language = _language(entries.get("language"), reading)
    name = _name(document, reading.file)
    if not NAME.fullmatch(name):
        refuse(NAME_EXPECTED, entries.get("name", Scalar(name, 0)), reading)
    numbers = _numbers(entries.get("numbers"), reading)
    default = "default" in entries and YES_NO.read(entries["default"], reading) is True
    nodes, lines = _nodes(entries.get("nodes"), document, reading)
    start = _start(entries.get("start"), nodes, document, reading)
    yield Flow(
        name, _title(entries.get("title"), name, reading), reading.file, tuple(numbers), default, reading.language, start, nodes,
        {**lines, **numbers},
    )  # fmt: skip


def _language(part: Part | None, reading: Reading) -> str:
    language = LANGUAGE.read(part, reading) if part else "fa"
    return "fa" if language is WRONG else str(language)


def _title(part: Part | None, name: str, reading: Reading) -> str:
    if part is None:
        return name
    if not isinstance(part, Scalar) or not 0 < len(part.text.strip()) <= LONGEST_TITLE:
        refuse(_("a short title on one line"), part, reading)
        return name
    return part.text.strip()


def _numbers(part: Part | None, reading: Reading) -> dict[str, int]:
    """The flow's numbers with their lines."""
    items = part.items if isinstance(part, Items) else (part,) if part else ()
    numbers: dict[str, int] = {}
    for item in items[:MOST_NUMBERS]:
        if not isinstance(item, Scalar) or not NUMBER.fullmatch(item.text):
            refuse(NUMBER_EXPECTED, item, reading)
        elif item.text in numbers:
            reading.wrong("number_twice", item, say(_("The number {number} stands here twice."), number=item.text))
        else:
            numbers[item.text] = item.line
    if len(items) > MOST_NUMBERS:
        reading.wrong("too_many", items[MOST_NUMBERS], say(_("A flow may have at most {most} numbers."), most=MOST_NUMBERS))
    return numbers


def _start(part: Part | None, nodes: Mapping[str, Node], document: Table, reading: Reading) -> str:
    table = document.entries.get("nodes")
    known = table.entries if isinstance(table, Table) else {}
    if not isinstance(part, Scalar) or not part.text:
        reading.wrong(
            "start_missing", part or document, say(_("The flow does not say where it starts.")), say(_("Write “start: <name of a node>”."))
        )
        return ""
    if part.text not in known:
        reading.wrong(
            "start_unknown", part, say(_("There is no node “{name}” to start at."), name=part.text), did_you_mean(part.text, known)
        )
        return ""
    return part.text if part.text in nodes else ""


def _nodes(part: Part | None, document: Table, reading: Reading) -> tuple[dict[str, Node], dict[str, int]]:
    if not isinstance(part, Table) or not part.entries:
        reading.wrong("nodes_missing", part or document, say(_("The flow has no nodes.")), say(_("Write them under “nodes:”.")))
        return {}, {}
    if len(part.entries) > MOST_NODES:
        reading.wrong("too_many", part, say(_("A flow may have at most {most} nodes."), most=MOST_NODES))
        return {}, {}
    nodes: dict[str, Node] = {}
    exits: dict[str, tuple[str, ...]] = {}
    before = len(reading.problems)
    for node_id, body in part.entries.items():
        reading.node = node_id
        if not NAME.fullmatch(node_id):
            refuse(NAME_EXPECTED, Scalar(node_id, part.lines[node_id]), reading)
        if node := _node(node_id, body, part, reading):
            nodes[node_id] = node
        exits[node_id] = _targets(body, part)
    reading.node = ""
    whole = not any(one.code in STRUCTURAL for one in reading.problems[before:])
    start = document.entries.get("start")
    if whole and isinstance(start, Scalar) and start.text in exits:
        unreachable(exits, start.text, part.lines, reading)
    return nodes, dict(part.lines)


STRUCTURAL = frozenset({"node_not_a_block", "kind_missing", "kind_unknown", "exit_unknown", "exit_dangling", "exit_missing", "exits_wrong"})
"""With one of these a flow's ways are not known well enough to call a node unreachable."""


def _targets(body: Part, nodes: Table) -> tuple[str, ...]:
    """Where a node's exits lead, read before anything is known to be right."""
    exits = body.entries.get("exits") if isinstance(body, Table) else None
    targets = exits.entries.values() if isinstance(exits, Table) else ()
    return tuple(one.text for one in targets if isinstance(one, Scalar) and one.text in nodes.entries)


def _node(node_id: str, body: Part, nodes: Table, reading: Reading) -> Node | None:
    if not isinstance(body, Table):
        reading.wrong("node_not_a_block", body, say(_("A node is a block of “key: value” lines.")), say(_("Begin with “kind: …”.")))
        return None
    named = body.entries.get("kind")
    if not isinstance(named, Scalar) or not named.text:
        reading.wrong("kind_missing", named or body, say(_("The node does not say its kind.")), did_you_mean("", kinds()))
        return None
    if named.text not in kinds():
        what = say(_("There is no kind of node “{name}”."), name=named.text)
        reading.wrong("kind_unknown", named, what, did_you_mean(named.text, kinds()))
        return None
    before = len(reading.problems)
    kind = kinds()[named.text]
    values = _fields(kind, body, nodes.lines[node_id], reading)
    exits = _exits(kind, body, nodes, node_id, reading)
    if len(reading.problems) > before:
        return None
    node = kind(id=node_id, exits=exits, **values)
    for code, what, cure in node.wrongs():
        reading.wrong(code, nodes.lines[node_id], what, cure)
    return node


def _fields(kind: type[Node], body: Table, line: int, reading: Reading) -> dict[str, Any]:
    values: dict[str, Any] = {}
    fields = {one.name: one for one in declared(kind)}
    _refuse_unknown(body, ("kind", "exits", *fields), reading)
    for name, one in fields.items():
        if name in body.entries:
            values[name] = one.metadata["kind"].read(body.entries[name], reading)
        elif one.default is NOTHING:
            what = say(_("“{name}” is missing ({label})."), name=name, label=say(one.metadata["label"]))
            reading.wrong("field_missing", line, what, say(_("Expected {expected}."), expected=say(one.metadata["kind"].expected)))
    return values


def _exits(kind: type[Node], body: Table, nodes: Table, node_id: str, reading: Reading) -> dict[str, str]:
    part = body.entries.get("exits")
    if part is not None and not isinstance(part, Table):
        reading.wrong("exits_wrong", part, say(_("Exits are a block such as “exits: {done: menu}”.")))
        return {}
    known = [*(way.name for way in kind.ways), *(KEYS if kind.keys_are_exits else "")]
    exits: dict[str, str] = {}
    for name, target in part.entries.items() if part else ():
        if name not in known:
            what = say(_("A node of the kind “{kind}” has no exit “{name}”."), kind=kind.kind, name=name)
            assert part
            reading.wrong("exit_unknown", part.lines[name], what, did_you_mean(name, known))
        elif not isinstance(target, Scalar) or target.text not in nodes.entries:
            to = target.text if isinstance(target, Scalar) else ""
            what = say(_("The exit “{name}” leads to “{to}”, which is not a node of this flow."), name=name, to=to)
            reading.wrong("exit_dangling", target, what, did_you_mean(to, nodes.entries))
        else:
            exits[name] = target.text
    for way in kind.ways:
        if way.required and not (part and way.name in part.entries):
            cure = say(_("Write “exits: {{{name}: <name of a node>}}”."), name=way.name)
            what = say(_("Nothing says where callers go through the exit “{name}” ({says})."), name=way.name, says=say(way.says))
            reading.wrong("exit_missing", part or nodes.lines[node_id], what, cure)
    return exits


def _refuse_unknown(table: Table, known: tuple[str, ...], reading: Reading) -> None:
    for key in table.entries:
        if key not in known:
            reading.wrong("key_unknown", table.lines[key], say(_("The key “{key}” means nothing here."), key=key), did_you_mean(key, known))
