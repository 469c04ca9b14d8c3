"""How far to the front a back-up pushes itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from config.backup import pace
from config.backup.gentleness import FIXED, LADDER, LOOK_SECONDS, PRIVILEGED, Rung, beginning, ladder, moved
from config.backup.pace import Paced, processes, used
from config.disk_steps import GONE_BYTES, melt, put_out
from tests.phones.baresip import until

BY_ITSELF, FOR_SOMEBODY = False, True


def climbed(ran: float, waited: float, looks: int, place: int = 0) -> int:
    """Where it stands after so many looks that all saw the same."""
    for _look in range(looks):
        place = moved(place, LADDER, ran, waited, awaited=BY_ITSELF)
    return place


def test_a_scheduled_backup_begins_behind_everybody() -> None:
    """Nobody waits for it, also not for the disk; for one that somebody has asked for, somebody does."""
    assert LADDER[beginning(LADDER, awaited=BY_ITSELF)] == Rung(nice=19, disk_last=True)
    assert LADDER[beginning(LADDER, awaited=FOR_SOMEBODY)] == Rung(nice=19)


def test_on_a_machine_that_is_never_idle_it_goes_forward_until_it_gets_on() -> None:
    """Linux gives nice 19 1.5 % beside a busy process, nice 10 a tenth, nice 5 a quarter."""
    weights, share = {19: 15, 10: 110, 5: 335}, 0.0
    place = 0
    for _look in range(10):
        weight = weights[LADDER[place].nice]
        share = weight / (1024 + weight)
        place = moved(place, LADDER, share * LOOK_SECONDS, (1 - share) * LOOK_SECONDS, awaited=BY_ITSELF)
    assert LADDER[place].nice <= FIXED.nice
    assert share >= 0.09


@pytest.mark.parametrize(("ran", "waited"), [(30.0, 0.0), (30.0, 5.0), (0.0, 0.0), (0.1, 0.8)])
def test_it_stays_behind_while_it_gets_on_or_wants_nothing(ran: float, waited: float) -> None:
    """Waiting for the disk, or resting, is not waiting for the processor."""
    assert climbed(ran, waited, 5) == 0


def test_it_goes_back_when_the_machine_has_time_again() -> None:
    """Step by step, and never behind where it began."""
    top = climbed(0.0, 60.0, 9)
    assert top == len(LADDER) - 1
    assert climbed(30.0, 1.0, 9, top) == 0
    assert moved(1, LADDER, 30.0, 1.0, awaited=FOR_SOMEBODY) == 1
    assert climbed(15.0, 30.0, 9, 2) == 2


@pytest.mark.parametrize(("least_nice", "rungs"), [(PRIVILEGED, LADDER), (5, LADDER), (10, LADDER[:3]), (19, (FIXED,)), (20, (FIXED,))])
def test_an_account_that_may_not_come_forward_again_never_goes_behind(least_nice: int, rungs: tuple[object, ...]) -> None:
    """A nice value is a way in without a way out unless RLIMIT_NICE allows it."""
    assert ladder(least_nice) == rungs
    assert beginning(ladder(least_nice), awaited=BY_ITSELF) == 0


def test_the_service_may_come_forward_again() -> None:
    """The units give what the ladder needs, and no more."""
    for unit in ("switchboard.service", "switchboard-daemon.service"):
        text = Path("deploy", unit).read_text()
        assert f"LimitNICE=+{LADDER[-1].nice}\n" in text, unit


def test_programs_that_it_has_started_go_with_it() -> None:
    """pg_dump does most of the work of a server's back-up."""
    said = (
        "import subprocess, sys, os; from config.backup.gentleness import LADDER; from config.backup.pace import take; take(LADDER[0]);"
        "one = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE); take(LADDER[-1]);"
        "print(os.sched_getscheduler(one.pid), os.getpriority(os.PRIO_PROCESS, one.pid), os.sched_getscheduler(0)); one.communicate(b'\\n')"
    )
    found = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True).stdout.split()
    assert found == [str(os.SCHED_BATCH), "5", str(os.SCHED_BATCH)]


