"""Where callers come in: every new line becomes a live call and is handed to the call flow."""

from __future__ import annotations

from asyncio import Future

from switchboard.call import Calls
from switchboard.telephony import CallFlow, Line


class Reception:
    """Takes lines from the telephone system; tells the registry when the flow has let go, so that a call ends in order."""

    def __init__(self, calls: Calls, flow: CallFlow) -> None:
        self._calls = calls
        self._flow = flow

    def arrive(self, line: Line) -> None:
        """A caller has just arrived on `line`."""
        self._calls.arrived(
            line.call, direction="inbound", caller=line.caller, caller_name=line.caller_name, dialled=line.dialled, at=line.arrived_at
        )
        self._lead(line.call, self._flow.begin(line))

    def take_back(self, line: Line, flow: str, node: str) -> None:
        """An adopted caller (already in the registry) is led on from `node`."""
        self._lead(line.call, self._flow.resume(line, flow, node))

    def _lead(self, call: str, until_let_go: Future[None]) -> None:
        self._calls.led(call, on=True)
        until_let_go.add_done_callback(lambda _done: self._calls.led(call, on=False))
