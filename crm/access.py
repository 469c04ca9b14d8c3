"""Who may do what with which records: pattern × entity × right → none, own, team or all, and a level for confidential fields. Pure.

A user has one pattern. "own": records whose expert (or one of whose experts) the user is, and those nobody is responsible for that
the user made. "team": own ones, and those whose expert has the same pattern. Every right but `view` also needs `view` of the record.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from attrs import frozen

from config.errors import Refusal
from config.translations import _, translate

RIGHTS: Mapping[str, str] = {
    "view": _("View"),
    "create": _("Create"),
    "edit": _("Edit"),
    "delete": _("Delete (can be restored)"),
    "purge": _("Delete for ever"),
    "report": _("Reports"),
    "statistics": _("Statistics"),
    "set_expert": _("Set the expert"),
    "send": _("Send messages"),
    "export": _("Export"),
    "import": _("Import"),
    "print": _("Print"),
    "deactivate": _("Activate and deactivate"),
    "star": _("Star"),
    "choose": _("Choose in other forms"),
}
LEVELS: Mapping[str, str] = {"none": _("none"), "own": _("own"), "team": _("team"), "all": _("all")}
ORDER = ("none", "own", "team", "all")
ANY = "*"
MOST_FIELD_LEVEL = 2


class NoRight(Refusal):
    """The user's pattern does not allow it."""

    code = "no_right"
    status = 403
    sentence = _("Your access pattern does not allow “{right}” here. An administrator can change it.")

    def __init__(self, right: str) -> None:
        super().__init__(right=RIGHTS.get(right, right))

    def text(self, language: str) -> str:
        return translate(language, self.sentence, right=translate(language, self.values["right"]))


@frozen(kw_only=True)
class Pattern:
    """An access pattern. `rights`: {entity or "*": {right or "*": level}}; the narrower rule wins, what is not said is "none"."""

    code: str
    fa: str = ""
    en: str = ""
    rights: Mapping[str, Mapping[str, str]] = {}
    field_level: int = 0

    def word(self, language: str) -> str:
        """Its title."""
        return (self.fa if language == "fa" else self.en or self.fa) or self.code

    def said(self, entity: str, right: str) -> str:
        """The level that the pattern says, without regard to `view`."""
        for place in (entity, ANY):
            rules = self.rights.get(place, {})
            for name in (right, ANY):
                if name in rules:
                    return rules[name]
        return "none"

    def level(self, entity: str, right: str) -> str:
        """The level that counts: never wider than that of `view`."""
        seen = self.said(entity, "view")
        return seen if right == "view" else min(seen, self.said(entity, right), key=ORDER.index)


@frozen(kw_only=True)
class Viewer:
    """A user as seen by access: every query takes one. `team`: the users of the same pattern."""

    username: str
    pattern: Pattern
    team: frozenset[str] = frozenset()

    def level(self, entity: str, right: str = "view") -> str:
        """One of none, own, team, all."""
        return self.pattern.level(entity, right)

    def may(self, entity: str, right: str) -> bool:
        """Whether there may be records at all for which it is allowed."""
        return self.level(entity, right) != "none"

    def demand(self, entity: str, right: str) -> None:
        """Raise NoRight unless `may`."""
        if not self.may(entity, right):
            raise NoRight(right)

    def may_with(self, entity: str, right: str, values: Mapping[str, Any]) -> bool:
        """Whether it is allowed with this record (its values with `expert`, `experts`, `created_by`)."""
        level = self.level(entity, right)
        if level in ("none", "all"):
            return level == "all"
        return concerns(values, {self.username} if level == "own" else {self.username, *self.team}, self.username)


def concerns(values: Mapping[str, Any], users: Collection[str], maker: str) -> bool:
    """Whether one of `users` is responsible for the record, or `maker` made it and nobody is."""
    expert, experts = values.get("expert"), values.get("experts") or ()
    if expert in users or any(one in users for one in experts):
        return True
    return not expert and not experts and values.get("created_by") == maker


EVERYTHING = Pattern(code="everything", rights={ANY: {ANY: "all"}}, field_level=MOST_FIELD_LEVEL)
SYSTEM = Viewer(username="", pattern=EVERYTHING)
"""The product itself, for what it does by its own (the log of a call, an import's look-ups by the administrator)."""

DAILY = {"view": "all", "create": "all", "edit": "all", "send": "all", "print": "all", "star": "all", "choose": "all", "set_expert": "own"}
OWN_WORK = {**dict.fromkeys(DAILY, "own"), "create": "all", "choose": "own"}
LOOKING = {"view": "all", "print": "all", "star": "all", "choose": "all"}
DEFAULTS = (
    Pattern(code="agent", fa="کارشناس", en="Agent", rights={ANY: DAILY}),
    Pattern(code="agent_own", fa="کارشناس (فقط مشتریان خود)", en="Agent (own customers only)", rights={ANY: OWN_WORK, "party_group": LOOKING}),
    Pattern(
        code="supervisor", fa="سرپرست", en="Supervisor", field_level=1,
        rights={ANY: {ANY: "all", "purge": "none"}},
    ),
    Pattern(code="administrator", fa="مدیر سامانه", en="Administrator", rights={ANY: {ANY: "all"}}, field_level=MOST_FIELD_LEVEL),
    Pattern(code="clerk", fa="کارمند دفتر (فقط مشاهده)", en="Clerk (read only)", rights={ANY: LOOKING}),
    Pattern(code="user", fa="کاربر بدون تلفن (فقط رکوردهای خود)", en="User without telephone (own records only)", rights={ANY: {"view": "own"}}),
)  # fmt: skip
"""The patterns of a new installation: one for each role, and two more that offices ask for. The role "user" is also what customers get who may look
at their own records, so it begins with nothing but those; a colleague who looks at everything gets "clerk"."""
