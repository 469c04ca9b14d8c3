"""The installation key and the passwords derived from it."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest

from config.secrets import KeyBroken, derived, installation_key, sip_digest, sip_password


def test_the_key_is_made_once_and_read_by_its_owner_only(tmp_path: Path):
    """Restarting changes no password; no other account can read the key."""
    key = installation_key(tmp_path)
    assert installation_key(tmp_path) == key
    assert len(key) == 32
    assert stat.S_IMODE((tmp_path / "secrets/key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_every_installation_and_every_telephone_has_its_own_password(tmp_path: Path):
    """One telephone's password says nothing about another's."""
    key, other = installation_key(tmp_path / "a"), installation_key(tmp_path / "b")
    assert len({sip_password(key, "101"), sip_password(key, "w101"), sip_password(other, "101"), derived(key, "ari")}) == 4
    assert sip_password(key, "101") == sip_password(key, "101")


def test_half_a_key_is_refused(tmp_path: Path):
    """A damaged key must not quietly change every password."""
    installation_key(tmp_path)
    (tmp_path / "secrets/key").write_bytes(b"short")
    with pytest.raises(KeyBroken, match="back-up"):
        installation_key(tmp_path)


def test_the_digest_is_what_a_telephone_computes():
    """HA1 of RFC 2617: MD5(user:realm:password)."""
    assert sip_digest("101", "secret") == hashlib.md5(b"101:switchboard:secret").hexdigest()
