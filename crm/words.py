"""The words of customer records: closed lists, and what the administrators' own lists begin with. Codes never change; gettext translates the words."""

from __future__ import annotations

from config.translations import _

KINDS = {"person": _("Person"), "company": _("Company"), "project": _("Project")}

STATUSES = {"prospect": _("Prospect"), "customer": _("Current customer"), "former": _("Former customer")}

ROLES = {
    "customer": _("Customer"),
    "supplier": _("Supplier"),
    "agency": _("Agency"),
    "competitor": _("Competitor"),
    "marketer": _("Marketer"),
    "personnel": _("Personnel"),
    "employer": _("Employer"),
    "contractor": _("Contractor"),
    "consultant": _("Consultant"),
    "laboratory": _("Laboratory"),
    "shareholder": _("Shareholder"),
    "applicant": _("Job applicant"),
}

RELATIONS = {
    "works_at": _("works at"),
    "family": _("is family of"),
    "companion": _("is companion of"),
    "agent_of": _("is agent of"),
    "customer_of": _("is customer of"),
    "supplier_of": _("is supplier of"),
    "partner_of": _("is partner of"),
    "competitor_of": _("competes with"),
    "part_of": _("is part of"),
    "employer_of": _("is employer of"),
    "contractor_of": _("is contractor of"),
    "consultant_of": _("is consultant of"),
    "supervisor_of": _("supervises"),
    "shareholder_of": _("is shareholder of"),
    "has_employer": _("is done for"),
    "has_contractor": _("has as contractor"),
    "has_consultant": _("has as consultant"),
    "has_supervisor": _("is supervised by"),
}
"""Parts in a project may be said from both sides: in the contractor's form, or in the project's (has_…)."""

RELATIONS_SEEN_FROM_THERE = {
    "works_at": _("employs"),
    "family": _("is family of"),
    "companion": _("is accompanied by"),
    "agent_of": _("is represented by"),
    "customer_of": _("has as customer"),
    "supplier_of": _("is supplied by"),
    "partner_of": _("is partner of"),
    "competitor_of": _("competes with"),
    "part_of": _("contains"),
    "employer_of": _("is done for"),
    "contractor_of": _("has as contractor"),
    "consultant_of": _("has as consultant"),
    "supervisor_of": _("is supervised by"),
    "shareholder_of": _("has as shareholder"),
    "has_employer": _("is employer of"),
    "has_contractor": _("is contractor of"),
    "has_consultant": _("is consultant of"),
    "has_supervisor": _("supervises"),
}
"""The same relations as the other side reads them; kinds of the administrators' own are read alike from both sides."""

METHODS = {
    "call": _("Phone call"),
    "meeting": _("Meeting"),
    "visit": _("Visit"),
    "email": _("E-mail"),
    "sms": _("SMS"),
    "letter": _("Letter"),
    "fax": _("Fax"),
    "note": _("Note"),
}

DIRECTIONS = {"in": _("incoming"), "out": _("outgoing"), "": _("no direction")}

CALL_STATUSES = {
    "answered": _("Answered"),
    "missed": _("Missed"),
    "in_menu": _("Hung up in the menu"),
    "cut_off": _("Cut off"),
    "failed": _("Not reached"),
}

PREFIXES = {
    "آقای": _("Mr"), "خانم": _("Ms"), "مهندس": _("Engineer"), "دکتر": _("Doctor"), "استاد": _("Professor"), "سرکار خانم": _("Madam"), "جناب آقای": _("Sir"),
    "حاج آقا": _("Haj"), "حاج خانم": _("Haj (woman)"), "حجت‌الاسلام": _("Reverend"), "سرهنگ": _("Colonel"),
}  # fmt: skip
"""What stands before a person's name; the code is the Persian word."""

CHANNEL_KINDS = {
    "mobile": _("Mobile"), "phone": _("Telephone"), "fax": _("Fax"), "email": _("E-mail"), "web": _("Web site"), "telegram": _("Telegram"), "whatsapp": _("WhatsApp"),
    "instagram": _("Instagram"), "eitaa": _("Eitaa"), "bale": _("Bale"), "rubika": _("Rubika"), "linkedin": _("LinkedIn"), "other": _("Other"),
}  # fmt: skip

CHANNEL_LABELS = {
    "work": _("Work"), "home": _("Home"), "office": _("Head office"), "factory": _("Factory"), "shop": _("Shop"), "personal": _("Personal"),
}  # fmt: skip

PREFERENCES = {
    "best": _("Best reached here"), "office_hours": _("In office hours only"), "urgent": _("Only when urgent"), "never": _("Not to be used"),
}  # fmt: skip

ADDRESS_KINDS = {
    "office": _("Head office"), "factory": _("Factory"), "branch": _("Branch"), "shop": _("Shop"), "warehouse": _("Warehouse"), "work": _("Work"), "home": _("Home"),
    "site": _("Site of the project"),
}  # fmt: skip

GRADES = {
    "a": (_("Excellent"), "#1f7a4d"), "b": (_("Good"), "#2f6fb0"), "c": (_("Average"), "#b8860b"), "d": (_("Weak"), "#c05621"), "e": (_("Not to be served"), "#b03030"),
}  # fmt: skip
"""Ratings and their colours."""

CARD_KINDS = {"membership": _("Membership card"), "discount": _("Discount card"), "purchase": _("Purchase card")}

LANGUAGES = {
    "fa": _("Persian"), "en": _("English"), "ar": _("Arabic"), "tr": _("Turkish"), "az": _("Azeri"), "ku": _("Kurdish"), "de": _("German"), "fr": _("French"),
    "ru": _("Russian"), "zh": _("Chinese"), "es": _("Spanish"), "it": _("Italian"),
}  # fmt: skip

