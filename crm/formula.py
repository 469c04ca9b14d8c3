"""Formulas of computed fields as administrators write them, made into value expressions (crm/expression.py) and back. No code is run. Pure.

    weight * price            [شماره کفش] + 1            round(price / 3, 2)            days(begins, ends)
    join(first_name, " ", last_name)                     if(state = "done", 0, price)

A name is a field's code, or its label in square brackets. Digits of any script; × and ÷ as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from config.errors import Refusal
from config.persian.digits import to_ascii
from config.translations import _, translate
from crm.expression import DEEPEST
from crm.folding import fold

LONGEST = 500
_TOKEN = re.compile(
    r'\s*(?:(\d+(?:[.٫]\d+)?)|"([^"]*)"|\[([^\]]*)\]|([a-z][a-z0-9_]*)|(!=|<=|>=|[-+*/(),،=<>×÷−]))', re.ASCII | re.IGNORECASE
)
_FUNCTIONS = {"round": 2, "days": 2, "if": 3, "join": 0}
_COMPARES = ("=", "!=", "<", "<=", ">", ">=")
_SAME = {"×": "*", "÷": "/", "−": "-", "،": ","}
_WEIGHT = {"+": 1, "-": 1, "*": 2, "/": 2}


class FormulaRefused(Refusal):
    """A formula that does not hold together."""

    code = "formula_refused"
    status = 422
    sentence = _("The formula was not understood at “{place}”. Expected {expected}.")

    def __init__(self, place: str, expected: str) -> None:
        self._expected = expected
        super().__init__(place=place[:60] or "…", expected=expected)

    def text(self, language: str) -> str:
        return translate(language, self.sentence, place=self.values["place"], expected=translate(language, self._expected))


def read_formula(text: str, names: Mapping[str, str]) -> Any:
    """The value expression that `text` says; `names`: the code of every field by its code and its labels. Raises FormulaRefused."""
    if len(text) > LONGEST:
        raise FormulaRefused(text[:20], _("at most 500 letters"))
    reading = _Reading(to_ascii(text), {fold(one): code for one, code in names.items()})
    value = reading.sum(0)
    if reading.rest.strip():
        raise FormulaRefused(reading.rest.strip(), _("an operator"))
    return value


def written(formula: Any, weight: int = 0) -> str:
    """The formula as text again."""
    if not isinstance(formula, Mapping):
        return f'"{formula}"' if isinstance(formula, str) else f"{formula:g}"
    ((name, parts),) = formula.items()
    if name == "field":
        return str(parts)
    if name in _WEIGHT:
        own = _WEIGHT[name]
        text = f" {name} ".join(written(part, own if not place else own + (name in "-/")) for place, part in enumerate(parts))
        return f"({text})" if own < weight else text
    if name == "if":
        test = parts[0]
        value = test.get("value")
        compared = f'"{value}"' if isinstance(value, str) else f"{value}"
        return f"if({test['field']} {test.get('op', '=')} {compared}, {written(parts[1])}, {written(parts[2])})"
    return f"{name}({', '.join(written(part) for part in parts)})"


def fields_in(formula: Any) -> set[str]:
    """The fields that a formula looks at."""
    if isinstance(formula, Mapping):
        found = {formula["field"]} if isinstance(formula.get("field"), str) else set()
        return found.union(*(fields_in(part) for part in formula.values()))
    return set().union(*(fields_in(part) for part in formula)) if isinstance(formula, list | tuple) else set()


class _Reading:
    """A text being read from its beginning; `rest` is what is left."""

    def __init__(self, rest: str, names: Mapping[str, str]) -> None:
        self.rest, self._names = rest, names

    def sum(self, depth: int) -> Any:
        """What stands here: parts with + and - between."""
        if depth > DEEPEST - 2:
            raise FormulaRefused(self.rest.strip(), _("fewer brackets"))
        return self._chain(("+", "-"), lambda: self._chain(("*", "/"), lambda: self._one(depth)))

    def _chain(self, signs: tuple[str, ...], part: Any) -> Any:
        value = part()
        while (sign := self._sign(*signs)) is not None:
            value = {sign: [value, part()]}
        return value

    def _one(self, depth: int) -> Any:
        if self._sign("-") is not None:
            return {"-": [0, self._one(depth + 1)]}
        if self._sign("(") is not None:
            value = self.sum(depth + 1)
            self._need(")")
            return value
        number, quoted, label, word, _sign = self._next(_("a number, a field, or a text in quotation marks"))
        if number:
            return _number_of(number)
        if label:
            return {"field": self._known(label)}
        if word:
            return self._called(word.lower(), depth) if self.rest.lstrip().startswith("(") else {"field": self._known(word)}
        return quoted

    def _called(self, name: str, depth: int) -> Any:
        if name not in _FUNCTIONS:
            raise FormulaRefused(name, _("round, days, join or if"))
        self._need("(")
        parts: list[Any] = [self._test() if name == "if" else self.sum(depth + 1)]
        while self._sign(",") is not None:
            parts.append(self.sum(depth + 1))
        self._need(")")
        if _FUNCTIONS[name] not in (0, len(parts)):
            raise FormulaRefused(name, _("another number of values between the brackets"))
        return {name: parts}

    def _test(self) -> dict[str, Any]:
        _number, _quoted, label, word, _other = self._next(_("a field"))
        name = self._known(label or word or "")
        sign = self._sign(*_COMPARES)
        if sign is None:
            raise FormulaRefused(self.rest.strip(), _("a comparison such as = or >"))
        number, quoted, _label, plain, _other = self._next(_("a number, or a text in quotation marks"))
        return {"field": name, "op": sign, "value": _number_of(number) if number else plain or quoted or ""}

    def _next(self, expected: str) -> tuple[str | None, ...]:
        found = _TOKEN.match(self.rest)
        if not found or found[5]:
            raise FormulaRefused(self.rest.strip(), expected)
        self.rest = self.rest[found.end() :]
        return found.groups()

    def _sign(self, *signs: str) -> str | None:
        found = _TOKEN.match(self.rest)
        sign = _SAME.get(found[5], found[5]) if found else None
        if not found or sign not in signs:
            return None
        self.rest = self.rest[found.end() :]
        return sign

    def _need(self, sign: str) -> None:
        if self._sign(sign) is None:
            raise FormulaRefused(self.rest.strip(), _("a bracket or a comma"))

    def _known(self, name: str) -> str:
        code = self._names.get(fold(name))
        if code is None:
            raise FormulaRefused(name, _("the code of a field, or its label in square brackets"))
        return code


def _number_of(text: str) -> float | int:
    plain = text.replace("٫", ".")
    return float(plain) if "." in plain else int(plain)
