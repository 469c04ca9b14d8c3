"""Whatever part of a name or number is typed, in any spelling, the record is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from crm.access import EVERYTHING, Pattern, Viewer
from crm.catalogue import Catalogue
from crm.folding import fold
from crm.query import Query
from crm.records import Records
from crm.search import Search
from crm.search_index import terms_of
from crm.search_tokens import number_tokens, searched, text_tokens
from crm.search_typed import nearness, terms_typed
from tests.crm.company import Company, opened
from tests.crm.toys import EVERYBODY, TOY, ToyOffice

ADMINISTRATOR = Viewer(username="admin", pattern=EVERYTHING)


async def filled(it: Company) -> Search:
    await it.person("احمدی", "09121234567", "02188776655", first_name="مریم", company="شرکت آریا صنعت", title="مدیر خرید")
    await it.person("احمدی", "09351112233", first_name="رضا", vip=True)
    await it.person("علی‌نژاد", first_name="مریم", email="m.nejad@example.com", national_id="0012345679")
    await it.company("پارس‌نیرو", "+49 30 123456")
    return Search(it.database)


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("مر", {"مریم احمدی", "مریم علی‌نژاد"}),
        ("احمدی", {"مریم احمدی", "رضا احمدی"}),
        ("احمدي", {"مریم احمدی", "رضا احمدی"}),
        ("احمدی مر", {"مریم احمدی"}),
        ("مر احمدی", {"مریم احمدی"}),
        ("م ا", {"مریم احمدی"}),
        ("علینژاد", {"مریم علی‌نژاد"}),
        ("علی نژاد", {"مریم علی‌نژاد"}),
        ("علی‌نژ", {"مریم علی‌نژاد"}),
        ("آریا", {"مریم احمدی", "شرکت آریا صنعت"}),
        ("اريا احمدی", {"مریم احمدی"}),
        ("پارسنیرو", {"پارس‌نیرو"}),
        ("m.nejad", {"مریم علی‌نژاد"}),
        ("0912", {"مریم احمدی"}),
        ("۰۹۱۲ ۱۲۳", {"مریم احمدی"}),
        ("912", {"مریم احمدی"}),
        ("+98 912", {"مریم احمدی"}),
        ("0098912", {"مریم احمدی"}),
        ("98912123", {"مریم احمدی"}),
        ("4567", {"مریم احمدی"}),
        ("۴۵۶۷", {"مریم احمدی"}),
        ("1234567", {"مریم احمدی"}),
        ("021-8877", {"مریم احمدی"}),
        ("8877", {"مریم احمدی"}),
        ("+4930", {"پارس‌نیرو"}),
        ("004930", {"پارس‌نیرو"}),
        ("0012345679", {"مریم علی‌نژاد"}),
        ("1001", {"شرکت آریا صنعت", "مریم احمدی"}),
        ("0912-123-4567", {"مریم احمدی"}),
        ("۰۲۱/۸۸۷۷۶۶۵۵", {"مریم احمدی"}),
        ("4567-321", set()),
        ("احمدی 0912", {"مریم احمدی"}),
        ("احمدی 0935", {"رضا احمدی"}),
        ("", set()),
        ("  ", set()),
        ("%", set()),
        ("_", set()),
        ("'; DROP TABLE party; --", set()),
        ("زهرا", set()),
        ("\u202e", set()),
    ],
)
async def test_it_is_found(tmp_path: Path, typed: str, names: set[str]) -> None:
    """Names by any beginning, numbers from the start or the end."""
    async with opened(tmp_path) as it:
        search = await filled(it)
        found = {hit["name"] for hit in await search.find(typed)}
        assert found == names or (typed == "1001" and found <= names and found)


@pytest.mark.parametrize("typed", ["1405-12", "۱۴۰۵/۱۲", "1405/12", "١٤٠٥-١٢", "1405 - 12", "قرارداد 1405-12", "۱۲/۱۴۰۵"])
async def test_digits_with_signs_between_are_found_in_texts_too(tmp_path: Path, typed: str) -> None:
    """The number of a contract or a day is no telephone number; the box over everything and the box of a list find the text that holds it."""
    shop = await ToyOffice.open(tmp_path)
    contract = await shop.make(name="قرارداد ۱۴۰۵-۱۲ با آریا")
    await shop.make(name="قرارداد ۱۴۰۵-۷۷")
    await shop.make(name="قرارداد ۱۲۱۲")
    found = await Search(shop.database, shop.catalogue).everywhere(typed, EVERYBODY)
    assert [hit["id"] for group in found for hit in group.hits] == [contract]
    rows, _page = await shop.records.page(Query(entity=shop.toy, q=typed), EVERYBODY)
    assert [row.id for row in rows] == [contract]
    await shop.close()


def test_a_number_is_looked_for_beside_its_parts() -> None:
    """Whatever signs stand in it; what is only a telephone number, or only short, is looked for as a number alone."""
    number, again = searched("140512"), terms_typed("1405-12")
    assert again == [[*number[0], "1405"], [*number[0], "12"]]
    assert terms_typed("۱۴۰۵٫۱۲") == searched("۱۴۰۵٫۱۲")
    for typed in ("140512", "0912 123 4567", "+98-21-8877", "12-5", "1-2-3", "احمدی 0912", "a-1405", "", "-", "1405-"):
        assert terms_typed(typed) == searched(typed), typed
    assert len(terms_of("1405-" * 500)) <= 6


async def test_confidential_values_are_no_search_words(tmp_path: Path) -> None:
    """Who may not see a field must not learn from the search box that a record has such a value."""
    shop = await ToyOffice.open(tmp_path)
    shop.catalogue = Catalogue(shop.database, [TOY.with_fields(evolve(one, level=1) if one.name == "code" else one for one in TOY.fields)])
    await shop.catalogue.load()
    shop.records = Records(shop.database, shop.bus, shop.clock, shop.catalogue)
    await shop.make(name="قطار", code="RAIL-77")
    search = Search(shop.database, shop.catalogue)
    assert [group.entity for group in await search.everywhere("قطار", EVERYBODY)] == ["toy"]
    assert await search.everywhere("rail", EVERYBODY) == []
    await shop.close()


async def test_a_hit_shows_what_a_line_needs(tmp_path: Path) -> None:
    """Name, company, post, number: enough to choose without opening."""
    async with opened(tmp_path) as it:
        search = await filled(it)
        (hit,) = await search.find("0912")
        assert (hit["name"], hit["number"], hit["title"], hit["company"]["name"]) == (
            "مریم احمدی",
            "+989121234567",
            "مدیر خرید",
            "شرکت آریا صنعت",
        )
        assert hit["url"] == f"/parties/{hit['id']}"


async def test_vips_and_beginnings_come_first(tmp_path: Path) -> None:
    """Of two Ahmadis the VIP stands first; who is called so before who works there."""
    async with opened(tmp_path) as it:
        search = await filled(it)
        assert [hit["name"] for hit in await search.find("احمدی")] == ["رضا احمدی", "مریم احمدی"]
        assert [hit["kind"] for hit in await search.find("شرکت")] == ["company", "person"]
        assert [hit["name"] for hit in await search.find("آریا", kind="company")] == ["شرکت آریا صنعت"]
        assert len(await search.find("م", most=1)) == 1


async def test_who_is_called_so_comes_before_vips_who_work_there(tmp_path: Path) -> None:
    """«آریا صنعت» means «شرکت آریا صنعت»; its people follow, VIP or not; nothing typed is near to everything."""
    async with opened(tmp_path) as it:
        search = await filled(it)
        await it.person("آذری", "09121230000", first_name="سارا", company="شرکت آریا صنعت", vip=True)
        assert [hit["name"] for hit in await search.find("آریا صنعت")] == ["شرکت آریا صنعت", "سارا آذری", "مریم احمدی"]
        assert [nearness("شرکت آریا صنعت", typed) for typed in ("شركت آر", "صنعت اریا", "آریا پمپ", "")] == [0, 1, 2, 0]


async def test_a_changed_record_is_found_by_its_new_name_only(tmp_path: Path) -> None:
    """Search follows every save; a company's new name is found at its people too."""
    async with opened(tmp_path) as it:
        search = await filled(it)
        (company,) = await search.find("آریا", kind="company")
        await it.parties.change(company["id"], {"kind": "company", "name": "صنایع کاوه"}, 1, "reza")
        assert await search.find("آریا") == []
        assert {hit["name"] for hit in await search.find("کاوه")} == {"صنایع کاوه", "مریم احمدی"}


