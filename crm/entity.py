"""The declaration of an entity: one file says everything, and table, form, list, search, API, import, export, history, access derive from it.

    TASK = declare(
        name="task", plural="tasks", title=_("Task"), title_plural=_("Tasks"), icon="check",
        fields=(
            Field(name="name", kind=Line(), label=_("Title"), required=True, listed=True, searched=True, quick=True),
            Field(name="due", kind=Date(), label=_("Due"), listed=True, indexed=True, alarm="task_due"),
            Field(name="customer", kind=Reference(entity="party"), label=_("Customer"), listed=True),
        ),
        sections=(Section("main", _("Task"), ("name", "due", "customer")),),
    )

The file lies in crm/entities/<area>/ and is found by the catalogue; `python -m tests.house.new_revision "tasks"` makes its migration.

Every entity has as well: id, expert and experts (who is responsible), active, colour, icon, sort_key (its title in the alphabet's
order), extra (fields of the administrators' own), version (optimistic locking), created/updated/deleted _at and _by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from attrs import evolve, frozen
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    false,
    text,
    true,
)

from config.database import metadata
from config.translations import _, translate
from crm.access import Viewer
from crm.fields.choices import Choice, MultiChoice
from crm.fields.field import Field
from crm.fields.kind import Reading
from crm.fields.references import Parent, Reference, User, Users
from crm.fields.rows import Rows
from crm.fields.texts import Colour, Icon
from crm.folding import fold
from crm.open_items import OpenItems

EXPERT = Field(
    name="expert", kind=User(), label=_("Responsible expert"), listed=True, help=_("Whose record it is; «own records» means this user’s.")
)
EXPERTS = Field(name="experts", kind=Users(), label=_("Other experts"), help=_("Users who are responsible as well."))
COLOUR = Field(name="colour", kind=Colour(), label=_("Colour"))
ICON = Field(name="icon", kind=Icon(), label=_("Icon"))
STANDARD = (EXPERT, EXPERTS, COLOUR, ICON)
STANDARD_SECTION = "responsible"


@frozen
class Section:
    """A part of the form and of the record's page."""

    name: str
    title: str
    fields: tuple[str, ...]


@frozen
class Variant:
    """A sort of record that shares the entity's table (person, company, project) and has fields and words of its own.

    `parts`: the fields that its name is made of, where that is not the title field alone. `also`: what the column of its name is called in files
    in which nothing else is anybody's name.
    """

    name: str
    title: str
    title_plural: str
    icon: str
    parts: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


Values = dict[str, Any]
Prepare = Callable[[Values, Mapping[str, Any], Reading], None]
Follow = Callable[[Connection, Sequence[tuple[int, Mapping[str, Any], Mapping[str, Any]]], "Who"], Sequence[Mapping[str, Any]]]
Tokens = Callable[[Mapping[str, Any], Mapping[tuple[str, object], str | None]], set[str]]
Check = Callable[[Mapping[str, Any], Mapping[str, "Entity"]], None]
Also = Callable[[Connection, int, Mapping[str, Any], Mapping[str, Any]], Iterable[int]]


@frozen(kw_only=True)
class Who:
    """Who changes something: the user's name, from where (an address, "import 7", "call 17…"), and when (UTC epoch seconds).

    `viewer`: who must be allowed to choose what is linked anew; None when the product links by itself.
    """

    username: str
    at: float
    origin: str = ""
    viewer: Viewer | None = None


@frozen(kw_only=True)
class Weak:
    """When a key in rows says little by itself: in rows whose `column` is one of `values` it counts only between records of which `beside` is equal.

    Everybody in an office has its telephone; they are the same person only when their family name is the same too.
    """

    column: str
    values: tuple[str, ...]
    beside: str

    def told(self, kind: Any, beside: Any) -> str:
        """What is compared beside the key, where `column` and `beside` have these values: "" where the key says enough by itself."""
        return fold(str(beside or "")).replace(" ", "") if kind in self.values else ""


