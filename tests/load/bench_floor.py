"""What one input to the floor costs with 200 agents in four queues, and 100 callers waiting. No floor to compare with: microseconds of CPU."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

from agents.actions import Action, Ring, Tell
from agents.floor import Floor
from agents.presence import Intent
from agents.rules import FloorRules, QueueRules
from switchboard.events import AgentOffered

AGENTS = tuple(f"agent-{n}" for n in range(200))
QUEUES = ("sales", "support", "operator", "billing")
WAITING = 100
ROUNDS = 3_000


def floor(*, at_work: bool) -> Floor:
    """200 agents, each in two of four queues; all idle, or all offline."""
    legs = itertools.count()
    made = Floor(lambda: f"leg-{next(legs)}", FloorRules())
    made.set_agents({agent: (f"w-{agent}",) for agent in AGENTS}, 0.0)
    members = {name: {agent: 0 for n, agent in enumerate(AGENTS) if n % 4 in (at, (at + 1) % 4)} for at, name in enumerate(QUEUES)}
    made.set_queues([QueueRules(name=name, members=members[name]) for name in QUEUES], 0.0)
    made.found(0.0)
    for n, agent in enumerate(AGENTS):
        made.phone_seen(f"w-{agent}", online=True, now=0.0)
        if at_work:
            made.ask(agent, Intent("available"), float(n))
    return made


def timed(happens: Callable[[], list[Action]]) -> tuple[float, list[Action]]:
    """Microseconds, and what is to be done."""
    began = time.perf_counter_ns()
    actions = happens()
    return (time.perf_counter_ns() - began) / 1000, actions


def idle_agents() -> list[float]:
    """A caller joins while all 200 agents are idle, and hangs up: the join is the hot path from the last digit to the pop."""
    made, costs = floor(at_work=True), []
    for n in range(ROUNDS):
        now, call, queue = 1000.0 + n, f"call-{n}", QUEUES[n % 4]
        cost, actions = timed(lambda: made.join(call, queue, now))  # noqa: B023  # called at once
        assert any(isinstance(one, Tell) and isinstance(one.event, AgentOffered) for one in actions)
        costs.append(cost)
        made.customer_gone(call, now)
    return costs


def waiting_callers() -> dict[str, list[float]]:
    """100 callers wait for 200 agents who all talk: joins, hang-ups, and an agent who becomes free."""
    made = floor(at_work=True)
    for n in range(len(AGENTS)):
        answer(made, made.join(f"talk-{n}", QUEUES[n % 4], 1000.0))
    for n in range(WAITING):
        made.join(f"wait-{n}", QUEUES[n % 4], 1001.0 + n)
    costs: dict[str, list[float]] = {"join": [], "hang_up": [], "agent_free": []}
    for n in range(ROUNDS):
        now, call, queue = 2000.0 + n, f"new-{n}", QUEUES[n % 4]
        costs["join"].append(timed(lambda: made.join(call, queue, now))[0])  # noqa: B023  # called at once
        costs["hang_up"].append(timed(lambda: made.customer_gone(call, now))[0])  # noqa: B023  # called at once
        talk = next(iter(made.talks))
        made.join(f"more-{n}", talk.queue, now)
        made.customer_gone(talk.call, now)
        cost, actions = timed(lambda: made.end_wrap_up(talk.agent, now))  # noqa: B023  # called at once
        costs["agent_free"].append(cost)
        answer(made, actions)
    return costs


def answer(made: Floor, actions: list[Action]) -> None:
    """Whoever is rung picks up."""
    for ring in [one for one in actions if isinstance(one, Ring)]:
        made.leg_answered(ring.leg, 1000.0)
        made.connected(ring.call, ring.leg, 1000.0)


def middle(costs: list[float], part: float = 0.5) -> float:
    """The cost that `part` of the inputs stay below."""
    return round(sorted(costs)[int(len(costs) * part)], 1)


def main() -> dict[str, Any]:
    """Microseconds per input, half of them and 99 of 100 stay below."""
    idle, waiting = idle_agents(), waiting_callers()
    result: dict[str, Any] = {"agents": len(AGENTS), "waiting": WAITING}
    for name, costs in {"join_and_offer": idle, **{f"{name}_with_all_busy": costs for name, costs in waiting.items()}}.items():
        result[f"{name}_us_p50"] = middle(costs)
        result[f"{name}_us_p99"] = middle(costs, 0.99)
    return result


if __name__ == "__main__":
    print(main())  # noqa: T201  # a program for people
