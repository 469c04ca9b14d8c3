"""Nobody sees or changes what their access pattern does not give, whatever the address: every route × entity × right × level."""

from __future__ import annotations

import re
import zipfile
from contextlib import asynccontextmanager
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import pytest
from attrs import frozen
from sqlalchemy import Connection, insert, select

from config.database import metadata
from config.errors import Refusal
from config.translations import translate
from crm.access import EVERYTHING, SYSTEM, Pattern
from crm.attachments.tables import attachment
from crm.catalogue import declared
from crm.exports.formats import FORMATS
from crm.fields.choices import Choice, MultiChoice
from crm.fields.kind import NO_ACCESS
from crm.fields.references import AnyReference, Reference, References, User
from crm.fields.rows import Rows
from crm.fields.texts import Line, LongText, RichText
from crm.query import Query
from switchboard.events import CallerRecognised
from tests.house.new_revision import import_tables
from tests.web.building import COOKIE
from tests.web.memory import HOST
from tests.web.sockets import MemorySocket
from tests.web.whole import whole
from web.csrf import csrf_token
from web.orders import ORDERS

import_tables()

OWNERS = {"mine": "maryam", "team": "reza", "other": "sara"}
MEMBERS = {"maryam": "tried", "reza": "tried", "sara": "elsewhere", "nader": "elsewhere", "admin": "administrator"}
WORD = "zebra"
"""In every record, so that every search would find all of them."""
SECRET = "confidentialmark"

OUTSIDE = frozenset({"account", "login", "logout", "language", "see-as", "static", "help", "sip", "webphone", "healthz", "metrics", "softphone", "dates", "amounts", "me"})  # fmt: skip
"""First steps of addresses that have nothing to do with records."""
BY_CALL = frozenset({"calls", "agents", "queues", "recordings", "wallboard", "desk", "live"})
"""Addresses of calls: they are walked too, and hold the card of test_a_call below."""
NO_RECORD = {
    "begun": "1", "token": "1", "name": "x", "call": "1700000000.1", "code": "agent", "username": "maryam", "view": "1", "upload": "0" * 32, "job": "1",
    "change": "1", "run": "1", "delivery": "1", "recording": "1", "path": "x", "kind": "made", "hook": "1", "backup": "1", "alarm": "1",
}  # fmt: skip
"""What stands in an address besides records, files and entities. A route with a place that is named nowhere here fails the walk."""


@frozen
class Filled:
    """The site with three records of every entity: the user's own, a colleague's of the same pattern, and somebody else's."""

    room: Any
    ids: dict[str, dict[str, int]]
    files: dict[str, dict[str, int]]
    promises: dict[str, int]

    def tries(self, pattern: Pattern) -> None:
        """Give the user this pattern."""
        self.room.patterns.all = {"tried": pattern, "elsewhere": EVERYTHING, "administrator": EVERYTHING}


def title_of(entity: Any, who: str) -> str:
    """What a record is called."""
    return f"{WORD} {who}mark of-{entity.name}."


def links_to_hidden(entity: Any, ids: dict[str, dict[str, int]]) -> dict[str, Any]:
    """Values of the user's own record that point to somebody else's, through every field that can."""
    values: dict[str, Any] = {}
    for one in entity.fields:
        kind, target = one.kind, one.kind.refers_to()
        if not one.typed or isinstance(kind, User):
            continue
        if isinstance(kind, References):
            values[one.name] = [ids[target]["mine"], ids[target]["other"]]
        elif isinstance(kind, Reference):
            values[one.name] = ids[target]["other"]
        elif isinstance(kind, AnyReference):
            values[one.name] = f"party:{ids['party']['other']}"
        elif isinstance(kind, Rows) and (inner := next((part for part in kind.fields if part.kind.refers_to() in ids), None)):
            chosen = {part.name: part.kind.choices[0].code for part in kind.fields if part.required and isinstance(part.kind, Choice)}
            values[one.name] = [{**chosen, inner.name: ids[inner.kind.refers_to()]["other"]}]
    return values


def values_for(entity: Any, who: str) -> dict[str, Any]:
    """A record's values with marks in every text that can be typed."""
    values: dict[str, Any] = {"expert": OWNERS[who]}
    for one in entity.fields:
        if one.typed and not one.unique and type(one.kind) in (Line, LongText, RichText) and (getattr(one.kind, "longest", 99) or 99) >= 40:
            values[one.name] = f"{SECRET} {who}" if one.level else f"{WORD} {who}mark of-{entity.name}."
        elif one.typed and isinstance(one.kind, Rows) and one.level:
            texts = [inner.name for inner in one.kind.fields if type(inner.kind) is Line and (inner.kind.longest or 99) >= 40]
            values[one.name] = [{texts[0]: SECRET}] if texts else None
        elif one.typed and one.required and isinstance(one.kind, Choice) and one.kind.choices:
            values[one.name] = (
                [one.kind.choices[0].code] if isinstance(one.kind, MultiChoice) else one.kind.choices[0].code
            )  # a list needs one
    if entity.title_field in values:
        values[entity.title_field] = title_of(entity, who)
    if entity.name == "party":
        values |= {"kind": "person", "first_name": WORD, "last_name": f"{who}mark of-party."}
    if entity.name == "communication":
        values |= {"user": OWNERS[who], "method": "note"}
    return values


