"""Which language the person at the terminal reads."""

from __future__ import annotations

import os
from collections.abc import Mapping


def terminal_language(environ: Mapping[str, str] = os.environ) -> str:
    """The terminal's language: "fa" when the locale says Persian, else "en" (POSIX order: LC_ALL, LC_MESSAGES, LANG)."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return "fa" if value.lower().startswith("fa") else "en"
    return "en"
