"""The browser's pure modules keep their promises (tests/browser/modules.test.mjs), and all modules are typed right."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "web"


def test_pure_modules_keep_their_promises() -> None:
    """Numbers, durations, follow-ups in one line, and the truth made of a snapshot and its events are right."""
    environment = {**os.environ, "TZ": "Asia/Tehran", "NODE_NO_WARNINGS": "1"}
    done = subprocess.run(
        ["node", "--test", str(HERE / "modules.test.mjs")], env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_modules_are_typed_right() -> None:
    """The types written beside the modules hold (TypeScript's checker, without compiling anything)."""
    done = subprocess.run(
        [str(WEB / "node_modules/.bin/tsc"), "--project", str(WEB / "jsconfig.json")],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout
