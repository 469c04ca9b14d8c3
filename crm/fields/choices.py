"""Choices: one or several of a list (the administrators' own, or fixed), and states with allowed moves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from attrs import evolve, frozen

from config.translations import _, translate
from crm.fields.kind import EQUAL, Kind, Reading, Showing, ValueRefused, clean, nothing
from crm.folding import fold


@frozen
class Option:
    """One choice. `title` is English source that gettext translates; `fa` and `en` are an administrator's own words and win."""

    code: str
    title: str
    fa: str = ""
    en: str = ""
    colour: str = ""
    active: bool = True
    also: str = ""
    """Other words that mean it, with commas between, as files of other programs and people write it: "Mr، آقا"."""

    def word(self, language: str) -> str:
        """The choice as people read it."""
        own = self.fa if language == "fa" else self.en or self.fa
        return own or translate(language, self.title)

    def said(self) -> Iterator[str]:
        """Every word that means it."""
        yield from (self.word("fa"), self.word("en"), self.code, *(one.strip() for one in _split(self.also) if not nothing(one)))


def options(words: Mapping[str, str], also: Mapping[str, str] | None = None) -> tuple[Option, ...]:
    """Options of a plain table {code: English source}; `also`: other words by code."""
    return tuple(Option(code, title, also=(also or {}).get(code, "")) for code, title in words.items())


@frozen(kw_only=True)
class Choice(Kind):
    """One of `choices`, kept by its code. `list`: the name of the editable list the catalogue fills them in from; "" for fixed ones."""

    code: ClassVar[str] = "choice"
    title: ClassVar[str] = _("Choice from a list")
    widget: ClassVar[str] = "choice"
    operators: ClassVar[tuple[str, ...]] = EQUAL
    choices: tuple[Option, ...] = ()
    list: str = ""

    def find(self, raw: Any) -> Option:
        """The option that a code, a word in either language or another word for it means. Raises ValueRefused."""
        text = clean(raw, 200)
        found = self._by_code.get(text) or self._by_word.get(fold(text)) or self._by_letters.get(_letters(text))
        if found:
            return found
        raise ValueRefused(raw, _("one of: {choices}"), choices="، ".join(one.word("fa") for one in self.choices if one.active)[:300])

    @cached_property
    def _by_code(self) -> Mapping[str, Option]:
        return {one.code: one for one in self.choices}

    @cached_property
    def _by_word(self) -> Mapping[str, Option]:
        """By folded word; of two with one word the first, and its own words before what others are called besides."""
        found: dict[str, Option] = {}
        for one in self.choices:
            for word in (one.word("fa"), one.word("en"), one.code):
                found.setdefault(fold(word), one)
        for one in self.choices:
            for word in one.said():
                found.setdefault(fold(word), one)
        return found

    @cached_property
    def _by_letters(self) -> Mapping[str, Option | None]:
        """By letters and digits alone ("Mr." is "mr"); None where that leaves two the same (B+ and B-)."""
        found: dict[str, Option | None] = {}
        for word, one in self._by_word.items():
            letters = _letters(word)
            found[letters] = one if letters and found.get(letters, one) == one else None
        return found

    def read(self, raw: Any, reading: Reading) -> str | None:
        return None if nothing(raw) else self.find(raw).code

    def option(self, value: Any) -> Option | None:
        """The option of a kept code; None when it is gone from the list."""
        return next((one for one in self.choices if one.code == value), None)

    def show(self, value: Any, showing: Showing) -> str:
        if value is None:
            return ""
        found = self.option(value)
        return found.word(showing.language) if found else str(value)

    def typed(self, value: Any, showing: Showing) -> str:
        return value or ""

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": [one.code for one in self.choices]} if self.choices and not self.list else {"type": "string"}

    def colour_of(self, value: Any) -> str:
        """The colour of a value; "" for none."""
        found = self.option(value)
        return found.colour if found else ""


@frozen(kw_only=True)
class MultiChoice(Choice):
    """Several of a list, kept as a list of codes in the list's order."""

    code: ClassVar[str] = "multi_choice"
    title: ClassVar[str] = _("Several choices from a list")
    storage: ClassVar[str] = "json"
    widget: ClassVar[str] = "multi_choice"
    operators: ClassVar[tuple[str, ...]] = ("has", "empty", "filled")
    orders: ClassVar[bool] = False

    def read(self, raw: Any, reading: Reading) -> Any:
        if nothing(raw):
            return None
        parts: Sequence[Any] = [one for one in _split(raw) if not nothing(one)] if isinstance(raw, str) else raw
        if not isinstance(parts, list | tuple):
            raise ValueRefused(raw, _("a list of choices"))
        found = {self.find(one).code for one in parts}
        return [one.code for one in self.choices if one.code in found] or None

    def show(self, value: Any, showing: Showing) -> str:
        comma = "، " if showing.language == "fa" else ", "
        return comma.join(super(MultiChoice, self).show(one, showing) for one in value or ())

    def typed(self, value: Any, showing: Showing) -> str:
        return ",".join(value or ())

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": super().schema()}


@frozen(kw_only=True)
class State(Choice):
    """A choice that moves only as `moves` allows; empty `moves` allows every move. The board's columns."""

    code: ClassVar[str] = "state"
    title: ClassVar[str] = _("State with allowed moves")
    widget: ClassVar[str] = "state"
    moves: Mapping[str, tuple[str, ...]] = {}

    def may_move(self, old: Any, new: Any) -> bool:
        """Whether a record in `old` may become `new`."""
        return old in (None, new) or not self.moves or new in self.moves.get(old, ())


ENTITIES = "@entities"
"""The list of all kinds of records, which nobody edits."""


def with_list(kind: Kind, lists: Mapping[str, Sequence[Option]]) -> Kind:
    """The kind with the present content of its editable list; other kinds unchanged."""
    if isinstance(kind, Choice) and kind.list and kind.list in lists:
        return evolve(kind, choices=tuple(lists[kind.list]))
    return kind


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", fold(text))


def _split(text: str) -> list[str]:
    for sign in ("،", "؛", ";", "\n", "|"):
        text = text.replace(sign, ",")
    return text.split(",")
