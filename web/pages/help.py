"""Help: how a call goes, the keys, what to do when there is no sound."""

from __future__ import annotations

from web.permissions import WITH_ACCOUNT
from web.request import Request
from web.response import Answer, page
from web.routes import Route, get


async def show(_request: Request) -> Answer:
    """The page behind the question mark."""
    return page("help.html")


def routes() -> list[Route]:
    """The help page."""
    return [get("/help", show, allow=WITH_ACCOUNT, summary="Help")]
