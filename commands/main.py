"""The `switchboard` command: each file of this folder with a `SUMMARY` and a `run` is a command of its own.

SUMMARY = _("…")                      # one line for --help
def add_arguments(parser): …          # argparse, optional
def run(arguments) -> int: …          # exit status
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from config.errors import Refusal
from config.language import terminal_language
from config.translations import _, translate


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` name; a refusal is one sentence and status 1."""
    if arguments is None:
        os.umask(0o077)  # what is kept is for this account; Asterisk's account is let in where it must be
    words = list(sys.argv[1:] if arguments is None else arguments)
    language = terminal_language()
    chosen = words[0] if words and words[0] in names() else None
    parser = _parser(language, [chosen] if chosen else names())
    if not words:
        parser.print_help()
        return 0
    given = parser.parse_args(words)
    try:
        return int(given.run(given))
    except Refusal as refusal:
        print(refusal.once(language), file=sys.stderr)
        return 1
    except PermissionError as error:
        print(
            translate(
                language,
                _("This account may not use {path}. Run as the account that owns it, or choose another directory with SWITCHBOARD_HOME."),
                path=error.filename,
            ),
            file=sys.stderr,
        )
        return 1
    except BrokenPipeError:
        return 0
    except OSError as error:
        why = translate(language, _("{path} cannot be used: {why}."), path=error.filename or "–", why=error.strerror or str(error))
        print(why, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def names() -> list[str]:
    """Every command, found by its file."""
    return sorted(
        name.replace("_", "-") for _finder, name, _package in pkgutil.iter_modules([str(Path(__file__).parent)]) if name != "main"
    )


def _parser(language: str, commands: Sequence[str]) -> argparse.ArgumentParser:
    say = translate
    parser = argparse.ArgumentParser(
        prog="switchboard",
        description=say(language, _("A contact center by telephone: callers, agents and customer records meet here.")),
        epilog=say(
            language, _("`switchboard COMMAND --help` says more about one. Everything is kept in SWITCHBOARD_HOME (default ./var).")
        ),
    )
    choices = parser.add_subparsers(title=say(language, _("commands")), metavar=say(language, _("COMMAND")), required=True)
    for name in commands:
        module = _load(name)
        summary = say(language, module.SUMMARY)
        one = choices.add_parser(name, help=summary, description=summary)
        one.set_defaults(run=module.run, language=language)
        if hasattr(module, "add_arguments"):
            module.add_arguments(one)
    return parser


def _load(name: str) -> ModuleType:
    return importlib.import_module(f"commands.{name.replace('-', '_')}")


if __name__ == "__main__":
    sys.exit(main())
