"""Everything that administrators set, on one page that leads to each."""

from __future__ import annotations

from attrs import frozen

from config.translations import _
from web.permissions import ADMINISTRATORS
from web.request import Request
from web.response import Answer, page
from web.routes import Route, get

PLACES = (
    ("/settings/access", "lock", _("Access patterns"), _("Who may see, change, delete, export… which records.")),
    ("/users", "key", _("Users"), _("Who may log in, as what, and with which rights.")),
    ("/users/rules", "check", _("Rules of log-in"), _("How passwords must be, and who needs the second step.")),
    ("/users/log", "clock", _("Log-in history"), _("Who came in, who was turned away, and what was done to whose account.")),
    ("/settings/fields", "edit", _("Fields of your own"), _("What you want to keep besides the shipped fields.")),
    ("/settings/lists", "list", _("Editable lists"), _("What can be chosen in forms, in your own words.")),
    ("/settings/hooks", "link", _("Web-hooks"), _("Other programs are told of what changes.")),
    ("/backups", "copy", _("Back-ups"), _("Copies of everything, and the way back to them.")),
    ("/flows", "flow", _("Call flows"), _("What callers hear and where their keys lead.")),
)


@frozen
class SettingsPage:
    """The page behind /settings."""

    async def show(self, _request: Request) -> Answer:
        """The list."""
        return page("settings.html", ways=PLACES)


def routes() -> list[Route]:
    """The page."""
    return [get("/settings", SettingsPage().show, allow=ADMINISTRATORS, summary="Everything that administrators set")]