@asynccontextmanager
async def filled(folder: Path):
    async with whole(folder) as room:
        room.patterns._members = lambda: MEMBERS
        room.patterns.all = {"administrator": EVERYTHING}
        await room.catalogue.load()
        ids: dict[str, dict[str, int]] = {}
        files: dict[str, dict[str, int]] = {}
        for entity in sorted(room.catalogue.entities.values(), key=lambda one: one.name, reverse=True):
            ids[entity.name], files[entity.name] = {}, {}
            for who in OWNERS:
                extra = {"parties": [ids["party"][who]]} if entity.name == "communication" and "party" in ids else {}
                number = await room.records.create(entity, {**values_for(entity, who), **extra}, SYSTEM)
                ids[entity.name][who] = number
                row = {"entity": entity.name, "record_id": number, "name": f"{who}mark.txt", "media": "text/plain", "size": 3, "sha256": "0" * 64, "by": "admin", "at": 0.0}  # fmt: skip
                files[entity.name][who] = (
                    await room.database.write(
                        lambda connection, row=row: connection.execute(insert(attachment).values(row)).inserted_primary_key
                    )
                )[0]
        for entity in room.catalogue.entities.values():
            if links := links_to_hidden(entity, ids):
                await room.records.change(entity, ids[entity.name]["mine"], links, SYSTEM)
        promises = {
            who: await room.database.write(partial(promised, who=who, party=ids["party"][who], said_in=ids["communication"][who]))
            for who in OWNERS
        }
        await room.house.bearer("maryam")
        yield Filled(room, ids, files, promises)


def promised(connection: Connection, *, who: str, party: int, said_in: int) -> int:
    """A follow-up of the record's owner; what one wrote oneself one may read."""
    row = {
        "party_id": party,
        "communication_id": said_in,
        "title": "promised" if who == "mine" else f"{who}mark",
        "due_at": 0.0,
        "user": OWNERS[who],
        "created_at": 0.0,
    }
    return int(connection.execute(insert(metadata.tables["follow_up"]).values(row)).inserted_primary_key[0])


def entity_of(room: Any, path: str) -> str:
    """The entity that an address is about, "" for none."""
    steps = path.removeprefix("/api/v1").strip("/").split("/")
    for entity in room.catalogue.entities.values():
        if steps[0] in (entity.plural, entity.address.strip("/")) or steps[:2] == ["records", entity.name]:
            return str(entity.name)
    return ""


def addresses(it: Filled, route: Any) -> list[tuple[str, str, str]]:
    """(address, whose record it is about, of which entity): the route's path with believable values; each record when it names one."""
    places = re.findall(r"<(?:\w+:)?(\w+)>", route.path)
    own = "communication" if "follow_up" in places else entity_of(it.room, route.path)
    found = []
    for entity in it.ids if "entity" in places or "file" in places else [own]:
        for who in OWNERS if (entity and {"record", "number", "party", "communication", "file", "follow_up"} & set(places)) else ["other"]:
            path = route.path
            for place in places:
                if place == "file":
                    value: Any = it.files[entity][who]
                elif place == "follow_up":
                    value = it.promises[who]
                elif place == "field":
                    value = "note" if entity and it.room.catalogue[entity].field("note") else "name"
                elif place == "entity":
                    value = entity or "party"
                elif place in ("record", "number", "communication", "party") and entity:
                    value = it.ids[entity][who]
                elif place in ("number", "record", "custom"):
                    value = 1
                else:
                    assert place in NO_RECORD, f"{route.name}: the walk does not know what “{place}” is; name it in this test"
                    value = NO_RECORD[place]
                path = re.sub(rf"<(?:\w+:)?{place}>", str(value), path)
            found.append((path, who, entity))
    return found


def asked(it: Filled, route: Any, entity: str) -> str:
    """A query that asks for as much as can be."""
    ids = it.ids.get(entity) or it.ids["party"]
    everything = {
        "q": WORD, "ids": ",".join(str(one) for one in ids.values()), "like": ids["other"], "made": ids["other"], "card": WORD, "people": WORD, "words": WORD,
        "party": it.ids["party"]["other"], "expand": "parties,expert,parent", "deleted": "any", "per": 50, "field": "name", "value": WORD, "master": ids["other"],
    }  # fmt: skip
    if route.kind == "api":
        wanted = {name: value for name, value in everything.items() if name in route.asks and name not in ("expand", "made")}
        return urlencode(wanted)
    return urlencode({name: value for name, value in everything.items() if name != "deleted"})


