"""The service tree: every department is made here, in order of dependency, and given the few things it uses.

`make_service(settings)` gives Twisted a service. `open_building` reads from top to bottom as the architecture; what is
opened first is closed last.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import shutil
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from attrs import frozen
from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint, TCP6ServerEndpoint
from twisted.internet.interfaces import IListeningPort

import crm.demo
from agents.demo import put_first_queues, put_sample_queues
from agents.desk import Desk
from agents.dialling import DialRules
from agents.dispatcher import Dispatcher
from agents.intents import Intents
from agents.queue_rows import read_break_reasons, read_queues
from agents.roster import Agent, Roster
from agents.tally import TALLIED, Tally
from config.backup.before_update import back_up_before_update
from config.backup.jobs import Jobs
from config.backup.journal import Journal
from config.backup.keeper import Keeper
from config.clock import Clock, SystemClock
from config.database import Database
from config.database_address import is_server
from config.errors import Refusal
from config.logs import start_logging
from config.loops import LOOP, Tasks, awaitable, deferred
from config.places import PROJECT
from config.secrets import installation_key
from config.settings import Settings
from config.translations import _
from crm.accounts import Accounts
from crm.attachments.attachments import Attachments
from crm.card import Cards
from crm.card_access import shown_to
from crm.catalogue import Catalogue
from crm.directory import Directory
from crm.dispositions import Dispositions
from crm.duplicates.batch import DuplicateSearch
from crm.duplicates.duplicates import Duplicates
from crm.exports.exports import Exports
from crm.grades import Grades
from crm.hooks.hooks import Hooks
from crm.hooks.sending import Poster
from crm.imports.imports import Imports
from crm.login_history import LoginHistory
from crm.mass import MassChanges
from crm.own_fields import OwnFields
from crm.own_lists import OwnLists
from crm.parties import Parties
from crm.patterns import Patterns
from crm.recognise import Recogniser
from crm.records import Records as Entities
from crm.search import Search
from crm.second_factor import SecondFactor
from crm.timeline import Timeline
from crm.timeline_page import FollowUps, TimelinePages
from ivr.flows import Flows
from ivr.prompts import Prompts
from ivr.speech import EspeakNg
from ivr.walk import Walker
from recordings.calls import CallRecordings
from recordings.disk import DiskGuard
from recordings.finishing import Finisher
from recordings.policy import Policy
from recordings.retention import Retention, RetentionSweep
from recordings.store import Shelf
from switchboard.asterisk.catch_up import CatchUp, Knowledge
from switchboard.asterisk.layout import Folders
from switchboard.asterisk.link import Addresses, AsteriskLink
from switchboard.asterisk.ports import must_be_free
from switchboard.asterisk.provision import Phone, provision
from switchboard.bus import Bus
from switchboard.call import Calls
from switchboard.call_log import CallLog
from switchboard.database_alarm import DatabaseAlarm
from switchboard.events import AccountChanged, AlarmCleared, AlarmRaised, PhoneSystemFound
from switchboard.ledger import Ledger, last_number
from switchboard.reception import Reception
from web.assets import Assets
from web.board import Board
from web.consoles import Consoles
from web.demo_callers import DemoNumbers
from web.demo_file import NUMBERS, write_demo
from web.doorkeeper import Doorkeeper
from web.entrance import Entrance
from web.health import LoopLag
from web.live import Live
from web.live_words import Titled
from web.menu import Menu
from web.orders import Orders
from web.porter import Porter
from web.reception import Reception as FrontDoor
from web.render import Renderer
from web.routes import collect
from web.sessions import Sessions
from web.site import Site
from web.tokens import Tokens

log = logging.getLogger(__name__)


FLOWS = PROJECT / "config" / "flows"


BACKUP_FAILED = _("The last back-up failed. The page “Back-ups” says why.")


@frozen
class Backups:
    """Who keeps the back-ups; no journal when PostgreSQL keeps its own."""

    keeper: Keeper
    journal: Journal | None
    jobs: Jobs


@frozen
class Ground:
    """What every department stands on."""

    settings: Settings
    key: bytes
    clock: Clock
    database: Database
    bus: Bus
    calls: Calls
    ledger: Ledger
    backups: Backups


@frozen
class Records:
    """The customer records and the people who log in."""

    accounts: Accounts
    cards: Cards
    dispositions: Dispositions
    parties: Parties
    recogniser: Recogniser
    timeline: Timeline
    call_log: CallLog
    search: Search
    directory: Directory
    catalogue: Catalogue
    patterns: Patterns
    records: Entities


@frozen
class Floor:
    """Agents and queues."""

    roster: Roster
    dispatcher: Dispatcher
    desk: Desk
    tally: Tally


async def open_building(settings: Settings, closing: AsyncExitStack) -> None:
    """Open every department, the lowest floor first; `closing` closes them in reverse."""
    ground = await lay_ground(settings, closing)
    records = await open_records(ground, closing)
    roster = Roster(agents_of(records.accounts))
    link = open_link(ground, roster, closing)
    open_journal(ground, records, roster, link, closing)
    floor = await open_floor(ground, records, roster, link, closing)
    flows, walker = await open_flows(ground, floor, link, closing)
    link.reception = Reception(ground.calls, walker)
    shelf, recordings = await open_recordings(ground, floor, link, closing)
    exchange = await open_exchange(ground, records, closing)
    await open_web(ground, records, floor, link, closing, flows=flows, shelf=shelf, recordings=recordings, walker=walker, **exchange)
    link.start()


async def lay_ground(settings: Settings, closing: AsyncExitStack) -> Ground:
    """Database, bus, ledger and the registry of live calls."""
    key = await asyncio.to_thread(installation_key, settings.home)
    await asyncio.to_thread(back_up_before_update, Jobs(settings))
    database = await Database.open(settings.database_url)
    closing.push_async_callback(database.close)
    clock = SystemClock(LOOP)
    bus = Bus(await last_number(database))
    backups = await open_backups(settings, database, bus, clock, closing)
    DatabaseAlarm(database, bus, clock)
    ledger = Ledger(database, bus, clock)
    ledger.start()
    closing.push_async_callback(ledger.stop)
    return Ground(settings, key, clock, database, bus, Calls(bus, clock), ledger, backups)


async def open_backups(settings: Settings, database: Database, bus: Bus, clock: Clock, closing: AsyncExitStack) -> Backups:
    """The schedule of the back-ups and the journal between them, which follows the database until everybody else is done with it."""

    def alarm(failed: bool) -> None:
        at, code = clock.now(), "backup_failed"
        bus.tell(AlarmRaised(at=at, code=code, sentence=BACKUP_FAILED) if failed else AlarmCleared(at=at, code=code))

    jobs = Jobs(settings)
    keeper = Keeper(settings, clock, os.environ, alarm)
    closing.push_async_callback(keeper.stop)
    keeper.start()
    if not settings.backup.journal_seconds or is_server(settings.database_url):
        return Backups(keeper, None, jobs)
    journal = Journal(
        database, database.file, partial(jobs.vault, make=True), clock, settings.backup.journal_seconds, keeper.stream_begun
    )  # fmt: skip
    closing.push_async_callback(journal.stop)
    await journal.start()
    return Backups(keeper, journal, jobs)


async def open_records(ground: Ground, closing: AsyncExitStack) -> Records:
    """Customers, accounts, recognition, timeline and the call log."""
    database, bus, clock, calls, site = ground.database, ground.bus, ground.clock, ground.calls, ground.settings.site
    accounts = Accounts(database, bus, clock)
    closing.callback(accounts.close)
    await accounts.load()
    if ground.settings.demo:
        await crm.demo.seed(database, accounts, clock)
    await database.write(put_sample_queues if ground.settings.demo else put_first_queues)
    recogniser = Recogniser(database, bus, calls, country=site.country, city_code=site.city_code)
    catalogue = Catalogue(database)
    await catalogue.load()
    patterns = Patterns(database, clock, lambda: {one.username: one.access for one in accounts.all() if one.active})
    await patterns.load()
    entities = Entities(database, bus, clock, catalogue, country=site.country, city_code=site.city_code, timezone=site.timezone)
    parties = Parties(entities, patterns.viewer)
    dispositions = Dispositions(catalogue)
    cards = Cards(database, bus, clock, catalogue, site.timezone)
    grades = Grades(database, bus, clock, site.timezone)
    closing.push_async_callback(grades.stop)
    grades.start()
    call_log = CallLog(database, bus, clock, calls)
    timeline = Timeline(database, bus, clock, calls, parties, dispositions, language=site.language)
    closing.push_async_callback(timeline.stop)
    closing.push_async_callback(call_log.stop)
    return Records(
        accounts, cards, dispositions, parties, recogniser, timeline, call_log, Search(database, catalogue, timezone=site.timezone), Directory(database), catalogue, patterns, entities
    )  # fmt: skip


async def open_exchange(ground: Ground, records: Records, closing: AsyncExitStack) -> dict[str, object]:
    """Files that come in and go out; what a stop interrupted goes on."""
    home, timezone = ground.settings.home, ground.settings.site.timezone
    imports = Imports(ground.database, ground.clock, records.records, records.patterns, home / "imports")
    exports = Exports(ground.database, ground.clock, records.records, home / "exports", timezone)
    closing.push_async_callback(exports.stop)
    closing.push_async_callback(imports.stop)
    await exports.tidy()
    attachments = Attachments(ground.database, ground.clock, records.catalogue, home / "files")
    await attachments.sweep()
    mass = MassChanges(ground.database, ground.clock, records.records, records.patterns)
    closing.push_async_callback(mass.stop)
    await imports.resume()
    await mass.resume()
    return {"imports": imports, "exports": exports, "attachments": attachments, "mass": mass}


def agents_of(accounts: Accounts) -> list[Agent]:
    """The accounts that have an extension, as the floor knows them."""
    return [
        Agent(username=one.username, name=one.name, name_en=one.name_en, extension=one.extension, device=one.device)
        for one in accounts.all()
        if one.extension and one.active
    ]


def open_link(ground: Ground, roster: Roster, closing: AsyncExitStack) -> AsteriskLink:
    """The telephone system; connects when everything else stands."""
    settings = ground.settings
    link = AsteriskLink(
        ground.bus, ground.clock, ground.calls, Addresses.of(settings, ground.key),
        outside=lambda number: settings.telephony.outside(number, demo=settings.demo), agent_of=roster.username_of, history=ground.ledger.of_call,
    )  # fmt: skip
    closing.push_async_callback(link.stop)
    tasks = Tasks("telephones")
    closing.push_async_callback(tasks.stop)

    writing = asyncio.Lock()

    async def write_phones() -> None:
        async with writing:  # two changes at once are written in their order
            phones = [Phone(one.extension, one.name_en or one.name, browser=True, desk=one.device == "desk") for one in roster]
            await provision(phones, ground.key, Folders(settings.home).etc, link.ami.reload)

    def provide(_event: PhoneSystemFound | AccountChanged) -> None:
        """Make the embedded Asterisk know the agents' telephones, once the roster knows them; somebody else's is left alone."""
        if settings.telephony.embedded:
            tasks.start(write_phones(), "telephones in Asterisk")

    ground.bus.listen(PhoneSystemFound, provide)
    ground.bus.listen(AccountChanged, provide)
    return link


def open_journal(ground: Ground, records: Records, roster: Roster, link: AsteriskLink, closing: AsyncExitStack) -> None:
    """What happened while the daemon was away, from the embedded Asterisk's journal; another's journal is not ours to read."""
    if not ground.settings.telephony.embedded:
        return
    knowledge = Knowledge(
        agent_of=roster.username_of, recognise=records.recogniser.recognise, history=ground.ledger.of_call, standing=link.standing
    )
    catch_up = CatchUp(ground.database, ground.bus, ground.clock, ground.calls, Folders(ground.settings.home).log, knowledge)
    closing.push_async_callback(catch_up.stop)


async def open_floor(ground: Ground, records: Records, roster: Roster, link: AsteriskLink, closing: AsyncExitStack) -> Floor:
    """Queues, presence and the dispatcher."""
    database, bus, clock, calls, telephony = ground.database, ground.bus, ground.clock, ground.calls, ground.settings.telephony

    def expert_of(call: str) -> str:
        known = records.cards.of(call)["parties"]
        return str(known[0]["expert"] or "") if len(known) == 1 else ""

    dispatcher = Dispatcher(bus, clock, calls, link.phones, roster, expert_of=expert_of, caller_id=telephony.caller_id)
    closing.push_async_callback(dispatcher.stop)
    dispatcher.set_queues(await database.read(read_queues))
    intents = Intents(database, bus)
    closing.push_async_callback(intents.stop)
    dispatcher.restore(await intents.load())
    reasons = await database.read(read_break_reasons)
    desk = Desk(
        dispatcher, calls, link.phones, roster, clock, DialRules(telephony.dial_prefixes, telephony.dial_forbidden),
        break_reasons=lambda: [one.code for one in reasons],
    )  # fmt: skip

    def accounts_changed(_event: AccountChanged) -> None:
        roster.replace(agents_of(records.accounts))
        dispatcher.roster_changed()

    def way_to(number: str) -> str:
        colleague = dispatcher.phone_of(number)
        return f"PJSIP/{colleague}" if colleague else telephony.outside(number, demo=ground.settings.demo)

    bus.listen(AccountChanged, accounts_changed)
    link.phones.outside = way_to
    link.exchange.on_own_call = desk.dialled_by_hand
    tally = await open_tally(ground, dispatcher)
    return Floor(roster, dispatcher, desk, tally)


async def open_tally(ground: Ground, dispatcher: Dispatcher) -> Tally:
    """Today's numbers: what the ledger has of today, then what happens."""
    zone = ZoneInfo(ground.settings.site.timezone)

    def midnight(at: float) -> float:
        return datetime.fromtimestamp(at, zone).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()

    tally = Tally(midnight, dispatcher.floor.rules_of)
    async for event in ground.ledger.since(midnight(ground.clock.now()), TALLIED):
        tally.apply(event)
    ground.bus.witness(lambda _number, event: tally.apply(event))

    def settle(event: PhoneSystemFound) -> None:
        tally.settle({one.id for one in ground.calls.live()}, dispatcher.floor.agents(), event.at)
        undo()

    undo = ground.bus.listen(PhoneSystemFound, settle)
    return tally


