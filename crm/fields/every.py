"""Every kind of field by its code, and a kind made again from its stored options."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

import crm.fields
from crm.fields.choices import Choice, Option
from crm.fields.computed import Computed
from crm.fields.field import Field
from crm.fields.kind import Kind
from crm.fields.rows import Rows


@cache
def kinds() -> Mapping[str, type[Kind]]:
    """All kinds in this folder, in the order administrators see them."""
    found: dict[str, type[Kind]] = {}
    for module in pkgutil.iter_modules(crm.fields.__path__):
        for one in vars(importlib.import_module(f"crm.fields.{module.name}")).values():
            if isinstance(one, type) and issubclass(one, Kind) and "code" in vars(one):
                found[one.code] = one
    return found


def kind_of(code: str, options: Mapping[str, Any]) -> Kind:
    """The kind `code` with these options, as `Kind.options` gave them. Raises KeyError or TypeError for what cannot be."""
    made = kinds()[code]
    given = dict(options)
    if issubclass(made, Choice) and "choices" in given:
        given["choices"] = tuple(Option(**one) if isinstance(one, Mapping) else Option(str(one), str(one)) for one in given["choices"])
    if issubclass(made, Rows):
        given["fields"] = tuple(_inner(one) for one in given["fields"])
    if issubclass(made, Computed):
        result = dict(given["result"])
        given["result"] = kind_of(result.pop("kind"), result)
    return made(**given)


def _inner(raw: Mapping[str, Any]) -> Field:
    labels = dict(raw.get("label") or {})
    return Field(
        name=raw["name"], kind=kind_of(raw["kind"], raw.get("options") or {}), label=labels.get("en", ""), labels=labels,
        required=bool(raw.get("required")),
    )  # fmt: skip
