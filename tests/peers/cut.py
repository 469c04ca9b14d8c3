"""A wire between a program and a server that can be cut at a chosen moment: when certain bytes pass, before or after they arrive."""

from __future__ import annotations

import contextlib
import socket
import threading


class Wire:
    """Passes bytes both ways between its own port and `target` until told otherwise."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._word = b""
        self._deliver = False
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_at(self, word: bytes, *, deliver: bool) -> None:
        """Cut the connection over which `word` next goes to the server: after the server has it, or before."""
        self._deliver = deliver
        self._word = word

    def close(self) -> None:
        """Cut everything and listen no more."""
        self._listening.close()
        for pair in self._pairs:
            for end in pair:
                _close(end)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _address = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self._pairs.append((near, far))
                threading.Thread(target=self._pass, args=(near, far, True), daemon=True).start()
                threading.Thread(target=self._pass, args=(far, near, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, to_server: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if to_server and self._word and self._word in data:
                    self._word = b""
                    self.cuts += 1
                    _close(source)
                    if self._deliver:
                        target.sendall(data)
                        with contextlib.suppress(OSError):
                            target.recv(65536)  # what the program never hears
                    break
                target.sendall(data)
        _close(source)
        _close(target)


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
