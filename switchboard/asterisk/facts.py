"""What Asterisk says, as typed facts about channels; which call a channel belongs to is not known here."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen


@frozen
class ChannelFact:
    """Something about the channel with this id."""

    channel: str


@frozen
class ChannelEntered(ChannelFact):
    """A channel was given to the application (StasisStart)."""

    arguments: tuple[str, ...]
    """What stands behind the application's name in the dialplan: ("inbound", "from-loopback")."""
    name: str
    """"PJSIP/w101-0000002a"."""
    caller: str
    caller_name: str
    dialled: str
    up: bool
    variables: Mapping[str, str] = field(factory=dict)
    """The SB_… variables that are set."""


@frozen
class ChannelLeft(ChannelFact):
    """A channel left the application: it hung up, or went on in the dialplan (StasisEnd)."""


@frozen
class ChannelEnding(ChannelFact):
    """A channel is about to end (ChannelHangupRequest)."""

    cause: int


@frozen
class ChannelEnded(ChannelFact):
    """A channel is no more (ChannelDestroyed)."""

    cause: int


@frozen
class ChannelRings(ChannelFact):
    """The phone behind the channel rings."""


@frozen
class ChannelUp(ChannelFact):
    """The channel was answered."""


@frozen
class KeyPressed(ChannelFact):
    """A digit ended; `key` is in digits.KEYS."""

    key: str


@frozen
class HoldPressed(ChannelFact):
    """The phone's own hold began."""


@frozen
class HoldReleased(ChannelFact):
    """The phone's own hold ended."""


@frozen
class SoundEnded:
    """A playback is over. `heard` is False when Asterisk could not play it."""

    playback: str
    heard: bool


Fact = (
    ChannelEntered | ChannelLeft | ChannelEnding | ChannelEnded | ChannelRings | ChannelUp | KeyPressed | HoldPressed | HoldReleased | SoundEnded
)  # fmt: skip
