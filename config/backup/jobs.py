"""What can be done with the back-ups of an installation, each alone in the vault: make, add files, verify, restore, delete, prepare a download."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from attrs import frozen

from config.backup.copies import remove_copy, remove_old
from config.backup.making import BackupDiskFull, Home, Telling, add, make
from config.backup.moments import shown
from config.backup.new_place import Copy, restore_beside
from config.backup.offsite import copy_over
from config.backup.packing import ENDING, SEALED_ENDING, pack
from config.backup.proving import prove
from config.backup.reviving import END_OF_TIME, set_for
from config.backup.sealing import read_passphrase
from config.backup.sets import Listed, Proof, Set, chosen
from config.backup.sources import Source, source_of
from config.backup.thinning import Rule
from config.backup.tidying import forget, named, tidy
from config.backup.vault import DOWNLOADS, SETS, Vault
from config.settings import Settings


@frozen
class Jobs:
    """The back-ups of the installation with these settings. Every method blocks, takes `telling` and may be ended by it."""

    settings: Settings
    environ: Mapping[str, str] = os.environ

    def vault(self, *, make: bool = False) -> Vault:
        """The vault, opened; raises what is wrong with it."""
        return Vault.open(self.settings.backups, self.settings.backup.passphrase_file, make=make)

    @property
    def source(self) -> Source:
        """The installation's database."""
        return source_of(self.settings.database_url)

    @property
    def home(self) -> Home:
        """The installation's files."""
        named_file = self.environ.get("SWITCHBOARD_CONFIG")
        apart = (self.settings.backups, *([self.settings.backup.offsite] if self.settings.backup.offsite else []))
        return Home(self.settings.home, Path(named_file).absolute() if named_file else None, apart)

    def make(self, at: float, reason: str, telling: Telling) -> Listed:
        """Make a back-up, verify it, remove what need not be kept, copy it to the second folder."""
        wishes = self.settings.backup
        vault = self.vault(make=True)
        with vault.locked():
            one = self._made(vault, at, reason, telling)
            proof = prove(vault, one, at, telling) if wishes.verify else None
            if proof is None or proof.ok:  # never throw an older one away for one that is good for nothing
                rule = Rule(wishes.daily, wishes.weekly, wishes.monthly)
                tidy(vault, rule, wishes.journal_days, ZoneInfo(self.settings.site.timezone), at)
            remove_old(self.settings, at, telling)
            if wishes.offsite:
                copy_over(vault.folder, wishes.offsite, telling)
        return Listed(one, proof)

    def _made(self, vault: Vault, at: float, reason: str, telling: Telling) -> Set:
        try:
            return make(vault, self.source, self.home, at, telling=telling, reason=reason)
        except BackupDiskFull:
            vault.sweep(named(vault))  # what was kept of this one would keep the next one from having room
            raise

    def add(self, at: float, telling: Telling) -> int:
        """Keep the files that came since the newest back-up; how many."""
        vault = self.vault()
        with vault.locked():
            count = add(vault, self.home, self.source.file, at, telling=telling)
            if self.settings.backup.offsite:
                copy_over(vault.folder, self.settings.backup.offsite, telling)
        return count

    def verify(self, name: str, at: float, telling: Telling) -> tuple[Set, Proof]:
        """Restore the back-up `name` ("latest") for a test and keep the result."""
        vault = self.vault()
        with vault.locked():
            one = chosen(vault, name)
            return one, prove(vault, one, at, telling)

    def delete(self, name: str) -> None:
        """Remove the back-up `name`, and the pieces that no other one needs; raises `NoSuchBackup`."""
        vault = self.vault()
        with vault.locked():
            if name not in vault.names(SETS):
                chosen(vault, name)
            forget(vault, name)
            vault.remove(f"{DOWNLOADS}/{self.download_name(name)}")
            vault.sweep(named(vault))

    def restore(self, name: str, until: float | None, place: str, at: float, telling: Telling) -> Copy:
        """Restore the back-up `name`, or any kept moment `until`, into a new place beside what runs."""
        vault, zone = self.vault(), self.settings.site.timezone
        with vault.locked():
            if until is not None:
                one = set_for(vault, until, shown(until, zone))
            else:
                one, until = chosen(vault, name), END_OF_TIME if name == "latest" else 0.0
            return restore_beside(self.settings, self.source, vault, one, until, place, telling, at=at)

    def forget(self, name: str, telling: Telling) -> None:
        """Remove a copy that was restored beside what runs; raises `NoSuchCopy`, `CopyInUse`."""
        with self.vault().locked():
            remove_copy(self.settings, name, telling)

    def package(self, name: str, telling: Telling) -> Path:
        """Write the back-up `name` as one file for download; sealed when back-ups are encrypted."""
        vault = self.vault()
        with vault.locked():
            one = chosen(vault, name)
            target = vault.folder / DOWNLOADS / self.download_name(one.id)
            secret = self.settings.backup.passphrase_file
            pack(vault, one, target, read_passphrase(secret) if secret else "", telling)
            return target

    def download_name(self, name: str) -> str:
        """The name of the file to download."""
        return f"switchboard-{name}{SEALED_ENDING if self.settings.backup.passphrase_file else ENDING}"