async def open_flows(ground: Ground, floor: Floor, link: AsteriskLink, closing: AsyncExitStack) -> tuple[Flows, Walker]:
    """Call flows, their prompts, and who leads callers through them."""
    settings, bus, clock = ground.settings, ground.bus, ground.clock
    folder = settings.home / "flows"
    if not folder.exists():
        await asyncio.to_thread(shutil.copytree, FLOWS, folder)
    tasks = Tasks("flows")
    closing.push_async_callback(tasks.stop)
    prompts = Prompts(settings.home / "prompts", EspeakNg(), bus, clock, tasks)
    flows = Flows(folder, settings.home / "flows.kept", prompts, floor.dispatcher.queues, bus, clock, tasks)
    await flows.start()
    closing.callback(flows.stop)
    walker = Walker(
        bus, clock, flows, prompts, floor.dispatcher, tasks, last_resort=link.phones.to_static_queue,
        leaving=lambda call: ground.calls.leaving(call, by="system"), language=settings.site.language, timezone=settings.site.timezone,
    )  # fmt: skip
    return flows, walker


async def open_recordings(ground: Ground, floor: Floor, link: AsteriskLink, closing: AsyncExitStack) -> tuple[Shelf, CallRecordings]:
    """What is recorded, kept, watched and thrown away."""
    settings, bus, clock, database = ground.settings, ground.bus, ground.clock, ground.database

    def queue_records(name: str) -> bool:
        rules = floor.dispatcher.floor.rules_of(name)
        return rules is None or rules.record

    shelf = Shelf(settings.home / "recordings")
    await asyncio.to_thread(shelf.prepare)
    disk = DiskGuard(bus, clock, shelf.folder, settings.recordings.min_free_mb * 1_000_000)
    finisher = Finisher(bus, clock, database, shelf, disk)
    recordings = CallRecordings(
        bus, clock, ground.calls, link.phones, shelf, Policy(settings.telephony.record, queue_records), disk, finisher
    )  # fmt: skip
    await recordings.start()
    closing.push_async_callback(recordings.stop)
    sweep = RetentionSweep(database, clock, shelf, Retention(settings.recordings.keep_days))
    sweep.start()
    closing.push_async_callback(sweep.stop)
    return shelf, recordings


