"""Asterisk's messages → facts, by a table of message types. Pure; garbage gives None, never an error.

Shapes: https://docs.asterisk.org/Latest_API/API_Documentation/Asterisk_REST_Interface/Asterisk_REST_Data_Models/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from switchboard.asterisk.facts import (
    ChannelEnded,
    ChannelEnding,
    ChannelEntered,
    ChannelLeft,
    ChannelRings,
    ChannelUp,
    Fact,
    HoldPressed,
    HoldReleased,
    KeyPressed,
    SoundEnded,
)  # fmt: skip
from switchboard.digits import key_of

LONGEST_NUMBER = 64
LONGEST_NAME = 120
CONTROLS = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]+")
NORMAL = 16
"""Q.850: normal call clearing."""

Message = Mapping[str, Any]


def translate(message: Message) -> Fact | None:
    """The fact in one ARI message; None when it holds none that matters."""
    kind = message.get("type")
    reading = TABLE.get(kind) if isinstance(kind, str) else None
    return reading(message) if reading else None


def _text(value: object, longest: int = LONGEST_NAME) -> str:
    """One line of text: control characters and direction overrides become spaces, too long is cut."""
    if not isinstance(value, str):
        return ""
    return CONTROLS.sub(" ", value[:longest]).strip()


def _table(value: object) -> Message:
    return value if isinstance(value, Mapping) else {}


def _channel_id(message: Message) -> str:
    found = _table(message.get("channel")).get("id")
    return found if isinstance(found, str) else ""


def _cause(message: Message) -> int:
    if message.get("soft"):  # hung up by a request of ours or of Asterisk's own; "cause" is no Q.850 cause then
        return NORMAL
    cause = message.get("cause")
    return cause if isinstance(cause, int) and 0 < cause < 128 else NORMAL


def _variables(channel: Message) -> dict[str, str]:
    return {name: value for name, value in _table(channel.get("channelvars")).items() if isinstance(value, str) and value}


def _entered(message: Message) -> Fact | None:
    channel = _table(message.get("channel"))
    if not (found := _channel_id(message)):
        return None
    arguments = message.get("args")
    return ChannelEntered(
        found,
        tuple(one for one in arguments if isinstance(one, str)) if isinstance(arguments, list) else (),
        _text(channel.get("name")),
        number_of(channel),
        _text(_table(channel.get("caller")).get("name")),
        _text(_table(channel.get("dialplan")).get("exten"), LONGEST_NUMBER),
        channel.get("state") == "Up",
        _variables(channel),
    )


def _state(message: Message) -> Fact | None:
    found = _channel_id(message)
    state = _table(message.get("channel")).get("state")
    if not found or state not in ("Ringing", "Up"):
        return None
    return ChannelRings(found) if state == "Ringing" else ChannelUp(found)


def _key(message: Message) -> Fact | None:
    key = key_of(message.get("digit"))
    return KeyPressed(found, key) if key and (found := _channel_id(message)) else None


def _sound(message: Message) -> Fact | None:
    playback = _table(message.get("playback"))
    found = playback.get("id")
    return SoundEnded(found, playback.get("state") != "failed") if isinstance(found, str) else None


def _plain(fact: Callable[[str], Fact]) -> Callable[[Message], Fact | None]:
    return lambda message: fact(found) if (found := _channel_id(message)) else None


def _with_cause(fact: Callable[[str, int], Fact]) -> Callable[[Message], Fact | None]:
    return lambda message: fact(found, _cause(message)) if (found := _channel_id(message)) else None


TABLE: Mapping[str, Callable[[Message], Fact | None]] = {
    "StasisStart": _entered,
    "StasisEnd": _plain(ChannelLeft),
    "ChannelHangupRequest": _with_cause(ChannelEnding),
    "ChannelDestroyed": _with_cause(ChannelEnded),
    "ChannelStateChange": _state,
    "ChannelDtmfReceived": _key,
    "ChannelHold": _plain(HoldPressed),
    "ChannelUnhold": _plain(HoldReleased),
    "PlaybackFinished": _sound,
}

WANTED = ("RESTResponse", *TABLE)
"""What Asterisk is asked to send (its filter holds back answers to requests as well, unless they are named)."""


def number_of(channel: Message) -> str:
    """The caller's number of a channel as the network gave it; "" when withheld."""
    return _text(_table(channel.get("caller")).get("number"), LONGEST_NUMBER)


# ── Snapshots: GET channels and GET bridges ──────────────────────────────────────────────────────────────────────


@frozen
class SeenChannel:
    """A channel in a snapshot."""

    id: str
    name: str
    up: bool
    ringing: bool
    caller: str
    caller_name: str
    context: str
    dialled: str
    application: str
    """What it is in: ("Stasis", "switchboard,inbound,…") → "Stasis"."""
    data: str
    created_at: float
    variables: Mapping[str, str] = field(factory=dict)


@frozen
class SeenBridge:
    """A bridge in a snapshot."""

    id: str
    created_at: float
    channels: tuple[str, ...]


def seen_channels(answer: object) -> list[SeenChannel]:
    """`GET channels`; entries that make no sense are left out."""
    return [seen for one in answer if (seen := _seen_channel(_table(one)))] if isinstance(answer, list) else []


def seen_bridges(answer: object) -> list[SeenBridge]:
    """`GET bridges`; entries that make no sense are left out."""
    if not isinstance(answer, list):
        return []
    return [
        SeenBridge(found, _moment(one.get("creationtime")), tuple(_strings(one.get("channels"))))
        for one in map(_table, answer)
        if isinstance(found := one.get("id"), str)
    ]


def _seen_channel(channel: Message) -> SeenChannel | None:
    dialplan = _table(channel.get("dialplan"))
    found = channel.get("id")
    if not isinstance(found, str) or not found:
        return None
    return SeenChannel(
        found,
        _text(channel.get("name")),
        channel.get("state") == "Up",
        channel.get("state") in ("Ringing", "Down"),
        number_of(channel),
        _text(_table(channel.get("caller")).get("name")),
        _text(dialplan.get("context")),
        _text(dialplan.get("exten"), LONGEST_NUMBER),
        _text(dialplan.get("app_name")),
        _text(dialplan.get("app_data")),
        _moment(channel.get("creationtime")),
        _variables(channel),
    )


def _strings(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _moment(value: object) -> float:
    """UTC epoch seconds of a moment as Asterisk writes it (2026-11-21T20:56:03.434+0000); 0.0 when it is none."""
    try:
        return datetime.fromisoformat(str(value)).timestamp()
    except (ValueError, OverflowError):
        return 0.0
