"""One field of an entity: its name and label, its kind, and everything the product needs to know to derive the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from config.errors import Refusal
from config.translations import _, translate
from crm.fields.kind import Kind, Reading


class Missing(Refusal):
    """A required field without a value."""

    code = "value_missing"
    status = 422
    sentence = _("“{label}” is needed.")

    def __init__(self, field: Field) -> None:
        self.missing = field
        super().__init__(field=field.name, label=field.word("en"))

    def text(self, language: str) -> str:
        return translate(language, self.sentence, label=self.missing.word(language))


@frozen(kw_only=True)
class Field:
    """A field. Flags say where it appears; all else follows from its kind."""

    name: str
    kind: Kind
    label: str
    """English source; gettext translates it."""
    labels: Mapping[str, str] = {}
    """An administrator's own words by language; they win over `label`."""
    help: str = ""
    also: tuple[str, ...] = ()
    """Other words for it, as files of other programs call their columns."""
    required: bool = False
    unique: bool = False
    listed: bool = False
    """A column of the list as it comes."""
    searched: bool = False
    """Its words are search tokens."""
    quick: bool = False
    """In the quick form."""
    carded: bool = False
    """On the card and in the head of its page."""
    filtered: bool = True
    indexed: bool = False
    """Has an index of its own: lists filter and sort by it at a million records."""
    level: int = 0
    """0 everybody who may see the record, 1 confidential, 2 secret: users below it neither see, filter nor change it."""
    default: Any = None
    """A plain value; "@today" and "@me" mean that."""
    show_if: Any = None
    """Expressions (crm/expression.py) over the record."""
    required_if: Any = None
    read_only: bool = False
    """Set by the product, never typed."""
    alarm: str = ""
    """A date that the record's experts are told of ahead: the code of the alarm (crm/alarms)."""
    ahead: tuple[int, ...] = (1, 0)
    """With `alarm`: how many days before, largest first; 0 is the day itself."""
    yearly: str = ""
    """"jalali" or "gregorian": the day comes every year again, by that calendar."""
    of: tuple[str, ...] = ()
    """The variants of the entity that have it (person, company…); empty: all."""
    copied: bool = True
    """Whether "similar record" takes it along."""
    custom: bool = False
    """A field of the administrators' own; its value lies in the record's `extra`."""
    active: bool = True
    position: int = 0
    section: str = ""

    def word(self, language: str) -> str:
        """The label in the reader's language."""
        return self.labels.get(language) or translate(language, self.label) or next(iter(self.labels.values()), self.name)

    @property
    def typed(self) -> bool:
        """Whether people may give it a value."""
        return not self.read_only and self.kind.code != "computed"

    def read(self, raw: Any, reading: Reading) -> Any:
        """The value that `raw` means here; refuses nothing for a required field, and what its kind refuses."""
        value = self.taken(raw, reading)
        if self.required and value is None:
            raise Missing(self)
        return value

    def taken(self, raw: Any, reading: Reading) -> Any:
        """The value that `raw` means here, and that may be nothing: whether a record needs one is asked when it is whole."""
        try:
            return self.kind.read(raw, reading)
        except Refusal as error:
            error.field = error.field or self.name
            raise

    def described(self) -> dict[str, Any]:
        """The field as JSON, for the API's description of an entity."""
        return {
            "name": self.name, "kind": self.kind.code, "label": {language: self.word(language) for language in ("fa", "en")}, "required": self.required,
            "unique": self.unique, "operators": list(self.kind.operators), "options": self.kind.options(), "level": self.level, "custom": self.custom,
            "read_only": not self.typed,
        }  # fmt: skip
