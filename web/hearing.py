"""Who may listen to which recording, and what is refused: one decision for pages and interface."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Connection, select

from config.errors import Refusal
from config.translations import _
from crm.access import Viewer
from crm.accounts import Account
from crm.entities.records.communication import COMMUNICATION
from crm.entities.records.party import PARTY
from crm.linked_names import seen
from crm.query import allowed

HEAR_ALL = ("supervisor", "administrator")


class OfCall(Protocol):
    """What is known of the call behind a recording."""

    @property
    def agent(self) -> str:
        """Who talked; "" when nobody did or it is not known."""

    @property
    def party(self) -> int | None:
        """The customer whose timeline it stands on, if any."""


class NotYourRecording(Refusal):
    """Somebody else's call with nobody the listener may see."""

    code = "not_your_recording"
    status = 403
    sentence = _("This recording is of a call that was not yours.")


class RecordingRemoved(Refusal):
    """The retention rule has removed it."""

    code = "recording_removed"
    status = 410
    sentence = _("This recording was removed, because it was older than recordings are kept.")


class NoSuchRecording(Refusal):
    """There is no recording with this number."""

    code = "no_such_recording"
    status = 404
    sentence = _("There is no such recording.")


class RecordingLost(Refusal):
    """The row is there, the file is not."""

    code = "recording_lost"
    status = 404
    sentence = _("The file of this recording is missing on the disk. Ask the administrator to look into the back-up.")


def may_hear(account: Account, call: OfCall | None, *, known: bool) -> bool:
    """Supervisors hear all; agents their own calls and those of customers they may see (`known`, from `is_known`)."""
    return account.role in HEAR_ALL or (call is not None and (call.agent == account.username or known))


def may_see(account: Account, agent: str, status: str, *, known: bool) -> bool:
    """Who may open a call's page: as for hearing, and everybody the calls that nobody answered, which are the team's."""
    return account.role in HEAR_ALL or agent in ("", account.username) or known or status in ("missed", "in_menu")


def is_known(connection: Connection, call: str, party: int | None, viewer: Viewer) -> bool:
    """Whether the viewer may see the customer of a call, and the communication that the call became."""
    if not party or party not in seen(connection, PARTY, [party], viewer):
        return False
    if viewer.level("communication") == "all":
        return True
    said = select(COMMUNICATION.table.c.id).where(COMMUNICATION.table.c.call == call, allowed(COMMUNICATION, viewer))
    return connection.execute(said).first() is not None
