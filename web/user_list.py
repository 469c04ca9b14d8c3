"""The list of users: searched, filtered, in the Persian alphabet's order; and a form read into an account; whose account it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import frozen
from sqlalchemy import select

from config.database import Database
from config.persian.alphabet import sort_key
from config.persian.folding import fold
from config.translations import _
from crm.account import WORDS
from crm.accounts import DEVICES, ROLES, Account, AccountInvalid, Standing, check
from crm.patterns import Patterns
from crm.tables import party
from web.request import Request
from web.shapes import Shape, choice, read, text, whole, yes_no

PER_PAGE = 50
STATES = ("open", "closed", "locked", "never", "second_step", "no_second_step")

PatternChoices = Callable[[str], Iterable[tuple[str, str]]]
"""The access patterns that can be given, as (code, title in that language)."""


def choices_of(patterns: Patterns | None) -> PatternChoices:
    """The patterns there are; without any every account has its role's own."""
    return lambda language: [(one.code, one.word(language)) for one in patterns.all.values()] if patterns else []


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


@frozen
class Owner:
    """The person or company that an account belongs to."""

    id: int
    name: str
    kind: str


class Owners:
    """Looks up whose accounts these are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, number: int | None) -> Owner | None:
        """The record of this number, when it is there and not deleted."""
        if not number:
            return None
        query = select(party.c.id, party.c.name, party.c.kind).where(party.c.id == number, party.c.deleted_at.is_(None))
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return Owner(*row) if row else None

    async def must_be(self, account: Account) -> None:
        """Refuse an account whose record is not there."""
        if account.party is not None and await self.get(account.party) is None:
            raise AccountInvalid(field="party", field_name=WORDS["party"], value=account.party, expected=_("a record that is there"))


def account_of(username: str, values: Mapping[str, Any], patterns: Iterable[tuple[str, str]], *, pattern_was: str = "") -> Account:
    """The account that a form or message describes; raises the Refusal of its first wrong field."""
    facts: dict[str, Any] = {name: "" if value is None and name != "party" else value for name, value in values.items()}
    account = Account(username=username.strip().casefold(), **facts)
    if account.pattern not in ("", pattern_was, *(code for code, _title in patterns)):
        raise AccountInvalid(
            field="pattern", field_name=WORDS["pattern"], value=account.pattern, expected=_("the code of an access pattern")
        )
    check(account)
    return account


def read_facts(typed: Mapping[str, str]) -> dict[str, Any]:
    """The facts of a form; a box that is not ticked is not sent."""
    return read(FACTS, {**typed, "active": typed.get("active", "0")}, strict=False)


def link_of(request: Request, token: str) -> str:
    """The address that the user opens to set a new password, as this administrator reaches the product."""
    return f"{'https' if request.secure else 'http'}://{request.host}/login/link/{token}"
