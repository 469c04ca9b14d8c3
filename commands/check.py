"""`switchboard check`: whether settings and call flows are good, without starting anything."""

from __future__ import annotations

import argparse
from pathlib import Path

from config.places import PROJECT
from config.translations import _, translate

SUMMARY = _("check the settings and the call flows without starting anything")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the flows are."""
    parser.add_argument("flows", nargs="?", type=Path, help="folder of call flows (default: flows in the data directory, else the demo's)")


def run(arguments: argparse.Namespace) -> int:
    """Print every problem with file, line, node and cure; status 1 when there is one. Broken settings are refused by `main`."""
    from config.settings import Settings
    from ivr.folder import load_flows

    settings = Settings.load()
    own = settings.home / "flows"
    folder = arguments.flows or (own if own.is_dir() else PROJECT / "config/flows")
    loaded = load_flows(folder)
    for problem in loaded.problems:
        print(problem.text(arguments.language))
    if loaded.problems:
        return 1
    print(
        translate(
            arguments.language,
            _("Settings are good; {count} call flows in {folder} are good."),
            count=len(loaded.flows.flows),
            folder=folder,
        )
    )
    return 0
