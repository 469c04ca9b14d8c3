"""How the product is, for people, watchers and rescue.py."""

from __future__ import annotations

from attrs import frozen

from config.database import Database
from config.settings import Settings
from ivr.flows import Flows
from recordings.calls import CallRecordings
from web.api_words import ref
from web.health import Check, Health, Link, LoopLag, asterisk_check, flows_check
from web.permissions import EVERYONE
from web.request import Request
from web.response import Answer, json
from web.routes import Route, api


@frozen
class HealthApi:
    """GET /healthz."""

    health: Health

    async def show(self, request: Request) -> Answer:
        """200 when every part is well, else 503; strangers get no more than that."""
        parts = await self.health.parts()
        well = all(part["ok"] for part in parts.values())
        inside = request.loopback or request.account is not None
        shown = parts if inside else {name: {"ok": part["ok"]} for name, part in parts.items()}
        return json({"ok": well, "parts": shown}, status=200 if well else 503)


def routes(
    database: Database, settings: Settings, link: Link, flows: Flows, recordings: CallRecordings, loop_lag: LoopLag | None = None
) -> list[Route]:
    """Health."""
    checks: dict[str, Check] = {"asterisk": asterisk_check(link), "flows": flows_check(flows), "recording": recordings.health}
    if loop_lag is not None:
        checks["loop"] = loop_lag.health
    health = Health(database, settings.home, checks)
    summary = "How each part is: 200 when all are well, else 503"
    return [api("GET", "/healthz", HealthApi(health).show, allow=EVERYONE, summary=summary, gives=ref("Health"))]
