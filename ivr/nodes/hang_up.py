"""Hang-up: ends the call, with a last word if there is one."""

from __future__ import annotations

from attrs import frozen

from config.translations import _
from ivr.fields import CAUSE, PROMPT, node_field
from ivr.node import ENDED, Node
from ivr.sound import Prompt
from ivr.visit import Visit


@frozen(kw_only=True)
class HangUp(Node):
    """The last word is always heard to its end."""

    kind = "hang_up"
    title = _("Hang up")
    says = _("Ends the call, with a last word if there is one.")
    ends_calls = True

    prompt: Prompt | None = node_field(PROMPT, _("Last word"), says=_("What callers hear before the call ends."), default=None)
    cause: int = node_field(CAUSE, _("Hang-up cause"), says=_("What the network is told; 16 is an ordinary end."), default=16)

    async def walk(self, visit: Visit) -> str:
        if self.prompt:
            await visit.play(self.prompt)
        visit.cause = self.cause
        return ENDED
