"""One small expression tree for filters, access, show-if, required-if and computed fields. JSON in, no code run. Pure.

Conditions:

    {"and": [condition, …]}   {"or": [condition, …]}   {"not": condition}
    {"field": "city", "op": "like", "value": "تهران"}

`field` may reach over a link: "employer.city". Operators are those of the field's kind: = != in like starts < <= > >=
between empty filled has under yearly (a day whose anniversary is that day: "2026-11-22", or [day, "gregorian"]). Values may be "@me", "@today", "@today-7", "@now"; they are read by the field's kind
when the condition is used, so typed dates, digits of any script and words of choices are understood.

Value expressions (computed fields): a number or text; {"field": name}; {"+": [a, b…]} and likewise - * /; {"join": [a, …]};
{"round": [a, places]}; {"if": [condition, a, b]}; {"days": [date, date]} (days from the first to the second).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from attrs import frozen

from config.errors import Refusal
from config.persian.calendar import GREGORIAN, JALALI
from config.translations import _, translate
from crm.alarms.reckoning import first_days
from crm.folding import fold

OPERATORS = ("=", "!=", "in", "like", "starts", "<", "<=", ">", ">=", "between", "empty", "filled", "has", "under", "yearly")
MOST_NODES = 200
DEEPEST = 12


class ExpressionRefused(Refusal):
    """A condition that does not hold together."""

    code = "expression_refused"
    status = 422
    sentence = _("The condition was not understood at “{place}”. Expected {expected}.")

    def __init__(self, *, place: str, expected: str, **places: object) -> None:
        """`expected`: a sentence of its own, with `places` for its gaps; or names, which are the same in every language."""
        self.expected, self.places = expected, places
        super().__init__(place=place, expected=expected.format(**places) if places else expected)

    def text(self, language: str) -> str:
        expected = translate(language, self.expected, **self.places) if self.places else translate(language, self.expected)
        return translate(language, self.sentence, place=self.values["place"], expected=expected)


@frozen
class Test:
    """One comparison."""

    path: str
    operator: str
    value: Any = None


@frozen
class Both:
    """All of `parts` (kind "and") or any of them ("or")."""

    kind: str
    parts: tuple[Condition, ...]


@frozen
class Not:
    """The opposite."""

    part: Condition


Condition = Test | Both | Not


def parse(raw: Any) -> Condition | None:
    """The condition that JSON (or the short text "city:like:تهران,status:customer") says; None for no condition. Raises ExpressionRefused."""
    if raw is None or raw in ("", {}, []):
        return None
    if isinstance(raw, str):
        return _short(raw)
    if sum(1 for _node in _nodes(raw)) > MOST_NODES:
        raise _wrong(raw, _("at most {most} conditions"), most=MOST_NODES)
    return _parse(raw, 0)


def tests(condition: Condition | None) -> Iterator[Test]:
    """Every comparison in it."""
    if isinstance(condition, Test):
        yield condition
    elif isinstance(condition, Not):
        yield from tests(condition.part)
    elif isinstance(condition, Both):
        for part in condition.parts:
            yield from tests(part)


def to_json(condition: Condition | None) -> Any:
    """The condition as JSON again."""
    if isinstance(condition, Both):
        return {condition.kind: [to_json(part) for part in condition.parts]}
    if isinstance(condition, Not):
        return {"not": to_json(condition.part)}
    return {"field": condition.path, "op": condition.operator, "value": condition.value} if condition else None


def both(*conditions: Condition | None) -> Condition | None:
    """All that are there."""
    there = tuple(one for one in conditions if one is not None)
    return Both("and", there) if len(there) > 1 else there[0] if there else None


def yearly_day(value: Any) -> tuple[Any, str]:
    """What "yearly" is asked for: the day, and the calendar by which it comes again ("" for the field's own)."""
    day, calendar = (*value, "")[:2] if isinstance(value, list | tuple) and value else (value, "")
    return day, calendar if calendar in (JALALI, GREGORIAN) else ""


def holds(condition: Condition | None, values: Mapping[str, Any]) -> bool:
    """Whether a record of these (already read) values meets the condition. Test values must have been read as well."""
    if condition is None:
        return True
    if isinstance(condition, Both):
        return (all if condition.kind == "and" else any)(holds(part, values) for part in condition.parts)
    if isinstance(condition, Not):
        return not holds(condition.part, values)
    return _holds(condition.operator, values.get(condition.path), condition.value)


def evaluate(formula: Any, values: Mapping[str, Any]) -> Any:
    """The value of a value expression; None when a part is missing or it cannot be computed."""
    try:
        return _evaluate(formula, values, 0)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError, IndexError, KeyError):
        return None


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────


