"""The customer's leg while a call flow leads it: `telephony.Line` over ARI."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from config.clock import Clock
from switchboard.asterisk.requests import AriRefused, Requests
from switchboard.digits import TypedAhead
from switchboard.futures import fail, resolve
from switchboard.telephony import Line, LineGone, PhoneSystemAway, SoundMissing

PLAYBACKS = 4
"""Names of a call's playbacks, used in turn: so few that one who takes the call over can try them all."""


class AriLine(Line):
    """One caller's channel. `press`, `sound_ended`, `gone` and `link_lost` are what Asterisk tells of it.

    While a sound plays, Asterisk answers no other request about the channel, and none at all that came after it. So what
    plays is stopped before anything else is asked for.
    """

    def __init__(
        self, requests: Requests, clock: Clock, *, call: str, caller: str, caller_name: str, dialled: str, arrived_at: float, up: bool = False
    ) -> None:  # fmt: skip
        self.call = call
        self.caller = caller
        self.caller_name = caller_name
        self.dialled = dialled
        self.arrived_at = arrived_at
        self.up = up
        """Answered, or about to be."""
        self._requests = requests
        self._typed = TypedAhead(clock)
        self._playback = ""
        self._next = 0
        self._left_playing: tuple[str, ...] = ()
        self._playing: asyncio.Future[bool] | None = None
        self._barge_in = False
        self._gone = False

    # ── telephony.Line ───────────────────────────────────────────────────────────────────────────────────────

    async def answer(self) -> None:
        self._must_be_there()
        self._hush()
        if not self.up:
            self._requests.order("POST", f"channels/{self.call}/answer")
            self.up = True  # only now: without a link the order is refused, and given again later

    async def play(self, sounds: Sequence[str], *, barge_in: bool) -> bool:
        self._must_be_there()
        if barge_in and self._typed:
            return False
        if not sounds:
            return True
        media = ",".join(map(_media, sounds))
        self._hush()
        self._playback = playback = self._name(self._next)
        self._next = (self._next + 1) % PLAYBACKS
        playing: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._playing, self._barge_in = playing, barge_in
        asked = self._requests.ask("POST", f"channels/{self.call}/play/{playback}", media=media)
        asked.add_done_callback(lambda answer: _play_refused(answer, playing))
        try:
            return await playing
        except asyncio.CancelledError:
            self._stop(playback)
            raise
        finally:
            if self._playing is playing:
                self._playing = None

    async def digit(self, seconds: float) -> str | None:
        self._must_be_there()
        return await self._typed.next(seconds)

    def forget_digits(self) -> None:
        self._typed.forget()

    async def music(self, on: bool) -> None:
        self._must_be_there()
        self._hush()
        self._requests.order("POST" if on else "DELETE", f"channels/{self.call}/moh")

    async def remember(self, variables: Mapping[str, str]) -> None:
        self._must_be_there()
        self._hush()
        keep(self._requests, self.call, variables)

    async def hang_up(self, cause: int = 16) -> None:
        if not self._gone:
            self._requests.order("DELETE", f"channels/{self.call}", reason_code=cause)

    # ── What Asterisk tells ──────────────────────────────────────────────────────────────────────────────────

    def press(self, key: str) -> None:
        """A key was pressed: a prompt that may be interrupted stops at once, before anything that the key leads to."""
        if self._barge_in and self._playing and not self._playing.done():
            self._stop(self._playback)
            resolve(self._playing, False)
        self._typed.typed(key)

    def sound_ended(self, playback: str, *, heard: bool) -> None:
        """A playback is over; an older one, interrupted before, does not matter."""
        if playback != self._playback:
            return
        if heard:
            resolve(self._playing, True)
        else:
            fail(self._playing, SoundMissing(playback))

    def gone(self) -> None:
        """The caller hung up: whoever waits on the line gets `LineGone`."""
        self._gone = True
        self._typed.line_gone()
        fail(self._playing, LineGone)

    def link_lost(self) -> None:
        """Asterisk cannot be reached: whoever waits for it gets `PhoneSystemAway`."""
        self._typed.away()
        if self._playing:
            self._left_playing = (self._playback,)
        fail(self._playing, PhoneSystemAway)

    async def take_over(self) -> None:
        """Stop what another daemon left playing here."""
        names = [self._name(number) for number in range(PLAYBACKS)]
        self._left_playing = tuple(names)
        try:
            answers = await asyncio.gather(*[self._requests.ask("DELETE", f"playbacks/{name}") for name in names], return_exceptions=True)
        except PhoneSystemAway:
            return
        if any(isinstance(answer, PhoneSystemAway) for answer in answers):
            return
        self._left_playing = ()
        left = {number for number, answer in enumerate(answers) if not isinstance(answer, BaseException)}
        followers = ((number + 1) % PLAYBACKS for number in sorted(left))
        self._next = next((number for number in followers if number not in left), 0)  # the other's end must not be taken for ours

    # ── Inside ───────────────────────────────────────────────────────────────────────────────────────────────

    def _must_be_there(self) -> None:
        if self._gone:
            raise LineGone

    def _name(self, number: int) -> str:
        return f"{self.call}-play-{number}"

    def _hush(self) -> None:
        """Stop what plays since before the link broke."""
        for playback in self._left_playing:
            self._requests.order("DELETE", f"playbacks/{playback}")
        self._left_playing = ()

    def _stop(self, playback: str) -> None:
        with suppress(PhoneSystemAway):
            self._requests.order("DELETE", f"playbacks/{playback}")


def _play_refused(answer: asyncio.Future[Any], playing: asyncio.Future[bool]) -> None:
    if not answer.cancelled() and (error := answer.exception()):
        fail(playing, SoundMissing(str(error)) if isinstance(error, AriRefused) else error)


def keep(requests: Requests, channel: str, variables: Mapping[str, str]) -> None:
    """Set the channel's SB_… variables, without waiting for it."""
    for name, value in variables.items():
        if not name.startswith("SB_"):
            raise ValueError(f"{name}: names of kept values begin with SB_")
        requests.order("POST", f"channels/{channel}/variable", variable=name, value=value)


def _media(sound: str) -> str:
    """A sound as ARI names it; a comma would be taken for the end of its name."""
    if "," in sound:
        raise SoundMissing(sound)
    return sound if sound.startswith("tone:") else f"sound:{sound}"
