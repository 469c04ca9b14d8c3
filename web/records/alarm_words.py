"""Alarms in words: "Birthday, the 40th: tomorrow". Pure."""

from __future__ import annotations

from datetime import date

from config.persian.dates import show_date
from config.persian.digits import in_script
from config.translations import _, translate
from crm.alarms.alarms import Alarm


def subject(alarm: Alarm, language: str) -> str:
    """What the day is: the field's label, with which anniversary it is."""
    label = alarm.field.word(language)
    if not alarm.years:
        return label
    return translate(language, _("{label} ({years} years)"), label=label, years=in_script(str(alarm.years), language))


def how_near(alarm: Alarm, today: date, language: str) -> str:
    """When the day is, from today."""
    days = (date.fromisoformat(alarm.day) - today).days
    near = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}
    if days in near:
        return translate(language, near[days])
    said = _("in {n} days") if days > 0 else _("{n} days ago")
    return translate(language, said, n=in_script(str(abs(days)), language))


def sentence(alarm: Alarm, language: str, today: date | None = None) -> str:
    """Both, with the date: "Contract end: in 7 days, 1405/01/03"."""
    day = show_date(date.fromisoformat(alarm.day), language)
    if today is None:
        return f"{subject(alarm, language)}: {day}"
    return f"{subject(alarm, language)}: {how_near(alarm, today, language)}، {day}" if language == "fa" else f"{subject(alarm, language)}: {how_near(alarm, today, language)}, {day}"  # fmt: skip
