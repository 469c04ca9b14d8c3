"""The lists that administrators edit: choices added, renamed, coloured, moved and switched off; their codes never change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen
from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, select

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from config.translations import _
from crm.catalogue import Catalogue
from crm.entity import Entity
from crm.fields.choices import Choice, MultiChoice, Option
from crm.fields.field import Field
from crm.fields.rows import Rows
from crm.record_draft import RecordInvalid
from crm.record_tables import choice, history, record_choice
from crm.sql_words import custom_value
from switchboard.bus import Bus
from switchboard.events import CatalogueChanged

MOST_CHOICES = 1000
LONGEST = 120
LONGEST_ALSO = 500


class NoSuchList(Refusal):
    """There is no list, or no choice in it, of this name."""

    code = "no_such_list"
    status = 404
    sentence = _("There is no such list or choice.")


class ChoiceWrong(Refusal):
    """A choice that cannot be kept."""

    code = "choice_wrong"
    status = 422
    sentence = _("{why}")

    def text(self, language: str) -> str:
        from config.translations import translate

        return translate(language, self.values["why"])


@frozen(kw_only=True)
class Use:
    """A field that takes its choices from a list; `inner` when it is a column of rows."""

    entity: Entity
    field: Field
    inner: Field | None = None

    @property
    def kind(self) -> Choice:
        """The kind of the choice."""
        kind = (self.inner or self.field).kind
        assert isinstance(kind, Choice)
        return kind

    def word(self, language: str) -> str:
        """Where it is: Customer: Status, or Customer: Numbers: Kind."""
        parts = [self.entity.word(language), self.field.word(language), *([self.inner.word(language)] if self.inner else [])]
        return ": ".join(parts)


@frozen(kw_only=True)
class OwnList:
    """A list: its name, where it is used, and its choices in order."""

    name: str
    uses: Sequence[Use] = ()
    options: Sequence[Option] = field(factory=tuple)

    def word(self, language: str) -> str:
        """What people call it: the label of the first field that uses it."""
        return (self.uses[0].inner or self.uses[0].field).word(language) if self.uses else self.name


def lists_of(catalogue: Catalogue) -> list[OwnList]:
    """Every list of a catalogue, with its uses."""
    uses: dict[str, list[Use]] = {}
    for entity in catalogue.entities.values():
        for one in _uses(entity):
            uses.setdefault(one.kind.list, []).append(one)
    return [OwnList(name=name, uses=uses.get(name, ()), options=tuple(options)) for name, options in sorted(catalogue.lists.items())]


class OwnLists:
    """The verbs. Whoever has the catalogue sees the change at once; `CatalogueChanged` tells the others."""

    def __init__(self, database: Database, bus: Bus, clock: Clock, catalogue: Catalogue) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._catalogue = catalogue

    def all(self) -> list[OwnList]:
        """Every list, with its uses."""
        return lists_of(self._catalogue)

    def get(self, name: str) -> OwnList:
        """One list. Raises NoSuchList."""
        found = next((one for one in self.all() if one.name == name), None)
        if found is None:
            raise NoSuchList
        return found

    async def in_use(self, name: str) -> dict[str, int]:
        """How many records have each choice, by code."""
        uses = self.get(name).uses
        return await self._database.read(lambda connection: _count(connection, uses))

    async def add(self, name: str, username: str, *, fa: str = "", en: str = "", colour: str = "", also: str = "") -> str:
        """A new choice at the end; its code."""
        found = self.get(name)
        if len(found.options) >= MOST_CHOICES:
            raise ChoiceWrong(field="fa", why=_("This list is as long as it can be."))
        code = free_code(en, {one.code for one in found.options})
        made = _checked(Option(code, en or fa, fa=fa, en=en, colour=colour, also=also))
        await self._keep(found, (*found.options, made), username, {code: [None, fa or en]})
        return code

    async def change(
        self, name: str, code: str, username: str, *, fa: str | None = None, en: str | None = None, colour: str | None = None, active: bool | None = None,
        also: str | None = None,
    ) -> None:  # fmt: skip
        """Rename, colour, or switch a choice off or on, and say what else means it; what is None stays."""
        found = self.get(name)
        old = next((one for one in found.options if one.code == code), None)
        if old is None:
            raise NoSuchList
        new = evolve(
            old,
            fa=old.word("fa") if fa is None else fa.strip(),
            en=old.word("en") if en is None else en.strip(),
            colour=old.colour if colour is None else colour.strip().lower(),
            active=old.active if active is None else active,
            also=old.also if also is None else also.strip(),
        )
        _checked(new)
        options = [new if one.code == code else one for one in found.options]
        if not any(one.active for one in options):
            raise ChoiceWrong(field="active", why=_("One choice at least stays active."))
        await self._keep(found, options, username, {code: [_said(old), _said(new)]})

    async def put(self, name: str, rows: Iterable[Mapping[str, Any]], username: str, *, known: Sequence[str] | None = None) -> None:
        """The whole list as it is to be: {code ("" for new), fa, en, colour, active, also} in order. Choices that are left out are switched off.

        `known`: the codes that whoever says this has seen; a choice that came since stays as it is, at the end.
        Raises RecordInvalid with "place.field" of what is wrong.
        """
        found = self.get(name)
        old = {one.code: one for one in found.options}
        options: list[Option] = []
        problems: dict[str, Refusal] = {}
        for place, row in enumerate(rows):
            code = row["code"] if row.get("code") in old else free_code(row["en"] or "", {*old, *(one.code for one in options)})
            try:
                made = Option(
                    code,
                    row["en"] or row["fa"] or "",
                    fa=row["fa"] or "",
                    en=row["en"] or "",
                    colour=row["colour"] or "",
                    active=bool(row["active"]),
                    also=row.get("also") or "",
                )
                options.append(_checked(made))
            except ChoiceWrong as error:
                problems[f"{place}.{error.field}"] = error
        if problems:
            raise RecordInvalid(problems)
        there = {one.code for one in options}
        options += [
            evolve(one, active=one.active and known is not None and code not in known) for code, one in old.items() if code not in there
        ]
        if len(options) > MOST_CHOICES:
            raise ChoiceWrong(field="choices", why=_("This list is as long as it can be."))
        if not any(one.active for one in options):
            raise ChoiceWrong(field="choices", why=_("One choice at least stays active."))
        changes = {one.code: [_said(old.get(one.code)), _said(one)] for one in options if _said(old.get(one.code)) != _said(one)}
        await self._keep(found, options, username, changes)

    async def move(self, name: str, code: str, username: str, *, up: bool) -> None:
        """One place up or down."""
        found = self.get(name)
        options = list(found.options)
        place = next((place for place, one in enumerate(options) if one.code == code), None)
        if place is None:
            raise NoSuchList
        options.insert(max(place - 1, 0) if up else place + 1, options.pop(place))
        await self._keep(found, options, username, {})

    async def _keep(self, old: OwnList, options: Iterable[Option], username: str, changes: Mapping[str, Any]) -> None:
        """Write the whole list: the shipped choices are the administrators' own from the first change on."""
        now = self._clock.now()
        rows = [
            {"list": old.name, "code": one.code, "title_fa": one.word("fa"), "title_en": one.word("en"), "colour": one.colour, "position": place, "active": one.active, "own": True,
             "also": one.also}
            for place, one in enumerate(options)
        ]  # fmt: skip

        def work(connection: Connection) -> None:
            connection.execute(delete(choice).where(choice.c.list == old.name))
            connection.execute(insert(choice), rows)
            if changes:
                note = {
                    "at": now,
                    "username": username,
                    "origin": "web",
                    "entity": "choice",
                    "record_id": 0,
                    "act": "changed",
                    "changes": {old.name: [None, dict(changes)]},
                }
                connection.execute(insert(history).values(note))

        await self._database.write(work)
        await self._catalogue.load()
        self._bus.tell(CatalogueChanged(at=now, user=username))


