"""One running product for the whole suite; each test leaves no call and no available agent behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.asterisk.scenes import left_in_asterisk, row_of, short_patience
from tests.phones.baresip import until
from tests.phones.caller import Caller
from tests.phones.console import WebSocket
from tests.product import Product, running

AGENTS = ("maryam", "reza", "sara")


@pytest.fixture(scope="session")
def shared_product() -> Iterator[Product]:
    """The product, started once."""
    with running(prepare=short_patience) as product:
        yield product


@pytest.fixture
def product(shared_product: Product) -> Iterator[Product]:
    """The product with nobody available and no call going on, before and after."""
    yield shared_product
    cleared(shared_product)


def cleared(product: Product) -> None:
    """Wait until nothing of a test is left."""
    put_down_everything()
    for agent in AGENTS:
        product.api("POST", "/agents/me/intent", {"intent": "offline"}, user=agent)
    until(lambda: not live_calls(product), "all calls of the test are over")
    until(lambda: not left_in_asterisk(product), "no channel and no bridge is left in Asterisk")
    until(lambda: all(is_done(product, agent) for agent in AGENTS), "all agents are done", 40)


def live_calls(product: Product) -> list[dict[str, object]]:
    """The calls that have not ended."""
    return [call for call in product.calls() if not call["ended_at"]]


def is_done(product: Product, agent: str) -> bool:
    """Whether the agent does nothing; after-call work is ended."""
    row = row_of(product, agent)
    if row["activity"] == "wrap_up":
        product.ask("POST", f"/calls/{row['call']}/end_wrap_up", {}, user=agent)
    return bool(row["activity"] == "idle")


def put_down_everything() -> None:
    """What a failed test left: its callers hang up, its consoles close."""
    for caller in tuple(Caller.standing):
        caller.hang_up()
    for console in tuple(WebSocket.standing):
        console.close()
