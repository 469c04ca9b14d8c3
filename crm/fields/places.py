"""A point on the map."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from attrs import frozen

from config.persian.digits import to_ascii
from config.translations import _
from crm.fields.kind import PRESENT, Kind, Reading, Showing, ValueRefused, clean, nothing

_PAIR = re.compile(r"(?:geo:|.*[@=])?\s*(-?\d{1,3}(?:\.\d+)?)\s*[,،;\s]\s*(-?\d{1,3}(?:\.\d+)?)(?:[,;?/z].*)?", re.DOTALL)


@frozen(kw_only=True)
class MapPoint(Kind):
    """Latitude and longitude (WGS 84) as "35.70000,51.40000"; typed like that, as geo:… (RFC 5870) or pasted from a map's address."""

    code: ClassVar[str] = "map_point"
    title: ClassVar[str] = _("Point on the map")
    widget: ClassVar[str] = "map_point"
    operators: ClassVar[tuple[str, ...]] = PRESENT
    orders: ClassVar[bool] = False

    def read(self, raw: Any, reading: Reading) -> str | None:
        if nothing(raw):
            return None
        if isinstance(raw, dict):
            raw = f"{raw.get('lat')},{raw.get('lon')}"
        found = _PAIR.fullmatch(to_ascii(clean(raw, 300)).replace("٫", "."))
        latitude, longitude = (float(found[1]), float(found[2])) if found else (999.0, 999.0)
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise ValueRefused(raw, _("a latitude and a longitude such as 35.6997, 51.3380"))
        return f"{latitude:.5f},{longitude:.5f}"

    def plain(self, value: Any) -> Any:
        if not value:
            return None
        latitude, longitude = value.split(",")
        return {"lat": float(latitude), "lon": float(longitude)}

    def tokens(self, value: Any, showing: Showing) -> set[str]:
        return set()

    def schema(self) -> dict[str, Any]:
        number = {"type": "number"}
        return {"type": "object", "properties": {"lat": number, "lon": number}, "required": ["lat", "lon"]}
