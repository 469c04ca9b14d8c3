"""Search over everything: the box of the frame while one types, and the page with more of each sort."""

from __future__ import annotations

from urllib.parse import urlencode

from attrs import frozen

from crm.access import Viewer
from crm.patterns import Patterns
from crm.search import Search
from crm.search_tokens import searched
from web.permissions import WITH_ACCOUNT
from web.request import Request
from web.response import Answer, page
from web.routes import Route, get

IN_BOX = 5
ALONE_IN_BOX = 9
ON_PAGE = 20
LONGEST = 200


@frozen
class SearchPages:
    """The results below the box, and the page /search."""

    search: Search
    patterns: Patterns

    async def box(self, request: Request) -> Answer:
        """What is found for what is typed so far, as links; nothing for nothing."""
        q, viewer = _typed(request), self._viewer(request)
        groups = await self.search.everywhere(q, viewer, language=request.language, most=ALONE_IN_BOX) if q else []
        most = ALONE_IN_BOX if len(groups) == 1 else IN_BOX
        return page("search_box.html", q=q, groups=groups, most=most, new=_new(q, viewer))

    async def show(self, request: Request) -> Answer:
        """The page: more of each sort, to be shared by its address."""
        q, viewer = _typed(request), self._viewer(request)
        groups = await self.search.everywhere(q, viewer, language=request.language, most=ON_PAGE) if q else []
        return page("search.html", q=q, groups=groups, most=ON_PAGE, new=_new(q, viewer))

    def _viewer(self, request: Request) -> Viewer:
        return self.patterns.viewer(request.user.username)


def _typed(request: Request) -> str:
    return " ".join(request.query.get("q", "").split())[:LONGEST]


def _new(q: str, viewer: Viewer) -> str:
    """Where a customer of what was typed is written down; "" for who may not."""
    if not q or not viewer.may("party", "create"):
        return ""
    terms = searched(q)
    number = len(terms) == 1 and terms[0][0].startswith("#")
    return "/parties/new?" + urlencode({"number" if number else "name": q})


def routes(search: Search, patterns: Patterns) -> list[Route]:
    """Search while typing, and its page."""
    views = SearchPages(search, patterns)
    return [
        get("/search", views.show, allow=WITH_ACCOUNT, summary="Everything that matches"),
        get("/search/found", views.box, allow=WITH_ACCOUNT, summary="Search everything while typing"),
    ]
