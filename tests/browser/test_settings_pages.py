"""The administrator's pages in a real browser: clean for axe, and walked to their ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.browser.site_process import RunningSite, started
from tests.browser.test_axe import faults
from tests.browser.visits import PHONE, WIDE, Open, visits

PAGES = (
    "/settings", "/settings/access", "/settings/access/agent", "/settings/access/new", "/settings/fields", "/settings/fields/party", "/settings/fields/party/new",
    "/settings/lists", "/settings/lists/topic", "/settings/hooks", "/settings/hooks/1", "/users", "/users/maryam", "/users/new", "/users/log", "/users/rules",
    "/account", "/backups", "/parties/import", "/parties/export", "/exports", "/parties/duplicates", "/parties/merge?ids=1,2", "/parties/1", "/login/link/over",
)  # fmt: skip
TABLE = "نام,نام خانوادگی,تلفن همراه\nزهرا,نوری,09351112233\nعلی,رضایی,شماره ندارد\n"

SOON = 30_000
"""Milliseconds for work in the background."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with started("settings_site", tmp_path_factory.mktemp("settings")) as running:
        yield running


@pytest.fixture
def open_page(browser: Browser, site: RunningSite) -> Iterator[Open]:
    with visits(browser, site.url, site.cookies) as opened:
        yield opened


@pytest.mark.parametrize(
    ("language", "dark", "viewport"),
    [("fa", False, WIDE), ("fa", True, PHONE), ("en", True, WIDE), ("en", False, PHONE)],
    ids=["fa-light-wide", "fa-dark-phone", "en-dark-wide", "en-light-phone"],
)
def test_settings_are_clean(site: RunningSite, open_page: Open, language: str, dark: bool, viewport: ViewportSize) -> None:
    """Every page that administrators set things on, with all that folds open, and none wider than its screen."""
    page = open_page("/settings", language=language, dark=dark, viewport=viewport)
    for path in PAGES:
        page.goto(f"{site.url}{path}")
        expect(page.locator("h1").first).to_be_visible()
        if path == "/parties/1":
            expect(page.locator("#record-files .uploads")).to_be_attached()
        assert faults(page) == [], path
        assert page.evaluate("() => { const m = document.querySelector('#page'); return m.scrollWidth - m.clientWidth }") <= 1, path


def test_choices_on_a_phone_are_seen_and_stand_in_one_column(open_page: Open, site: RunningSite) -> None:
    """Which of two records stays can be chosen on a phone too; rights and values stand below one another, however long their labels are."""
    page = open_page("/parties/merge?ids=1,2", viewport=PHONE)
    stays = page.locator("input[name=master]")
    expect(stays).to_have_count(2)
    for place in range(2):
        box = stays.nth(place).bounding_box()
        assert box is not None
        assert (
            page.evaluate("([x, y]) => document.elementFromPoint(x, y)?.name", [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
            == "master"
        )
    page.goto(f"{site.url}/settings/access/agent")
    widths = page.locator(".access-grid select").evaluate_all("all => all.map(one => Math.round(one.getBoundingClientRect().left))")
    assert len(set(widths)) == 1


def test_a_hook_condition_is_built_and_never_half_said(open_page: Open) -> None:
    """The fields of the chosen kind; a condition without its value is not sent; what is kept is said in words and is there again."""
    page = open_page("/settings/hooks/new")
    page.fill("#hook-title", "فروش")
    page.fill("#hook-url", "https://example.com/in")
    expect(page.locator("[data-condition-hint]")).to_be_visible()
    page.check("[name=entities][value=party]")
    page.locator("[data-path]").first.select_option("name")
    save = page.locator("#page form .form-foot button.primary").first
    save.click()
    assert page.url.endswith("/new")
    page.locator("[data-value]").first.fill("آریا")
    save.click()
    expect(page.locator(".hook-condition .chip")).to_contain_text("آریا")
    expect(page.locator("[data-value]").first).to_have_value("آریا")
    page.check("[name=entities][value=party_group]")
    expect(page.locator("[data-path]")).to_have_count(0)


def test_an_import_is_walked_to_its_end_and_taken_back(open_page: Open, tmp_path: Path) -> None:
    """The page stays a page while the work runs: result, the refused row with its reason, and back again."""
    page = open_page("/parties/import")
    file = tmp_path / "customers.csv"
    file.write_text(TABLE, encoding="utf-8")
    expect(page.locator("#import-file")).to_be_focused()
    page.set_input_files("#import-file", file)
    expect(page.locator("output[data-chosen]")).to_have_text(file.name)
    page.locator("#page form button.primary").click()
    page.locator("button[value=start]").click()
    expect(page.locator("a[href$='/refused']")).to_be_visible(timeout=SOON)
    expect(page.locator("h1")).to_contain_text("customers.csv")
    page.locator("form[action$='/undo'] button").click()
    expect(page.locator("form[action$='/undo']")).to_have_count(0, timeout=SOON)
    expect(page.locator("#page h1")).to_contain_text("customers.csv")


def test_an_export_runs_and_is_downloaded(open_page: Open) -> None:
    """From the choice of columns to the file, on one page that tells how far it is."""
    page = open_page("/parties/export")
    page.locator("#page form button.primary").click()
    ready = page.locator("a[href$='/file']").first
    expect(ready).to_be_visible(timeout=SOON)
    with page.expect_download() as download:
        ready.click()
    assert download.value.suggested_filename.endswith(".xlsx")
    expect(page.locator("#page h1")).to_be_visible()


def test_two_of_one_are_merged_and_made_two_again(open_page: Open) -> None:
    """From the list of duplicates to one record, and back within thirty days."""
    page = open_page("/parties/duplicates")
    page.locator("a[href*='/merge?']").first.click()
    expect(page).to_have_url(re.compile("/merge"), timeout=SOON)
    page.locator("#page form button.primary").click()
    expect(page).to_have_url(re.compile(r"/parties/\d+"), timeout=SOON)
    page.locator("form[action$='/unmerge'] button").first.click()
    expect(page.locator("form[action$='/unmerge']")).to_have_count(0)


def test_a_wrong_password_is_said_in_its_form(open_page: Open) -> None:
    """Not only as a passing note: the reason stands where the password was typed."""
    page = open_page("/account", user="maryam")
    page.fill("#current", "not my password")
    page.fill("#new", "daria va kuh")
    page.locator("form[action='/account/password'] button").click()
    expect(page.locator("form[action='/account/password']").locator("..").get_by_role("alert")).to_be_visible()


def test_the_grid_says_what_a_right_means(open_page: Open) -> None:
    """By keyboard: the line below the table names the right of the cell and what it allows."""
    page = open_page("/settings/access/agent", language="en")
    page.locator("select[name='party.export']").focus()
    expect(page.locator("#grid-hint")).to_contain_text("Take records out as a file.")
