"""Which telephones can be rung, and that silent ones are asked at once."""

from __future__ import annotations

from collections.abc import Mapping

from config.clock import FakeClock
from switchboard.asterisk.ami import ActionRefused
from switchboard.asterisk.phone_watch import PhoneWatch
from switchboard.bus import Bus
from switchboard.events import Event, PhoneSeen
from tests.fakes.phones import settle
from tests.switchboard.asterisk.wire import Wire


class ManagerInterface:
    """A manager interface that notes whom it asked; it does not know `stranger`."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def when_up(self) -> None:
        """It always is."""

    async def action(self, name: str, **fields: str) -> Mapping[str, str]:
        if fields["Endpoint"] == "stranger":
            raise ActionRefused("Unable to find endpoint")
        self.asked.append(f"{name} {fields['Endpoint']}")
        return {}


async def test_telephones_that_are_not_known_to_be_there_are_asked_at_once() -> None:
    """After Asterisk's death a desk phone's registration is remembered, and the telephone is asked without waiting for its turn."""
    bus, told, manager = Bus(), list[Event](), ManagerInterface()
    bus.listen(PhoneSeen, told.append)
    watch = PhoneWatch(bus, FakeClock(), Wire().requests, manager)
    states = {"101": "online", "stranger": "offline", "103": "offline"}
    watch.seen([{"resource": name, "state": state} for name, state in states.items()])
    await settle()
    assert manager.asked == ["PJSIPQualify 103"]
    watch.seen({"resource": "103", "state": "online"})
    await settle()
    assert [(event.endpoint, event.online) for event in told if isinstance(event, PhoneSeen)][-1] == ("103", True)
    assert manager.asked == ["PJSIPQualify 103"]
    await watch.stop()
