"""Asterisk 22 or newer: the installed one, else unpacked into a private root from the distribution's packages or Debian's.

No installed package is touched and no right of root is needed: apt runs on a state of its own, signatures are checked with
the machine's keyrings, and `dpkg-deb -x` unpacks what it fetched. (Installing the distribution's package would also start
its own Asterisk as a service, on the port that ours needs.)
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from config.asterisk_root import MINIMUM, find_asterisk, major, private_root
from config.places import cache_folder
from setup.shell import Stopped, run

PACKAGES = ("asterisk", "asterisk-modules", "asterisk-core-sounds-en")
SUITES = ("testing", "unstable")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
Say = Callable[[str], None]


def install(say: Say) -> str:
    """Make an Asterisk that is new enough available; the sentence says which."""
    root, version = find_asterisk(None)
    if root is None:
        folder = cache_folder() / "asterisk"
        say(f"fetching Asterisk into {folder} (once; about 160 packages)")
        unpack(folder, say)
        root, version = find_asterisk(None)
    if root is None:
        raise Stopped(
            f"The Asterisk that was fetched does not start or is older than {MINIMUM} ({version or 'no answer'}). Remove {cache_folder() / 'asterisk'} and run again."
        )
    return f"Asterisk {version}"


def distribution_candidate() -> str:
    """The version of asterisk that this machine's own package lists offer; empty when none."""
    said = subprocess.run(
        ["apt-cache", "policy", "asterisk"], capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
    ).stdout
    found = re.search(r"Candidate: (?:\d+:)?(\d\S*)", said)
    return found[1] if found else ""


def distribution_has_it() -> bool:
    """Whether the distribution's own package is new enough (Debian testing, recent Ubuntu)."""
    return major(distribution_candidate()) >= MINIMUM


def unpack(folder: Path, say: Say) -> None:
    """Fetch and unpack into `folder`; begins again where an interrupted attempt stopped."""
    folder.mkdir(parents=True, exist_ok=True)
    if distribution_has_it():
        apt = _private_apt(folder)
        run(["apt-get", *apt, "--quiet=2", "update"], cure="Check the network and run again.")
    else:
        apt = [*_private_apt(folder), *_own_sources(folder)]
        _choose_suite(folder, apt, mirror(), say)
    say("downloading packages")
    run(
        ["apt-get", *apt, "--yes", "--quiet=2", "--download-only", "install", *PACKAGES],
        cure="Check the network and run again; what has arrived is kept.",
    )
    packages = sorted((folder / "apt/archives").glob("*.deb"))
    say(f"unpacking {len(packages)} packages")
    _extract(packages, folder)
    shutil.rmtree(folder / "apt")
    (folder / "complete").write_text("\n".join(package.name for package in packages) + "\n")
    if private_root(folder) is None:
        raise Stopped(f"The packages unpacked in {folder} hold no Asterisk. Remove that folder and run again.")


def mirror() -> str:
    """A Debian mirror, from SWITCHBOARD_DEBIAN_MIRROR or the machine's own apt settings."""
    if named := os.environ.get("SWITCHBOARD_DEBIAN_MIRROR"):
        return named
    listed = run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN) $(SUITE)", "Created-By: Packages"],
        cure="This is not a Debian or Ubuntu machine: install Asterisk 22 or newer yourself and name it in switchboard.toml ([telephony] asterisk).",
    )
    for line in listed.splitlines():
        uri, origin, suite = (*line.split(" ", 2), "", "")[:3]
        if origin == "Debian" and "security" not in suite:
            return uri
    raise Stopped(
        "This machine's package lists offer no Asterisk 22 and name no Debian mirror to fetch it from. "
        "Run `apt-get update` if that was never done, or set SWITCHBOARD_DEBIAN_MIRROR to a Debian mirror's address."
    )


def _private_apt(folder: Path) -> list[str]:
    """Apt's options for a state of its own that knows of no installed package."""
    state = folder / "apt"
    for name in ("lists/partial", "archives/partial", "etc"):
        (state / name).mkdir(parents=True, exist_ok=True)
    (state / "status").write_text("")
    return _options({
        "Dir::State": state, "Dir::State::status": state / "status", "Dir::State::lists": state / "lists", "Dir::Cache": state,
        "Dir::Cache::archives": state / "archives", "APT::Install-Recommends": "false", "Acquire::Check-Valid-Until": "false",
        "Acquire::Retries": "3", "Acquire::Languages": "none", "APT::Sandbox::User": "", "Debug::NoLocking": "1",
        "APT::Keep-Downloaded-Packages": "true", "Binary::apt-get::APT::Keep-Downloaded-Packages": "true",
        # hooks of the machine (caches, notifications) are not for this state
        "APT::Update::Post-Invoke": "", "APT::Update::Post-Invoke-Success": "",
    })  # fmt: skip


def _own_sources(folder: Path) -> list[str]:
    """Apt's options for a source list of its own, in `folder`."""
    if not KEYRING.exists():
        raise Stopped(
            "Debian's archive keyring is missing, so what is fetched could not be checked. Install it: apt-get install debian-archive-keyring"
        )
    nothing = "/dev/null"
    return _options({
        "Dir::Etc::sourcelist": folder / "apt/etc/sources.list", "Dir::Etc::sourceparts": nothing, "Dir::Etc::preferences": nothing,
        "Dir::Etc::preferencesparts": nothing,
    })  # fmt: skip


def _options(values: dict[str, object]) -> list[str]:
    return [part for name, value in values.items() for part in ("-o", f"{name}={value}")]


def _choose_suite(folder: Path, apt: list[str], uri: str, say: Say) -> None:
    """Point the private apt at the first suite whose Asterisk is new enough."""
    offered = ""
    for suite in SUITES:
        say(f"reading Debian {suite}'s package list")
        (folder / "apt/etc/sources.list").write_text(f"deb [signed-by={KEYRING}] {uri} {suite} main\n")
        run(["apt-get", *apt, "--quiet=2", "update"], cure="Check the network and run again.")
        policy = run(["apt-cache", *apt, "policy", "asterisk"], cure="Run again.", environ={"LC_ALL": "C"})
        found = re.search(r"Candidate: (?:\d+:)?(\d\S*)", policy)
        offered = found[1] if found else offered
        if found and major(found[1]) >= MINIMUM:
            return
    raise Stopped(
        f"Debian offers Asterisk {offered or 'nowhere'}; {MINIMUM} or newer is needed. Name one in switchboard.toml ([telephony] asterisk)."
    )


def _extract(packages: list[Path], folder: Path) -> None:
    partial = folder / "root.partial"
    shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(folder / "root", ignore_errors=True)
    partial.mkdir()
    for link in ("bin", "sbin", "lib", "lib64"):  # merged /usr, as the packages expect
        (partial / "usr" / link).mkdir(parents=True, exist_ok=True)
        (partial / link).symlink_to(f"usr/{link}")

    for package in packages:
        run(["dpkg-deb", "-x", str(package), str(partial)], cure="Run again; a broken download is fetched anew.")
    for needless in _needless(partial):
        shutil.rmtree(needless, ignore_errors=True)
    partial.chmod(0o755)
    partial.rename(folder / "root")


def _needless(root: Path) -> Iterator[Path]:
    """Parts of the packages that a running Asterisk never reads; a third of the size."""
    for name in ("doc", "man", "locale", "info", "icons", "lintian", "bug"):
        yield root / "usr/share" / name
