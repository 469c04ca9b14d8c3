"""Pages of the list of 1,000,000 persons and 60,000 companies: filtered and sorted, 50 rows with their numbers, relations and links, from the request to its HTML.

The floor is the bare SQL for the same rows (prepared statements on the driver: the page's rows, how many there are up to ten thousand, the numbers
and relations of these rows, the names they point to) and a bare Jinja loop over the same cells, measured in turn with the page in the same run.
`deep` is a page from the middle of the million by its key. "work" is the processor's time of our process.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import psycopg
from jinja2 import Environment
from sqlalchemy import Connection

from config.clock import FakeClock
from config.database import Database
from config.database_sqlite import sqlite_connect
from config.loops import LOOP
from crm.access import EVERYTHING, Viewer
from crm.account import Account
from crm.catalogue import Catalogue
from crm.query import Query, page
from crm.records import Records
from crm.views import Views
from switchboard.bus import Bus
from tests.load.bench_search import percentile
from tests.load.million import Size
from tests.load.million_kept import postgresql_million, sqlite_million
from web.assets import Assets
from web.pages.record_list import RecordLists
from web.records.places import Place
from web.render import Renderer
from web.request import Request

EACH = 60
WARM_UP = 3
SIZE = Size()
MIDDLE = 500_000
WHO = Viewer(username="admin", pattern=EVERYTHING)
NAMES = {"name_fa": "", "name_en": ""}

FILTERS: dict[str, tuple[dict[str, str], str, tuple[object, ...]]] = {
    "first": ({}, "deleted_at IS NULL", ()),
    "city": ({"filter": "city:شیراز"}, "deleted_at IS NULL AND city = ?", ("شیراز",)),
    "companies_newest": ({"kind": "company", "sort": "-updated_at"}, "deleted_at IS NULL AND kind = ?", ("company",)),
    "status": ({"is.status": "customer", "sort": "-updated_at"}, "deleted_at IS NULL AND status = ?", ("customer",)),
}
"""What is asked for: the address's query, and the bare condition with its values."""
TABLE = """<table>{% for id, name, icon, status, group_id, group, vip, numbers, city, works, expert in rows %}
<tr data-id="{{ id }}"><td class="pick"><input type="checkbox" name="marked" value="{{ id }}" aria-label="نشان‌گذاری {{ name }}"></td>
<th scope="row"><span class="row tight"><span title="{{ icon }}"><svg class="icon" aria-hidden="true"><use href="#i-{{ icon }}"></use></svg></span><a href="/parties/{{ id }}"><bdi>{{ name }}</bdi></a></span></th>
<td data-label="وضعیت"><span class="chip">{{ status }}</span></td>
<td data-label="گروه اصلی">{% if group %}<a href="/groups/{{ group_id }}"><bdi>{{ group }}</bdi></a>{% endif %}</td>
<td data-label="ویژه">{% if vip %}<span class="state good"><svg class="icon" aria-hidden="true"><use href="#i-check"></use></svg>بله</span>{% endif %}</td>
<td data-label="شماره‌ها و راه‌های تماس">{% for number, label in numbers %}<span class="row tight row-line"><span class="phone"><a class="dial" href="tel:{{ number }}" data-dial="{{ number }}" title="تماس با این شماره"><bdi dir="ltr">{{ number }}</bdi></a><button type="button" class="copy" data-copy="{{ number }}" aria-label="کپی شماره" title="کپی شماره"><svg class="icon" aria-hidden="true"><use href="#i-copy"></use></svg></button></span>{% if label %} <span class="chip">{{ label }}</span>{% endif %}</span>{% endfor %}</td>
<td data-label="شهر">{% if city %}<span dir="auto">{{ city }}</span>{% endif %}</td>
<td data-label="روابط">{% for kind, other, named, title in works %}<span class="row tight row-line"><span class="chip">{{ kind }}</span> <a href="/parties/{{ other }}"><bdi>{{ named }}</bdi></a> <span dir="auto">{{ title }}</span></span>{% endfor %}</td>
<td data-label="کارشناس مرتبط">{% if expert %}<span dir="auto">{{ expert }}</span>{% endif %}</td></tr>{% endfor %}</table>"""
"""The rows and cells of the page as bare Jinja, nothing else: no head, no filters, no columns to choose."""
OF_ROWS = (
    "SELECT party_id, kind, number, extension, label FROM channel WHERE party_id IN ({marks}) ORDER BY party_id, position, id",
    "SELECT party_id, kind, other, title FROM relation WHERE party_id IN ({marks}) ORDER BY party_id, position, id",
    "SELECT record_id FROM record_star WHERE username = 'admin' AND entity = 'party' AND record_id IN ({marks})",
)


class Execute(Protocol):
    """The rows of a statement ("?" for values) on the bare driver, prepared."""

    def __call__(self, sql: str, values: Sequence[object] = ()) -> list[Any]: ...


class Everybody:
    """Stands for the accounts: one administrator."""

    def all(self) -> list[Account]:
        return [ADMIN]


class Patterned:
    """Stands for the access patterns: everybody may everything."""

    def viewer(self, _username: str) -> Viewer:
        return WHO


ADMIN = Account(username="admin", name="مدیر", name_en="Admin", role="administrator")


