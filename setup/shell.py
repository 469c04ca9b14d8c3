"""Running other programs during set-up, and saying plainly what stopped it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class Stopped(Exception):
    """Set-up cannot go on: one sentence with what is wrong and how to cure it."""


def run(
    command: Sequence[str], *, cure: str, cwd: Path | None = None, environ: Mapping[str, str] | None = None, log: Path | None = None
) -> str:
    """Run `command` and give its output; when it fails, stop with its last lines and the `cure`.

    The output goes to `log` as well when given.
    """
    try:
        done = subprocess.run(
            list(command), cwd=cwd, env={**os.environ, **(environ or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, text=True, errors="replace", check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise Stopped(f"The program {command[0]} is not here. {cure}") from None
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(done.stdout)
    if done.returncode:
        lines = done.stdout.strip().splitlines()
        last = "\n".join(f"    {line[:300]}" for line in (lines if len(lines) <= 12 else [*lines[:6], "…", *lines[-6:]]))
        raise Stopped(f"`{' '.join(command[:4])} …` failed ({done.returncode}):\n{last}\n  {cure}")
    return done.stdout


def as_root(command: Sequence[str]) -> list[str] | None:
    """`command` with the rights of root: as it is, or through sudo; None when there is no way.

    A sudo that asks for a password is used only where somebody sits at a terminal to type it.
    """
    if os.getuid() == 0:
        return list(command)
    if not shutil.which("sudo"):
        return None
    silent = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    if silent:
        return ["sudo", "-n", *command]
    return ["sudo", *command] if os.isatty(0) else None
