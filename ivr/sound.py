"""What a caller can hear: a text that is spoken, or a recording that was uploaded; and prompts, which hold one per language."""

from __future__ import annotations

from pathlib import Path

from attrs import field, frozen


@frozen
class Spoken:
    """`text` spoken in `language` ("fa", "en") by the speech engine."""

    text: str
    language: str

    def __str__(self) -> str:
        return self.text


@frozen
class Recorded:
    """An uploaded audio file; `digest` is the SHA-256 of its bytes, so that a changed file is another sound."""

    digest: str
    file: Path = field(eq=False)

    def __str__(self) -> str:
        return self.file.name


Sound = Spoken | Recorded


@frozen
class Prompt:
    """What is said at one place, by language; the first is for those whose language it does not have."""

    variants: tuple[tuple[str, Sound], ...]

    def sound(self, language: str) -> Sound:
        """The sound for callers of `language`."""
        return dict(self.variants).get(language, self.variants[0][1])

    def sounds(self) -> tuple[Sound, ...]:
        """Every sound that must be built."""
        return tuple(sound for _language, sound in self.variants)
