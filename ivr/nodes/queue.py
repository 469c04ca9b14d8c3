"""Queue: lets the caller wait for an agent."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from config.translations import _
from ivr.fields import QUEUE, WAIT_SECONDS, node_field
from ivr.node import ANSWERED, HUNG_UP, Exit, Node
from ivr.problem import Sentence, say
from ivr.visit import Visit


@frozen(kw_only=True)
class Queue(Node):
    """Music, place and offers are the waiting room's business; once an agent answers, the flow has done its work."""

    kind = "queue"
    title = _("Queue")
    says = _("Lets the caller wait, with music, for an agent.")
    ways = (Exit("timeout", _("when nobody answered within the longest wait"), required=False),)
    caller_stays = True
    ends_calls = True

    queue: str = node_field(QUEUE, _("Queue"), says=_("Its name, such as sales."))
    max_wait_seconds: float | None = node_field(
        WAIT_SECONDS, _("Longest wait (seconds)"), says=_("Unless given, the queue's own limit holds."), default=None
    )

    async def walk(self, visit: Visit) -> str:
        visit.detail = self.queue
        outcome = await visit.wait(self.queue, self.max_wait_seconds)
        return {"answered": ANSWERED, "gone": HUNG_UP}.get(outcome, "timeout")

    def wrongs(self) -> Iterator[tuple[str, Sentence, Sentence | None]]:
        if self.max_wait_seconds is not None and "timeout" not in self.exits:
            cure = say(_("Add “timeout: <node>” to its exits, or remove max_wait_seconds."))
            yield "exit_missing", say(_("Nothing says where callers go after the longest wait.")), cure
