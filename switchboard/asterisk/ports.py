"""Whether an address is free to listen on, and who holds it when it is not (Linux /proc)."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

from config.setting_kinds import Address
from config.translations import _
from switchboard.asterisk.refusals import AddressImpossible, PortTaken

LISTENING = "0A"
UNKNOWN = _("another program")


def must_be_free(address: Address, use: str, variable: str, *, udp: bool = False) -> None:
    """Raise `PortTaken` (naming the program that holds it, where that may be known) or `AddressImpossible`."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM) as probe:
        if not udp:  # connections in TIME_WAIT do not count
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except socket.gaierror as error:
            raise AddressImpossible(address=address, use=use, why=error.strerror, variable=variable) from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(address=address, use=use, holder=holder(address.port, udp=udp), variable=variable) from None
            raise AddressImpossible(address=address, use=use, why=error.strerror, variable=variable) from None


def holder(port: int, *, udp: bool = False) -> str:
    """The program that listens on `port`: "asterisk (process 123)", or "another program" when it is not ours to see."""
    inodes = _inodes(port, udp=udp)
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and _holds(process, inodes):
            return f"{(process / 'comm').read_text().strip()} (process {process.name})"
    return UNKNOWN


def _inodes(port: int, *, udp: bool) -> set[str]:
    found = set()
    for table in ("udp", "udp6") if udp else ("tcp", "tcp6"):
        file = Path("/proc/net", table)
        for line in file.read_text().splitlines()[1:] if file.exists() else ():
            parts = line.split()
            if int(parts[1].rpartition(":")[2], 16) == port and (udp or parts[3] == LISTENING):
                found.add(f"socket:[{parts[9]}]")
    return found


def _holds(process: Path, inodes: set[str]) -> bool:
    try:
        return any(str(one.readlink()) in inodes for one in (process / "fd").iterdir())
    except OSError:  # not ours to see, or ended meanwhile
        return False
