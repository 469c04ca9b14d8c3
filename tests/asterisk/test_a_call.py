"""The product's main job, for real: a caller, a menu, music, an agent's telephone, both heard, a recording kept."""

from __future__ import annotations

import subprocess
import urllib.request
from pathlib import Path
from typing import Any

from tests.phones.baresip import Baresip, phone, select_wait, until
from tests.phones.caller import Caller
from tests.phones.tones import longest_tone, read_samples
from tests.product import Product

CALLER_HERTZ = 440.0
AGENT_HERTZ = 1000.0


def desk_phone(product: Product, folder: Path) -> Any:
    """Sara's telephone on the desk, which picks up by itself."""
    account = product.account("sara")
    return phone(
        folder, f"<sip:{account['extension']}@{product.sip}>;auth_pass={account['sip_password']};answermode=auto;regint=60;audio_codecs=pcmu",
        AGENT_HERTZ,
    )  # fmt: skip


def available(product: Product, agent: str) -> None:
    """The agent wants calls, and the telephone is seen."""
    product.api("POST", "/agents/me/intent", {"intent": "available"}, user=agent)
    until(lambda: _agent(product, agent)["reachable"], f"{agent} can be rung")


def _agent(product: Product, agent: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = product.api("GET", "/agents")["items"]
    return next(row for row in rows if row["agent"] == agent)


def newest(product: Product) -> dict[str, Any]:
    """The call that began last."""
    return product.calls(1)[0]


def call_and_talk(product: Product, caller: Baresip, agent: Baresip, seconds: float) -> None:
    """Dial the menu, press 1, and talk."""
    caller.dial(f"sip:{product.demo['numbers']['main']}@{product.sip}")
    caller.wait_for("CALL_ESTABLISHED")
    select_wait(1)
    caller.keys("1")
    agent.wait_for("CALL_ESTABLISHED")
    until(lambda: newest(product)["status"] == "talking", "the call is answered")
    select_wait(seconds)


def test_caller_and_agent_hear_each_other_and_the_recording_has_both(product: Product, tmp_path: Path) -> None:
    """A caller dials, presses 1, is answered by Sara's desk phone; both hear; the recording has the caller left and Sara right."""
    with desk_phone(product, tmp_path / "agent") as agent, phone(
        tmp_path / "caller", f"<sip:09121234567@{product.sip}>;regint=0;audio_codecs=pcmu", CALLER_HERTZ
    ) as caller:  # fmt: skip
        agent.wait_for("REGISTER_OK")
        available(product, "sara")
        call_and_talk(product, caller, agent, 3)
        caller.hang_up()
        agent.wait_for("CALL_CLOSED")
        for one, hertz in ((agent, CALLER_HERTZ), (caller, AGENT_HERTZ)):
            rate, heard = read_samples(one.heard)
            assert longest_tone(heard, rate, hertz) >= 1.5
    call = until(lambda: (found := newest(product))["recording"] and found, "the recording is kept", 40)
    assert (call["status"], call["queue"], call["agent"], call["caller"]) == ("answered", "sales", "sara", "09121234567")
    assert call["party"]["name"]
    assert [step["kind"] for step in call["steps"]][-1] == "queue"
    stereo = download(product, call["recording"]["url"], tmp_path)
    for channel, hertz in ((0, CALLER_HERTZ), (1, AGENT_HERTZ)):
        rate, sound = read_samples(stereo, channel)
        assert longest_tone(sound, rate, hertz) >= 1.5


def download(product: Product, url: str, folder: Path) -> Path:
    """The recording as a stereo wav."""
    kept, stereo = folder / "kept", folder / "stereo.wav"
    request = urllib.request.Request(f"{product.http}{url}", headers={"Authorization": f"Bearer {product.token('nader')}"})
    with urllib.request.urlopen(request) as answer:
        kept.write_bytes(answer.read())
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(kept), "-ar", "8000", "-c:a", "pcm_s16le", str(stereo)], check=True)
    return stereo


def test_digits_come_as_events_and_as_info(product: Product) -> None:
    """A key counts whether the telephone sends it as RFC 4733 events or as SIP INFO."""
    number = product.demo["numbers"]["main"]
    with_events = Caller(product.sip, number).call()
    select_wait(0.5)
    with_events.press("2")
    until(lambda: newest(product)["queue"] == "support", "key 2 led to support")
    with_events.hang_up()
    until(lambda: newest(product)["status"] == "missed", "the call was missed")
    with_info = Caller(product.sip, number).call()
    select_wait(0.5)
    with_info.info("0")
    until(lambda: newest(product)["queue"] == "operator", "key 0 led to the operator")
    with_info.hang_up()
    until(lambda: newest(product)["status"] == "missed", "the call was missed")
