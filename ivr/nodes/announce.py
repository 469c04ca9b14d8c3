"""Announcement: plays a prompt and goes on."""

from __future__ import annotations

from attrs import frozen

from config.translations import _
from ivr.fields import PROMPT, YES_NO, node_field
from ivr.node import Exit, Node
from ivr.sound import Prompt
from ivr.visit import Visit


@frozen(kw_only=True)
class Announce(Node):
    """A caller who knows what is coming may press the next menu's key at once; it is kept for that menu."""

    kind = "announce"
    title = _("Announcement")
    says = _("Plays a prompt and goes on.")
    ways = (Exit("done", _("when it has been heard or a key ended it")),)

    prompt: Prompt = node_field(PROMPT, _("Prompt"), says=_("What callers hear."))
    barge_in: bool = node_field(YES_NO, _("A key ends it"), says=_("The key counts for the menu that follows."), default=True)

    async def walk(self, visit: Visit) -> str:
        await visit.play(self.prompt, barge_in=self.barge_in)
        return "done"
