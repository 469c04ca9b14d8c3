"""Menu: asks for a key and leaves through the exit of that name."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from attrs import frozen

from config.translations import _
from ivr.fields import KEY_SECONDS, PROMPT, RETRIES, YES_NO, node_field
from ivr.node import KEYS, Exit, Node
from ivr.problem import Sentence, say
from ivr.sound import Prompt
from ivr.visit import Visit

TIMEOUT = "timeout"
INVALID = "invalid"


def exit_after(pressed: Sequence[str | None], keys: Container[str], tries: int) -> str:
    """Where the answers so far lead (None = no key in time): an exit, or "" to ask again."""
    last = pressed[-1]
    if last is not None and last in keys:
        return last
    if len(pressed) < tries:
        return ""
    return TIMEOUT if last is None else INVALID


@frozen(kw_only=True)
class Menu(Node):
    """A wrong key drops whatever was typed after it, so that a handful of garbage is one wrong answer, not many."""

    kind = "menu"
    title = _("Menu")
    says = _("Asks for a key and goes where that key leads.")
    ways = (
        Exit(TIMEOUT, _("when no key was pressed, the last time"), required=False),
        Exit(INVALID, _("when a wrong key was pressed, the last time"), required=False, fallback=TIMEOUT),
    )
    keys_are_exits = True
    caller_stays = True

    prompt: Prompt = node_field(PROMPT, _("Prompt"), says=_("The question with its choices."))
    timeout_seconds: float = node_field(
        KEY_SECONDS, _("Time for an answer (seconds)"), says=_("Counted from the prompt's end."), default=5.0
    )
    retries: int = node_field(
        RETRIES, _("Repetitions"), says=_("How often the question is asked again after silence or a wrong key."), default=2
    )
    invalid_prompt: Prompt | None = node_field(
        PROMPT, _("After a wrong key"), says=_("Said before the question is repeated; a ready-made sentence unless given."), default=None
    )
    timeout_prompt: Prompt | None = node_field(
        PROMPT, _("After silence"), says=_("Said before the question is repeated; a ready-made sentence unless given."), default=None
    )
    barge_in: bool = node_field(
        YES_NO, _("A key ends the prompt"), says=_("Without it the whole question is heard; keys typed meanwhile count."), default=True
    )

    async def walk(self, visit: Visit) -> str:
        pressed: list[str | None] = []
        prompts: list[Prompt | str] = [self.prompt]
        while True:
            await visit.play(*prompts, barge_in=self.barge_in)
            key = await visit.key(self.timeout_seconds)
            pressed.append(key)
            visit.detail = " ".join(one or "-" for one in pressed)
            if leave := exit_after(pressed, self.exits, self.retries + 1):
                return leave
            if key is None:
                prompts = [self.timeout_prompt or "nothing_pressed", self.prompt]
            else:
                visit.forget_keys()
                prompts = [self.invalid_prompt or "not_understood", self.prompt]

    def wrongs(self) -> Iterator[tuple[str, Sentence, Sentence | None]]:
        if not any(name in KEYS for name in self.exits):
            cure = say(_('Write for each key where it leads, such as “exits: {"1": sales}”.'))
            yield "menu_without_keys", say(_("No key of this menu leads anywhere.")), cure
