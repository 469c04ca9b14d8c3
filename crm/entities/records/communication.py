"""What was said with a customer: every call by itself, meetings, letters and notes by hand; with persons, companies and projects at once.

Calls are written by crm/timeline.py the moment they are answered; what people write goes the way of every entity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Float, ForeignKey, Index, Integer, Table, update

from config.database import metadata
from config.translations import _
from crm import words
from crm.entity import Section, Values, Who, declare
from crm.fields.choices import Choice, options
from crm.fields.dates import Moment
from crm.fields.field import Field
from crm.fields.kind import Reading
from crm.fields.numbers import Duration
from crm.fields.references import References, User
from crm.fields.rows import Rows
from crm.fields.texts import Line, LongText


def prepare(whole: Values, _old: Mapping[str, Any], reading: Reading) -> None:
    """When it was and how, when nobody said; whose record it is: the user's who made it."""
    whole["at"] = reading.now.timestamp() if whole.get("at") is None else whole["at"]
    whole["method"] = whole.get("method") or "note"
    whole["seconds"] = whole.get("seconds") or 0
    whole["expert"] = whole.get("user") or whole.get("expert")


def follow(
    connection: Connection, records: Sequence[tuple[int, Mapping[str, Any], Mapping[str, Any]]], _who: Who
) -> Sequence[Mapping[str, Any]]:
    """What was promised follows to the right customer."""
    for number, old, new in records:
        parties = new.get("parties") or ()
        if old and parties != (old.get("parties") or ()):
            promised = metadata.tables["follow_up"]
            moved = update(promised).where(promised.c.communication_id == number)
            connection.execute(moved.values(party_id=parties[0] if parties else None))
    return [{}] * len(records)


COMMUNICATION = declare(
    name="communication", plural="communications", title=_("Communication"), title_plural=_("Communications"), icon="message",
    title_field="subject", sort="-at", prepare=prepare, follow=follow, keys=(("call",),),
    indexes=(("number", "at"), ("user", "at")),
    fields=(
        Field(name="subject", kind=Line(), label=_("Subject"), listed=True, searched=True, quick=True),
        Field(name="topic", kind=Choice(list="topic", choices=options(words.TOPICS)), label=_("Topic"), listed=True, quick=True),
        Field(name="parties", kind=References(entity="party", through="communication_party"), label=_("With"), listed=True, quick=True, carded=True),
        Field(name="method", kind=Choice(list="method", choices=options(words.METHODS)), label=_("Method"), listed=True, quick=True, default="note"),
        Field(name="direction", kind=Choice(choices=options({code: word for code, word in words.DIRECTIONS.items() if code})), label=_("Direction"), quick=True),
        Field(name="at", kind=Moment(), label=_("When"), listed=True, indexed=True, quick=True, help=_("Now, when nothing is said.")),
        Field(name="user", kind=User(), label=_("Made by"), listed=True, default="@me", copied=False),
        Field(name="disposition", kind=Choice(list="disposition", choices=options(words.DISPOSITIONS)), label=_("Result"), listed=True, quick=True),
        Field(name="effect", kind=Choice(list="effect", choices=options(words.EFFECTS)), label=_("Effect")),
        Field(name="note", kind=LongText(), label=_("Note"), quick=True),
        Field(
            name="products", label=_("Products talked about"),
            kind=Rows(
                table="communication_product", main="product",
                fields=(
                    Field(name="product", kind=Line(), label=_("Product"), required=True, searched=True),
                    Field(name="note", kind=Line(longest=1000), label=_("Note")),
                ),
            ),
        ),
        Field(name="number", kind=Line(longest=60), label=_("Number"), read_only=True, copied=False),
        Field(name="call", kind=Line(longest=80), label=_("Call"), unique=True, read_only=True, copied=False),
        Field(name="queue", kind=Line(longest=60), label=_("Queue"), read_only=True, copied=False),
        Field(name="status", kind=Choice(choices=options({**words.CALL_STATUSES, "live": _("Going on")})), label=_("How the call ended"), read_only=True, copied=False),
        Field(name="seconds", kind=Duration(), label=_("Talk time"), read_only=True, copied=False),
    ),
    sections=(
        Section("what", _("Communication"), ("subject", "topic", "parties", "method", "direction", "at", "user", "disposition", "effect", "note")),
        Section("products", _("Products"), ("products",)),
        Section("call", _("Call"), ("number", "queue", "status", "seconds", "call")),
    ),
)  # fmt: skip

communication_party = Table(
    "communication_party",
    metadata,
    Column("party_id", Integer, ForeignKey("party.id", ondelete="CASCADE"), primary_key=True),
    Column("at", Float, primary_key=True),
    Column("communication_id", Integer, ForeignKey("communication.id", ondelete="CASCADE"), primary_key=True),
    sqlite_with_rowid=False,
)
"""Whose timelines a communication stands on: person, company and project at once."""

Index("ix_communication_party_communication", communication_party.c.communication_id)
