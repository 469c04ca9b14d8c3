"""A column is compared with hundreds of values in one parameter, by its index, on whichever database the tests run."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, create_engine, not_, or_, select

from config.among import among, among_given
from config.database import Database
from config.many_rows import insert_rows, planned_afresh
from crm.catalogue import declared

PARTY = next(one for one in declared() if one.name == "party").table
NAMES = [f"name {number}" for number in range(900)]


async def test_hundreds_of_values_are_looked_for_at_once(tmp_path: Path) -> None:
    """Values that nobody has are found nowhere, no values are none; the statement may be made once for values to come, and stand beside others."""
    database = await Database.temporary(tmp_path)

    def work(connection: Connection) -> None:
        insert_rows(connection, PARTY, ("name",), [(name,) for name in NAMES])
        third = {f"name {number}" for number in range(0, 2000, 3)}
        with planned_afresh(connection):
            assert sorted(connection.execute(select(PARTY.c.name).where(among(PARTY.c.name, third))).scalars()) == sorted(NAMES[::3])
        assert connection.execute(select(PARTY.c.id).where(among(PARTY.c.id, ()))).all() == []
        made_once = select(PARTY.c.name).where(or_(among_given(PARTY.c.name, "names"), PARTY.c.name == "name 5")).order_by(PARTY.c.name)
        for names, found in (({"name 1"}, ["name 1", "name 5"]), ({"name 7", "nobody"}, ["name 5", "name 7"])):
            assert list(connection.execute(made_once, {"names": list(names)}).scalars()) == found
        assert len(connection.execute(select(PARTY.c.id).where(not_(among(PARTY.c.name, NAMES[1:])))).all()) == 1

    await database.write(work)
    await database.close()


def test_the_index_is_used_on_sqlite() -> None:
    """A truth value that is compared with 1, as SQLAlchemy writes it by itself, would read the whole table."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        PARTY.create(connection)
        asked = str(select(PARTY.c.name).where(among(PARTY.c.id, [1, 2])).compile(connection))
        plan = " ".join(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", ("[1,2]",)))
    assert f"SEARCH {PARTY.name} USING INTEGER PRIMARY KEY" in plan
