"""The Debian or Ubuntu packages that Switchboard needs, recognised by the programs they bring."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from setup.shell import Stopped, as_root, run

ACCOUNT = "switchboard"

FOR_RUN = {"espeak-ng": "espeak-ng", "ffmpeg": "ffmpeg", "node": "nodejs", "npm": "npm", "dpkg-deb": "dpkg", "apt-get": "apt"}
FOR_TEST = {"chromium": "chromium", "sipp": "sip-tester", "baresip": "baresip-core", "sox": "sox", "postgres": "postgresql"}
"""Program → the package that brings it."""

Say = Callable[[str], None]


def missing(goal: str) -> list[str]:
    """The packages that are still to be installed for `goal` ("run", "test")."""
    wanted = FOR_RUN | (FOR_TEST if goal == "test" else {})
    packages = [package for program, package in wanted.items() if not _found(program)]
    if not shutil.which("uv") and importlib.util.find_spec("ensurepip") is None:
        packages.append("python3-venv")
    return packages


def install(say: Say, goal: str) -> str:
    """Install what is missing, as root or through sudo; else stop with the one line that does it."""
    make_account()
    packages = missing(goal)
    if not packages:
        return "all there"
    if not shutil.which("apt-get"):
        raise Stopped(
            f"These programs are missing and this is not a Debian or Ubuntu machine: {', '.join(packages)}. Install them with your own package tool and run again."
        )
    line = f"apt-get update && apt-get install --no-install-recommends {' '.join(packages)}"
    apt = as_root(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
    if apt is None:
        raise Stopped(f"Some packages are missing and this account cannot install them. As root, run: {line}")
    say(f"installing {' '.join(packages)}")
    cure = f"Try it by hand as root: {line}"
    run([*apt, "--quiet=2", "update"], cure=cure)
    run([*apt, "--quiet=2", "--yes", "install", "--no-install-recommends", *packages], cure=cure)
    if left := missing(goal):
        raise Stopped(
            f"The packages were installed but these are still not found: {' '.join(left)}. Check PATH ({os.environ.get('PATH', '')})."
        )
    return f"installed {' '.join(packages)}"


def make_account() -> None:
    """The system account that Asterisk runs as when root starts the product; nothing when we are not root."""
    if os.getuid() != 0 or not shutil.which("useradd") or _known(ACCOUNT):
        return
    run(
        ["useradd", "--system", "--user-group", "--home-dir", "/nonexistent", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT],
        cure="Asterisk would run as nobody.",
    )


def _found(program: str) -> bool:
    """Whether it is in PATH, or where Debian keeps PostgreSQL's programs."""
    return shutil.which(program) is not None or any(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))


def _known(account: str) -> bool:
    command: Sequence[str] = ("getent", "passwd", account)
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