def _parse(raw: Any, depth: int) -> Condition:
    if not isinstance(raw, Mapping) or depth > DEEPEST:
        raise _wrong(raw, _("a condition such as field, op and value"))
    for kind in ("and", "or"):
        if kind in raw:
            parts = raw[kind]
            if len(raw) != 1 or not isinstance(parts, Sequence) or isinstance(parts, str) or not parts:
                raise _wrong(raw, _("a list of conditions"))
            return Both(kind, tuple(_parse(part, depth + 1) for part in parts))
    if "not" in raw:
        return Not(_parse(raw["not"], depth + 1))
    path, op = raw.get("field"), raw.get("op", "=")
    if not isinstance(path, str) or not 0 < len(path) <= 120 or op not in OPERATORS or not set(raw) <= {"field", "op", "value"}:
        raise _wrong(raw, _("a field, one of the operators {operators}, and a value"), operators=" ".join(OPERATORS))
    value = raw.get("value")
    if op == "between" and not (isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 2):
        raise _wrong(raw, _("a list of two values"))
    if op == "in" and not isinstance(value, list | tuple):
        raise _wrong(raw, _("a list of values"))
    return Test(path, op, value)


def _short(text: str) -> Condition:
    if text.lstrip().startswith("{"):
        import orjson

        try:
            return _parse(orjson.loads(text), 0)
        except orjson.JSONDecodeError:
            raise _wrong(text, _("JSON")) from None
    found: list[Condition] = []
    for part in text.split(","):
        name, _sign, rest = part.strip().partition(":")
        op, sign, value = rest.partition(":")
        if not name or not _sign:
            raise _wrong(part, _("field:value or field:operator:value"))
        test = (
            Test(name, op, value)
            if sign and op in OPERATORS
            else Test(name, rest)
            if rest in ("empty", "filled")
            else Test(name, "=", rest)
        )
        if test.operator == "in":
            test = Test(name, "in", value.split("|"))
        if test.operator == "between":
            test = Test(name, "between", value.split("|")[:2])
        found.append(test)
    if len(found) > MOST_NODES:
        raise _wrong(text, _("at most {most} conditions"), most=MOST_NODES)
    return found[0] if len(found) == 1 else Both("and", tuple(found))


def _nodes(raw: Any) -> Iterator[Any]:
    yield raw
    inner = raw.values() if isinstance(raw, Mapping) else raw if isinstance(raw, list | tuple) else ()
    for one in inner:
        if isinstance(one, Mapping | list | tuple):
            yield from _nodes(one)


def _wrong(place: Any, expected: str, **places: object) -> ExpressionRefused:
    text = str(place)
    return ExpressionRefused(place=text if len(text) < 80 else text[:79] + "…", expected=expected, **places)


# ── Comparing ────────────────────────────────────────────────────────────────────────────────────────────────


def _holds(op: str, value: Any, wanted: Any) -> bool:
    if op in ("empty", "filled"):
        return (value in (None, "", [], False)) is (op == "empty")
    if op in ("=", "!="):
        return (value == wanted) is (op == "=")
    if op == "in":
        return value in wanted
    if value is None:
        return False
    if op == "has":
        return wanted in value
    if op == "yearly":
        day, calendar = yearly_day(wanted)
        return str(value) in (str(day), *first_days(date.fromisoformat(str(day)), calendar or JALALI))
    if op == "between":
        return bool(wanted[0] <= value <= wanted[1])
    if op in ("like", "starts"):
        folded, part = fold(str(value)), fold(str(wanted))
        return part in folded if op == "like" else folded.startswith(part)
    compare: dict[str, Callable[[Any, Any], bool]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
    return op in compare and bool(compare[op](value, wanted))


# ── Computing ────────────────────────────────────────────────────────────────────────────────────────────────

_TWO: Mapping[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}


def _evaluate(formula: Any, values: Mapping[str, Any], depth: int) -> Any:
    if depth > DEEPEST:
        raise ValueError(depth)
    if not isinstance(formula, Mapping):
        return formula
    ((name, parts),) = formula.items()
    if name == "field":
        return values[parts]
    if name == "if":
        return _evaluate(parts[1] if holds(parse(parts[0]), values) else parts[2], values, depth + 1)
    found = [_evaluate(part, values, depth + 1) for part in parts]
    if name == "join":
        return " ".join(str(one) for one in found if one not in (None, ""))
    if name == "days":
        return (date.fromisoformat(found[1]) - date.fromisoformat(found[0])).days
    if any(not isinstance(one, int | float) for one in found):
        raise TypeError(name)
    if name == "round":
        return round(found[0], int(found[1]))
    result = found[0]
    for one in found[1:]:
        result = _TWO[name](result, one)
    return result
