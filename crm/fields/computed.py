"""Fields that follow from others: an expression over the record, evaluated whenever it is read; never stored, never typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import frozen

from config.translations import _
from crm.fields.kind import Kind, Reading, Showing, ValueRefused


@frozen(kw_only=True)
class Computed(Kind):
    """`formula` is a value expression (crm/expression.py); its result is shown as `result` shows it."""

    code: ClassVar[str] = "computed"
    title: ClassVar[str] = _("Computed")
    storage: ClassVar[str] = "none"
    widget: ClassVar[str] = "computed"
    operators: ClassVar[tuple[str, ...]] = ()
    orders: ClassVar[bool] = False
    formula: Any
    result: Kind

    def read(self, raw: Any, reading: Reading) -> Any:
        raise ValueRefused(raw, _("nothing: this field is computed from others"))

    def plain(self, value: Any) -> Any:
        return self.result.plain(value)

    def show(self, value: Any, showing: Showing) -> str:
        return self.result.show(value, showing)

    def cell(self, value: Any, showing: Showing) -> Any:
        return self.result.cell(value, showing)

    def tokens(self, value: Any, showing: Showing) -> set[str]:
        return set()

    def schema(self) -> dict[str, Any]:
        return {**self.result.schema(), "readOnly": True}

    def options(self) -> dict[str, Any]:
        return {"formula": self.formula, "result": {"kind": self.result.code, **self.result.options()}}

    def compute(self, values: Mapping[str, Any]) -> Any:
        """The value for a record of `values`; None when it cannot be computed (a part is missing, a division by zero)."""
        from crm.expression import evaluate

        return evaluate(self.formula, values)
