"""The supervisor's wallboard: drawn in the browser from the board's rows, which come over the websocket and change without reload."""

from __future__ import annotations

from web.permissions import SUPERVISORS
from web.request import Request
from web.response import Answer, page
from web.routes import Route, get


async def wallboard(_request: Request) -> Answer:
    """The empty board; static/wallboard.js fills it."""
    return page("wallboard.html")


def routes() -> list[Route]:
    """The wallboard."""
    return [get("/wallboard", wallboard, allow=SUPERVISORS, summary="Live calls, queues and agents")]
