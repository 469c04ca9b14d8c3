"""Set-up: what is there is not done again, what is missing is said in one line, a failure names its cure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.asterisk_root import find_asterisk, major, private_root, system_root
from config.places import PROJECT, SHARED_CACHE, asterisk_folders, cache_folder
from setup import asterisk, debian, environment
from setup.shell import Stopped, run
from setup.stamps import fingerprint, is_fresh, leave


def silent(_doing: str) -> None:
    """Somebody who does not listen."""


def test_a_failed_program_is_quoted_with_its_cure():
    """The last lines of what it said, and what to do."""
    with pytest.raises(Stopped, match=r"(?s)failed \(3\).*the disk is full.*Make room\."):
        run([sys.executable, "-c", "import sys; print('the disk is full'); sys.exit(3)"], cure="Make room.")


def test_a_missing_program_is_named():
    """No traceback for a program that is not installed."""
    with pytest.raises(Stopped, match=r"no-such-program is not here\. Install it\."):
        run(["no-such-program"], cure="Install it.")


def test_a_stamp_is_good_for_the_same_inputs_only(tmp_path: Path):
    """A step is done again when what it depends on has changed, even by becoming absent."""
    lock, stamp = tmp_path / "lock", tmp_path / "made/.stamp"
    lock.write_text("a==1")
    leave(stamp, fingerprint([lock]))
    assert is_fresh(stamp, fingerprint([lock]))
    lock.write_text("a==2")
    assert not is_fresh(stamp, fingerprint([lock]))
    lock.unlink()
    assert not is_fresh(stamp, fingerprint([lock]))
    assert not is_fresh(tmp_path / "nothing", "")


def test_missing_packages_without_rights_are_one_line_to_type(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """An ordinary user without sudo is told exactly what root must type."""
    (tmp_path / "apt-get").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    with pytest.raises(Stopped) as stopped:
        debian.install(silent, "test")
    assert "As root, run: apt-get update && apt-get install --no-install-recommends" in str(stopped.value)
    for package in ("espeak-ng", "ffmpeg", "nodejs", "chromium", "sip-tester"):
        assert package in str(stopped.value)


def test_what_is_there_is_not_asked_for():
    """On a machine that runs the tests nothing is missing."""
    assert debian.missing("test") == []


def test_the_cache_is_outside_the_work_tree_and_readable_by_the_accounts_that_need_it():
    """Root's own home is closed to the account that Asterisk runs as, so root uses the machine's cache."""
    assert cache_folder({}, uid=0) == SHARED_CACHE
    assert cache_folder({"XDG_CACHE_HOME": "/cache"}, uid=1000) == Path("/cache/switchboard")
    assert cache_folder({"SWITCHBOARD_CACHE": "/mine", "XDG_CACHE_HOME": "/cache"}, uid=0) == Path("/mine")
    assert list(asterisk_folders({"SWITCHBOARD_CACHE": "/mine"})) == [Path("/mine/asterisk")]
    assert PROJECT not in cache_folder({}).parents


@pytest.mark.parametrize(("version", "number"), [("22.10.1~dfsg+~cs6-1", 22), ("1:20.6.0", 1), ("", 0), ("23.0.0-rc1", 23)])
def test_the_leading_number_counts(version: str, number: int):
    """Versions are compared by their major number."""
    assert major(version) == number


def test_half_a_root_is_no_root(tmp_path: Path):
    """An interrupted unpacking is begun again, never started from."""
    (tmp_path / "root/usr/sbin").mkdir(parents=True)
    (tmp_path / "root/usr/sbin/asterisk").touch()
    assert private_root(tmp_path) is None
    assert system_root(tmp_path / "nothing") is None


def test_the_asterisk_that_was_set_up_is_new_enough():
    """What the product will start is there and answers to -V."""
    root, version = find_asterisk(None)
    assert root is not None
    assert major(version) >= 22
    assert (root.modules / "res_ari.so").exists()
    assert (root.data / "documentation/core-en_US.xml").exists()


def test_a_second_set_up_fetches_nothing(monkeypatch: pytest.MonkeyPatch):
    """With Asterisk there, no package tool is even called."""
    monkeypatch.setattr(asterisk, "unpack", lambda *_words: pytest.fail("it was fetched again"))
    assert asterisk.install(silent).startswith("Asterisk 2")


def test_a_machine_that_names_no_debian_mirror_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch):
    """The cure is in the sentence."""
    monkeypatch.delenv("SWITCHBOARD_DEBIAN_MIRROR", raising=False)
    monkeypatch.setattr(
        asterisk,
        "run",
        lambda *_words, **_more: "http://mirror.example/ubuntu Ubuntu noble\nhttp://security.example Debian oldstable-security\n",
    )
    with pytest.raises(Stopped, match="SWITCHBOARD_DEBIAN_MIRROR"):
        asterisk.mirror()
    monkeypatch.setattr(asterisk, "run", lambda *_words, **_more: "http://mirror.example/debian/ Debian stable\n")
    assert asterisk.mirror() == "http://mirror.example/debian/"


def test_the_environment_sees_the_project_from_anywhere(tmp_path: Path):
    """`switchboard` is a command of the virtual environment, whatever the current folder."""
    assert environment.VENV == PROJECT / ".venv"
    done = subprocess.run([PROJECT / ".venv/bin/switchboard", "--help"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "run" in done.stdout


def test_the_locks_pin_every_package_by_hash_and_name_no_address():
    """What is installed is what was looked at, from whichever mirror."""
    for lock in environment.LOCKS.values():
        lines = lock.read_text().splitlines()
        packages = [line for line in lines if line and not line.startswith((" ", "#"))]
        assert all("==" in line for line in packages)
        assert sum("--hash=sha256:" in line for line in lines) >= len(packages)
        assert not any("://" in line or "index-url" in line for line in lines)


def test_an_older_python_is_told_so():
    """The very first line of set-up works on older Pythons, to say that they are too old."""
    source = (PROJECT / "setup/__main__.py").read_text()
    assert source.index("sys.version_info < (3, 11)") < source.index("from setup import")


def test_what_is_missing_is_installed_and_nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Root's apt-get is asked for exactly the missing packages, after its lists were brought up to date; then they are looked for again."""
    said = tmp_path / "said"
    for program in ("node", "npm", "ffmpeg", "dpkg-deb", "uv"):
        (tmp_path / program).touch(mode=0o755)
    (tmp_path / "apt-get").write_text(
        f'#!/bin/sh\necho "$@" >> {said}\ncase "$*" in *install*) : > {tmp_path}/espeak-ng; /bin/chmod 755 {tmp_path}/espeak-ng;; esac\n'
    )
    (tmp_path / "apt-get").chmod(0o755)
    (tmp_path / "env").symlink_to("/usr/bin/env")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert debian.install(silent, "run") == "installed espeak-ng"
    assert said.read_text().splitlines() == ["--quiet=2 update", "--quiet=2 --yes install --no-install-recommends espeak-ng"]
