"""Call flows for the administrator: which ones serve, what is wrong with the files, each flow in words, and trying a call in text."""

from __future__ import annotations

from attrs import frozen

from config.errors import Refusal
from ivr.flows import Flows
from ivr.nodes.queue import Queue
from ivr.outline import outline
from ivr.simulator import Happening, simulate
from web.errors import NothingHere
from web.permissions import ADMINISTRATORS
from web.request import Request
from web.response import Answer, page, redirect
from web.routes import Route, get, post

MOST_LINES = 200
"""Lines of a tried call that are shown."""

LONGEST_SCRIPT = 100
OUTCOMES = ("answered", "timeout")


@frozen
class FlowPages:
    """The addresses below /flows."""

    flows: Flows

    async def list(self, request: Request) -> Answer:
        """The live flows, the problems of the files, and a call tried when the address asks for one (`number`, `keys`, `wait`)."""
        wanted = {name: request.query.get(name, "").strip()[:LONGEST_SCRIPT] for name in ("number", "keys", "wait")}
        tried: tuple[Happening, ...] = ()
        refusal: Refusal | None = None
        if wanted["number"]:
            try:
                tried = await self._try(wanted["number"], wanted["keys"], wanted["wait"], request.at)
            except Refusal as refused:
                refusal = refused
        problems = [one.text(request.language) for one in self.flows.problems]
        return page(
            "flows.html", live=self.flows.live, problems=problems, wanted=wanted, tried=tried[:MOST_LINES], more=len(tried) > MOST_LINES,
            refusal=refusal,
        )  # fmt: skip

    async def reload(self, request: Request) -> Answer:
        """Take over what the folder holds now; the page says what came of it."""
        await self.flows.reload()
        return redirect("/flows", htmx=request.htmx)

    async def show(self, request: Request, name: str) -> Answer:
        """One flow, node by node."""
        flow = self.flows.live.flows.get(name)
        if flow is None:
            raise NothingHere
        return page("flow.html", flow=flow, entries=outline(flow, request.language))

    async def _try(self, number: str, keys: str, wait: str, at: float) -> tuple[Happening, ...]:
        live = self.flows.live
        queues = frozenset(node.queue for flow in live.flows.values() for node in flow.nodes.values() if isinstance(node, Queue))
        outcome = wait if wait in OUTCOMES else OUTCOMES[0]
        return await simulate(live, number, keys, at=at, queues=queues, outcome=outcome)


def routes(flows: Flows) -> list[Route]:
    """The pages of the call flows."""
    pages = FlowPages(flows)
    return [
        get("/flows", pages.list, allow=ADMINISTRATORS, summary="The call flows, their problems, and a call tried in text"),
        post("/flows/reload", pages.reload, allow=ADMINISTRATORS, summary="Take over the call flows as they are on the disk now"),
        get("/flows/<name>", pages.show, allow=ADMINISTRATORS, summary="One call flow in words"),
    ]
