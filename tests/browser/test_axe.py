"""Every page and every state of the dock is free of what axe-core finds, in both languages and both themes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser import scenes
from tests.browser.conftest import StandIn, settled
from tests.browser.visits import PHONE, WIDE, Open

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}


def faults(page: Page) -> list[str]:
    """What axe finds: rule, and the elements."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, rules)", RULES)
    return [f"{one['id']}: {node['html'][:160]} — {node['failureSummary'][:200]}" for one in found["violations"] for node in one["nodes"]]


@pytest.mark.parametrize(
    ("language", "dark", "viewport"),
    [("fa", False, WIDE), ("fa", True, PHONE), ("en", True, WIDE), ("en", False, PHONE)],
    ids=["fa-light-wide", "fa-dark-phone", "en-dark-wide", "en-light-phone"],
)
def test_pages_are_clean(site: StandIn, open_page: Open, language: str, dark: bool, viewport: ViewportSize) -> None:
    """People who use a screen reader, a keyboard or a poor screen can use every page."""
    site.tell(scenes.snapshot())
    for path, user in (
        ("/login", "maryam"),
        ("/help", "maryam"),
        ("/desk", "maryam"),
        ("/wallboard", "nader"),
        ("/webphone", "maryam"),
        ("/nothing", "maryam"),
    ):
        page = open_page(path, user=user, language=language, dark=dark, viewport=viewport)
        if path == "/webphone":
            expect(page.locator("#keys button").first).to_be_visible()
        if path == "/wallboard":
            settled(page)
            site.tell({"type": "board", "n": 5, "changes": scenes.board()})
            expect(page.locator("#waiting tr")).to_have_count(3)
        assert faults(page) == [], path


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_dock_is_clean_in_every_state(site: StandIn, open_page: Open, dark: bool) -> None:
    """Ringing, talking with a known and an unknown caller, on hold with the keypad, and wrap-up."""
    page = open_page("/desk", dark=dark)
    expect(page.locator("#status-now [data-since]")).to_be_visible()
    ended = {"type": "ended", "n": 9, "call": scenes.CALL, "status": "answered", "wrap_up_until": scenes.iso(-25)}
    several = scenes.card("maybe", scenes.party(), scenes.party(id=13, name="علی رضوی"))
    for frame, shown in (
        (scenes.offer(), ".ringing"),
        (scenes.offer(several), ".ringing .choices"),
        (scenes.call(), ".call-card textarea"),
        (scenes.call(scenes.card("none")), ".call-card form"),
        (scenes.call(held=True, status="held"), ".held"),
        (ended, ".wrap-up"),
    ):
        site.tell(frame)
        expect(page.locator(shown).first).to_be_visible()
        assert faults(page) == [], shown
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert faults(page) == []
