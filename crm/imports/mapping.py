"""Which column is which field: guessed from the headers in either language, changed by people, remembered for files with the same headers. Pure.

A target is a field's name ("city") or a place in its rows ("channels.0.raw": the number of the first row); "" leaves a column out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crm.entity import Entity
from crm.fields.field import Field
from crm.fields.rows import Rows
from crm.folding import fold

Target = str
MOST_IN_ROWS = 8
_NUMBER = re.compile(r"[\s_\-#]*\(?(\d{1,2})\)?$")


def fingerprint(headers: Sequence[str]) -> str:
    """What files with the same headers have in common."""
    return hashlib.sha256("\n".join(fold(str(one)) for one in headers).encode()).hexdigest()


def targets(entity: Entity, level: int) -> list[tuple[Target, str, str]]:
    """Everything a column may be: (target, label in Persian, label in English)."""
    found: list[tuple[Target, str, str]] = []
    for one in entity.of(level=level):
        if not one.typed:
            continue
        if isinstance(one.kind, Rows):
            for place in range(min(one.kind.most, MOST_IN_ROWS)):
                for inner in one.kind.fields:
                    fa, en = (f"{one.word(language)} {place + 1} › {inner.word(language)}" for language in ("fa", "en"))
                    found.append((f"{one.name}.{place}.{inner.name}", fa, en))
        else:
            found.append((one.name, one.word("fa"), one.word("en")))
    return found


def guess(entity: Entity, headers: Sequence[str], level: int) -> list[Target]:
    """A target for each header, "" where none is likely; each target once."""
    known = _words(entity, level)
    taken: set[Target] = set()
    found: list[Target] = []
    for header in headers:
        target = _guessed(str(header), known, taken)
        found.append(target)
        taken.add(target)
    return found


def raw_values(entity: Entity, mapping: Sequence[Target], cells: Sequence[Any], *, clear: bool = False) -> dict[str, Any]:
    """A row's cells as raw values by field; empty ones are left out unless `clear`. Rows' cells come together."""
    raw: dict[str, Any] = {}
    rows: dict[str, dict[int, dict[str, Any]]] = {}
    for target, cell in zip(mapping, cells, strict=False):
        if not target or (cell in (None, "") and not clear):
            continue
        name, _dot, rest = target.partition(".")
        if not rest:
            raw[name] = cell
        elif cell not in (None, ""):
            place, _dot, inner = rest.partition(".")
            rows.setdefault(name, {}).setdefault(int(place), {})[inner] = cell
    for name, by_place in rows.items():
        raw[name] = [_whole_row(entity, name, by_place[place]) for place in sorted(by_place)]
    return raw


def _whole_row(entity: Entity, name: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row with the defaults of what no column gives."""
    one = entity.field(name)
    if one is None or not isinstance(one.kind, Rows):
        return row
    return {**{inner.name: inner.default for inner in one.kind.fields if inner.default is not None}, **row}


def _words(entity: Entity, level: int) -> dict[str, list[Target]]:
    """Folded words → targets, the likeliest first."""
    known: dict[str, list[Target]] = {}

    def note(words: Iterable[str], target: Target) -> None:
        for word in words:
            if folded := _folded(word):
                known.setdefault(folded, []).append(target)

    for one in entity.of(level=level):
        if not one.typed:
            continue
        if isinstance(one.kind, Rows):
            inner = {part.name: part for part in one.kind.fields}
            main = one.kind.main or next(iter(inner))
            for place in range(MOST_IN_ROWS):
                note((*one.also, *_names(one)), f"{one.name}.{place}.{main}")
            for part in inner.values():
                for place in range(MOST_IN_ROWS):
                    note((*part.also, *_names(part)), f"{one.name}.{place}.{part.name}")
        else:
            note((*_names(one), *one.also), one.name)
    return known


def _names(one: Field) -> tuple[str, ...]:
    return one.word("fa"), one.word("en"), one.name


def _guessed(header: str, known: Mapping[str, list[Target]], taken: set[Target]) -> Target:
    word = _folded(header)
    for tried in (word, _folded(_NUMBER.sub("", fold(header)))):
        for target in known.get(tried, ()):
            if target not in taken:
                return target
    return ""


def _folded(word: str) -> str:
    return re.sub(r"[\W_]+", " ", fold(word)).strip()
