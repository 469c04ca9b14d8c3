"""A YAML text as plain parts that know their line; everything that could surprise is refused.

Every value stays the text that stands in the file: `numbers: [0211234]`, `1: sales` and `no` mean what they look like. Anchors,
aliases, tags, doubled keys and oversized files are refused. Pure; YAML 1.1 by PyYAML's event stream.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from attrs import frozen

from config.translations import _
from ivr.problem import Sentence, say

LARGEST_BYTES = 256 * 1024
MOST_EVENTS = 20_000
DEEPEST = 12


@frozen
class Scalar:
    """A single value, as text."""

    text: str
    line: int


@frozen
class Items:
    """A list."""

    items: tuple[Part, ...]
    line: int


@frozen
class Table:
    """A mapping, in the file's order; `lines` says where each key stands."""

    entries: dict[str, Part]
    lines: dict[str, int]
    line: int


Part = Scalar | Items | Table


class Unreadable(Exception):
    """The text is not a document; `what` and `cure` say it to people, `line` is where (from 1)."""

    def __init__(self, line: int, what: Sentence, cure: Sentence | None = None) -> None:
        self.line = line
        self.what = what
        self.cure = cure
        super().__init__(f"line {line}: {what.text('en')}")


def parse(raw: bytes) -> Part:
    """The one document in `raw` (UTF-8). Raises `Unreadable`."""
    if len(raw) > LARGEST_BYTES:
        raise Unreadable(0, say(_("The file is larger than {most} kB."), most=LARGEST_BYTES // 1024))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Unreadable(line, say(_("This is not UTF-8 text.")), say(_("Save the file as UTF-8."))) from None
    try:
        return _Composer(yaml.parse(text, Loader=yaml.SafeLoader)).document()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Unreadable(
            line, say(_("There is a character that may not stand in a text file (code {code})."), code=error.character)
        ) from None
    except yaml.MarkedYAMLError as error:
        raise _explained(error) from None
    except RecursionError:
        raise Unreadable(0, say(_("The file is nested too deeply."))) from None


CURES: tuple[tuple[str, str], ...] = (
    (r"cannot start any token", _("Indent with spaces, not tabs, and put quotes around a text that begins with a special sign.")),
    (r"alphabetic or numeric character", _('Put quotes around * and &, as in “"*": menu”.')),
    (r"mapping values are not allowed", _("Put quotes around a text that holds “: ”, and check the indentation.")),
    (r"quoted scalar", _("A quotation mark is not closed.")),
    (r"could not find expected ':'", _("A key needs a colon and a space after it: “key: value”.")),
    (r"expected <block end>|did not find expected|block mapping|block sequence", _("Check the indentation: entries of one block begin in the same column.")),
    (r"flow (mapping|sequence)", _("A “[” or “{” is not closed, or a comma is missing.")),
)  # fmt: skip
"""What PyYAML says → what to do about it."""


def _explained(error: yaml.MarkedYAMLError) -> Unreadable:
    mark = error.problem_mark or error.context_mark
    said = f"{error.context or ''} {error.problem or ''}".strip()
    cure = next((cure for pattern, cure in CURES if re.search(pattern, said)), None)
    return Unreadable(
        mark.line + 1 if mark else 0, say(_("This is not valid YAML ({said})."), said=error.problem or said), say(cure) if cure else None
    )


class _Composer:
    """Parts out of PyYAML's events."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._count = 0

    def document(self) -> Part:
        self._next()  # the stream begins
        first = self._next()
        if isinstance(first, yaml.StreamEndEvent):
            raise Unreadable(1, say(_("The file is empty.")))
        part = self._part(self._next(), depth=1)
        self._next()  # the document ends
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise Unreadable(after.start_mark.line + 1, say(_("There is a second document in the file.")), say(_("Remove the line “---”.")))
        return part

    def _next(self) -> Any:
        self._count += 1
        event = next(self._events)
        if self._count > MOST_EVENTS:
            raise Unreadable(event.start_mark.line + 1, say(_("The file holds too many entries.")))
        return event

    def _part(self, event: Any, depth: int) -> Part:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise Unreadable(line, say(_("“&” and “*” references are not allowed.")), say(_("Write the value out, or put it in quotes.")))
        if event.tag is not None and event.tag != "!":
            raise Unreadable(line, say(_("“!” tags are not allowed.")), say(_("Put the value in quotes.")))
        if depth > DEEPEST:
            raise Unreadable(line, say(_("The file is nested too deeply.")))
        if isinstance(event, yaml.ScalarEvent):
            return Scalar("" if event.style is None and event.value in ("~", "null", "Null", "NULL") else event.value, line)
        if isinstance(event, yaml.SequenceStartEvent):
            return Items(tuple(self._items(depth)), line)
        return self._table(line, depth)

    def _items(self, depth: int) -> Iterator[Part]:
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            yield self._part(event, depth + 1)

    def _table(self, line: int, depth: int) -> Table:
        entries: dict[str, Part] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._part(event, depth + 1)
            if not isinstance(key, Scalar):
                raise Unreadable(key.line, say(_("A key must be a single word or digit.")))
            if key.text in entries:
                what = say(_("The key “{key}” stands here again; it stands at line {first} already."), key=key.text, first=lines[key.text])
                raise Unreadable(key.line, what, say(_("Remove or rename one of the two.")))
            lines[key.text] = key.line
            entries[key.text] = self._part(self._next(), depth + 1)
        return Table(entries, lines, line)
