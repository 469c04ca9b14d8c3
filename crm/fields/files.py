"""Files and pictures: the id of an attachment, which was uploaded and checked by its content before."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import frozen

from config.translations import _
from crm.fields.kind import PRESENT, Kind, Reading, Showing, ValueRefused, nothing


@frozen(kw_only=True)
class File(Kind):
    """Any file, by the id of its attachment."""

    code: ClassVar[str] = "file"
    title: ClassVar[str] = _("File")
    storage: ClassVar[str] = "integer"
    widget: ClassVar[str] = "file"
    operators: ClassVar[tuple[str, ...]] = PRESENT
    orders: ClassVar[bool] = False

    def read(self, raw: Any, reading: Reading) -> int | None:
        if nothing(raw):
            return None
        text = str(raw).strip()
        if isinstance(raw, bool) or not (text.isascii() and text.isdigit() and 0 < int(text) < 2**63):
            raise ValueRefused(raw, _("an uploaded file"))
        return int(text)

    def show(self, value: Any, showing: Showing) -> str:
        return "" if value is None else showing.title("attachment", value, f"#{value}")

    def typed(self, value: Any, showing: Showing) -> str:
        return "" if value is None else str(value)

    def tokens(self, value: Any, showing: Showing) -> set[str]:
        return set()

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "description": "id of an attachment"}


@frozen(kw_only=True)
class Picture(File):
    """A picture; its content must be one."""

    code: ClassVar[str] = "picture"
    title: ClassVar[str] = _("Picture")
    widget: ClassVar[str] = "picture"
