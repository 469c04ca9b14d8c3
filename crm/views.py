"""Saved views of lists: which entity, which columns, conditions and order; private, for a pattern, or for all; one may be a user's first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    String,
    Table,
    bindparam,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from config.clock import Clock
from config.database import Database, metadata
from config.errors import Refusal
from config.translations import _
from crm.access import Viewer

saved_view = Table(
    "saved_view",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entity", String, nullable=False),
    Column("name", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("shared", String, nullable=False, server_default=""),
    Column("kind", String, nullable=False, server_default="list"),
    Column("asked", JSON, nullable=False, server_default=text("'{}'")),
    Column("pinned", Boolean, nullable=False, server_default=false()),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("updated_at", Float, nullable=False, server_default="0"),
)
"""`shared`: "" its owner's alone, "*" everybody's, else the code of the access pattern that has it. `kind`: list | board | calendar | map.
`asked`: the address's query {q, filter, sort, columns…}."""

Index("ix_saved_view_entity", saved_view.c.entity, saved_view.c.owner)

first_view = Table(
    "first_view",
    metadata,
    Column("username", String, primary_key=True),
    Column("entity", String, primary_key=True),
    Column("view_id", Integer, nullable=False),
)
"""Which view a user begins with."""

MOST = 100
KINDS = ("list", "board", "calendar", "map")
KEPT = ("q", "filter", "sort", "columns", "kind", "mine", "starred", "active", "by", "per", "span", "calendar")
"""The parts of an address that a view keeps."""


PINNED = (
    "SELECT id, entity, name, kind FROM saved_view WHERE pinned AND (owner = ? OR shared = '*' OR (shared <> '' AND shared = ?))"
    " ORDER BY entity, position, id LIMIT 20"
)


class ViewInvalid(Refusal):
    """A view that cannot be kept."""

    code = "view_invalid"
    status = 422
    sentence = _("The view was not saved: {reason}.")


class NoSuchView(Refusal):
    """Not there, or somebody else's."""

    code = "no_such_view"
    status = 404
    sentence = _("There is no such view, or it is not yours to change.")


@frozen(kw_only=True)
class View:
    """A saved view. `asked`: parameters of the list's address."""

    id: int
    entity: str
    name: str
    owner: str
    shared: str = ""
    kind: str = "list"
    asked: Mapping[str, str] = field(factory=dict)
    pinned: bool = False


_OF = (
    select(saved_view)
    .where(
        saved_view.c.entity == bindparam("entity"),
        or_(saved_view.c.owner == bindparam("owner"), saved_view.c.shared.in_(bindparam("shared", expanding=True))),
    )
    .order_by(saved_view.c.position, saved_view.c.id)
    .limit(MOST)
)  # made once: every list asks it


def pinned(database: Database, viewer: Viewer) -> list[tuple[int, str, str, str]]:
    """The views in the user's menu: id, entity, name, look. At once, since every page has the menu."""
    return [(row[0], row[1], row[2], row[3]) for row in database.lookup(PINNED, (viewer.username, viewer.pattern.code))]


class Views:
    """The verbs on saved views."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of(self, entity: str, viewer: Viewer) -> list[View]:
        """Those that the user may use: their own, their pattern's, everybody's."""
        asked = {"entity": entity, "owner": viewer.username, "shared": ["*", viewer.pattern.code or "*"]}
        rows = await self._database.read(lambda connection: connection.execute(_OF, asked).mappings().all())
        return [_view(dict(row)) for row in rows]

    async def save(
        self,
        entity: str,
        name: str,
        asked: Mapping[str, str],
        viewer: Viewer,
        *,
        shared: str = "",
        kind: str = "list",
        pinned: bool = False,
        view_id: int = 0,
    ) -> int:
        """A new view, or one's own changed; its id. Raises ViewInvalid, NoSuchView."""
        name = name.strip()
        if not name or len(name) > 60:
            raise ViewInvalid(field="name", reason=_("it needs a name of at most 60 letters"))
        if kind not in KINDS or shared not in ("", "*", viewer.pattern.code):
            raise ViewInvalid(field="shared", reason=_("it can be shared with everybody or with those of your access pattern"))
        values = {
            "name": name, "shared": shared, "kind": kind, "pinned": pinned, "updated_at": self._clock.now(),
            "asked": {key: str(value)[:4000] for key, value in asked.items() if (key in KEPT or key.startswith("is.")) and value},
        }  # fmt: skip

        def work(connection: Connection) -> int:
            if view_id:
                changed = update(saved_view).where(saved_view.c.id == view_id, saved_view.c.owner == viewer.username).values(values)
                if not connection.execute(changed).rowcount:
                    raise NoSuchView
                return view_id
            mine = select(func.count()).select_from(saved_view).where(saved_view.c.owner == viewer.username)
            if connection.execute(mine).scalar_one() >= MOST:
                raise ViewInvalid(reason=_("there are a hundred already; remove one first"))
            made = connection.execute(insert(saved_view).values(entity=entity, owner=viewer.username, **values)).inserted_primary_key
            assert made is not None
            return int(made[0])

        return await self._database.write(work)

    async def remove(self, view_id: int, viewer: Viewer) -> View:
        """Forget one's own view; what it was. Raises NoSuchView."""
        mine = (saved_view.c.id == view_id, saved_view.c.owner == viewer.username)

        def work(connection: Connection) -> View:
            row = connection.execute(select(saved_view).where(*mine)).mappings().first()
            if row is None:
                raise NoSuchView
            connection.execute(delete(saved_view).where(*mine))
            connection.execute(delete(first_view).where(first_view.c.view_id == view_id))
            return _view(dict(row))

        return await self._database.write(work)

    async def begin_with(self, entity: str, view_id: int, viewer: Viewer) -> None:
        """Let the list of `entity` begin with this view for the user; 0: with none."""

        def work(connection: Connection) -> None:
            connection.execute(delete(first_view).where(first_view.c.username == viewer.username, first_view.c.entity == entity))
            if view_id:
                connection.execute(insert(first_view).values(username=viewer.username, entity=entity, view_id=view_id))

        await self._database.write(work)

    async def first(self, entity: str, viewer: Viewer, views: Sequence[View]) -> View | None:
        """The view the user begins with."""
        if not views:
            return None
        chosen = select(first_view.c.view_id).where(first_view.c.username == viewer.username, first_view.c.entity == entity)
        number = await self._database.read(lambda connection: connection.execute(chosen).scalar())
        return next((one for one in views if one.id == number), None)


def _view(row: dict[str, Any]) -> View:
    names = ("id", "entity", "name", "owner", "shared", "kind", "asked", "pinned")
    return View(**{name: row[name] for name in names})
