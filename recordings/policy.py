"""Whether a conversation is recorded: the installation's setting, then the queue's."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

CONVERSATIONS = ("inbound", "outbound")
"""Talks between colleagues ("internal") are theirs."""


def _every_queue(_queue: str) -> bool:
    return True


@frozen
class Policy:
    """`record`: [telephony] record. `queue_records`: the queue's own flag by its name; calls outside any queue are not asked for."""

    record: bool = True
    queue_records: Callable[[str], bool] = _every_queue

    def wants(self, direction: str, queue: str) -> bool:
        """Whether a talk of this direction, answered from `queue` ("" = none), is recorded."""
        return self.record and direction in CONVERSATIONS and (not queue or self.queue_records(queue))
