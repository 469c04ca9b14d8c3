"""Asterisk's telephone system keeps the contract that the one in memory keeps."""

from __future__ import annotations

import pytest

from config.loops import LOOP
from tests.asterisk.plant import embedded_asterisk
from tests.asterisk.towns import AsteriskTown, agents_of
from tests.switchboard.phone_system_contract import PhoneSystemContract


@pytest.fixture(scope="module")
def agents(tmp_path_factory):
    with embedded_asterisk() as plant, agents_of(plant, tmp_path_factory.mktemp("agents")) as phones:
        yield phones


@pytest.fixture
def town(agents):
    town = AsteriskTown(agents.plant, agents)
    LOOP.run_until_complete(town.open())
    yield town
    LOOP.run_until_complete(town.close())


class TestAsteriskPhones(PhoneSystemContract):
    """Every test of the contract, with a real Asterisk, real SIP and real RTP."""
