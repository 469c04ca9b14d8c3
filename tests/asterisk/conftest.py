"""One running product for the whole suite; each test leaves no call and no available agent behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.asterisk.scenes import is_idle, short_patience
from tests.phones.baresip import until
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
    for agent in AGENTS:
        shared_product.api("POST", "/agents/me/intent", {"intent": "offline"}, user=agent)
    until(lambda: not live_calls(shared_product), "all calls of the test are over")
    until(lambda: all(is_idle(shared_product, agent) for agent in AGENTS), "all agents are done", 40)


def live_calls(product: Product) -> list[dict[str, object]]:
    """The calls that have not ended."""
    return [call for call in product.calls() if not call["ended_at"]]
