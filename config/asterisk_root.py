"""Finding an Asterisk that can be started: the distribution's, or a private root unpacked by set-up.

A private root is a tree of unpacked Debian packages that runs in place through its own dynamic loader, so it needs
neither root rights nor any library of the machine. Standard library only: set-up uses this as well.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.places import asterisk_folders

DISTRIBUTION = Path("/usr/sbin/asterisk")
MINIMUM = 22
"""REST over the ARI websocket came with Asterisk 22."""


@dataclass(frozen=True)
class AsteriskRoot:
    """An Asterisk installation: how to start it and where its read-only parts are."""

    command: tuple[str, ...]
    modules: Path
    data: Path
    """astdatadir: documentation/, sounds/, keys/ …"""

    def version(self) -> str:
        """What `-V` says, such as "22.10.1"; empty when it cannot be started."""
        try:
            said = subprocess.run([*self.command, "-V"], capture_output=True, text=True, timeout=20, check=False).stdout
        except OSError:
            return ""
        found = re.search(r"Asterisk (\d+(?:\.\d+)*)", said)
        return found[1] if found else ""


def major(version: str) -> int:
    """The leading number of a version: "22.10.1~dfsg" → 22, "" → 0."""
    found = re.search(r"\d+", version)
    return int(found[0]) if found else 0


def private_root(folder: Path) -> AsteriskRoot | None:
    """The unpacked root in `folder`, or None when there is none (or only part of one)."""
    loaders = sorted(folder.glob("root/usr/lib/*/ld-linux*.so.*"))
    binary = folder / "root/usr/sbin/asterisk"
    if not loaders or not binary.exists() or not (folder / "complete").exists():
        return None
    libraries = loaders[0].parent
    path = ":".join(str(one) for one in (libraries, libraries / "pulseaudio", libraries / "blas", libraries / "lapack"))
    return AsteriskRoot(
        command=(str(loaders[0]), "--library-path", path, str(binary)),
        modules=libraries / "asterisk/modules",
        data=folder / "root/usr/share/asterisk",
    )


def system_root(executable: Path) -> AsteriskRoot | None:
    """An Asterisk installed in the machine's own folders, or None when `executable` is not there."""
    if not executable.exists():
        return None
    modules = next(iter(sorted(Path("/usr/lib").glob("*/asterisk/modules"))), Path("/usr/lib/asterisk/modules"))
    if executable.is_relative_to("/usr/local"):
        modules = Path("/usr/local/lib/asterisk/modules")
    data = next(
        (one for one in (Path("/usr/share/asterisk"), Path("/var/lib/asterisk")) if (one / "documentation").exists()),
        Path("/usr/share/asterisk"),
    )
    return AsteriskRoot(command=(str(executable),), modules=modules, data=data)


def candidates(executable: Path | None, environ: Mapping[str, str] = os.environ) -> Iterable[AsteriskRoot]:
    """Every Asterisk that is there, the first choice first; only `executable` when one is named."""
    roots = [system_root(executable)] if executable else [system_root(DISTRIBUTION), *map(private_root, asterisk_folders(environ))]
    return [root for root in roots if root]


def find_asterisk(
    executable: Path | None, minimum: int = MINIMUM, environ: Mapping[str, str] = os.environ
) -> tuple[AsteriskRoot | None, str]:
    """The first Asterisk that is new enough, and its version.

    (None, "") when there is none at all; (None, version) when only one that is too old was found.
    """
    newest = ""
    for root in candidates(executable, environ):
        version = root.version()
        if major(version) >= minimum:
            return root, version
        newest = max(newest, version, key=major)
    return None, newest
