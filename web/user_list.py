"""The list of users: searched, filtered, in the Persian alphabet's order; and a form read into an account. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import frozen

from config.persian.alphabet import sort_key
from config.persian.folding import fold
from crm.accounts import DEVICES, ROLES, Account, AccountInvalid, Standing, check
from web.shapes import Shape, choice, read, text, whole, yes_no

PER_PAGE = 50
STATES = ("open", "closed", "locked", "never", "second_step", "no_second_step")

PatternChoices = Callable[[str], Iterable[tuple[str, str]]]
"""The access patterns that can be given, as (code, title in that language)."""


def no_patterns(_language: str) -> tuple[tuple[str, str], ...]:
    """When nobody has made patterns: every account has its role's own."""
    return ()


FACTS: Shape = {
    "name": text(120),
    "name_en": text(120, need=False),
    "role": choice(*ROLES),
    "pattern": text(60, need=False),
    "extension": text(6, need=False),
    "device": choice(*DEVICES, need=False, default="browser"),
    "language": choice("fa", "en", need=False, default=""),
    "party": whole(1, 2**53, need=False),
    "active": yes_no(need=False, default=True),
}
"""What can be said of an account besides its name and password."""


@frozen(kw_only=True)
class WantedUsers:
    """What the list is to show. `state`: one of STATES, "" = open ones."""

    q: str = ""
    role: str = ""
    state: str = ""
    page: int = 1
    per: int = PER_PAGE

    @property
    def narrowed(self) -> bool:
        """Whether anything is filtered by."""
        return bool(self.q or self.role or self.state)


@frozen(kw_only=True)
class FoundUsers:
    """One page of the list and how many there are in all."""

    rows: tuple[tuple[Account, Standing], ...]
    total: int
    page: int
    pages: int


def listed(accounts: Iterable[Account], standing: Callable[[str], Standing], wanted: WantedUsers, now: float) -> FoundUsers:
    """The accounts that match, by name."""
    words = fold(wanted.q).split()
    rows = [
        (one, how)
        for one in accounts
        if (not wanted.role or one.role == wanted.role)
        and _in_state(one, how := standing(one.username), wanted.state, now)
        and all(word in fold(f"{one.name} {one.name_en} {one.username} {one.extension}") for word in words)
    ]
    rows.sort(key=lambda row: (sort_key(row[0].name), row[0].username))
    pages = max(-(-len(rows) // wanted.per), 1)
    number = min(wanted.page, pages)
    start = (number - 1) * wanted.per
    return FoundUsers(rows=tuple(rows[start : start + wanted.per]), total=len(rows), page=number, pages=pages)


def _in_state(account: Account, standing: Standing, state: str, now: float) -> bool:
    if state == "closed":
        return not account.active
    if state == "locked":
        return standing.locked_until > now
    if state == "never":
        return account.active and not standing.last_login_at
    if state == "second_step":
        return account.active and standing.second_factor
    if state == "no_second_step":
        return account.active and not standing.second_factor
    return account.active


def account_of(username: str, values: Mapping[str, Any], patterns: Iterable[tuple[str, str]], *, pattern_was: str = "") -> Account:
    """The account that a form or message describes; raises the Refusal of its first wrong field."""
    facts = {name: "" if value is None and name != "party" else value for name, value in values.items()}
    account = Account(username=username.strip().casefold(), **facts)
    if account.pattern not in ("", pattern_was, *(code for code, _title in patterns)):
        raise AccountInvalid(field="pattern", field_name="pattern", value=account.pattern, expected="…")
    check(account)
    return account


def read_facts(typed: Mapping[str, str]) -> dict[str, Any]:
    """The facts of a form; a box that is not ticked is not sent."""
    return read(FACTS, {**typed, "active": typed.get("active", "0")}, strict=False)
