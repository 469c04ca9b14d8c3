"""The people that benchmarks measure with are kept as the product keeps them."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, func, select

from config.database import Database
from crm.catalogue import Catalogue
from crm.record_saving import index
from crm.tables import channel, communication_party, party, search_token
from tests.load.million import Maker, Size
from tests.load.million_kept import fill_sqlite

SMALL = Size().smaller(5_000)


async def test_what_is_made_is_what_the_product_would_have_written(tmp_path: Path) -> None:
    """As many rows as was said, no number twice, and the search words that saving the records again would give."""
    file = tmp_path / "switchboard.sqlite3"
    await (await Database.open(f"sqlite:///{file}")).close()
    fill_sqlite(file, Maker(SMALL), lambda _said: None)
    database = await Database.open(f"sqlite:///{file}")
    catalogue = Catalogue(database)
    await catalogue.load()

    def tokens(connection: Connection) -> set[tuple[object, ...]]:
        return {tuple(row) for row in connection.execute(select(search_token))}

    def counts(connection: Connection) -> tuple[int, ...]:
        asked = (func.count(party.c.id.distinct()), func.count(party.c.code.distinct()))
        numbers = select(func.count(channel.c.number.distinct()))
        lines = select(func.count()).select_from(communication_party)
        return (*connection.execute(select(*asked)).one(), connection.execute(numbers).scalar_one(), connection.execute(lines).scalar_one())

    def again(connection: Connection) -> None:
        for entity, ids in (("party", range(1, SMALL.persons + SMALL.companies + 1)), ("communication", range(1, 50))):
            for number in ids:
                index(connection, catalogue[entity], number, catalogue.entities)

    everybody = SMALL.persons + SMALL.companies
    assert await database.read(counts) == (everybody, everybody, SMALL.numbers, SMALL.timeline)
    made = await database.read(tokens)
    await database.write(again)
    assert await database.read(tokens) == made
    await database.close()
