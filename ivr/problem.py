"""What is wrong with a call flow: where, what, and how to mend it, in the reader's language. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from attrs import frozen

from config.translations import _, translate


@frozen
class Sentence:
    """A translatable sentence and what stands at its `{name}` places; a place may hold another sentence."""

    source: str
    values: tuple[tuple[str, Any], ...] = ()

    def text(self, language: str) -> str:
        """The sentence in `language`, the sentences inside it too."""
        values = {name: value.text(language) if isinstance(value, Sentence) else value for name, value in self.values}
        return translate(language, self.source, **values)


def say(source: str, **values: Any) -> Sentence:
    """A `Sentence`: `say(_("No file {file}."), file="a.wav")`."""
    return Sentence(source, tuple(values.items()))


@frozen
class Problem:
    """One thing that is wrong, at `line` (from 1; 0 = the file as a whole) of `file`, in `node` ("" = the flow itself)."""

    code: str
    file: str
    line: int
    node: str
    what: Sentence
    cure: Sentence | None = None

    def text(self, language: str) -> str:
        """Where, what and how to mend it, in `language`: "main.yaml, line 7, node “menu”: … Did you mean …?"."""
        place = _("{file}, line {line}, node “{node}”:") if self.node else _("{file}, line {line}:")
        where = translate(language, place, file=self.file, line=self.line, node=self.node) if self.line else f"{self.file}:"
        return " ".join([where, self.what.text(language), *([self.cure.text(language)] if self.cure else [])])

    def as_dict(self, language: str) -> dict[str, Any]:
        """For the API: {"code", "file", "line", "node", "message"}."""
        return {"code": self.code, "file": self.file, "line": self.line, "node": self.node, "message": self.text(language)}


def did_you_mean(word: str, known: Iterable[str]) -> Sentence:
    """The cure for a word that is not `known`: the nearest ones, or all of them."""
    names = sorted(known)
    if nearest := difflib.get_close_matches(word, names, n=3, cutoff=0.6):
        return say(_("Did you mean {nearest}?"), nearest=listed(nearest))
    if not names:
        return say(_("There is none yet."))
    return say(_("Expected one of: {names}."), names=listed(names))


def listed(names: Iterable[str]) -> str:
    """Names as a list inside a sentence; long lists are cut."""
    shown = [f"“{name}”" for name in names]
    return ", ".join(shown[:12]) + (", …" if len(shown) > 12 else "")
