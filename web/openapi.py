"""openapi.json, made of the route table. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from web.api_words import COMPONENTS, ref
from web.routes import Route
from web.shapes import json_schema

PLACE = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")


def plain_path(path: str) -> str:
    """A path as OpenAPI writes it: "/parties/<int:party>" → "/parties/{party}"."""
    return PLACE.sub(r"{\g<name>}", path)


def described(route: Route) -> bool:
    """Whether a route belongs to the interface that programs use."""
    return route.kind == "api"


def openapi(routes: Iterable[Route]) -> dict[str, Any]:
    """The OpenAPI 3.1 description of every API route."""
    paths: dict[str, dict[str, Any]] = {}
    for route in filter(described, routes):
        paths.setdefault(plain_path(route.path), {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Switchboard",
            "version": "1",
            "description": "Times are ISO-8601 UTC. Errors have a stable code and a sentence.",
        },
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(COMPONENTS),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "from POST /api/v1/login"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": "Done"}
    if route.gives is not None:
        schema = route.gives() if callable(route.gives) else route.gives
        answer["content"] = {route.content_type: {"schema": dict(schema)}}
    refused = {"description": "Refused", "content": {"application/json": {"schema": ref("Error")}}}
    operation: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", route.name).strip("_"),
        "summary": route.summary,
        "parameters": [*_path_parameters(route.path), *_query_parameters(route)],
        "responses": {str(route.gives_status): answer, "4XX": refused, "5XX": refused},
        "security": [] if route.allow.everyone else [{"token": []}],
        "x-allowed": route.allow.name,
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": dict(route.body())}}}
    elif route.takes:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": json_schema(route.takes)}}}
    return operation


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": found["name"], "in": "path", "required": True, "schema": {"type": "integer" if found["kind"] == "int" else "string"}}
        for found in PLACE.finditer(path)
    ]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    return [{"name": name, "in": "query", "required": one.need, "schema": dict(one.schema)} for name, one in route.asks.items()]
