"""What a user may not see makes no difference to them: with other hidden values and other hidden records every address answers the same, letter for letter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from sqlalchemy import Connection, delete, func, insert, update

from crm.access import SYSTEM, Pattern
from crm.tables import channel, party, search_token
from tests.house.test_access_matrix import Filled, addresses, asked, filled, touches_records, values_for

FORM_TOKEN = re.compile(r"[0-9a-f]{16}\.[0-9a-f]{32}")
SECRETS = ("credit", "income", "personality", "bank_accounts")
LISTS = ("", "/board", "/calendar", "/map", "/print", "/export", "/mass", "/search", "/duplicates")


def conditions() -> Iterator[Any]:
    """Conditions that would find hidden values out, one yes or no at a time."""
    for name, op, value in (
        ("credit", ">", 500), ("credit", "filled", None), ("income", "between", [1, 500]), ("personality", "like", "aaa"), ("bank_accounts.owner", "starts", "a"),
        ("bank_accounts", "filled", None), ("relations.other.credit", ">", 500), ("relations.other.name", "like", "mark"), ("relations.other.personality", "like", "aaa"),
        ("groups.name", "like", "mark"), ("introducer.name", "like", "mark"), ("introducer.credit", ">", 500),
    ):  # fmt: skip
        yield {"field": name, "op": op, "value": value}
        yield {"not": {"field": name, "op": op, "value": value}}
        yield {"or": [{"field": "id", "op": "<", "value": 0}, {"field": name, "op": op, "value": value}]}


def over_links() -> Iterator[Any]:
    """Conditions on a communication's customers."""
    for name in ("parties.name", "parties.credit", "parties.personality", "parties.relations.other"):
        yield {"field": name, "op": "like" if name != "parties.credit" else ">", "value": 500 if name == "parties.credit" else "mark"}


def questions(it: Filled, entity: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Queries that ask for what may not be seen, and below the list's address where: sorted, filtered, grouped, shown, narrowed and expanded by it."""
    hidden = it.ids[entity]["other"]
    for name in SECRETS if entity == "party" else ():
        yield f"sort=-{name}", ("", "/print", "/board")
        yield f"sort={name}&columns=name,{name}&by={name}&is.{name}=1&expand={name}&fields={name}", LISTS
        yield urlencode({"field": name, "value": "aaa"}), ("/search",)
    for condition in conditions() if entity == "party" else over_links():
        yield f"filter={quote(orjson.dumps(condition).decode())}", ("",)
    for name in ("relations.other", "groups", "introducer") if entity == "party" else ("parties",):
        yield f"filter={quote(orjson.dumps({'field': name, 'op': 'under', 'value': hidden}).decode())}", ("",)
    yield f"ids={hidden}&like={hidden}&made={hidden}&master={hidden}&q=mark&expand=relations.other,groups,expert,parties", LISTS
    yield "q=othermark", LISTS


async def told(it: Filled, *, some: bool = False) -> dict[str, str]:
    """What every address answers; `some`: only lists of customers, sorted and searched."""
    browser, token = await it.room.house.logged_in("maryam"), await it.room.house.bearer("maryam")
    found: dict[str, str] = {}

    async def ask(where: str, *, api: bool) -> None:
        reply = await (it.room.house.browser() if api else browser).get(where, headers=token if api else {})
        assert reply.status < 500, (where, reply.text[-600:])
        found[where] = f"{reply.status} {FORM_TOKEN.sub('', reply.body.decode('utf-8', 'replace'))}"

    for route in () if some else it.room.table.routes:
        if route.method == "GET" and touches_records(route) and not route.path.endswith(".pdf"):
            for path, who, entity in addresses(it, route):
                if who != "team":
                    await ask(f"{path}?{asked(it, route, entity)}", api=route.kind == "api")
    for name in ("party",) if some else ("party", "communication"):
        entity, number = it.room.catalogue[name], it.ids[name]["mine"]
        for query, places in [("sort=-credit&columns=name,credit", ("",)), ("q=mark", ("",))] if some else questions(it, name):
            for place in places:
                await ask(f"{entity.address}{place}?{query}", api=False)
            await ask(f"{entity.address}/{number}?list={quote(query)}", api=False)
            await ask(f"/api/v1/{entity.plural}?{query}", api=True)
            await ask(f"/api/v1/{entity.plural}/{number}?{query}", api=True)
    return found


def differing(before: dict[str, str], after: dict[str, str]) -> str:
    """The addresses that answer otherwise, with the first place where they do."""
    found = []
    for where, answer in before.items():
        if answer != after[where]:
            place = next((n for n, (one, other) in enumerate(zip(answer, after[where], strict=False)) if one != other), 0)
            found.append(f"{where}\n    {answer[max(place - 60, 0) : place + 60]!r}\n    {after[where][max(place - 60, 0) : place + 60]!r}")
    return "\n".join(found)


async def test_hidden_values_make_no_difference(tmp_path: Path) -> None:
    """Neither order nor filter, page, count, column, board, expansion, print or form tells anything of confidential fields of records that one sees."""
    async with filled(tmp_path) as it:
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "all"}}, field_level=0))
        await it.room.database.write(lambda connection: confidential(connection, it, (1, 500, 900), ("aaa", "mmm", "zzz")))
        before = await told(it)
        await it.room.database.write(lambda connection: confidential(connection, it, (900, 0, 7), ("zzz", "", "aaa")))
        differences = differing(before, await told(it))
        assert not differences, differences
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "all"}}, field_level=2))
        before = await told(it, some=True)
        await it.room.database.write(lambda connection: confidential(connection, it, (1, 500, 900), ("aaa", "mmm", "zzz")))
        assert differing(before, await told(it, some=True)), "who may see it sees it, or this proved nothing"


