"""The pace of a back-up: its place in the order of the processor and the disk, a rest after each step, and steps that the disk takes one at a time."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from config.backup.gentleness import LOOK_SECONDS, PRIVILEGED, Rung, beginning, ladder, moved
from config.backup.making import Telling

REST_SHARE, AWAITED_REST_SHARE = 3.0, 0.5
"""After each step it rests for this share of the time that the step took, so that calls find processor and disk free; a server's work rests with it."""

LONGEST_REST_SECONDS = 0.2
CAP_SYS_NICE = 23
"""capabilities(7)"""

SLICE_NS = 100_000
"""Who wakes up waits no longer than this for it; the shortest that the kernel takes, from Linux 6.12 on (older ones take no wish)."""

SCHED_SETATTR = {"x86_64": 314, "aarch64": 274, "riscv64": 274}
"""The number of sched_setattr(2), for which the C library has no name before glibc 2.41."""


def be_gentle(*, awaited: bool = False) -> None:
    """Let calls go first: whoever else wants the processor gets it (sched(7)), and the disk as well (ionice(1)). `awaited`: somebody waits for it."""
    rungs = ladder(least_nice())
    take(rungs[beginning(rungs, awaited=awaited)])


def least_nice() -> int:
    """The best nice value that this process may give itself: any with CAP_SYS_NICE (root in a container has it seldom), else as RLIMIT_NICE says."""
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        may = next(int(line.split()[1], 16) for line in lines if line.startswith("CapEff:"))
        if may >> CAP_SYS_NICE & 1:
            return PRIVILEGED
    limit = resource.getrlimit(resource.RLIMIT_NICE)[0]
    return PRIVILEGED if limit == resource.RLIM_INFINITY else 20 - limit


def take(rung: Rung) -> None:
    """Go to this place, with every program that was started (pg_dump); where that is not allowed, stay."""
    everybody = processes()
    for one in everybody:
        if not _put(one, rung.nice):
            with suppress(OSError):
                os.sched_setscheduler(one, os.SCHED_BATCH, os.sched_param(0))
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, one, rung.nice)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(rung.nice))
    if ionice := shutil.which("ionice"):
        wanted = ("--class", "idle") if rung.disk_last else ("--class", "best-effort", "--classdata", "7")
        subprocess.run([ionice, *wanted, "--pid", *map(str, everybody)], check=False, capture_output=True)


def go_apart() -> None:
    """Begin a session of one's own; its terminal's Ctrl-C is not heard any more.

    The kernel divides the processor between sessions first (sched(7), "The autogroup feature"), so that a nice value says nothing to those of others, and Asterisk has one.
    """
    with suppress(PermissionError):  # it leads one already
        os.setsid()


class _Wish(ctypes.Structure):
    """What sched_setattr(2) takes: struct sched_attr."""

    _fields_ = (
        ("size", ctypes.c_uint32), ("policy", ctypes.c_uint32), ("flags", ctypes.c_uint64), ("nice", ctypes.c_int32), ("priority", ctypes.c_uint32),
        ("runtime", ctypes.c_uint64), ("deadline", ctypes.c_uint64), ("period", ctypes.c_uint64),
    )  # fmt: skip


def _put(process: int, nice: int) -> bool:
    """SCHED_BATCH, `nice` and short slices; whether the kernel could be asked, and did it."""
    if (number := SCHED_SETATTR.get(platform.machine())) is None:
        return False
    wish = _Wish(size=ctypes.sizeof(_Wish), policy=os.SCHED_BATCH, nice=nice, runtime=SLICE_NS)
    refused: int = ctypes.CDLL(None).syscall(number, process, ctypes.byref(wish), 0)
    return not refused


def processes() -> list[int]:
    """This one and those that it has started."""
    try:
        said = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    except OSError:  # a kernel without CONFIG_PROC_CHILDREN
        said = ""
    return [os.getpid(), *map(int, said.split())]


class Paced:
    """Hears how far a job is, tells it on, rests, and looks now and then whether the job gets on at all."""

    def __init__(self, telling: Telling, *, awaited: bool) -> None:
        self._telling = telling
        self._awaited = awaited
        self._rungs = ladder(least_nice())
        self._place = beginning(self._rungs, awaited=awaited)
        self._begun = self._looked = time.monotonic()
        self._used = used()

    def __call__(self, phase: str, done: int, total: int) -> None:
        self._telling(phase, done, total)
        now = time.monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._look(now)
        share = AWAITED_REST_SHARE if self._awaited else REST_SHARE
        time.sleep(min(LONGEST_REST_SECONDS, (now - self._begun) * share))  # it is the back-up's own process that rests
        self._begun = time.monotonic()

    def _look(self, now: float) -> None:
        before, self._used, self._looked = self._used, used(), now
        ran, waited = (max(0.0, now - then) for now, then in zip(self._used, before, strict=True))  # a program may have ended since
        place = moved(self._place, self._rungs, ran, waited, awaited=self._awaited)
        if place != self._place:
            self._place = place
            take(self._rungs[place])


def used() -> tuple[float, float]:
    """Seconds on the processor so far, and seconds waited for it (proc(5), schedstat); what the kernel does not count is nothing."""
    ran = waited = 0
    for one in processes():
        with suppress(OSError, ValueError):
            its_ran, its_waited, _turns = Path(f"/proc/{one}/schedstat").read_text().split()
            ran, waited = ran + int(its_ran), waited + int(its_waited)
    return ran / 1e9, waited / 1e9
