"""The private instance's directories and configuration files, rendered from config/asterisk/*.j2 at every start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from attrs import frozen

from config.asterisk_root import AsteriskRoot
from config.places import PROJECT
from config.secrets import REALM, derived, sip_digest, sip_password
from config.settings import Settings
from switchboard.asterisk.account import Account, may_enter

TEMPLATES = PROJECT / "config/asterisk"
INCLUDED = ("pjsip_agents.conf", "queues_static.conf")
"""Written by provision.py, kept from one start to the next."""

AMI_EVENTS = (
    "FullyBooted", "Shutdown", "DeviceStateChange", "ContactStatus", "PeerStatus", "UserEvent", "MixMonitorStart", "MixMonitorStop",
    "QueueCallerJoin", "QueueCallerLeave", "QueueCallerAbandon", "AgentConnect", "AgentComplete", "OriginateResponse",
)  # fmt: skip
"""What the manager interface tells; everything else comes by ARI. (Filtered in Asterisk: each event costs the daemon.)"""


@frozen
class Folders:
    """The directories of the instance in `home`."""

    home: Path

    @property
    def base(self) -> Path:
        """Everything of Asterisk's own."""
        return self.home / "asterisk"

    @property
    def etc(self) -> Path:
        """Generated configuration."""
        return self.base / "etc"

    @property
    def run(self) -> Path:
        """Its process id and control socket."""
        return self.base / "run"

    @property
    def log(self) -> Path:
        """Its logs and the journals: cdr-custom/cdr.csv, cel-custom/cel.csv (name fixed by Asterisk: cel_custom)."""
        return self.base / "log"

    @property
    def spool(self) -> Path:
        """Its spool; ARI recordings in spool/recording."""
        return self.base / "spool"

    @property
    def lib(self) -> Path:
        """What Asterisk calls astvarlibdir, and the keys in it."""
        return self.base / "lib"

    @property
    def db(self) -> Path:
        """Its astdb: registrations that survive a restart."""
        return self.base / "db"

    @property
    def music(self) -> Path:
        """Music on hold, class default."""
        return self.base / "music"

    @property
    def recordings(self) -> Path:
        """Where MixMonitor writes: HOME/recordings/incoming."""
        return self.home / "recordings/incoming"

    @property
    def pid_file(self) -> Path:
        """Written by Asterisk."""
        return self.run / "asterisk.pid"

    @property
    def console_log(self) -> Path:
        """What Asterisk printed at its last start."""
        return self.log / "console.log"


def passwords(settings: Settings, key: bytes) -> dict[str, str]:
    """The ARI, AMI and rescue passwords of this installation."""
    return {
        "ari": settings.telephony.ari_password or derived(key, "ari"),
        "ami": settings.telephony.ami_password or derived(key, "ami"),
        "rescue": derived(key, "rescue"),
    }


def make_folders(folders: Folders, account: Account | None) -> Account | None:
    """Make the directories; gives back the account Asterisk can run as in them.

    None when it runs as we do: because we are not root, or because the account cannot reach the home
    (a home below root's own 700 directory, say).
    """
    folders.home.mkdir(parents=True, exist_ok=True)
    if account:
        _open_home(folders.home, account)
        if not may_enter(account, folders.home):
            account = None
    for folder in (folders.run, folders.log, folders.spool, folders.lib, folders.db):
        folder.mkdir(parents=True, exist_ok=True)
    for folder in (
        folders.log / "cdr-custom",
        folders.log / "cel-custom",
        folders.spool / "recording",
        folders.spool / "cache",
        folders.lib / "keys",
    ):
        folder.mkdir(exist_ok=True)
    folders.recordings.mkdir(parents=True, exist_ok=True)
    folders.music.mkdir(exist_ok=True)
    folders.etc.mkdir(exist_ok=True)
    if account:
        _hand_over(folders, account)
    for folder in (folders.base, folders.recordings.parent):
        _close(folder, account)
    return account


def render(folders: Folders, root: AsteriskRoot, settings: Settings, key: bytes) -> None:
    """Write every configuration file; those that provision.py keeps are only made when missing."""
    # Configuration files, not HTML: there is nothing to escape; values are one line each by their setting's kind.
    environment = jinja2.Environment(  # noqa: S701  not HTML
        loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    values = _values(folders, root, settings, key)
    for template in sorted(TEMPLATES.glob("*.conf.j2")):
        write_config(folders.etc / template.name.removesuffix(".j2"), environment.get_template(template.name).render(values))
    for name in INCLUDED:
        if not (folders.etc / name).exists():
            write_config(folders.etc / name, "")


def write_config(file: Path, text: str) -> None:
    """Write `file` whole or not at all, readable by Asterisk's group and nobody else."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    part.write_text(text, "utf-8")
    part.chmod(0o640)
    part.rename(file)


def _values(folders: Folders, root: AsteriskRoot, settings: Settings, key: bytes) -> Mapping[str, Any]:
    listed = (TEMPLATES / "modules.txt").read_text().splitlines()
    return {
        "folder": folders, "root": root, "network": settings.network, "telephony": settings.telephony, "site": settings.site, "demo": settings.demo,
        "recordings": folders.recordings, "passwords": passwords(settings, key), "realm": REALM, "ami_events": AMI_EVENTS,
        "demo_digest": sip_digest("demo-caller", sip_password(key, "demo-caller")),
        "modules": [name for name in listed if name and not name.startswith("#") and (root.modules / f"{name}.so").exists()],
    }  # fmt: skip


def _open_home(home: Path, account: Account) -> None:
    """Let the account's group pass through the home (and no further), when it could not yet."""
    if not home.stat().st_mode & 0o001:
        os.chown(home, -1, account.gid)
        home.chmod(home.stat().st_mode | 0o010)


def _close(folder: Path, account: Account | None) -> None:
    """Voices, logs and journals are nobody else's: the account passes through, others do not."""
    if account:
        os.chown(folder, -1, account.gid)
    folder.chmod((folder.stat().st_mode | (0o010 if account else 0)) & 0o7770)


def _hand_over(folders: Folders, account: Account) -> None:
    """Give the account what it writes; its configuration it only reads, by the group that new files there inherit."""
    for top in (folders.run, folders.log, folders.spool, folders.lib, folders.db, folders.recordings):
        for path in (top, *top.rglob("*")):
            if path.stat().st_uid != account.uid:
                os.chown(path, account.uid, account.gid)
    for folder in (folders.etc, folders.music):
        for path in (folder, *folder.iterdir()):
            os.chown(path, -1, account.gid)
        folder.chmod(0o2750)


def rotate_logs(folders: Folders, limit_bytes: int = 20_000_000) -> bool:
    """Move logs that have grown past `limit_bytes` aside, one generation kept; True when one was. Journals are their reader's."""
    grown = [file for file in (folders.log / "messages.log", folders.console_log) if file.exists() and file.stat().st_size > limit_bytes]
    for file in grown:
        file.replace(file.with_suffix(".log.1"))
    return bool(grown)
