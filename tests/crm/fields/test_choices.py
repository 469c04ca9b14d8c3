"""A choice is known by its code, its title in either language, and the other words that people and programs have for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from config.database import Database
from crm import words
from crm.catalogue import Catalogue, declared
from crm.fields.choices import Choice, MultiChoice, Option, options
from crm.fields.every import kind_of
from crm.fields.kind import Reading, ValueRefused
from crm.fields.rows import Rows
from crm.own_lists import OwnLists
from crm.record_tables import choice
from tests.crm.imports.test_imports import ImportOffice
from tests.crm.toys import EVERYBODY, ToyOffice

PREFIX = Choice(choices=options(words.PREFIXES, words.ALSO_READ["prefix"]))


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("آقای", "آقای"), ("آقا", "آقای"), ("آقاي", "آقای"), (" آقا ", "آقای"), ("Mr", "آقای"), ("mr.", "آقای"), ("MR.", "آقای"), ("خانم", "خانم"), ("خانوم", "خانم"), ("Mrs.", "خانم"),
        ("Ms", "خانم"), ("دكتر", "دکتر"), ("Dr.", "دکتر"), ("مهندس", "مهندس"), ("Eng", "مهندس"), ("حاجیه خانم", "حاج خانم"), ("حجت الاسلام", "حجت‌الاسلام"), ("جناب آقاي", "جناب آقای"),
    ],
)  # fmt: skip
def test_a_salutation_is_read_however_it_is_written(typed: str, code: str) -> None:
    """Arabic letters, dots, case, joiners, and the words of other programs."""
    assert PREFIX.read(typed, Reading()) == code


def test_what_no_choice_is_called_is_refused_with_what_there_is() -> None:
    """A word that is only part of one is not taken for it."""
    for typed in ("آق", "آقایان", "x", ".", "؟"):
        with pytest.raises(ValueRefused) as refused:
            PREFIX.read(typed, Reading())
        assert "آقای، خانم" in refused.value.text("fa")


def test_choices_that_differ_by_a_sign_are_not_taken_for_each_other() -> None:
    """Signs are overlooked only where nothing else would be meant; own titles go before other words."""
    grades = MultiChoice(choices=(Option("x", "B+"), Option("y", "B-"), Option("z", "C", also="B+, خوب")))
    assert grades.read("b+, b-", Reading()) == ["x", "y"]
    assert grades.read("خوب", Reading()) == ["z"]
    with pytest.raises(ValueRefused):
        grades.read("B", Reading())


def test_no_word_of_ours_means_two_choices() -> None:
    """Each other word leads to the choice it stands beside, in every list that we ship."""
    entities = [one for one in declared() if one.name in ("party", "communication")]
    parts = [part for one in entities for each in one.fields for part in (each, *(each.kind.fields if isinstance(each.kind, Rows) else ()))]
    tried = 0
    for part in parts:
        if isinstance(part.kind, Choice):
            for one in part.kind.choices:
                for word in one.said():
                    assert part.kind.find(word).code == one.code, (part.name, word)
                    tried += bool(one.also)
    assert tried > 40


def test_other_words_survive_being_kept() -> None:
    """A field of the administrators' own is made again with them."""
    kind = Choice(choices=(Option("a", "One", also="یک, 1st"),))
    assert kind_of("choice", {"choices": kind.options()["choices"], "list": ""}) == kind


async def test_other_words_of_a_list_are_the_administrators_own(tmp_path: Path) -> None:
    """Given, changed and taken away; a list that was kept before there were any has those that we ship."""
    database = await Database.temporary(tmp_path)
    office = ToyOffice(database)
    office.catalogue = Catalogue(database)
    await office.catalogue.load()
    lists = OwnLists(database, office.bus, office.clock, office.catalogue)

    def read(typed: str) -> object:
        field = office.catalogue["party"].field("prefix")
        assert field is not None
        return field.read(typed, Reading())

    await lists.change("prefix", "مهندس", "admin", colour="#1f7a4d")
    assert (read("آقا"), read("Eng.")) == ("آقای", "مهندس")
    await database.write(lambda connection: connection.execute(update(choice).values(also=None)))
    await office.catalogue.load()
    assert read("آقا") == "آقای"
    await lists.change("prefix", "آقای", "admin", also="سید, Sayyid")
    assert read("سيد") == "آقای"
    with pytest.raises(ValueRefused):
        read("آقا")
    code = await lists.add("prefix", "admin", fa="دکتر مهندس", also="Dr. Eng.")
    assert read("dr eng") == code
    rows = [
        {"code": one.code, "fa": one.word("fa"), "en": one.word("en"), "colour": "", "active": True, "also": ""}
        for one in lists.get("prefix").options
    ]
    await lists.put("prefix", rows, "admin")
    with pytest.raises(ValueRefused):
        read("Eng.")
    await database.close()


async def test_files_and_forms_read_them_too(tmp_path):
    """A column of other words becomes choices; what means nothing is a bad row with what there is."""
    office = await ImportOffice.open(tmp_path)
    office.begin(tmp_path)
    lists = OwnLists(office.database, office.bus, office.clock, office.catalogue)
    await lists.change("toy_sort", "car", "admin", fa="ماشین", also="خودرو، Auto")
    job = await office.run(office.write("a.csv", "name,sort\na,خودرو\nb,AUTO\nc,ماشين\nd,هواپیما\n"))
    assert (job["created"], job["bad"]) == (3, 1)
    (only,) = await office.imports.problems(job["id"], office.viewer)
    assert "ماشین" in only["why_fa"]
    number = await office.make(sort_of="auto")
    assert (await office.records.get(office.toy, number, EVERYBODY)).values["sort_of"] == "car"
    await office.close()
