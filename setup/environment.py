"""The virtual environment in .venv, filled from the hash-pinned lock; the project itself is seen in it by a .pth file.

(No editable install: that would need a build tool from outside the lock on every machine.)
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from config.places import PROJECT
from setup.shell import run
from setup.stamps import fingerprint, is_fresh, leave

VENV = PROJECT / ".venv"
OWN_CODE = ("agents", "commands", "config", "crm", "departments", "ivr", "recordings", "switchboard", "web", "daemon.py", "rescue.py")
LOCKS = {"run": PROJECT / "requirements.txt", "test": PROJECT / "requirements-dev.txt"}

COMMAND = """#!{python}
import sys

from commands.main import main

if __name__ == "__main__":
    sys.exit(main())
"""

Say = Callable[[str], None]


def install(say: Say, goal: str) -> str:
    """Make .venv hold what the lock of `goal` lists; the test lock contains the run lock."""
    for enough in ("run", "test"):
        if (enough == goal or goal == "run") and is_fresh(_stamp(enough), _wanted(enough)):
            _link_project()
            _compile()
            return "up to date"
    uv = shutil.which("uv")
    if not (VENV / "bin/python").exists():
        say(f"making .venv with Python {sys.version.split()[0]}")
        cure = f"Remove {VENV} and run again; without uv, python3-venv must be installed."
        run([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)] if uv else [sys.executable, "-m", "venv", str(VENV)], cure=cure)
    say(f"installing Python packages with {'uv' if uv else 'pip'}")
    cure = "Check the network and run again; what has arrived is kept."
    lock = str(LOCKS[goal])
    if uv:
        run(
            [uv, "pip", "install", "--quiet", "--python", str(VENV / "bin/python"), "--compile-bytecode", "--require-hashes", "-r", lock],
            cure=cure,
        )
    else:
        run([str(VENV / "bin/python"), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock], cure=cure)
    _link_project()
    _compile()
    leave(_stamp(goal), _wanted(goal))
    return "installed"


def _stamp(goal: str) -> Path:
    return VENV / f".installed-{goal}"


def _wanted(goal: str) -> str:
    return fingerprint([LOCKS[goal]], sys.version, "compiled")


def _compile() -> None:
    """Compile what changed of our own code: a start without that takes two seconds longer wherever Python may not write (or is told not to)."""
    if not os.access(PROJECT, os.W_OK):
        return
    run(
        [str(VENV / "bin/python"), "-m", "compileall", "-q", *(str(PROJECT / name) for name in OWN_CODE)],
        cure="The file that is named cannot be compiled; get it anew with git.",
    )


def _link_project() -> None:
    """Make the project importable in .venv, and `switchboard` a command there."""
    for packages in VENV.glob("lib/python3.*/site-packages"):
        _write(packages / "switchboard-project.pth", f"{PROJECT}\n")
    command = VENV / "bin/switchboard"
    _write(command, COMMAND.format(python=VENV / "bin/python"))
    command.chmod(0o755)


def _write(file: Path, text: str) -> None:
    if not file.exists() or file.read_text() != text:
        file.write_text(text)