def touches_records(route: Any) -> bool:
    """Whether an address may have to do with records."""
    return route.path.removeprefix("/api/v1").strip("/").split("/")[0] not in OUTSIDE and route.kind != "live"


async def read_all(it: Filled) -> dict[str, str]:
    """Everything that the user gets by reading every address there is: {address: text}."""
    browser = await it.room.house.logged_in("maryam")
    token = await it.room.house.bearer("maryam")
    found = {}
    for route in it.room.table.routes:
        if route.method != "GET" or not touches_records(route) or route.path.endswith(".pdf"):  # the page /print in other words, compressed
            continue
        for path, _who, entity in addresses(it, route):
            for query in {"", asked(it, route, entity)}:
                where = f"{path}?{query}" if query else path
                reply = await (it.room.house.browser() if route.kind == "api" else browser).get(
                    where, headers=token if route.kind == "api" else {}
                )
                assert reply.status < 500, (where, reply.text[-600:])
                found[where] = unescape(reply.body.decode("utf-8", "replace"))
    return found


def seen_by(texts: dict[str, str], mark: str) -> list[str]:
    """The addresses that tell a mark."""
    return sorted(where for where, text in texts.items() if mark in text)


@pytest.mark.parametrize(("level", "hidden"), [("none", ("mine", "team", "other")), ("own", ("team", "other")), ("team", ("other",))])
async def test_what_the_level_of_viewing_hides_is_on_no_address(tmp_path: Path, level: str, hidden: tuple[str, ...]) -> None:
    """Pages, lists, searches, autocompletion, counts, exports, prints, files, history, API: none tells a word of a hidden record."""
    async with filled(tmp_path) as it:
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "all", "view": level}}, field_level=2))
        texts = await read_all(it)
        leaks = {who: seen_by(texts, f"{who}mark") for who in hidden}
        assert not any(leaks.values()), "\n".join(f"{who}: {where}" for who in leaks for where in leaks[who])
        for who in set(OWNERS) - set(hidden):
            assert len(seen_by(texts, f"{who}mark")) > 20, "what may be seen is to be seen, or this test proves nothing"
        if level != "none":
            unnamed = seen_by(texts, translate("fa", NO_ACCESS))
            for address in ("", "/edit", "/history"):
                assert any(where.startswith("/parties/") and where.endswith(address) for where in unnamed), "links to what is hidden say so"
            assert any("/print" in where for where in unnamed)


@pytest.mark.parametrize("form", [name for name in FORMATS if name != "pdf"])
async def test_files_do_not_name_what_is_hidden(tmp_path: Path, form: str) -> None:
    """Exports in every format hold the user's own records, and of linked ones that may not be seen no name."""
    async with filled(tmp_path) as it:
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "all", "view": "own"}}, field_level=2))
        viewer = it.room.patterns.viewer("maryam")
        for entity in it.room.catalogue.entities.values():
            if form == "vcf" and entity.name != "party":
                continue
            number = await it.room.exports.start(Query(entity=entity), entity.of(level=2), form, viewer, language="fa", title="x")
            await it.room.exports.settled()
            file, _media, _name = await it.room.exports.file(number, viewer)
            said = text_of(file)
            assert "minemark" in said, entity.name
            assert "othermark" not in said, entity.name


def text_of(file: Path) -> str:
    """What stands in a file, or in the files that it is packed of."""
    if not zipfile.is_zipfile(file):
        return file.read_text("utf-8", "replace")
    with zipfile.ZipFile(file) as packed:
        return "".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())


@pytest.mark.parametrize("name", [one.name for one in declared()])
async def test_each_kind_of_record_is_hidden_by_its_own_right(tmp_path: Path, name: str) -> None:
    """Where only one kind of record may not be seen, neither its values nor the names of its records are on the pages of the others."""
    async with filled(tmp_path) as it:
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "all"}, name: {"*": "none"}}, field_level=2))
        leaks = seen_by(await read_all(it), f"of-{name}.")
        assert not leaks, "\n".join(leaks)


async def test_confidential_fields_are_on_no_address(tmp_path: Path) -> None:
    """A user of field level 0 sees every record and no confidential word; one of level 2 sees them."""
    async with filled(tmp_path) as it:
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "all"}}, field_level=0))
        leaks = seen_by(await read_all(it), SECRET)
        assert not leaks, "\n".join(leaks)
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "all"}}, field_level=2))
        assert len(seen_by(await read_all(it), SECRET)) > 3


# ── Changing ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

UNCOUNTED = frozenset({"session", "api_token", "account", "login_history", "login_event", "event", "idempotency", "idempotency_key", "duplicate_run", "duplicate_group", "search_word", "upload", "view", "saved_view"})  # fmt: skip
"""Tables that say nothing of records."""


