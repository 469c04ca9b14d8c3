"""Alarm dates and letters in a real browser: the bell, putting off, the picker of fields by keyboard, a message's size."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.site_process import RunningSite, started
from tests.browser.visits import PHONE, Open, visits


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with started("writing_site", tmp_path_factory.mktemp("writing")) as running:
        yield running


@pytest.fixture
def open_page(browser: Browser, site: RunningSite) -> Iterator[Open]:
    with visits(browser, site.url, site.cookies, user="maryam") as opened:
        yield opened


def test_the_bell_leads_to_the_alarms_and_they_are_done_and_taken_back(open_page: Open) -> None:
    """One alarm in the bell; on the page it is done, and undone."""
    page = open_page("/alarms")
    bell = page.locator("#bell summary")
    expect(bell.locator(".bell-count")).to_have_text("۱")
    bell.click()
    expect(page.locator("#bell .bell-items a").first).to_contain_text("احمدی")
    page.keyboard.press("Escape")
    page.locator(".alarm form[action$='/done'] button").click()
    expect(page.locator(".empty")).to_be_visible()
    page.locator(".notice form button").click()
    expect(page.locator(".alarm")).to_have_count(1)


def test_on_a_telephone_the_numbers_stand_before_the_timeline(open_page: Open) -> None:
    """Who opens a customer to call does not look for the number below a timeline of many screens."""
    page = open_page("/parties/1")
    places = "['numbers-title', 'timeline-title'].map(id => document.getElementById(id).getBoundingClientRect())"
    numbers, timeline = page.evaluate(places)
    assert numbers["x"] < timeline["x"], "beside it where there is room"
    page.set_viewport_size(PHONE)
    numbers, timeline = page.evaluate(places)
    assert numbers["y"] < timeline["y"]


def test_a_field_is_put_into_a_template_by_keyboard(open_page: Open) -> None:
    """The picker opens at the editor, is searched, and writes the place where the caret was; the text is saved."""
    page = open_page("/text-templates/1/edit", user="admin")
    editor = page.locator("[data-field=body] [contenteditable]")
    editor.click()
    page.keyboard.press("Control+End")
    page.locator("[data-field=body] .insert-field").click()
    expect(page.locator("[aria-controls=field-list]")).to_be_focused()
    page.keyboard.type("father")
    expect(page.locator(".field-list [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(editor).to_contain_text("{{ father }}")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".record-head h1")).to_contain_text("نامه")


def test_a_letter_is_shown_as_it_will_look_and_a_message_counts_itself(site: RunningSite, open_page: Open) -> None:
    """The letter stands filled in in its own direction; each typed letter of a message counts."""
    page = open_page("/parties/1/letter?template=1")
    paper = page.locator(".paper [contenteditable]")
    expect(paper).to_contain_text("احمدی گرامی")
    expect(paper).to_have_attribute("dir", "rtl")
    page.goto(f"{site.url}/parties/1/message?template=2")
    page.locator("#message-text").fill("س" * 71)
    expect(page.locator("[data-size]")).to_contain_text("۲ پیامک")
