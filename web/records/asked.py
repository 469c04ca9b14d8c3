"""What an address of a list asks for: ?q=&filter=&sort=&columns=&kind=&mine=&starred=&active=&deleted=&after=&before=&per=&view=. Pure.

Wrong parts of an address are not the end of the page: they are left out and told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson
from attrs import evolve, field, frozen

from config.errors import Refusal
from crm.access import Viewer
from crm.entity import Entity
from crm.expression import Condition, Test, both, parse
from crm.fields.choices import Choice, MultiChoice, State
from crm.fields.field import Field
from crm.fields.references import References
from crm.query import Query, standard_field

PER_PAGE = (25, 50, 100, 200)
MOST_COLUMNS = 30
KEPT = ("q", "filter", "sort", "columns", "kind", "mine", "starred", "active", "deleted", "per", "view")
"""The parts of an address that stay when another is changed, beside what the quick filters say (is.<field>)."""
OVER_VIEW = ("q", "filter", "sort", "columns", "kind", "mine", "starred", "active")
QUICK = "is."
MOST_QUICK = 5
ALWAYS_OFFERED = ("created_at", "updated_at", "created_by")


@frozen(kw_only=True)
class Asked:
    """A list as it is asked for. `parts`: what of the address is kept when something is changed. `problems`: parts that were left out."""

    entity: Entity
    q: str = ""
    where: Condition | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    columns: tuple[Field, ...] = ()
    kind: str = ""
    mine: bool = False
    starred: bool = False
    active: bool | None = None
    bin: bool = False
    after: str = ""
    before: str = ""
    per: int = 50
    view: int = 0
    only: tuple[Test, ...] = ()
    """What the quick filters say."""
    parts: Mapping[str, str] = field(factory=dict)
    problems: tuple[Refusal, ...] = ()

    def query(self, right: str = "view") -> Query:
        """The query of it."""
        more: list[Condition | None] = [self.where, *self.only]
        if self.kind:
            more.append(Test(self.entity.variant_field, "=", self.kind))
        if self.mine:
            more.append(parse({"or": [{"field": "expert", "op": "=", "value": "@me"}, {"field": "experts", "op": "has", "value": "@me"}]}))
        return Query(
            entity=self.entity, where=both(*more), q=self.q, sort=self.sort, deleted="only" if self.bin else "no", starred=self.starred, active=self.active,
            after=self.after, before=self.before, limit=self.per, right=right,
        )  # fmt: skip

    def address(self, path: str = "", **changed: Any) -> str:
        """The address with some parts changed (None takes one out); pages begin anew."""
        parts = {**self.parts, **changed}
        taken = OVER_VIEW if parts.get("view") else ()  # what a view says is taken back by saying nothing in its place
        text = urlencode({name: value or "" for name, value in parts.items() if value not in (None, "", False) or name in taken})
        return f"{self.entity.address}{path}" + (f"?{text}" if text else "")

    def sorted_by(self, name: str) -> str:
        """The address with this column turned or sorted first."""
        now = self.sort[0] if self.sort else None
        return self.address(sort=f"-{name}" if now == (name, False) else name)

    @property
    def narrowed(self) -> bool:
        """Whether it asks for less than everything."""
        return bool(self.q or self.where or self.only or self.kind or self.mine or self.starred or self.bin or self.active is not None)


def asked(entity: Entity, given: Mapping[str, str], viewer: Viewer) -> Asked:
    """The list that an address asks for."""
    problems: list[Refusal] = []
    where: Condition | None = None
    try:
        where = parse(given.get("filter", "")[:6000])
    except Refusal as error:
        problems.append(error)
    sort = tuple((name.removeprefix("-"), name.startswith("-")) for name in given.get("sort", "").split(",")[:3] if name)
    names = [name for name in given.get("columns", "").split(",") if name][:MOST_COLUMNS]
    variants = {one.name for one in entity.variants}
    kind = given.get("kind", "") if given.get("kind", "") in variants else ""
    seen = {one.name: one for one in offered(entity, viewer, kind)}
    columns = tuple(seen[name] for name in names if name in seen) or listed(entity, viewer, kind)
    per = given.get("per", "")
    kept = {name: given[name] for name in KEPT if given.get(name) or (given.get("view") and name in OVER_VIEW and name in given)}
    only, known = [], {f"{QUICK}{one.name}": one for one in quick(entity, viewer, kind)}
    for name, one in known.items():
        if (value := given.get(name, "")[:100]) and _understood(one, value):
            only.append(
                Test(one.name, "under" if isinstance(one.kind, References) else "has" if isinstance(one.kind, MultiChoice) else "=", value)
            )
            kept[name] = value
    if problems:
        kept.pop("filter", None)
    return Asked(
        entity=entity, q=given.get("q", "").strip()[:200], where=where, sort=tuple(one for one in sort if _sortable(entity, one[0], viewer)), columns=columns,
        kind=kind, mine=given.get("mine") == "1", starred=given.get("starred") == "1", bin=given.get("deleted") == "only",
        active={"1": True, "0": False}.get(given.get("active", "")), after=given.get("after", ""), before=given.get("before", ""),
        per=int(per) if per.isascii() and per.isdigit() and int(per[:6]) in PER_PAGE else 50, view=int(given["view"]) if given.get("view", "").isdigit() else 0,
        only=tuple(only), parts=kept, problems=tuple(problems),
    )  # fmt: skip


def quick(entity: Entity, viewer: Viewer, kind: str = "") -> tuple[Field, ...]:
    """The fields that a list can be narrowed by with one choice: states, and choices and groups that lists or cards show."""
    found = [
        one
        for one in entity.of(kind, viewer.pattern.field_level)
        if one.filtered and one.name != entity.variant_field
        and (isinstance(one.kind, State) or (isinstance(one.kind, Choice | References) and (one.listed or one.carded)))
    ]  # fmt: skip
    return tuple(found[:MOST_QUICK])


def _understood(one: Field, value: str) -> bool:
    if isinstance(one.kind, Choice):
        return one.kind.option(value) is not None
    return value.isascii() and value.isdecimal() and len(value) < 16


def offered(entity: Entity, viewer: Viewer, kind: str = "") -> tuple[Field, ...]:
    """Every field that may be a column."""
    own = tuple(one for one in entity.of(kind, viewer.pattern.field_level) if one.name != entity.title_field)
    return (*own, *(one for name in ALWAYS_OFFERED if (one := standard_field(name))))


def listed(entity: Entity, viewer: Viewer, kind: str = "") -> tuple[Field, ...]:
    """The columns of a list as it comes."""
    return tuple(one for one in offered(entity, viewer, kind) if one.listed)


def without_where(one: Asked, problem: Refusal) -> Asked:
    """The list without a condition that turned out to be wrong, told."""
    parts = {name: value for name, value in one.parts.items() if name not in ("filter", "sort")}
    return evolve(one, where=None, sort=(), after="", before="", parts=parts, problems=(*one.problems, problem))


def _sortable(entity: Entity, name: str, viewer: Viewer) -> bool:
    one = entity.field(name) or standard_field(name)
    return one is not None and one.kind.orders and one.kind.storage != "none" and one.level <= viewer.pattern.field_level


def filter_text(condition: Any) -> str:
    """A condition as the address of a list has it."""
    return orjson.dumps(condition).decode() if condition else ""
