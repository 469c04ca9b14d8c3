"""A person who may log in: name, role, extension, and how they stand at the door. Pure."""

from __future__ import annotations

import re
from typing import Any

from attrs import asdict, frozen
from sqlalchemy import RowMapping

from config.errors import Refusal
from config.translations import _

ROLES = ("agent", "supervisor", "administrator", "user")
STAFF = ("agent", "supervisor", "administrator")
"""Roles that work with calls; a "user" has the records of their access pattern and no telephone."""

DEVICES = ("browser", "desk")
LANGUAGES = ("", "fa", "en")
RESERVED = ("new", "people", "log", "rules", "me")
"""Names that are addresses of pages about users."""

UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control letters and those that turn the direction of what follows: no name needs them."""


WORDS = {
    "username": _("User name"), "name": _("Name in Persian"), "name_en": _("Name in Latin letters"), "role": _("Role"), "pattern": _("Access pattern"),
    "extension": _("Extension"), "device": _("Phone"), "language": _("Language"), "party": _("Own record"),
}  # fmt: skip
"""What the inputs are called on the page; refusals call them so too."""


class AccountInvalid(Refusal):
    """A user name, extension, role… that cannot be."""

    code = "account_invalid"
    status = 422
    sentence = _("“{value}” cannot be the “{field_name}” of an account. Expected {expected}.")


class AccountTaken(Refusal):
    """The user name or the extension is somebody else's."""

    code = "account_taken"
    status = 409
    sentence = _("The user name {username} or the extension {extension} is taken.")


class NoSuchAccount(Refusal):
    """Nobody has this user name."""

    code = "no_such_account"
    status = 404
    sentence = _("There is no account “{username}”.")


class LastAdministrator(Refusal):
    """Without them nobody could let anybody in."""

    code = "last_administrator"
    status = 409
    sentence = _("“{username}” is the only administrator. Make somebody else one first.")


@frozen(kw_only=True)
class Account:
    """A person who may log in. `extension` "" = no phone; `language` "" = not chosen; `party`: their own customer record, if any.

    `pattern`: code of the access pattern, "" = the one of the role.
    """

    username: str
    name: str
    name_en: str = ""
    role: str = "agent"
    pattern: str = ""
    extension: str = ""
    device: str = "browser"
    language: str = ""
    party: int | None = None
    active: bool = True

    @property
    def access(self) -> str:
        """The code of the access pattern that counts."""
        return self.pattern or self.role

    def shown(self, language: str) -> str:
        """The name in the reader's language."""
        return self.name_en if language != "fa" and self.name_en else self.name


@frozen(kw_only=True)
class Standing:
    """How an account stands at the door. Times are UTC epoch seconds, 0.0 = never."""

    password_changed_at: float = 0.0
    must_change_password: bool = False
    second_factor: bool = False
    locked_until: float = 0.0
    last_login_at: float = 0.0


def check(account: Account) -> None:
    """Refuse an account that cannot be, naming the field."""
    rules = (
        ("username", re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,59}", account.username), _("Latin letters, digits, dot, dash; 1 to 60")),
        ("username", account.username not in RESERVED, _("another name: this one means a page")),
        ("name", 0 < len(account.name.strip()) <= 120 and not UNSEEN.search(account.name), _("a name of 1 to 120 characters")),
        ("name_en", len(account.name_en) <= 120 and not UNSEEN.search(account.name_en), _("a name of 1 to 120 characters")),
        ("role", account.role in ROLES, ", ".join(ROLES)),
        ("pattern", re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,59}|", account.pattern), _("the code of an access pattern")),
        ("extension", account.role in STAFF or not account.extension, _("nothing: this role has no telephone")),
        ("extension", re.fullmatch(r"[0-9]{2,6}|", account.extension), _("2 to 6 digits, or nothing")),
        ("device", account.device in DEVICES, ", ".join(DEVICES)),
        ("language", account.language in LANGUAGES, "fa, en"),
    )
    for name, holds, expected in rules:
        if not holds:
            raise AccountInvalid(field=name, field_name=WORDS[name], value=getattr(account, name), expected=expected)


def row_of(account: Account) -> dict[str, Any]:
    """The columns of an account, but for its password and standing."""
    row = asdict(account)
    return {
        **{key: value for key, value in row.items() if key != "party"},
        "party_id": account.party,
        "extension": account.extension or None,
    }


def account_of_row(row: RowMapping) -> Account:
    """The account in a row of the table."""
    fields = {name: row[name] for name in ("username", "name", "name_en", "role", "pattern", "device", "language", "active")}
    return Account(**fields, extension=row["extension"] or "", party=row["party_id"])


def standing_of_row(row: RowMapping) -> Standing:
    """How the account in a row of the table stands."""
    return Standing(
        password_changed_at=row["password_changed_at"],
        must_change_password=row["must_change_password"],
        second_factor=bool(row["totp_salt"]),
        locked_until=row["locked_until"],
        last_login_at=row["last_login_at"],
    )
