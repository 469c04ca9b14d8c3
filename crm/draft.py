"""A person or company as somebody wants it saved, and what is wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from config.errors import Refusal
from config.translations import _
from crm.numbers import Number, read_number
from crm.words import KINDS, PHONE_LABELS, ROLES, STATUSES
from switchboard.errors import NumberUnreadable

MOST_PHONES = 30
LONGEST = {"note": 20_000, "address": 500}
USUAL_LONGEST = 200


class NameMissing(Refusal):
    """A person without any name, or a company without its name."""

    code = "name_missing"
    status = 422
    sentence = _("A name is needed: the last name of a person, or the name of a company.")


class TextTooLong(Refusal):
    """More than fits."""

    code = "text_too_long"
    status = 422
    sentence = _("This is too long: {length} characters, at most {longest}.")


class UnknownChoice(Refusal):
    """A value that is not on the list."""

    code = "unknown_choice"
    status = 422
    sentence = _("“{value}” is not one of the choices: {choices}.")


class TooManyNumbers(Refusal):
    """More numbers than anybody has."""

    code = "too_many_numbers"
    status = 422
    sentence = _("At most {most} telephone numbers fit on one record.")


class EmailUnreadable(Refusal):
    """Not an e-mail address."""

    code = "email_unreadable"
    status = 422
    sentence = _("“{email}” is not an e-mail address. Expected something like name@example.com.")


class DraftInvalid(Refusal):
    """Several fields are wrong; `problems` says which and why."""

    code = "draft_invalid"
    status = 422
    sentence = _("{first}")

    def __init__(self, problems: Mapping[str, Refusal]) -> None:
        self.problems = dict(problems)
        name, first = next(iter(problems.items()))
        super().__init__(field=name, first=str(first))

    def text(self, language: str) -> str:
        return " ".join(dict.fromkeys(problem.text(language) for problem in self.problems.values()))


@frozen(kw_only=True)
class PhoneDraft:
    """A number as typed, and what it is for (a key of `PHONE_LABELS`)."""

    text: str
    label: str = ""


@frozen(kw_only=True)
class Draft:
    """What is to be saved. `employer`: id of the company a person works at; `employer_name`: its name, found or made when saved."""

    kind: str = "person"
    name: str = ""
    prefix: str = ""
    first_name: str = ""
    last_name: str = ""
    status: str = "customer"
    group: int | None = None
    vip: bool = False
    priority: int = 0
    expert: str = ""
    activity: str = ""
    email: str = ""
    website: str = ""
    province: str = ""
    city: str = ""
    address: str = ""
    postal_code: str = ""
    national_id: str = ""
    note: str = ""
    roles: tuple[str, ...] = ()
    phones: tuple[PhoneDraft, ...] = ()
    employer: int | None = None
    employer_name: str = ""
    title: str = ""

    @property
    def display(self) -> str:
        """The name that lists show: the company's name, or first and last name."""
        return (
            self.name.strip()
            if self.kind != "person"
            else " ".join(part for part in (self.first_name.strip(), self.last_name.strip()) if part)
        )

    @property
    def sort_name(self) -> str:
        """What lists are sorted by: last name first."""
        return self.name if self.kind != "person" else f"{self.last_name} {self.first_name}"


TEXTS = (
    "name", "prefix", "first_name", "last_name", "activity", "email", "website", "province", "city", "address", "postal_code", "national_id",
    "note", "employer_name", "title", "expert",
)  # fmt: skip


def check(draft: Draft, *, country: str = "IR", city_code: str = "21") -> list[Number]:
    """The numbers of the draft, understood. Raises `DraftInvalid` with every problem, by field ("phones.0" for the first number)."""
    problems = dict(_problems(draft))
    numbers: list[Number] = []
    for place, phone in enumerate(draft.phones):
        if number := read_number(phone.text, country=country, city_code=city_code):
            numbers.append(number)
        else:
            problems[f"phones.{place}"] = NumberUnreadable(field=f"phones.{place}", number=phone.text[:40])
    if problems:
        raise DraftInvalid(problems)
    return numbers


def _problems(draft: Draft) -> Iterable[tuple[str, Refusal]]:
    if not draft.display:
        field = "last_name" if draft.kind == "person" else "name"
        yield field, NameMissing(field=field)
    for field in TEXTS:
        longest = LONGEST.get(field, USUAL_LONGEST)
        if (length := len(getattr(draft, field))) > longest:
            yield field, TextTooLong(field=field, length=length, longest=longest)
    choices = (("kind", [draft.kind], KINDS), ("status", [draft.status], STATUSES), ("roles", draft.roles, ROLES))
    for field, values, allowed in choices:
        for value in values:
            if value not in allowed:
                yield field, UnknownChoice(field=field, value=value[:40], choices=", ".join(allowed))
    for place, phone in enumerate(draft.phones[:MOST_PHONES]):
        if phone.label not in PHONE_LABELS:
            yield f"phones.{place}", UnknownChoice(field=f"phones.{place}", value=phone.label[:40], choices=", ".join(PHONE_LABELS))
    if len(draft.phones) > MOST_PHONES:
        yield "phones", TooManyNumbers(field="phones", most=MOST_PHONES)
    if draft.email and not _is_email(draft.email):
        yield "email", EmailUnreadable(field="email", email=draft.email[:60])


def _is_email(text: str) -> bool:
    name, at, host = text.strip().rpartition("@")
    return bool(name and at and "." in host.strip(".") and not any(sign.isspace() or sign in '<>,;"' for sign in text.strip()))
