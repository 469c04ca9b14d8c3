"""The history of a record in readers' words: who, when, from where, which field, from what to what. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from config.persian.digits import in_script
from config.translations import _, translate
from crm.entity import Entity
from crm.fields.field import Field
from crm.fields.kind import Showing
from crm.fields.rows import Rows
from crm.query import standard_field

ACTS: Mapping[str, tuple[str, str]] = {
    "created": (_("Created"), "add"), "changed": (_("Changed"), "edit"), "deleted": (_("Deleted"), "trash"), "restored": (_("Taken back from the bin"), "refresh"),
    "purged": (_("Deleted for ever"), "trash"), "merged": (_("Merged"), "link"), "unmerged": (_("Merge undone"), "refresh"), "imported": (_("Imported"), "download"),
}  # fmt: skip
"""What is done with records: word and icon; others are shown by their name."""

ORIGINS: Mapping[str, str] = {
    "web": _("page"), "api": _("program"), "import": _("import"), "call": _("call"), "merge": _("merge"), "bulk": _("mass change"), "sample": _("sample data"),
    "undo": _("undo"), "ratings": _("rating of the day"),
}  # fmt: skip
UNDO = "undo of "


@frozen(kw_only=True)
class FieldChange:
    """One field's change. `restorable`: the old value may be put back by the reader."""

    name: str
    label: str
    old: str
    new: str
    restorable: bool


@frozen(kw_only=True)
class Change:
    """One row of the history."""

    id: int
    at: float
    username: str
    origin: str
    act: str
    icon: str
    fields: tuple[FieldChange, ...]


def changes(entity: Entity, rows: Iterable[Mapping[str, Any]], showing: Showing, *, may_edit: bool, level: int) -> list[Change]:
    """The rows of the history in words."""
    settable = {one.name for one in entity.of(level=level) if one.typed} if may_edit else set()
    found = []
    for row in rows:
        word, icon = ACTS.get(row["act"], (row["act"], "info"))
        fields = tuple(
            FieldChange(
                name=name, label=one.word(showing.language) if one else name, old=old, new=new,
                restorable=name in settable and row["act"] not in ("created", "purged"),
            )
            for name, pair in row["changes"].items()
            if isinstance(pair, Sequence) and len(pair) == 2
            for one in [entity.field(name) or standard_field(name)]
            for old, new in [_sides(one, pair, showing)]
        )  # fmt: skip
        found.append(
            Change(
                id=row["id"], at=row["at"], username=row["username"], origin=origin_in_words(row["origin"], showing.language),
                act=translate(showing.language, word), icon=icon, fields=fields,
            )
        )  # fmt: skip
    return found


def origin_in_words(origin: str, language: str) -> str:
    """From where a change came: "web 10.0.0.7" → "page 10.0.0.7"; "undo of bulk 3" → "undo of mass change 3"."""
    if origin.startswith(UNDO):
        return translate(language, _("undo of {what}"), what=origin_in_words(origin.removeprefix(UNDO), language))
    first, _space, rest = origin.partition(" ")
    word = translate(language, ORIGINS[first]) if first in ORIGINS else first
    return f"{word} {rest}".strip()


def both_sides(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Old and new values as two sets, so that the names of what they point to can be looked up."""
    found: list[dict[str, Any]] = []
    for row in rows:
        pairs = {name: pair for name, pair in row["changes"].items() if isinstance(pair, Sequence) and len(pair) == 2}
        found += [{name: pair[0] for name, pair in pairs.items()}, {name: pair[1] for name, pair in pairs.items()}]
    return found


def _sides(one: Field | None, pair: Sequence[Any], showing: Showing) -> tuple[str, str]:
    """A field before and after; of many rows those that are not the same on both sides, and how many are."""
    if one is None or not isinstance(one.kind, Rows):
        return _shown(one, pair[0], showing), _shown(one, pair[1], showing)
    kind = one.kind
    old, new = ([kind.line(row, showing) for row in side or ()] for side in pair)
    stayed = set(old) & set(new)
    if not stayed or set(old) == set(new):
        return "\n".join(old), "\n".join(new)
    count = sum(line in stayed for line in new)
    rest = translate(showing.language, _("(unchanged rows: {count})"), count=in_script(str(count), showing.language))
    return "\n".join([*(line for line in old if line not in stayed), rest]), "\n".join(
        [*(line for line in new if line not in stayed), rest]
    )


def _shown(one: Field | None, value: Any, showing: Showing) -> str:
    if value is None:
        return ""
    return one.kind.show(value, showing) if one else str(value)
