"""A toy entity that has every kind of field, and a small office to use it in."""

from __future__ import annotations

from config.clock import FakeClock
from config.database import Database
from crm.access import EVERYTHING, Pattern, Viewer
from crm.catalogue import Catalogue
from crm.entity import Section, declare
from crm.fields.choices import Choice, MultiChoice, State, options
from crm.fields.computed import Computed
from crm.fields.contact import Email, Phone, Web
from crm.fields.dates import Date, Moment, Time
from crm.fields.field import Field
from crm.fields.numbers import Duration, Money, Number, Percent, Rating, YesNo
from crm.fields.places import MapPoint
from crm.fields.references import AnyReference, Parent, Reference, References
from crm.fields.rows import Rows
from crm.fields.texts import Barcode, Line, LongText, RichText
from crm.records import Records
from switchboard.bus import Bus

STATES = options({"new": "New", "open": "Open", "done": "Done"})

TOY = declare(
    name="toy", plural="toys", title="Toy", title_plural="Toys", icon="star",
    keys=(("code",), ("name", "maker")),
    fields=(
        Field(name="name", kind=Line(longest=80), label="Name", required=True, listed=True, searched=True, quick=True),
        Field(name="code", kind=Barcode(), label="Code", unique=True, searched=True),
        Field(name="story", kind=LongText(), label="Story"),
        Field(name="page", kind=RichText(), label="Page"),
        Field(name="weight", kind=Number(places=2, low=0, high=1000), label="Weight", listed=True),
        Field(name="price", kind=Money(), label="Price", listed=True, indexed=True),
        Field(name="cost", kind=Money(), label="Cost", level=1),
        Field(name="discount", kind=Percent(), label="Discount"),
        Field(name="sold", kind=YesNo(), label="Sold"),
        Field(name="stars", kind=Rating(), label="Stars"),
        Field(name="made_on", kind=Date(), label="Made on", listed=True, alarm="toy_birthday"),
        Field(name="seen_at", kind=Moment(), label="Seen at"),
        Field(name="opens", kind=Time(), label="Opens"),
        Field(name="lasts", kind=Duration(), label="Lasts"),
        Field(name="sort_of", kind=Choice(list="toy_sort", choices=options({"car": "Car", "doll": "Doll"})), label="Sort"),
        Field(name="tags", kind=MultiChoice(choices=options({"red": "Red", "big": "Big", "old": "Old"})), label="Tags"),
        Field(name="state", kind=State(choices=STATES, moves={"new": ("open",), "open": ("done", "new")}), label="State", default="new"),
        Field(name="reason", kind=Line(), label="Reason", required_if={"field": "state", "op": "=", "value": "done"}),
        Field(name="phone", kind=Phone(), label="Phone", searched=True),
        Field(name="email", kind=Email(), label="E-mail"),
        Field(name="web", kind=Web(), label="Web"),
        Field(name="point", kind=MapPoint(), label="Place"),
        Field(name="maker", kind=Reference(entity="toy"), label="Maker"),
        Field(name="parent", kind=Parent(entity="toy"), label="Above"),
        Field(name="friends", kind=References(entity="toy"), label="Friends"),
        Field(name="about", kind=AnyReference(), label="About"),
        Field(name="worth", kind=Computed(formula={"*": [{"field": "weight"}, {"field": "price"}]}, result=Money()), label="Worth"),
        Field(
            name="parts", label="Parts",
            kind=Rows(
                table="toy_part", main="what",
                fields=(
                    Field(name="what", kind=Line(), label="What", searched=True),
                    Field(name="pieces", kind=Number(low=1, high=99), label="Pieces"),
                ),
            ),
        ),
    ),
    sections=(Section("main", "Main", ("name", "code", "price", "state")), Section("rest", "Rest", ("story", "parts"))),
)  # fmt: skip

EVERYBODY = Viewer(username="admin", pattern=EVERYTHING)


def viewer(username: str, level: str = "all", *, team: tuple[str, ...] = (), field_level: int = 0, **rights: str) -> Viewer:
    """A user whose pattern says `level` for everything, and `rights` by name."""
    pattern = Pattern(code="p", rights={"*": {"*": level, **rights}}, field_level=field_level)
    return Viewer(username=username, pattern=pattern, team=frozenset(team))


class ToyOffice:
    """A database with toys, and the verbs."""

    def __init__(self, database: Database) -> None:
        self.database, self.bus, self.clock = database, Bus(), FakeClock()
        self.catalogue = Catalogue(database, [TOY])
        self.records = Records(database, self.bus, self.clock, self.catalogue)
        self.told: list[object] = []
        self.bus.witness(lambda _number, event: self.told.append(event))

    @classmethod
    async def open(cls, folder) -> ToyOffice:
        office = cls(await Database.temporary(folder))
        await office.catalogue.load()
        return office

    @property
    def toy(self):
        return self.catalogue["toy"]

    async def make(self, who=EVERYBODY, **values) -> int:
        return await self.records.create(self.toy, {"name": "toy", **values}, who)

    async def close(self) -> None:
        await self.database.close()
