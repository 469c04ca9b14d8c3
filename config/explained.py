"""A refusal that gives its reason as a sentence of its own, translated like the rest."""

from __future__ import annotations

from config.errors import Refusal
from config.translations import translate


class Explained(Refusal):
    """`why` among its values may be an English source sentence; anything else stays as it is."""

    def text(self, language: str) -> str:
        """The sentence, with its reason in the same language."""
        why = self.values.get("why")
        return translate(
            language, self.sentence, **{**self.values, "why": translate(language, why) if isinstance(why, str) and why else why}
        )
