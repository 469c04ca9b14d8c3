"""A session that ends under somebody's hands, in Chromium: what was typed stays, and is saved after a new log-in in another tab."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.site_process import RunningSite, started
from tests.browser.test_axe import faults
from tests.browser.visits import Open, visits
from tests.web.building import PASSWORD

NOTE = "یادداشتی بلند که نباید از دست برود"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with started("settings_site", tmp_path_factory.mktemp("sessions")) as running:
        yield running


@pytest.fixture
def open_page(browser: Browser, site: RunningSite) -> Iterator[Open]:
    with visits(browser, site.url, site.cookies) as opened:
        yield opened


def log_in(page: Page, url: str) -> None:
    page.goto(f"{url}/login")
    page.fill("#username", "admin")
    page.fill("#password", PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_what_was_typed_outlives_the_session(site: RunningSite, open_page: Open) -> None:
    """Saving without a session leaves the form as it is; a log-in in another tab, and the same form is saved."""
    page = open_page("/parties/1/edit")
    page.fill("[name=note]", NOTE)
    page.context.clear_cookies(name="session_8080")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#session-over")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="وارد شدم").click()
    expect(page.locator("#session-over [role=alert]")).to_have_text("هنوز کسی وارد نشده است.")
    door = page.context.new_page()
    log_in(door, site.url)
    page.get_by_role("button", name="وارد شدم").click()
    expect(page.locator("#session-over")).to_have_count(0)
    expect(page.locator("[name=note]")).to_have_value(NOTE)
    page.locator("[name=note]").press("Control+Enter")
    page.wait_for_url(re.compile(r"/parties/1\?saved=1"))
    expect(page.locator("#page")).to_contain_text(NOTE)


def test_who_has_typed_nothing_goes_to_the_door(open_page: Open) -> None:
    """The next click leads to the log-in page, and from there back to where one was."""
    page = open_page("/settings")
    page.context.clear_cookies(name="session_8080")
    page.locator('#page a[href="/settings/access"]').click()
    page.wait_for_url(re.compile(r"/login\?next=%2Fsettings"))
    expect(page.locator("#username")).to_be_visible()
