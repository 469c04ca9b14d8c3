"""Whatever part of a name or number is typed, in any spelling, the record is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from crm.draft import Draft
from crm.folding import fold
from crm.search import Search
from crm.search_tokens import number_tokens, searched, text_tokens
from tests.crm.company import Company, opened, phones


async def filled(it: Company) -> Search:
    create = it.parties.create
    await create(
        Draft(
            first_name="مریم",
            last_name="احمدی",
            phones=phones("09121234567", "02188776655"),
            employer_name="شرکت آریا صنعت",
            title="مدیر خرید",
        ),
        "r",
    )
    await create(Draft(first_name="رضا", last_name="احمدی", phones=phones("09351112233"), vip=True), "r")
    await create(Draft(first_name="مریم", last_name="علی‌نژاد", email="m.nejad@example.com", national_id="0012345679"), "r")
    await create(Draft(kind="company", name="پارس‌نیرو", phones=phones("+49 30 123456")), "r")
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


async def test_a_changed_record_is_found_by_its_new_name_only(tmp_path: Path) -> None:
    """Search follows every save; a company's new name is found at its people too."""
    async with opened(tmp_path) as it:
        search = await filled(it)
        (company,) = await search.find("آریا", kind="company")
        await it.parties.change(company["id"], Draft(kind="company", name="صنایع کاوه"), 1, "r")
        assert await search.find("آریا") == []
        assert {hit["name"] for hit in await search.find("کاوه")} == {"صنایع کاوه", "مریم احمدی"}


async def test_long_and_strange_input_is_bounded(tmp_path: Path) -> None:
    """A pasted page of text is a quick, empty answer."""
    async with opened(tmp_path) as it:
        search = await filled(it)
        assert await search.find("کلمه " * 5000) == []
        assert await search.find("9" * 5000) == []


@given(st.text(alphabet="ابپمریحدآكي‌ ۰۱۲09+-", max_size=20))
def test_every_beginning_of_every_word_matches_its_token(text: str) -> None:
    """What was indexed is found by typing it, letter by letter."""
    found = text_tokens(text) | {f"#{token}" for token in text_tokens(text)}
    for term in searched(text):
        word = term[0]
        assert any(token.startswith(word) or fold(token).startswith(word) for token in found) or word[0] in "#~"


@given(st.from_regex(r"\A9[0-9]{9}\Z"), st.integers(3, 10))
def test_a_number_is_found_from_both_ends(national: str, digits: int) -> None:
    """The first digits and the last digits both lead to it."""
    kept = number_tokens(f"+98{national}")
    for typed in (f"0{national}"[: digits + 1], national[-digits:], f"+98{national}"[: digits + 3]):
        assert any(token.startswith(prefix) for token in kept for term in searched(typed) for prefix in term)
