"""The daemon's tie to the process that watches it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.phones.baresip import until

ROOT = Path(__file__).resolve().parents[2]

CHILD = "from commands.daemon import _end_with_rescue; import signal; _end_with_rescue(); print('tied', flush=True); signal.pause()"
PARENT = f"""
import os, subprocess, sys, signal
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}], env={{**os.environ, "SWITCHBOARD_RESCUE": str(os.getpid())}}, start_new_session=True)
print(child.pid, flush=True)
signal.pause()
"""


def test_a_killed_watcher_takes_the_daemon_with_it():
    """No daemon is left that nobody watches: the next `switchboard run` would meet it at its ports."""
    watcher = subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert watcher.stdout
    said = {watcher.stdout.readline().strip(), watcher.stdout.readline().strip()}
    assert "tied" in said
    child = Path("/proc") / (said - {"tied"}).pop()
    assert child.exists()
    watcher.kill()
    watcher.wait()
    watcher.stdout.close()
    until(lambda: not child.exists(), "the daemon ends")


def test_a_daemon_whose_watcher_went_before_it_could_ask_ends_at_once():
    """The gap between being started and asking to be told is closed."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD], cwd=ROOT, env={"PATH": "/usr/bin:/bin", "SWITCHBOARD_RESCUE": "1"}, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0
    assert "tied" not in done.stdout
