"""INVITE → screen-pop painted in Chromium, against INVITE → JsSIP's own ring event, for a number that leads straight to a queue.

The page marks the moment at which JsSIP has told its ring (its handler of the socket's INVITE message has returned) and
the moment at which the browser has painted the ringing card (the first frame after it stands in the page).
"""

from __future__ import annotations

import statistics
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.visits import WIDE
from tests.phones.baresip import until
from tests.phones.caller import Caller
from tests.product import Product, running

CALLS = 40
WATCH = """
window.marks = {};
const now = () => performance.timeOrigin + performance.now();
const original = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
Object.defineProperty(WebSocket.prototype, "onmessage", {
  configurable: true,
  get() { return original.get.call(this); },
  set(handler) {
    original.set.call(this, handler && function (event) {
      const result = handler.call(this, event);
      if (typeof event.data === "string" && event.data.startsWith("INVITE ")) window.marks.ring ??= now();
      return result;
    });
  },
});
const look = () => {
  if (!window.marks.painted && document.querySelector(".call-card.ringing .who")) {
    window.marks.painted = -1;
    requestAnimationFrame(() => { const channel = new MessageChannel(); channel.port1.onmessage = () => { window.marks.painted = now(); }; channel.port2.postMessage(0); });
  }
};
document.addEventListener("DOMContentLoaded", () => new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true }));
"""


def ready_agent(page: Page, product: Product) -> None:
    """Maryam at her desk, available, her browser phone registered."""
    page.goto(f"{product.http}/login")
    page.fill("#username", "maryam")
    page.fill("#password", product.account("maryam")["password"])
    page.click("button.primary")
    page.wait_for_selector("#phone-light.good", timeout=30_000)
    product.api("POST", "/agents/me/intent", {"intent": "available"}, user="maryam")
    until(
        lambda: any(one["agent"] == "maryam" and one["reachable"] for one in product.api("GET", "/agents")["items"]), "maryam can be rung"
    )


def one_call(page: Page, product: Product) -> tuple[float, float]:
    """Milliseconds from the INVITE to the ring event and to the painted pop."""
    page.evaluate("window.marks = {}")
    offset = page.evaluate("Date.now()")  # both clocks are the machine's; what is compared are two moments of the page
    caller = Caller(product.sip, product.demo["numbers"]["sales"], "09121234567").call()
    page.wait_for_function("() => window.marks.ring && window.marks.painted > 0", timeout=15_000)
    marks = page.evaluate("window.marks")
    caller.hang_up()
    page.wait_for_function("() => !document.querySelector('.call-card.ringing')", timeout=15_000)
    return marks["ring"] - offset, marks["painted"] - offset


def main() -> dict[str, Any]:
    """Medians of both, and by how much the paint comes after the ring (negative: before it)."""
    with running() as product, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        context = chromium.new_context(viewport=WIDE, permissions=["microphone", "notifications"])
        page = context.new_page()
        page.add_init_script(WATCH)
        ready_agent(page, product)
        pairs = [one_call(page, product) for _ in range(CALLS)]
        chromium.close()
    after = [painted - ring for ring, painted in pairs]
    return {
        "ring_ms_p50": statistics.median(ring for ring, _ in pairs), "painted_ms_p50": statistics.median(painted for _, painted in pairs),
        "painted_after_ring_ms_p50": statistics.median(after), "painted_after_ring_ms_worst": max(after),
    }  # fmt: skip
