"""Language: what follows is heard in another language."""

from __future__ import annotations

from attrs import frozen

from config.translations import _
from ivr.fields import LANGUAGE, node_field
from ivr.node import DONE, Node
from ivr.visit import Visit


@frozen(kw_only=True)
class Language(Node):
    """Prompts written as {fa: …, en: …} and the ready-made sentences follow it."""

    kind = "language"
    title = _("Language")
    says = _("What follows is heard in another language, where prompts have it.")
    ways = (DONE,)

    language: str = node_field(LANGUAGE, _("Language"), says=_("fa or en."))

    async def walk(self, visit: Visit) -> str:
        visit.language = visit.detail = self.language
        return "done"
