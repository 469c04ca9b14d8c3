"""Who hears whom: bridges made when the first channel comes and deleted when the last has gone.

`waiting-<queue>` and `hold` are holding bridges with music, `talk-<call>` is a mixing bridge. A channel is in one at
most. Asterisk carries out what is sent in order, so nothing here waits for an answer before the next request.
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from switchboard.asterisk.requests import Requests
from switchboard.telephony import PhoneSystemAway

HOLD = "hold"


def waiting(queue: str) -> str:
    """The bridge of those who wait in `queue`."""
    return f"waiting-{queue}"


def talk(call: str) -> str:
    """The bridge of those who talk in `call`."""
    return f"talk-{call}"


class Bridges:
    """The bridges there are, by id, and who is in them."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._members: dict[str, set[str]] = {}
        self._place: dict[str, str] = {}

    def place(self, channel: str) -> str:
        """The bridge that the channel is in, "" for none."""
        return self._place.get(channel, "")

    def members(self, bridge: str) -> frozenset[str]:
        """The channels in a bridge."""
        return frozenset(self._members.get(bridge, ()))

    def put(self, bridge: str, *channels: str) -> Future[Any]:
        """Move the channels into the bridge, all or none; done when they hear what is there. Fails as `Requests.ask` does."""
        if bridge not in self._members:
            self._make(bridge)
        moved = self._requests.ask("POST", f"bridges/{bridge}/addChannel", channel=",".join(channels), inhibitConnectedLineUpdates="true")
        for channel in channels:
            if self._place.get(channel) != bridge:
                self._leave(channel)
                self._members[bridge].add(channel)
                self._place[channel] = bridge
        moved.add_done_callback(lambda answer: self._answered(answer, bridge, channels))
        return moved

    def _answered(self, answer: Future[Any], bridge: str, channels: tuple[str, ...]) -> None:
        """Refused: nobody was moved, and what they were in may have been deleted meanwhile, so they are nowhere."""
        if answer.cancelled() or answer.exception() is None:
            return
        for channel in channels:
            if self._place.get(channel) == bridge:
                self._leave(channel)

    def gone(self, channel: str) -> None:
        """The channel has ended or left the application."""
        self._leave(channel)

    def restore(self, bridge: str, channels: Iterable[str]) -> None:
        """After a reconnect: the bridge stands, with these channels in it."""
        self._members[bridge] = set(channels)
        for channel in channels:
            self._place[channel] = bridge

    def forget(self) -> None:
        """The link was lost; what stands now is not known."""
        self._members.clear()
        self._place.clear()

    def _make(self, bridge: str) -> None:
        self._members[bridge] = set()
        if bridge.startswith("talk-"):
            self._requests.order("POST", "bridges", type="mixing", bridgeId=bridge, name=bridge)
        else:
            self._requests.order("POST", "bridges", type="holding", bridgeId=bridge, name=bridge)
            self._requests.order("POST", f"bridges/{bridge}/moh")

    def _leave(self, channel: str) -> None:
        bridge = self._place.pop(channel, "")
        members = self._members.get(bridge)
        if members is None:
            return
        members.discard(channel)
        if not members:
            del self._members[bridge]
            with suppress(PhoneSystemAway):  # with the link everything is forgotten, and an empty bridge swept at the next one
                self._requests.order("DELETE", f"bridges/{bridge}")
