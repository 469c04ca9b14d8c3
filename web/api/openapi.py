"""The description of the API for programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import define

from web.openapi import openapi
from web.permissions import EVERYONE
from web.request import Request
from web.response import JSON, Answer, Body, json
from web.routes import Route, api


@define
class OpenApi:
    """GET /api/v1/openapi.json, made once."""

    every_route: Callable[[], Sequence[Route]]
    _made: Body | None = None

    async def show(self, _request: Request) -> Answer:
        """The whole description."""
        if self._made is None:
            self._made = json(openapi(self.every_route()), headers=(("Cache-Control", "no-cache"),))
        return self._made


def routes(every_route: Callable[[], Sequence[Route]]) -> list[Route]:
    """The description."""
    summary = "This description (OpenAPI 3.1)"
    gives = {"type": "object"}
    return [api("GET", "/api/v1/openapi.json", OpenApi(every_route).show, allow=EVERYONE, summary=summary, gives=gives, content_type=JSON)]
