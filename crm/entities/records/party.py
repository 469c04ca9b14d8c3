"""A person, company or project: whoever the company deals with, in one table, so that a number, a call or an invoice points to one place.

A prospect is a status, not another table. What there may be several of (numbers, addresses, relations…) is declared in party_parts.py,
what follows from other fields in party_rules.py.
"""

from __future__ import annotations

from config.translations import _
from crm import words
from crm.entities.records import party_parts as parts, party_rules as rules
from crm.entity import Section, Variant, Weak, declare
from crm.fields.choices import Choice, MultiChoice, State, options
from crm.fields.dates import Date
from crm.fields.field import Field
from crm.fields.files import Picture
from crm.fields.identity import CompanyId, EconomicCode, NationalId
from crm.fields.numbers import Money, Number, YesNo
from crm.fields.places import MapPoint
from crm.fields.references import Reference, References
from crm.fields.texts import Colour, Line, LongText

PERSON, COMPANY, PROJECT = ("person",), ("company",), ("project",)

PARTY = declare(
    name="party", plural="parties", title=_("Customer record"), title_plural=_("Customers"), icon="person",
    variant_field="kind",
    variants=(
        Variant("person", _("Person"), _("Persons"), "person", parts=("first_name", "last_name")),
        Variant("company", _("Company"), _("Companies"), "company", also=("company", "company name", "organization", "شرکت", "نام شرکت", "سازمان", "نام سازمان", "مؤسسه")),
        Variant("project", _("Project"), _("Projects"), "flow", also=("project", "project name", "پروژه", "نام پروژه")),
    ),
    sort_name=rules.sort_name, prepare=rules.prepare, follow=rules.follow, more_tokens=rules.more_tokens, also_found=rules.also_found, named_by=rules.named_by,
    coloured_by=("grade",),
    keys=(("national_id",), ("company_id",), ("channels.number",), ("code",), ("name", "city"), ("cards.code",)),
    weak_keys={"channels.number": Weak(column="kind", values=("phone", "fax"), beside="last_name")},
    indexes=(("kind", "sort_key", "id"),),
    fields=(
        Field(name="kind", kind=Choice(choices=options(words.KINDS, words.ALSO_READ["kind"])), label=_("Kind"), default="person", quick=True),
        Field(name="code", kind=Line(longest=40), label=_("Code"), unique=True, searched=True, copied=False, help=_("Given by itself, and may be changed.")),
        Field(name="prefix", kind=Choice(list="prefix", choices=options(words.PREFIXES, words.ALSO_READ["prefix"])), label=_("Prefix"), of=PERSON, quick=True),
        Field(name="first_name", kind=Line(longest=120), label=_("First name"), also=("given name", "نام کوچک", "اسم"), of=PERSON, quick=True),
        Field(name="last_name", kind=Line(longest=200), label=_("Family name"), also=("last name", "surname", "family", "فامیلی"), of=PERSON, quick=True),
        Field(
            name="name", kind=Line(longest=320), label=_("Name"), of=(*COMPANY, *PROJECT), listed=True, searched=True, quick=True,
            also=("full name", "customer", "customer name", "contact", "نام و نام خانوادگی", "نام کامل", "مشتری", "نام مشتری", "طرف حساب", "نام طرف حساب", "مخاطب"),
        ),
        Field(name="brand", kind=Line(), label=_("Brand"), of=COMPANY, searched=True),
        Field(name="status", kind=State(choices=options(words.STATUSES, words.ALSO_READ["status"])), label=_("Status"), default="prospect", listed=True, carded=True, quick=True),
        Field(
            name="roles", kind=MultiChoice(list="role", choices=options(words.ROLES)), label=_("Roles"), carded=True, quick=True, indexed=True,
            help=_("One record can have several at once."),
        ),
        Field(name="groups", kind=References(entity="party_group"), label=_("Groups"), carded=True),
        Field(name="group_id", kind=Reference(entity="party_group"), label=_("Main group"), read_only=True, listed=True),
        Field(name="vip", kind=YesNo(), label=_("VIP"), listed=True, carded=True),
        Field(name="priority", kind=Number(low=0, high=9), label=_("Priority"), default=0),
        Field(name="grade", kind=parts.RATINGS.fields[0].kind, label=_("Rating today"), read_only=True, carded=True, indexed=True, copied=False),
        Field(name="ratings", kind=parts.RATINGS, label=_("Ratings"), help=_("The one that holds today colours the record."), copied=False),
        Field(name="credit", kind=Money(), label=_("Credit"), level=1),
        Field(name="income", kind=Money(), label=_("Income"), level=1),
        Field(name="how_met", kind=Choice(list="how_met", choices=options(words.SOURCES)), label=_("How we met")),
        Field(name="activity", kind=Line(), label=_("Field of activity"), quick=True),
        Field(name="channels", kind=parts.CHANNELS, label=_("Numbers and addresses to reach it"), listed=True, searched=True, carded=True, quick=True, copied=False),
        Field(name="addresses", kind=parts.ADDRESSES, label=_("Addresses"), searched=True),
        Field(name="city", kind=Line(longest=80), label=_("City"), read_only=True, listed=True, indexed=True, help=_("Of the first address.")),
        Field(name="point", kind=MapPoint(), label=_("Place on the map"), read_only=True),
        Field(name="relations", kind=parts.RELATIONS, label=_("Relations"), listed=True, copied=False),
        Field(name="cards", kind=parts.CARDS, label=_("Cards"), searched=True, copied=False),
        Field(name="bank_accounts", kind=parts.BANK_ACCOUNTS, label=_("Bank accounts"), level=1, copied=False),
        Field(name="picture", kind=Picture(), label=_("Picture or logo"), copied=False),
        Field(name="note", kind=LongText(), label=_("Note"), also=("notes", "description", "توضیح", "توضیحات", "یادداشت"), quick=True),
        # of persons
        Field(name="national_id", kind=NationalId(), label=_("National ID"), of=PERSON, searched=True, indexed=True, copied=False),
        Field(name="id_number", kind=Line(longest=20), label=_("Number of the identity card"), of=PERSON, copied=False),
        Field(name="father", kind=Line(longest=120), label=_("Father’s name"), of=PERSON),
        Field(name="birth", kind=Date(), label=_("Birthday"), also=("birth date", "bday", "تاریخ تولد"), of=PERSON, indexed=True, alarm="birthday", ahead=(7, 1, 0), yearly="jalali", copied=False),
        Field(name="marital_status", kind=Choice(list="marital_status", choices=options(words.MARITAL_STATUSES, words.ALSO_READ["marital_status"])), label=_("Marital status"), of=PERSON),
        Field(
            name="marriage", kind=Date(), label=_("Wedding day"), of=PERSON, indexed=True, alarm="wedding_day", ahead=(7, 1, 0), yearly="jalali", copied=False,
            show_if={"field": "marital_status", "op": "!=", "value": "single"},
        ),
        Field(name="religion", kind=Choice(list="religion", choices=options(words.RELIGIONS)), label=_("Religion"), of=PERSON),
        Field(name="degree", kind=Choice(list="degree", choices=options(words.DEGREES, words.ALSO_READ["degree"])), label=_("Degree"), of=PERSON),
        Field(name="study", kind=Line(longest=120), label=_("Field of study"), of=PERSON),
        Field(name="languages", kind=parts.LANGUAGES, label=_("Languages"), of=PERSON),
        Field(name="favourite_colour", kind=Colour(), label=_("Favourite colour"), of=PERSON),
        Field(name="personality", kind=LongText(longest=4_000), label=_("Personality"), of=PERSON, level=1, help=_("How best to deal with this person.")),
        # of companies and projects
        Field(name="company_type", kind=Choice(list="company_type", choices=options(words.COMPANY_TYPES)), label=_("Type of company"), of=COMPANY),
        Field(name="company_id", kind=CompanyId(), label=_("National ID of the company"), of=COMPANY, searched=True, indexed=True, copied=False),
        Field(name="economic_code", kind=EconomicCode(), label=_("Economic code"), of=COMPANY, searched=True, copied=False),
        Field(name="registration_number", kind=Line(longest=40), label=_("Registration number"), of=COMPANY, copied=False),
        Field(name="founded", kind=Date(), label=_("Founded on"), of=COMPANY, indexed=True, alarm="founding_day", yearly="jalali", copied=False),
        Field(name="founding_year", kind=Line(longest=10), label=_("Founding year"), of=COMPANY, copied=False),
        Field(name="staff", kind=Number(low=0, high=10_000_000), label=_("Staff"), of=COMPANY),
        Field(name="ownership", kind=Choice(list="ownership", choices=options(words.OWNERSHIPS)), label=_("Ownership of the place"), of=COMPANY),
        Field(name="foreign_partner", kind=Line(), label=_("Foreign partner"), of=COMPANY),
        Field(name="certificates", kind=parts.CERTIFICATES, label=_("Certificates and licences")),
        Field(name="begins", kind=Date(), label=_("Begins on"), of=PROJECT),
        Field(name="ends", kind=Date(), label=_("Ends on"), of=PROJECT, indexed=True, alarm="project_end", ahead=(30, 7, 1, 0)),
    ),
    sections=(
        Section("who", _("Who"), ("kind", "prefix", "first_name", "last_name", "name", "brand", "company_type", "activity", "picture", "note")),
        Section("reach", _("Numbers and addresses"), ("channels", "addresses", "city", "point")),
        Section("place", _("Standing"), ("status", "roles", "groups", "group_id", "vip", "priority", "ratings", "grade", "credit", "how_met", "code")),
        Section("relations", _("Relations"), ("relations",)),
        Section(
            "person", _("Personal"),
            ("national_id", "id_number", "father", "birth", "marital_status", "marriage", "religion", "degree", "study", "languages", "favourite_colour", "personality"),
        ),
        Section(
            "company", _("About the company"),
            ("company_id", "economic_code", "registration_number", "founded", "founding_year", "staff", "ownership", "foreign_partner"),
        ),
        Section("project", _("About the project"), ("begins", "ends")),
        Section("papers", _("Money and papers"), ("income", "bank_accounts", "certificates", "cards")),
    ),
)  # fmt: skip
