"""Writing a party's rows: the party itself, its numbers, roles, employer and search tokens. Works for the database's writer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from crm.draft import Draft
from crm.folding import sort_key
from crm.numbers import Number
from crm.search_index import write_tokens
from crm.search_tokens import favoured, number_tokens, text_tokens
from crm.tables import party, party_phone, party_role, relation

FIRST_CODE = 1000
"""Codes are given by id, from 1001 on, and may be changed."""


def insert_party(connection: Connection, draft: Draft, numbers: Sequence[Number], *, user: str, now: float) -> int:
    """A new party; its id."""
    values = {**_values(draft), "created_at": now, "created_by": user, "updated_at": now}
    created = connection.execute(insert(party).values(values)).inserted_primary_key
    assert created is not None
    number = int(created[0])
    connection.execute(update(party).where(party.c.id == number).values(code=str(FIRST_CODE + number)))
    _write_phones(connection, number, draft, numbers)
    _write_roles(connection, number, draft.roles)
    _write_employer(connection, number, draft, user=user, now=now)
    index(connection, number)
    return number


def rewrite_party(
    connection: Connection, number: int, draft: Draft, numbers: Sequence[Number], *, version: int, user: str, now: float
) -> bool:
    """Save all of `draft` over party `number`; False when somebody saved it since `version`, and nothing was changed."""
    chosen = update(party).where(party.c.id == number, party.c.version == version, party.c.deleted_at.is_(None))
    values = {key: value for key, value in _values(draft).items() if key != "kind"}
    if connection.execute(chosen.values({**values, "updated_at": now, "version": version + 1})).rowcount == 0:
        return False
    connection.execute(delete(party_phone).where(party_phone.c.party_id == number))
    _write_phones(connection, number, draft, numbers)
    connection.execute(delete(party_role).where(party_role.c.party_id == number))
    _write_roles(connection, number, draft.roles)
    _write_employer(connection, number, draft, user=user, now=now)
    index(connection, number)
    for employee in (
        connection.execute(select(relation.c.from_id).where(relation.c.to_id == number, relation.c.kind == "works_at")).scalars().all()
    ):
        index(connection, employee)
    return True


def add_phone(connection: Connection, number: int, phone: Number, raw: str, *, now: float) -> bool:
    """Give party `number` one more telephone number; False when it has it already."""
    known = connection.execute(select(party_phone.c.number, party_phone.c.position).where(party_phone.c.party_id == number)).all()
    if any(row.number == phone.value for row in known):
        return False
    position = max((row.position for row in known), default=-1) + 1
    connection.execute(insert(party_phone).values(_phone_row(number, phone, raw, "", position)))
    connection.execute(update(party).where(party.c.id == number).values(updated_at=now, version=party.c.version + 1))
    index(connection, number)
    return True


def index(connection: Connection, number: int) -> None:
    """Write the search tokens of party `number` anew."""
    row = connection.execute(select(party).where(party.c.id == number)).mappings().one()
    if row["deleted_at"] is not None:
        write_tokens(connection, "party", number, ())
        return
    phones = connection.execute(select(party_phone.c.number).where(party_phone.c.party_id == number)).scalars().all()
    employers = connection.execute(
        select(party.c.name).join(relation, relation.c.to_id == party.c.id).where(relation.c.from_id == number, relation.c.kind == "works_at", relation.c.until.is_(None))
    ).scalars().all()  # fmt: skip
    found = text_tokens(row["name"], row["code"] or "", row["email"], row["national_id"], *employers)
    for value in phones:
        found |= number_tokens(value)
    if row["vip"] or row["priority"] > 0:
        found |= favoured(text_tokens(row["name"]))
    write_tokens(connection, "party", number, found, owners={row["expert"] or row["created_by"]})


def company_named(connection: Connection, name: str) -> int | None:
    """The company of exactly this name, however it is spelled."""
    chosen = select(party.c.id).where(party.c.kind == "company", party.c.sort_key == sort_key(name), party.c.deleted_at.is_(None))
    found: int | None = connection.execute(chosen.order_by(party.c.id).limit(1)).scalar()
    return found


def _values(draft: Draft) -> dict[str, Any]:
    plain = (
        "kind",
        "prefix",
        "status",
        "vip",
        "priority",
        "activity",
        "email",
        "website",
        "province",
        "city",
        "address",
        "postal_code",
        "national_id",
        "note",
    )
    values: dict[str, Any] = {name: _tidy(getattr(draft, name)) for name in plain}
    person = draft.kind == "person"
    return {
        **values,
        "name": draft.display,
        "first_name": draft.first_name.strip() if person else "",
        "last_name": draft.last_name.strip() if person else "",
        "sort_key": sort_key(draft.sort_name),
        "group_id": draft.group,
        "expert": draft.expert or None,
    }


def _tidy(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _write_phones(connection: Connection, number: int, draft: Draft, phones: Sequence[Number]) -> None:
    rows = [
        _phone_row(number, phone, written.text.strip(), written.label, place)
        for place, (phone, written) in enumerate(zip(phones, draft.phones, strict=True))
    ]
    if rows:
        connection.execute(insert(party_phone), rows)


def _phone_row(number: int, phone: Number, raw: str, label: str, position: int) -> dict[str, Any]:
    kind = "fax" if label == "fax" else phone.kind
    return {
        "party_id": number, "kind": kind, "raw": raw, "number": phone.value, "extension": phone.extension, "tail": phone.tail, "label": label,
        "position": position,
    }  # fmt: skip


def _write_roles(connection: Connection, number: int, roles: Iterable[str]) -> None:
    if rows := [{"party_id": number, "role": role} for role in dict.fromkeys(roles)]:
        connection.execute(insert(party_role), rows)


def _write_employer(connection: Connection, number: int, draft: Draft, *, user: str, now: float) -> None:
    if draft.kind != "person":
        return
    employer = draft.employer
    if employer is None and draft.employer_name.strip():
        name = draft.employer_name.strip()
        company = Draft(kind="company", name=name, status=draft.status)
        employer = company_named(connection, name) or insert_party(connection, company, [], user=user, now=now)
    current = connection.execute(
        select(relation)
        .where(relation.c.from_id == number, relation.c.kind == "works_at", relation.c.until.is_(None))
        .order_by(relation.c.id)
    ).first()
    if current is not None and current.to_id == employer:
        connection.execute(update(relation).where(relation.c.id == current.id).values(title=draft.title.strip()))
        return
    if current is not None:
        connection.execute(update(relation).where(relation.c.id == current.id).values(until=now))
    if employer is not None:
        connection.execute(insert(relation).values(from_id=number, to_id=employer, kind="works_at", title=draft.title.strip(), since=now))
