"""One Chromium for each module, one context per person, and the stand-in site as a process of its own."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import frozen
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.site_process import started
from tests.browser.visits import Open, visits

FLAGS = (
    "--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--autoplay-policy=no-user-gesture-required",
    "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. It goes with its module: while Playwright is there no coroutine test can run, because it keeps a loop running."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield chromium
        chromium.close()


@frozen
class StandIn:
    """The stand-in site: where it is, and a way to tell its consoles something."""

    url: str

    def tell(self, frame: dict[str, Any]) -> None:
        request = urllib.request.Request(f"{self.url}/control", json.dumps(frame).encode())
        urllib.request.urlopen(request, timeout=10).read()

    def received(self, command: str) -> list[dict[str, Any]]:
        """The commands of this name that consoles sent, oldest first; waits for the first one."""
        with urllib.request.urlopen(f"{self.url}/received/{command}", timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)
            return found


def settled(page: Page) -> Page:
    """Wait until the console has its snapshot."""
    expect(page.locator("#status-now [data-since]")).to_be_attached()
    return page


@pytest.fixture(scope="session")
def stand_in() -> Iterator[StandIn]:
    with started("stand_in") as running:
        yield StandIn(running.url)


@pytest.fixture
def site(stand_in: StandIn) -> StandIn:
    """The stand-in site as it is at first."""
    stand_in.tell({"type": "reset"})
    return stand_in


@pytest.fixture
def open_page(browser: Browser, site: StandIn) -> Iterator[Open]:
    """A way to open a path of the stand-in site as somebody, each in a browser context of its own."""
    with visits(browser, site.url, lambda user: {"user": user}, user="maryam", permissions=("microphone", "notifications")) as opened:
        yield opened