async def rows_of(it: Filled, *, other: bool) -> dict[str, Any]:
    """What there is of records; `other`: only of those that belong to somebody else."""
    entities = it.room.catalogue.entities

    def work(connection: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for table in metadata.sorted_tables:
            if table.name in UNCOUNTED or table.name.startswith(
                ("login", "session", "access_", "hook", "export", "import", "mass", "bulk")
            ):
                continue
            chosen = select(table)
            if other:
                if table.name in entities:
                    chosen = chosen.where(table.c.id == it.ids[table.name]["other"])
                elif owner := next((name for name in entities if f"{name}_id" in table.c), ""):
                    chosen = chosen.where(table.c[f"{owner}_id"] == it.ids[owner]["other"])
                elif {"entity", "record_id"} <= set(table.c.keys()):
                    pairs = [(table.c.entity == name) & (table.c.record_id == ids["other"]) for name, ids in it.ids.items()]
                    condition = pairs[0]
                    for pair in pairs[1:]:
                        condition = condition | pair
                    chosen = chosen.where(condition)
                else:
                    continue
            rows = [
                {name: value for name, value in row.items() if name != "id" or table.name in entities}
                for row in connection.execute(chosen).mappings()
            ]
            found[table.name] = sorted(repr(row) for row in rows)
        return found

    return await it.room.database.read(work)


def body_of(it: Filled, route: Any, path: str, who: str, entity: str) -> dict[str, Any]:
    """A form or JSON body that would do what the address is for."""
    ids = it.ids.get(entity) or it.ids["party"]
    number = ids[who]
    other = ids["team" if who == "mine" else "mine"]
    values = {"name": "changed", "subject": "changed", "first_name": "changed", "last_name": "changed", "kind": "person", "note": "changed"}
    known = it.room.catalogue.entities[entity or "party"]
    settable: dict[str, Any] = {name: value for name, value in values.items() if (one := known.field(name)) and one.typed}
    for one in known.fields:
        if one.typed and (one.required or one.required_if is not None) and one.name not in settable:
            if type(one.kind) in (Line, LongText, RichText):
                settable[one.name] = "changed"
            elif type(one.kind) is Choice and one.kind.choices:
                settable[one.name] = one.kind.choices[0].code
    if route.kind != "api":
        form = {
            **settable, "version": 1, "do": "save", "on": "" if path.endswith("/active") else "1", "ids": f"{number},{other}", "master": number, "party": it.ids["party"]["mine"], "all": "1",
            "id": number, "record": number, "entity": entity, "state": "x", "field": "note", "merge": 1, "act": "delete", "format": "csv", "form": "csv",
            "method": "note", "marked": number, "size": 3, "direction": "in", "fields": "note", "go": "1", "step": "go",
            "name": title_of(known, who) if path.endswith("/purge") else "changed",
        }  # fmt: skip
        own = path.endswith(("/new", "/edit"))  # there "state" and the like are fields of the record, with words of their own
        return {name: value for name, value in form.items() if not own or name in settable or known.field(name) is None}
    if route.body is None:
        given = {"on": True, "merge": 1, "values": {}, "party": number, "text": "changed", "number": "09121234567", "note": "changed", "first_name": "changed", "digits": "1"}  # fmt: skip
        return {name: given[name] for name in route.takes if name in given}
    if path.endswith("/bulk"):
        return {"steps": [{"do": do, **({"id": number} if do != "create" else {}), **({"values": settable} if do in ("create", "change") else {})} for do in ("create", "change", "delete", "restore", "purge")]}  # fmt: skip
    if path.endswith("/merge"):
        return {"others": [other]}
    if path.endswith("/similar"):
        return {"values": settable}
    return settable


async def send(it: Filled, user: str, route: Any, path: str, who: str, entity: str, *, for_ever: bool = True) -> Any:
    """One request as the user's browser or program would send it."""
    body = body_of(it, route, path, who, entity)
    if route.kind == "api":
        headers = {**await it.room.house.bearer(user), "Origin": f"http://{HOST}"}
        query = "?for_ever=1" if for_ever and route.method == "DELETE" and "for_ever" in route.asks else ""
        return await it.room.house.browser().ask(route.method, path + query, json=body, headers=headers)
    browser = await it.room.house.logged_in(user)
    form = urlencode([("csrf", csrf_token(browser.cookies[COOKIE])), *body.items()]).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://{HOST}"}
    return await browser.ask(route.method, path, body=form, headers=headers)


async def change_all(it: Filled, *, other: bool) -> list[tuple[str, list[str]]]:
    """Send everything that changes something; the addresses that did change records, and in which tables."""
    found = []
    before = await rows_of(it, other=other)
    for route in it.room.table.routes:
        if not route.unsafe or not touches_records(route):
            continue
        for path, who, entity in addresses(it, route):
            if other and who != "other":
                continue
            reply = await send(it, "maryam", route, path, who, entity)
            assert reply.status < 500, (route.name, reply.text[-600:])
            await settle(it)
            now = await rows_of(it, other=other)
            if now != before:
                found.append((f"{route.method} {path}", sorted(name for name in now if now[name] != before[name])))
                before = now
    return found


async def settle(it: Filled) -> None:
    """Let what runs in the background come to its end."""
    for name in ("mass", "exports", "imports"):
        await it.room.parts[name].settled()
    await it.room.duplicate_search._tasks.settled()


async def test_who_may_only_look_changes_nothing_on_any_address(tmp_path: Path) -> None:
    """Every form, every API method, bulk, merging, stars, files: refused, and not one row is other than before."""
    async with filled(tmp_path) as it:
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"view": "all"}}, field_level=2))
        changed = await change_all(it, other=False)
        assert not changed, "\n".join(map(str, changed))


