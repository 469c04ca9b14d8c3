"""Logs: readable lines on the terminal, one JSON object a line in HOME/log/daemon.log (rotated, bounded).

Nothing secret is logged: passwords, tokens and cookies never reach a message; query strings of our own addresses are not logged.
"""

from __future__ import annotations

import logging
import logging.handlers
import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson
from twisted.logger import STDLibLogObserver, globalLogBeginner

FILE_BYTES = 5_000_000
FILES_KEPT = 5
LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class JsonLines(logging.Formatter):
    """One object a line: at (ISO-8601 UTC), level, where, message and, for errors, trace."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "where": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()


class RoomForgiving(logging.handlers.RotatingFileHandler):
    """A disk that is full costs the lines in the file: the terminal has them, and not each with a trace of its own."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's own name
        """Say nothing of what the disk refuses; whatever else is wrong with a line is told as ever."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


def start_logging(home: Path, level: int = logging.INFO) -> None:
    """Send the log of everything (Twisted's as well) to the terminal and to the file; harmless when done before."""
    root = logging.getLogger()
    if any(isinstance(one, logging.handlers.RotatingFileHandler) for one in root.handlers):
        return
    folder = home / "log"
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    file = RoomForgiving(folder / "daemon.log", maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8")
    file.setFormatter(JsonLines())
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setFormatter(logging.Formatter(LINE, "%H:%M:%S"))
    terminal.setLevel(max(level, logging.WARNING))
    root.setLevel(level)
    root.addHandler(file)
    root.addHandler(terminal)
    for chatty in ("aiosqlite", "asyncio", "panoramisk", "twisted", "txaio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    globalLogBeginner.beginLoggingTo([STDLibLogObserver()], redirectStandardIO=False, discardBuffer=True)
