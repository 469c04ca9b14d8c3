"""Call flows: read them anew."""

from __future__ import annotations

from attrs import frozen

from ivr.flows import Flows, FlowsRefused
from web.api_words import TEXT, record
from web.permissions import ADMINISTRATORS
from web.request import Request
from web.response import Answer, json
from web.routes import Route, api


@frozen
class FlowsApi:
    """POST /api/v1/flows/reload."""

    flows: Flows

    async def reload(self, _request: Request) -> Answer:
        """Take over what the folder holds; with problems the flows before keep serving and every problem is told."""
        if problems := await self.flows.reload():
            raise FlowsRefused(problems)
        return json({"version": self.flows.live.version})


def routes(flows: Flows) -> list[Route]:
    """Flows."""
    views = FlowsApi(flows)
    summary = "Take over the call flows as they are on the disk now"
    return [api("POST", "/api/v1/flows/reload", views.reload, allow=ADMINISTRATORS, summary=summary, gives=record({"version": TEXT}))]
