"""The list that a record was opened from, as the address of its page carries it: ?list=<the list's own query>."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from config.errors import Refusal
from crm.access import Viewer
from crm.entity import Entity
from crm.records import Records
from web.records.asked import asked
from web.request import Request

LONGEST = 2000


def list_of(request: Request) -> dict[str, str]:
    """{"list": …} when the page was opened from a list ("" for the list as it comes), to be kept in further addresses."""
    return {"list": request.query["list"][:LONGEST]} if "list" in request.query else {}


def address(base: str, kept: dict[str, str], **more: object) -> str:
    """`base` with what is kept and more in its query."""
    query = urlencode({**{name: value for name, value in more.items() if value}, **kept})
    return f"{base}?{query}" if query else base


async def neighbours(
    records: Records, entity: Entity, record_id: int, viewer: Viewer, kept: dict[str, str], language: str
) -> tuple[int | None, int | None] | None:  # fmt: skip
    """The records before and behind in the list that the page was opened from; None when it was not, or the list cannot be read any more."""
    if not kept:
        return None
    try:
        listed = asked(entity, dict(parse_qsl(kept["list"], errors="replace", max_num_fields=50)), viewer)
        return await records.neighbours(listed.query(), record_id, viewer, language)
    except (Refusal, ValueError):
        return None
