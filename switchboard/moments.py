"""Moments as the API and the call's path show them."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(at: float) -> str:
    """UTC epoch seconds as ISO-8601 with milliseconds: "2026-01-31T08:15:00.250Z"."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_or_none(at: float) -> str | None:
    """The same, None for 0.0 (not yet)."""
    return iso(at) if at else None
