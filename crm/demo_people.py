"""The sample company's records as values: the same seed and the same day give the same people and the same past. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from attrs import frozen
from faker import Faker

from crm.demo_words import (
    ALLEYS,
    CITIES,
    COMPANY_NAMES,
    FEMALE,
    GROUPS,
    MALE,
    ODD_LAST_NAMES,
    POSTS,
    PROMISES,
    SUBJECTS,
    TRADES,
    City,
)  # fmt: skip
from crm.folding import persian_digits

SEED = 1404
PERSONS = 300
COMPANIES = 60
COMMUNICATIONS = 1_600
DAYS_BACK = 150
AGENTS = ("maryam", "reza", "sara")
MOBILE_CODES = ("912", "912", "912", "910", "919", "935", "936", "937", "933", "901", "902", "903", "921", "922")
MARYAM_AHMADI = "09121234567"
TEHRAN = ZoneInfo("Asia/Tehran")


Line = Mapping[str, Any]
"""A party on one line (crm/flat.py); "group" and "groups" are places in the list of groups, from 1."""


@frozen(kw_only=True)
class Past:
    """A communication that has been: `party` is a place in the list of persons."""

    party: int
    at: float
    subject: str
    method: str
    direction: str
    user: str
    status: str
    seconds: float
    disposition: str
    note: str
    promise: str = ""
    due_at: float = 0.0


@frozen
class Sample:
    """Companies, persons (each with the place of their employer), family ties (places of persons), rivals (of companies), and what was said."""

    companies: tuple[Line, ...]
    persons: tuple[tuple[Line, int | None], ...]
    families: tuple[tuple[int, int], ...]
    rivals: tuple[tuple[int, int], ...]
    past: tuple[Past, ...]


def sample(now: float, *, seed: int = SEED) -> Sample:
    """Everything, for the day of `now` (UTC epoch seconds)."""
    chance = random.Random(seed)  # noqa: S311  the same sample every time is the point
    names = _Names(seed)
    companies = tuple(_companies(chance))
    persons, families = _persons(chance, names, companies)
    today = datetime.fromtimestamp(now, UTC).astimezone(TEHRAN).replace(hour=0, minute=0, second=0, microsecond=0)
    past = tuple(_past(chance, persons, today, now))
    return Sample(companies, tuple(persons), tuple(families), tuple(_rivals(companies)), past)


class _Names:
    """Faker's Persian names, without the childish, misspelled and well-known ones."""

    def __init__(self, seed: int) -> None:
        self._faker = Faker("fa_IR")
        self._faker.seed_instance(seed)

    def first(self, *, woman: bool) -> str:
        wanted = FEMALE if woman else MALE
        while True:
            name = _tidy(self._faker.first_name_female() if woman else self._faker.first_name_male())
            if name in wanted:
                return name

    def last(self) -> str:
        while True:
            name = _tidy(self._faker.last_name())
            if name not in ODD_LAST_NAMES and 3 <= len(name) <= 12:
                return name


def _tidy(name: str) -> str:
    return " ".join(name.replace("ي", "ی").replace("ك", "ک").replace("\u00a0", " ").split()).replace(" ", "\u200c")


def _companies(chance: random.Random) -> Iterator[Line]:
    tehran = CITIES[0]
    yield _company(chance, "شرکت آریا صنعت", "قطعات خودرو", tehran, group=1, vip=True, number="02188776655")
    taken = {"شرکت آریا صنعت"}
    while len(taken) < COMPANIES:
        trade, patterns = chance.choice(TRADES)
        name = f"شرکت {chance.choice(patterns).format(chance.choice(COMPANY_NAMES))}"
        if name not in taken:
            taken.add(name)
            yield _company(chance, name, trade, _city(chance), group=chance.choice((1, 2, 2, 3, 3, 4, 5, None)), vip=chance.random() < 0.1)


