"""The telephone in the browser on a real Asterisk: both sides hear each other, and a call survives its websocket."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from config.secrets import sip_password
from switchboard.asterisk.provision import Phone, provision
from tests.asterisk.plant import Plant, embedded_asterisk
from tests.browser.conftest import StandIn
from tests.browser.pipe import Pipe, pipe

TONES = (Path(__file__).parent / "tones.js").read_text(encoding="utf-8")
CALLER_HERTZ, AGENT_HERTZ = 440, 1000
NEAR_HERTZ = 25


@pytest.fixture(scope="module")
def plant() -> Iterator[Plant]:
    """Asterisk alone, with one agent's browser phone: its static queue rings it, as when the daemon is away."""
    with embedded_asterisk() as running:

        async def reload(module: str) -> None:
            running.ami.command(f"module reload {module}.so")

        made = provision([Phone("101", "مریم")], running.key, running.folders.etc, reload)
        with ThreadPoolExecutor(1) as thread:  # Playwright keeps a loop running in this one
            thread.submit(asyncio.run, made).result()
        yield running


@pytest.fixture
def line(plant: Plant, site: StandIn) -> Iterator[Pipe]:
    """The way of the websockets to Asterisk; the stand-in hands out real credentials for it."""
    ari = plant.settings.network.ari
    with pipe((ari.host, ari.port)) as made:
        site.tell({"type": "sip", "port": made.port, **{name: sip_password(plant.key, name) for name in ("w101", "demo-caller")}})
        yield made


@pytest.fixture
def person(browser: Browser, site: StandIn) -> Iterator[Any]:
    """A browser of one's own whose microphone hums one note."""
    contexts = []

    def opened(path: str, hertz: int) -> Page:
        context = browser.new_context(permissions=["microphone"], locale="fa-IR")
        contexts.append(context)
        context.add_cookies([{"name": "user", "value": "maryam", "url": site.url}])
        context.add_init_script(TONES.replace("HERTZ", str(hertz)))
        page = context.new_page()
        page.goto(f"{site.url}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()


def hears(page: Page, hertz: int) -> None:
    """Wait until the loudest thing this person hears is that note."""
    page.wait_for_function("async ([hertz, near]) => Math.abs((await loudest()) - hertz) < near", arg=[hertz, NEAR_HERTZ], timeout=15_000)


def talk(person: Any) -> tuple[Page, Page]:
    """An agent answers a caller in the browser; both hear each other."""
    agent = person("/desk", AGENT_HERTZ)
    expect(agent.locator("#phone-light.good")).to_be_visible(timeout=15_000)
    caller = person("/webphone", CALLER_HERTZ)
    caller.locator("#call").click()
    answer = agent.locator(".call-card.ringing").get_by_role("button", name="پاسخ")
    answer.click(timeout=30_000)
    hears(agent, CALLER_HERTZ)
    hears(caller, AGENT_HERTZ)
    return agent, caller


def test_nobody_can_call_before_the_telephone_is_connected(line: Pipe, person: Any) -> None:
    """A call that could only fail is not offered; with the connection it is."""
    line.cut()
    caller = person("/webphone", CALLER_HERTZ)
    expect(caller.locator("#keys button").first).to_be_visible()
    expect(caller.locator("#call")).to_be_disabled()
    expect(caller.locator("#display")).to_contain_text("در حال اتصال")
    line.mend()
    expect(caller.locator("#call")).to_be_enabled(timeout=20_000)
    expect(caller.locator("#display")).to_contain_text("آمادهٔ تماس")


def test_both_hear_each_other_and_the_caller_hangs_up(line: Pipe, person: Any) -> None:
    """Asterisk's own queue rings the browser: the agent sees who calls, answers, both talk, and the card goes with the call."""
    agent, caller = talk(person)
    expect(agent.locator(".call-card")).to_contain_text("۰۹۱۲ ۱۲۳ ۴۵ ۶۷")
    expect(caller.locator("#handset")).to_have_attribute("data-state", "talking")
    caller.locator("#call").click()
    expect(agent.locator(".call-card")).to_have_count(0, timeout=20_000)
    expect(caller.locator("#display")).to_contain_text("پایان یافت")


def test_mute_is_not_heard(line: Pipe, person: Any) -> None:
    """While muted the caller hears nothing of the agent; unmuted, again."""
    agent, caller = talk(person)
    agent.keyboard.press("Control+Shift+KeyM")
    expect(agent.locator("#mic-light.attention")).to_be_visible()
    caller.wait_for_function("async () => (await loudest()) === 0", timeout=15_000)
    agent.keyboard.press("Control+Shift+KeyM")
    hears(caller, AGENT_HERTZ)
    agent.keyboard.press("Control+Shift+KeyE")
    expect(caller.locator("#handset")).to_have_attribute("data-state", "idle")


def test_a_call_survives_its_websocket(plant: Plant, line: Pipe, person: Any) -> None:
    """The connection breaks: both go on talking; it comes back: the phone registers, the call is renewed, and a hang-up on either side still ends it."""
    agent, caller = talk(person)
    line.cut()
    expect(agent.locator("#phone-light.bad")).to_be_visible()
    hears(agent, CALLER_HERTZ)
    hears(caller, AGENT_HERTZ)
    line.mend()
    expect(agent.locator("#phone-light.good")).to_be_visible(timeout=20_000)
    hears(agent, CALLER_HERTZ)
    hears(caller, AGENT_HERTZ)
    caller.locator("#call").click()
    expect(agent.locator(".call-card")).to_have_count(0, timeout=20_000)


def test_a_refused_number_is_said(line: Pipe, person: Any) -> None:
    """A microphone that is not given is said, and nothing hangs."""
    caller = person("/webphone", CALLER_HERTZ)
    expect(caller.locator("#display")).to_contain_text("آمادهٔ تماس")
    caller.evaluate("() => (navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); })")
    caller.locator("#call").click()
    expect(caller.locator("#display")).to_contain_text("مرورگر میکروفون را نداد")