class Asking:
    """The page and its floor."""

    def __init__(self, database: Database, execute: Execute) -> None:
        catalogue = Catalogue(database)
        records = Records(database, Bus(), FakeClock(), catalogue)
        place = Place("party", catalogue, records, Patterned(), Everybody(), "Asia/Tehran")
        self.lists = RecordLists(place, Views(database, FakeClock()))
        self.renderer = Renderer(Assets(), "Asia/Tehran", NAMES)
        self.catalogue, self.records, self.database = catalogue, records, database
        self.execute = execute
        self.bare_template = Environment(autoescape=True).from_string(TABLE)

    async def page(self, query: dict[str, str]) -> str:
        """The HTML of the list, as the site makes it for a click."""
        request = Request(method="GET", path="/parties", address="127.0.0.1", at=time.time(), language="fa", query=query, account=ADMIN)
        request.headers.addRawHeader("HX-Request", "true")
        return self.renderer.render(await self.lists.show(request), request)

    def bare(self, condition: str, order: str, values: Sequence[object] = ()) -> str:
        """The same rows by hand."""
        columns = "id, name, status, group_id, vip, city, expert, active, colour, icon, grade, kind, version, updated_at"
        rows = self.execute(f"SELECT {columns} FROM party WHERE {condition} ORDER BY {order} LIMIT 51", values)[:50]
        self.execute(f"SELECT count(*) FROM (SELECT id FROM party WHERE {condition} LIMIT 10001) AS found", values)
        ids = [row[0] for row in rows]
        marks = ",".join("?" * len(ids))
        numbers, relations, _stars = (self.execute(sql.format(marks=marks), ids) for sql in OF_ROWS)
        others = sorted({row[2] for row in relations})
        names = dict(self.execute(f"SELECT id, name FROM party WHERE id IN ({','.join('?' * len(others))})", others)) if others else {}
        groups = dict(self.execute("SELECT id, name FROM party_group"))
        of: dict[int, list[tuple[Any, ...]]] = {one: [] for one in ids}
        for number in numbers:
            of[number[0]].append((number[2], number[4]))
        works: dict[int, list[tuple[Any, ...]]] = {one: [] for one in ids}
        for row in relations:
            works[row[0]].append((row[1], row[2], names.get(row[2]), row[3]))
        cells = [
            (row[0], row[1], row[11], row[2], row[3], groups.get(row[3]), row[4], of[row[0]], row[5], works[row[0]], row[6]) for row in rows
        ]
        return self.bare_template.render(rows=cells)


async def measure(database: Database, execute: Execute) -> dict[str, Any]:
    """Times in ms of each kind of page, and how many times the floor its median is."""
    it = Asking(database, execute)
    await it.catalogue.load()
    result: dict[str, Any] = {}
    beginning = await it.database.read(_middle(it))
    key, number = it.execute(f"SELECT sort_key, id FROM party WHERE deleted_at IS NULL ORDER BY sort_key, id LIMIT 1 OFFSET {MIDDLE}")[0]
    deep = "deleted_at IS NULL AND (sort_key, id) > (?, ?)"
    for name, (query, condition, values) in {**FILTERS, "deep": ({"after": beginning}, deep, (key, number))}.items():
        order = "updated_at DESC, id DESC" if query.get("sort") else "sort_key, id"
        times: list[float] = []
        works: list[float] = []
        floors: list[float] = []
        for turn in range(WARM_UP + EACH):
            began = time.perf_counter()
            it.bare(condition, order, values)
            floor = time.perf_counter() - began
            worked, began = time.process_time(), time.perf_counter()
            await it.page(dict(query))
            if turn >= WARM_UP:
                floors.append(floor * 1000)
                times.append((time.perf_counter() - began) * 1000)
                works.append((time.process_time() - worked) * 1000)
        result |= {
            f"{name}_ms_p50": percentile(times, 0.5), f"{name}_ms_p95": percentile(times, 0.95), f"{name}_work_ms_p95": percentile(works, 0.95),
            f"{name}_floor_ms_p50": percentile(floors, 0.5), f"{name}_ratio_p50": percentile(times, 0.5) / percentile(floors, 0.5),
        }  # fmt: skip
    return result


def _middle(it: Asking) -> Callable[[Connection], str]:
    """The key of the page behind the first half million."""
    query = Query(entity=it.catalogue["party"], offset=MIDDLE, limit=1)
    return lambda connection: page(connection, query, it.records.world(WHO)).next


async def run(size: Size = SIZE) -> dict[str, Any]:
    """Both databases, one after the other."""
    result: dict[str, Any] = {"persons": size.persons, "companies": size.companies}
    file = await sqlite_million(size)
    bare = sqlite_connect(file, read_only=True)
    result |= await on("sqlite", f"sqlite:///{file}", lambda sql, values=(): bare.execute(sql, values).fetchall())
    bare.close()
    async with postgresql_million(size) as url:
        with psycopg.connect(url, autocommit=True) as driver:
            result |= await on(
                "postgresql", url, lambda sql, values=(): driver.execute(sql.replace("?", "%s").encode(), values, prepare=True).fetchall()
            )
    return result


async def on(name: str, url: str, execute: Execute) -> dict[str, Any]:
    """One database."""
    database = await Database.open(url)
    try:
        return {f"{name}_{what}": value for what, value in (await measure(database, execute)).items()}
    finally:
        await database.close()


def main(size: Size = SIZE) -> dict[str, Any]:
    """The result for `make bench`."""
    return LOOP.run_until_complete(asyncio.wait_for(run(size), 3600))


if __name__ == "__main__":
    print(main())  # noqa: T201  a program for people
