"""`switchboard bench`: measures this machine against the floors; the same as `make bench`. Needs the source tree."""

from __future__ import annotations

import argparse
import subprocess
import sys

from config.errors import Refusal
from config.places import PROJECT
from config.translations import _

SUMMARY = _("measure this machine; the results go to docs/benchmarks.md")


class NoSourceTree(Refusal):
    """Benchmarks live beside the tests, which are not installed."""

    code = "no_source_tree"
    sentence = _("Benchmarks need the source tree with its tests; {folder} has none.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which ones."""
    parser.add_argument("names", nargs="*", help="ivr pop paint lookup consoles soak start")


def run(arguments: argparse.Namespace) -> int:
    """Run the benchmarks as a program of their own."""
    if not (PROJECT / "tests/load").is_dir():
        raise NoSourceTree(folder=PROJECT)
    return subprocess.call([sys.executable, "-m", "tests.load", *arguments.names], cwd=PROJECT)