LANGUAGE_LEVELS = {"beginner": _("Beginner"), "middle": _("Intermediate"), "fluent": _("Fluent"), "native": _("Native")}

MARITAL_STATUSES = {"single": _("Single"), "married": _("Married"), "divorced": _("Divorced"), "widowed": _("Widowed")}

RELIGIONS = {
    "shia": _("Islam, Shia"), "sunni": _("Islam, Sunni"), "christian": _("Christianity"), "jewish": _("Judaism"), "zoroastrian": _("Zoroastrianism"), "other": _("Other"),
}  # fmt: skip

DEGREES = {
    "school": _("Below diploma"), "diploma": _("Diploma"), "associate": _("Associate degree"), "bachelor": _("Bachelor"), "master": _("Master"), "doctor": _("Doctorate"),
    "seminary": _("Seminary"),
}  # fmt: skip

SOURCES = {
    "friend": _("Recommended by somebody"), "call": _("Called us"), "web": _("Web site"), "social": _("Social networks"), "advert": _("Advertisement"),
    "exhibition": _("Exhibition"), "marketer": _("Marketer"), "walk_in": _("Came in"), "list": _("Bought list"),
}  # fmt: skip
"""How we met."""

COMPANY_TYPES = {
    "private_joint": _("Private joint stock"), "public_joint": _("Public joint stock"), "limited": _("Limited liability"), "cooperative": _("Cooperative"),
    "state": _("State-owned"), "private": _("Private"), "sole": _("Sole proprietor"), "institute": _("Institute or association"), "partnership": _("General partnership"),
}  # fmt: skip

OWNERSHIPS = {"rented": _("Rented"), "key_money": _("Key money"), "owned": _("Owned")}
"""Of the place where the company sits."""

TOPICS = {
    "price": _("Asking for a price"), "order": _("Order"), "delivery": _("Delivery"), "support": _("Technical support"), "payment": _("Payment"),
    "complaint": _("Complaint"), "contract": _("Contract"), "introduction": _("Introduction"), "other": _("Other"),
}  # fmt: skip
"""What a communication was about."""

EFFECTS = {"good": _("Brought us closer"), "none": _("Changed nothing"), "bad": _("Drove us apart")}
"""What a communication did."""

DISPOSITIONS = {
    "answered": _("Question answered"), "follow_up": _("Follow-up needed"), "order": _("Order taken"), "complaint": _("Complaint taken"),
    "callback": _("Asked to be called back"), "transferred": _("Referred to a colleague"), "not_interested": _("Not interested"), "wrong_number": _("Wrong number"),
}  # fmt: skip
"""What came of a communication, in the order of the keys 1–9."""

ASK_FOR_FOLLOW_UP = frozenset({"follow_up", "complaint", "callback"})
"""Results after which the agent is asked when to follow up."""

ALSO_READ: dict[str, dict[str, str]] = {
    "prefix": {
        "آقای": "آقا, جناب, Mr., Mister, M.", "خانم": "خانوم, بانو, دوشیزه, Ms., Mrs., Miss, Madame", "مهندس": "آقای مهندس, خانم مهندس, مهندس آقای, Eng., Ing.",
        "دکتر": "آقای دکتر, خانم دکتر, Dr.", "استاد": "پروفسور, Prof.", "سرکار خانم": "سرکار, سرکار خانوم", "جناب آقای": "جناب آقا, جناب‌آقای, جنابعالی",
        "حاج آقا": "حاجی, حاج, حاج‌آقا", "حاج خانم": "حاجیه خانم, حاج‌خانم, حاجیه", "حجت‌الاسلام": "حجت الاسلام و المسلمین, حجت‌الاسلام والمسلمین",
    },
    "kind": {"person": "شخص, حقیقی, شخص حقیقی, فرد, individual, contact", "company": "حقوقی, شخص حقوقی, سازمان, organization, organisation, firm"},
    "status": {"prospect": "سرنخ, lead, مشتری احتمالی", "customer": "مشتری, فعال, customer, active", "former": "سابق, غیرفعال, inactive"},
    "channel_kind": {
        "mobile": "تلفن همراه, همراه, گوشی, cell, cell phone, mobile phone", "phone": "تلفن ثابت, ثابت, phone, tel, landline", "fax": "نمابر, دورنگار",
        "email": "رایانامه, پست الکترونیک, mail", "web": "سایت, وب‌سایت, website, url",
    },
    "channel_label": {"work": "محل کار, اداره, شرکت", "home": "منزل, خانه"},
    "address_kind": {"office": "دفتر, مرکزی", "work": "محل کار, اداره", "home": "منزل, خانه", "warehouse": "انبار, depot", "shop": "مغازه, فروشگاه, store"},
    "marital_status": {"single": "مجرد", "married": "متاهل, متأهل, متاهله"},
    "degree": {
        "school": "زیر دیپلم, سیکل", "associate": "فوق دیپلم, کاردانی", "bachelor": "لیسانس, کارشناسی, BSc, BA", "master": "فوق لیسانس, کارشناسی ارشد, ارشد, MSc, MA, MBA",
        "doctor": "دکتری, دکترا, دکتر, PhD", "seminary": "حوزوی",
    },
    "language": {"fa": "فارسی, Farsi", "az": "ترکی آذری, Azerbaijani", "tr": "ترکی استانبولی"},
}  # fmt: skip
"""What else means a choice, by list and code: as files of other programs and people write it. Punctuation and case do not matter."""
