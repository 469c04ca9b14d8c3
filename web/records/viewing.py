"""The saved views above a list and its other looks: which one is open, and what the address together with it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from crm.access import Viewer
from crm.entity import Entity
from crm.views import View, Views
from web.request import Request

OF_LOOK = ("by", "span", "calendar")
"""Parts of an address that only a board, a calendar or a map has."""


@frozen(kw_only=True)
class Viewing:
    """`all`: the views that the user may use; `view`: the one that is open; `given`: the address's parts over those of the view."""

    all: list[View]
    view: View | None
    given: Mapping[str, str]


async def viewing(views: Views, entity: Entity, viewer: Viewer, request: Request) -> Viewing:
    """What is open: the view that the address names; when it asks for nothing, the one the user begins with, whatever its look."""
    known, number = await views.of(entity.name, viewer), request.query.get("view", "")
    view = next((one for one in known if number and str(one.id) == number), None)
    if not request.query and request.path == entity.address:
        view = await views.first(entity.name, viewer, known)
    return Viewing(all=known, view=view, given={**(view.asked if view else {}), **request.query})


def kept_as(seen: Viewing, viewer: Viewer, **more: str) -> dict[str, Any]:
    """What a page needs to show the views and to keep what is seen as one; `more`: parts of the address that belong to the look."""
    return {"views": seen.all, "view": seen.view, "pattern": viewer.pattern, "view_parts": more, "view_address": address}


def address(entity: Entity, view: View) -> str:
    """Where a view is seen."""
    return f"{entity.address}{'' if view.kind == 'list' else '/' + view.kind}?view={view.id}"