async def open_web(
    ground: Ground, records: Records, floor: Floor, link: AsteriskLink, closing: AsyncExitStack, **more: object
) -> None:  # fmt: skip
    """Pages, API, websockets."""
    settings, clock, bus, database, calls = ground.settings, ground.clock, ground.bus, ground.database, ground.calls
    network, site = settings.network, settings.site
    sessions = Sessions(database, clock, settings.web.session_hours)
    closing.push_async_callback(sessions.stop)
    tokens = Tokens(database, clock)
    own_fields = OwnFields(database, bus, clock, records.catalogue)
    closing.push_async_callback(own_fields.stop)
    duplicates, duplicate_search = Duplicates(database, bus, clock, records.records), DuplicateSearch(database, clock, records.catalogue)
    await duplicate_search.settle_old()
    closing.push_async_callback(duplicate_search.stop)
    hooks = Hooks(database, bus, clock, records.records, records.patterns, Poster(local=settings.web.hooks_local), ground.key)
    hooks.start()
    closing.push_async_callback(hooks.stop)
    reasons = await database.read(read_break_reasons)
    orders = Orders(calls, floor.desk, records.timeline)
    consoles = Consoles(clock, sessions, orders)
    board = Board(calls, floor.dispatcher.floor, records.cards.of, records.accounts.get, floor.tally.counted)
    lists: dict[str, tuple[Titled, ...]] = {"dispositions": records.dispositions.all(), "break_reasons": tuple(reasons)}
    live = Live(
        bus, clock, calls, floor.dispatcher.floor, board, consoles, orders, records.cards.of, lambda: lists,
        lambda card, username: shown_to(card, records.patterns.viewer(username)),
    )  # fmt: skip
    second_factor, login_history = SecondFactor(database, records.accounts, clock, ground.key, site.name_en), LoginHistory(database, clock)
    entrance = Entrance(records.accounts, clock, settings.web.login_attempts, second_factor, login_history)
    doorkeeper = Doorkeeper(bus, records.accounts, sessions, tokens, consoles)
    closing.push_async_callback(doorkeeper.stop)
    assets = Assets()
    await asyncio.to_thread(assets.warm)
    front_door = FrontDoor(
        sessions, tokens, records.accounts, clock, cookie=f"switchboard-{network.http.port}", public_url=settings.public_url,
        language=site.language, proxied=bool(settings.web.public_url),
    )  # fmt: skip
    loop_lag = LoopLag(clock)
    loop_lag.start()
    closing.callback(loop_lag.stop)
    shared = {
        "name_fa": site.name_fa,
        "name_en": site.name_en,
        "demo": settings.demo,
        "tiles": settings.map.tiles,
        "menu": Menu(records.catalogue, records.patterns).of,
    }
    services: dict[str, object] = {
        "names": shared,
        "settings": settings, "key": ground.key, "clock": clock, "bus": bus, "database": database, "calls": calls, "ledger": ground.ledger,
        "accounts": records.accounts, "cards": records.cards, "dispositions": records.dispositions, "parties": records.parties,
        "recogniser": records.recogniser, "timeline": records.timeline, "call_log": records.call_log, "catalogue": records.catalogue, "patterns": records.patterns, "records": records.records,
        "own_fields": own_fields, "own_lists": OwnLists(database, bus, clock, records.catalogue), "search": records.search, "directory": records.directory, "timeline_pages": TimelinePages(database, records.catalogue), "follow_ups": FollowUps(database, clock), "timezone": site.timezone,
        "roster": floor.roster, "dispatcher": floor.dispatcher, "floor": floor.dispatcher.floor, "desk": floor.desk, "link": link,
        "sessions": sessions, "tokens": tokens, "second_factor": second_factor, "login_history": login_history,
        "entrance": entrance, "porter": Porter(records.accounts, entrance, sessions, tokens, second_factor, login_history),
        "reception": front_door, "assets": assets, "consoles": consoles, "orders": orders, "live": live, "board": board, "loop_lag": loop_lag,
        "duplicates": duplicates, "duplicate_search": duplicate_search, "hooks": hooks,
        "keeper": ground.backups.keeper, "journal": ground.backups.journal, "backup_jobs": ground.backups.jobs,
        "demo_numbers": DemoNumbers([(number, title) for number, _name, title in NUMBERS]) if settings.demo else None, **more,
    }  # fmt: skip
    server = Site(collect(services), front_door, Renderer(assets, site.timezone, shared))
    must_be_free(network.http, "pages and API", "SWITCHBOARD_HTTP")
    from twisted.internet import reactor

    endpoint = TCP6ServerEndpoint if ":" in network.http.host else TCP4ServerEndpoint
    port: IListeningPort = await awaitable(
        endpoint(reactor, network.http.port, interface=network.http.host).listen(server.factory)  # type: ignore[no-untyped-call]  # untyped in Twisted
    )
    closing.callback(live.stop)
    closing.push_async_callback(server.stop)
    closing.callback(port.stopListening)
    if settings.demo:
        await asyncio.to_thread(write_demo, settings, ground.key, records.accounts.all())


