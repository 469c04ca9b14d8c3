"""How far to the front a back-up pushes itself: behind everybody as long as it gets on there, and further, step by step, while it does not. Pure.

Linux gives nice 19 next to nothing on a machine that is never idle: a back-up that begins there would not end before the next one is due.
So it looks every now and then how long it waited for the processor, of the time in which it wanted it, and goes one rung up or down.

Not SCHED_IDLE: the kernel takes a processor on which only such a process runs for a free one, and puts there whoever wakes up, who then waits all the
same (measured with a busy loop beside calls: 95 of 100 pops within 5.3 ms, 3.5 ms with nice 19, 2.8 ms with slices of a tenth of a millisecond, 2.7 ms without).
"""

from __future__ import annotations

from attrs import frozen

LOOK_SECONDS = 60.0
STARVED = 0.9
"""Who waits for more than this share of the time goes a rung up. The processor shared with one program of the same rank would be half."""

FED = 0.4
"""Who waits for less goes a rung down again."""

LEAST_WANTED_SECONDS = 1.0
"""Who hardly wanted the processor (it waited for the disk, or rested) has seen nothing."""

PRIVILEGED = -20


@frozen
class Rung:
    """A place in the order of the processor, SCHED_BATCH with `nice`; `disk_last`: it gets the disk when nobody else wants it (ionice(1), where the disk's scheduler knows that)."""

    nice: int
    disk_last: bool = False


LADDER = (Rung(nice=19, disk_last=True), Rung(nice=19), Rung(nice=10), Rung(nice=5))
AWAITED = 1
"""Where a job begins for which somebody waits."""

FIXED = Rung(nice=10)
"""Where everything is done by an account that may not come back from further behind (setrlimit(2), RLIMIT_NICE): a tenth of a busy processor."""


def ladder(least_nice: int) -> tuple[Rung, ...]:
    """The rungs of an account that may give itself `least_nice` and more; the last one of them gets on however busy the machine is."""
    rungs = tuple(one for one in LADDER if one.nice >= least_nice)
    return rungs if least_nice <= FIXED.nice else (FIXED,)


def beginning(rungs: tuple[Rung, ...], *, awaited: bool) -> int:
    """The place on `rungs` where a job begins."""
    return min(AWAITED if awaited else 0, len(rungs) - 1)


def moved(place: int, rungs: tuple[Rung, ...], ran_seconds: float, waited_seconds: float, *, awaited: bool) -> int:
    """The place after a look: for so long it ran, and for so long it waited for the processor."""
    wanted = ran_seconds + waited_seconds
    if wanted < LEAST_WANTED_SECONDS:
        return place
    if waited_seconds > STARVED * wanted:
        return min(place + 1, len(rungs) - 1)
    if waited_seconds < FED * wanted:
        return max(place - 1, beginning(rungs, awaited=awaited))
    return place
