"""A field of the administrators' own, before it is kept: whether its name, kind, options and flags hold together. Pure.

A row is what custom_field keeps: {entity, name, kind, options, label_fa, label_en, help, section, position, flags, active}.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from config.errors import Refusal
from config.translations import _
from crm.access import MOST_FIELD_LEVEL
from crm.catalogue import field_of
from crm.entity import Entity
from crm.expression import evaluate, parse, tests
from crm.fields.choices import Choice, Option, State
from crm.fields.computed import Computed
from crm.fields.dates import Date, Moment
from crm.fields.every import kinds
from crm.fields.field import Field
from crm.fields.kind import Kind, Reading
from crm.fields.numbers import Number
from crm.fields.references import AnyReference, Reference
from crm.fields.rows import Rows
from crm.formula import fields_in
from crm.query import STANDARD_PLACES
from crm.record_draft import RecordInvalid

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
MOST_FIELDS = 200
MOST_CHOICES = 300
MOST_COLUMNS = 20
RESERVED = frozenset(
    {*STANDARD_PLACES, "expert", "experts", "colour", "icon", "extra", "path", "sort_key", "title", "url", "starred", "list", "like", "quick", "words", "made",
     "version", "csrf", "do", "q", "where", "sort", "view", "and", "or", "not", "field"},
)  # fmt: skip
FLAGS = frozenset({"required", "listed", "searched", "quick", "carded", "filtered", "indexed", "alarm"})
FARTHEST_AHEAD = 366
MOST_AHEAD = 6
"""Alarms of one date."""
CALENDARS = ("jalali", "gregorian")
IN_ROWS = ("text", "long_text", "number", "money", "percent", "yes_no", "date", "time", "choice", "phone", "email", "web", "user")
"""The kinds that columns of one's own rows may have."""
RESULTS = ("number", "money", "percent", "text", "date", "duration")
"""What a computed field of one's own may come out as."""
_HIDDEN = frozenset({"table", "derive", "derived", "main"})
_OPTION = frozenset(one.name for one in attrs.fields(Option))


class OwnFieldWrong(Refusal):
    """Something about a field of one's own that cannot be; `why` is a sentence of its own."""

    code = "own_field_wrong"
    status = 422
    sentence = _("{why}")

    def text(self, language: str) -> str:
        from config.translations import translate

        return translate(language, self.values["why"])


def offered() -> Mapping[str, type[Kind]]:
    """The kinds that administrators may choose from."""
    return {code: kind for code, kind in kinds().items() if kind.offered}


def checked(
    row: Mapping[str, Any], entity: Entity, entities: Mapping[str, Entity], lists: Collection[str], taken: Collection[str]
) -> Field:
    """The field that a row makes. `taken`: names of other own fields. Raises RecordInvalid with every problem by its place."""
    problems: dict[str, Refusal] = {}

    def wrong(place: str, why: str | Refusal) -> None:
        problems.setdefault(place, why if isinstance(why, Refusal) else OwnFieldWrong(field=place, why=why))

    name = row["name"]
    if not isinstance(name, str) or not NAME.fullmatch(name):
        wrong("name", _("A code is of small Latin letters, digits and _, and begins with a letter."))
    elif name in RESERVED or name in taken or name in entity.table.c or ((one := entity.field(name)) is not None and not one.custom):
        wrong("name", _("This code is taken; choose another."))
    if not (row["label_fa"] or row["label_en"]):
        wrong("label_fa", _("A field needs a label."))
    if row["section"] and row["section"] not in {section.name for section in entity.sections}:
        wrong("section", _("There is no such section."))
    kind = _kind(row, wrong)
    if kind is not None:
        _kind_holds(kind, entity, entities, lists, wrong)
        _flags_hold(row["flags"] or {}, kind, entity, name, wrong)
    if problems:
        raise RecordInvalid(problems)
    return field_of(row)