def _company(chance: random.Random, name: str, trade: str, city: City, *, group: int | None, vip: bool, number: str = "") -> Line:
    main = number or _landline(chance, city)
    numbers = [{"raw": main, "label": "office"}, {"raw": _next_line(main), "label": "fax"}]
    places = [{"kind": "office", "country": "ایران", **_place(chance, city), "postcode": _postal_code(chance)}]
    if chance.random() < 0.4:
        numbers.append({"raw": _landline(chance, city), "label": "factory"})
        places.append({"kind": "factory", "country": "ایران", **_place(chance, city)})
    return {
        "kind": "company", "name": name, "activity": trade, "group": group, "vip": vip, "priority": 3 if vip else 0, "roles": _roles(chance, group),
        "phones": numbers, "expert": chance.choice(AGENTS), "addresses": places, "status": "customer" if group != 3 else "prospect",
        "ratings": _ratings(chance, vip=vip), "company_type": chance.choice(("private_joint", "private_joint", "limited", "limited", "public_joint", "cooperative")),
        "founded": f"{chance.randrange(1975, 2024)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}", "staff": chance.choice((4, 8, 12, 25, 40, 90, 250)),
    }  # fmt: skip


def _persons(
    chance: random.Random, names: _Names, companies: tuple[Line, ...]
) -> tuple[list[tuple[Line, int | None]], list[tuple[int, int]]]:
    maryam: Line = {
        "first_name": "مریم", "last_name": "احمدی", "prefix": "خانم", "vip": True, "priority": 5, "group": 1, "expert": "reza", "roles": ["customer"],
        "title": "مدیر خرید", "phones": [{"raw": MARYAM_AHMADI, "main": True}, {"raw": "021-88776655 داخلی 12", "label": "work"}],
        "email": "m.ahmadi@aria-sanat.example", "addresses": [{**companies[0]["addresses"][0], "kind": "work"}], "birth": "1983-06-12",
        "ratings": [{"grade": "a", "since": "2024-03-20"}], "cards": [{"kind": "discount", "code": "6300001404", "discount": 10, "since": "2024-03-20"}],
        "languages": [{"language": "fa", "level": "native"}, {"language": "en", "level": "fluent"}], "how_met": "exhibition",
        "note": "صبح‌ها پیش از ساعت ۱۰ در جلسه است.", "status": "customer",
    }  # fmt: skip
    persons: list[tuple[Line, int | None]] = [(maryam, 0)]
    families: list[tuple[int, int]] = []
    while len(persons) < PERSONS:
        employer = chance.randrange(len(companies)) if chance.random() < 0.75 else None
        persons.append((_person(chance, names, companies, employer), employer))
        if chance.random() < 0.04:  # a married couple with one telephone: several matches for its number
            first, _same = persons[-1]
            woman = first["prefix"] != "خانم"
            second: Line = {
                "first_name": names.first(woman=woman), "last_name": names.last(), "prefix": "خانم" if woman else "آقای", "roles": ["customer"],
                "group": first["group"], "phones": [{**first["phones"][0], "label": "home"}, {"raw": _mobile(chance)}], "addresses": first["addresses"][:1],
                "expert": first["expert"], "marital_status": "married", "status": "customer", "vip": False,
            }  # fmt: skip
            families.append((len(persons) - 1, len(persons)))
            persons.append((second, None))
    return persons[:PERSONS], [pair for pair in families if pair[1] < PERSONS]


