"""An update brings the tables along, keeps a copy from before, and changes nothing when it fails."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from config.database import Database
from config.database_address import SERVER
from config.database_postgresql import server_engine
from config.database_sqlite import sqlite_engine
from config.migrate import SCRIPTS, DatabaseNewer, MigrationFailed, bring_server_up_to_date, bring_up_to_date, revisions
from tests.peers import postgresql

FIRST = '''"""One."""
import sqlalchemy as sa
from alembic import op
revision = "0001"
down_revision = None
def upgrade():
    op.create_table("jar", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String))
    op.create_table("lid", sa.Column("jar", sa.Integer, sa.ForeignKey("jar.id", ondelete="CASCADE")))
'''
SECOND = '''"""Two."""
import sqlalchemy as sa
from alembic import op
revision = "0002"
down_revision = "0001"
def upgrade():
    with op.batch_alter_table("jar", recreate="always") as batch:
        batch.add_column(sa.Column("size", sa.Integer, server_default="1"))
'''
BROKEN = '''"""Three."""
from alembic import op
revision = "0003"
down_revision = "0002"
def upgrade():
    op.execute("DELETE FROM lid")
    op.execute("ALTER TABLE nowhere ADD COLUMN x")
'''


def scripts(folder: Path, *texts: str) -> Path:
    (folder / "versions").mkdir(parents=True)
    shutil.copy(SCRIPTS / "env.py", folder)
    for number, text in enumerate(texts, 1):
        (folder / "versions" / f"{number:04}.py").write_text(text)
    return folder


def update(file: Path, folder: Path) -> None:
    engine = sqlite_engine(file, read_only=False)
    try:
        with engine.connect() as connection:
            bring_up_to_date(connection, file, folder)
    finally:
        engine.dispose()


def rows(file: Path, sql: str) -> list[tuple]:
    with sqlite3.connect(file) as connection:
        found = connection.execute(sql).fetchall()
    connection.close()
    return found


def test_an_update_keeps_everything_and_a_copy_from_before(tmp_path: Path) -> None:
    """A table that is rebuilt loses neither its rows nor those that point to it."""
    file = tmp_path / "a.sqlite3"
    update(file, scripts(tmp_path / "old", FIRST))
    assert not (tmp_path / "backups").exists()
    with sqlite3.connect(file) as connection:
        connection.execute("INSERT INTO jar VALUES (1, 'honey')")
        connection.execute("INSERT INTO lid VALUES (1)")
    connection.close()
    (backups := tmp_path / "backups").mkdir()
    old = [backups / f"before-update-{year}0101T000000Z.sqlite3" for year in (2023, 2024, 2025)]
    for one in old:
        one.touch()
    new = scripts(tmp_path / "new", FIRST, SECOND)
    update(file, new)
    assert rows(file, "SELECT id, name, size FROM jar") == [(1, "honey", 1)]
    assert rows(file, "SELECT jar FROM lid") == [(1,)]
    last, copy = sorted(backups.iterdir())
    assert last == old[-1], "of the copies from before the newest two stay"
    assert rows(copy, "SELECT id, name FROM jar") == [(1, "honey")]
    assert copy.stat().st_mode & 0o777 == 0o600
    update(file, new)
    assert len(list(backups.iterdir())) == 2


def test_a_failing_update_changes_nothing_and_says_where_the_copy_is(tmp_path: Path) -> None:
    """All or nothing."""
    file = tmp_path / "a.sqlite3"
    update(file, scripts(tmp_path / "old", FIRST))
    with sqlite3.connect(file) as connection:
        connection.execute("INSERT INTO jar VALUES (1, 'honey')")
        connection.execute("INSERT INTO lid VALUES (1)")
    connection.close()
    with pytest.raises(MigrationFailed) as refusal:
        update(file, scripts(tmp_path / "new", FIRST, SECOND, BROKEN))
    assert "backups" in refusal.value.text("en")
    assert rows(file, "SELECT version_num FROM alembic_version") == [("0001",)]
    assert rows(file, "SELECT * FROM jar") == [(1, "honey")]
    assert rows(file, "SELECT * FROM lid") == [(1,)]


def test_a_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """Going back to an older program does not destroy what it cannot read."""
    file = tmp_path / "a.sqlite3"
    update(file, scripts(tmp_path / "new", FIRST, SECOND))
    with pytest.raises(DatabaseNewer) as refusal:
        update(file, scripts(tmp_path / "old", FIRST))
    assert "0002" in refusal.value.text("en")


def test_a_servers_tables_change_whole_or_not_at_all(tmp_path: Path) -> None:
    """On PostgreSQL an update that fails leaves the tables and rows of before; a newer database is refused there as well."""
    url = make_url(postgresql.server().new()).set(drivername=SERVER)
    engine = server_engine(url, read_only=False, most=0)
    second = SECOND.replace(', recreate="always"', "")  # only SQLite makes a table anew to change it
    with engine.connect() as connection:
        bring_server_up_to_date(connection, url, scripts(tmp_path / "old", FIRST))
        with connection.begin():
            connection.exec_driver_sql("INSERT INTO jar VALUES (1, 'honey')")
            connection.exec_driver_sql("INSERT INTO lid VALUES (1)")
        with pytest.raises(MigrationFailed):
            bring_server_up_to_date(connection, url, scripts(tmp_path / "broken", FIRST, second, BROKEN))
        with connection.begin():
            assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "0001"
            assert connection.exec_driver_sql("SELECT jar FROM lid").all() == [(1,)]
        bring_server_up_to_date(connection, url, scripts(tmp_path / "new", FIRST, second))
        with connection.begin():
            assert connection.exec_driver_sql("SELECT id, name, size FROM jar").all() == [(1, "honey", 1)]
        with pytest.raises(DatabaseNewer):
            bring_server_up_to_date(connection, url, tmp_path / "old")
    engine.dispose()


def test_revisions_are_read_without_loading_them(tmp_path: Path) -> None:
    """An ordinary start does not pay for Alembic."""
    assert revisions(scripts(tmp_path / "x", FIRST, SECOND, BROKEN)) == ["0001", "0002", "0003"]
    assert revisions()[0] == "0001"


async def test_opening_makes_a_new_installation(tmp_path: Path) -> None:
    """An empty folder becomes a database with every table; opening it again is harmless."""
    url = f"sqlite:///{tmp_path}/deep/home/switchboard.db"
    for _time in range(2):
        database = await Database.open(url)
        assert database.lookup("SELECT version_num FROM alembic_version") == [(revisions()[-1],)]
        assert database.lookup("SELECT count(*) FROM party") == [(0,)]
        await database.close()
    assert not (tmp_path / "deep/home/backups").exists()


async def test_the_product_starts_with_what_was_there_before_a_failed_update(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The administrator puts the version before back, and everybody goes on working; the copy from before is whole as well."""
    file = tmp_path / "switchboard.db"
    old = scripts(tmp_path / "old", FIRST)
    update(file, old)
    new = scripts(tmp_path / "new", FIRST, BROKEN.replace('"0002"', '"0001"'))
    url = f"sqlite:///{file}"
    monkeypatch.setattr("config.database.bring_up_to_date", lambda connection, opened: bring_up_to_date(connection, opened, new))
    with pytest.raises(MigrationFailed):
        await Database.open(url)
    monkeypatch.setattr("config.database.bring_up_to_date", lambda connection, opened: bring_up_to_date(connection, opened, old))
    database = await Database.open(url)
    await database.write(lambda c: c.exec_driver_sql("INSERT INTO jar VALUES (1, 'honey')"))
    assert database.lookup("SELECT name FROM jar") == [("honey",)]
    await database.close()
    (copy,) = (tmp_path / "backups").iterdir()
    assert rows(copy, "PRAGMA integrity_check") == [("ok",)]
