"""The product's main job, in three browsers: a caller, an agent, a supervisor, on the whole product as `switchboard run` starts it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.test_axe import faults
from tests.browser.visits import PHONE, WIDE
from tests.phones.baresip import until
from tests.product import Product, running

TONES = (Path(__file__).parent / "tones.js").read_text(encoding="utf-8")
CALLER_HERTZ, AGENT_HERTZ = 440, 1000
SOON = 20_000


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with running() as started:
        yield started


class Desks:
    """Browsers of people, each with a microphone that hums a note of its own."""

    def __init__(self, browser: Browser, product: Product) -> None:
        self.browser = browser
        self.product = product
        self.contexts: list[Any] = []

    def page(self, hertz: int, language: str = "fa") -> Page:
        context = self.browser.new_context(viewport=WIDE, permissions=["microphone"], locale="fa-IR" if language == "fa" else "en-GB")
        self.contexts.append(context)
        context.add_init_script(TONES.replace("HERTZ", str(hertz)))
        return context.new_page()

    def log_in(self, username: str, hertz: int = AGENT_HERTZ, language: str = "fa") -> Page:
        """Somebody at their desk, the telephone registered."""
        page = self.page(hertz, language)
        page.goto(f"{self.product.http}/login")
        page.fill("#username", username)
        page.fill("#password", self.product.account(username)["password"])
        page.click("button.primary")
        expect(page.locator("#places")).to_be_visible(timeout=SOON)
        self.speak(page, language)
        return page

    def speak(self, page: Page, language: str) -> None:
        """Use the language switch of the menu when the page is in the other language."""
        if page.locator("html").get_attribute("lang") != language:
            page.locator(".tools details.menu").last.locator("summary").click()
            page.locator(f'button[name="language"][value="{language}"]').click()
        expect(page.locator("html")).to_have_attribute("lang", language)

    def ready(self, username: str, hertz: int = AGENT_HERTZ, language: str = "fa") -> Page:
        """An agent who takes calls."""
        page = self.log_in(username, hertz, language)
        expect(page.locator("#phone-light.good")).to_be_visible(timeout=SOON)
        page.keyboard.press("Control+Shift+KeyG")
        expect(page.locator("#status-now .state.good")).to_be_visible()
        return page

    def caller(self, number: str, who: str = "") -> Page:
        """A customer at the web phone, calling."""
        page = self.page(CALLER_HERTZ)
        page.goto(f"{self.product.http}/webphone")
        expect(page.locator("#call")).to_be_enabled()
        expect(page.locator("#keys button").first).to_be_visible(timeout=SOON)
        if who:
            page.check(f'input[name="caller"][value="{who}"]')
        page.fill("#number", number)
        page.click("#call")
        expect(page.locator("#handset")).to_have_attribute("data-state", "talking", timeout=SOON)
        return page


@pytest.fixture
def desks(browser: Browser, product: Product) -> Iterator[Desks]:
    made = Desks(browser, product)
    yield made
    for context in made.contexts:
        context.close()


def hears(page: Page, hertz: int) -> None:
    """Wait until the loudest thing this person hears is that note."""
    page.wait_for_function("async ([hertz, near]) => Math.abs((await loudest()) - hertz) < near", arg=[hertz, 25], timeout=SOON)


def test_a_call_from_greeting_to_the_recording_on_the_customers_page(desks: Desks) -> None:
    """A caller hears the greeting, presses 1, waits; the agent sees who it is, answers, both hear each other; afterwards result and recording are there."""
    agent = desks.ready("maryam")
    board = desks.log_in("nader")
    board.goto(f"{desks.product.http}/wallboard")
    caller = desks.caller("1000")
    name = caller.locator("label.check span").first.inner_text().split("\n")[0]
    caller.locator('[data-digit="1"]').click()
    ringing = agent.locator(".call-card.ringing")
    expect(ringing).to_be_visible(timeout=SOON)
    expect(ringing.locator(".who a")).to_be_visible()
    known = ringing.locator(".who a").inner_text()
    assert known in name
    expect(board.locator("#calls, #waiting").get_by_text(known).first).to_be_visible()
    agent.keyboard.press("Control+Shift+KeyA")
    hears(agent, CALLER_HERTZ)
    hears(caller, AGENT_HERTZ)
    expect(agent.locator("#status-now")).to_contain_text("در گفت‌وگو")
    expect(board.locator("#calls")).to_contain_text("در گفت‌وگو")
    agent.get_by_label("یادداشت").fill("قیمت پمپ را پرسید")
    expect(agent.locator(".saved-note")).to_contain_text("ذخیره شد")
    agent.keyboard.press("Control+Shift+KeyH")
    expect(agent.locator(".call-card.held")).to_be_visible()
    caller.wait_for_function("async () => Math.abs((await loudest()) - 1000) > 50", timeout=SOON)
    agent.keyboard.press("Control+Shift+KeyH")
    hears(caller, AGENT_HERTZ)
    caller.locator("#call").click()
    expect(agent.locator(".call-card.wrap-up")).to_be_visible(timeout=SOON)
    agent.locator("#page h1").click()
    agent.keyboard.press("Digit1")
    agent.keyboard.press("Control+Shift+Enter")
    expect(agent.locator(".call-card")).to_have_count(0)
    expect(agent.locator("#status-now")).to_contain_text("آماده")
    agent.locator("#places").get_by_text("تماس‌ها").click()
    expect(agent).to_have_url(f"{desks.product.http}/calls")
    expect(agent.locator("#page")).to_contain_text(known)
    agent.locator("#page").get_by_text(known).first.click()
    expect(agent.locator("#page")).to_contain_text("قیمت پمپ را پرسید", timeout=SOON)
    until(lambda: desks.product.calls()[0]["recording"], "the recording", 60)
    agent.reload()
    expect(agent.locator("recording-player").first).to_be_attached()


def test_click_to_dial_in_english(desks: Desks) -> None:
    """The agent clicks a number: their own phone answers by itself, the other side is called, and the echo is heard."""
    agent = desks.ready("reza", AGENT_HERTZ, "en")
    agent.fill("#dial-number", "09121112233")
    agent.keyboard.press("Enter")
    expect(agent.get_by_role("button", name="Hang up")).to_be_visible(timeout=SOON)
    hears(agent, AGENT_HERTZ)
    agent.keyboard.press("Control+Shift+KeyE")
    expect(agent.locator(".call-card:not(.wrap-up)")).to_have_count(0, timeout=SOON)


def test_the_daemon_dies_during_a_talk_and_nobody_notices(desks: Desks) -> None:
    """Kill -9 of the daemon: both go on hearing each other; when it is back the card shows the customer again, hold works, and the note is kept."""
    agent = desks.ready("reza")
    caller = desks.caller("1001")
    expect(agent.locator(".call-card.ringing")).to_be_visible(timeout=SOON)
    agent.keyboard.press("Control+Shift+KeyA")
    hears(agent, CALLER_HERTZ)
    agent.get_by_label("یادداشت").fill("پیش از خاموشی")
    expect(agent.locator(".saved-note")).to_contain_text("ذخیره شد")
    os.kill(desks.product.daemon_pid, signal.SIGKILL)
    expect(agent.locator("#phone-light.attention, #phone-light.bad")).to_be_visible(timeout=SOON)
    hears(agent, CALLER_HERTZ)
    hears(caller, AGENT_HERTZ)
    expect(agent.locator("#phone-light.good")).to_be_visible(timeout=60_000)
    expect(agent.locator(".call-card")).to_have_count(1)
    expect(agent.get_by_label("یادداشت")).to_have_value("پیش از خاموشی")
    hears(agent, CALLER_HERTZ)
    hears(caller, AGENT_HERTZ)
    agent.keyboard.press("Control+Shift+KeyH")
    expect(agent.locator(".call-card.held")).to_be_visible(timeout=SOON)
    agent.keyboard.press("Control+Shift+KeyH")
    hears(caller, AGENT_HERTZ)
    agent.keyboard.press("Control+Shift+KeyE")
    expect(caller.locator("#handset")).to_have_attribute("data-state", "idle", timeout=SOON)


@pytest.mark.parametrize(
    ("language", "dark", "viewport"), [("fa", False, WIDE), ("en", True, PHONE)], ids=["fa-light-wide", "en-dark-phone"]
)
def test_every_page_with_real_records_is_clean_to_axe(desks: Desks, language: str, dark: bool, viewport: ViewportSize) -> None:
    """Lists, a customer, a call, forms, account, flows: usable with a screen reader and a keyboard, and nothing is wider than the screen."""
    page = desks.log_in("admin", language=language)
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.set_viewport_size(viewport)
    party = desks.product.api("GET", "/parties?q=احمدی&per=1".replace("احمدی", "%D8%A7%D8%AD%D9%85%D8%AF%DB%8C"))["items"][0]["id"]
    calls = [f"/calls/{one['id']}" for one in desks.product.calls(1)]
    for path in (
        "/parties",
        f"/parties/{party}",
        f"/parties/{party}/edit",
        "/parties/new",
        "/calls",
        *calls,
        "/account",
        "/flows",
        "/desk",
    ):
        page.goto(f"{desks.product.http}{path}")
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
