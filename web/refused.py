"""How a refusal is answered: JSON to programs, a page to people, an event to htmx. Never a traceback, never silence."""

from __future__ import annotations

import json as plain_json
from collections.abc import Mapping
from urllib.parse import quote

from config.errors import Refusal
from crm.record_saving import RecordChanged
from web.errors import NotLoggedIn
from web.request import Request
from web.response import Answer, Body, Header, json, page

LOGIN = "/login"
PROGRAM_BODIES = ("application/json", "application/octet-stream")
"""Who sends such a body is a script, also on a page's address."""


def error_value(refusal: Refusal, language: str) -> dict[str, object]:
    """{"code", "message", "field"?, "problems"?, "current"?}: the one shape of an error, for the API and the websocket.

    `problems`: all wrong fields of a record {field: {"code", "message"}}. `current`: what somebody else saved meanwhile.
    """
    value: dict[str, object] = {"code": refusal.code, "message": refusal.text(language)}
    if refusal.field:
        value["field"] = refusal.field
    if (problems := getattr(refusal, "problems", None)) and isinstance(problems, Mapping):
        value["problems"] = {name: {"code": one.code, "message": one.text(language)} for name, one in problems.items()}
    if isinstance(refusal, RecordChanged):
        value["current"] = {"version": refusal.version, "values": refusal.theirs, "by": refusal.by}
    return value


def refused(refusal: Refusal, request: Request, kind: str) -> Answer:
    """The answer to a request on a route of `kind` ("page" when no route was found)."""
    headers = _headers(refusal)
    if kind in ("api", "live") or request.path.startswith("/api/") or request.content_type in PROGRAM_BODIES:
        return json({"error": error_value(refusal, request.language)}, status=refusal.status, headers=headers)
    if isinstance(refusal, NotLoggedIn):
        return _to_login(request, headers)
    if request.htmx:
        event = plain_json.dumps({"switchboard:refused": error_value(refusal, request.language)})
        return Body(
            refusal.text(request.language).encode(), status=refusal.status, headers=(*headers, ("HX-Trigger", event), ("HX-Reswap", "none"))
        )
    return page("errors.html", status=refusal.status, headers=headers, refusal=refusal, message=refusal.text(request.language))


def _to_login(request: Request, headers: tuple[Header, ...]) -> Answer:
    """Log in first, then come back to where one was."""
    wanted = request.path if request.method == "GET" else "/"
    if request.method == "GET" and request.raw_query:
        wanted += f"?{request.raw_query}"
    url = LOGIN if wanted == "/" else f"{LOGIN}?next={quote(wanted, safe='/')}"
    if request.htmx:
        return Body(status=401, headers=(*headers, ("HX-Redirect", LOGIN)))
    return Body(status=303, headers=(*headers, ("Location", url)))


def _headers(refusal: Refusal) -> tuple[Header, ...]:
    found: list[Header] = []
    if (seconds := refusal.values.get("retry_seconds")) is not None:
        found.append(("Retry-After", str(int(seconds))))
    if (allowed := refusal.values.get("allowed")) and refusal.status == 405:
        found.append(("Allow", str(allowed)))
    if refusal.status == 426:
        found.append(("Upgrade", "websocket"))
    return tuple(found)
