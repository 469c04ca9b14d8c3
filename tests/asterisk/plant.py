"""A private Asterisk on free ports for the length of a `with`, exactly as the product starts its own; no daemon.

    with embedded_asterisk() as plant:
        plant.settings.network.sip      # Address: where telephones reach it
        plant.ari, plant.ami            # AriProbe, AmiProbe: blocking questions, passwords inside
        plant.key                       # sip_password(plant.key, "w101")

Stopped by its process id; the home is thrown away.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import frozen

from config.secrets import installation_key
from config.settings import Settings
from switchboard.asterisk.embedded import EmbeddedAsterisk, RunningAsterisk
from switchboard.asterisk.layout import Folders, passwords
from switchboard.asterisk.probe import AmiProbe, AriProbe
from tests.phones.ports import free_port, free_sip_port, free_udp_range


@frozen
class Plant:
    """A running Asterisk of a test."""

    settings: Settings
    key: bytes
    embedded: EmbeddedAsterisk
    running: RunningAsterisk

    @property
    def home(self) -> Path:
        return self.settings.home

    @property
    def folders(self) -> Folders:
        return self.embedded.folders

    @property
    def sip(self) -> str:
        """host:port for telephones."""
        return str(self.settings.network.sip)

    @property
    def ari(self) -> AriProbe:
        return self.embedded.ari

    @property
    def ami(self) -> AmiProbe:
        return self.embedded.ami

    @property
    def ami_password(self) -> str:
        """The password of the AMI user "switchboard", which gets events (`ami` is "rescue", commands only)."""
        return passwords(self.settings, self.key)["ami"]


def private_settings(home: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Settings of a demo in `home` on free ports."""
    first, last = free_udp_range(200)
    return Settings.load(
        {
            "SWITCHBOARD_HOME": str(home),
            "SWITCHBOARD_DEMO": "yes",
            "SWITCHBOARD_HTTP": f"127.0.0.1:{free_port()}",
            "SWITCHBOARD_SIP": f"127.0.0.1:{free_sip_port()}",
            "SWITCHBOARD_ARI": f"127.0.0.1:{free_port()}",
            "SWITCHBOARD_AMI": f"127.0.0.1:{free_port()}",
            "SWITCHBOARD_RTP": f"{first}-{last}",
            **(environ or {}),
        }
    )


@contextlib.contextmanager
def private_home() -> Iterator[Path]:
    """A data directory that an unprivileged account can be let into (pytest's own tmp_path cannot)."""
    with tempfile.TemporaryDirectory(prefix="switchboard-plant-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextlib.contextmanager
def embedded_asterisk(home: Path | None = None, environ: Mapping[str, str] | None = None) -> Iterator[Plant]:
    """Start it in `home` (or a private one), give it, stop it."""
    with contextlib.ExitStack() as stack:
        settings = private_settings(home or stack.enter_context(private_home()), environ)
        key = installation_key(settings.home)
        embedded = EmbeddedAsterisk(settings, key)
        running = embedded.start()
        try:
            yield Plant(settings, key, embedded, running)
        finally:
            embedded.stop(running, drain_seconds=0)
