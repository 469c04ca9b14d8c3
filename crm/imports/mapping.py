"""Which column is which field: guessed from the headers in either language, changed by people, remembered for files with the same headers. Pure.

A target is a field's name ("city") or a place in its rows ("channels.0.raw": the number of the first row); the name of rows ("channels") is a cell that
holds them all, a line for each, as exports write it; "" leaves a column out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from config.translations import _, translate
from crm.entity import Entity
from crm.fields.field import Field
from crm.fields.rows import Rows
from crm.folding import fold
from crm.imports.packed import unpacked

Target = str
MOST_IN_ROWS = 8
ALL_ROWS = _("{field}: a line for each")
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
            if one.kind.brief:
                fa, en = (translate(language, ALL_ROWS, field=one.word(language)) for language in ("fa", "en"))
                found.append((one.name, fa, en))
            for place in range(min(one.kind.most, MOST_IN_ROWS)):
                for inner in one.kind.fields:
                    fa, en = (f"{one.word(language)} {place + 1} › {inner.word(language)}" for language in ("fa", "en"))
                    found.append((f"{one.name}.{place}.{inner.name}", fa, en))
        else:
            found.append((one.name, one.word("fa"), one.word("en")))
    return found


def guess(entity: Entity, headers: Sequence[str], level: int) -> tuple[list[Target], str]:
    """A target for each header, "" where none is likely; each target once. And what sort of record the rows are, "" where nothing tells.

    «شرکت» is where a person works; in a file that names no person it is the record's own name, and the record is a company.
    """
    known = _words(entity, level)
    taken: set[Target] = set()
    found: list[Target] = []
    last: dict[str, str] = {}
    for header in headers:
        target = _guessed(str(header), known, taken, last)
        found.append(target)
        taken.add(target)
        rows, _dot, row = target.rpartition(".")[0].partition(".")
        last[rows] = row
    title, parts = entity.title_field, {part for one in entity.variants for part in one.parts}
    if title not in taken and len(alone := parts & taken) == 1:  # «نام» without the family name is all of the name
        only = found.index(next(iter(alone)))
        if title in known.get(_folded(str(headers[only])), ()):
            found[only] = title
    if not {title, *parts} & taken:
        for place, header in enumerate(headers):
            for sort in entity.variants:
                if _folded(str(header)) in map(_folded, sort.also):
                    found[place] = title
                    return found, sort.name
    return found, ""


@frozen
class Columns:
    """Which cell of a row is what: (place of the cell, field) and, for fields of rows, (place, field, kind) and (place, field, number of the row, its field)."""

    plain: tuple[tuple[int, str], ...]
    packed: tuple[tuple[int, str, Rows], ...]
    inner: tuple[tuple[int, str, int, str], ...]
    defaults: Mapping[str, Mapping[str, Any]]
    """By field of rows: what a row has that no column gives."""


def columns_of(entity: Entity, mapping: Sequence[Target]) -> Columns:
    """The columns of a mapping, taken apart once for all rows."""
    plain: list[tuple[int, str]] = []
    packed: list[tuple[int, str, Rows]] = []
    inner: list[tuple[int, str, int, str]] = []
    for place, target in enumerate(mapping):
        name, _dot, rest = target.partition(".")
        if rest:
            number, _dot, part = rest.partition(".")
            inner.append((place, name, int(number), part))
        elif (one := entity.field(name)) and isinstance(one.kind, Rows):
            packed.append((place, name, one.kind))
        elif name:
            plain.append((place, name))
    names = {name for _place, name, *_more in inner} | {name for _place, name, _kind in packed}
    kinds = {name: one.kind for name in names if (one := entity.field(name))}
    defaults = {
        name: {one.name: one.default for one in kind.fields if one.default is not None} for name, kind in kinds.items() if isinstance(kind, Rows)
    }  # fmt: skip
    return Columns(tuple(plain), tuple(packed), tuple(inner), defaults)


def raw_values(columns: Columns, cells: Sequence[Any], *, clear: bool = False) -> dict[str, Any]:
    """A row's cells as raw values by field; empty ones are left out unless `clear`. Rows' cells come together."""
    length = len(cells)
    raw: dict[str, Any] = {}
    for place, name in columns.plain:
        if place < length and (clear or cells[place] not in (None, "")):
            raw[name] = cells[place]
    rows: dict[str, dict[int, dict[str, Any]]] = {}
    for place, name, number, part in columns.inner:
        if place < length and cells[place] not in (None, ""):
            rows.setdefault(name, {}).setdefault(number, {})[part] = cells[place]
    for name, by_number in rows.items():
        raw[name] = [{**columns.defaults.get(name, {}), **by_number[number]} for number in sorted(by_number)]
    for place, name, kind in columns.packed:
        if place < length and cells[place] not in (None, ""):
            raw[name] = [*({**columns.defaults.get(name, {}), **row} for row in unpacked(kind, cells[place])), *raw.get(name, ())]
    return raw


def _words(entity: Entity, level: int) -> dict[str, list[Target]]:
    """Folded words → targets, the likeliest first."""
    known: dict[str, list[Target]] = {}

    def note(words: Iterable[str], target: Target) -> None:
        for word in words:
            if folded := _folded(word):
                known.setdefault(folded, []).append(target)

    typed = [one for one in entity.of(level=level) if one.typed]
    for one in typed:  # a field's own name comes before the same word in the rows of another: «یادداشت» is the record's, not a rating's
        if not isinstance(one.kind, Rows):
            note(_names(one), one.name)
    for one in typed:
        if isinstance(one.kind, Rows):
            inner = {part.name: part for part in one.kind.fields}
            main = one.kind.main or next(iter(inner))
            if one.kind.brief:
                note(_names(one), one.name)
            for place in range(MOST_IN_ROWS):
                note((*one.also, *_names(one)), f"{one.name}.{place}.{main}")
            for part in inner.values():
                for place in range(MOST_IN_ROWS):
                    pairs = zip(_names(one), _names(part), strict=True)
                    both = (f"{rows}{number} {word}" for rows, word in pairs for number in ("", f" {place + 1}"))
                    note((*part.also, *_names(part), *both), f"{one.name}.{place}.{part.name}")
        else:
            note((*_names(one), *one.also), one.name)
    return known


def _names(one: Field) -> tuple[str, ...]:
    return one.word("fa"), one.word("en"), one.name


def _guessed(header: str, known: Mapping[str, list[Target]], taken: set[Target], last: Mapping[str, str]) -> Target:
    """`last`: for fields of rows the row of the column before; an extension belongs to the number that it stands behind."""
    word = _folded(header)
    for tried in (word, _folded(_NUMBER.sub("", fold(header)))):
        if free := [one for one in known.get(tried, ()) if one not in taken]:
            rows, _dot, part = free[0].partition(".")
            beside = f"{rows}.{last.get(rows)}.{part.partition('.')[2]}"
            return beside if beside in free else free[0]
    return ""


def _folded(word: str) -> str:
    return re.sub(r"[\W_]+", " ", fold(word)).strip()
