"""What is open for a customer is on the card by one line of an entity's declaration."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve

from crm.access import Pattern, Viewer
from crm.card import Cards
from crm.card_access import shown_to
from crm.catalogue import Catalogue
from crm.entities.records.party import PARTY
from crm.entities.records.party_group import PARTY_GROUP
from crm.entity import Section, declare
from crm.fields.choices import Choice, options
from crm.fields.dates import Date
from crm.fields.field import Field
from crm.fields.numbers import Money
from crm.fields.references import Reference
from crm.fields.texts import Line
from crm.open_items import OpenItems, open_for, sources
from crm.query import allowed
from crm.recognise import Recogniser
from crm.records import Records
from tests.crm.company import everybody, opened

BILL = declare(
    name="toy_bill", plural="toy_bills", title="Bill", title_plural="Bills", icon="note",
    open_items=OpenItems(customer="customer", state="state", open=("sent",), due="due", amount="rest"),
    fields=(
        Field(name="name", kind=Line(), label="Title", required=True),
        Field(name="customer", kind=Reference(entity="party"), label="Customer"),
        Field(name="state", kind=Choice(choices=options({"sent": "Sent", "paid": "Paid"})), label="State"),
        Field(name="due", kind=Date(), label="Due"),
        Field(name="rest", kind=Money(), label="Rest"),
    ),
    sections=(Section("main", "Main", ("name",)),),
)  # fmt: skip


PERSON = {
    "expert": "sara",
    "experts": [],
    "made_by": "",
    "company": None,
    "title": "",
    "group": None,
    "communications": [],
    "calls_this_month": 3,
    "relations": [],
}


async def test_open_records_and_what_is_owed_are_on_the_card(tmp_path: Path) -> None:
    """The most urgent first; paid and deleted ones are not; the sum in Rial; the card follows what is saved."""
    async with opened(tmp_path) as it:
        maryam = await it.person("احمدی", "09121234567")
        catalogue = Catalogue(it.database, [PARTY, PARTY_GROUP, BILL])
        await catalogue.load()
        records = Records(it.database, it.bus, it.clock, catalogue)
        bills = [
            ("later", "sent", "2030-01-02", 5),
            ("soon", "sent", "2030-01-01", 7),
            ("undated", "sent", None, 1),
            ("paid", "paid", None, 100),
        ]
        made = [
            await records.create(BILL, {"name": name, "customer": maryam, "state": state, "due": due, "rest": rest}, everybody("reza"))
            for name, state, due, rest in bills
        ]
        Recogniser(it.database, it.bus, it.calls)
        cards = Cards(it.database, it.bus, it.clock, catalogue)
        it.arrive("1.1", "09121234567")
        (about,) = cards.of("1.1")["parties"]
        assert [(one["title"], one["kind"], one["due_at"]) for one in about["open_items"]] == [
            ("soon", "toy_bill", "2030-01-01"), ("later", "toy_bill", "2030-01-02"), ("undated", "toy_bill", ""),
        ]  # fmt: skip
        assert about["money"] == [{"entity": "toy_bill", "title": {"fa": "Bills", "en": "Bills"}, "count": 3, "rial": 13}]
        await records.delete(BILL, made[0], everybody("reza"))
        assert [one["title"] for one in cards.of("1.1")["parties"][0]["open_items"]] == ["soon", "undated"]


async def test_the_card_shows_open_records_as_far_as_its_reader_may_see_them(tmp_path: Path) -> None:
    """One's own ones and no sum of all; nothing where the customer or the due day is confidential, no sum where the amount is; all of it for who may."""
    async with opened(tmp_path) as it:
        maryam = await it.person("احمدی", "09121234567")
        secret = declare(
            name="toy_secret", plural="toy_secrets", title="Secret", title_plural="Secrets", icon="note", open_items=OpenItems(customer="customer", due="due"),
            fields=(
                Field(name="name", kind=Line(), label="Title", required=True), Field(name="customer", kind=Reference(entity="party"), label="Customer"),
                Field(name="due", kind=Date(), label="Due", level=2),
            ),
            sections=(Section("main", "Main", ("name",)),),
        )  # fmt: skip
        catalogue = Catalogue(it.database, [PARTY, PARTY_GROUP, BILL, secret])
        await catalogue.load()
        await it.database.write(secret.table.create)
        records = Records(it.database, it.bus, it.clock, catalogue)
        for name, user in (("mine", "reza"), ("hers", "sara")):
            await records.create(BILL, {"name": name, "customer": maryam, "state": "sent", "due": "2030-01-02", "rest": 5}, everybody(user))
        await records.create(secret, {"name": "secret", "customer": maryam, "due": "2030-01-01"}, everybody("reza"))
        Recogniser(it.database, it.bus, it.calls)
        cards = Cards(it.database, it.bus, it.clock, catalogue)
        it.arrive("1.1", "09121234567")

        def seen(rights: dict[str, str], field_level: int = 0) -> tuple[set[str], int]:
            pattern = Pattern(
                code="x", rights={"*": {"*": "all"}, **{name: {"*": level} for name, level in rights.items()}}, field_level=field_level
            )
            (about,) = cards.shown_to(cards.of("1.1"), Viewer(username="reza", pattern=pattern))["parties"]
            return {one["title"] for one in about["open_items"]}, sum(one["rial"] for one in about["money"])

        assert seen({}, 2) == ({"mine", "hers", "secret"}, 10)
        assert seen({}) == ({"mine", "hers"}, 10)
        assert seen({"toy_bill": "own"}) == ({"mine"}, 0)
        assert seen({"toy_bill": "none"}, 2) == ({"secret"}, 0)


