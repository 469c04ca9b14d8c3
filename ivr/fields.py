"""The kinds of fields a node may declare: how each is read from the file, what is expected, what people are told. Pure.

A kind's `name` is also what a form is drawn from; docs/flow-nodes.md lists every node's fields with it.
"""

from __future__ import annotations

import math
import unicodedata
import zoneinfo
from collections.abc import Callable, Iterable
from typing import Any

from attrs import NOTHING, Attribute, field, fields, frozen

from config.translations import _
from ivr.document import Items, Part, Scalar, Table
from ivr.hours import DAYS, Holidays, HoursUnreadable, Span, Week, read_days, read_holidays, read_spans
from ivr.problem import did_you_mean, listed, say
from ivr.reading import Reading
from ivr.sound import Prompt, Sound, Spoken
from ivr.speech import LANGUAGES

LONGEST_TEXT = 2000
WRONG: Any = object()
"""What `read` gives when it has noted a problem."""


@frozen
class FieldKind:
    """`read(part, reading)` gives the value, or notes a problem and gives `WRONG`; `expected` says what is to be written."""

    name: str
    expected: str
    read: Callable[[Part, Reading], Any]


def node_field(kind: FieldKind, label: str, *, says: str = "", default: Any = NOTHING) -> Any:
    """A field of a node, carrying its kind, its label and a sentence of help (both translated)."""
    return field(default=default, metadata={"kind": kind, "label": label, "help": says})


def declared(node: type[Any]) -> tuple[Attribute[Any], ...]:
    """The fields that a kind of node declares, in their order."""
    return tuple(one for one in fields(node) if "kind" in one.metadata)


def refuse(expected: str, part: Part, reading: Reading) -> Any:
    """Note that `part` is not what was `expected`."""
    found = part.text if isinstance(part, Scalar) else _("a list") if isinstance(part, Items) else _("a block")
    shown = say(_("“{text}”"), text=found[:60]) if isinstance(part, Scalar) else say(found)
    reading.wrong("value_wrong", part, say(_("Expected {expected}, found {found}."), expected=say(expected), found=shown))
    return WRONG


def _text(part: Part) -> str:
    """A single value's text; "" for a list or a block."""
    return part.text if isinstance(part, Scalar) else ""


def _scalar(name: str, expected: str, value: Callable[[str], Any]) -> FieldKind:
    """A kind for single values; `value` raises ValueError for what cannot be."""

    def read(part: Part, reading: Reading) -> Any:
        try:
            if isinstance(part, Scalar):
                return value(part.text)
        except (ValueError, OverflowError):
            pass
        return refuse(expected, part, reading)

    return FieldKind(name, expected, read)


def _number(text: str, least: float, most: float) -> float:
    number = float(text)
    if not math.isfinite(number) or not least <= number <= most:
        raise ValueError(text)
    return number


def _one_of(names: Iterable[str], text: str) -> str:
    if text not in names:
        raise ValueError(text)
    return text


def _yes_no(text: str) -> bool:
    return _one_of(("yes", "true", "on", "no", "false", "off"), text.lower()) in ("yes", "true", "on")


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise ValueError(text)
    return int(text)


def _timezone(text: str) -> str:
    return _one_of(zoneinfo.available_timezones(), text)


def seconds(least: float, most: float) -> FieldKind:
    """A length of time in seconds."""
    expected = {1.0: _("a number of seconds from 1 to 60"), 5.0: _("a number of seconds from 5 to 7200")}[least]
    return _scalar("seconds", expected, lambda text: _number(text, least, most))


YES_NO = _scalar("yes_no", _("yes or no"), _yes_no)
KEY_SECONDS = seconds(1.0, 60.0)
WAIT_SECONDS = seconds(5.0, 7200.0)
RETRIES = _scalar("whole", _("a whole number from 0 to 9"), lambda text: int(_number(str(_whole(text)), 0, 9)))
CAUSE = _scalar("whole", _("a hang-up cause from 1 to 127 (Q.850), such as 16 or 17"), lambda text: int(_number(str(_whole(text)), 1, 127)))
LANGUAGE = _scalar("language", _("“fa” or “en”"), lambda text: _one_of(LANGUAGES, text))
TIMEZONE = _scalar("timezone", _("a time zone such as “Asia/Tehran”"), _timezone)


# ── Names of other things ────────────────────────────────────────────────────────────────────────────────────────


def _name_of(name: str, expected: str, code: str, known: Callable[[Reading], Iterable[str] | None], unknown: str) -> FieldKind:
    def read(part: Part, reading: Reading) -> Any:
        if not isinstance(part, Scalar) or not part.text:
            return refuse(expected, part, reading)
        names = known(reading)
        if names is not None and part.text not in names:
            reading.wrong(code, part, say(unknown, name=part.text), did_you_mean(part.text, names))
            return WRONG
        return part.text

    return FieldKind(name, expected, read)


QUEUE = _name_of(
    "queue", _("the name of a queue"), "queue_unknown", lambda reading: reading.around.queues, _("There is no queue “{name}”.")
)
FLOW = _name_of(
    "flow", _("the name of a call flow"), "flow_unknown", lambda reading: reading.around.flows, _("There is no call flow “{name}”.")
)


