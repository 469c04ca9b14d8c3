"""The list of customers, which is also the phone book: searched while typing, narrowed, paged, printed."""

from __future__ import annotations

from urllib.parse import urlencode

from attrs import frozen

from crm.directory import Directory
from crm.words import CHANNEL_LABELS, KINDS, ROLES
from web.permissions import SIGNED_IN
from web.request import Request
from web.response import Answer, page
from web.routes import Route, get

PER_PAGE = 50


@frozen
class PartiesPage:
    """The page behind /parties."""

    directory: Directory

    async def show(self, request: Request) -> Answer:
        """Those that match the address: ?q=&kind=&group=&role=&mine=&page=."""
        asked = request.query
        q = asked.get("q", "").strip()[:200]
        kind = asked["kind"] if asked.get("kind") in KINDS else ""
        role = asked["role"] if asked.get("role") in ROLES else ""
        group = request.whole("group", 0, low=0)
        mine = "1" if asked.get("mine") == "1" else ""
        expert = request.user.username if mine else ""
        number = request.whole("page", 1)
        listing = await self.directory.listing(q=q, kind=kind, group=group, role=role, expert=expert, page=number, per=PER_PAGE)
        chosen: dict[str, object] = {"q": q, "kind": kind, "group": group, "role": role, "mine": mine}

        def address(**changed: object) -> str:
            return "/parties?" + urlencode({name: value for name, value in {**chosen, **changed}.items() if value})

        return page(
            "parties.html",
            listing=listing,
            chosen=chosen,
            address=address,
            groups=await self.directory.groups(),
            roles=ROLES,
            labels=CHANNEL_LABELS,
        )


def routes(directory: Directory) -> list[Route]:
    """The list."""
    return [get("/parties", PartiesPage(directory).show, allow=SIGNED_IN, summary="Customers: list, search and phone book")]
