"""A letter or message with places for the fields of a record (crm/merging). Its places are checked when it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.errors import Refusal
from config.translations import _
from crm.entity import Entity, Section, declare
from crm.fields.choices import ENTITIES, Choice, options
from crm.fields.field import Field
from crm.fields.texts import Line, LongText, RichText

USES = {"letter": _("Letter"), "message": _("Message")}
LANGUAGES = {"fa": _("Persian"), "en": _("English")}


def check(whole: Mapping[str, Any], entities: Mapping[str, Entity]) -> None:
    """Every place of its texts names a field of the entity it is for. Raises TextRefused with the field."""
    from crm.merging.paths import check as check_places, scope_of
    from crm.merging.reader import read

    target = entities.get(whole.get("entity") or "")
    if target is None:
        return
    for name, html in (("subject", False), ("body" if whole.get("use") == "letter" else "text", whole.get("use") == "letter")):
        try:
            check_places(read(whole.get(name) or "", html=html), scope_of(target), entities)
        except Refusal as error:
            error.field = name
            raise


TEXT_TEMPLATE = declare(
    name="text_template", plural="text-templates", title=_("Text template"), title_plural=_("Text templates"), icon="note", area="texts",
    keys=(("name", "entity"),), check=check,
    fields=(
        Field(name="name", kind=Line(longest=120), label=_("Title"), required=True, listed=True, searched=True),
        Field(name="use", kind=Choice(choices=options(USES)), label=_("Used as"), required=True, listed=True, default="letter"),
        Field(name="entity", kind=Choice(list=ENTITIES), label=_("For"), required=True, listed=True, default="party", help=_("Of which records it names fields.")),
        Field(name="language", kind=Choice(choices=options(LANGUAGES)), label=_("Language"), required=True, listed=True, default="fa", help=_("Dates and amounts are written in it.")),
        Field(name="subject", kind=Line(longest=200), label=_("Subject"), listed=True, searched=True),
        Field(
            name="body", kind=RichText(), label=_("Text of the letter"), help=_("Fields of the record are put in with “Insert a field”."),
            show_if={"field": "use", "op": "!=", "value": "message"}, required_if={"field": "use", "op": "=", "value": "letter"},
        ),
        Field(
            name="text", kind=LongText(longest=2_000), label=_("Text of the message"), help=_("Fields of the record are put in with “Insert a field”."),
            show_if={"field": "use", "op": "=", "value": "message"}, required_if={"field": "use", "op": "=", "value": "message"},
        ),
    ),
    sections=(Section("main", _("Text template"), ("name", "use", "entity", "language", "subject", "body", "text")),),
)  # fmt: skip
