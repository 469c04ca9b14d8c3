"""The description of the API for programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import define

from crm.catalogue import Catalogue
from crm.entity import Entity
from web.openapi import openapi
from web.permissions import EVERYONE
from web.request import Request
from web.response import JSON, Answer, Body, json
from web.routes import Route, api


@define
class OpenApi:
    """GET /api/v1/openapi.json, made anew when fields or lists of the administrators' own have changed."""

    every_route: Callable[[], Sequence[Route]]
    catalogue: Catalogue
    _made: Body | None = None
    _of: Mapping[str, Entity] | None = None
    """The entities that were described; the catalogue replaces them as a whole."""

    async def show(self, _request: Request) -> Answer:
        """The whole description."""
        if self._made is None or self._of is not self.catalogue.entities:
            self._of = self.catalogue.entities
            self._made = json(openapi(self.every_route()), headers=(("Cache-Control", "no-cache"),))
        return self._made


def routes(every_route: Callable[[], Sequence[Route]], catalogue: Catalogue) -> list[Route]:
    """The description."""
    summary = "This description (OpenAPI 3.1)"
    gives = {"type": "object"}
    return [
        api(
            "GET",
            "/api/v1/openapi.json",
            OpenApi(every_route, catalogue).show,
            allow=EVERYONE,
            summary=summary,
            gives=gives,
            content_type=JSON,
        )
    ]
