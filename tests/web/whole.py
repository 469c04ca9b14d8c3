"""The whole site: every page and every API module that there is, on real records and a floor in memory."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from attrs import define, field

from config.backup.jobs import Jobs
from config.settings import Settings
from crm.alarms.alarms import Alarms
from crm.attachments.attachments import Attachments
from crm.card import Cards
from crm.catalogue import Catalogue
from crm.directory import Directory
from crm.dispositions import Dispositions
from crm.duplicates.batch import DuplicateSearch
from crm.duplicates.duplicates import Duplicates
from crm.exports.exports import Exports
from crm.hooks.hooks import Hooks
from crm.hooks.sending import Outcome
from crm.imports.imports import Imports
from crm.mass import MassChanges
from crm.merging.letters import Letters
from crm.merging.merging import Merging
from crm.own_fields import OwnFields
from crm.own_lists import OwnLists
from crm.parties import Parties
from crm.patterns import Patterns
from crm.records import Records
from crm.search import Search
from crm.timeline import Timeline
from crm.timeline_page import FollowUps, TimelinePages
from ivr.flow import Flow, FlowSet
from recordings import tables as recordings_tables
from recordings.store import Shelf
from switchboard.call_log import CallLog
from tests.house.new_revision import import_tables
from tests.web.building import Building, building
from tests.web.shop import REASONS, FakeDesk, Telephony
from web.board import Board
from web.consoles import Consoles
from web.demo_callers import DemoNumbers
from web.health import LoopLag
from web.letter_paper import LetterPaper
from web.live import Live
from web.orders import Orders
from web.routes import RouteTable, collect

KEY = b"k" * 32
import_tables()  # all of them, whatever the test itself has imported
KNOWN_TABLES = (recordings_tables.recording,)
"""Tables of a floor that no page imports; the database of the test has them as well."""


MAIN = Flow(name="main", title="منوی اصلی", file="main.yaml", numbers=("1000",), default=True, language="fa", start="", nodes={}, lines={})


@define
class Flows:
    """Flows that reload without problems until the test says otherwise."""

    live: Any = field(factory=lambda: FlowSet({"main": MAIN}, version="abc"))
    problems: tuple[Any, ...] = ()

    async def reload(self):
        return self.problems


@define
class NoKeeper:
    """Nobody makes back-ups; remembers what was asked."""

    job: Any = None
    last: Any = None
    next_at: float | None = None
    asked: list[tuple[str, str]] = field(factory=list)

    def begin(self, kind: str, name: str = "") -> None:
        self.asked.append((kind, name))

    def cancel(self) -> None:
        self.asked.append(("cancel", ""))


@define
class Receiver:
    """Stands for other programs' servers; keeps what web-hooks told them."""

    told: list[tuple[str, bytes]] = field(factory=list)

    async def post(self, url: str, _headers: dict[str, str], body: bytes) -> Outcome:
        self.told.append((url, body))
        return Outcome(200, "", 0.01)


@define
class Whole:
    """The site and everything under it."""

    house: Building
    parts: dict[str, Any]
    table: RouteTable

    def __getattr__(self, name: str) -> Any:
        return self.parts[name]


@asynccontextmanager
async def whole(folder: Path, *, demo: bool = True, database: Any = None):
    parts: dict[str, Any] = {}
    tables: list[RouteTable] = []

    def routes(common):
        database, bus, clock = common["database"], common["bus"], common["clock"]
        telephony = Telephony(bus, clock)
        calls = telephony.calls
        catalogue = Catalogue(database)
        patterns = Patterns(database, clock, lambda: {one.username: one.access for one in common["accounts"].all()})
        records = Records(database, bus, clock, catalogue)
        dispositions, parties = Dispositions(catalogue), Parties(records, patterns.viewer)
        timeline = Timeline(database, bus, clock, calls, parties, dispositions)
        cards = Cards(database, bus, clock, catalogue)
        desk = FakeDesk(telephony)
        orders = Orders(calls, desk, timeline)
        consoles = Consoles(clock, common["sessions"], orders)
        board = Board(calls, telephony.floor, cards.of, common["accounts"].get)
        live = Live(
            bus,
            clock,
            calls,
            telephony.floor,
            board,
            consoles,
            orders,
            cards.of,
            lambda: {"dispositions": dispositions.all(), "break_reasons": REASONS},
            lambda card, username: cards.shown_to(card, patterns.viewer(username)),
            lambda calls, username: cards.nameless(calls, patterns.viewer(username)),
        )
        parts.update(common)
        parts.update(
            settings=Settings(home=folder, demo=demo), key=KEY, calls=calls, cards=cards, dispositions=dispositions, parties=parties, timeline=timeline,
            catalogue=catalogue, patterns=patterns, records=records, call_log=CallLog(database, bus, clock, calls), search=Search(database), directory=Directory(database), timeline_pages=TimelinePages(database, catalogue),
            follow_ups=FollowUps(database, clock), timezone="Asia/Tehran", floor=telephony.floor, telephony=telephony, desk=desk,
            link=SimpleNamespace(ari=SimpleNamespace(up=True)), consoles=consoles, orders=orders, live=live, board=board, flows=Flows(),
            shelf=Shelf(folder / "recordings"), recordings=SimpleNamespace(health=lambda: {"ok": True}), loop_lag=LoopLag(clock), keeper=NoKeeper(), journal=None, backup_jobs=Jobs(Settings(home=folder)),
            demo_numbers=DemoNumbers((("1000", "Main menu"), ("1001", "Sales"))) if demo else None,
        )  # fmt: skip
        parts.update(
            duplicates=Duplicates(database, bus, clock, records), duplicate_search=DuplicateSearch(database, clock, catalogue), receiver=(receiver := Receiver()),
            exports=Exports(database, clock, records, folder / "exports", "Asia/Tehran"), imports=Imports(database, clock, records, patterns, folder / "imports"),
            hooks=Hooks(database, bus, clock, records, patterns, receiver, KEY),
        )  # fmt: skip
        parts.update(alarms=Alarms(database, bus, clock, catalogue, "Asia/Tehran"))
        parts.update(attachments=Attachments(database, clock, catalogue, folder / "files"))
        merging = Merging(database, clock, records, {"fa": "آریا", "en": "Aria"}, lambda name, _language: name, "Asia/Tehran")
        paper = LetterPaper({"fa": "آریا", "en": "Aria"}, lambda: records.reading().today)
        parts.update(merging=merging, letters=Letters(database, clock, records, merging, parts["attachments"], paper, folder / "letters"))
        parts.update(mass=MassChanges(database, clock, records, patterns))
        parts.update(own_fields=OwnFields(database, bus, clock, catalogue), own_lists=OwnLists(database, bus, clock, catalogue))
        tables.append(collect(parts))
        return tables[0].routes

    async with building(folder, routes, database=database) as house:
        yield Whole(house, parts, tables[0])
        parts["live"].stop()
        await parts["duplicate_search"].stop()
        await parts["hooks"].stop()
        await parts["exports"].stop()
        await parts["imports"].stop()
        await parts["mass"].stop()
        await parts["letters"].stop()
        await parts["own_fields"].stop()
        await parts["consoles"].stop()
        await parts["timeline"].stop()
        await parts["call_log"].stop()
