"""The smallest honest caller: one SIP call over UDP with RTP, whose moments are known to the microsecond.

For measuring (when exactly was the digit's last packet sent?) and for what SIPp cannot write (odd names, odd hang-ups).
RFC 3261 (INVITE, ACK, BYE, CANCEL), RFC 4733 (telephone-event, payload 101), G.711 µ-law silence.
"""

from __future__ import annotations

import contextlib
import random
import re
import socket
import struct
import threading
import time
from collections import deque
from typing import ClassVar

import numpy as np

from tests.phones.tones import RATE, from_ulaw, key_tones, ulaw

SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 101\r\n"
    "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n"
)
EVENTS = "0123456789*#ABCD"
MOST_HEARD = 30_000
"""Packets kept of what was heard: ten minutes."""
T1_SECONDS = 0.5
"""How long a response may be on its way (RFC 3261, 17.1.1.1)."""


class Caller:
    """One call. Blocking; `clock` moments are `time.perf_counter()` seconds. `standing` are those that nobody has ended yet."""

    standing: ClassVar[set[Caller]] = set()

    def __init__(self, server: str, number: str, caller: str = "09121234567", name: str = "") -> None:
        host, _, port = server.rpartition(":")
        self._server = (host, int(port))
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sip.bind(("127.0.0.1", 0))
        self._sip.settimeout(0.2)
        self._rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._rtp.bind(("127.0.0.1", 0))
        self._rtp.setblocking(False)
        self._port = self._sip.getsockname()[1]
        self._id = f"{random.getrandbits(64):x}"
        self._uri = f"sip:{number}@{server}"
        self._from = f"{name} <sip:{caller}@127.0.0.1:{self._port}>;tag={self._id[:6]}".strip()
        self._to = f"<{self._uri}>"
        self._contact = self._uri
        self._sequence = 0
        self._far: tuple[str, int] | None = None
        self._lock = threading.Lock()
        self._packet = (random.getrandbits(15), random.getrandbits(31), random.getrandbits(31))
        self._stop = threading.Event()
        self._voice: deque[bytes] = deque()
        self._speaker: threading.Thread | None = None
        self._takes_events = False
        self.standing.add(self)
        self.invited_at = self.answered_at = 0.0
        self.heard_packets = 0
        self._ear: deque[tuple[float, bytes]] = deque(maxlen=MOST_HEARD)

    def _send(
        self, method: str, body: str = "", sequence: int | None = None, kind: str = "", uri: str = "", *, own: bool = False, more: str = ""
    ) -> None:
        lines = [
            f"{method} {uri or self._contact} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self._port};branch=z9hG4bK{self._id}{sequence or self._sequence}{method if own else ''};rport",
            f"From: {self._from}", f"To: {self._to}", f"Call-ID: {self._id}", f"CSeq: {sequence or self._sequence} {method}",
            f"Contact: <sip:caller@127.0.0.1:{self._port}>", "Max-Forwards: 70",
        ]  # fmt: skip
        if more:
            lines.append(more)
        if kind:
            lines.append(f"Content-Type: {kind}")
        lines += [f"Content-Length: {len(body.encode())}", "", body]
        self._sip.sendto("\r\n".join(lines).encode(), self._server)

    def _receive(self, seconds: float) -> tuple[str, str]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                text = self._sip.recv(65536).decode(errors="replace")
            except TimeoutError:
                continue
            first = text.split("\r\n", 1)[0]
            if first.startswith("SIP/2.0"):
                return first.split()[1], text
            self._answer(text)
            return first.split()[0], text
        raise TimeoutError("nothing came")

    def _answer(self, request: str) -> None:
        kept = [line for line in request.split("\r\n") if re.match(r"(Via|From|To|Call-ID|CSeq):", line, re.IGNORECASE)]
        self._sip.sendto("\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""]).encode(), self._server)

    def invite(self) -> None:
        """Send the INVITE; does not wait."""
        self._sequence += 1
        self.invited_at = time.perf_counter()
        self._send_invite()

    def _send_invite(self) -> None:
        self._send("INVITE", SDP.format(port=self._rtp.getsockname()[1]), kind="application/sdp", uri=self._uri)

    def _heard(self, seconds: float) -> tuple[str, str]:
        """The first response. As long as there is none the INVITE is sent again (RFC 3261, 17.1.1.2, timer A): a server that has just begun may have lost it."""
        wait, deadline = T1_SECONDS, time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > wait:
            with contextlib.suppress(TimeoutError):
                return self._receive(wait)
            self._send_invite()
            wait *= 2
        return self._receive(left)

    def wait_answer(self, seconds: float = 20) -> int:
        """Wait for the final response and acknowledge it. Returns its status; 200 starts sending silence."""
        first: tuple[str, str] | None = self._heard(seconds)
        while True:
            status, text = first or self._receive(seconds)
            first = None
            if not status.isdigit() or int(status) < 200 or f"{self._sequence} INVITE" not in text:
                continue
            self.answered_at = time.perf_counter()
            to = re.search(r"^To: *(.+)$", text, re.MULTILINE | re.IGNORECASE)
            contact = re.search(r"^Contact: *<([^>]+)>", text, re.MULTILINE | re.IGNORECASE)
            self._to = to[1].strip() if to else self._to
            self._contact = contact[1] if contact else self._contact
            self._acknowledge(status)
            if status == "200":
                media = re.search(r"^m=audio (\d+)", text, re.MULTILINE)
                assert media
                self._takes_events = "telephone-event/" in text
                self._far = (self._server[0], int(media[1]))
                self._speaker = threading.Thread(target=self._speak, daemon=True)
                self._speaker.start()
            return int(status)

    def _acknowledge(self, status: str) -> None:
        """The ACK of a refusal belongs to the INVITE's transaction, that of an answer is one of its own."""
        self._send("ACK", sequence=self._sequence, own=status == "200", uri="" if status == "200" else self._uri)

    def call(self) -> Caller:
        """INVITE and wait for the answer."""
        self.invite()
        status = self.wait_answer()
        assert status == 200, status
        return self

    def _write(self, payload_type: int, payload: bytes, *, marker: bool = False, forward: int = 160) -> None:
        with self._lock:
            number, stamp, source = self._packet
            self._packet = ((number + 1) & 0xFFFF, (stamp + forward) & 0xFFFFFFFF, source)
            assert self._far is not None
            self._rtp.sendto(
                struct.pack("!BBHII", 0x80, payload_type | (0x80 if marker else 0), number, stamp, source) + payload, self._far
            )

    def _speak(self) -> None:
        while not self._stop.wait(0.02):
            self._write(0, self._voice.popleft() if self._voice else b"\xff" * 160)
            try:
                while True:
                    packet = self._rtp.recv(2048)
                    self.heard_packets += 1
                    if packet[1] & 0x7F == 0:
                        self._ear.append((time.perf_counter(), packet[12:]))
            except BlockingIOError:
                pass

    def heard(self, since: float = 0.0) -> np.ndarray:
        """The samples (−1…1, 8000 a second) of every packet that came since a moment: fewer than the time that went by where any is missing."""
        return from_ulaw(b"".join(payload for at, payload in list(self._ear) if at >= since))

    def hum(self, hertz: float, seconds: float = 120.0) -> Caller:
        """Say a steady tone from now on."""
        self.say(ulaw(0.4 * np.sin(2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE)))
        return self

    def say(self, sound: bytes) -> None:
        """Say G.711 µ-law `sound` (8000 bytes a second) instead of silence."""
        self._voice.extend(sound[start : start + 160].ljust(160, b"\xff") for start in range(0, len(sound), 160))

    def press(self, digit: str, milliseconds: int = 80) -> float:
        """Send one key as RFC 4733 events, if the answer takes them. Returns the moment just before its end packet left."""
        assert self._takes_events, "the SDP answer takes no telephone events"
        event = EVENTS.index(digit)
        for step in range(milliseconds // 20):
            self._write(101, struct.pack("!BBH", event, 10, 160 * (step + 1)), marker=step == 0, forward=0)
            self._stop.wait(0.02)
        moment = time.perf_counter()
        for _ in range(3):
            self._write(101, struct.pack("!BBH", event, 0x80 | 10, 8 * milliseconds), forward=0)
        with self._lock:
            number, stamp, source = self._packet
            self._packet = (number, (stamp + 8 * milliseconds) & 0xFFFFFFFF, source)
        return moment

    def sing(self, digit: str) -> None:
        """Say one key's two tones (ITU-T Q.23) into the telephone."""
        self.say(ulaw(key_tones(digit)))
        self._stop.wait(0.16)

    def info(self, digit: str) -> str:
        """Send one key as SIP INFO; gives the status of the answer."""
        self._sequence += 1
        self._send("INFO", f"Signal={digit}\r\nDuration=160\r\n", kind="application/dtmf-relay")
        return self._receive(5)[0]

    def refer(self, number: str) -> int:
        """Ask that the other side go on to `number` (RFC 3515); gives the status of the answer."""
        self._sequence += 1
        self._send("REFER", more=f"Refer-To: <sip:{number}@{self._server[0]}>")
        return int(self._receive(5)[0])

    def wait_hang_up(self, seconds: float = 30) -> None:
        """Wait for the other side's BYE (answered with 200)."""
        while self._receive(seconds)[0] != "BYE":
            pass
        self._close()

    def hang_up(self) -> None:
        """Say BYE, or CANCEL before the answer, and wait for the 200."""
        with contextlib.suppress(TimeoutError):
            if self._far is None:
                self._send("CANCEL", uri=self._uri)
                self.wait_answer(3)
            if self._far is not None:  # answered, perhaps in the moment of the CANCEL
                self._sequence += 1
                self._send("BYE")
                while self._receive(3)[0] not in ("200", "481"):
                    pass
        self._close()

    def vanish(self) -> None:
        """Go without a word, as a phone whose network died."""
        self._close()

    def _close(self) -> None:
        self.standing.discard(self)
        self._stop.set()
        if self._speaker is not None:
            self._speaker.join()
        self._sip.close()
        self._rtp.close()
