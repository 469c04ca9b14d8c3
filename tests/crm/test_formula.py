"""Formulas as administrators write them."""

from __future__ import annotations

import pytest

from crm.expression import evaluate
from crm.formula import FormulaRefused, fields_in, read_formula, written

NAMES = {
    "weight": "weight",
    "price": "price",
    "name": "name",
    "born": "born",
    "seen": "seen",
    "state": "state",
    "قیمت واحد": "price",
    "تاریخ تولد": "born",
}
VALUES = {"weight": 2.5, "price": 300, "name": "قطار", "born": "2025-01-01", "seen": "2025-03-01", "state": "done"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("weight * price", 750), ("۱ + ۲ × ۳", 7), ("(1 + 2) * 3", 9), ("10 - 2 - 3", 5), ("100 ÷ 8 / 2", 6.25), ("-price + 1", -299), ("[قیمت واحد] * 2", 600),
        ("round(price / 7, 2)", 42.86), ("days([تاريخ تولد], seen)", 59), ('join(name, "،", price)', "قطار ، 300"), ('if(state = "done", 0, price)', 0),
        ("if(price > 500, 1, 2) + 1", 3), ("if(weight <= ۲٫۵, 1, 2)", 1), ("nothing" if False else "price / 0", None),
    ],
)  # fmt: skip
def test_a_formula_says_what_it_computes(text, value):
    """Operators, brackets, functions, labels in brackets, digits of any script."""
    formula = read_formula(text, NAMES)
    assert evaluate(formula, VALUES) == value
    assert evaluate(read_formula(written(formula), NAMES), VALUES) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "price +",
        "(price",
        "price price",
        "cost",
        "[nothing]",
        "open(1)",
        "round(price)",
        "if(price, 1, 2)",
        'if("x" = 1, 2, 3)',
        "__import__",
        "a.b",
        "(" * 40,
        "1" * 600,
        "price; 1",
        "join()",
    ],
)
def test_what_is_not_a_formula_is_refused_with_its_place(text):
    """The sentence names where it stopped."""
    with pytest.raises(FormulaRefused) as refused:
        read_formula(text, NAMES)
    assert refused.value.text("fa")


def test_the_fields_of_a_formula_are_known():
    """So that it is refused before a field is named that is not there."""
    assert fields_in(read_formula('if(state = "x", weight, round(price, 1))', NAMES)) == {"state", "weight", "price"}
