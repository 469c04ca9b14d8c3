"""Ticking a follow-up off: for who may change the record it was promised in, by page and by program."""

from __future__ import annotations

from crm.access import NoRight, Viewer
from crm.records import Records
from crm.timeline_page import FollowUps, Promised
from web.errors import NothingHere


async def tick(follow_ups: FollowUps, records: Records, number: int, viewer: Viewer, *, undo: bool = False) -> bool:
    """Done (or, with `undo`, not yet); False when it was so already. Raises NothingHere, NoSuchRecord, NoRight."""
    promised = await follow_ups.about(number)
    if not promised.id:
        raise NothingHere
    await _may(records, promised, viewer)
    return await follow_ups.done(number, undo=undo)


async def _may(records: Records, promised: Promised, viewer: Viewer) -> None:
    """Refuse who may not change the communication; without one, the customer; without both, who did not promise it."""
    if promised.communication:
        await records.get(records.catalogue["communication"], promised.communication, viewer, "edit")
    elif promised.party:
        await records.get(records.catalogue["party"], promised.party, viewer, "edit")
    elif promised.user != viewer.username:
        raise NoRight("edit")