class Building(Service):
    """The whole product as one Twisted service. `refusal` says why it could not start."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tasks = Tasks("daemon")
        self._closing = AsyncExitStack()
        self.refusal: Refusal | None = None
        self.broken = False
        """It could not start, and not for a reason that people can mend."""

    def startService(self) -> None:  # noqa: N802  # Twisted's name
        """Begin to open; what refuses stops the reactor, with the sentence in `refusal`."""
        super().startService()  # type: ignore[no-untyped-call]  # untyped in Twisted
        self._tasks.start(self._open(), "open the building")

    def stopService(self) -> Deferred[None]:  # noqa: N802  # Twisted's name
        """Close everything in reverse; talks go on in Asterisk."""
        super().stopService()  # type: ignore[no-untyped-call]  # untyped in Twisted
        return deferred(self._close())

    async def _open(self) -> None:
        try:
            await open_building(self._settings, self._closing)
            gc.collect()
            gc.freeze()  # what stands now stays: the collector need not walk through it in the middle of a call
        except Refusal as refusal:
            self.refusal = refusal
            self._stop_reactor()
        except Exception:
            log.exception("the daemon could not start")
            self.broken = True
            self._stop_reactor()

    async def _close(self) -> None:
        await self._tasks.stop()
        await self._closing.aclose()

    @staticmethod
    def _stop_reactor() -> None:
        from twisted.internet import reactor

        reactor.callLater(0, reactor.stop)


def make_service(settings: Settings) -> Building:
    """The daemon for `settings`; the asyncio reactor must be installed."""
    start_logging(settings.home)
    return Building(settings)
