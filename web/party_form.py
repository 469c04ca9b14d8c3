"""The form of a person or company: what was typed becomes a draft, and a draft becomes what the form shows. Pure.

Fields of the form have the names of `crm.draft.Draft`; several values have names of their own: `role.customer`, `phone.0.text`, `phone.0.label`.
`employer` and `employer_was` tell whether the company's name was left as it was.
"""

from __future__ import annotations

from collections.abc import Mapping

from crm.draft import MOST_PHONES, TEXTS, Draft, PhoneDraft
from crm.words import ROLES
from web.request import Request

SPARE_PHONES = 2
"""Empty rows offered below the numbers there are."""


def typed(form: Mapping[str, str], kind: str) -> Draft:
    """The draft that a form means; empty number rows are left out."""
    phones = [
        PhoneDraft(text=text, label=form.get(f"phone.{place}.label", ""))
        for place in range(MOST_PHONES + SPARE_PHONES + 1)
        if (text := form.get(f"phone.{place}.text", "").strip())
    ]
    unchanged = form.get("employer_name", "").strip() == form.get("employer_was", "").strip()
    return Draft(
        **{name: form.get(name, "").strip() for name in TEXTS},
        kind=kind,
        status=form.get("status", "customer"),
        group=whole_number(form.get("group", "")),
        vip="vip" in form,
        priority=min(whole_number(form.get("priority", "")) or 0, 9),
        roles=tuple(role for role in ROLES if f"role.{role}" in form),
        phones=tuple(phones),
        employer=whole_number(form.get("employer", "")) if unchanged else None,
    )


def empty(request: Request) -> Draft:
    """The draft of a new record: the address may give kind, name and number (from a call or an empty search)."""
    asked = request.query
    kind = asked.get("kind", "person") if asked.get("kind") in {"person", "company", "project"} else "person"
    number, name = asked.get("number", "")[:40], asked.get("name", "")[:100]
    return Draft(
        kind=kind,
        name=name if kind != "person" else "",
        last_name=name if kind == "person" else "",
        status="prospect",
        roles=("customer",),
        phones=(PhoneDraft(text=number),) if number else (),
    )


def phone_rows(draft: Draft) -> list[PhoneDraft]:
    """The number rows of a form: those there are, and some empty ones."""
    spare = min(SPARE_PHONES, max(MOST_PHONES - len(draft.phones), 0))
    return [*draft.phones, *[PhoneDraft(text="")] * spare]


def whole_number(text: str) -> int | None:
    """A record's number or version as a form sends it; None when it is none that can be."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None
