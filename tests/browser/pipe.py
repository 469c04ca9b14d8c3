"""A TCP pipe that tests can cut and mend: what a network does to a websocket."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


class Pipe:
    """Copies bytes between whoever connects to `port` and the target, until cut."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._whole = True
        self._open: list[socket.socket] = []
        self._copying: list[threading.Thread] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._doorman = threading.Thread(target=self._serve, daemon=True)
        self._doorman.start()

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        self._whole = False
        ends, self._open = self._open, []
        for one in ends:
            _shut(one)
        for thread in self._copying:
            thread.join(10)
        for one in ends:
            one.close()

    def mend(self) -> None:
        """Take connections again."""
        self._whole = True

    def close(self) -> None:
        """Cut and never mend."""
        _shut(self._door)
        self._doorman.join(10)
        self._door.close()
        self.cut()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _address = self._door.accept()
                if not self._whole:
                    near.close()
                    continue
                far = socket.create_connection(self._target)
                self._open += [near, far]
                for ends in ((near, far), (far, near)):
                    self._copying.append(threading.Thread(target=_copy, args=ends, daemon=True))
                    self._copying[-1].start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    _shut(source)
    _shut(target)


def _shut(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def pipe(target: tuple[str, int]) -> Iterator[Pipe]:
    made = Pipe(target)
    try:
        yield made
    finally:
        made.close()
