"""What the floor wants done: values, performed in order by the dispatcher.

Every action is plain data, so that a test reads what would happen without a telephone. `Outbox` gathers the
actions of one input.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define, field, frozen

from switchboard.events import Event

TimerKey = tuple[str, str]
"""What a timer is for ("ring", "wrap", "rest", "wait", "expert", "console") and the leg, agent or call it is about."""


@frozen
class Tell:
    """Tell `event` on the bus."""

    event: Event


@frozen
class Remember:
    """Keep values at the customer's channel, where they outlive this process."""

    call: str
    variables: Mapping[str, str]


@frozen
class Music:
    """The customer hears the queue's music."""

    call: str
    queue: str


@frozen
class Ring:
    """Ring the agent's phone `endpoint` as leg `leg`, for at most `seconds`."""

    call: str
    leg: str
    agent: str
    endpoint: str
    seconds: float
    auto_answer: bool = False


@frozen
class Connect:
    """Customer and `leg` hear each other; afterwards the call is `agent`'s."""

    call: str
    leg: str
    agent: str


@frozen
class DialOut:
    """Ring the outside `number` as the customer's leg of a call that the agent's leg began."""

    call: str
    leg: str
    agent: str
    number: str
    seconds: float


@frozen
class Met:
    """The dialled party answered: the call is a talk now (its bridge stands already)."""

    call: str
    leg: str
    agent: str


@frozen
class Drop:
    """End one leg."""

    leg: str


@frozen
class HangUp:
    """End the whole call; `by` "agent" | "customer" | "system" asked for it."""

    call: str
    by: str
    cause: int = 16


@frozen
class ToStatic:
    """Hand the customer to the dialplan's static queue: nobody here can serve them."""

    call: str


@frozen
class Release:
    """The call's flow, waiting in `wait()`, goes on with `outcome` "answered" | "timeout" | "gone"."""

    call: str
    outcome: str


@frozen
class SetTimer:
    """Give `key` back to the floor at `at` (a timer of the same key is replaced)."""

    key: TimerKey
    at: float


@frozen
class CancelTimer:
    """Forget the timer `key`; harmless when there is none."""

    key: TimerKey


Action = Tell | Remember | Music | Ring | Connect | DialOut | Met | Drop | HangUp | ToStatic | Release | SetTimer | CancelTimer


@define
class Outbox:
    """The actions of the input that is being worked on."""

    _actions: list[Action] = field(factory=list)

    def add(self, *actions: Action) -> None:
        """Put `actions` behind the others."""
        self._actions.extend(actions)

    def tell(self, *events: Event) -> None:
        """Put the telling of `events` behind the others."""
        self._actions.extend(map(Tell, events))

    def take(self) -> list[Action]:
        """All actions, in order; the box is empty afterwards."""
        actions, self._actions = self._actions, []
        return actions