async def test_everything_is_found_in_groups(tmp_path: Path) -> None:
    """Customers come first, then what else has the words; a line says what kind of record it is."""
    async with opened(tmp_path) as it:
        search = await filled(it)
        await it.records.create(it.records.catalogue["party_group"], {"name": "همکاران احمدی"}, ADMINISTRATOR)
        groups = await search.everywhere("احم", ADMINISTRATOR)
        assert [(group.entity, group.total, group.more) for group in groups] == [("party", 2, False), ("party_group", 1, False)]
        assert [hit["name"] for group in groups for hit in group.hits] == ["رضا احمدی", "مریم احمدی", "همکاران احمدی"]
        assert groups[1].hits[0]["url"].startswith("/groups/")
        assert [group.entity for group in await search.everywhere("احم", ADMINISTRATOR, entity="party_group")] == ["party_group"]
        assert await search.everywhere("", ADMINISTRATOR) == []
        assert await search.everywhere("زهرا", ADMINISTRATOR) == []


async def test_nobody_finds_what_they_may_not_see(tmp_path: Path) -> None:
    """Own records only, the team's, none: the search box keeps to the pattern, word by word and number by number."""
    async with opened(tmp_path) as it:
        search = await filled(it)
        await it.person("احمدی", "09121112222", first_name="سارا", expert="sara")
        for level, names in (("own", {"سارا احمدی"}), ("all", {"مریم احمدی", "رضا احمدی", "سارا احمدی"}), ("none", set())):
            viewer = Viewer(username="sara", pattern=Pattern(code="x", rights={"*": {"*": level}}))
            for typed in ("احم", "احمدی"):
                groups = await search.everywhere(typed, viewer)
                assert {hit["name"] for group in groups for hit in group.hits} == names, (level, typed)
            assert bool(await search.everywhere("09121234567", viewer)) == (level == "all")
            assert bool(await search.everywhere("0912 111 2222", viewer)) == (level != "none")
        team = Viewer(username="nader", pattern=Pattern(code="x", rights={"*": {"*": "team"}}), team=frozenset({"nader", "sara"}))
        assert {hit["name"] for hit in await search.find("احمد", viewer=team)} == {"سارا احمدی"}


