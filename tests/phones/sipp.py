"""Callers by the dozen: SIPp scenarios written for one test, run, and their outcome read.

A scenario is a list of steps: `wait(seconds)`, `press("1")`, `press_info("1")`, `hang_up()`, `await_hang_up()`.
Digits are sent as RFC 4733 events (payload 96, which SIPp writes) or SIP INFO (application/dtmf-relay).
"""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from tests.phones.ports import free_port, free_udp_range

OFFER = """
    <send retrans="500"><![CDATA[
      INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: {name} <sip:{caller}@[local_ip]:[local_port]>;tag=[pid]SIPpTag00[call_number]
      To: <sip:[service]@[remote_ip]:[remote_port]>
      Call-ID: [call_id]
      CSeq: 1 INVITE
      Contact: <sip:{caller}@[local_ip]:[local_port]>
      Max-Forwards: 70
      Content-Type: application/sdp
      Content-Length: [len]

      v=0
      o=sipp 1 1 IN IP4 [local_ip]
      s=-
      c=IN IP4 [media_ip]
      t=0 0
      m=audio [auto_media_port] RTP/AVP 0 96
      a=rtpmap:0 PCMU/8000
      a=rtpmap:96 telephone-event/8000
      a=fmtp:96 0-15
    ]]></send>
    <recv response="100" optional="true"/>
    <recv response="180" optional="true"/>
    <recv response="183" optional="true"/>
    <recv response="200" rtd="true" rrs="true"/>
    <send><![CDATA[
      ACK [next_url] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      [routes]
      From: {name} <sip:{caller}@[local_ip]:[local_port]>;tag=[pid]SIPpTag00[call_number]
      [last_To:]
      Call-ID: [call_id]
      CSeq: 1 ACK
      Max-Forwards: 70
      Content-Length: 0

    ]]></send>
"""

IN_DIALOG = """
    <send retrans="500"><![CDATA[
      {method} [next_url] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      [routes]
      From: {name} <sip:{caller}@[local_ip]:[local_port]>;tag=[pid]SIPpTag00[call_number]
      [last_To:]
      Call-ID: [call_id]
      CSeq: {sequence} {method}
      Max-Forwards: 70
{body}
    ]]></send>
    <recv response="200"/>
"""

INFO_BODY = """      Content-Type: application/dtmf-relay
      Content-Length: [len]

      Signal={digit}
      Duration=160
"""

AWAIT_BYE = """
    <recv request="BYE" timeout="{milliseconds}"/>
    <send><![CDATA[
      SIP/2.0 200 OK
      [last_Via:]
      [last_From:]
      [last_To:]
      [last_Call-ID:]
      [last_CSeq:]
      Content-Length: 0

    ]]></send>
"""


def wait(seconds: float) -> str:
    """Stay silent for a while."""
    return f'    <pause milliseconds="{int(seconds * 1000)}"/>\n'


def press(digits: str) -> str:
    """Keys as RFC 4733 telephone events."""
    return "".join(f'    <nop><action><exec play_dtmf="{digit}"/></action></nop>\n' + wait(0.4) for digit in digits)


def press_info(digits: str) -> str:
    """Keys as SIP INFO."""
    return "".join(f"<<INFO {digit}>>" for digit in digits)


def hang_up() -> str:
    """Say BYE."""
    return "<<BYE>>"


def await_hang_up(seconds: float = 60) -> str:
    """Wait until the other side says BYE."""
    return AWAIT_BYE.format(milliseconds=int(seconds * 1000))


@frozen
class Outcome:
    """How many calls were made, went as written, and failed; `log` is SIPp's own screen."""

    made: int
    good: int
    failed: int
    log: str


def scenario(steps: Sequence[str], caller: str = "09351112233", name: str = "SIPp") -> str:
    """The XML of a caller who does `steps` after the answer. The last step must end the call."""
    offer = OFFER.replace("{caller}", caller).replace("{name}", name)
    body, sequence = "", 1
    for step in steps:
        while step.startswith("<<"):
            order, _, step = step.partition(">>")  # noqa: PLW2901  # the rest of the step follows its orders
            sequence += 1
            method, _, digit = order[2:].partition(" ")
            content = INFO_BODY.format(digit=digit) if digit else "      Content-Length: 0\n"
            body += IN_DIALOG.format(method=method, sequence=sequence, name=name, caller=caller, body=content)
        body += step
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="caller">\n{offer}\n{body}\n</scenario>\n'


def call(
    folder: Path, server: str, number: str, steps: Sequence[str], *, caller: str = "09351112233", name: str = "SIPp",
    calls: int = 1, rate: float = 1.0, at_once: int = 500, seconds: float = 120,
) -> Outcome:  # fmt: skip
    """Make `calls` calls to `number` at `server` (host:port) and wait for their end."""
    process = start(folder, server, number, steps, caller=caller, name=name, calls=calls, rate=rate, at_once=at_once)
    return finish(process, folder, seconds)


def start(
    folder: Path, server: str, number: str, steps: Sequence[str], *, caller: str = "09351112233", name: str = "SIPp",
    calls: int = 1, rate: float = 1.0, at_once: int = 500,
) -> subprocess.Popen[bytes]:  # fmt: skip
    """As `call`, without waiting; end it with `finish`."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "scenario.xml"
    file.write_text(scenario(steps, caller, name))
    first, _last = free_udp_range(min(4000, 4 * at_once + 20))
    command = [
        "sipp", server, "-sf", str(file), "-s", number, "-i", "127.0.0.1", "-p", str(free_port()), "-m", str(calls), "-r", str(rate),
        "-l", str(at_once), "-nostdin", "-mp", str(first), "-trace_stat", "-stf", str(folder / "stat.csv"),
        "-fd", "1", "-trace_err", "-error_file", str(folder / "errors.txt"), "-recv_timeout", "30000",
    ]  # fmt: skip
    with (folder / "screen.txt").open("wb") as screen:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=screen, stderr=subprocess.STDOUT, cwd=folder)


def finish(process: subprocess.Popen[bytes], folder: Path, seconds: float = 120) -> Outcome:
    """Wait for SIPp's end and read its last statistics line."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with (folder / "stat.csv").open() as lines:
        last = list(csv.DictReader(lines, delimiter=";"))[-1]
    log = (folder / "screen.txt").read_text(errors="replace")
    errors = folder / "errors.txt"
    return Outcome(
        int(last["TotalCallCreated"]), int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"]),
        log[-3000:] + (errors.read_text(errors="replace")[-3000:] if errors.exists() else ""),
    )  # fmt: skip
