"""Agents' telephones in Asterisk's configuration: derived, hashed, loaded only when something changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from config.secrets import sip_password
from switchboard.asterisk.provision import Phone, pjsip_agents, provision, queue_members
from tests.asterisk.plant import embedded_asterisk

KEY = b"k" * 32


class Reloads:
    """Counts what was asked to be loaded again."""

    def __init__(self) -> None:
        self.modules: list[str] = []

    async def __call__(self, module: str) -> None:
        self.modules.append(module)


async def test_only_a_change_is_loaded(tmp_path: Path):
    """Writing the same telephones again disturbs nobody."""
    reloads = Reloads()
    phones = [Phone("101", "سارا محمدی", desk=True), Phone("102", "Ali")]
    assert await provision(phones, KEY, tmp_path, reloads)
    assert reloads.modules == ["res_pjsip", "app_queue"]
    assert not await provision(reversed(phones), KEY, tmp_path, reloads)
    assert reloads.modules == ["res_pjsip", "app_queue"]


def test_no_password_is_written():
    """Whoever reads the file learns digests only."""
    text = pjsip_agents([Phone("101", "Sara", desk=True)], KEY)
    assert sip_password(KEY, "101") not in text
    assert sip_password(KEY, "w101") not in text
    assert "password_digest = MD5:" in text


def test_every_telephone_is_in_the_static_queue():
    """While the daemon is away all telephones of all agents may ring."""
    assert queue_members([Phone("101", "Sara", desk=True), Phone("102", "Ali", browser=False, desk=True)]).splitlines() == [
        "member => PJSIP/w101,0,Sara,PJSIP/w101",
        "member => PJSIP/101,0,Sara,PJSIP/101",
        "member => PJSIP/102,0,Ali,PJSIP/102",
    ]


@given(st.text(max_size=200))
def test_no_name_can_write_a_line_of_its_own(name: str):
    """A name with line ends, brackets or semicolons stays a name."""
    phone = Phone("101", name)
    assert len(pjsip_agents([phone], KEY).splitlines()) == len(pjsip_agents([Phone("101", "x")], KEY).splitlines())
    assert len(queue_members([phone]).splitlines()) == 1
    assert not set(';[]"\r\n') & set(pjsip_agents([phone], KEY).splitlines()[1])


@pytest.mark.parametrize("extension", ["", "1", "10a", "101\n", "101]", "12345678901", "١٠١"])
def test_an_extension_is_digits(extension: str):
    """Anything else never reaches a configuration file."""
    with pytest.raises(ValueError, match="extension"):
        Phone(extension, "x")


async def test_a_running_asterisk_learns_a_telephone_and_forgets_it():
    """Endpoints come and go by a reload, without a restart."""
    with embedded_asterisk() as plant:

        async def reload(module: str) -> None:
            plant.ami.command(f"module reload {module}.so")

        await provision([Phone("101", "سارا", desk=True)], plant.key, plant.folders.etc, reload)
        assert "w101" in plant.ami.command("pjsip show endpoints")
        assert "PJSIP/101" in plant.ami.command("queue show static")
        await provision([], plant.key, plant.folders.etc, reload)
        assert "w101" not in plant.ami.command("pjsip show endpoints")
        assert "PJSIP/101" not in plant.ami.command("queue show static")
