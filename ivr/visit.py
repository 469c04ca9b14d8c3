"""A caller inside a node: what the node may do with them."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping
from typing import Protocol
from zoneinfo import ZoneInfo

from config.clock import Clock
from ivr.sound import Prompt, Sound
from switchboard.telephony import Line, SoundMissing, WaitingRoom


class PromptShelf(Protocol):
    """Where built sounds are found (fulfilled by ivr.prompts)."""

    def playable(self, sound: Sound) -> str | None:
        """What `Line.play` is given; None when it is not built."""

    def missing(self, sound: Sound) -> None:
        """A caller should have heard `sound`, and it is not there or cannot be played."""


class Visit:
    """One caller's way through one flow: their line, language and what the step should note.

    Nodes set `detail` (a short value for the call's path), `language`, `next_flow` (to go on in another flow) and `cause`
    (Q.850, of the hang-up that ends the flow).
    """

    def __init__(
        self,
        line: Line,
        *,
        language: str,
        library: Mapping[str, Prompt],
        prompts: PromptShelf,
        waiting_room: WaitingRoom,
        clock: Clock,
        timezone: str,
    ) -> None:
        self.language = language
        self.detail = ""
        self.next_flow = ""
        self.cause = 16
        self._line = line
        self._library = library
        self._prompts = prompts
        self._waiting_room = waiting_room
        self._clock = clock
        self._timezone = timezone

    async def play(self, *prompts: Prompt | str, barge_in: bool = False) -> bool:
        """Play prompts one after the other, library prompts by name. With `barge_in` a key ends it. True when all was heard."""
        sounds = [(self._library[one] if isinstance(one, str) else one).sound(self.language) for one in prompts]
        playable = [self._prompts.playable(sound) for sound in sounds]
        there = [path for path in playable if path]
        if len(there) == len(playable):
            try:
                return await self._line.play(there, barge_in=barge_in)
            except SoundMissing:
                playable = [None for _sound in sounds]
        for sound, path in zip(sounds, playable, strict=True):
            if path is None:
                self._prompts.missing(sound)
        return await self._apologise(barge_in=barge_in)

    async def _apologise(self, *, barge_in: bool) -> bool:
        """In the place of what could not be heard."""
        if apology := self._prompts.playable(self._library["apology"].sound(self.language)):
            with contextlib.suppress(SoundMissing):
                return await self._line.play([apology], barge_in=barge_in)
        return True

    async def key(self, seconds: float) -> str | None:
        """The next key, typed ahead or pressed within `seconds`; None when none came."""
        return await self._line.digit(seconds)

    def forget_keys(self) -> None:
        """Drop what was typed ahead."""
        self._line.forget_digits()

    async def wait(self, queue: str, max_seconds: float | None) -> str:
        """Wait for an agent: "answered", "timeout" or "gone" (see `WaitingRoom`)."""
        return await self._waiting_room.wait(self._line.call, queue, max_seconds=max_seconds)

    def local_time(self, timezone: str = "") -> dt.datetime:
        """Now, in `timezone` or the site's own."""
        return dt.datetime.fromtimestamp(self._clock.now(), ZoneInfo(timezone or self._timezone))
