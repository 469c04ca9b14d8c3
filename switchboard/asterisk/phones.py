"""Legs, bridges and music over ARI: `telephony.PhoneSystem`. What comes of the orders is told by exchange.py."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from switchboard.asterisk.ami import ActionRefused
from switchboard.asterisk.bridges import HOLD, Bridges, talk, waiting
from switchboard.asterisk.legs import Leg, Legs
from switchboard.asterisk.line import keep
from switchboard.asterisk.requests import AriRefused, Requests
from switchboard.telephony import LineGone, Phone, PhoneSystemAway, RecordingRefused

APPLICATION = "switchboard"
NOT_REACHABLE = 20
"""Q.850: subscriber absent."""
NO_ROUTE = 3
"""Q.850: no route to destination."""
NO_SUCH_CHANNEL = "No such channel"
"""What Asterisk's manager interface says of a channel that is gone (main/manager.c)."""
NUMBER = re.compile(r"\+?[0-9*#]{1,32}")


class ManagerInterface(Protocol):
    """Asterisk's manager interface, as far as recordings need it (asterisk.ami)."""

    async def action(self, name: str, **fields: str) -> Mapping[str, str]:
        """Do something there; raises `PhoneSystemAway`, `ami.ActionRefused`."""


class AriPhones:
    """Gives Asterisk its orders. `outside` names what is dialled to reach a number (a colleague's, the world's), "" when there is no way.

    `never_rang` is told of a leg that Asterisk could not even create, with the cause.
    """

    def __init__(self, requests: Requests, legs: Legs, bridges: Bridges, manager: ManagerInterface, outside: Callable[[str], str]) -> None:
        self.never_rang: Callable[[Leg, int], None] = lambda _leg, _cause: None
        self._requests = requests
        self._legs = legs
        self._bridges = bridges
        self._manager = manager
        self.outside = outside

    async def wait_with_music(self, call: str, queue: str) -> None:
        await self._bridges.put(waiting(queue), self._legs.customer(call).channel)

    async def ring(
        self, call: str, leg: str, phone: Phone, *, seconds: float, caller: str, caller_name: str,
        auto_answer: bool = False, agent: str = "",
    ) -> None:  # fmt: skip
        query: dict[str, object] = {} if call == leg else {"originator": self._legs.any_of(call).channel}
        endpoint = self.outside(phone.endpoint) if phone.outside else f"PJSIP/{phone.endpoint}"
        variables = {"SB_CALL": call, "SB_ROLE": "agent", "SB_AGENT": agent, "PJSIP_HEADER(add,X-Switchboard-Call)": call}
        if auto_answer:
            variables |= {"PJSIP_HEADER(add,Call-Info)": "<sip:switchboard>;answer-after=0", "PJSIP_HEADER(add,Alert-Info)": "auto-answer"}
        one = self._legs.add(Leg(leg, call, "agent"))
        if not endpoint:
            self.never_rang(one, NO_ROUTE)
            return
        await self._create(
            one,
            f"channels/{leg}",
            {"variables": variables},
            endpoint=endpoint,
            app=APPLICATION,
            appArgs=f"leg,{call}",
            callerId=caller_id(caller, caller_name),
            timeout=max(1, math.ceil(seconds)),
            **query,
        )

    async def connect(self, call: str, leg: str) -> None:
        customer = self._legs.customer(call)
        await self._bridges.put(talk(call), customer.channel, self._legs.there(leg).channel)

    async def dial_out(self, call: str, leg: str, number: str, *, seconds: float, caller: str) -> None:
        agent = self._legs.any_of(call)
        entered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        one = self._legs.add(Leg(leg, call, "dialled", entered=entered))
        endpoint = self.outside(number) if NUMBER.fullmatch(number) else ""
        if not endpoint:
            self.never_rang(one, NO_ROUTE)
            return
        variables = {"SB_CALL": call, "SB_ROLE": "customer", "SB_DIALLED": number, "CONNECTEDLINE(num,i)": one_line(caller)}
        created = await self._create(
            one, "channels/create", {"variables": variables}, endpoint=endpoint, app=APPLICATION, appArgs=f"out,{call}", channelId=leg,
            originator=agent.channel,
        )  # fmt: skip
        if created:
            await entered
            moved = self._bridges.put(talk(call), leg, agent.channel)
            self._requests.order("POST", f"channels/{leg}/dial", timeout=max(1, math.ceil(seconds)))
            await moved

    async def hold(self, call: str) -> None:
        await self._bridges.put(HOLD, self._legs.customer(call).channel)

    async def resume(self, call: str) -> None:
        await self._bridges.put(talk(call), self._legs.customer(call).channel)

    async def mute(self, leg: str, on: bool) -> None:
        await self._requests.ask("POST" if on else "DELETE", f"channels/{self._legs.there(leg).channel}/mute", direction="in")

    async def send_digits(self, call: str, digits: str) -> None:
        keys = re.sub(r"[^0-9A-D*#]", "", digits.upper())[:64]
        if keys:
            await self._requests.ask("POST", f"channels/{self._legs.customer(call).channel}/dtmf", dtmf=keys)

    async def drop(self, leg: str, cause: int = 16) -> None:
        if self._legs.get(leg):
            self._end(leg, cause)

    async def hang_up(self, call: str, cause: int = 16) -> None:
        for leg in self._legs.of(call):
            self._end(leg.channel, cause)

    async def to_static_queue(self, call: str) -> None:
        customer = self._legs.customer(call)
        channel = customer.channel
        customer.handed_over = True  # before the request: its StasisEnd may come before the answer
        try:
            # Leaving the application ends our interest in the channel; this keeps us told of its end.
            self._requests.order("POST", f"applications/{APPLICATION}/subscription", eventSource=f"channel:{channel}")
            await self._requests.ask("POST", f"channels/{channel}/continue", context="static-queue", extension="s", priority=1)
        except BaseException:
            customer.handed_over = False
            raise

    async def remember(self, call: str, variables: Mapping[str, str]) -> None:
        keep(self._requests, self._legs.customer(call).channel, variables)

    async def start_recording(self, call: str, file: Path) -> None:
        channel = self._legs.customer(call).channel
        stem = str(file.with_suffix(""))
        if re.search(r"[,()\s]", stem):
            raise ValueError(f"{stem}: a recording's name has no comma, space or parenthesis")
        try:
            await self._manager.action("MixMonitor", Channel=channel, File=str(file), options=f"r({stem}-in.wav)t({stem}-out.wav)")
        except ActionRefused as refused:
            self._legs.customer(call)  # gone in this moment: that is why
            if NO_SUCH_CHANNEL in str(refused):  # its end is on its way to us
                raise LineGone(call) from refused
            raise RecordingRefused(str(refused)) from refused

    async def stop_recording(self, call: str) -> None:
        for leg in self._legs.of(call):
            if leg.role == "customer":
                with suppress(ActionRefused):  # none runs, or the channel is gone
                    await self._manager.action("StopMixMonitor", Channel=leg.channel)

    def _end(self, channel: str, cause: int) -> None:
        self._requests.order("DELETE", f"channels/{channel}", reason_code=cause)

    async def _create(self, leg: Leg, uri: str, body: Mapping[str, object], **query: object) -> bool:
        """Create the leg's channel; False when Asterisk cannot (told as a leg that never rang)."""
        try:
            await self._requests.ask("POST", uri, body, **query)
        except AriRefused:
            self.never_rang(leg, NOT_REACHABLE)
            return False
        except (LineGone, PhoneSystemAway):
            self._legs.remove(leg)
            raise
        return True


def one_line(text: str, longest: int = 80) -> str:
    """Text that cannot break out of a SIP header or a caller id."""
    return re.sub(r"[\x00-\x1f\x7f\"\\<>;,]+", " ", text)[:longest].strip()


def caller_id(number: str, name: str) -> str:
    """ARI's callerId, "name" <number>; a withheld number is shown as anonymous."""
    return f'"{one_line(name)}" <{one_line(number, 64) or "anonymous"}>'
