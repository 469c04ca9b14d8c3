"""What is open for a customer is on the card by one line of an entity's declaration."""

from __future__ import annotations

from pathlib import Path

from crm.access import Pattern, Viewer
from crm.card import Cards
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
from crm.open_items import OpenItems, open_for
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
        assert about["money"] == [{"entity": "toy_bill", "title": "Bills", "count": 3, "rial": 13}]
        await records.delete(BILL, made[0], everybody("reza"))
        assert [one["title"] for one in cards.of("1.1")["parties"][0]["open_items"]] == ["soon", "undated"]


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
