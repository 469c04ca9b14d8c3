"""The pictures of the README: a real call on the whole product, then the records, photographed. `make pictures` writes them into docs/images."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.test_a_real_call import AGENT_HERTZ, CALLER_HERTZ, SOON, Desks, hears
from tests.browser.visits import PHONE
from tests.phones.baresip import until
from tests.product import running


def main(folder: Path) -> None:
    """Write every picture into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with running() as product, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        desks = Desks(chromium, product)
        photograph(desks, folder)
        photograph_records(desks, folder)
        chromium.close()


def photograph(desks: Desks, folder: Path) -> None:
    """One call, from the ring to the recording, and who watches it."""
    product = desks.product

    def keep(page: Page, name: str) -> None:
        expect(page.locator("#phone-light.good, #handset")).to_be_visible(timeout=SOON)
        page.screenshot(path=folder / f"{name}.png", animations="disabled")

    agent, board = desks.ready("maryam"), desks.log_in("nader")
    board.goto(f"{product.http}/wallboard")
    caller = desks.caller("1000")
    caller.locator('[data-digit="1"]').click()
    expect(agent.locator(".call-card.ringing")).to_be_visible(timeout=SOON)
    keep(agent, "pop-fa")
    agent.keyboard.press("Control+Shift+KeyA")
    hears(agent, CALLER_HERTZ)
    hears(caller, AGENT_HERTZ)
    keep(caller, "webphone-fa")
    agent.locator(".call-card .who a").click()
    expect(agent.locator("#page .timeline").first).to_be_visible()
    agent.get_by_label("یادداشت").first.fill("قیمت پمپ را پرسید؛ پیش‌فاکتور می‌خواهد.")
    keep(agent, "talking-fa")
    second = desks.caller("1002", "anonymous")
    expect(board.locator("#waiting tr")).to_have_count(1, timeout=SOON)
    keep(board, "wallboard-fa")
    second.locator("#call").click()
    caller.locator("#call").click()
    expect(agent.locator(".call-card.wrap-up")).to_be_visible(timeout=SOON)
    keep(agent, "wrap-up-fa")
    agent.keyboard.press("Control+Shift+Enter")
    until(lambda: product.calls(2)[1]["recording"] or product.calls(2)[0]["recording"], "the recording", 60)
    agent.reload()
    expect(agent.locator("recording-player .player").first).to_be_visible()
    keep(agent, "party-fa")


def photograph_records(desks: Desks, folder: Path) -> None:
    """Lists with a filter, a board, a map, the access grid; an English one in the dark; a telephone."""

    def keep(page: Page, name: str, address: str, *ready: str) -> None:
        page.goto(f"{desks.product.http}{address}")
        for one in ready:
            expect(page.locator(one).first).to_be_visible(timeout=SOON)
        page.evaluate("document.activeElement?.blur()")
        page.screenshot(path=folder / f"{name}.png", animations="disabled")

    tehran = {"and": [{"field": "city", "op": "=", "value": "تهران"}, {"field": "status", "op": "=", "value": "customer"}]}
    administrator = desks.log_in("admin")
    keep(administrator, "list-fa", f"/parties?filter={quote(json.dumps(tehran, ensure_ascii=False))}", "#page tbody tr[data-id]")
    keep(administrator, "board-fa", "/parties/board?kind=company", "#page .board-card")
    keep(administrator, "map-fa", "/parties/map", "#page .map-view")
    keep(administrator, "access-fa", "/settings/access/agent", "#page table")
    english = desks.log_in("reza", language="en")
    english.emulate_media(color_scheme="dark")
    keep(english, "customers-en-dark", "/parties", "#page tbody tr[data-id]", "#phone-light.good")
    english.set_viewport_size(PHONE)
    keep(english, "phone-en-dark", "/desk", "#page h1", "#phone-light.good")
    english.emulate_media(color_scheme="light")
    desks.speak(english, "fa")
    keep(english, "phone-list-fa", "/parties?kind=person", "#page tbody tr[data-id]", "#phone-light.good")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
