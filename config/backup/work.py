"""A process of its own for one job on the back-ups, niced: `python -m config.backup.work make manual`, started by the daemon.

It writes lines of JSON: {"phase", "done", "total"} while it works, and at last {"result": …} or {"refusal": {"code", "text": {language: sentence}}}.
SIGTERM ends it at the next piece; nothing half is left.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Sequence
from typing import Any

from attrs import asdict

from config.backup.jobs import Jobs
from config.backup.making import Telling
from config.backup.pace import Paced, be_gentle, go_apart
from config.errors import Refusal
from config.settings import Settings
from config.translations import LANGUAGES, _

TELL_SECONDS = 0.2
BY_ITSELF = (["add"], ["make", "schedule"], ["make", "journal"], ["make", "bench"])
"""What nobody waits for."""


class Stopped(Refusal):
    """Somebody asked it to stop."""

    code = "backup_stopped"
    status = 409
    sentence = _("The back-up was stopped. What was there before is whole.")


class LineTelling:
    """Tells how far the job is on standard output, a few times a second."""

    def __init__(self) -> None:
        self._told = 0.0
        self._phase = ""
        self.stopped = False

    def __call__(self, phase: str, done: int, total: int) -> None:
        if self.stopped:
            raise Stopped
        now = time.monotonic()
        if phase != self._phase or now - self._told >= TELL_SECONDS:
            self._phase, self._told = phase, now
            say({"phase": phase, "done": done, "total": total})


def say(line: dict[str, Any]) -> None:
    """One line for the daemon."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Do one job: `make REASON`, `add`, `verify NAME`, `delete NAME`, `forget COPY`, `package NAME` or `restore NAME PLACE [MOMENT]`."""
    awaited = list(arguments) not in BY_ITSELF
    go_apart()
    be_gentle(awaited=awaited)
    telling = LineTelling()
    signal.signal(signal.SIGTERM, lambda _number, _frame: setattr(telling, "stopped", True))
    try:
        say({"result": do(Jobs(Settings.load()), Paced(telling, awaited=awaited), *arguments)})
    except Refusal as refusal:
        say({"refusal": {"code": refusal.code, "text": {language: refusal.text(language) for language in LANGUAGES}}})
        return 1
    return 0


def do(jobs: Jobs, telling: Telling, name: str, argument: str = "", place: str = "", moment: str = "") -> dict[str, Any]:
    """What came of it, as plain values."""
    at = time.time()
    if name == "make":
        made = jobs.make(at, argument or "manual", telling)
        return {"set": made.set.id, "proof": asdict(made.proof) if made.proof else None}
    if name == "add":
        return {"files": jobs.add(at, telling)}
    if name == "verify":
        one, proof = jobs.verify(argument, at, telling)
        return {"set": one.id, "proof": asdict(proof)}
    if name == "delete":
        jobs.delete(argument)
        return {"set": argument}
    if name == "forget":
        jobs.forget(argument, telling)
        return {"copy": argument}
    if name == "package":
        return {"set": argument, "file": jobs.package(argument, telling).name}
    if name == "restore":
        copy = jobs.restore(argument, float(moment) if moment else None, place, at, telling)
        return {**asdict(copy), "place": str(copy.place)}
    raise ValueError(name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
