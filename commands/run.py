"""`switchboard run`: Asterisk and the daemon, in the foreground."""

from __future__ import annotations

import argparse

from config.translations import _

SUMMARY = _("start Asterisk and the daemon and keep them running, in the foreground")


def run(_arguments: argparse.Namespace) -> int:
    """Run until Ctrl-C."""
    import rescue
    from config.settings import Settings

    return rescue.main(Settings.load())
