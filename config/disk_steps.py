"""Large files in steps that the disk takes one at a time, so that whoever else wants it need never wait for gigabytes.

Not fdatasync: on a file that grows it makes the file system write its journal, and everybody who writes just then waits for that
(Asterisk does, with each line of its log of calls). sync_file_range(2) puts the contents out, in the turn of the process that wrote them,
and nothing else; left to themselves they are put out by the kernel, at a rank before everybody's.
"""

from __future__ import annotations

import ctypes
import os
import time
from pathlib import Path

STEP_BYTES = 4 * 1024 * 1024
GONE_BYTES = 64 * 1024 * 1024
GONE_REST_SECONDS = 0.02
_ALL = 1 | 2 | 4
"""SYNC_FILE_RANGE_WAIT_BEFORE, _WRITE, _WAIT_AFTER."""

_put_range = getattr(ctypes.CDLL(None, use_errno=True), "sync_file_range", None)


def put_out(descriptor: int, start: int = 0, count: int = 0) -> None:
    """Wait until so many bytes from `start` (0: to the end) are on their way to the disk; raises OSError. It is no promise that they survive a power failure."""
    if _put_range is None:  # a C library without it
        os.fdatasync(descriptor)
    elif _put_range(descriptor, ctypes.c_int64(start), ctypes.c_int64(count), ctypes.c_uint(_ALL)):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def melt(file: Path) -> None:
    """Remove a file of gigabytes a little at a time: giving all its room back at once makes the file system, and who waits for it, stand still."""
    for size in range(file.stat().st_size // GONE_BYTES * GONE_BYTES, 0, -GONE_BYTES):
        os.truncate(file, size)
        time.sleep(GONE_REST_SECONDS)  # in the back-up's own process
    file.unlink()
