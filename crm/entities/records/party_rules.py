"""What follows from a party's fields: its name, its main number, group, city and place, its code, and its rating of today."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select, String, cast, func, or_, select

from config.among import among
from config.errors import Refusal
from config.translations import _
from crm.entity import Values, Who
from crm.fields.kind import Reading
from crm.search_tokens import favoured, text_tokens

if TYPE_CHECKING:
    from sqlalchemy import Table

FIRST_CODE = 1000
"""Codes are given by id, from 1001 on, and may be changed."""
MOST_TRIES = 1000


class NameMissing(Refusal):
    """A person without any name, or a company without its name."""

    code = "name_missing"
    status = 422
    sentence = _("A name is needed: the last name of a person, or the name of a company.")


class RelatedToItself(Refusal):
    """A relation of a record with itself."""

    code = "related_to_itself"
    status = 422
    sentence = _("A record cannot be related to itself; choose another.")


def sort_name(values: Mapping[str, Any]) -> str:
    """What lists are sorted by: last name first."""
    if values.get("kind") != "person":
        return str(values.get("name") or "")
    return f"{values.get('last_name') or ''} {values.get('first_name') or ''}".strip()


def prepare(whole: Values, old: Mapping[str, Any], reading: Reading) -> None:
    """Fill in kind and status, name, main number, main group, city and place, today's rating. Raises NameMissing."""
    whole["kind"] = whole.get("kind") or "person"
    whole["status"] = whole.get("status") or "prospect"
    whole["priority"] = whole.get("priority") or 0
    _name(whole, old)
    if whole.get("channels") != old.get("channels"):
        whole["channels"] = channels_in_order(whole.get("channels") or ()) or None
    groups = whole.get("groups") or ()
    whole["group_id"] = groups[0] if groups else None
    addresses = whole.get("addresses") or ()
    whole["city"] = next((one["city"] for one in addresses if one.get("city")), None)
    whole["point"] = next((one["point"] for one in addresses if one.get("point")), None)
    whole["grade"] = grade_on(whole.get("ratings") or (), reading.today)


def _name(whole: Values, old: Mapping[str, Any]) -> None:
    if whole["kind"] != "person":
        if not whole.get("name"):
            raise NameMissing(field="name")
        return
    if not (whole.get("first_name") or whole.get("last_name")):
        if not whole.get("name") or whole.get("name") == old.get("name"):
            raise NameMissing(field="last_name")
        whole["last_name"] = whole["name"]
    whole["name"] = " ".join(part for part in (whole.get("first_name"), whole.get("last_name")) if part)


def channels_in_order(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The main number first, and each number or address once."""
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: not row.get("main")):
        key = (row["number"], row.get("extension") or "")
        first.setdefault(key, dict(row))
    main = next((row for row in first.values() if row.get("main")), None)
    return [{**row, "main": row is main} for row in first.values()]


def grade_on(rows: Iterable[Mapping[str, Any]], today: date) -> str | None:
    """The rating that counts on a day: of those that hold, the one that began last."""
    day = today.isoformat()
    holding = [row for row in rows if (row.get("since") or "") <= day <= (row.get("until") or "9999")]
    return str(max(holding, key=lambda row: row.get("since") or "")["grade"]) if holding else None


def follow(
    connection: Connection, records: Sequence[tuple[int, Mapping[str, Any], Mapping[str, Any]]], _who: Who
) -> Sequence[Mapping[str, Any]]:
    """Give them codes. Raises RelatedToItself."""
    if any(row["other"] == number for number, _old, new in records for row in new.get("relations") or ()):
        raise RelatedToItself(field="relations")
    typed = {new["code"] for _number, _old, new in records if new.get("code")}
    given = free_codes(connection, [number for number, _old, new in records if not new.get("code")], typed)
    return [{} if new.get("code") else {"code": given[number]} for number, _old, new in records]


def free_codes(connection: Connection, numbers: Sequence[int], typed: Container[str] = ()) -> dict[int, str]:
    """The codes that records with these ids get by themselves: their place from 1001 on, or with "-1", "-2"… the first that nobody has or has just `typed`."""
    from crm.entities.records.party import PARTY

    code = PARTY.table.c.code
    found: dict[int, str] = {}
    asked = list(numbers)
    for place in range(MOST_TRIES):
        codes = {number: f"{FIRST_CODE + number}-{place}" if place else str(FIRST_CODE + number) for number in asked}
        chosen = select(code).where(among(code, codes.values()))
        taken: set[str] = set(connection.execute(chosen).scalars()) if codes else set()
        found |= {number: code for number, code in codes.items() if code not in taken and code not in typed}
        asked = [number for number in asked if number not in found]
        if not asked:
            return found
    raise RuntimeError(f"no free code for {asked}")


def _past(until: str | None) -> bool:
    return until < datetime.now(UTC).date().isoformat() if until else False


def more_tokens(values: Mapping[str, Any], titles: Mapping[tuple[str, object], str | None]) -> set[str]:
    """The names of the companies it works at; the favoured words of whom is to be found first."""
    employers = [row["other"] for row in values.get("relations") or () if row["kind"] == "works_at" and not _past(row.get("until"))]
    names = [name for other in employers if (name := titles.get(("party", other)))]
    favourite = values.get("vip") or (values.get("priority") or 0) > 0
    return text_tokens(*names) | (favoured(text_tokens(values.get("name") or "")) if favourite else set())


def also_found(connection: Connection, number: int, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[int]:
    """Who works at a company that has a new name."""
    from crm.entities.records.party import PARTY

    if new["kind"] == "person" or new["name"] == old.get("name"):
        return ()
    relation = PARTY.children["relations"]
    return connection.execute(select(relation.c.party_id).where(relation.c.other == number, relation.c.kind == "works_at")).scalars().all()


def named_by(record: ColumnElement[int]) -> Select[Any]:
    """The companies by whose names a person is found, also those that they left and whose name stays until the person is saved again."""
    from crm.entities.records.party import PARTY

    relation = PARTY.children["relations"]
    return select(relation.c.other).where(relation.c.party_id == record, relation.c.kind == "works_at")


def holds(relation: Table) -> ColumnElement[bool]:
    """Whether a relation has not ended. Days end at midnight UTC here."""
    return or_(relation.c.until == "", relation.c.until >= cast(func.current_date(), String))
