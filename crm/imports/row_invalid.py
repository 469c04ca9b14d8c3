"""Why a row was not brought in, with the field of each fault: there is no form in which it could stand at its place. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from config.errors import Refusal
from crm.entity import Entity
from crm.record_draft import RecordInvalid


class RowInvalid(RecordInvalid):
    """As RecordInvalid; its text names the fields."""

    def __init__(self, entity: Entity, problems: Mapping[str, Refusal]) -> None:
        self._entity = entity  # first: a refusal says its text when it is made
        super().__init__(problems)

    def text(self, language: str) -> str:
        """Each fault behind the name of its field: “Member since: …”."""
        return " ".join(dict.fromkeys(self._placed(path, why, language) for path, why in self.problems.items()))

    def _placed(self, path: str, why: Refusal, language: str) -> str:
        one = self._entity.field(path.partition(".")[0])
        return f"{one.word(language)}: {why.text(language)}" if one else why.text(language)


def placed(entity: Entity, why: Refusal) -> Refusal:
    """A refusal with its fields named, where it has any."""
    return RowInvalid(entity, why.problems) if type(why) is RecordInvalid else why
