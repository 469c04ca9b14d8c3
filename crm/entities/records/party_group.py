"""A group of persons, companies or projects, in a tree of any depth."""

from __future__ import annotations

from config.translations import _
from crm.entity import Section, declare
from crm.fields.field import Field
from crm.fields.numbers import Number
from crm.fields.references import Parent
from crm.fields.texts import Line, LongText

PARTY_GROUP = declare(
    name="party_group", plural="groups", title=_("Group"), title_plural=_("Groups"), icon="people",
    keys=(("name", "parent"),),
    fields=(
        Field(name="name", kind=Line(longest=120), label=_("Name"), required=True, listed=True, searched=True, quick=True),
        Field(name="name_en", kind=Line(longest=120), label=_("English name"), listed=True, searched=True, quick=True),
        Field(name="parent", kind=Parent(entity="party_group"), label=_("Part of"), listed=True, quick=True),
        Field(name="position", kind=Number(low=0, high=100_000), label=_("Place in the list"), default=0),
        Field(name="note", kind=LongText(), label=_("Note")),
    ),
    sections=(Section("main", _("Group"), ("name", "name_en", "parent", "position", "note")),),
)  # fmt: skip
