"""One Chromium for each module, one context per person, and the stand-in site as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from playwright.sync_api import Browser, Page, expect, sync_playwright

PROJECT = Path(__file__).resolve().parents[2]
FLAGS = (
    "--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--autoplay-policy=no-user-gesture-required",
    "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDE = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}


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
    process = subprocess.Popen([sys.executable, "-m", "tests.browser.stand_in"], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process:
        yield StandIn(f"http://127.0.0.1:{int(process.stdout.readline())}")
        process.terminate()


@pytest.fixture
def site(stand_in: StandIn) -> StandIn:
    """The stand-in site as it is at first."""
    stand_in.tell({"type": "reset"})
    return stand_in


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, site: StandIn) -> Iterator[Open]:
    """A way to open a path as somebody (user, language, dark, viewport), each in a browser context of its own."""
    contexts = []

    def opened(
        path: str, *, user: str = "maryam", language: str = "fa", dark: bool = False, viewport: dict[str, int] | None = None
    ) -> Page:
        size = viewport or WIDE
        context = browser.new_context(
            viewport=size,  # type: ignore[arg-type]  # a TypedDict of the same keys
            color_scheme="dark" if dark else "light",
            has_touch=size["width"] < 500,
            permissions=["microphone", "notifications"],
            locale="fa-IR" if language == "fa" else "en-GB",
            timezone_id="Asia/Tehran",
        )
        contexts.append(context)
        context.add_cookies([{"name": "language", "value": language, "url": site.url}, {"name": "user", "value": user, "url": site.url}])
        page = context.new_page()
        page.goto(f"{site.url}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
