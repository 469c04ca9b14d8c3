"""The product's main job, for real: a caller, a menu, music, an agent's telephone, both heard, a recording kept."""

from __future__ import annotations

import time
from pathlib import Path

from tests.asterisk.scenes import (
    CALLER_HERTZ,
    HERTZ,
    available,
    call_of,
    desk_phone,
    download,
    hears,
    until_kept,
    until_status,
)  # fmt: skip
from tests.phones.baresip import phone, select_wait, until
from tests.phones.caller import Caller
from tests.phones.tones import longest_tone, read_samples
from tests.product import Product

ROW = {
    "id", "direction", "caller", "dialled", "started_at", "answered_at", "ended_at", "status", "queue", "agent", "party", "steps", "recording",
}  # fmt: skip
"""A call in the API has these and no others."""


def test_caller_and_agent_hear_each_other_and_the_recording_has_both(product: Product, tmp_path: Path) -> None:
    """A caller dials, presses 1, is answered by Sara's desk phone; both hear; the recording has the caller left and Sara right."""
    number = "09121234567"
    with desk_phone(product, tmp_path / "agent") as agent, phone(
        tmp_path / "caller", f"<sip:{number}@{product.sip}>;regint=0;audio_codecs=pcmu", CALLER_HERTZ
    ) as caller:  # fmt: skip
        available(product, "sara")
        caller.dial(f"sip:{product.demo['numbers']['main']}@{product.sip}")
        caller.wait_for("CALL_ESTABLISHED")
        select_wait(1)
        caller.keys("1")
        agent.wait_for("CALL_ESTABLISHED")
        until_status(product, number, "talking")
        select_wait(3)
        caller.hang_up()
        agent.wait_for("CALL_CLOSED")
        for one, hertz in ((agent, CALLER_HERTZ), (caller, HERTZ["sara"])):
            rate, heard = read_samples(one.heard)
            assert longest_tone(heard, rate, hertz) >= 1.5
    call = until_kept(product, call_of(product, number)["id"])
    assert set(call) == ROW
    assert (call["status"], call["queue"], call["agent"], call["caller"]) == ("answered", "sales", "sara", number)
    assert (call["direction"], call["dialled"]) == ("inbound", "1000")
    assert call["started_at"] < call["answered_at"] < call["ended_at"]
    assert all(moment.endswith("Z") for moment in (call["started_at"], call["answered_at"], call["ended_at"]))
    assert [(step["node"], step["exit"]) for step in call["steps"]] == [
        ("greeting", "done"), ("hours", "open"), ("menu", "1"), ("sales", "answered"),
    ]  # fmt: skip
    assert set(call["steps"][0]) == {"node", "kind", "exit", "entered_at", "left_at", "detail"}
    stereo = download(product, call["recording"]["url"], tmp_path)
    for channel, hertz in ((0, CALLER_HERTZ), (1, HERTZ["sara"])):
        rate, sound = read_samples(stereo, channel)
        assert longest_tone(sound, rate, hertz) >= 1.5
    timeline = product.api("GET", f"/parties/{call['party']['id']}/timeline")["items"]
    told = next(one for one in timeline if one["call"] == call["id"])
    assert told["recording"]["id"] == call["recording"]["id"]


def test_the_list_gives_the_newest_calls_first(product: Product) -> None:
    """GET /api/v1/calls?sort=-started_at&per=5 gives at most five rows, the newest first, and how many there are."""
    for _ in range(2):
        Caller(product.sip, "1000", caller="02188880000").call().hang_up()
    until_status(product, "02188880000", "in_menu")
    answer = product.api("GET", "/calls?sort=-started_at&per=5")
    started = [call["started_at"] for call in answer["items"]]
    assert set(answer) == {"items", "total"}
    assert answer["total"] >= 2
    assert 2 <= len(started) <= 5
    assert started == sorted(started, reverse=True)
    assert all(set(call) == ROW for call in answer["items"])


def test_who_waits_hears_music_until_an_agent_is_free(product: Product, tmp_path: Path) -> None:
    """Nobody is available on the direct number: music; then Sara comes and both hear each other."""
    number = "02144556677"
    caller = Caller(product.sip, "1001", caller=number).call().hum(CALLER_HERTZ)
    waiting = until_status(product, number, "waiting")
    assert waiting["queue"] == "sales"
    began = time.perf_counter()
    until(lambda: abs(caller.heard(began)).max(initial=0.0) > 0.02, "there is music")
    with desk_phone(product, tmp_path / "agent") as agent:
        available(product, "sara")
        agent.wait_for("CALL_ESTABLISHED")
        answered = time.perf_counter()
        until(lambda: hears(caller, HERTZ["sara"], answered, 1.5), "the caller hears Sara")
        caller.hang_up()
        agent.wait_for("CALL_CLOSED")
        rate, heard = read_samples(agent.heard)
        assert longest_tone(heard, rate, CALLER_HERTZ) >= 1.0
    call = until_status(product, number, "answered")
    assert (call["queue"], call["agent"]) == ("sales", "sara")
