"""Refusals of the telephone side: what cannot be done with a call, and why."""

from __future__ import annotations

from config.errors import Refusal
from config.translations import _


class NoSuchCall(Refusal):
    """The call has ended or never was."""

    code = "no_such_call"
    status = 404
    sentence = _("There is no live call {call}; it may have ended.")


class NotYourCall(Refusal):
    """A message for somebody else's call."""

    code = "not_your_call"
    status = 403
    sentence = _("Call {call} is not yours.")


class NotPossibleNow(Refusal):
    """The call or the agent is in a state in which this makes no sense."""

    code = "not_possible_now"
    status = 409
    sentence = _("This is not possible now: {why}.")


class NumberNotAllowed(Refusal):
    """Dialling this number is not on the allow-list (toll fraud)."""

    code = "number_not_allowed"
    status = 403
    sentence = _("Dialling {number} is not allowed. Allowed are numbers that begin with {prefixes}.")


class NumberUnreadable(Refusal):
    """What was typed is not a telephone number."""

    code = "number_unreadable"
    status = 422
    sentence = _("“{number}” is not a telephone number. Expected digits, such as 02188776655 or +989121234567.")


class PhoneOffline(Refusal):
    """The agent's phone cannot be rung."""

    code = "phone_offline"
    status = 409
    sentence = _("Your phone is not connected, so no call can be placed.")


class TelephoneAway(Refusal):
    """The telephone system cannot be reached."""

    code = "telephone_away"
    status = 503
    sentence = _("The telephone system cannot be reached now; it is being started again.")
