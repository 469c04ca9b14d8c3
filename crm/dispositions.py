"""What came of a communication: the list the agent chooses from at wrap-up. Administrators edit it like every other list."""

from __future__ import annotations

from attrs import frozen

from crm.catalogue import Catalogue
from crm.words import ASK_FOR_FOLLOW_UP

LIST = "disposition"


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
    """The results in use, as the list is now."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def all(self) -> tuple[Disposition, ...]:
        """Every result in use, in the order of its key."""
        found = (one for one in self._catalogue.lists[LIST] if one.active)
        return tuple(Disposition(one.code, one.word("fa"), one.word("en"), one.code in ASK_FOR_FOLLOW_UP) for one in found)

    def __contains__(self, code: object) -> bool:
        return any(one.code == code for one in self.all())
