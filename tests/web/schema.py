"""A small JSON Schema checker and the rules of OpenAPI that matter, so that the description is checked by other code than makes it."""

from __future__ import annotations

import re
from typing import Any

KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def matches(value: Any, schema: Any, components: Any, where: str = "$") -> None:
    """Assert that `value` is what `schema` says."""
    if "$ref" in schema:
        matches(value, components[schema["$ref"].removeprefix("#/components/schemas/")], components, where)
        return
    if "anyOf" in schema:
        problems = []
        for one in schema["anyOf"]:
            try:
                matches(value, one, components, where)
            except AssertionError as problem:
                problems.append(problem)
            else:
                return
        raise AssertionError(f"{where}: none of {len(problems)} fit: {problems[0]}")
    _kind(value, schema.get("type"), where)
    if "enum" in schema:
        assert value in schema["enum"], f"{where}: {value!r}"
    if schema.get("format") == "date-time":
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value), f"{where}: {value!r}"
    if isinstance(value, list) and "items" in schema:
        for number, one in enumerate(value):
            matches(one, schema["items"], components, f"{where}[{number}]")
    if isinstance(value, dict):
        _object(value, schema, components, where)


def _kind(value: Any, kind: str | None, where: str) -> None:
    if kind in ("integer", "number"):
        assert isinstance(value, int if kind == "integer" else (int, float)), f"{where}: {value!r} is no {kind}"
        assert not isinstance(value, bool), where
    elif kind:
        assert isinstance(value, KINDS[kind]), f"{where}: {value!r} is no {kind}"


def _object(value: dict[str, Any], schema: Any, components: Any, where: str) -> None:
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        assert name in value, f"{where}: {name} is missing"
    more = schema.get("additionalProperties", True)
    for name, one in value.items():
        if name in properties:
            matches(one, properties[name], components, f"{where}.{name}")
        elif isinstance(more, dict):
            matches(one, more, components, f"{where}.{name}")
        else:
            assert more, f"{where}: {name} is not described"


def check_openapi(described: dict[str, Any]) -> None:
    """Assert what OpenAPI 3.1 asks: fields, unique ids, parameters for every place, references that exist."""
    assert re.fullmatch(r"3\.1\.\d+", described["openapi"])
    assert {"title", "version"} <= set(described["info"])
    seen: set[str] = set()
    for path, operations in described["paths"].items():
        assert path.startswith("/")
        assert "<" not in path
        for method, operation in operations.items():
            assert method in {"get", "put", "post", "delete", "patch"}
            assert operation["operationId"] not in seen
            seen.add(operation["operationId"])
            assert operation["summary"]
            assert operation["responses"]
            for code, answer in operation["responses"].items():
                assert re.fullmatch(r"[1-5](\d\d|XX)", code)
                assert answer["description"]
            places = set(re.findall(r"{(\w+)}", path))
            assert {one["name"] for one in operation["parameters"] if one["in"] == "path"} == places
            assert all(one["required"] for one in operation["parameters"] if one["in"] == "path")
            for security in operation["security"]:
                assert set(security) <= set(described["components"]["securitySchemes"])
    _references(described, described["components"]["schemas"])


def _references(value: Any, schemas: Any) -> None:
    if isinstance(value, dict):
        if "$ref" in value:
            assert value["$ref"].removeprefix("#/components/schemas/") in schemas, value["$ref"]
        for one in value.values():
            _references(one, schemas)
    elif isinstance(value, list):
        for one in value:
            _references(one, schemas)