def _rank(begun: str) -> str:
    """What a new process has for its session's rank after `begun`; nothing where the kernel groups no sessions, or not this one."""
    said = (
        "import os; from pathlib import Path; from config.backup.gentleness import LADDER; from config.backup.pace import go_apart, take;"
        f"{begun}; file = Path('/proc/self/autogroup'); print(file.read_text().partition(' nice ')[2] if file.exists() else '')"
    )
    return subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True).stdout.strip()


def test_a_session_of_its_own_has_the_rank_of_its_process() -> None:
    """Nice values count only within a session, so the session gets one as well. A kernel without such ranks keeps none."""
    ranked = _rank("os.setsid()") != ""
    assert _rank("go_apart(); take(LADDER[0])") == ("19" if ranked else "")
    assert _rank("go_apart(); take(LADDER[2])") == ("10" if ranked else "")


def test_a_terminals_session_keeps_its_rank() -> None:
    """Who starts a back-up by hand has other work in that session."""
    assert _rank("take(LADDER[0])") == _rank("pass")


@pytest.mark.parametrize("machine", ["x86_64", "m68k"])
def test_a_kernel_that_cannot_be_asked_for_short_slices_gives_the_rank_all_the_same(machine: str) -> None:
    """The two ways to the same place."""
    said = (
        "import os, platform; from config.backup import pace; from config.backup.gentleness import LADDER;"
        f"platform.machine = lambda: {machine!r}; pace.take(LADDER[0]); print(os.sched_getscheduler(0), os.nice(0))"
    )
    found = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert found.stdout.split() == [str(os.SCHED_BATCH), "19"]


def test_a_job_looks_whether_it_gets_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a minute; it tells on what it hears, and rests after each step."""
    told: list[tuple[str, int, int]] = []
    taken: list[Rung] = []
    rests: list[float] = []
    moments = iter(float(second) for second in range(0, 10_000, 61))
    monkeypatch.setattr(pace, "used", iter([(0.0, 0.0), (0.1, 60.0), (0.2, 120.0)] + [(30.0, 121.0)] * 3).__next__)
    monkeypatch.setattr(pace, "take", taken.append)
    monkeypatch.setattr(pace, "least_nice", lambda: PRIVILEGED)
    monkeypatch.setattr("config.backup.pace.time.monotonic", lambda: next(moments))
    monkeypatch.setattr("config.backup.pace.time.sleep", rests.append)
    paced = Paced(lambda phase, done, total: told.append((phase, done, total)), awaited=BY_ITSELF)
    for step in range(3):
        paced("database", step, 3)
    assert [one[0] for one in told] == ["database"] * 3
    assert taken == [LADDER[1], LADDER[2], LADDER[1]]
    assert all(0 < one <= pace.LONGEST_REST_SECONDS for one in rests)


def test_what_it_used_is_counted_with_what_it_started() -> None:
    """Both numbers come from the kernel."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        assert busy.pid in processes()
        before = used()
        until(lambda: used()[0] > before[0] + 0.05, "the kernel's count")
        busy.send_signal(signal.SIGKILL)


def test_a_large_file_is_put_out_and_removed_in_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it stays, and a disk that refuses is heard."""
    rests: list[float] = []
    monkeypatch.setattr("config.disk_steps.time.sleep", rests.append)
    file = tmp_path / "copy"
    with file.open("wb") as out:
        out.write(b"x" * 100_000)
        out.flush()
        put_out(out.fileno(), 0, 100_000)
        out.truncate(3 * GONE_BYTES + 1)
    melt(file)
    assert not file.exists()
    assert len(rests) == 3
    with pytest.raises(OSError, match="Bad file descriptor"):
        put_out(-1)


def test_an_account_without_rights_works_where_it_can_stay() -> None:
    """What root may in a container is not what root may elsewhere."""
    said = (
        "import os, resource; from config.backup.pace import be_gentle;"
        "resource.setrlimit(resource.RLIMIT_NICE, (0, 0)); os.geteuid() or (os.setgid(65534), os.setuid(65534)); be_gentle();"
        "print(os.sched_getscheduler(0))"
    )
    found = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True).stdout.split()
    assert found == [str(os.SCHED_BATCH)]
