"""Who may come in: log-in with its second step, sessions, tokens, and what ends them."""

from __future__ import annotations

from contextlib import AsyncExitStack

from attrs import frozen

from crm.login_history import LoginHistory
from crm.second_factor import SecondFactor
from departments.ground import Ground
from departments.records import Records
from web.consoles import Consoles
from web.doorkeeper import Doorkeeper
from web.entrance import Entrance
from web.porter import Porter
from web.reception import Reception
from web.sessions import Sessions
from web.tokens import Tokens


@frozen
class Doors:
    """The ways in, under the names pages ask for."""

    sessions: Sessions
    tokens: Tokens
    second_factor: SecondFactor
    login_history: LoginHistory
    entrance: Entrance
    porter: Porter
    reception: Reception


def open_doors(ground: Ground, records: Records, closing: AsyncExitStack) -> Doors:
    """Sessions, tokens and the log-in."""
    settings, clock, database, accounts = ground.settings, ground.clock, ground.database, records.accounts
    sessions = Sessions(database, clock, settings.web.session_hours)
    closing.push_async_callback(sessions.stop)
    tokens = Tokens(database, clock)
    second_factor = SecondFactor(database, accounts, clock, ground.key, settings.site.name_en)
    login_history = LoginHistory(database, clock)
    entrance = Entrance(accounts, clock, settings.web.login_attempts, second_factor, login_history)
    porter = Porter(accounts, entrance, sessions, tokens, second_factor, login_history)
    reception = Reception(
        sessions, tokens, accounts, clock, cookie=f"switchboard-{settings.network.http.port}", public_url=settings.public_url,
        language=settings.site.language, proxied=bool(settings.web.public_url),
    )  # fmt: skip
    return Doors(sessions, tokens, second_factor, login_history, entrance, porter, reception)


def keep_doors(ground: Ground, records: Records, doors: Doors, consoles: Consoles, closing: AsyncExitStack) -> None:
    """Somebody who loses the right to be here loses the sessions, tokens and consoles too."""
    doorkeeper = Doorkeeper(ground.bus, records.accounts, doors.sessions, doors.tokens, consoles)
    closing.push_async_callback(doorkeeper.stop)
