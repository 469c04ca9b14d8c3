"""The icons that people may give to records, with their words; all are in templates/icons.svg."""

from __future__ import annotations

from collections.abc import Mapping

from config.translations import _

ICONS: Mapping[str, str] = {
    "star": _("Star"), "tag": _("Tag"), "pin": _("Pin"), "alert": _("Exclamation mark"), "warning": _("Warning sign"), "info": _("Information sign"),
    "lock": _("Padlock"), "key": _("Key"), "person": _("Person"), "people": _("People"), "company": _("Building"), "meeting": _("Meeting"),
    "phone": _("Telephone"), "mail": _("Envelope"), "message": _("Speech bubble"), "note": _("Sheet of paper"), "calendar": _("Calendar"), "clock": _("Clock"),
    "coffee": _("Cup"), "headset": _("Headset"), "ticket": _("Ticket"), "link": _("Chain"), "sun": _("Sun"), "moon": _("Moon"),
}  # fmt: skip
