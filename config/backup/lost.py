"""A database that was here once and is not any more: the product does not begin anew over it in silence."""

from __future__ import annotations

from config.backup.sets import is_id
from config.backup.vault import SETS
from config.database_address import is_server, sqlite_file
from config.errors import Refusal
from config.settings import Settings
from config.translations import _


class DatabaseLost(Refusal):
    """Back-ups tell that there was a database."""

    code = "database_lost"
    status = 500
    sentence = _(
        "There is no database at {file}, though back-ups of one are in {folder}. Put the file back, or run `switchboard restore`; to begin anew, move the back-ups away."
    )


def must_not_be_lost(settings: Settings) -> None:
    """Raise `DatabaseLost` when the SQLite file is gone and there are back-ups; an installation without any has not begun yet."""
    url = settings.database_url
    if is_server(url) or (file := sqlite_file(url)).exists():
        return
    kept = settings.backups / SETS
    if kept.is_dir() and any(is_id(one.name) for one in kept.iterdir()):
        raise DatabaseLost(file=file, folder=settings.backups)