def _kind(row: Mapping[str, Any], wrong: Any) -> Kind | None:
    made = offered().get(row["kind"])
    if made is None:
        wrong("kind", _("There is no such kind of field."))
        return None
    options = row["options"] or {}
    known = {one.name for one in attrs.fields(made)} - _HIDDEN
    if not isinstance(options, Mapping) or not set(options) <= known or not _choices_plain(options.get("choices", ())):
        wrong("options", _("These options do not belong to this kind of field."))
        return None
    try:
        return field_of({**row, "name": "x", "flags": {}}).kind
    except (KeyError, TypeError, ValueError, AttributeError):
        wrong("options", _("These options do not belong to this kind of field."))
        return None


def _choices_plain(choices: Any) -> bool:
    return (
        isinstance(choices, Sequence)
        and not isinstance(choices, str)
        and all(isinstance(one, Mapping) and set(one) <= _OPTION and {"code", "title"} <= set(one) for one in choices)
        and all(isinstance(one.get(name, ""), str) for one in choices for name in ("code", "title", "fa", "en", "colour", "also"))
    )


def _kind_holds(kind: Kind, entity: Entity, entities: Mapping[str, Entity], lists: Collection[str], wrong: Any) -> None:
    if isinstance(kind, Choice):
        _choices_hold(kind, lists, wrong)
    stored: Any = kind  # made of JSON that somebody sent: its attributes need not be of the types they are declared with
    if isinstance(kind, Number):
        if (
            not all(isinstance(bound, int | float) and not isinstance(bound, bool) for bound in (stored.low, stored.high))
            or kind.low > kind.high
        ):
            wrong("high", _("The largest value is not smaller than the smallest one."))
        if not isinstance(stored.places, int) or not 0 <= stored.places <= 6:
            wrong("places", _("From no to six decimal places."))
        if kind.code == "rating" and not 2 <= kind.high <= 10:
            wrong("high", _("From two to ten stars."))
    longest = getattr(stored, "longest", 1)
    if not isinstance(longest, int) or isinstance(longest, bool) or not 1 <= longest <= 100_000:
        wrong("longest", _("From 1 to 100,000 letters."))
    if isinstance(kind, Reference) and kind.entity not in entities:
        wrong("entity", _("Choose the kind of record that it points to."))
    if isinstance(kind, AnyReference) and not set(kind.entities) <= set(entities):
        wrong("entities", _("Choose the kind of record that it points to."))
    if isinstance(kind, Rows):
        _rows_hold(kind, entity, entities, lists, wrong)
    if isinstance(kind, Computed):
        _formula_holds(kind, entity, wrong)


def _choices_hold(kind: Choice, lists: Collection[str], wrong: Any) -> None:
    codes = [one.code for one in kind.choices]
    moves: Any = getattr(kind, "moves", {})
    if kind.list and kind.list not in lists:
        wrong("list", _("There is no such list."))
    if not kind.list and not kind.choices:
        wrong("choices", _("A choice needs something to choose from."))
    if len(codes) > MOST_CHOICES:
        wrong("choices", _("At most 300 choices."))
    if (
        len(codes) != len(set(codes))
        or any(not re.fullmatch(r"[a-z0-9_]{1,40}", code, re.ASCII) for code in codes)
        or any(not one.title for one in kind.choices)
    ):
        wrong("choices", _("Every choice needs a title, and a code of its own."))
    if isinstance(kind, State) and (
        not isinstance(moves, Mapping) or not {*moves, *(code for targets in moves.values() for code in targets)} <= set(codes)
    ):
        wrong("moves", _("Moves go from one of the choices to another."))


def _rows_hold(kind: Rows, entity: Entity, entities: Mapping[str, Entity], lists: Collection[str], wrong: Any) -> None:
    names = [one.name for one in kind.fields]
    if (
        not 1 <= len(names) <= MOST_COLUMNS
        or len(names) != len(set(names))
        or any(not NAME.fullmatch(name) or name == "id" for name in names)
    ):
        wrong("columns", _("Rows have one to twenty columns, each with a code of its own."))
    if any(one.kind.code not in IN_ROWS for one in kind.fields):
        wrong("columns", _("Columns of rows are of simple kinds."))
    if any(not one.label and not one.labels for one in kind.fields):
        wrong("columns", _("A column needs a label."))
    for one in kind.fields:
        if one.kind.code in IN_ROWS:
            _kind_holds(one.kind, entity, entities, lists, lambda _place, why: wrong("columns", why))


