"""What is known while one flow's text is read, and where its problems are gathered. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, define, frozen

from ivr.document import Part
from ivr.problem import Problem, Sentence
from ivr.sound import Prompt, Recorded, Sound


@frozen
class Surroundings:
    """What flows may refer to. `queues` None: not known now, so not checked."""

    queues: frozenset[str] | None = None
    flows: frozenset[str] = frozenset()
    recordings: Mapping[str, Recorded] = Factory(dict)
    """Uploaded files by their path below the prompts folder ("welcome.mp3")."""
    library: Mapping[str, Prompt] = Factory(dict)
    """Named prompts: ivr.library."""


@frozen
class PlacedSound:
    """A sound and where a flow asks for it."""

    sound: Sound
    file: str
    line: int
    node: str


@define
class Reading:
    """One flow being read: `file` for people, `language` of its texts, `node` being read ("" = the flow itself)."""

    file: str
    around: Surroundings
    language: str = "fa"
    node: str = ""
    problems: list[Problem] = Factory(list)
    sounds: list[PlacedSound] = Factory(list)

    def wrong(self, code: str, at: Part | int, what: Sentence, cure: Sentence | None = None) -> None:
        """Note a problem at `at` (a part, or a line)."""
        line = at if isinstance(at, int) else at.line
        self.problems.append(Problem(code, self.file, line, self.node, what, cure))

    def uses(self, prompt: Prompt, line: int) -> Prompt:
        """Note the sounds of `prompt`, which must be built before the flow goes live."""
        self.sounds.extend(PlacedSound(sound, self.file, line, self.node) for sound in prompt.sounds())
        return prompt
