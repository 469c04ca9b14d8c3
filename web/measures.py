"""The text that Prometheus reads (exposition format 0.0.4). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from attrs import frozen

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PAGE_BYTES = 4096


@frozen
class Measure:
    """One metric: `kind` "gauge" | "counter", and its values by label values (the empty label for a plain one)."""

    name: str
    kind: str
    says: str
    values: Mapping[tuple[tuple[str, str], ...], float]


def plain(name: str, kind: str, says: str, value: float) -> Measure:
    """A metric without labels."""
    return Measure(name, kind, says, {(): value})


def exposition(measures: Iterable[Measure]) -> str:
    """All metrics as text."""
    lines: list[str] = []
    for one in measures:
        lines += [f"# HELP {one.name} {one.says}", f"# TYPE {one.name} {one.kind}"]
        lines += [f"{one.name}{_labels(labels)} {value:g}" for labels, value in one.values.items()]
    return "\n".join(lines) + "\n"


def _labels(labels: tuple[tuple[str, str], ...]) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels) + "}" if labels else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def resident_bytes() -> int:
    """This process's memory (Linux); 0 where that cannot be read."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES
    except (OSError, ValueError, IndexError):
        return 0
