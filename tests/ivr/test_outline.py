"""Flows in words."""

from __future__ import annotations

from ivr.outline import outline
from tests.ivr.builders import flows, one_flow

ISOLATES = str.maketrans("", "", "\N{LEFT-TO-RIGHT ISOLATE}\N{POP DIRECTIONAL ISOLATE}")


def test_nodes_come_in_the_order_of_the_callers():
    """Each with its facts and ways; a way that is not wired takes its fallback, or ends the call."""
    text = one_flow(
        """
        z: {kind: hang_up, prompt: Bye.}
        a:
          kind: hours
          weekly: {saturday-monday: "08:00-12:00, 13:00-17:00", thursday: "22:00-02:00"}
          holidays: [iran, "2026-12-25"]
          exits: {open: m, closed: z}
        m: {kind: menu, prompt: {en: Press., fa: بزنید.}, retries: 0, exits: {"2": z, "1": m}}
        """
    )
    entries = outline(flows(text).flows["main"], "en")
    assert [entry.id for entry in entries] == ["a", "m", "z"]
    hours, menu, _bye = entries
    facts = dict(hours.facts)
    morning = "08:00–12:00, 13:00–17:00"
    assert facts["Weekly hours"].translate(ISOLATES) == f"Saturday: {morning}; Sunday: {morning}; Monday: {morning}; Thursday: 22:00–02:00"
    assert facts["Holidays"].startswith("01/01, 01/02") and facts["Holidays"].endswith("12/29, 2026-12-25")  # noqa: PT018  # its two ends
    assert [(way.name, way.target) for way in hours.ways] == [("open", "m"), ("closed", "z"), ("holiday", "z")]
    assert [(way.name, way.target, way.is_key) for way in menu.ways] == [
        ("1", "m", True), ("2", "z", True), ("timeout", "", False), ("invalid", "", False),
    ]  # fmt: skip
    assert dict(menu.facts) == {
        "Prompt": "Press.", "Time for an answer (seconds)": "5", "Repetitions": "0", "A key ends the prompt": "yes",
    }  # fmt: skip


def test_the_words_are_the_readers():
    entries = outline(flows(one_flow("a: {kind: hang_up, prompt: {en: Bye., fa: خدانگهدار.}}")).flows["main"], "fa")
    assert (entries[0].title, dict(entries[0].facts)["پیام پایانی"]) == ("قطع تماس", "خدانگهدار.")