def _person(chance: random.Random, names: _Names, companies: tuple[Line, ...], employer: int | None) -> Line:
    woman = chance.random() < 0.45
    usual = "خانم" if woman else "آقای"
    prefix = chance.choice((usual, usual, usual, "مهندس", "دکتر"))
    phones = [{"raw": _mobile(chance)}]
    company = companies[employer] if employer is not None else None
    city = next(one for one in CITIES if one.name == company["addresses"][0]["city"]) if company else _city(chance)
    if company and chance.random() < 0.6:  # the company's own line, with an extension or shared with colleagues
        shared = company["phones"][0]["raw"]
        phones.append({"raw": shared if chance.random() < 0.15 else f"{shared} داخلی {chance.randrange(10, 60)}", "label": "work"})
    elif chance.random() < 0.5:
        phones.append({"raw": _landline(chance, city), "label": "home"})
    if chance.random() < 0.2:
        phones.append({"raw": _mobile(chance)})
    group = company["group"] if company else chance.choice((2, 3, 3, None))
    vip = chance.random() < 0.05
    at_work = bool(company) and chance.random() < 0.5
    return {
        "first_name": names.first(woman=woman), "last_name": names.last(), "prefix": prefix, "phones": phones, "group": group, "vip": vip,
        "priority": 5 if vip else 0, "roles": _roles(chance, group), "title": chance.choice(POSTS) if company else "", "expert": chance.choice((*AGENTS, "")),
        "addresses": [{**company["addresses"][0], "kind": "work"}] if company and at_work else [{"kind": "home", **_place(chance, city)}],
        "status": "prospect" if group == 3 else "customer", "ratings": _ratings(chance, vip=vip),
        "birth": f"{chance.randrange(1955, 2002)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}" if chance.random() < 0.4 else None,
        "cards": [{"kind": "membership", "code": f"63{chance.randrange(10**7, 10**8)}", "discount": 5}] if chance.random() < 0.15 else None,
        "how_met": chance.choice((None, None, "friend", "call", "web", "exhibition", "marketer")),
    }  # fmt: skip


def _rivals(companies: tuple[Line, ...]) -> Iterator[tuple[int, int]]:
    """Some pairs of companies of one trade compete."""
    seen: dict[str, int] = {}
    for place, company in enumerate(companies):
        if (other := seen.pop(company["activity"], None)) is not None:
            yield other, place
        else:
            seen[company["activity"]] = place


def _ratings(chance: random.Random, *, vip: bool) -> list[dict[str, str]] | None:
    if vip:
        return [{"grade": "b", "since": "2023-03-21", "until": "2024-03-19"}, {"grade": "a", "since": "2024-03-20"}]
    return [{"grade": chance.choice("bbccd"), "since": f"2025-{chance.randrange(1, 12):02}-01"}] if chance.random() < 0.3 else None


def _past(chance: random.Random, persons: list[tuple[Line, int | None]], today: datetime, now: float) -> Iterator[Past]:
    weights = [4 if line["vip"] else 1 for line, _employer in persons]
    promised = 0
    for place in _who(chance, weights):
        at = _office_hour(chance, today, now)
        subject, way, notes = chance.choice(SUBJECTS)
        method, direction = way.split()
        reached = method != "call" or chance.random() < 0.87
        note = chance.choice(notes).format(persian_digits(str(chance.choice((10, 20, 50, 100, 200)))))
        user = persons[place][0]["expert"] or chance.choice(AGENTS)
        promise = (
            chance.choice(PROMISES) if reached and place and promised < 45 and now - at < 12 * 86400 and chance.random() < 0.35 else ""
        )
        promised += bool(promise)
        due = today + timedelta(days=chance.randrange(-1, 8), hours=chance.randrange(9, 16), minutes=chance.choice((0, 15, 30)))
        yield Past(
            party=place,
            at=at,
            subject=subject,
            method=method,
            direction=direction,
            user=user if reached else "",
            status=("answered" if reached else "missed" if direction == "in" else "failed") if method == "call" else "",
            seconds=round(min(chance.lognormvariate(4.7, 0.7), 1500.0)) if method == "call" and reached else 0.0,
            disposition=_result(subject, promise) if reached else "",
            note=note if reached else "",
            promise=promise,
            due_at=due.timestamp() if promise else 0.0,
        )
    yield from _maryams(today, now)


def _who(chance: random.Random, weights: list[int]) -> list[int]:
    return chance.choices(range(len(weights)), weights, k=COMMUNICATIONS)


