"""The door, the own account and the users in Chromium: gone through by keys, on a phone, in both languages, clean for axe."""

from __future__ import annotations

import re
import time
from base64 import b32decode
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from crm.totp import code_at
from tests.browser.site_process import started
from tests.browser.test_axe import faults
from tests.browser.visits import PHONE, WIDE, Open, visits
from tests.web.building import PASSWORD

PAGES = ("/account", "/users", "/users/new", "/users/sara", "/users/log", "/users/log?user=client", "/users?q=zzz", "/users/rules")


@pytest.fixture(scope="module")
def door() -> Iterator[str]:
    with started("door_site") as running:
        yield running.url


@pytest.fixture
def open_page(browser: Browser, door: str) -> Iterator[Open]:
    """Strangers; who they are they say at the door."""
    with visits(browser, door, lambda _user: {}) as opened:
        yield opened


def log_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """Name, password, Enter."""
    page.fill("#username", username)
    page.fill("#password", password)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_new_user_comes_in_and_guards_the_door(door: str, open_page: Open) -> None:
    """Made by the administrator, in with what was told, a password of one's own, a telephone, out, and in with a recovery code."""
    admin = open_page("/login")
    log_in(admin, "admin")
    admin.goto(f"{door}/users/new")
    admin.fill("#username", "zahra")
    admin.fill("#facts #name", "زهرا نوری")
    admin.select_option("#role", "user")
    admin.keyboard.press("Tab")
    admin.locator("#facts .button.primary").press("Enter")
    told = admin.locator("#temporary").inner_text()
    zahra = open_page("/login", language="en")
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


def test_the_administrator_looks_and_comes_back(door: str, open_page: Open) -> None:
    """The bar stands above every page until one click ends it; the telephone is not taken."""
    admin = open_page("/login", viewport=PHONE)
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
def test_pages_are_clean(door: str, open_page: Open, language: str, dark: bool, size: ViewportSize) -> None:
    """Whoever keeps users with a screen reader, by keyboard or on a telephone can; nothing is wider than the screen."""
    page = open_page("/login", language=language, dark=dark, viewport=size)
    log_in(page, "reza")
    expect(page.locator("#code")).to_be_focused()
    assert faults(page) == []
    page.goto(f"{door}/login")
    log_in(page, "admin")
    for path in PAGES:
        page.goto(f"{door}{path}")
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
