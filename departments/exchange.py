"""What goes in and out of the records in bulk, and what is done to many of them: files, imports, exports, duplicates, web-hooks."""

from __future__ import annotations

from contextlib import AsyncExitStack

from attrs import frozen

from crm.attachments.attachments import Attachments
from crm.duplicates.batch import DuplicateSearch
from crm.duplicates.duplicates import Duplicates
from crm.exports.exports import Exports
from crm.hooks.hooks import Hooks
from crm.hooks.sending import Poster
from crm.imports.imports import Imports
from crm.mass import MassChanges
from crm.merging.letters import Letters
from crm.merging.merging import Merging
from departments.ground import Ground
from departments.records import Records
from web.letter_paper import LetterPaper


@frozen
class Exchange:
    """The long works over the records."""

    imports: Imports
    exports: Exports
    attachments: Attachments
    mass: MassChanges
    duplicates: Duplicates
    duplicate_search: DuplicateSearch
    hooks: Hooks
    merging: Merging
    letters: Letters


async def open_exchange(ground: Ground, records: Records, closing: AsyncExitStack) -> Exchange:
    """Files that come in and go out; what a stop interrupted goes on."""
    settings, database, bus, clock = ground.settings, ground.database, ground.bus, ground.clock
    imports = Imports(database, clock, records.records, records.patterns, settings.home / "imports")
    exports = Exports(database, clock, records.records, settings.home / "exports", settings.site.timezone)
    closing.push_async_callback(exports.stop)
    closing.push_async_callback(imports.stop)
    await exports.tidy()
    attachments = Attachments(database, clock, records.catalogue, settings.home / "files")
    await attachments.sweep()
    mass = MassChanges(database, clock, records.records, records.patterns)
    closing.push_async_callback(mass.stop)
    await imports.resume()
    await mass.resume()
    duplicate_search = DuplicateSearch(database, clock, records.catalogue)
    await duplicate_search.settle_old()
    closing.push_async_callback(duplicate_search.stop)
    poster = Poster(local=settings.web.hooks_local, language=settings.site.language)
    hooks = Hooks(database, bus, clock, records.records, records.patterns, poster, ground.key)
    hooks.start()
    closing.push_async_callback(hooks.stop)
    site = settings.site
    names = {"fa": site.name_fa, "en": site.name_en}

    def name_of(username: str, language: str) -> str:
        account = records.accounts.get(username)
        return account.shown(language) if account else username

    merging = Merging(database, clock, records.records, names, name_of, site.timezone)
    paper = LetterPaper(names, lambda: records.records.reading().today)
    letters = Letters(database, clock, records.records, merging, attachments, paper, settings.home / "letters")
    await letters.tidy()
    closing.push_async_callback(letters.stop)
    return Exchange(
        imports, exports, attachments, mass, Duplicates(database, bus, clock, records.records), duplicate_search, hooks, merging, letters
    )
