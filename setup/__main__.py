"""Set-up, step by step: `python3 -m setup run` or `python3 -m setup test`.

Needs nothing but Python's standard library; every step is skipped when done and begins again where it was interrupted.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from functools import partial

if sys.version_info < (3, 11):  # noqa: UP036 — run by whatever python3 the machine has
    sys.exit(
        "Switchboard needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Install it and run: make PYTHON=python3.11 run"
    )

from setup import asterisk, bundle, debian, environment
from setup.shell import Stopped

Say = Callable[[str], None]


def _say(head: str, doing: str) -> None:
    print(f"{head}: {doing} …", flush=True)


def main(goal: str) -> int:
    """Take every step towards `goal`; 0 when all is there, 1 with one sentence when not."""
    os.umask(0o022)  # an unprivileged account must be able to read what root sets up
    steps: list[tuple[str, Callable[[Say], str]]] = [
        ("packages", lambda say: debian.install(say, goal)),
        ("Asterisk", asterisk.install),
        ("Python environment", lambda say: environment.install(say, goal)),
        ("browser bundle", bundle.build),
    ]
    for number, (name, step) in enumerate(steps, 1):
        began = time.monotonic()
        head = f"[{number}/{len(steps)}] {name}"
        try:
            outcome = step(partial(_say, head))
        except Stopped as stopped:
            print(f"{head}: stopped.\n  {stopped}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print(f"\n{head}: interrupted. Run again to go on.", file=sys.stderr)
            return 130
        print(f"{head}: {outcome} ({time.monotonic() - began:.1f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
