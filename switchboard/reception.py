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
        self._leading: dict[str, Future[None]] = {}

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
        self._leading[call] = until_let_go
        self._calls.led(call, on=True)
        until_let_go.add_done_callback(lambda done: self._let_go(call, done))

    def _let_go(self, call: str, done: Future[None]) -> None:
        if self._leading.get(call) is done:  # not when somebody else leads by now
            del self._leading[call]
            self._calls.led(call, on=False)
