"""What came of a communication: the list the agent chooses from at wrap-up."""

from __future__ import annotations

from attrs import frozen
from sqlalchemy import Connection, insert, select

from config.database import Database
from crm.tables import disposition as table

SEED = (
    ("answered", "پاسخ داده شد", "Question answered", False),
    ("follow_up", "پیگیری لازم است", "Follow-up needed", True),
    ("order", "سفارش ثبت شد", "Order taken", False),
    ("complaint", "شکایت ثبت شد", "Complaint taken", True),
    ("callback", "تماس مجدد خواست", "Asked to be called back", True),
    ("transferred", "به همکار ارجاع شد", "Referred to a colleague", False),
    ("not_interested", "مایل نبود", "Not interested", False),
    ("wrong_number", "اشتباه گرفته بود", "Wrong number", False),
)
"""code, Persian, English, whether it asks for a follow-up; in the order of the keys 1–9."""


@frozen
class Disposition:
    """One result. `needs_follow_up`: the agent is asked when to follow up."""

    code: str
    title_fa: str
    title_en: str
    needs_follow_up: bool

    def shown(self, language: str) -> str:
        """The title in the reader's language."""
        return self.title_fa if language == "fa" else self.title_en


class Dispositions:
    """The results in use, kept in memory; `await load()` before use."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._all: dict[str, Disposition] = {}

    async def load(self) -> None:
        """Read the list; a new installation gets the usual one."""
        await self._database.write(seed)
        chosen = select(table).where(table.c.active).order_by(table.c.position, table.c.code)
        rows = await self._database.read(lambda connection: connection.execute(chosen).all())
        self._all = {row.code: Disposition(row.code, row.title_fa, row.title_en, row.needs_follow_up) for row in rows}

    def all(self) -> tuple[Disposition, ...]:
        """Every result in use, in the order of its key."""
        return tuple(self._all.values())

    def __contains__(self, code: object) -> bool:
        return code in self._all


def seed(connection: Connection) -> None:
    """Give a new installation the usual results; leaves a list that is there alone."""
    if connection.execute(select(table.c.code).limit(1)).first() is None:
        names = ("code", "title_fa", "title_en", "needs_follow_up", "position")
        connection.execute(insert(table), [dict(zip(names, (*row, place), strict=True)) for place, row in enumerate(SEED)])