async def test_who_may_change_their_own_changes_no_others(tmp_path: Path) -> None:
    """With every right at “own”, nobody else's record changes in any way."""
    async with filled(tmp_path) as it:
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "own"}}, field_level=2))
        changed = await change_all(it, other=True)
        assert not changed, "\n".join(map(str, changed))


NOTICED = (
    "POST {address}/new", "POST {address}/{id}/edit", "POST {address}/{id}/delete", "POST {address}/{id}/star", "POST {address}/{id}/active", "POST {address}/merge",
    "POST /api/v1/{plural}", "PATCH /api/v1/{plural}/{id}", "DELETE /api/v1/{plural}/{id}", "POST /api/v1/{plural}/{id}/star", "POST /api/v1/{plural}/{id}/merge", "POST /api/v1/{plural}/bulk",
)  # fmt: skip


async def test_the_walk_would_notice(tmp_path: Path) -> None:
    """With every right the same requests do change records: else the two tests above proved nothing."""
    async with filled(tmp_path) as it:
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "all"}}, field_level=2))
        for entity in it.room.catalogue.entities.values():
            for said in NOTICED:
                for who in OWNERS:
                    extra = {"parties": [it.ids["party"][who]]} if entity.name == "communication" else {}
                    it.ids[entity.name][who] = await it.room.records.create(entity, {**values_for(entity, who), **extra}, SYSTEM)
                method, _space, template = said.partition(" ")
                path = template.format(address=entity.address, plural=entity.plural, id=it.ids[entity.name]["mine"])
                route, _values = it.room.table.match(method, path)
                before = await rows_of(it, other=False)
                reply = await send(it, "maryam", route, path, "mine", entity.name, for_ever=False)
                assert await rows_of(it, other=False) != before, (said, entity.name, reply.status, reply.text[-500:])


RIGHTS_AT = {
    "export": ("GET {address}/export", "POST {address}/export"),
    "import": ("GET {address}/import", "POST {address}/import"),
    "print": ("GET {address}/print", "GET {address}/print.pdf"),
    "choose": ("GET /records/{name}/choose",),
    "create": ("GET {address}/new", "POST {address}/new", "POST /api/v1/{plural}"),
    "edit": ("GET {address}/{id}/edit", "POST {address}/{id}/edit", "PATCH /api/v1/{plural}/{id}", "GET {address}/duplicates"),
    "delete": ("POST {address}/{id}/delete", "DELETE /api/v1/{plural}/{id}", "GET {address}/merge?ids=1,2"),
    "purge": ("POST {address}/{id}/purge",),
    "star": ("POST {address}/{id}/star", "POST /api/v1/{plural}/{id}/star"),
    "deactivate": ("POST {address}/{id}/active",),
}


@pytest.mark.parametrize("right", RIGHTS_AT)
async def test_each_right_closes_its_addresses_and_no_others(tmp_path: Path, right: str) -> None:
    """Everything is allowed but one right: its addresses say 403, and the record's page is still there."""
    async with filled(tmp_path) as it:
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "all", right: "none"}}, field_level=2))
        for entity in it.room.catalogue.entities.values():
            number = it.ids[entity.name]["mine"]
            for said in RIGHTS_AT[right]:
                method, _space, template = said.partition(" ")
                path = template.format(address=entity.address, name=entity.name, plural=entity.plural, id=number)
                route, _values = it.room.table.match(method, path.partition("?")[0])
                if method == "GET":
                    reply = await (await it.room.house.logged_in("maryam")).get(path)
                else:
                    reply = await send(it, "maryam", route, path, "mine", entity.name, for_ever=False)
                assert reply.status == 403, (said, entity.name, reply.status, reply.text[:300])
            assert (await (await it.room.house.logged_in("maryam")).get(f"{entity.address}/{number}")).status == 200


