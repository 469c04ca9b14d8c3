"""Access patterns as pages and the API speak of them: the grid, a form read into a pattern, changes in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from config.translations import _, translate
from crm.access import ANY, LEVELS, MOST_FIELD_LEVEL, RIGHTS, Pattern
from crm.entity import Entity

FIELD_LEVELS: Sequence[str] = (_("usual fields only"), _("confidential fields as well"), _("the most confidential fields too"))
ALL_RIGHTS = _("Every right")
ALL_RECORDS = _("All records")
COLUMNS = (ANY, *RIGHTS)
WORDS: Mapping[str, str] = {
    "title_fa": _("Persian title"),
    "title_en": _("English title"),
    "field_level": _("Field level"),
    "active": _("In use"),
}

MEANINGS: Mapping[str, str] = {
    ANY: _("What holds for every right that has nothing chosen of its own."),
    "view": _("See the records: in lists, searches, pages, reports and by programs. Without it no other right counts."),
    "create": _("Make new records: by form, from a call, or as a copy of another."),
    "edit": _("Change the values of records, their files and their follow-ups."),
    "delete": _("Put records into the bin. They can be taken out again."),
    "purge": _("Delete records that lie in the bin, so that nobody can bring them back."),
    "report": _("Make reports of these records."),
    "statistics": _("See counts and sums of these records, not the records themselves."),
    "set_expert": _("Say which colleague is responsible for a record."),
    "send": _("Send messages to the people behind these records."),
    "export": _("Take records out as a file."),
    "import": _("Bring records in from a file, and take such an import back."),
    "print": _("Print lists and records, on paper or as PDF."),
    "deactivate": _("Mark records as no longer in use, and as in use again."),
    "star": _("Give records a star, and take it away."),
    "choose": _("Find these records by name and choose them in the fields of other forms."),
}
"""What each right allows, in a sentence."""
LEVEL_MEANINGS: Mapping[str, str] = {
    "none": _("with no record"),
    "own": _("with records whose expert the user is, and with those the user made and nobody is responsible for"),
    "team": _("with one's own, and with those of colleagues who have the same pattern"),
    "all": _("with every record"),
}
"""With which records a right may be used."""


@frozen
class Cell:
    """A right in the grid: what is said here ("" = nothing), what counts then, whether it is other than in the pattern it is compared with."""

    name: str
    label: str
    said: str
    follows: str
    changed: bool


@frozen
class Line:
    """A row of the grid: an entity, or all records."""

    name: str
    title: str
    icon: str
    cells: tuple[Cell, ...]


def grid(pattern: Pattern, other: Pattern, entities: Iterable[Entity], language: str) -> list[Line]:
    """The rows: first what holds for all records, then what each kind of record has of its own."""
    rows = [(ANY, translate(language, ALL_RECORDS), "list"), *((one.name, one.word(language, several=True), one.icon) for one in entities)]
    return [Line(name, title, icon, tuple(_cell(pattern, other, name, right, language) for right in COLUMNS)) for name, title, icon in rows]


def _cell(pattern: Pattern, other: Pattern, place: str, right: str, language: str) -> Cell:
    said = pattern.rights.get(place, {}).get(right, "")
    follows = "none" if place == right == ANY else "" if right == ANY else without(pattern, place, right).said(place, right)
    counts = (pattern.said(place, right), other.said(place, right)) if right != ANY else (said, other.rights.get(place, {}).get(right, ""))
    return Cell(f"{place}.{right}", right_word(right, language), said, follows, counts[0] != counts[1])


def without(pattern: Pattern, place: str, right: str) -> Pattern:
    """The pattern with nothing said in one cell."""
    rights = {name: {one: level for one, level in rules.items() if (name, one) != (place, right)} for name, rules in pattern.rights.items()}
    return Pattern(code=pattern.code, rights=rights)


def right_word(right: str, language: str) -> str:
    """A right's word, "every right" for "*"."""
    return translate(language, RIGHTS.get(right, ALL_RIGHTS))


def pattern_of(code: str, form: Mapping[str, str], entities: Iterable[str]) -> Pattern:
    """The pattern that a form says; wrong levels are left to Patterns.save to refuse."""
    rights: dict[str, dict[str, str]] = {}
    for place in (ANY, *entities):
        rules = {right: level for right in COLUMNS if (level := form.get(f"{place}.{right}", ""))}
        if rules:
            rights[place] = rules
    level = form.get("field_level", "")
    return Pattern(
        code=code, fa=form.get("title_fa", "").strip(), en=form.get("title_en", "").strip(), rights=rights,
        field_level=int(level) if level.isascii() and level.isdigit() and len(level) < 3 else MOST_FIELD_LEVEL + 1,
    )  # fmt: skip


@frozen
class Change:
    """One change in words."""

    what: str
    old: str
    new: str


def in_words(changes: Mapping[str, Sequence[Any]], entities: Mapping[str, Entity], language: str) -> list[Change]:
    """Changes as people read them, in the grid's order."""
    return [Change(_what(name, entities, language), *(_value(name, value, language) for value in pair)) for name, pair in changes.items()]


def _what(name: str, entities: Mapping[str, Entity], language: str) -> str:
    place, dot, right = name.partition(".")
    if not dot:
        return translate(language, WORDS.get(name, name))
    entity = entities.get(place)
    title = translate(language, ALL_RECORDS) if place == ANY else entity.word(language, several=True) if entity else place
    return f"{title}: {right_word(right, language)}"


def _value(name: str, value: Any, language: str) -> str:
    if value is None:
        return "–"
    if name == "field_level":
        return translate(language, FIELD_LEVELS[min(int(value), MOST_FIELD_LEVEL)])
    if isinstance(value, bool):
        return translate(language, _("yes") if value else _("no"))
    return translate(language, LEVELS[value]) if value in LEVELS else str(value)