def test_a_sum_needs_the_level_of_its_amount() -> None:
    """The amount is confidential: the items are shown, what they come to is not."""
    (source,) = sources([BILL])
    card = {
        "parties": [{**PERSON, "open_items": [{"kind": "toy_bill", "id": 1, "title": "x"}], "money": [{"entity": "toy_bill", "rial": 5}]}]
    }
    for level, shown in ((0, 0), (1, 1)):
        viewer = Viewer(username="reza", pattern=Pattern(code="x", rights={"*": {"*": "all"}}, field_level=level))
        (about,) = shown_to(card, viewer, lambda _entity, _number: {}, [evolve(source, money_level=1)])["parties"]
        assert (len(about["open_items"]), len(about["money"])) == (1, shown)


async def test_the_customers_page_shows_what_is_open_to_those_who_may_see_it(tmp_path: Path) -> None:
    """Count, sum and the most urgent; somebody with a right to the own ones sees those only, and no sum that is confidential."""
    async with opened(tmp_path) as it:
        maryam = await it.person("احمدی", "09121234567")
        catalogue = Catalogue(it.database, [PARTY, PARTY_GROUP, BILL])
        await catalogue.load()
        records = Records(it.database, it.bus, it.clock, catalogue)
        for name, due, rest, user in (("later", "2030-01-02", 5, "reza"), ("undated", None, 1, "reza"), ("soon", "2030-01-01", 7, "sara")):
            await records.create(BILL, {"name": name, "customer": maryam, "state": "sent", "due": due, "rest": rest}, everybody(user))

        async def seen(viewer: Viewer) -> list[tuple[list[str], int, int | None]]:
            found = await it.database.read(lambda c: open_for(c, [PARTY, BILL], maryam, viewer, allowed, 2))
            return [([title for _id, title, _due in one.items], one.count, one.rial) for one in found]

        assert await seen(everybody("reza")) == [(["soon", "later"], 3, 13)]
        own = Viewer(username="reza", pattern=Pattern(code="own", rights={"toy_bill": {"view": "own"}}))
        assert await seen(own) == [(["later", "undated"], 2, 6)]
        assert await seen(Viewer(username="reza", pattern=Pattern(code="none"))) == []
