"""The closed lists of customer records: kinds, states, roles, relations and ways to communicate, each with its word for people."""

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
    "agent_of": _("is agent of"),
    "partner_of": _("is partner of"),
    "competitor_of": _("competes with"),
}

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

PHONE_KINDS = {"mobile": _("Mobile"), "phone": _("Telephone"), "fax": _("Fax")}

PHONE_LABELS = {
    "": _("no label"),
    "mobile": _("Mobile"),
    "work": _("Work"),
    "home": _("Home"),
    "fax": _("Fax"),
    "office": _("Head office"),
    "factory": _("Factory"),
}

PREFIXES = ("آقای", "خانم", "مهندس", "دکتر")
"""What stands before a person's name; Persian data, offered in forms, any other may be typed."""