def _formula_holds(kind: Computed, entity: Entity, wrong: Any) -> None:
    seen = {one.name for one in entity.fields if not isinstance(one.kind, Computed | Rows)}
    if kind.result.code not in RESULTS:
        wrong("result", _("There is no such kind of result."))
    try:
        looked_at = fields_in(kind.formula)
        evaluate(kind.formula, {})
    except (TypeError, ValueError, AttributeError, RecursionError, Refusal):
        wrong("formula", _("The formula does not hold together."))
        return
    if not looked_at or not looked_at <= seen:
        wrong("formula", _("The formula looks at a field that is not there, or at none."))


def _flags_hold(flags: Mapping[str, Any], kind: Kind, entity: Entity, name: str, wrong: Any) -> None:
    more = {"level", "default", "show_if", "required_if", "of", "ahead", "yearly"}
    if not set(flags) <= FLAGS | more or any(not isinstance(flags.get(one, False), bool) for one in FLAGS):
        wrong("flags", _("There is no such property of a field."))
    level = flags.get("level", 0)
    if not isinstance(level, int) or isinstance(level, bool) or not 0 <= level <= MOST_FIELD_LEVEL:
        wrong("level", _("Confidentiality is 0, 1 or 2."))
    _alarm_holds(flags, kind, wrong)
    if flags.get("required") and (kind.code in ("yes_no", "computed")):
        wrong("required", _("A value of this kind cannot be demanded."))
    if flags.get("indexed") and kind.storage in ("json", "none", "text"):
        wrong("indexed", _("Values of this kind cannot be indexed."))
    if flags.get("default") is not None and flags["default"] not in ("@today", "@me"):
        try:
            kind.read(flags["default"], Reading(now=datetime(2020, 1, 1, tzinfo=ZoneInfo("UTC"))))
        except Refusal as error:
            wrong("default", error)
        except TypeError:
            wrong("default", _("This cannot be a value of this kind."))
    for place in ("show_if", "required_if"):
        _condition_holds(flags.get(place), entity, name, partial(wrong, place))
    if not isinstance(flags.get("of", ()), list | tuple) or not set(flags.get("of", ())) <= {one.name for one in entity.variants}:
        wrong("of", _("There is no such sort of record."))


UNREAD = ("like", "starts", "empty", "filled", "has", "yearly")
"""Comparisons whose value the kind of the field does not read."""


def _condition_holds(raw: Any, entity: Entity, name: str, wrong: Any) -> None:
    """It looks at other fields that are there, and for values that they can have."""
    try:
        for test in tests(parse(raw)):
            if (one := entity.field(test.path)) is None or one.name == name:
                wrong(_("The condition looks at a field that is not there."))
            elif test.operator not in UNREAD and (why := _unread(one, test.value)):
                wrong(why)
    except Refusal:
        wrong(_("The condition was not understood."))


def _unread(one: Field, value: Any) -> Refusal | None:
    """Why a condition's value cannot be one of this field; a form with such a condition could not be shown."""
    try:
        for part in value if isinstance(value, list | tuple) else (value,):
            one.kind.read(part, Reading(now=datetime(2020, 1, 1, tzinfo=ZoneInfo("UTC"))))
    except Refusal as error:
        return error
    return None


def _alarm_holds(flags: Mapping[str, Any], kind: Kind, wrong: Any) -> None:
    """Only dates ring; at most six times, a year ahead at most; only days come every year."""
    if flags.get("alarm") and not isinstance(kind, Date | Moment):
        wrong("alarm", _("Only a date, or a date and time, can ring."))
    ahead = flags.get("ahead", ())
    whole = isinstance(ahead, list | tuple) and all(isinstance(one, int) and not isinstance(one, bool) for one in ahead)
    if not whole or len(ahead) > MOST_AHEAD or any(not 0 <= one <= FARTHEST_AHEAD for one in ahead):
        wrong("ahead", _("From one to six numbers of days, each at most 366, such as 7, 1, 0."))
    if flags.get("yearly", "") not in ("", *CALENDARS) or (flags.get("yearly") and isinstance(kind, Moment)):
        wrong("yearly", _("Only a date without a time comes every year, by one of the two calendars."))
