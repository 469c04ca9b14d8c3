"""A database file that is gone, moved or named wrongly: the product does not begin with an empty one as if it were new."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from config.backup.lost import DatabaseLost, must_not_be_lost
from tests.config.backup.house import House, quiet


def test_a_database_that_was_backed_up_is_missed(tmp_path: Path) -> None:
    """Its place and that of the back-ups are said; put back it is no trouble, and before the first back-up an empty home is a new one."""
    house = House(tmp_path)
    aside = tmp_path / "aside.db"
    house.database.rename(aside)
    must_not_be_lost(house.settings)
    aside.rename(house.database)
    house.jobs.make(1_700_000_000.0, "manual", quiet)
    must_not_be_lost(house.settings)
    house.database.rename(aside)
    with pytest.raises(DatabaseLost) as refusal:
        must_not_be_lost(house.settings)
    assert str(house.database) in str(refusal.value)
    assert str(house.backups) in str(refusal.value)
    must_not_be_lost(evolve(house.settings, database=evolve(house.settings.database, url="postgresql://x@127.0.0.1:1/y")))
    aside.rename(house.database)
    must_not_be_lost(house.settings)
