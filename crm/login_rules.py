"""The rules of log-in that the administrator sets: how long passwords are and live, and who needs the second step."""

from __future__ import annotations

from attrs import asdict, frozen
from sqlalchemy import Connection, delete, insert, select

from config.errors import Refusal
from config.translations import _
from crm.login_tables import login_rule as table
from crm.passwords import SHORTEST

LONGEST_LIFE_DAYS = 3650


class LoginRulesInvalid(Refusal):
    """A rule that would lock everybody out, or nobody."""

    code = "login_rules_invalid"
    status = 422
    sentence = _("{name}: expected {expected}.")


@frozen(kw_only=True)
class LoginRules:
    """`shortest`: letters of a new password at least. `password_days`: days a password lives, 0 is for ever.

    `second_step`: the roles that cannot log in without the second step.
    """

    shortest: int = SHORTEST
    password_days: int = 0
    second_step: tuple[str, ...] = ()


def check_rules(rules: LoginRules, roles: tuple[str, ...]) -> None:
    """Refuse rules that cannot be, naming the field."""
    if not SHORTEST <= rules.shortest <= 64:
        raise LoginRulesInvalid(field="shortest", name="shortest", expected=f"{SHORTEST}–64")
    if not 0 <= rules.password_days <= LONGEST_LIFE_DAYS:
        raise LoginRulesInvalid(field="password_days", name="password_days", expected=f"0–{LONGEST_LIFE_DAYS}")
    if not set(rules.second_step) <= set(roles):
        raise LoginRulesInvalid(field="second_step", name="second_step", expected=", ".join(roles))


def read_rules(connection: Connection) -> LoginRules:
    """The rules as they are kept."""
    kept = {row.name: row.value for row in connection.execute(select(table))}
    given = LoginRules()
    return LoginRules(
        shortest=int(kept.get("shortest", given.shortest)),
        password_days=int(kept.get("password_days", given.password_days)),
        second_step=tuple(kept.get("second_step", "").split()),
    )


def write_rules(connection: Connection, rules: LoginRules) -> None:
    """Keep `rules` instead of those that were."""
    connection.execute(delete(table))
    values = {**asdict(rules), "second_step": " ".join(rules.second_step)}
    connection.execute(insert(table), [{"name": name, "value": str(value)} for name, value in values.items()])