async def test_nothing_is_linked_to_what_may_not_be_chosen(tmp_path: Path) -> None:
    """By API, bulk and form: for the user the hidden record is not there; links that stand stay when the record is saved again."""
    async with filled(tmp_path) as it:
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "own"}}, field_level=2))
        browser, token, ids = it.room.house.browser(), await it.room.house.bearer("maryam"), it.ids["party"]
        fresh = {"subject": "x", "parties": [ids["team"]]}
        gone = await browser.ask("POST", "/api/v1/communications", json={"subject": "x", "parties": [999_999]}, headers=token)
        for method, path, body in (
            ("POST", "/api/v1/communications", fresh),
            ("PATCH", f"/api/v1/communications/{it.ids['communication']['mine']}", {"parties": [ids["mine"], ids["other"], ids["team"]]}),
            ("PATCH", f"/api/v1/parties/{ids['mine']}", {"relations": [{"kind": "works_at", "other": ids["team"]}]}),
        ):
            reply = await browser.ask(method, path, json=body, headers=token)
            assert (reply.status, reply.json()["error"]["code"]) == (gone.status, gone.json()["error"]["code"]), path
            assert "reference_gone" in reply.text
        steps = {"steps": [{"do": "create", "values": fresh}]}
        assert not (await browser.ask("POST", "/api/v1/communications/bulk", json=steps, headers=token)).json()["results"][0]["ok"]
        kept = {"parties": [ids["mine"], ids["other"]], "note": "again"}
        saved = await browser.ask("PATCH", f"/api/v1/communications/{it.ids['communication']['mine']}", json=kept, headers=token)
        assert saved.status == 200, saved.text


# ── What is pushed ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_web_hooks_tell_only_what_their_owner_may_see(tmp_path: Path) -> None:
    """A hook looks with its owner's eyes: other people's records and confidential fields are not in its messages."""
    async with filled(tmp_path) as it:
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "own"}}, field_level=0))
        await it.room.hooks.save({"title": "x", "url": "https://example.com"}, "maryam")
        it.room.hooks.start()
        party = it.room.catalogue["party"]
        for who in ("other", "team", "mine"):
            await it.room.records.change(party, it.ids["party"][who], {"personality": f"{SECRET} {who}", "note": f"{who}mark new"}, SYSTEM)
        while not any(b"minemark new" in body for _url, body in it.room.receiver.told):
            await it.room.database.read(lambda _connection: None)
        said = b" ".join(body for _url, body in it.room.receiver.told).decode()
        assert "othermark" not in said
        assert "teammark" not in said
        assert SECRET not in said


async def test_filters_over_hidden_fields_and_records_find_nothing_out(tmp_path: Path) -> None:
    """Neither a filter, nor sorting, nor counting tells a value that may not be seen."""
    async with filled(tmp_path) as it:
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "all", "view": "own"}}, field_level=0))
        browser, token = it.room.house.browser(), await it.room.house.bearer("maryam")
        for condition in (
            {"field": "personality", "op": "like", "value": SECRET},
            {"field": "bank_accounts.owner", "op": "like", "value": SECRET},
            {"field": "credit", "op": ">", "value": 0},
        ):
            reply = await browser.get(f"/api/v1/parties?filter={quote(orjson.dumps(condition).decode())}", headers=token)
            assert reply.status == 422, condition
        assert (await browser.get("/api/v1/parties?sort=-credit", headers=token)).status == 422
        counted = await browser.get(f"/api/v1/communications?filter={quote(orjson.dumps({'field': 'parties.name', 'op': 'like', 'value': 'othermark'}).decode())}", headers=token)  # fmt: skip
        assert counted.json().get("total", 0) == 0


def console_of(it: Filled) -> dict[str, Any]:
    """What the user's console is told while the caller, somebody else's customer, rings there."""
    room, number = it.room, it.ids["party"]["other"]
    call = room.telephony.arrive(queue="")
    room.bus.tell(CallerRecognised(at=room.clock.now(), call=call, match="exact", number="+989121234567", parties=(number,)))
    return dict(room.live._card(call, "maryam"))


async def test_a_call_of_a_hidden_customer_shows_only_who_it_is_and_whose(tmp_path: Path) -> None:
    """The screen-pop: the name and the expert, not the group, notes, talks or numbers; all of it for those who may see it."""
    async with filled(tmp_path) as it:
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "own"}}))
        (party,) = console_of(it)["parties"]
        told = {name: value for name, value in party.items() if value}
        assert told == {"id": it.ids["party"]["other"], "name": party["name"], "kind": "person", "expert": "sara", "expert_name": party["expert_name"], "hidden": True}  # fmt: skip
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "all"}}))
        (party,) = console_of(it)["parties"]
        assert "of-party." in party["note"]
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "all"}, "communication": {"*": "none"}}))
        (party,) = console_of(it)["parties"]
        assert "of-communication." not in str(party)


