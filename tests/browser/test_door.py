"""The door, the own account and the users in Chromium: gone through by keys, on a phone, in both languages, clean for axe."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from base64 import b32decode
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from crm.totp import code_at
from tests.browser.conftest import PHONE, PROJECT, WIDE
from tests.browser.test_axe import faults
from tests.web.building import PASSWORD

PAGES = ("/account", "/users", "/users/new", "/users/sara", "/users/log", "/users/log?user=client", "/users?q=zzz", "/users/rules")


@pytest.fixture(scope="module")
def door() -> Iterator[str]:
    process = subprocess.Popen([sys.executable, "-m", "tests.browser.door_site"], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.kill()


@pytest.fixture
def people(browser: Browser, door: str) -> Iterator[list[Page]]:
    """Pages that are closed afterwards."""
    opened: list[Page] = []
    yield opened
    for page in opened:
        page.context.close()


def page_of(
    browser: Browser, door: str, people: list[Page], *, language: str = "fa", dark: bool = False, size: dict[str, int] = WIDE
) -> Page:
    context = browser.new_context(
        viewport=size,  # type: ignore[arg-type]  # a TypedDict of the same keys
        color_scheme="dark" if dark else "light",
        has_touch=size["width"] < 500,
        locale="fa-IR" if language == "fa" else "en-GB",
        timezone_id="Asia/Tehran",
    )
    context.add_cookies([{"name": "language", "value": language, "url": door}])
    page = context.new_page()
    people.append(page)
    page.goto(f"{door}/login")
    return page


def log_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """Name, password, Enter."""
    page.fill("#username", username)
    page.fill("#password", password)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_new_user_comes_in_and_guards_the_door(browser: Browser, door: str, people: list[Page]) -> None:
    """Made by the administrator, in with what was told, a password of one's own, a telephone, out, and in with a recovery code."""
    admin = page_of(browser, door, people)
    log_in(admin, "admin")
    admin.goto(f"{door}/users/new")
    admin.fill("#username", "zahra")
    admin.fill("#facts #name", "زهرا نوری")
    admin.select_option("#role", "user")
    admin.keyboard.press("Tab")
    admin.locator("#facts .button.primary").press("Enter")
    told = admin.locator("#temporary").inner_text()
    zahra = page_of(browser, door, people, language="en")
    log_in(zahra, "zahra", told)
    zahra.fill("#new", "daria va kuh")
    with zahra.expect_navigation():
        zahra.keyboard.press("Enter")
    expect(zahra.locator("h1")).to_have_text("My account")
    zahra.fill("#proof", "daria va kuh")
    zahra.keyboard.press("Enter")
    expect(zahra.locator("img.square")).to_be_visible()
    assert zahra.evaluate("document.querySelector('img.square').naturalWidth > 100")
    secret = b32decode(re.sub(r"\s", "", zahra.locator(".secret code").inner_text()))
    zahra.fill("#code", code_at(secret, int(time.time() // 30)))
    zahra.keyboard.press("Enter")
    expect(zahra.locator(".codes li")).to_have_count(10)
    recovery = zahra.locator(".codes code").first.inner_text()
    assert faults(zahra) == []
    zahra.locator("details.menu summary:visible").last.click()
    with zahra.expect_navigation():
        zahra.locator("#log-out button").click()
    log_in(zahra, "zahra", "daria va kuh")
    zahra.fill("#code", recovery.upper())
    with zahra.expect_navigation():
        zahra.keyboard.press("Enter")
    expect(zahra.locator("h1")).to_have_text("My account")


def test_the_administrator_looks_and_comes_back(browser: Browser, door: str, people: list[Page]) -> None:
    """The bar stands above every page until one click ends it; the telephone is not taken."""
    admin = page_of(browser, door, people, size=PHONE)
    log_in(admin, "admin")
    admin.goto(f"{door}/users/maryam")
    with admin.expect_navigation():
        admin.locator('form[action$="/see-as"] button').click()
    admin.goto(f"{door}/help")
    expect(admin.locator(".seeing")).to_contain_text("مریم")
    assert admin.locator("#dock").count() == 0
    assert faults(admin) == []
    with admin.expect_navigation():
        admin.locator(".seeing button").click()
    expect(admin).to_have_url(f"{door}/users/maryam")
    assert admin.locator(".seeing").count() == 0


@pytest.mark.parametrize(("language", "dark", "size"), [("fa", False, PHONE), ("en", True, WIDE)], ids=["fa-light-phone", "en-dark-wide"])
def test_pages_are_clean(browser: Browser, door: str, people: list[Page], language: str, dark: bool, size: dict[str, int]) -> None:
    """Whoever keeps users with a screen reader, by keyboard or on a telephone can; nothing is wider than the screen."""
    page = page_of(browser, door, people, language=language, dark=dark, size=size)
    log_in(page, "reza")
    expect(page.locator("#code")).to_be_focused()
    assert faults(page) == []
    page.goto(f"{door}/login")
    log_in(page, "admin")
    for path in PAGES:
        page.goto(f"{door}{path}")
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
