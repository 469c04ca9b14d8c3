"""A text filled in for one record: values in the text's language, with the eyes of who asks. On a reader's connection.

What the user may not see is not merged: the refusal names it, and nothing comes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from html import escape
from typing import Any

from attrs import define, evolve, field, frozen
from sqlalchemy import Connection, select

from config.errors import Refusal
from config.persian.dates import show_date
from config.translations import _
from crm.access import Viewer
from crm.entity import Entity
from crm.fields.field import Field
from crm.fields.kind import Showing
from crm.fields.references import Reference, References
from crm.fields.rich import safe_html
from crm.fields.rows import Rows
from crm.fields.texts import RichText
from crm.linked_names import titles
from crm.merging.paths import Scope, Way, inside, scope_of, way_of
from crm.merging.reader import Block, Part
from crm.query import allowed
from crm.record import Record, records

MOST_ROWS = 200
LONGEST = 500_000


class NotSeen(Refusal):
    """Fields or records of the text that the user may not see."""

    code = "not_seen"
    status = 403
    sentence = _("This text names what you may not see: {names}. Ask somebody with the right, or take it out of the text.")


class TooLong(Refusal):
    """More text than is made."""

    code = "merged_too_long"
    status = 422
    sentence = _("The text became too long; take repeated parts out of it.")


@frozen(kw_only=True)
class Words:
    """What a text may say beside the record: the day, the user's name, the office's."""

    today: date
    me: str = ""
    office: str = ""


Values = Mapping[str, Any]


@define
class Filling:
    """One text being filled in. `html`: formatted text, else plain."""

    connection: Connection
    entities: Mapping[str, Entity]
    viewer: Viewer
    showing: Showing
    words: Words
    html: bool
    unseen: dict[str, None] = field(factory=dict)
    length: int = 0
    _records: dict[tuple[str, int], Record | None] = field(factory=dict)

    def fill(self, parts: tuple[Part, ...], entity: Entity, record: Record) -> str:
        """The text. Raises NotSeen, TooLong, TextRefused."""
        text = "".join(self._parts(parts, scope_of(entity), (record.values,)))
        if self.unseen:
            raise NotSeen(names="، ".join(self.unseen) if self.showing.language == "fa" else ", ".join(self.unseen))
        return safe_html(text) if self.html else text

    def _parts(self, parts: tuple[Part, ...], scope: Scope, around: tuple[Values, ...]) -> Iterator[str]:
        """`around`: the values of each scope, the innermost first."""
        for one in parts:
            text = one if isinstance(one, str) else "".join(self._block(one, scope, around)) if isinstance(one, Block) else None
            if text is None and not isinstance(one, str | Block):
                text = self._place(way_of(one, scope, self.entities), around)
            self.length += len(text or "") if not isinstance(one, Block) else 0
            if self.length > LONGEST:
                raise TooLong
            yield text or ""

    def _block(self, block: Block, scope: Scope, around: tuple[Values, ...]) -> Iterator[str]:
        way = way_of(block.place, scope, self.entities)
        within = inside(way, scope, self.entities)
        for values in list(self._each(way, around))[:MOST_ROWS]:
            yield from self._parts(block.parts, within, (values, *around))

    def _each(self, way: Way, around: tuple[Values, ...]) -> Iterator[Values]:
        """The rows or records that a block goes through."""
        for one, value in self._reached(way, around):
            if isinstance(one.kind, Rows):
                yield from value or ()
            else:
                yield from (record.values for number in value or () if (record := self._record(one, number)))

    def _place(self, way: Way, around: tuple[Values, ...]) -> str:
        if way.special:
            return self._written(self._special(way.special))
        found = list(self._reached(way, around))
        if self.html and len(found) == 1 and isinstance(found[0][0].kind, Rows):
            return self._table(*found[0])
        if self.html and len(found) == 1 and isinstance(found[0][0].kind, RichText):
            return safe_html(found[0][1] or "")
        return self._written(
            ("، " if self.showing.language == "fa" else ", ").join(text for one, value in found if (text := self._text(one, value)))
        )

    def _reached(self, way: Way, around: tuple[Values, ...]) -> list[tuple[Field, Any]]:
        """Every value that a way leads to, with its field."""
        now: list[tuple[Field | None, Any]] = [(None, around[min(way.up, len(around) - 1)])]
        for step in way.steps:
            if isinstance(step, int):
                now = [(one, value[step - 1 : step]) for one, value in now if value]
                continue
            if step.level > self.viewer.pattern.field_level:
                self.unseen[step.word(self.showing.language)] = None
                return []
            now = [(step, values.get(step.name)) for one, value in now for values in self._opened(one, value)]
        return [(one, value) for one, value in now if one is not None]

    def _opened(self, one: Field | None, value: Any) -> Iterable[Values]:
        """What lies behind a value: the values themselves, rows, or the records it points to."""
        if one is None:
            return (value,)
        if value is None:
            return ()
        if isinstance(one.kind, Rows):
            return tuple(value)
        numbers = value if isinstance(one.kind, References) else [value]
        return tuple(record.values for number in numbers if (record := self._record(one, number)))

    def _record(self, one: Field, number: int) -> Record | None:
        """A record that a field points to; not to be seen, its field is named in the refusal."""
        assert isinstance(one.kind, Reference)
        key = (one.kind.entity, number)
        if key not in self._records:
            entity = self.entities[one.kind.entity]
            sql = select(entity.table).where(entity.table.c.id == number, entity.table.c.deleted_at.is_(None))
            row = self.connection.execute(sql.where(allowed(entity, self.viewer))).mappings().first()
            if row is None and self.connection.execute(sql).first() is not None:
                self.unseen[one.word(self.showing.language)] = None
            self._records[key] = records(self.connection, entity, [dict(row)], self.viewer)[0] if row else None
        return self._records[key]

    def _text(self, one: Field, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(one.kind, Reference):
            for number in value if isinstance(value, list) else [value]:
                self._record(one, number)
        named = titles(self.connection, self.entities, [one], [{one.name: value}], self.viewer)
        return one.kind.show(value, evolve(self.showing, titles=named))

    def _table(self, one: Field, value: Any) -> str:
        """Rows as a table, without the columns that are empty in all of them."""
        assert isinstance(one.kind, Rows)
        rows = list(value or ())
        columns = [inner for inner in one.kind.fields if any(row.get(inner.name) not in (None, "", False) for row in rows)]
        if not columns:
            return ""
        head = "".join(f"<th>{escape(inner.word(self.showing.language))}</th>" for inner in columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{self._written(self._text(inner, row.get(inner.name)))}</td>" for inner in columns) + "</tr>"
            for row in rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _special(self, name: str) -> str:
        if name.startswith("@today"):
            calendar = name.partition(".")[2]
            return show_date(self.words.today, self.showing.language, "long", calendar)
        return self.words.me if name == "@me" else self.words.office

    def _written(self, text: str) -> str:
        return escape(text).replace("\n", "<br>") if self.html else text
