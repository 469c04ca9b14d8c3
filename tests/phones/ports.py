"""Free ports of this machine, asked for just before they are used."""

from __future__ import annotations

import socket


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """A port on 127.0.0.1 that nobody listens on now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_sip_port() -> int:
    """A port on 127.0.0.1 that is free for UDP and TCP alike."""
    for _ in range(200):
        port = free_port(socket.SOCK_DGRAM)
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return port
    raise RuntimeError("no port is free for both UDP and TCP")


def free_udp_range(count: int) -> tuple[int, int]:
    """First and last port of a run of `count` UDP ports whose ends are free."""
    for _ in range(200):
        first = free_port(socket.SOCK_DGRAM) & ~1
        last = first + count - 1
        if first < 10_000 or last > 60_000:
            continue
        try:
            for port in (first, last):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first, last
    raise RuntimeError("no run of free UDP ports")