test_hidden_values_make_no_difference.seconds = 400  # tests/conftest.py reads it


def confidential(connection: Connection, it: Filled, amounts: tuple[int, ...], words: tuple[str, ...]) -> None:
    """Other values in the confidential fields; by SQL, so that nothing else of the record changes."""
    accounts = it.room.catalogue["party"].children["bank_accounts"]
    for number, amount, word in zip(it.ids["party"].values(), amounts, words, strict=True):
        connection.execute(update(party).where(party.c.id == number).values(credit=amount, income=amount, personality=word))
        connection.execute(delete(accounts).where(accounts.c.party_id == number))
        if word:
            connection.execute(insert(accounts).values(party_id=number, position=0, owner=word))


async def test_hidden_records_make_no_difference(tmp_path: Path) -> None:
    """Called otherwise, with other numbers, other words to be found by, more of them, in the bin: for whom they are hidden, nothing has happened."""
    async with filled(tmp_path) as it:
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "all", "view": "own"}}, field_level=2))
        before = await told(it)
        await it.room.database.write(lambda connection: renamed(connection, it))
        differences = differing(before, await told(it))
        assert not differences, differences
        for entity in it.room.catalogue.entities.values():
            extra = {"parties": [it.ids["party"]["other"]]} if entity.name == "communication" else {}
            await it.room.records.create(entity, {**values_for(entity, "other"), **extra}, SYSTEM)
        differences = differing(before, await told(it))
        assert not differences, differences
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "all"}}, field_level=2))
        assert "othermark" in str(await told(it, some=True)), "who may see it sees it, or this proved nothing"


test_hidden_records_make_no_difference.seconds = 600


def renamed(connection: Connection, it: Filled) -> None:
    """The hidden records under other names, with other values."""
    for who in ("other", "team"):
        for name, ids in it.ids.items():
            entity = it.room.catalogue[name]
            values = {
                entity.title_field: f"renamed{who}",
                "sort_key": "aaa" if who == "other" else "zzz",
                "colour": "red",
                "active": False,
            }
            connection.execute(update(entity.table).where(entity.table.c.id == ids[who]).values(values))
            connection.execute(delete(search_token).where(search_token.c.entity == name, search_token.c.record_id == ids[who]))
        number = it.ids["party"][who]
        connection.execute(
            update(party).where(party.c.id == number).values(first_name="renamed", credit=5, city="شیراز", vip=True, grade="a")
        )
        connection.execute(delete(channel).where(channel.c.party_id == number))
        c, old, new = (
            search_token.c,
            f"{who}mark",
            f"renamed{who}",
        )  # those who work for them are found by the new name, as after every change of a name
        connection.execute(update(search_token).values(words=func.replace(c.words, old, new)))
        connection.execute(update(search_token).where(c.token == old).values(token=new))
