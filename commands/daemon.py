"""`switchboard daemon`: the daemon alone, as rescue.py starts it (and `twistd -ny twistd.tac` would)."""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import sys

from config.errors import Refusal
from config.translations import _

SUMMARY = _("the daemon alone, without Asterisk and without anybody to restart it")

PR_SET_PDEATHSIG = 1

REFUSED = 78
"""Exit status when a restart would not help (EX_CONFIG of sysexits.h); rescue.py knows it."""


def run(arguments: argparse.Namespace) -> int:
    """Run the daemon until SIGTERM or Ctrl-C; 78 and a sentence when it cannot start."""
    from config.loops import install_reactor

    _end_with_rescue()
    install_reactor()

    from twisted.internet import reactor

    from config.settings import Settings
    from daemon import make_service

    try:
        service = make_service(Settings.load())
    except Refusal as refusal:
        return _refused(refusal, arguments.language)
    service.privilegedStartService()  # type: ignore[no-untyped-call]  # untyped in Twisted
    service.startService()
    reactor.addSystemEventTrigger("before", "shutdown", service.stopService)
    reactor.run()
    later: Refusal | None = getattr(service, "refusal", None)  # what stopped the start after the loop began to turn
    if later:
        return _refused(later, arguments.language)
    return 1 if getattr(service, "broken", False) else 0


def _refused(refusal: Refusal, language: str) -> int:
    print(refusal.text(language), file=sys.stderr)
    return REFUSED


def _end_with_rescue() -> None:
    """Get a SIGTERM when the rescue process that started us is gone, even by SIGKILL (Linux prctl); nobody keeps us then."""
    rescue = os.environ.get("SWITCHBOARD_RESCUE")
    if rescue is None:
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(rescue):  # it went before we asked
        sys.exit(0)
