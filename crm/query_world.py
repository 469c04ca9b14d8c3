"""What is asked for (`Query`), and in what it is asked (`World`). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen
from sqlalchemy import Connection

from crm.access import Viewer
from crm.entity import Entity
from crm.expression import Condition
from crm.fields.kind import Reading

RARE, RARE_TO_COUNT = 10_000, 100_000
"""For a page of a list, and for counting all of it, which meets many more records (docs/decisions/0020)."""


@frozen(kw_only=True)
class World:
    """What a query is asked in: by whom, today, over which entities."""

    viewer: Viewer
    entities: Mapping[str, Entity]
    reading: Reading = field(factory=Reading)
    now: float = 0.0
    connection: Connection | None = None
    """Where it is asked: with it, conditions on rare things are asked the other way round (crm/query_conditions.py)."""
    rare: int = RARE
    """A value that so few records have is rare."""


@frozen(kw_only=True)
class Query:
    """Records of `entity` that are asked for.

    `where`: conditions. `q`: words as typed into the search box. `sort`: ("field", descending) pairs. `deleted`: "no", "only" or "any".
    `after`/`before`: the key of the page before or behind. `right`: what is to be done with them.
    """

    entity: Entity
    where: Condition | None = None
    q: str = ""
    sort: tuple[tuple[str, bool], ...] = ()
    deleted: str = "no"
    starred: bool = False
    active: bool | None = None
    after: str = ""
    before: str = ""
    limit: int = 50
    offset: int = 0
    """For page numbers; keys (`after`) are quicker and miss nothing."""
    right: str = "view"
