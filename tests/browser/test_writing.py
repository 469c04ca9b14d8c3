"""Alarm dates and letters in a real browser: the bell, putting off, the picker of fields by keyboard, a message's size."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PROJECT, WIDE


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """The site of tests/browser/writing_site.py, and each user's session."""
    folder = tmp_path_factory.mktemp("writing")
    command = [sys.executable, "-m", "tests.browser.writing_site", str(folder)]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process:
        port, *sessions = process.stdout.readline().split()
        yield f"http://127.0.0.1:{port}", dict(one.split("=", 1) for one in sessions)
        process.terminate()


def opened(browser: Browser, address: tuple[str, dict[str, str]], user: str, path: str) -> Page:
    url, sessions = address
    context = browser.new_context(viewport=WIDE, locale="fa-IR")  # type: ignore[arg-type]  # a TypedDict of the same keys
    context.add_cookies([{"name": "session_8080", "value": sessions[user], "url": url}])
    page = context.new_page()
    page.goto(url + path)
    return page


def test_the_bell_leads_to_the_alarms_and_they_are_done_and_taken_back(browser: Browser, address: Any) -> None:
    """One alarm in the bell; on the page it is done, and undone."""
    page = opened(browser, address, "maryam", "/alarms")
    bell = page.locator("#bell summary")
    expect(bell.locator(".bell-count")).to_have_text("۱")
    bell.click()
    expect(page.locator("#bell .bell-items a").first).to_contain_text("احمدی")
    page.keyboard.press("Escape")
    page.locator(".alarm form[action$='/done'] button").click()
    expect(page.locator(".empty")).to_be_visible()
    page.locator(".notice form button").click()
    expect(page.locator(".alarm")).to_have_count(1)
    page.context.close()


def test_a_field_is_put_into_a_template_by_keyboard(browser: Browser, address: Any) -> None:
    """The picker opens at the editor, is searched, and writes the place where the caret was; the text is saved."""
    page = opened(browser, address, "admin", "/text-templates/1/edit")
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
    page.context.close()


def test_a_letter_is_shown_as_it_will_look_and_a_message_counts_itself(browser: Browser, address: Any) -> None:
    """The letter stands filled in in its own direction; each typed letter of a message counts."""
    page = opened(browser, address, "maryam", "/parties/1/letter?template=1")
    paper = page.locator(".paper [contenteditable]")
    expect(paper).to_contain_text("احمدی گرامی")
    expect(paper).to_have_attribute("dir", "rtl")
    page.goto(f"{address[0]}/parties/1/message?template=2")
    page.locator("#message-text").fill("س" * 71)
    expect(page.locator("[data-size]")).to_contain_text("۲ پیامک")
    page.context.close()