async def test_the_calls_of_hidden_customers_are_without_name_and_sound(tmp_path: Path) -> None:
    """A colleague's call with somebody else's customer: not opened, not heard; one's own is in the lists, as of a number nobody knows."""
    async with filled(tmp_path) as it:
        for place, (agent, whose) in enumerate((("sara", "other"), ("sara", "mine"), ("maryam", "other"))):
            await it.room.database.write(partial(ended_call, call=f"1800000000.{place}", agent=agent, party=it.ids["party"][whose]))
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "own"}, "communication": {"*": "all"}}))
        browser, token = await it.room.house.logged_in("maryam"), await it.room.house.bearer("maryam")
        statuses = [(await browser.get(f"/{kind}/{call}{part}")).status for kind, call, part in (
            ("calls", "1800000000.0", ""), ("recordings", 1, "/audio"), ("recordings", 1, "/peaks"), ("api/v1/calls", "1800000000.0", ""),
            ("calls", "1800000000.1", ""), ("recordings", 2, "/audio"), ("calls", "1800000000.2", ""),
        )]  # fmt: skip
        assert statuses == [404, 403, 403, 403, 200, 404, 200], "of a call that may be heard only the file is missing here"
        texts = [
            (await browser.get(path, headers=token)).text
            for path in ("/calls", "/calls/1800000000.2", "/api/v1/calls", "/api/v1/calls/1800000000.2")
        ]
        assert "1800000000.2" in texts[0]
        assert not any("othermark" in text for text in texts)


def ended_call(connection: Connection, *, call: str, agent: str, party: int) -> None:
    """A recorded call that is over."""
    log, kept = metadata.tables["call"], metadata.tables["recording"]
    connection.execute(
        insert(log).values(
            id=call,
            direction="inbound",
            status="answered",
            started_at=1.0,
            answered_at=2.0,
            ended_at=9.0,
            agent=agent,
            party=party,
            steps=[],
        )
    )
    connection.execute(
        insert(kept).values(
            call=call, started_at=1.0, seconds=7.0, file=f"{call}.mp3", channels=1, size_bytes=1, sha256="0" * 64, kept_at=9.0
        )
    )


async def test_a_call_is_not_linked_to_a_hidden_customer(tmp_path: Path) -> None:
    """Neither by the console's order nor by the API: for the user that customer is not there."""
    async with filled(tmp_path) as it:
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "all", "view": "own"}}))
        call = it.room.telephony.arrive(queue="")
        it.room.orders.remember(call, "maryam")
        it.room.calls.get(call).agent = "maryam"
        before = await rows_of(it, other=True)
        with pytest.raises(Refusal):
            await ORDERS["link"].run(it.room.orders, "maryam", {"call": call, "party": it.ids["party"]["other"]})
        assert await rows_of(it, other=True) == before


async def test_the_board_names_no_customer_whom_its_watcher_may_not_see(tmp_path: Path) -> None:
    """Two supervisors watch: to the one who may see the caller the board tells the name, to the other the number only; at once, in changes and later."""
    async with filled(tmp_path) as it:
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "own"}}))
        it.room.patterns._members = lambda: {**MEMBERS, "nader": "tried"}
        sockets = {user: await board_of(it, user) for user in ("nader", "admin")}
        number = it.ids["party"]["other"]
        call = it.room.telephony.arrive(queue="")
        it.room.bus.tell(CallerRecognised(at=it.room.clock.now(), call=call, match="exact", number="+989121234567", parties=(number,)))
        assert it.room.calls.get(call).party == number
        it.room.clock.advance(0.2)
        for user, socket in sockets.items():
            late = await board_of(it, user)
            rows = [
                row
                for one in (*socket.of("board"), *late.of("snapshot"))
                for _kind, name, row in one.get("changes", one.get("board"))
                if name == call
            ]
            assert len(rows) == 2, user
            assert {row["caller"] for row in rows} == {"09121234567"}
            assert {bool(row["name"]) for row in rows} == {user == "admin"}


async def board_of(it: Filled, user: str) -> Any:
    """A supervisor's open board."""
    browser = await it.room.house.logged_in(user)
    socket = await MemorySocket(it.room.house.site.factory, "/live", cookies=browser.cookies).opened()
    await socket.message("snapshot")
    assert (await socket.ask("subscribe", board=True))["ok"]
    return socket


async def test_calls_are_not_found_by_the_number_of_a_hidden_customer(tmp_path: Path) -> None:
    """Asked for the calls of a customer whom they may not see a supervisor gets none, ended or going on; who may see the customer gets both."""
    async with filled(tmp_path) as it:
        number = it.ids["party"]["other"]
        await it.room.database.write(partial(ended_call, call="1800000000.0", agent="sara", party=number))
        call = it.room.telephony.arrive(queue="")
        it.room.bus.tell(CallerRecognised(at=it.room.clock.now(), call=call, match="exact", number="+989121234567", parties=(number,)))
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "own"}}))
        it.room.patterns._members = lambda: {**MEMBERS, "nader": "tried"}
        for user, found in (("nader", 0), ("admin", 2)):
            token, browser = await it.room.house.bearer(user), it.room.house.browser()
            for asked_for in (f"party:{number}", f"status:answered,party:{number}"):
                reply = (await browser.get(f"/api/v1/calls?filter={quote(asked_for)}", headers=token)).json()
                assert len(reply["items"]) == reply["total"] == min(found, 2 if "status" not in asked_for else 1), (user, asked_for)
            for nonsense in ("party:x", "party:99999999999999999999", "party:-1", "party:۱"):
                reply = await browser.get(f"/api/v1/calls?filter={quote(nonsense)}", headers=token)
                assert (reply.status, reply.json()["total"]) == (200, 0), nonsense


