"""The search box: found while one types, walked by keyboard, with its own page; in both languages and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.conftest import settled
from tests.browser.test_axe import faults
from tests.browser.visits import PHONE, WIDE, Open


def test_results_stand_in_groups_and_are_walked_by_keyboard(open_page: Open) -> None:
    """Customers first, then what else matches; arrows walk, who types on is in the box again, Enter opens inside the frame."""
    page = settled(open_page("/desk"))
    page.keyboard.press("Control+KeyK")
    page.keyboard.type("احم")
    expect(page.locator("#found h2")).to_have_text(["مشتریان", "شرکت‌ها"])
    expect(page.locator("#found-count")).to_have_text("۴ مورد پیدا شد")
    expect(page.locator("#found .found-all")).to_contain_text("بیش از ۶۰")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#found a").first).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator("#found .found-foot a")).to_be_focused()
    page.keyboard.type("د")
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#q")).to_have_value("احمد")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/desk\?found$"))
    expect(page.locator("#found")).to_be_empty()


def test_enter_opens_the_page_and_the_words_are_remembered(open_page: Open) -> None:
    """Enter in the box shows everything that matches; the empty box offers what was searched for lately, until one forgets it."""
    page = settled(open_page("/desk"))
    page.keyboard.press("/")
    page.keyboard.type("احمدی")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q="))
    expect(page.locator("#page h1")).to_have_text("جست‌وجو")
    expect(page.locator("#page .found-group")).to_have_count(2)
    page.locator("#q").fill("")
    page.locator("#page h1").click()
    page.keyboard.press("/")
    expect(page.locator("#found")).to_contain_text("احمدی")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_contain_text("مریم احمدی")
    page.locator("#q").fill("")
    page.get_by_role("button", name="پاک کردن").click()
    expect(page.locator("#found")).to_be_empty()


def test_nothing_found_offers_to_write_it_down(open_page: Open) -> None:
    """It is said that there is nothing, and the words become a new customer's name in one step."""
    page = settled(open_page("/desk"))
    page.locator("#q").fill("زرافه")
    expect(page.locator("#found")).to_contain_text("چیزی پیدا نشد")
    expect(page.locator("#found a")).to_have_attribute("href", re.compile("/parties/new"))
    page.keyboard.press("Escape")
    expect(page.locator("#found")).to_be_empty()


@pytest.mark.parametrize(
    ("language", "dark", "viewport"),
    [("fa", False, WIDE), ("en", True, PHONE)],
    ids=["fa-light-wide", "en-dark-phone"],
)
def test_search_is_clean(open_page: Open, language: str, dark: bool, viewport: ViewportSize) -> None:
    """The open box and the page are free of what axe-core finds, and nothing is wider than the screen."""
    page = settled(open_page("/desk", language=language, dark=dark, viewport=viewport))
    page.locator("#q").fill("احم")
    expect(page.locator("#found .found-group")).to_have_count(2)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page = open_page("/search?q=احم", language=language, dark=dark, viewport=viewport)
    expect(page.locator("#page .found-group")).to_have_count(2)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
