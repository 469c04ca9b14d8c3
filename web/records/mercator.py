"""The plane of the map: Web Mercator as tiles have it, the world 65,536 units wide; and a rough Iran to draw points on when there are no tiles. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from attrs import frozen

from config.translations import _

WORLD = 65_536
FURTHEST = 85.0
"""Degrees of latitude; further ones are not on the map."""
LEAST = 40.0
"""Units that a view is at least wide: about a quarter of a degree."""

IRAN = (
    (44.4, 39.7), (44.8, 39.65), (45.45, 39.0), (46.15, 38.85), (46.55, 38.88), (47.1, 39.2), (47.8, 39.65), (48.35, 39.4), (48.0, 38.8), (48.88, 38.44),
    (48.9, 37.9), (49.2, 37.55), (50.1, 37.4), (50.8, 36.87), (51.6, 36.6), (52.5, 36.72), (53.9, 36.95), (53.9, 37.35), (54.8, 37.45), (55.5, 38.0),
    (56.3, 38.1), (57.3, 38.2), (58.4, 37.65), (59.3, 37.5), (60.3, 36.65), (61.15, 36.6), (61.2, 35.6), (60.9, 34.3), (60.55, 33.7), (60.9, 32.9),
    (60.8, 31.5), (61.7, 31.4), (61.8, 30.9), (60.87, 29.85), (61.8, 28.7), (62.75, 28.2), (62.8, 27.3), (63.2, 27.2), (63.3, 26.7), (61.85, 26.2),
    (61.6, 25.2), (60.4, 25.35), (59.0, 25.4), (57.4, 25.75), (57.0, 26.95), (56.3, 27.15), (54.8, 26.5), (53.6, 26.75), (52.6, 27.45), (51.5, 27.9),
    (51.1, 28.8), (50.2, 30.05), (49.1, 30.45), (48.55, 29.95), (48.0, 30.5), (48.0, 31.0), (47.7, 31.0), (47.85, 31.7), (47.35, 32.45), (46.1, 33.0),
    (45.4, 33.95), (45.65, 34.75), (46.15, 35.1), (46.05, 35.7), (45.4, 36.0), (44.8, 37.15), (44.6, 37.75), (44.4, 38.3), (44.05, 39.3),
)  # fmt: skip
"""Longitudes and latitudes of the border, as roughly as a small map needs."""

TOWNS = (
    (_("Tehran"), 35.69, 51.39), (_("Mashhad"), 36.30, 59.60), (_("Isfahan"), 32.65, 51.67), (_("Shiraz"), 29.59, 52.58), (_("Tabriz"), 38.08, 46.29),
    (_("Ahvaz"), 31.32, 48.67), (_("Kerman"), 30.28, 57.08), (_("Rasht"), 37.28, 49.58), (_("Bandar Abbas"), 27.18, 56.28), (_("Zahedan"), 29.50, 60.86),
    (_("Kermanshah"), 34.31, 47.07), (_("Yazd"), 31.90, 54.37),
)  # fmt: skip


@frozen
class View:
    """A part of the plane: left, top, width, height."""

    x: float
    y: float
    width: float
    height: float

    def box(self) -> str:
        """As SVG's viewBox."""
        return f"{self.x:.2f} {self.y:.2f} {self.width:.2f} {self.height:.2f}"


def placed(latitude: float, longitude: float) -> tuple[float, float]:
    """Where a point lies on the plane."""
    turned = math.radians(min(max(latitude, -FURTHEST), FURTHEST))
    x = (longitude + 180) / 360 * WORLD
    y = (1 - math.asinh(math.tan(turned)) / math.pi) / 2 * WORLD
    return round(x, 2), round(y, 2)


def around(points: Iterable[tuple[float, float]]) -> View:
    """The part of the plane that shows all points, with some room; all of Iran when there are none."""
    found = list(points) or [placed(latitude, longitude) for longitude, latitude in IRAN]
    left, right = min(x for x, _y in found), max(x for x, _y in found)
    top, bottom = min(y for _x, y in found), max(y for _x, y in found)
    room = max(right - left, bottom - top, LEAST) * 0.1
    width, height = max(right - left, LEAST) + 2 * room, max(bottom - top, LEAST) + 2 * room
    return View((left + right - width) / 2, (top + bottom - height) / 2, width, height)


def outline() -> str:
    """Iran as an SVG path."""
    return "M" + "L".join(f"{x} {y}" for x, y in (placed(latitude, longitude) for longitude, latitude in IRAN)) + "Z"


def grid(step: int = 10) -> Sequence[str]:
    """The degrees as SVG paths."""
    across = [f"M0 {placed(latitude, 0)[1]}H{WORLD}" for latitude in range(-80, 81, step)]
    return [*across, *(f"M{placed(0, longitude)[0]} 0V{WORLD}" for longitude in range(-180, 181, step))]