async def test_long_and_strange_input_is_bounded(tmp_path: Path) -> None:
    """A pasted page of text is a quick, empty answer."""
    async with opened(tmp_path) as it:
        search = await filled(it)
        assert await search.find("کلمه " * 5000) == []
        assert await search.find("9" * 5000) == []


@given(st.text(alphabet="ابپمریحدآكي‌ ۰۱۲09+-", max_size=20))
def test_every_beginning_of_every_word_matches_its_token(text: str) -> None:
    """What was indexed is found by typing it, letter by letter; digits with signs between are one number, which other tests type."""
    found = text_tokens(text) | {f"#{token}" for token in text_tokens(text)}
    for term in searched(text):
        word = term[0]
        assert any(token.startswith(word) or fold(token).startswith(word) for token in found) or word[0] in "#~" or word.isdecimal()


@given(st.from_regex(r"\A9[0-9]{9}\Z"), st.integers(3, 10))
def test_a_number_is_found_from_both_ends(national: str, digits: int) -> None:
    """The first digits and the last digits both lead to it."""
    kept = number_tokens(f"+98{national}")
    for typed in (f"0{national}"[: digits + 1], national[-digits:], f"+98{national}"[: digits + 3]):
        assert any(token.startswith(prefix) for token in kept for term in searched(typed) for prefix in term)
