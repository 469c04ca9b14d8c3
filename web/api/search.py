"""Search over everything, for programs."""

from __future__ import annotations

from attrs import frozen

from crm.patterns import Patterns
from crm.search import Search
from web.api_words import TEXT, WHOLE, YES_NO, record
from web.permissions import WITH_ACCOUNT
from web.request import Request
from web.response import Answer, json
from web.routes import Route, api
from web.shapes import text, whole

ASKS = {"q": text(200), "entity": text(60, need=False), "most": whole(1, 50, need=False, default=5)}
HIT = record({"id": WHOLE, "name": TEXT, "url": TEXT, "detail": TEXT, "number": TEXT})
GROUP = record({"entity": TEXT, "total": WHOLE, "more": YES_NO, "items": {"type": "array", "items": HIT}})


@frozen
class SearchApi:
    """GET /api/v1/search."""

    search: Search
    patterns: Patterns

    async def found(self, request: Request) -> Answer:
        """The groups, customers first. `total`: how many match; with `more`, at least so many."""
        asked, viewer = request.asked, self.patterns.viewer(request.user.username)
        groups = await self.search.everywhere(
            asked["q"], viewer, language=request.language, most=asked["most"], entity=asked["entity"] or ""
        )
        return json(
            {
                "groups": [
                    {
                        "entity": group.entity, "total": group.total, "more": group.more,
                        "items": [
                            {**{name: hit[name] for name in ("id", "name", "url", "detail")}, "number": hit.get("number", "")} for hit in group.hits
                        ],
                    }
                    for group in groups
                ]
            }
        )  # fmt: skip


def routes(search: Search, patterns: Patterns) -> list[Route]:
    """Search."""
    gives = record({"groups": {"type": "array", "items": GROUP}})
    return [
        api(
            "GET",
            "/api/v1/search",
            SearchApi(search, patterns).found,
            allow=WITH_ACCOUNT,
            summary="Search everything",
            asks=ASKS,
            gives=gives,
        )
    ]