@frozen(kw_only=True, eq=False)
class Entity:
    """A declared entity; made by `declare`, completed with the administrators' fields and lists by the catalogue."""

    name: str
    plural: str
    title: str
    title_plural: str
    icon: str
    fields: tuple[Field, ...]
    sections: tuple[Section, ...]
    table: Table
    children: Mapping[str, Table]
    """The tables of its rows, by field."""
    area: str = "records"
    title_field: str
    """The field that links and lists show it by; `prepare` fills it in when it follows from others."""
    sort_name: Callable[[Mapping[str, Any]], str]
    """The text it is sorted by in the alphabet's order."""
    variants: tuple[Variant, ...] = ()
    variant_field: str = ""
    keys: tuple[tuple[str, ...], ...] = ()
    """What makes two records the same: groups of fields that agree ("phones.number" inside rows). For duplicates and imports."""
    weak_keys: Mapping[str, Weak] = {}
    """Of the keys those that are weak for duplicates, by their path."""
    sort: str = "sort_key"
    prepare: Prepare | None = None
    """Fills in what follows from other values: (new values, old ones, what day it is…), before checks; may raise a Refusal with its field."""
    check: Check | None = None
    """Judges a whole record, after `prepare`, by what the other entities are: (its values, all entities); raises a Refusal with its field."""
    follow: Follow | None = None
    """What follows from the ids of records, or hangs on them, in the same transaction: (connection, [(id, old values, new values)…], who) → for each the
    columns of its row to be set. Of new records (old values {}) it is asked before their rows are written."""
    more_tokens: Tokens | None = None
    """Search tokens beyond its own fields': (values, the names of what they point to)."""
    also_found: Also | None = None
    """Other records of the entity whose search tokens follow from this one (people are found by their company's name)."""
    named_by: Callable[[ColumnElement[int]], Select[Any]] | None = None
    """SELECT of the ids of records of the entity whose names are among the search tokens of the one with this id."""
    coloured_by: tuple[str, ...] = ()
    """Choices whose colour is the record's when it has none of its own, the first that has one."""
    open_items: OpenItems | None = None
    """Which of its records are open for a customer (crm/open_items.py)."""
    in_menu: bool = True
    address: str = ""
    """Where its pages are: "/tasks"."""

    def word(self, language: str, *, several: bool = False, variant: str = "") -> str:
        """What it is called."""
        one = next((one for one in self.variants if one.name == variant), self)
        return translate(language, one.title_plural if several else one.title)

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """All fields by name."""
        return {one.name: one for one in self.fields}

    def field(self, name: str) -> Field | None:
        """The field of this name, if there is one."""
        return self.by_name.get(name)

    def of(self, variant: str = "", level: int = 9) -> tuple[Field, ...]:
        """The active fields that records of `variant` have and a user of field level `level` may see."""
        return tuple(one for one in self.fields if one.active and one.level <= level and (not one.of or not variant or variant in one.of))

    def variant(self, values: Mapping[str, Any]) -> str:
        """Which sort of record these values are."""
        return str(values.get(self.variant_field) or "") if self.variant_field else ""

    def with_fields(self, fields: Iterable[Field], sections: Iterable[Section] = ()) -> Entity:
        """The entity with other (more) fields: fields of the administrators' own, lists filled in."""
        return evolve(self, fields=tuple(fields), sections=(*self.sections, *sections))

    def colour_of(self, values: Mapping[str, Any]) -> str:
        """The colour the record is shown in; "" for none."""
        chosen = ((self.by_name[name].kind, values.get(name)) for name in self.coloured_by)
        return values.get("colour") or next(
            (colour for kind, value in chosen if isinstance(kind, Choice) and (colour := kind.colour_of(value))), ""
        )

    @cached_property
    def searched(self) -> tuple[Field, ...]:
        """The active fields whose words are search tokens; none above level 0: who may not see a value must not find by it."""
        return tuple(one for one in self.fields if one.active and not one.level and (one.searched or isinstance(one.kind, Rows)))

    @property
    def alarms(self) -> tuple[Field, ...]:
        """The dates people want to be reminded of."""
        return tuple(one for one in self.fields if one.alarm)

    def kinds(self, *codes: str) -> tuple[Field, ...]:
        """The active fields of these kinds: states give a board, dates a calendar, points a map."""
        return tuple(one for one in self.fields if one.active and one.kind.code in codes)


