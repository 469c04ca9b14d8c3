"""The customer records and the people who log in."""

from __future__ import annotations

from contextlib import AsyncExitStack

from attrs import frozen

import crm.demo
from agents.demo import put_first_queues, put_sample_queues
from config.database import metadata
from config.statistics import NightlyLook
from crm.accounts import Accounts
from crm.alarms.alarms import Alarms
from crm.alarms.clock import AlarmClock
from crm.card import Cards
from crm.catalogue import Catalogue
from crm.directory import Directory
from crm.dispositions import Dispositions
from crm.grades import Grades
from crm.own_fields import OwnFields
from crm.own_lists import OwnLists
from crm.parties import Parties
from crm.patterns import Patterns
from crm.recognise import Recogniser
from crm.records import Records as Entities
from crm.search import Search
from crm.search_later import SearchLater
from crm.timeline import Timeline
from crm.timeline_page import FollowUps, TimelinePages
from departments.ground import Ground
from switchboard.call_log import CallLog


@frozen
class Records:
    """The customer records and the people who log in, under the names pages ask for."""

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
    own_fields: OwnFields
    own_lists: OwnLists
    timeline_pages: TimelinePages
    follow_ups: FollowUps
    alarms: Alarms


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
    nightly_look = NightlyLook(database, clock, site.timezone, tuple(metadata.tables.values()))
    closing.push_async_callback(nightly_look.stop)
    nightly_look.start()
    call_log = CallLog(database, bus, clock, calls)
    timeline = Timeline(database, bus, clock, calls, parties, dispositions, language=site.language)
    closing.push_async_callback(timeline.stop)
    closing.push_async_callback(call_log.stop)
    alarm_clock = AlarmClock(database, bus, clock, catalogue, patterns, site.timezone, site.alarms_at)
    closing.push_async_callback(alarm_clock.stop)
    alarm_clock.start()
    search_later = SearchLater(database, bus, catalogue)
    closing.push_async_callback(search_later.stop)
    search_later.start()
    own_fields = OwnFields(database, bus, clock, catalogue)
    closing.push_async_callback(own_fields.stop)
    return Records(
        accounts, cards, dispositions, parties, recogniser, timeline, call_log, Search(database, catalogue, timezone=site.timezone),
        Directory(database), catalogue, patterns, entities, own_fields, OwnLists(database, bus, clock, catalogue),
        TimelinePages(database, catalogue), FollowUps(database, clock), Alarms(database, bus, clock, catalogue, site.timezone, site.alarms_at),
    )  # fmt: skip
