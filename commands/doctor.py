"""`switchboard doctor`: looks at everything that must be there, and says how to cure what is not."""

from __future__ import annotations

import argparse
import fcntl
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from config.asterisk_root import find_asterisk
from config.errors import Refusal
from config.places import PROJECT
from config.settings import Settings
from config.translations import _, translate

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

SUMMARY = _("look for what is missing or broken and say how to cure it")

ENOUGH_BYTES = 2_000_000_000
_PASSWORD = re.compile(r"_password\b(?!_file)|://[^/\s]*:[^/\s]*@")
"""A password in switchboard.toml: a setting of that name, or one inside an address."""


@frozen
class Finding:
    """One thing looked at: fine, or not and then with its cure. `hint` findings do not count as broken."""

    what: str
    fine: bool
    cure: str = ""
    hint: bool = False


Say = Callable[..., str]
"""Translates a sentence into the reader's language and fills in its values."""


def run(arguments: argparse.Namespace) -> int:
    """Print a line a finding; status 1 when something is broken."""

    def say(sentence: str, **values: object) -> str:
        return translate(arguments.language, sentence, **values)

    findings = list(examine(say, arguments.language))
    for one in findings:
        sign = "✓" if one.fine else "!" if one.hint else "✗"
        print(f"{sign} {one.what}" + ("" if one.fine else f"\n    {one.cure}"))
    return 1 if any(not one.fine and not one.hint for one in findings) else 0


def examine(say: Say, language: str) -> Iterator[Finding]:
    """Everything that is looked at, in the order in which it matters."""
    yield _python(say)
    yield _packages(say)
    yield _bundle(say)
    try:
        settings = Settings.load()
    except Refusal as refusal:
        yield Finding(say(_("settings")), fine=False, cure=refusal.text(language))
        return
    yield Finding(say(_("settings")), fine=True)
    yield _home(settings, say)
    yield _disk(settings, say)
    yield _secrets(settings, say)
    yield _database(settings, say, language)
    if settings.telephony.embedded:
        yield _asterisk(settings, say)
        yield _account(say)
    yield from _voices(say)
    yield from _addresses(settings, say, language)
    yield _microphone(settings, say)


def _python(say: Say) -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(
        say(_("Python {version}"), version=version),
        sys.version_info >= (3, 11),
        say(_("Install Python 3.11 or newer and run `make setup`.")),
    )


def _packages(say: Say) -> Finding:
    from setup.debian import missing

    packages = missing("run")
    cure = say(_("As root: apt-get install {packages}"), packages=" ".join(packages))
    return Finding(say(_("programs of the system")), not packages, cure)


def _bundle(say: Say) -> Finding:
    there = any((PROJECT / "web/static/bundle").glob("*.js"))
    return Finding(say(_("browser bundle")), there, say(_("Run `make bundle`.")))


def _home(settings: Settings, say: Say) -> Finding:
    nearest = next(one for one in (settings.home, *settings.home.parents) if one.exists())
    cure = say(_("Let this account write there, or choose another directory with SWITCHBOARD_HOME."))
    return Finding(say(_("data directory {home}"), home=settings.home), os.access(nearest, os.W_OK | os.X_OK), cure)


def _disk(settings: Settings, say: Say) -> Finding:
    nearest = next(one for one in (settings.home, *settings.home.parents) if one.exists())
    free = shutil.disk_usage(nearest).free
    what = say(_("{gigabytes} GB free for recordings"), gigabytes=f"{free / 1e9:.1f}")
    return Finding(
        what,
        free >= ENOUGH_BYTES,
        say(_("Make room: recordings take about 1 MB a minute until they are compressed.")),
        hint=free > ENOUGH_BYTES / 10,
    )


def _secrets(settings: Settings, say: Say) -> Finding:
    private = [settings.home / "secrets", settings.home / "secrets/key", settings.home / "demo.json"]
    open_ones = [str(file) for file in private if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077]
    cures = [say(_("Close them to others: chmod go= {files}"), files=" ".join(open_ones))] if open_ones else []
    written = Path(os.environ.get("SWITCHBOARD_CONFIG") or settings.home / "switchboard.toml")
    if written.exists() and stat.S_IMODE(written.stat().st_mode) & 0o007 and _PASSWORD.search(written.read_text("utf-8", "replace")):
        cures.append(say(_("Passwords stand in it that everybody here can read: chmod o= {file}"), file=written))
    return Finding(say(_("secrets are private")), not cures, " ".join(cures))


