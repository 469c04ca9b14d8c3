"""How values are shown: dates, durations, numbers, telephone numbers, in the reader's language. Pure.

Data keeps ASCII digits and UTC epoch seconds; Persian readers get Persian digits, the Jalali calendar and
left-to-right isolation of numbers (`<bdi dir="ltr">`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from config.persian.dates import show_date
from config.persian.digits import in_script
from config.persian.money import RIAL, TOMAN, show_money
from config.persian.numbers import read_number, show_number
from config.persian.words import LIMIT, amount_in_words
from config.translations import _, translate
from crm.numbers import shown

MINUTE, HOUR, DAY = 60, 3600, 86400


@cache
def zone(name: str) -> ZoneInfo:
    """The time zone, read once."""
    return ZoneInfo(name)


def digits(value: object, language: str) -> str:
    """The digits of the reader's script: 12 → «۱۲»."""
    return in_script(str(value), language)


def bdi(value: object, language: str = "") -> Markup:
    """Left-to-right isolation for numbers, codes, e-mail addresses inside Persian text."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(digits(value, language) if language else value)


_GROUPED = re.compile(
    r"(?<![0-9۰-۹/:.,٫٬-])(?:(?:\+|IR)?[0-9۰-۹]+(?: [0-9۰-۹]+)+|[0-9۰-۹]{3,}(?:[ -][0-9۰-۹]+)+|\+[0-9۰-۹]+)(?![0-9۰-۹]|[/:.,٫٬-][0-9۰-۹])"
)
"""A telephone number, a Sheba, a card: digits in groups (021-88776655 as well, but not a range such as 3-5), or behind a plus; not the day and hour of a moment."""


def apart(value: object, language: str) -> Markup:
    """A value in words with its numbers isolated: groups of digits would be set from right to left within Persian text."""
    text = str(value)
    if text.isascii() and text.isdigit():
        return escape(in_script(text, language))
    found, end = [], 0
    for one in _GROUPED.finditer(text):
        found += [escape(text[end : one.start()]), bdi(one[0])]
        end = one.end()
    return Markup("").join([*found, escape(text[end:])])


def jalali(at: float | None, language: str, timezone: str, form: str = "moment") -> str:
    """A moment in the reader's calendar; "" for none. `form`: "moment" (date and time), "date", "time", "long" (named month), "full" (and weekday)."""
    if not at:
        return ""
    local = datetime.fromtimestamp(at, zone(timezone))
    time = digits(f"{local:%H:%M}", language)
    if form == "time":
        return time
    date = show_date(local.date(), language, form if form in {"long", "full"} else "number")
    return date if form == "date" else f"{date} {time}"


def office_day(at: float, timezone: str) -> str:
    """The day at the office, ISO 8601: what a date field takes for today."""
    return datetime.fromtimestamp(at, zone(timezone)).date().isoformat()


def ago(at: float | None, now: float, language: str, timezone: str) -> str:
    """How long ago (or until): "3 minutes ago"; the plain date after a week."""
    if not at:
        return ""
    seconds = now - at
    distance = abs(seconds)
    if distance < MINUTE:
        return translate(language, _("just now"))
    if distance >= 7 * DAY:
        return jalali(at, language, timezone, "long")
    size, past, future = _step(distance)
    return digits(translate(language, past if seconds > 0 else future, n=int(distance // size)), language)


def _step(distance: float) -> tuple[int, str, str]:
    if distance < HOUR:
        return MINUTE, _("{n} minutes ago"), _("in {n} minutes")
    if distance < DAY:
        return HOUR, _("{n} hours ago"), _("in {n} hours")
    return DAY, _("{n} days ago"), _("in {n} days")


def file_size(size: int, language: str) -> str:
    """A number of bytes as people say it: "1.4 MB"."""
    if size < 1024:
        return digits(translate(language, _("{n} bytes"), n=size), language)
    number, units = float(size), (_("{n} kB"), _("{n} MB"), _("{n} GB"), _("{n} TB"))
    for unit in units:
        number /= 1024
        if number < 1000 or unit == units[-1]:
            break
    text = f"{number:.1f}" if number < 10 else f"{number:.0f}"
    return digits(translate(language, unit, n=text.replace(".", "٫") if language == "fa" else text), language)


def ago_element(at: float | None, now: float, language: str, timezone: str) -> Markup:
    """`ago` as a `<time>` element: machine-readable, the exact moment on hover."""
    if not at:
        return Markup("")
    form = Markup('<time datetime="{}" data-at="{}" title="{}">{}</time>')
    machine = datetime.fromtimestamp(at, zone("UTC")).isoformat(timespec="seconds")
    return form.format(machine, int(at), jalali(at, language, timezone), ago(at, now, language, timezone))


def duration(seconds: float | None, language: str) -> str:
    """Minutes and seconds as «۰۲:۳۷», from an hour on «۱:۰۲:۳۷»."""
    if seconds is None:
        return ""
    minutes, rest = divmod(max(round(seconds), 0), MINUTE)
    hours, minutes = divmod(minutes, 60)
    return digits(f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}", language)


def money(rial: float | None, language: str, unit: str = RIAL) -> Markup:
    """An amount with separated thousands in `unit` ("rial", "toman"); on hover in the other unit and in Toman's words."""
    if rial is None:
        return Markup("")
    amount = round(rial)
    other = RIAL if unit == TOMAN else TOMAN
    title = show_money(amount, language, other) + (f" — {amount_in_words(amount, language, TOMAN)}" if abs(amount) < LIMIT else "")
    number, _space, name = show_money(amount, language, unit).rpartition(" ")
    return Markup('<span class="money" title="{}"><bdi>{}</bdi> {}</span>').format(title, number, name)


def typed_amount(value: object, language: str) -> str:
    """An amount as a field shows it: thousands separated; what is no number stays as it was typed."""
    number = read_number(str(value))
    return show_number(number, language) if number is not None else str(value)


def phone(number: str | None, language: str) -> Markup:
    """A telephone number, grouped as people say it: a dial link and a copy button."""
    if not number:
        return Markup('<span class="phone muted">{}</span>').format(translate(language, _("withheld")))
    return Markup(telephone(language)(number))  # noqa: S704  escaped there


@cache
def telephone(language: str) -> Callable[[str], str]:
    """How numbers are drawn for readers of `language`, as HTML: made once, for lists have hundreds."""
    dial, copy = escape(translate(language, _("Call this number"))), escape(translate(language, _("Copy the number")))
    middle = f'" title="{dial}"><bdi dir="ltr">'
    behind = f'" aria-label="{copy}" title="{copy}"><svg class="icon" aria-hidden="true"><use href="#i-copy"></use></svg></button></span>'

    def draw(number: str) -> str:
        code, said = html.escape(number), html.escape(shown(number, language))
        link = f'<span class="phone"><a class="dial" href="tel:{code}" data-dial="{code}{middle}{said}</bdi></a>'
        return f'{link}<button type="button" class="copy" data-copy="{code}{behind}'

    return draw


def translated(language: str, sentence: str, **values: object) -> str | Markup:
    """`sentence` in `language`; when a value is markup the result is, and everything else in it is escaped."""
    if any(isinstance(one, Markup) for one in values.values()):
        return escape(translate(language, sentence)).format(**values)
    return translate(language, sentence, **values)
