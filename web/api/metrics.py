"""Numbers for Prometheus."""

from __future__ import annotations

import asyncio
from collections import Counter

from attrs import frozen

from config.loops import LOOP
from switchboard.bus import Bus
from switchboard.call import STATES, Calls
from web.board import FloorView
from web.consoles import Consoles
from web.health import LoopLag
from web.measures import CONTENT_TYPE, Measure, exposition, plain, resident_bytes
from web.permissions import THIS_MACHINE_OR_SUPERVISORS
from web.request import Request
from web.response import Answer, Body
from web.routes import Route, api


@frozen
class MetricsApi:
    """GET /metrics."""

    bus: Bus
    calls: Calls
    floor: FloorView
    consoles: Consoles
    loop_lag: LoopLag | None

    async def show(self, _request: Request) -> Answer:
        """Everything countable, as it is now."""
        return Body(exposition(self._measures()).encode(), CONTENT_TYPE)

    def _measures(self) -> list[Measure]:
        states = Counter(call.state for call in self.calls.live())
        agents = Counter((one.intent, one.activity) for one in self.floor.agents())
        queues = list(self.floor.queues())
        return [
            Measure("switchboard_calls", "gauge", "Live calls by state.", {(("state", one),): states[one] for one in STATES if one != "ended"}),
            Measure("switchboard_queue_waiting", "gauge", "Callers waiting.", {(("queue", one.name),): one.waiting for one in queues}),
            Measure("switchboard_queue_agents_available", "gauge", "Agents free for the queue.", {(("queue", one.name),): one.agents_available for one in queues}),
            Measure("switchboard_agents", "gauge", "Agents by intent and activity.", {(("intent", intent), ("activity", activity)): number for (intent, activity), number in agents.items()}),
            plain("switchboard_consoles", "gauge", "Open consoles.", len(self.consoles)),
            plain("switchboard_events_total", "counter", "Number of the last event.", self.bus.number),
            *self._lag(),
            plain("switchboard_tasks", "gauge", "Coroutines that run or wait.", len(asyncio.all_tasks(LOOP))),
            plain("process_resident_memory_bytes", "gauge", "Memory of the daemon.", resident_bytes()),
        ]  # fmt: skip

    def _lag(self) -> list[Measure]:
        if self.loop_lag is None:
            return []
        return [
            plain("switchboard_loop_lag_seconds", "gauge", "How late the loop was at the last measure.", self.loop_lag.latest),
            plain("switchboard_loop_lag_most_seconds", "gauge", "The worst of the last minute.", self.loop_lag.most),
        ]


def routes(bus: Bus, calls: Calls, floor: FloorView, consoles: Consoles, loop_lag: LoopLag | None = None) -> list[Route]:
    """Metrics."""
    views = MetricsApi(bus, calls, floor, consoles, loop_lag)
    summary = "Numbers for Prometheus"
    return [
        api(
            "GET",
            "/metrics",
            views.show,
            allow=THIS_MACHINE_OR_SUPERVISORS,
            summary=summary,
            gives={"type": "string"},
            content_type="text/plain",
        )
    ]
