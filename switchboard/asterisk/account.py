"""The unprivileged account that Asterisk runs as when root starts it."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from attrs import frozen

NAMES = ("switchboard", "nobody")
"""Made by set-up when it runs as root, and the one that every machine has."""


@frozen
class Account:
    """A user and group of this machine."""

    name: str
    uid: int
    gid: int


def unprivileged() -> Account | None:
    """The account to serve as; None when we are not root (then Asterisk runs as we do)."""
    if os.geteuid() != 0:
        return None
    for name in NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    return None


def may_enter(account: Account, folder: Path) -> bool:
    """Whether `account` can reach into `folder`: it and every folder above may be passed through."""
    for one in (folder, *folder.parents):
        status = one.stat()
        mode = (
            status.st_mode >> 6 if status.st_uid == account.uid else status.st_mode >> 3 if status.st_gid == account.gid else status.st_mode
        )
        if not mode & 0o1:
            return False
    return True
