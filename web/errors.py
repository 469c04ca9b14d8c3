"""Refusals of the web: what a request may be turned away for."""

from __future__ import annotations

from config.errors import Refusal
from config.translations import _, translate
from web.filters import file_size


class NothingHere(Refusal):
    """No page or record has this address."""

    code = "not_found"
    status = 404
    sentence = _("There is nothing at this address.")


class MethodRefused(Refusal):
    """The address exists but not for this method."""

    code = "method_not_allowed"
    status = 405
    sentence = _("{method} is not possible here. Possible: {allowed}.")


class BodyTooLarge(Refusal):
    """More was sent than this address takes."""

    code = "body_too_large"
    status = 413
    sentence = _("Too much was sent: at most {limit} are taken here.")

    def text(self, language: str) -> str:
        return translate(language, self.sentence, limit=file_size(self.values["limit"], language))


class BodyUnreadable(Refusal):
    """The body is not what its content type says."""

    code = "body_unreadable"
    status = 400
    sentence = _("What was sent could not be read as {expected}.")


class ContentTypeRefused(Refusal):
    """The body is of a kind that this address does not take."""

    code = "content_type_refused"
    status = 415
    sentence = _("This address takes {expected}, not {found}.")


class FieldRefused(Refusal):
    """A field of a form, query or message is missing or wrong."""

    code = "field_refused"
    status = 422
    sentence = _("{name}: expected {expected}.")

    def __init__(self, name: str, expected: str, **values: object) -> None:
        """Say of field `name` what was `expected` (an English source sentence, its places filled from `values`)."""
        super().__init__(field=name, name=name, expected=expected, places=values)

    def text(self, language: str) -> str:
        """The sentence; what was expected is translated as well."""
        expected = translate(language, self.values["expected"], **self.values["places"])
        return translate(language, self.sentence, name=self.values["name"], expected=expected)


class FieldUnknown(Refusal):
    """A message holds a field that nothing reads; most often a slip of the pen."""

    code = "field_unknown"
    status = 422
    sentence = _("{name} is not a field here. Known: {known}.")


class NotLoggedIn(Refusal):
    """No session, or it has ended."""

    code = "not_logged_in"
    status = 401
    sentence = _("Please log in; your session has ended or never began.")


class NotAllowed(Refusal):
    """Logged in, but this is for others."""

    code = "not_allowed"
    status = 403
    sentence = _("Your account may not do this.")


class OriginRefused(Refusal):
    """Another web site's page tried to use this session (cross-site request)."""

    code = "origin_refused"
    status = 403
    sentence = _("This request came from another site and was refused.")


class FormExpired(Refusal):
    """The form's CSRF token is missing or belongs to an ended session."""

    code = "form_expired"
    status = 403
    sentence = _("This page is too old to be sent. Load it again and send it once more.")


class WrongPassword(Refusal):
    """User name and password do not belong together; which of the two is wrong is not told."""

    code = "wrong_password"
    status = 401
    sentence = _("User name or password is wrong.")


class TooManyAttempts(Refusal):
    """Wrong passwords or codes too often, for this account or from this address."""

    code = "too_many_attempts"
    status = 429
    sentence = _("Wrong too often. Try again in {minutes} minutes, or ask your administrator.")


class CodeNeeded(Refusal):
    """The password was right; the account asks for the second step as well."""

    code = "code_needed"
    status = 401
    sentence = _("Send the code of the second step as well (field “code”).")


class LogInUnfinished(Refusal):
    """A program cannot do what is due now."""

    code = "log_in_unfinished"
    status = 403
    sentence = _("Log in on the page first: a new password or the second step is due.")


class StepExpired(Refusal):
    """A step of a log-in that is over, too old, or not due."""

    code = "step_expired"
    status = 401
    sentence = _("This log-in took too long. Begin again.")


class OnlyLooking(Refusal):
    """The administrator sees through somebody's eyes: nothing is changed, and nothing secret is shown."""

    code = "only_looking"
    status = 403
    sentence = _("You are looking with somebody else's eyes: this is not possible. Go back to your own account first.")


class ScopeMissing(Refusal):
    """The token was not made for this."""

    code = "scope_missing"
    status = 403
    sentence = _("This token may not do this: it lacks “{scope}”.")


class TooMuch(Refusal):
    """More messages or connections than a person makes."""

    code = "too_much"
    status = 429
    sentence = _("Too much at once. Wait a moment.")


class UpgradeRequired(Refusal):
    """This address speaks websocket only."""

    code = "upgrade_required"
    status = 426
    sentence = _("This address takes websocket connections only.")


class SomethingBroke(Refusal):
    """A fault of ours; its details are in the log under `id`."""

    code = "internal_error"
    status = 500
    sentence = _("Something went wrong on our side. Nothing you typed is lost in this window. Fault number: {id}.")
