"""What the rest of the product may ask of a telephone system, whichever it is.

`switchboard.asterisk` fulfils these Protocols; tests fulfil them in memory and both pass the same contract tests.
Everything here raises `LineGone` when the leg it speaks of has ended, and `PhoneSystemAway` when the link is down.

What comes of an order is told as facts on the bus, never before the order has been sent:

* LegRinging, LegAnswered, LegGone: an agent's leg, and a dialled party's until it has answered;
* CustomerGone: the customer's leg ended (the caller's; the dialled party's once it has answered). The telephone
  system itself then drops every other leg of the call, so their LegGone follow without anybody's order;
* LegHeld, LegResumed: a phone's own hold key; DigitPressed: the customer's keys.

`CallEnded` comes from `switchboard.call` when no leg is left and the call's flow has let go of the line.
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from attrs import frozen


class LineGone(Exception):
    """The leg has ended: the caller or the phone hung up."""


class PhoneSystemAway(Exception):
    """The telephone system cannot be reached now."""


class RecordingRefused(Exception):
    """The telephone system will not record a call that goes on; says why."""


class SoundMissing(Exception):
    """A sound could not be played: its file is missing or broken."""


@frozen
class Phone:
    """Where an agent can be rung: an endpoint name ("w101" browser, "101" desk) or an outside number."""

    endpoint: str
    outside: bool = False


class Line(Protocol):
    """The customer's leg while a call flow leads it.

    Digits are kept from the first moment of the call, so what is typed ahead is honoured. Sounds are paths
    without extension, or "tone:<name>".
    """

    call: str
    caller: str
    caller_name: str
    dialled: str
    arrived_at: float

    async def answer(self) -> None:
        """Pick up; harmless when done."""

    async def play(self, sounds: Sequence[str], *, barge_in: bool) -> bool:
        """Play one after the other. With `barge_in` a digit, typed ahead or now, ends it. True when all was heard.

        Raises `SoundMissing` when Asterisk cannot play one of them.
        """

    async def digit(self, seconds: float) -> str | None:
        """The next digit, typed ahead or within `seconds`; None when none came."""

    def forget_digits(self) -> None:
        """Drop what was typed ahead (before a question that must be heard)."""

    async def music(self, on: bool) -> None:
        """Music on hold, on or off."""

    async def remember(self, variables: Mapping[str, str]) -> None:
        """Keep values at the channel (names begin with SB_), where they outlive this process."""

    async def hang_up(self, cause: int = 16) -> None:
        """End the call; harmless when it has ended."""


class PhoneSystem(Protocol):
    """Legs, bridges and music, by call and leg id. What comes of it is told as Leg… events on the bus."""

    async def wait_with_music(self, call: str, queue: str) -> None:
        """The customer hears the queue's music, alone (the queue's holding bridge)."""

    async def ring(
        self,
        call: str,
        leg: str,
        phone: Phone,
        *,
        seconds: float,
        caller: str,
        caller_name: str,
        auto_answer: bool = False,
        agent: str = "",
    ) -> None:
        """Ring `phone` as leg `leg` of `call`, showing the caller; tells LegRinging, LegAnswered or LegGone."""

    async def connect(self, call: str, leg: str) -> None:
        """Customer and `leg` hear each other (the talk bridge of `call`)."""

    async def dial_out(self, call: str, leg: str, number: str, *, seconds: float, caller: str) -> None:
        """Ring the outside `number` as the customer's leg `leg` of a call that an agent's leg began.

        Bridged as soon as there is something to hear. Tells LegRinging, LegAnswered, or LegGone with the network's cause.
        """

    async def hold(self, call: str) -> None:
        """The customer hears music; the agent's leg stays in the talk bridge."""

    async def resume(self, call: str) -> None:
        """The customer comes back to the talk bridge."""

    async def mute(self, leg: str, on: bool) -> None:
        """The leg is not heard by the others."""

    async def send_digits(self, call: str, digits: str) -> None:
        """Send DTMF towards the customer's side."""

    async def drop(self, leg: str, cause: int = 16) -> None:
        """End a leg; harmless when it has ended."""

    async def hang_up(self, call: str, cause: int = 16) -> None:
        """End the whole call; harmless when it has ended."""

    async def to_static_queue(self, call: str) -> None:
        """Hand the customer to the dialplan's static queue."""

    async def remember(self, call: str, variables: Mapping[str, str]) -> None:
        """Keep SB_… values at the customer's channel."""

    async def start_recording(self, call: str, file: Path) -> None:
        """Record the customer's leg: `file` mixed, and `<stem>-in.wav` (customer), `<stem>-out.wav` (what they hear) beside it.

        Raises `RecordingRefused` when that cannot be done though the call goes on.
        """

    async def stop_recording(self, call: str) -> None:
        """Finish the recording; harmless when none runs."""


class WaitingRoom(Protocol):
    """Where a call flow lets a caller wait for an agent (fulfilled by agents.dispatcher)."""

    async def wait(self, call: str, queue: str, *, max_seconds: float | None) -> str:
        """Wait in `queue` until "answered" (an agent and the caller hear each other), "timeout" or "gone".

        Music and place are the room's business. For an adopted call the wait counts from `LiveCall.queued_since`.
        """

    def queues(self) -> frozenset[str]:
        """Names of the queues there are."""


class CallFlow(Protocol):
    """What leads a caller (fulfilled by ivr.walk). Both return a future that is done when the flow let go of the line."""

    def begin(self, line: Line) -> Future[None]:
        """Lead a caller who has just arrived."""

    def resume(self, line: Line, flow: str, node: str) -> Future[None]:
        """Lead an adopted caller on, from the beginning of `node`; from the flow's start when it is not known."""
