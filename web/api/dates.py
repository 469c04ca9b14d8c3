"""What typed dates and amounts mean: forms ask while people type, and show it below the field."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from attrs import frozen

from config.persian.calendar import GREGORIAN, JALALI
from config.persian.dates import read_date, read_moment, read_range, show_date, show_moment
from config.persian.digits import in_script
from config.persian.money import RIAL, TOMAN, read_money, show_money
from config.persian.words import amount_in_words
from config.translations import _, translate
from web.api_words import TEXT, WHOLE, YES_NO, maybe, record
from web.moments import USUAL, promised
from web.permissions import WITH_ACCOUNT
from web.request import Request
from web.response import Answer, json
from web.routes import Route, api
from web.shapes import choice, text, yes_no

DATE, MOMENT, RANGE = KINDS = ("date", "moment", "range")
ASKS = {"text": text(100), "as": choice(*KINDS, need=False, default=DATE), "ahead": yes_no(need=False)}
AMOUNT_ASKS = {"text": text(200), "unit": choice(RIAL, TOMAN, need=False, default=RIAL)}
MEANING = {"understood": YES_NO, "typed": TEXT, "shown": TEXT}


@frozen
class Meaning:
    """What a text means: `value` for programs, `typed` for the field (reads back the same), `shown` for people; all empty when it means nothing."""

    value: str | int | None = None
    typed: str = ""
    shown: str = ""


def meaning(typed: str, kind: str, now: datetime, language: str, *, ahead: bool = False) -> Meaning:
    """What `typed` means as a date, moment (`ahead`: of a promise) or range. Values are ISO 8601: "2025-05-01", "2025-05-01T14:30:00+03:30", "2025-05-01/2025-05-31"."""
    if kind == MOMENT:
        moment = promised(typed, now, language) if ahead else read_moment(typed, now, language, usual=USUAL)
        return _moment(moment, language) if moment else Meaning()
    if kind == RANGE:
        days = read_range(typed, now.date(), language)
        if not days:
            return Meaning()
        (first, last), between = days, translate(language, _("to"))
        if first == last:
            return Meaning(f"{first}/{last}", show_date(first, language), _both_calendars(first, language))
        count = in_script(translate(language, _("{n} days"), n=(last - first + timedelta(1)).days), language)
        shown = f"{show_date(first, language, 'long')} {between} {show_date(last, language, 'long')} · {count}"
        return Meaning(f"{first}/{last}", f"{show_date(first, language)} {between} {show_date(last, language)}", shown)
    day = read_date(typed, now.date(), language)
    return Meaning(day.isoformat(), show_date(day, language), _both_calendars(day, language)) if day else Meaning()


def amount(typed: str, unit: str, language: str) -> Meaning:
    """What `typed` means in Rial; `typed` back in `unit` with separated thousands, shown in Toman and in words."""
    rial = read_money(typed, unit)
    if rial is None:
        return Meaning()
    shown = f"{show_money(rial, language, RIAL if unit == TOMAN else TOMAN)} · {amount_in_words(rial, language, TOMAN)}"
    return Meaning(rial, show_money(rial, language, unit, named=False), shown)


@frozen
class Meanings:
    """Both addresses."""

    timezone: str

    async def day(self, request: Request) -> Answer:
        """A date, moment or range."""
        now = datetime.fromtimestamp(request.at, ZoneInfo(self.timezone))
        asked = request.asked
        found = meaning(asked["text"], asked["as"], now, request.language, ahead=asked["ahead"])
        return json({"understood": found.value is not None, "value": found.value, "typed": found.typed, "shown": found.shown})

    async def amount(self, request: Request) -> Answer:
        """An amount of money."""
        found = amount(request.asked["text"], request.asked["unit"], request.language)
        return json({"understood": found.value is not None, "rial": found.value, "typed": found.typed, "shown": found.shown})


def routes(timezone: str) -> list[Route]:
    """What typed dates and amounts mean."""
    views = Meanings(timezone)
    return [
        api(
            "GET", "/api/v1/dates", views.day, allow=WITH_ACCOUNT, summary="What a typed date, moment or range means", asks=ASKS,
            gives=record({**MEANING, "value": maybe(TEXT)}),
        ),
        api(
            "GET", "/api/v1/amounts", views.amount, allow=WITH_ACCOUNT, summary="What a typed amount means, in Rial", asks=AMOUNT_ASKS,
            gives=record({**MEANING, "rial": maybe(WHOLE)}),
        ),
    ]  # fmt: skip


def _moment(moment: datetime, language: str) -> Meaning:
    shown = f"{show_moment(moment, language, 'full')} · {_other_calendar(moment.date(), language)}"
    return Meaning(moment.isoformat(timespec="seconds"), show_moment(moment, language), shown)


def _both_calendars(day: date, language: str) -> str:
    return f"{show_date(day, language, 'full')} · {_other_calendar(day, language)}"


def _other_calendar(day: date, language: str) -> str:
    return show_date(day, language, "long", GREGORIAN if language == "fa" else JALALI)
