"""Other programs (ffmpeg, espeak-ng…), run beside the loop: niced, with a time limit, never through a shell."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence

from attrs import frozen

NICE = 10
SAID_BYTES = 4000
"""How much of what a program complained is kept."""


class ProgramFailed(Exception):
    """The program is not there, took too long or ended badly; the message is what it said last."""


class ProgramMissing(ProgramFailed):
    """The program is not installed; the message is its name."""


class ProgramEndedBadly(ProgramFailed):
    """The program ran and ended with an error; most often its input was wrong."""


@frozen
class Finished:
    """What a program that ended well wrote to its standard output and error."""

    out: bytes
    err: bytes


async def run_program(command: Sequence[str], *, seconds: float, feed: bytes | None = None) -> Finished:
    """Run `command`, `feed` at its standard input, for at most `seconds`; raises `ProgramFailed` or one of its kinds.

    The program is killed when the time is over or when the caller is cancelled.
    """
    if not shutil.which(command[0]):
        raise ProgramMissing(command[0])
    try:
        process = await asyncio.create_subprocess_exec(
            "nice", "-n", str(NICE), *command,
            stdin=asyncio.subprocess.DEVNULL if feed is None else asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
    except OSError as error:
        raise ProgramFailed(f"{command[0]}: {error.strerror}") from None
    try:
        out, err = await asyncio.wait_for(process.communicate(feed), seconds)
    except TimeoutError:
        raise ProgramFailed(f"{command[0]}: took longer than {seconds:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        said = err[-SAID_BYTES:].decode("utf-8", "replace").strip() or f"ended with code {process.returncode}"
        raise ProgramEndedBadly(f"{command[0]}: {said}")
    return Finished(out, err)