def _database(settings: Settings, say: Say, language: str) -> Finding:
    from config.database_address import address, is_server, shown, sqlite_file

    what = say(_("database"))
    try:
        url = settings.database_url
        if is_server(url):
            what = say(_("database {url}"), url=shown(url))
            _look_at_server(address(url))
            return Finding(what, fine=True)
        file = sqlite_file(url)
    except Refusal as refusal:
        return Finding(what, fine=False, cure=refusal.text(language))
    return _database_file(file, what, say)


def _look_at_server(url: URL) -> None:
    """Raises a `Refusal` when the server cannot be had or does not fit."""
    from config.database_server import check, plain

    with plain(url) as connection:
        check(connection, url)


def _database_file(file: Path, what: str, say: Say) -> Finding:
    if not file.exists():
        return Finding(what, fine=True)
    try:
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
            outcome = str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        outcome = str(error)
    cure = say(
        _(
            "{file} is damaged ({outcome}). Stop Switchboard, keep a copy of the file, and run `switchboard restore` with the newest back-up."
        ),
        file=file,
        outcome=outcome,
    )
    return Finding(what, outcome == "ok", cure)


def _asterisk(settings: Settings, say: Say) -> Finding:
    telephony = settings.telephony
    root, version = find_asterisk(telephony.asterisk, telephony.min_version)
    cure = say(_("Run `make setup`, which fetches one, or name an executable in switchboard.toml ([telephony] asterisk)."))
    what = say(_("Asterisk {version}"), version=version) if version else say(_("Asterisk"))
    return Finding(what, root is not None, cure)


def _account(say: Say) -> Finding:
    from switchboard.asterisk.account import unprivileged

    account = unprivileged()
    what = say(_("Asterisk runs as {name}"), name=account.name if account else os.environ.get("USER", str(os.getuid())))
    return Finding(what, os.getuid() != 0 or account is not None, say(_("Make an account for it: useradd --system switchboard")))


def _voices(say: Say) -> Iterator[Finding]:
    for language in ("fa", "en"):
        listed = ""
        if shutil.which("espeak-ng"):
            listed = subprocess.run(["espeak-ng", f"--voices={language}"], capture_output=True, text=True, check=False).stdout
        cure = say(_("Install it: apt-get install espeak-ng. Until then prompts in this language need recordings."))
        yield Finding(say(_("voice for prompts: {tongue}"), tongue=language), len(listed.splitlines()) > 1, cure)


def _addresses(settings: Settings, say: Say, language: str) -> Iterator[Finding]:
    from switchboard.asterisk.ports import must_be_free

    if _runs(settings.home):
        yield Finding(say(_("Switchboard runs in this data directory")), fine=True)
        return
    network = settings.network
    wanted = [(network.http, _("pages and API"), "SWITCHBOARD_HTTP", False)]
    if settings.telephony.embedded:
        wanted += [
            (network.ari, _("Asterisk's HTTP"), "SWITCHBOARD_ARI", False), (network.ami, _("Asterisk's manager interface"), "SWITCHBOARD_AMI", False),
            (network.sip, _("SIP over TCP"), "SWITCHBOARD_SIP", False), (network.sip, _("SIP over UDP"), "SWITCHBOARD_SIP", True),
        ]  # fmt: skip
    for address, use, variable, udp in wanted:
        cure = ""
        try:
            must_be_free(address, use, variable, udp=udp)
        except Refusal as refusal:
            cure = refusal.text(language)
        yield Finding(f"{address} ({say(use)})", not cure, cure)


def _runs(home: Path) -> bool:
    """Whether a rescue process holds the home."""
    lock = home / "rescue.lock"
    if not lock.exists():
        return False
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _microphone(settings: Settings, say: Say) -> Finding:
    url, host = settings.public_url, settings.network.http.host
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    cure = say(
        _(
            "Browsers give the microphone to https pages only: put a reverse proxy with a certificate in front and set [web] public_url (see the administrator guide)."
        )
    )
    return Finding(say(_("browsers may use the microphone at {url}"), url=url), url.startswith("https://") or local, cure, hint=True)
