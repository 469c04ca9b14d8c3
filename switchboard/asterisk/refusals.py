"""Why the private Asterisk could not be started, each with its cure."""

from __future__ import annotations

from config.errors import Refusal
from config.translations import _, translate


class AddressRefusal(Refusal):
    """Something about an address: what it was for is said in the reader's language as well."""

    def text(self, language: str) -> str:
        """The sentence, its `use` and `holder` translated."""
        values = {name: translate(language, value) if name in ("use", "holder") else value for name, value in self.values.items()}
        return translate(language, self.sentence, **values)


class PortTaken(AddressRefusal):
    """Another program listens where Asterisk should."""

    code = "port_taken"
    status = 503
    sentence = _("{address} ({use}) is taken by {holder}. Stop it, or choose another address with {variable}.")


class AddressImpossible(AddressRefusal):
    """This machine cannot listen on that address at all."""

    code = "address_impossible"
    status = 503
    sentence = _("{address} ({use}) cannot be listened on: {why}. Choose another address with {variable}.")


class AsteriskMissing(Refusal):
    """No Asterisk was found."""

    code = "asterisk_missing"
    status = 503
    sentence = _(
        "Asterisk is not here. Run `make setup`, which fetches it, or name an executable in switchboard.toml ([telephony] asterisk)."
    )


class AsteriskTooOld(Refusal):
    """An Asterisk was found that lacks what is needed."""

    code = "asterisk_too_old"
    status = 503
    sentence = _("Asterisk {version} is here, but {minimum} or newer is needed. Run `make setup`, which fetches one.")


class AsteriskDied(Refusal):
    """Asterisk ended while it was starting."""

    code = "asterisk_died"
    status = 503
    sentence = _("Asterisk ended while starting ({status}). Its last words: {log} — the whole log is {file}.")


class AsteriskSilent(Refusal):
    """Asterisk runs but does not answer as ours."""

    code = "asterisk_silent"
    status = 503
    sentence = _("Asterisk runs but {part} at {address} did not answer within {seconds} seconds. See {file}.")


class AsteriskForeign(Refusal):
    """Somebody else's Asterisk answers."""

    code = "asterisk_foreign"
    status = 503
    sentence = _(
        "{address} is answered by an Asterisk that is not ours (our password was refused). Choose another address with {variable}."
    )
