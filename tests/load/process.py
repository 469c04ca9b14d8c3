"""Looking at the product's processes from outside: memory, files, by /proc."""

from __future__ import annotations

from pathlib import Path


def child_named(parent: int, word: str) -> int:
    """The process id of the child of `parent` whose command line has `word`; 0 when there is none."""
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
            command = (status.parent / "cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            continue
        if lines.get("PPid") == str(parent) and word.encode() in command:
            return int(status.parent.name)
    return 0


def resident_bytes(pid: int) -> int:
    """Resident memory of a process."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def open_files(pid: int) -> int:
    """How many file descriptors a process holds."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