# ── Prompts ──────────────────────────────────────────────────────────────────────────────────────────────────────

PROMPT_EXPECTED = _("a text to speak, {text: …, language: …}, {file: …}, {library: …} or one of these for each language as {fa: …, en: …}")


def _read_prompt(part: Part, reading: Reading) -> Any:
    prompt = _prompt(part, reading)
    return prompt if prompt is WRONG else reading.uses(prompt, part.line)


def _prompt(part: Part, reading: Reading) -> Any:
    if isinstance(part, Table) and part.entries and part.entries.keys() <= set(LANGUAGES):
        sounds = {language: _sound(one, reading, language) for language, one in part.entries.items()}
        return WRONG if WRONG in sounds.values() else Prompt(tuple(sounds.items()))
    if isinstance(part, Table) and part.entries.keys() == {"library"}:
        return _named(part.entries["library"], reading)
    sound = _sound(part, reading, reading.language)
    return WRONG if sound is WRONG else Prompt(((sound.language if isinstance(sound, Spoken) else reading.language, sound),))


def _named(part: Part, reading: Reading) -> Any:
    library = reading.around.library
    if isinstance(part, Scalar) and part.text in library:
        return library[part.text]
    name = _text(part)
    reading.wrong("prompt_unknown", part, say(_("There is no prompt “{name}” in the library."), name=name), did_you_mean(name, library))
    return WRONG


def _sound(part: Part, reading: Reading, language: str) -> Any:
    if isinstance(part, Scalar):
        return _spoken(part, language, reading)
    if isinstance(part, Table) and part.entries.keys() == {"file"}:
        return _recorded(part.entries["file"], reading)
    if isinstance(part, Table) and "text" in part.entries and part.entries.keys() <= {"text", "language"}:
        named = LANGUAGE.read(part.entries["language"], reading) if "language" in part.entries else language
        return WRONG if named is WRONG else _spoken(part.entries["text"], named, reading)
    return refuse(PROMPT_EXPECTED, part, reading)


def _spoken(part: Part, language: str, reading: Reading) -> Any:
    if not isinstance(part, Scalar):
        return refuse(PROMPT_EXPECTED, part, reading)
    if not any(unicodedata.category(letter)[0] in "LN" for letter in part.text):
        reading.wrong("prompt_empty", part, say(_("There is nothing to say in this prompt.")), say(_("Write a text with words.")))
        return WRONG
    if len(part.text) > LONGEST_TEXT:
        what = say(_("The text is longer than {most} letters."), most=LONGEST_TEXT)
        reading.wrong("prompt_long", part, what, say(_("Split it into several announcements.")))
        return WRONG
    return Spoken(part.text.strip(), language)


def _recorded(part: Part, reading: Reading) -> Sound | Any:
    recordings = reading.around.recordings
    if isinstance(part, Scalar) and part.text in recordings:
        return recordings[part.text]
    name = _text(part)
    what = say(_("There is no file “{name}” in the folder “prompts” beside the flows."), name=name)
    reading.wrong("prompt_missing", part, what, did_you_mean(name, recordings) if recordings else None)
    return WRONG


PROMPT = FieldKind("prompt", PROMPT_EXPECTED, _read_prompt)


# ── Working hours ────────────────────────────────────────────────────────────────────────────────────────────────


WEEK_EXPECTED = _("days with their hours, such as “saturday-wednesday: 08:00-17:00”")
SPANS_EXPECTED = _("hours such as “08:00-12:00, 13:00-17:00”, or “closed”")
HOLIDAY_EXPECTED = _("a Jalali date (“1405/01/02”, or “01/13” for every year), a Gregorian one (“2026-12-25”), or “iran”")


def _read_week(part: Part, reading: Reading) -> Any:
    if not isinstance(part, Table) or not part.entries:
        return refuse(WEEK_EXPECTED, part, reading)
    days: list[tuple[Span, ...]] = [()] * 7
    good = True
    for name, spans in part.entries.items():
        try:
            numbers = read_days(name)
        except HoursUnreadable:
            what = say(_("“{name}” is not a day."), name=name)
            cure = say(_("Write one of {days}, a range such as saturday-wednesday, or every_day."), days=listed(DAYS))
            reading.wrong("day_unknown", part.lines[name], what, cure)
            good = False
            continue
        try:
            for number in numbers:
                days[number] = (*days[number], *read_spans(_text(spans)))
        except HoursUnreadable:
            refuse(SPANS_EXPECTED, spans, reading)
            good = False
    return Week(tuple(days)) if good else WRONG


def _read_holidays(part: Part, reading: Reading) -> Any:
    items = part.items if isinstance(part, Items) else (part,)
    read: list[Holidays] = []
    for item in items:
        try:
            read.append(read_holidays([_text(item)]))
        except HoursUnreadable:
            refuse(HOLIDAY_EXPECTED, item, reading)
    if len(read) < len(items):
        return WRONG
    return Holidays(frozenset().union(*(one.yearly for one in read)), frozenset().union(*(one.once for one in read)))


WEEK = FieldKind("week", WEEK_EXPECTED, _read_week)
HOLIDAYS = FieldKind("holidays", _("a list of holidays"), _read_holidays)