async def test_no_address_of_calls_names_a_hidden_caller_to_a_supervisor(tmp_path: Path) -> None:
    """A supervisor who sees own customers only, while a colleague's customer rings: calls, agents, queues, board and desk tell nobody's name."""
    async with filled(tmp_path) as it:
        await it.room.database.write(partial(ended_call, call="1800000000.0", agent="sara", party=it.ids["party"]["other"]))
        call = it.room.telephony.arrive(queue="")
        recognised = CallerRecognised(
            at=it.room.clock.now(), call=call, match="exact", number="+989121234567", parties=(it.ids["party"]["other"],)
        )
        it.room.bus.tell(recognised)
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "own"}}))
        for members, told in (({**MEMBERS, "nader": "tried"}, False), (MEMBERS, True)):
            it.room.patterns._members = lambda members=members: members
            browser, token = await it.room.house.logged_in("nader"), await it.room.house.bearer("nader")
            texts = {}
            for route in it.room.table.routes:
                if (
                    route.method == "GET"
                    and route.path.removeprefix("/api/v1").strip("/").split("/")[0] in BY_CALL
                    and route.kind != "live"
                ):
                    for number in (call, "1800000000.0"):
                        path = route.path.replace("<call>", number).replace("<int:recording>", "1")
                        reply = await (it.room.house.browser() if route.kind == "api" else browser).get(
                            path, headers=token if route.kind == "api" else {}
                        )
                        texts[path] = unescape(reply.body.decode("utf-8", "replace"))
            assert len(texts) > 8
            assert bool(seen_by(texts, "othermark")) is told, seen_by(texts, "othermark")


async def test_nobody_is_found_by_the_name_of_a_hidden_company(tmp_path: Path) -> None:
    """A visible person who works at a company that may not be seen: not found by its words, wherever one searches; found by their own, also where both have one."""
    async with filled(tmp_path) as it:
        party = it.room.catalogue["party"]
        hidden = await it.room.records.create(party, {"kind": "company", "name": "نرم‌افزار پگاه", "expert": "sara"}, SYSTEM)
        open_one = await it.room.records.create(party, {"kind": "company", "name": "صنایع بهار", "expert": "maryam"}, SYSTEM)
        person = {"kind": "person", "expert": "maryam"}
        relations = [{"kind": "works_at", "other": hidden}, {"kind": "works_at", "other": open_one}]
        nobody = await it.room.records.create(party, {**person, "first_name": "نادر", "last_name": "کاوه", "relations": relations}, SYSTEM)
        namesake = await it.room.records.create(
            party, {**person, "first_name": "پگاه", "last_name": "کاوه", "relations": relations}, SYSTEM
        )
        browser, token = await it.room.house.logged_in("maryam"), await it.room.house.bearer("maryam")

        async def found(typed: str) -> list[set[int]]:
            words = quote(typed)
            texts = [
                (await browser.get(f"/parties?q={words}")).text, (await browser.get(f"/parties/print?q={words}")).text, (await browser.get(f"/search?q={words}")).text,
                (await browser.get(f"/records/party/choose?q={words}")).text,
            ]  # fmt: skip
            everywhere = [{number for number, name in ((nobody, "نادر کاوه"), (namesake, "پگاه کاوه")) if name in text} for text in texts]
            listed = (await browser.get(f"/api/v1/parties?q={words}&per=200", headers=token)).json()
            looked = (await browser.get(f"/api/v1/search?q={words}", headers=token)).text
            everywhere.append({one["id"] for one in listed["items"]} & {nobody, namesake})
            everywhere.append({number for number in (nobody, namesake) if f'"/parties/{number}"' in looked})
            directory = await it.room.directory.listing(q=typed, viewer=it.room.patterns.viewer("maryam"))
            everywhere.append({one["id"] for one in directory.items} & {nobody, namesake})
            return everywhere

        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "own"}}))
        for typed, who in (
            ("نرم", set()), ("افزار", set()), ("نرم‌افزار", set()), ("نرم افزار پگاه", set()), ("نادر پگاه", set()), ("کاوه نرم", set()), ("پگاه", {namesake}),
            ("صنایع", {nobody, namesake}), ("کاوه", {nobody, namesake}), ("کاوه صنایع", {nobody, namesake}), ("نادر", {nobody}),
        ):  # fmt: skip
            assert all(one == who for one in await found(typed)), (typed, await found(typed))
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "all"}}))
        assert all(one == {nobody, namesake} for one in await found("نرم")), await found("نرم")
