"""What Asterisk does by itself, as we configure it: the static queue rings a real telephone, and keys arrive however they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.secrets import sip_password
from switchboard.asterisk.provision import Phone, provision
from tests.asterisk.plant import Plant, embedded_asterisk
from tests.phones.baresip import phone, select_wait, until
from tests.phones.caller import Caller
from tests.phones.tones import longest_tone, read_samples

CALLER_HERTZ, AGENT_HERTZ = 440.0, 1000.0

COLLECTOR = """
[collector]
exten => s,1,Answer(,i)
 same => n,Read(SB_TYPED,,3,,1,10)
 same => n,Set(DB(typed/${CALLERID(num)})=${SB_TYPED})
 same => n,Hangup()
[inbound]
exten => 9090,1,Goto(collector,s,1)
"""


@pytest.fixture(scope="module")
def plant() -> Iterator[Plant]:
    with embedded_asterisk() as running:
        yield running


async def test_a_caller_talks_to_an_agents_desk_phone_and_is_recorded(plant: Plant, tmp_path: Path):
    """With the daemon dead, a caller waits, an agent's telephone rings, both hear each other, and the recording is under the call's id."""

    async def reload(module: str) -> None:
        plant.ami.command(f"module reload {module}.so")

    await provision([Phone("101", "سارا", browser=False, desk=True)], plant.key, plant.folders.etc, reload)
    password = sip_password(plant.key, "101")
    desk = f"<sip:101@{plant.sip}>;auth_pass={password};answermode=auto;regint=60;audio_codecs=pcmu"
    with phone(tmp_path / "desk", desk, AGENT_HERTZ) as agent:
        agent.wait_for("REGISTER_OK")
        with phone(tmp_path / "caller", f"<sip:09121234567@{plant.sip}>;regint=0;audio_codecs=pcmu", CALLER_HERTZ) as caller:
            caller.dial(f"sip:1000@{plant.sip}")
            agent.wait_for("CALL_ESTABLISHED")
            select_wait(2.5)
            caller.hang_up()
            agent.wait_for("CALL_CLOSED")
            for one, hertz in ((agent, CALLER_HERTZ), (caller, AGENT_HERTZ)):
                rate, heard = read_samples(one.heard)
                assert longest_tone(heard, rate, hertz) >= 1.5
    mixed = until(lambda: [file for file in plant.folders.recordings.glob("*.wav") if "-" not in file.stem], "the recording")[0]
    assert mixed.stem in (plant.folders.log / "cel-custom/cel.csv").read_text()
    for side, hertz in (("in", CALLER_HERTZ), ("out", AGENT_HERTZ)):
        rate, sound = read_samples(mixed.with_name(f"{mixed.stem}-{side}.wav"))
        assert longest_tone(sound, rate, hertz) >= 1.5


@pytest.mark.parametrize("way", ["events", "info", "tones"])
def test_keys_arrive_however_they_are_sent(plant: Plant, way: str):
    """RFC 4733 events, SIP INFO and tones in the voice: each key counts, and counts once."""
    dialplan = plant.folders.etc / "extensions.conf"
    if COLLECTOR not in dialplan.read_text():
        dialplan.write_text(dialplan.read_text() + COLLECTOR)
        plant.ari.ask("POST", "asterisk/modules/app_read.so")
        plant.ami.command("dialplan reload")
    number = f"0912000{['events', 'info', 'tones'].index(way):04}"
    caller = Caller(plant.sip, "9090", caller=number).call()
    select_wait(0.5)
    send = {"events": caller.press, "info": caller.info, "tones": caller.sing}[way]
    for key in "159":
        send(key)
        select_wait(0.25)
    until(lambda: f"/typed/{number}" in plant.ami.command("database show typed"), "the keys")
    assert plant.ami.command(f"database get typed {number}").strip() == "Value: 159"
    caller.hang_up()
