"""`switchboard check`: whether settings and call flows are good, without starting anything."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from config.places import PROJECT
from config.translations import _, translate

if TYPE_CHECKING:
    from ivr.flow import FlowSet

SUMMARY = _("check the settings and the call flows without starting anything")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the flows are."""
    parser.add_argument("flows", nargs="?", type=Path, help="folder of call flows (default: flows in the data directory, else the demo's)")
    parser.add_argument("--try", dest="number", metavar="NUMBER", help="try a call to this number, without a telephone")
    parser.add_argument("--keys", default="", help='what the caller presses, such as "1", "9 - 2" (- is silence, ! hangs up)')


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
    if arguments.number:
        return _try(loaded.flows, arguments.number, arguments.keys, arguments.language)
    print(
        translate(
            arguments.language,
            _("Settings are good; {count} call flows in {folder} are good."),
            count=len(loaded.flows.flows),
            folder=folder,
        )
    )
    return 0


def _try(flows: FlowSet, number: str, keys: str, language: str) -> int:
    """What a caller of `number` who presses `keys` goes through now, line by line; every queue answers."""
    from config.loops import LOOP, install_reactor
    from ivr.nodes.queue import Queue
    from ivr.simulator import simulate

    install_reactor()
    queues = frozenset(node.queue for flow in flows.flows.values() for node in flow.nodes.values() if isinstance(node, Queue))
    for happening in LOOP.run_until_complete(simulate(flows, number, keys, at=time.time(), queues=queues)):
        print(happening.text(language))
    return 0
