"""Values that are other records: one, several, of any entity, the parent in a tree, users."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from attrs import frozen

from config.translations import _
from crm.fields.kind import EQUAL, Kind, Reading, Showing, ValueRefused, clean, nothing

MOST_REFERENCES = 500


@frozen(kw_only=True)
class Reference(Kind):
    """The id of one record of `entity`. Where it points is checked when the record is saved."""

    code: ClassVar[str] = "reference"
    title: ClassVar[str] = _("Link to a record")
    storage: ClassVar[str] = "integer"
    widget: ClassVar[str] = "reference"
    operators: ClassVar[tuple[str, ...]] = (*EQUAL, "under")
    entity: str

    def read(self, raw: Any, reading: Reading) -> int | None:
        return None if nothing(raw) else _id(raw)

    def show(self, value: Any, showing: Showing) -> str:
        return "" if value is None else showing.title(self.entity, value, f"#{value}")

    def typed(self, value: Any, showing: Showing) -> str:
        return "" if value is None else str(value)

    def tokens(self, value: Any, showing: Showing) -> set[str]:
        return super().tokens(value, showing) if (self.entity, value) in showing.titles else set()

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "description": f"id of a record of {self.entity}"}

    def refers_to(self) -> str:
        return self.entity


@frozen(kw_only=True)
class Parent(Reference):
    """The record above this one in a tree of the same entity; circles are refused when it is saved."""

    code: ClassVar[str] = "tree"
    title: ClassVar[str] = _("Place in a tree")
    offered: ClassVar[bool] = False


@frozen(kw_only=True)
class References(Reference):
    """Several records of `entity`, in order: a list of ids, kept in record_link, or in the table `through` (crm/record_links.py)."""

    code: ClassVar[str] = "references"
    title: ClassVar[str] = _("Links to several records")
    storage: ClassVar[str] = "none"
    widget: ClassVar[str] = "references"
    operators: ClassVar[tuple[str, ...]] = ("has", "under", "empty", "filled")
    orders: ClassVar[bool] = False
    through: str = ""

    def read(self, raw: Any, reading: Reading) -> Any:
        if nothing(raw):
            return None
        found = list(dict.fromkeys(_id(one) for one in _several(raw) if not nothing(one)))
        if len(found) > MOST_REFERENCES:
            raise ValueRefused(len(found), _("at most {most} records"), most=MOST_REFERENCES)
        return found or None

    def show(self, value: Any, showing: Showing) -> str:
        return _comma(showing).join(super(References, self).show(one, showing) for one in value or ())

    def typed(self, value: Any, showing: Showing) -> str:
        return ",".join(str(one) for one in value or ())

    def tokens(self, value: Any, showing: Showing) -> set[str]:
        return set().union(*(super(References, self).tokens(one, showing) for one in value or ()))

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": super().schema(), "maxItems": MOST_REFERENCES}


@frozen(kw_only=True)
class AnyReference(Kind):
    """One record of any entity, as "invoice:12"."""

    code: ClassVar[str] = "any_reference"
    title: ClassVar[str] = _("Link to a record of any kind")
    widget: ClassVar[str] = "any_reference"
    operators: ClassVar[tuple[str, ...]] = EQUAL
    orders: ClassVar[bool] = False
    entities: tuple[str, ...] = ()

    def read(self, raw: Any, reading: Reading) -> str | None:
        if nothing(raw):
            return None
        text = f"{raw.get('entity')}:{raw.get('id')}" if isinstance(raw, dict) else clean(raw, 80)
        found = re.fullmatch(r"([a-z][a-z_]{0,40}):([1-9][0-9]{0,17})", text)
        if not found or (self.entities and found[1] not in self.entities):
            raise ValueRefused(raw, _("a record, such as party:12"))
        return text

    def plain(self, value: Any) -> Any:
        if not value:
            return None
        entity, _sign, number = value.partition(":")
        return {"entity": entity, "id": int(number)}

    def show(self, value: Any, showing: Showing) -> str:
        if not value:
            return ""
        entity, _sign, number = value.partition(":")
        return showing.title(entity, int(number), value)

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "properties": {"entity": {"type": "string"}, "id": {"type": "integer"}}, "required": ["entity", "id"]}


@frozen(kw_only=True)
class User(Kind):
    """A user, by user name."""

    code: ClassVar[str] = "user"
    title: ClassVar[str] = _("User")
    widget: ClassVar[str] = "user"
    operators: ClassVar[tuple[str, ...]] = EQUAL

    def read(self, raw: Any, reading: Reading) -> Any:
        return None if nothing(raw) else _username(raw)

    def show(self, value: Any, showing: Showing) -> str:
        return "" if value is None else showing.title("user", value, str(value))

    def typed(self, value: Any, showing: Showing) -> str:
        return value or ""

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": 60, "description": "user name"}


@frozen(kw_only=True)
class Users(User):
    """Several users, kept in record_user."""

    code: ClassVar[str] = "users"
    title: ClassVar[str] = _("Several users")
    storage: ClassVar[str] = "none"
    widget: ClassVar[str] = "users"
    operators: ClassVar[tuple[str, ...]] = ("has", "empty", "filled")
    orders: ClassVar[bool] = False

    def read(self, raw: Any, reading: Reading) -> Any:
        return None if nothing(raw) else list(dict.fromkeys(_username(one) for one in _several(raw) if not nothing(one))) or None

    def show(self, value: Any, showing: Showing) -> str:
        return _comma(showing).join(super(Users, self).show(one, showing) for one in value or ())

    def typed(self, value: Any, showing: Showing) -> str:
        return ",".join(value or ())

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "maxLength": 60}, "maxItems": MOST_REFERENCES}


def _several(raw: Any) -> Sequence[Any]:
    if isinstance(raw, str):
        return raw.replace("،", ",").replace(";", ",").split(",")
    if not isinstance(raw, list | tuple):
        raise ValueRefused(raw, _("a list"))
    return raw


def _id(raw: Any) -> int:
    if isinstance(raw, dict):
        raw = raw.get("id")
    text = str(raw).strip() if not isinstance(raw, bool | float) else ""
    if not re.fullmatch(r"[1-9][0-9]{0,17}", text, re.ASCII):
        raise ValueRefused(raw, _("a record from the list"))
    return int(text)


def _username(raw: Any) -> str:
    text = clean(raw, 60)
    if not re.fullmatch(r"[\w.@+\-]+", text):
        raise ValueRefused(raw, _("a user from the list"))
    return text


def _comma(showing: Showing) -> str:
    return "، " if showing.language == "fa" else ", "
