"""The search box of the frame: what is found while one types, as a list of links."""

from __future__ import annotations

from attrs import frozen

from crm.search import Search
from web.permissions import SIGNED_IN
from web.request import Request
from web.response import Answer, page
from web.routes import Route, get

MOST = 9


@frozen
class SearchPages:
    """The results below the box."""

    search: Search

    async def found(self, request: Request) -> Answer:
        """Persons and companies for what is typed so far; nothing for nothing."""
        q = request.query.get("q", "").strip()[:200]
        return page("search.html", q=q, hits=await self.search.find(q, most=MOST) if q else [])


def routes(search: Search) -> list[Route]:
    """Search as one types."""
    return [get("/search", SearchPages(search).found, allow=SIGNED_IN, summary="Search persons and companies while typing")]
