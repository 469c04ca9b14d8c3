"""Go to another flow: the caller goes on at the start of that flow."""

from __future__ import annotations

from attrs import frozen

from config.translations import _
from ivr.fields import FLOW, node_field
from ivr.node import Node
from ivr.visit import Visit


@frozen(kw_only=True)
class GoTo(Node):
    """The flow is the one of the same set that the caller came in with."""

    kind = "go_to"
    title = _("Go to another flow")
    says = _("The caller goes on at the start of another flow.")

    flow: str = node_field(FLOW, _("Flow"), says=_("The name of the flow."))

    def other_flow(self) -> str:
        return self.flow

    async def walk(self, visit: Visit) -> str:
        visit.next_flow = visit.detail = self.flow
        return "done"
