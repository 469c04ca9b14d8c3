"""`make bench`: every benchmark in turn; writes docs/benchmarks.md. `python -m tests.load pop ivr` runs some and only prints."""

from __future__ import annotations

import datetime as dt
import importlib
import json
import platform
import sys
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.json"
PAGE = RESULTS.with_suffix(".md")

MUST: dict[str, list[tuple[str, str]]] = {
    "ivr": [("ratio", "≥ 0.6"), ("our_calls_per_second", "≥ 60")],
    "pop": [("ratio_p50", "≤ 2.5"), ("ratio_p99", "≤ 3")],
    "paint": [("painted_after_ring_ms_p50", "≤ 0")],
    "lookup": [("ratio_p50", "≤ 3"), ("ratio_p99", "≤ 3")],
    "search": [
        ("sqlite_one_word_ms_p95", "≤ 30"),
        ("sqlite_two_words_ms_p95", "≤ 30"),
        ("postgresql_one_word_ms_p95", "≤ 60"),
        ("postgresql_two_words_ms_p95", "≤ 60"),
    ],
    "list": [
        (f"{base}_{name}_{what}", most)
        for base in ("sqlite", "postgresql")
        for name in ("first", "city", "status", "companies_newest", "deep")
        for what, most in (("ms_p95", "≤ 100"), ("ratio_p50", "≤ 4"))
    ],
    "customer": [(f"{base}_{name}_ms_p95", "≤ 150") for base in ("sqlite", "postgresql") for name in ("page", "calls", "middle")],
    "duplicates": [
        (f"{base}_{what}", most) for base in ("sqlite", "postgresql") for what, most in (("seconds", "≤ 300"), ("longest_stall_ms", "≤ 50"))
    ],
    "consoles": [("ratio", "≤ 0.5")],
    "soak": [("failed", "0"), ("calls_left", "0")],
    "exchange": [
        (f"{database}_{what}", must)
        for database in ("sqlite", "postgresql")
        for what, must in (
            ("import_rows_per_second", "≥ 1500"),
            ("export_rows_per_second", "≥ 3000"),
            ("pages_meanwhile_ms_p95", "≤ 250"),
            ("longest_stall_ms", "≤ 50"),
        )
    ],
    "backup": [("sqlite_ratio_p99", "≤ 1.5"), ("postgresql_ratio_p99", "≤ 1.5")],
    "start": [("memory_mb_with_100_calls", "≤ 200"), ("seconds_to_first_answer", "≤ 3")],
}
"""Benchmark → what its result must reach."""


def page(results: dict[str, dict[str, Any]]) -> str:
    """The results as a page for people."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Ratios are against a floor measured in the same run, since machines are noisy.",
        "",
    ]
    for name, must in MUST.items():
        if name not in results:
            continue
        result = results[name]
        module = importlib.import_module(f"tests.load.bench_{name}")
        lines += [f"## {name}", "", (module.__doc__ or "").strip(), "", f"Measured {result['_when']} on {result['_machine']}.", ""]
        lines += ["| what | measured | must reach |", "|---|---|---|"]
        wanted = dict(must)
        for key, value in result.items():
            if key.startswith("_") or isinstance(value, list):
                continue
            shown = f"{value:.3g}" if isinstance(value, float) else str(value)
            lines.append(f"| {key.replace('_', ' ')} | {shown} | {wanted.get(key, '')} |")
        lines.append("")
    return "\n".join(lines)


def main(names: list[str]) -> None:
    """Run the named benchmarks, or all; keep and show the results."""
    results: dict[str, dict[str, Any]] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in names or list(MUST):
        print(f"── {name} ──", flush=True)  # noqa: T201  # a program for people
        result = importlib.import_module(f"tests.load.bench_{name}").main()
        result["_when"] = dt.datetime.now(dt.UTC).date().isoformat()
        result["_machine"] = f"{platform.machine()}, {platform.python_version()}, 2 cores"
        print(json.dumps(result, indent=1), flush=True)  # noqa: T201  # as above
        results[name] = result
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
        PAGE.write_text(page(results))


if __name__ == "__main__":
    main(sys.argv[1:])
