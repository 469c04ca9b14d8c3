"""Text templates at work: those for a kind of record, and one filled in for a record, with the eyes and the rights of who asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from attrs import frozen
from sqlalchemy import Connection

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from config.translations import _
from crm.access import Viewer
from crm.entity import Entity
from crm.expression import Both, Test
from crm.fields.kind import Showing
from crm.merging.filling import Filling, Words
from crm.merging.paths import offered
from crm.merging.reader import read
from crm.query import Query
from crm.record import Record
from crm.record_steps import one as one_record
from crm.records import Records

TEMPLATE = "text_template"
RIGHTS = {"letter": "print", "message": "send"}
"""What one must be allowed to do with a record to write to it."""
MOST = 200


class NoSuchTemplate(Refusal):
    """Not there, not to be seen, or for other records."""

    code = "no_such_template"
    status = 404
    sentence = _("There is no such text template for these records, or you may not use it.")


@frozen(kw_only=True)
class Text:
    """A text filled in. `body` is formatted (HTML) when `use` is "letter", else plain."""

    template: int
    name: str
    use: str
    language: str
    subject: str
    body: str


class Merging:
    """The verbs. `names`: the office's name by language; `name_of`: a user's, by user name and language."""

    def __init__(
        self, database: Database, clock: Clock, records: Records, names: Mapping[str, str], name_of: Callable[[str, str], str], timezone: str
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._records = records
        self._names = names
        self._name_of = name_of
        self._timezone = timezone

    def fields(self, name: str, viewer: Viewer, language: str) -> list[dict[str, Any]]:
        """What texts for records of this kind may name (crm/merging/paths.py). Raises NoRight."""
        viewer.demand(name, "view")
        entities = self._records.catalogue.entities
        seen = [one for one in entities if viewer.may(one, "view")]
        return offered(entities[name], entities, viewer.pattern.field_level, seen, language)

    async def templates(self, name: str, use: str, viewer: Viewer) -> Sequence[Record]:
        """The active templates for records of this kind that the user may see, by title."""
        entity = self._records.catalogue.entities.get(TEMPLATE)
        if entity is None or not viewer.may(TEMPLATE, "view"):
            return ()
        where = Both("and", (Test("entity", "=", name), Test("use", "=", use)))
        found, _page = await self._records.page(Query(entity=entity, where=where, active=True, limit=MOST), viewer)
        return found

    async def template(self, number: int, entity: Entity, use: str, viewer: Viewer) -> Record:
        """One that is for these records. Raises NoSuchTemplate."""
        declared = self._records.catalogue.entities.get(TEMPLATE)
        try:
            found = await self._records.get(declared, number, viewer) if declared else None
        except Refusal:
            raise NoSuchTemplate from None
        if found is None or found.deleted or found.values["entity"] != entity.name or (use and found.values["use"] != use):
            raise NoSuchTemplate
        return found

    async def filled(self, number: int, entity: Entity, record_id: int, viewer: Viewer, use: str = "") -> Text:
        """A template filled in for a record. Raises NoSuchTemplate, NoSuchRecord, NoRight, NotSeen, TextRefused."""
        template = await self.template(number, entity, use, viewer)
        return await self._database.read(lambda connection: self.fill(connection, template, entity, record_id, viewer))

    def fill(self, connection: Connection, template: Record, entity: Entity, record_id: int, viewer: Viewer) -> Text:
        """The same, on a reader's connection."""
        values = template.values
        use, language = values["use"], values["language"] or "fa"
        record = one_record(connection, entity, record_id, viewer, RIGHTS[use])
        html = use == "letter"
        today = datetime.fromtimestamp(self._clock.now(), ZoneInfo(self._timezone)).date()
        words = Words(today=today, me=self._name_of(viewer.username, language), office=self._names.get(language, ""))

        def made(text: str, *, rich: bool) -> str:
            showing = Showing(language=language, timezone=self._timezone)
            filling = Filling(connection, self._records.catalogue.entities, viewer, showing, words, rich)
            return filling.fill(read(text, html=rich), entity, record)

        return Text(
            template=template.id, name=template.title, use=use, language=language, subject=made(values["subject"] or "", rich=False),
            body=made(values["body" if html else "text"] or "", rich=html),
        )  # fmt: skip