def _maryams(today: datetime, now: float) -> Iterator[Past]:
    """What the sample's best customer said last, so that her card has something to tell."""
    tomorrow = (today + timedelta(days=1, hours=10)).timestamp()
    said = (
        (1, "ثبت سفارش", "order", "سفارش ۵۰ کارتن ثبت شد؛ تحویل هفتهٔ آینده.", "", 185.0),
        (2, "پیگیری ارسال", "follow_up", "بارنامه را خواست؛ فردا تماس بگیریم.", "اعلام زمان تحویل", 95.0),
        (6, "استعلام قیمت", "answered", "قیمت روز را پرسید، اعلام شد.", "", 240.0),
    )
    for days, subject, result, note, promise, seconds in said:
        at = (today - timedelta(days=days) + timedelta(hours=11, minutes=7 * days)).timestamp()
        yield Past(
            party=0, at=min(at, now - 3600), subject=subject, method="call", direction="in", user="reza", status="answered", seconds=seconds,
            disposition=result, note=note, promise=promise, due_at=tomorrow if promise else 0.0,
        )  # fmt: skip


def _result(subject: str, promise: str) -> str:
    if promise:
        return "follow_up"
    return {"ثبت سفارش": "order", "شکایت از کیفیت": "complaint", "معرفی محصول جدید": "not_interested"}.get(subject, "answered")


def _office_hour(chance: random.Random, today: datetime, now: float) -> float:
    """A moment within Saturday–Wednesday 8:30–17:00 or Thursday morning, more often lately."""
    while True:
        day = today - timedelta(days=int(DAYS_BACK * chance.random() ** 1.6))
        weekday = day.weekday()  # Monday 0 … Thursday 3, Friday 4
        if weekday == 4:
            continue
        at = (day + timedelta(minutes=chance.randrange(510, 780 if weekday == 3 else 1020), seconds=chance.randrange(60))).timestamp()
        if at < now - 60:
            return at


def _city(chance: random.Random) -> City:
    return chance.choices(CITIES, [city.weight for city in CITIES])[0]


def _place(chance: random.Random, city: City) -> dict[str, str]:
    """An address with its point, within a few kilometres of the middle of the city."""
    point = f"{city.latitude + chance.uniform(-0.03, 0.03):.5f},{city.longitude + chance.uniform(-0.03, 0.03):.5f}"
    return {"province": city.province, "city": city.name, "street": _address(chance, city), "point": point}


def _address(chance: random.Random, city: City) -> str:
    street, alley = chance.choice(city.streets), chance.choice(ALLEYS)
    floor = f"، طبقهٔ {chance.randrange(1, 7)}" if chance.random() < 0.6 else ""
    return persian_digits(f"{city.name}، {street}، کوچهٔ {alley}، پلاک {chance.randrange(1, 180)}{floor}")


def _postal_code(chance: random.Random) -> str:
    return f"{chance.randrange(11, 99)}{chance.randrange(10**7, 10**8)}"


def _mobile(chance: random.Random) -> str:
    return f"0{chance.choice(MOBILE_CODES)}{chance.randrange(2_000_000, 9_999_999)}"


def _landline(chance: random.Random, city: City) -> str:
    return f"0{city.code}-{chance.choice('2345678')}{chance.randrange(10**6, 10**7)}"


def _next_line(number: str) -> str:
    return number[:-1] + str((int(number[-1]) + 1) % 10)


def _roles(chance: random.Random, group: int | None) -> list[str]:
    roles = {4: ["agency"], 5: ["supplier"]}.get(group or 0, ["customer"])
    return [*roles, "consultant"] if chance.random() < 0.04 else roles


def group_names() -> tuple[tuple[str, str, str, int], ...]:
    """Persian name, English name, colour and the place of the group above (0: none) of every group; lines name a group by its place, from 1."""
    return GROUPS