def declare(
    *,
    name: str,
    plural: str,
    title: str,
    title_plural: str,
    icon: str,
    fields: tuple[Field, ...],
    sections: tuple[Section, ...],
    title_field: str = "name",
    sort_name: Callable[[Mapping[str, Any]], str] | None = None,
    indexes: tuple[tuple[str, ...], ...] = (),
    **more: Any,
) -> Entity:
    """An entity and its tables."""
    own = tuple(one for one in STANDARD if one.name not in {mine.name for mine in fields})
    table = _table(name, fields, indexes)
    return Entity(
        name=name, plural=plural, title=title, title_plural=title_plural, icon=icon, fields=(*fields, *own),
        sections=(*sections, Section(STANDARD_SECTION, _("Responsible and look"), tuple(one.name for one in own))) if own else sections,
        table=table, children={one.name: _child(name, one.kind) for one in fields if isinstance(one.kind, Rows) and one.kind.table},
        title_field=title_field, sort_name=sort_name or partial(_titled, title_field), address=more.pop("address", f"/{plural}"), **more,
    )  # fmt: skip


def _titled(title_field: str, values: Mapping[str, Any]) -> str:
    return str(values.get(title_field) or "")


def column(one: Field, *, of_row: bool = False) -> Column[Any] | None:
    """The column of a field; None when its values lie elsewhere. Texts are "" when there is nothing, all else is NULL.

    `of_row`: a row goes with the record that a required field of it points to.
    """
    made = one.kind.column_type()
    if made is None:
        return None
    links = []
    if isinstance(one.kind, Reference) and one.kind.storage != "none":
        links = [ForeignKey(f"{one.kind.entity}.id", ondelete="CASCADE" if of_row and one.required else "SET NULL")]
    if isinstance(made, Boolean):
        return Column(one.name, made, nullable=False, server_default=true() if one.default else false())
    if one.kind.storage in ("string", "text") and not one.unique and not isinstance(one.kind, User):
        return Column(one.name, made, nullable=False, server_default="")
    return Column(one.name, made, *links, unique=one.unique or None)


def _table(name: str, fields: tuple[Field, ...], indexes: tuple[tuple[str, ...], ...]) -> Table:
    own = [made for one in fields if (made := column(one)) is not None]
    names = {one.name for one in own}
    standard: list[Column[Any]] = [
        Column("id", Integer, primary_key=True),
        Column("expert", String),
        Column("active", Boolean, nullable=False, server_default=true()),
        Column("colour", String, nullable=False, server_default=""),
        Column("icon", String, nullable=False, server_default=""),
        Column("sort_key", String, nullable=False, server_default=""),
        Column("extra", JSON, nullable=False, server_default=text("'{}'")),
        Column("version", Integer, nullable=False, server_default="1"),
        Column("created_at", Float, nullable=False, server_default="0"),
        Column("created_by", String, nullable=False, server_default=""),
        Column("updated_at", Float, nullable=False, server_default="0"),
        Column("updated_by", String, nullable=False, server_default=""),
        Column("deleted_at", Float),
        Column("deleted_by", String, nullable=False, server_default=""),
    ]
    if any(isinstance(one.kind, Parent) for one in fields):
        standard.append(Column("path", String, nullable=False, server_default="/"))
    columns: list[Column[Any]] = [*(one for one in standard if one.name not in names), *own]
    table = Table(name, metadata, *columns)
    wanted = [("sort_key", "id"), ("updated_at", "id"), ("expert", "sort_key", "id"), *indexes]
    wanted += [(one.name, "id") for one in fields if one.indexed and one.name in table.c and not isinstance(one.kind, MultiChoice)]
    wanted += [(one.name,) for one in fields if isinstance(one.kind, Reference) and one.name in table.c and not one.indexed]
    if "path" in table.c:
        wanted.append(("path",))
    for names_of in dict.fromkeys(wanted):
        Index(f"ix_{name}_{'_'.join(names_of)}"[:60], *(table.c[one] for one in names_of))
    return table


def _child(entity: str, kind: Rows) -> Table:
    own = [made for one in kind.fields if (made := column(one, of_row=True)) is not None]
    derived = [Column(name, made) for name, made in kind.derived.items()]
    owner = Column(f"{entity}_id", Integer, ForeignKey(f"{entity}.id", ondelete="CASCADE"), nullable=False)
    table = Table(
        kind.table, metadata, Column("id", Integer, primary_key=True), owner, Column("position", Integer, nullable=False, server_default="0"), *own, *derived
    )  # fmt: skip
    Index(f"ix_{kind.table}_{entity}_id", owner, table.c.position)
    looked_up = [one.name for one in kind.fields if one.indexed or isinstance(one.kind, Reference)]
    for name in (*looked_up, *kind.derived):
        Index(f"ix_{kind.table}_{name}", table.c[name], owner)
    return table