def free_code(title: str, taken: Iterable[str]) -> str:
    """A code made from an English title, or c1, c2 and so on."""
    base, known = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:30], set(taken)
    if base[:1].isalpha() and base not in known:
        return base
    return next(f"c{n}" for n in range(1, MOST_CHOICES + 2) if f"c{n}" not in known)


def _said(one: Option | None) -> list[Any] | None:
    return [one.word("fa"), one.word("en"), one.colour, one.active, *([one.also] if one.also else [])] if one else None


def _checked(one: Option) -> Option:
    if not (one.fa or one.en):
        raise ChoiceWrong(field="fa", why=_("A choice needs a title."))
    if max(len(one.fa), len(one.en)) > LONGEST:
        raise ChoiceWrong(field="fa", why=_("A title has at most 120 letters."))
    if len(one.also) > LONGEST_ALSO:
        raise ChoiceWrong(field="also", why=_("The other words have at most 500 letters."))
    if one.colour and not re.fullmatch(r"#[0-9a-f]{6}", one.colour):
        raise ChoiceWrong(field="colour", why=_("A colour is written like #1f7a4d."))
    return one


def _uses(entity: Entity) -> list[Use]:
    found = []
    for one in entity.fields:
        if isinstance(one.kind, Rows):
            found += [
                Use(entity=entity, field=one, inner=inner)
                for inner in one.kind.fields
                if isinstance(inner.kind, Choice) and inner.kind.list
            ]
        elif isinstance(one.kind, Choice) and one.kind.list:
            found.append(Use(entity=entity, field=one))
    return found


def _count(connection: Connection, uses: Iterable[Use]) -> dict[str, int]:
    """One look through each column; multi-choices are counted where they have an index of their own."""
    found: dict[str, int] = {}
    for use in uses:
        table: Table = use.entity.table
        place: ColumnElement[Any]
        if use.inner is not None:
            child = use.entity.children.get(use.field.name)
            if child is None or use.inner.name not in child.c:
                continue
            place = child.c[use.inner.name]
        elif isinstance(use.field.kind, MultiChoice):
            if not use.field.indexed or use.field.custom:
                continue
            c = record_choice.c
            rows = connection.execute(
                select(c.code, func.count()).where(c.entity == use.entity.name, c.field == use.field.name).group_by(c.code)
            )
            _add(found, rows)
            continue
        else:
            place = custom_value(table.c.extra, use.field) if use.field.custom else table.c[use.field.name]
        _add(found, connection.execute(select(place, func.count()).group_by(place)))
    return found


def _add(found: dict[str, int], rows: Iterable[Any]) -> None:
    for code, number in rows:
        if code:
            found[str(code)] = found.get(str(code), 0) + int(number)
