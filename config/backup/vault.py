"""The vault: a folder of pieces, each kept once under the name of its content, and of the sets and journals that name them.

    vault.json            what it is: format, and how the passphrase becomes the key (the key itself is nowhere)
    pieces/ab/abcdef…     contents, at most a few megabytes each, compressed and sealed
    sets/<moment>         one back-up: which pieces make which file
    additions/<set>/<n>   files that came after a set
    journal/<stream>/<n>  what changed in the database between sets

Whatever is written appears under its name only when it is whole and on the disk, so a crash or a full disk leaves
nothing half. Pieces that nobody names are removed by `sweep`.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from config.backup.sealing import SALT_BYTES, KeySeal, PieceDamaged, PlainSeal, Seal, key_of, read_passphrase
from config.disk_steps import put_out
from config.errors import Refusal
from config.explained import Explained
from config.translations import _

FORMAT = 1
ABOUT = "vault.json"
PIECES, SETS, ADDITIONS, JOURNAL, DOWNLOADS, PROOFS = "pieces", "sets", "additions", "journal", "downloads", "proofs"
CHECK = "switchboard"
SETTLE_BYTES = 64 * 1024 * 1024
"""So much gets its names at once: the contents are on the disk by then, but each time the file system writes its journal, and others wait for that."""


class VaultRefused(Explained):
    """The folder cannot be used as a vault."""

    code = "backup_folder_refused"
    field = "folder"
    sentence = _("Back-ups cannot be kept in {folder}: {why}.")


class PassphraseWrong(Refusal):
    """The back-ups were encrypted under another passphrase."""

    code = "passphrase_wrong"
    field = "passphrase_file"
    status = 403
    sentence = _("The back-ups in {folder} were encrypted with another passphrase.")


class PassphraseNeeded(Refusal):
    """The back-ups are encrypted and no passphrase was given."""

    code = "passphrase_needed"
    field = "passphrase_file"
    status = 403
    sentence = _("{folder} is encrypted. Name the file with the passphrase: --passphrase-file, or [backup] passphrase_file.")


class VaultBusy(Refusal):
    """Another back-up is being made or checked."""

    code = "backup_running"
    status = 409
    sentence = _("Another back-up is being made or checked in {folder}. Wait until it is done.")


class PieceLost(Explained):
    """Something that a back-up needs is missing or damaged."""

    code = "backup_damaged"
    sentence = _("{file} cannot be used: {why}.")


class Vault:
    """An opened vault. All methods block; give them a thread or a process of their own."""

    def __init__(self, folder: Path, seal: Seal) -> None:
        self.folder = folder
        self.seal = seal
        self.stored_bytes = 0
        """How many bytes of pieces this object has added."""
        self._unsettled: dict[str, Path] = {}
        self._unsettled_bytes = 0

    @classmethod
    def open(cls, folder: Path, passphrase_file: Path | None, *, make: bool = False) -> Vault:
        """Open the vault in `folder`, made when `make` and it is not there; raises what is wrong with folder or passphrase."""
        about = folder / ABOUT
        passphrase = read_passphrase(passphrase_file) if passphrase_file else ""
        try:
            if make and not about.exists():
                _found(folder, passphrase)
            said = json.loads(about.read_text("utf-8"))
            version, salt, check = int(said["format"]), b64decode(said["salt"]), b64decode(said["check"])
        except FileNotFoundError:
            raise VaultRefused(folder=folder, why=_("there are no back-ups in it")) from None
        except OSError as error:
            raise VaultRefused(folder=folder, why=error.strerror or str(error)) from error
        except (ValueError, KeyError, TypeError) as error:
            raise VaultRefused(folder=folder, why=_("its vault.json cannot be read")) from error
        if version > FORMAT:
            raise VaultRefused(folder=folder, why=_("it was written by a newer version of the product"))
        if salt and not passphrase:
            raise PassphraseNeeded(folder=folder)
        if passphrase and not salt:
            raise VaultRefused(folder=folder, why=_("what is there is not encrypted; choose an empty folder for encrypted back-ups"))
        seal: Seal = KeySeal(key_of(passphrase, salt)) if salt else PlainSeal()
        try:
            seal.open(check, ABOUT)
        except PieceDamaged:
            raise PassphraseWrong(folder=folder) from None
        return cls(folder, seal)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone in the vault; raises `VaultBusy`. Ends with the process that held it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise VaultBusy(folder=self.folder) from None
            yield

    def put(self, content: bytes) -> str:
        """Keep `content`; gives its name. What is there already is not written again."""
        name = self.seal.name(content)
        if not self.has(name):
            written = self.seal.close(content, name)
            place = self._piece(name)
            place.parent.mkdir(parents=True, exist_ok=True)
            self._unsettled[name] = write_part(place, written)
            self.stored_bytes += len(written)
            self._unsettled_bytes += len(written)
            if self._unsettled_bytes >= SETTLE_BYTES:
                self.settle()
        return name

    def has(self, name: str) -> bool:
        """Whether the piece is there."""
        return name in self._unsettled or self._piece(name).exists()

    def discard(self, name: str) -> None:
        """Remove a piece that is damaged: the next back-up writes it anew, should its content still be somewhere."""
        self._piece(name).unlink(missing_ok=True)

    def get(self, name: str) -> bytes:
        """The content of a piece, proved; raises `PieceLost`."""
        place = self._unsettled.get(name, self._piece(name))
        try:
            content = self.seal.open(place.read_bytes(), name)
        except FileNotFoundError:
            raise PieceLost(file=place, why=_("it is missing")) from None
        except (PieceDamaged, OSError) as error:
            raise PieceLost(file=place, why=_("it is damaged")) from error
        if self.seal.name(content) != name:
            raise PieceLost(file=place, why=_("it is damaged"))
        return content

    def settle(self) -> None:
        """Put every piece written so far on the disk and give it its name, before a set names it.

        Many at once: each one alone would make the file system write its own journal, and whoever else waits for the disk (Asterisk
        does with each line of its log of calls) would wait for every piece.
        """
        for part in self._unsettled.values():
            sync(part)
        for name, part in self._unsettled.items():
            part.rename(self._piece(name))
        for folder in {part.parent for part in self._unsettled.values()}:
            sync_folder(folder)
        self._unsettled.clear()
        self._unsettled_bytes = 0

    def write(self, place: str, content: bytes) -> None:
        """Write a set, an addition or a proof, whole or not at all."""
        target = self.folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, self.seal.close(content, place))

    def read(self, place: str) -> bytes:
        """A set, an addition or a proof; raises `PieceLost`."""
        file = self.folder / place
        try:
            return self.seal.open(file.read_bytes(), place)
        except FileNotFoundError:
            raise PieceLost(file=file, why=_("there is no such file")) from None
        except (PieceDamaged, OSError) as error:
            raise PieceLost(file=file, why=_("it is damaged")) from error

    def names(self, folder: str) -> list[str]:
        """What is in `sets`, `additions/…` or `journal/…`, in order; half-written files are not."""
        with suppress(FileNotFoundError, NotADirectoryError):
            return sorted(one.name for one in (self.folder / folder).iterdir() if not one.name.endswith(".part"))
        return []

    def remove(self, place: str) -> None:
        """Remove one file; harmless when it is gone."""
        (self.folder / place).unlink(missing_ok=True)

    def sweep(self, named: Iterable[str]) -> int:
        """Remove the pieces that are not `named`, and what was left half-written; gives the bytes freed. Only when `locked`."""
        wanted, freed = set(named), 0
        for piece in (self.folder / PIECES).glob("*/*"):
            if piece.name not in wanted:
                freed += piece.stat().st_size
                piece.unlink()
        self._unsettled.clear()
        for half in (*(self.folder / SETS).glob("*.part"), *(self.folder / ADDITIONS).glob("*/*.part")):
            half.unlink()
        return freed

    def _piece(self, name: str) -> Path:
        return self.folder / PIECES / name[:2] / name


def write_whole(target: Path, content: bytes) -> None:
    """Write `content` to `target` so that there is all of it or nothing, on the disk, and its name as well."""
    part = write_part(target, content)
    try:
        sync(part)
        part.rename(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def write_part(target: Path, content: bytes) -> Path:
    """Write `content` beside `target`; gives where. Nothing is left when that fails."""
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(content)
            out.flush()
            put_out(out.fileno())
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part


def sync(file: Path) -> None:
    """Put a file's content on the disk."""
    opened = os.open(file, os.O_RDONLY)
    try:
        os.fdatasync(opened)
    finally:
        os.close(opened)


def sync_folder(folder: Path) -> None:
    """Put the names in `folder` on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some shares cannot; they keep names by themselves
            raise
    finally:
        os.close(opened)


def _found(folder: Path, passphrase: str) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (folder / PIECES).exists():
        raise VaultRefused(folder=folder, why=_("it has pieces of back-ups but no vault.json; bring that file back"))
    salt = os.urandom(SALT_BYTES) if passphrase else b""
    seal: Seal = KeySeal(key_of(passphrase, salt)) if salt else PlainSeal()
    check = b64encode(seal.close(CHECK.encode(), ABOUT)).decode()
    said = {"format": FORMAT, "kdf": "scrypt 32768/8/1" if salt else "", "salt": b64encode(salt).decode(), "check": check}
    write_whole(folder / ABOUT, json.dumps(said, indent=1).encode())
