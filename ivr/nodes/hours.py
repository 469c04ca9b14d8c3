"""Working hours: goes on according to the day and the time."""

from __future__ import annotations

from attrs import frozen

from config.translations import _
from ivr.fields import HOLIDAYS, TIMEZONE, WEEK, node_field
from ivr.hours import Holidays, Week, jalali_text, state_at
from ivr.node import Exit, Node
from ivr.visit import Visit


@frozen(kw_only=True)
class Hours(Node):
    """The path notes the local Jalali moment by which was decided."""

    kind = "hours"
    title = _("Working hours")
    says = _("Goes on according to the day and the time.")
    ways = (
        Exit("open", _("inside the hours")),
        Exit("closed", _("outside the hours")),
        Exit("holiday", _("on a holiday; as closed unless given"), required=False, fallback="closed"),
    )

    weekly: Week = node_field(
        WEEK,
        _("Weekly hours"),
        says=_("Days that are not written are closed. “22:00-02:00” goes past midnight; “every_day: 00:00-24:00” is always open."),
    )
    holidays: Holidays = node_field(
        HOLIDAYS,
        _("Holidays"),
        says=_(
            "Jalali dates once (“1405/01/02”) or every year (“01/13”), Gregorian ones (“2026-12-25”), “iran” for the official solar ones."
        ),
        default=Holidays(),
    )
    timezone: str = node_field(TIMEZONE, _("Time zone"), says=_("The site's own unless given."), default="")

    async def walk(self, visit: Visit) -> str:
        moment = visit.local_time(self.timezone)
        visit.detail = jalali_text(moment)
        return state_at(moment, self.weekly, self.holidays)
