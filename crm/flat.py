"""A party on one line, as short forms, consoles and spreadsheets have it: the first numbers, one address, one employer. Pure.

    {"first_name": "مریم", "last_name": "احمدی", "mobile": "0912…", "phones": ["021…"], "email": "…", "city": "تهران", "address": "…",
     "company": "آریا صنعت", "title": "مدیر خرید", …}

Every other name is a field of the party and stays as it is. Saving a line over a record keeps what the line does not speak of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

PLACE = {"province": "province", "city": "city", "address": "street", "postal_code": "postcode"}
"""Names on a line → fields of an address."""
NUMBERS = ("phones", "mobile", "phone", "phone_2", "email", "website")
OTHERS = frozenset((*PLACE, *NUMBERS, "company", "employer", "title", "group"))
AS_KIND = {"fax": "fax", "mobile": "mobile"}
"""Labels that say what a number is, not whose."""


def raw_of(line: Mapping[str, Any], known: Mapping[str, Any], employer: int | None, today: str) -> dict[str, Any]:
    """The party's fields as they are typed, from a line; `known`: the values of the record it is saved over ({} for a new one).

    `employer`: the company meant by "company" or "employer", None for none. `today` (ISO) ends the post that was.
    """
    raw = {name: value for name, value in line.items() if name not in OTHERS}
    if (channels := _channels(line)) is not None:
        raw["channels"] = _kept(channels, known.get("channels") or ())
    if any(name in line for name in PLACE):
        raw["addresses"] = _address(line, known.get("addresses") or ())
    if "company" in line or "employer" in line:
        raw["relations"] = _post(known.get("relations") or (), employer, line.get("title") or "", today)
    if "group" in line:
        raw["groups"] = [line["group"]] if line["group"] else None
    return raw


def current_post(relations: Sequence[Mapping[str, Any]], today: str) -> Mapping[str, Any] | None:
    """Where somebody works now: the latest row that has not ended."""
    holding = [row for row in relations if row["kind"] == "works_at" and (row.get("until") or "9999") >= today]
    return holding[-1] if holding else None


def _channels(line: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    if not any(name in line for name in NUMBERS):
        return None
    rows = [_channel(one) for one in line.get("phones") or ()]
    labels = {"mobile": "", "phone": "office" if line.get("kind") == "company" else "work", "phone_2": "", "email": "", "website": ""}
    kinds = {"email": "email", "website": "web"}
    rows += [{"raw": line[name], "label": label, "kind": kinds.get(name, "")} for name, label in labels.items() if line.get(name)]
    return rows


def _channel(one: str | Mapping[str, Any]) -> dict[str, Any]:
    row = {"raw": one} if isinstance(one, str) else dict(one)
    label = row.get("label") or ""
    return {**row, "kind": row.get("kind") or AS_KIND.get(label, ""), "label": "" if label in AS_KIND else label}


def _kept(rows: Sequence[dict[str, Any]], known: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows, each with the id, and what the line cannot say, of the known one that is typed alike."""
    by_text = {row["raw"]: row for row in known}
    return [{**by_text.get(row["raw"], {}), **{name: value for name, value in row.items() if value or name == "label"}} for row in rows]


def _address(line: Mapping[str, Any], known: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    first = dict(known[0]) if known else {}
    first.update({field: line[name] for name, field in PLACE.items() if name in line})
    return [first, *map(dict, known[1:])]


def _post(known: Sequence[Mapping[str, Any]], employer: int | None, title: str, today: str) -> list[dict[str, Any]]:
    rows = [dict(row) for row in known]
    post = current_post(rows, today)
    if post is not None and post["other"] == employer:
        return [{**row, "title": title} if row["id"] == post["id"] else row for row in rows]
    if post is not None:
        rows = [{**row, "until": yesterday(today)} if row["id"] == post["id"] else row for row in rows]
    return [*rows, {"kind": "works_at", "other": employer, "title": title, "since": today}] if employer else rows


def yesterday(today: str) -> str:
    """The day before, ISO."""
    from datetime import date, timedelta

    return (date.fromisoformat(today) - timedelta(days=1)).isoformat()
