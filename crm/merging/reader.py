"""A small language of its own for texts with places: no code is run, nothing but fields is named. Pure.

    Dear {{ prefix }} {{ last_name }}, …            a field of the record; labels do as well as codes: {{ Family name }}
    {{ relations.1.other.name }}                    over links, and the n-th row of rows
    {{# channels }}{{ raw }} {{/}}                  once for every row (or every record of a link to several)
    {{ channels }}                                  rows as a table in a letter, as lines in a message
    {{ @today }} {{ @today.gregorian }} {{ @me }} {{ @office }}

A place in formatted text may hold what its editor put there (&nbsp;); what is drawn through the braces of a place is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from attrs import frozen

from config.errors import Refusal
from config.translations import _

MOST_PLACES = 500
DEEPEST = 3
LONGEST_PATH = 120
_BRACES = re.compile(r"\{\{(.{0,400}?)\}\}", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


class TextRefused(Refusal):
    """A text whose places do not hold together; `place` says where."""

    code = "text_refused"
    status = 422
    sentence = _("Line {line}, “{place}”: {why}")

    def __init__(self, place: str, line: int, why: str, **values: object) -> None:
        self.why, self.places = why, values
        super().__init__(place=place[:80], line=line, why=why.format(**values) if values else why)

    def text(self, language: str) -> str:
        from config.translations import translate

        why = translate(language, self.why, **self.places)
        return translate(language, self.sentence, place=self.values["place"], line=self.values["line"], why=why)


@frozen
class Place:
    """Where a value goes: its path as written, and the line it stands in."""

    path: tuple[str, ...]
    line: int

    @property
    def written(self) -> str:
        """As it stands in the text."""
        return "{{ " + ".".join(self.path) + " }}"


@frozen
class Block:
    """A part that is written once for every row."""

    place: Place
    parts: tuple[Part, ...]


Part = str | Place | Block


def read(text: str, *, html: bool = False) -> tuple[Part, ...]:
    """The parts of a text. Raises TextRefused for braces that do not match and places that are none."""
    open_blocks: list[tuple[Place | None, list[Part]]] = [(None, [])]
    at = 0
    for count, found in enumerate(_BRACES.finditer(text), 1):
        line = text.count("\n", 0, found.start()) + 1
        if count > MOST_PLACES:
            raise TextRefused(found[0], line, _("a text has at most {most} places"), most=MOST_PLACES)
        _plain(text, at, found.start(), open_blocks[-1][1])
        at = found.end()
        inside = _inside(found, line, html=html)
        if inside.startswith("/"):
            begun, parts = open_blocks.pop()
            if begun is None or inside[1:].strip() not in ("", ".".join(begun.path)):
                raise TextRefused(found[0], line, _("this ends a repeated part that was not begun"))
            open_blocks[-1][1].append(Block(begun, tuple(parts)))
        elif inside.startswith("#"):
            if len(open_blocks) > DEEPEST:
                raise TextRefused(found[0], line, _("repeated parts stand at most {most} deep in each other"), most=DEEPEST)
            open_blocks.append((_place(inside[1:], found[0], line), []))
        else:
            open_blocks[-1][1].append(_place(inside, found[0], line))
    _plain(text, at, len(text), open_blocks[-1][1])
    begun, parts = open_blocks[-1]
    if begun is not None:
        raise TextRefused(
            "{{# " + ".".join(begun.path) + " }}", begun.line, _("this repeated part has no end; write {end} where it ends"), end="{{/}}"
        )
    return tuple(parts)


def places(parts: tuple[Part, ...]) -> Iterator[Place]:
    """Every place, blocks' own ones too."""
    for one in parts:
        if isinstance(one, Place):
            yield one
        elif isinstance(one, Block):
            yield one.place
            yield from places(one.parts)


def _inside(found: re.Match[str], line: int, *, html: bool) -> str:
    inside = found[1]
    if html:
        if _TAG.search(inside):
            raise TextRefused(_TAG.sub("", found[0]), line, _("a part of it is formatted otherwise; write the place anew, in one piece"))
        inside = unescape(inside)
    return inside.replace("\xa0", " ").strip()


def _place(inside: str, written: str, line: int) -> Place:
    path = tuple(part.strip() for part in inside.split("."))
    if not inside.strip() or len(inside) > LONGEST_PATH or not all(path):
        raise TextRefused(written, line, _("there is no field named"))
    return Place(path, line)


def _plain(text: str, begin: int, end: int, parts: list[Part]) -> None:
    """The text between two places; braces in it were meant as a place."""
    plain = text[begin:end]
    for sign in ("{{", "}}"):
        if sign in plain:
            line = text.count("\n", 0, begin + plain.index(sign)) + 1
            raise TextRefused(plain[plain.index(sign) :][:40], line, _("two braces begin or end a place, and the others are missing"))
    if plain:
        parts.append(plain)
