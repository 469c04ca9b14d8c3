"""Every sentence that people see has its Persian, with the same places to fill."""

from __future__ import annotations

import re
from pathlib import Path

from config.translations import gather, translate

PLACE = re.compile(r"\{\w+\}")


def test_every_sentence_has_its_persian() -> None:
    """Whoever uses the product in Persian never meets an English sentence (mend: `make messages`, then fill in what is empty)."""
    catalogue = gather.read("fa")
    missing = [
        f"{places[0][0]}:{places[0][1]}: {one}"
        for one, places in gather.sentences().items()
        if not (known := catalogue.get(one)) or not known.string
    ]
    assert not missing, "\n".join(missing)


def test_persian_screens_have_one_word_for_one_thing() -> None:
    """What GLOSSARY.md rules out stands in no Persian sentence."""
    table = Path(__file__).parents[2].joinpath("GLOSSARY.md").read_text(encoding="utf-8").partition("## Words that do not stand")[2]
    ruled_out = [row.split("|")[1].strip() for row in table.splitlines() if row.startswith("| ")][1:]
    assert "پرونده" in ruled_out
    said = [(word, one.string) for one in gather.read("fa") for word in ruled_out if re.search(rf"(?<!\w){word}", str(one.string))]
    assert not said, said


def test_translations_fill_the_same_places() -> None:
    """A number or a name that the English sentence says, the Persian one says too."""
    wrong = [
        one.id
        for one in gather.read("fa")
        if one.id and one.string and set(PLACE.findall(str(one.id))) != set(PLACE.findall(str(one.string)))
    ]
    assert not wrong


def test_no_translation_is_left_of_a_sentence_that_nobody_says() -> None:
    """The catalogue holds what the product says and nothing else."""
    said = gather.sentences()
    assert [one.id for one in gather.read("fa") if one.id and one.id not in said] == []


def test_sentences_of_python_templates_and_modules_are_found() -> None:
    """All three kinds of sources are read: Python, templates and the browser's modules, template strings included."""
    found = gather.sentences()
    assert "This cannot be done." in found
    assert "Skip to the page" in found
    assert "longest" in found
    assert translate("fa", "Answer") == "پاسخ"
