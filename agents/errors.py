"""Refusals of the agents' floor: what an agent cannot do, and why."""

from __future__ import annotations

from config.errors import Refusal
from config.translations import _, translate
from switchboard.errors import NotPossibleNow


class NotAnAgent(Refusal):
    """A person without an extension."""

    code = "not_an_agent"
    status = 403
    sentence = _("{user} has no extension, so there are no calls to take or place. An administrator can give one.")


class IntentUnknown(Refusal):
    """Neither available, on a break nor offline."""

    code = "intent_unknown"
    status = 422
    sentence = _("“{intent}” is not a state that can be chosen. Expected one of {expected}.")


class BreakReasonUnknown(Refusal):
    """A reason for a break that is not on the list."""

    code = "break_reason_unknown"
    status = 422
    sentence = _("“{reason}” is not a reason for a break. Expected one of {expected}.")


class StrategyUnknown(Refusal):
    """A queue asks for a routing strategy that does not exist."""

    code = "strategy_unknown"
    status = 422
    sentence = _("Queue {queue}: there is no routing strategy “{strategy}”. Expected one of {expected}.")


class QueueUnknown(Refusal):
    """A queue that does not exist."""

    code = "queue_unknown"
    status = 422
    sentence = _("There is no queue “{queue}”. Expected one of {expected}.")


class DigitsUnreadable(Refusal):
    """Keys that no telephone has."""

    code = "digits_unreadable"
    status = 422
    sentence = _("“{digits}” cannot be sent as keys. Expected 1 to {most} of 0–9, *, # and A–D.")


class NotNow(NotPossibleNow):
    """`why` is a sentence of its own, translated with the refusal."""

    def text(self, language: str) -> str:
        """The sentence and its reason in `language`."""
        return translate(language, self.sentence, **{**self.values, "why": translate(language, self.values["why"])})
