"""`switchboard user`: who may log in. Adds people, sets passwords, opens locked doors, closes accounts, while the product is stopped; lists them at any time."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import sys
from functools import partial

from sqlalchemy import select

from config.database import Database
from config.settings import Settings
from config.translations import _, translate

SUMMARY = _("list the people who may log in, add one, set a password or queues, end a lock-out, close an account")
ADDED = _("{username} may log in now.")
CHANGED = _("{username} has a new password.")
UNLOCKED = _("{username} may try again at once.")
WITHOUT_STEP = _("{username} logs in without the second step now.")
CLOSED = _("{username} cannot log in any more.")
SERVES = _("{username} takes calls from: {queues}.")
PASSWORD = _("Password for {username}: ")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with whom."""
    doing = parser.add_subparsers(dest="doing", required=True, metavar="list | add | password | queues | unlock | second-step-off | close")
    doing.add_parser("list")
    add = doing.add_parser("add")
    add.add_argument("username")
    add.add_argument("--name", required=True, help="the name in Persian")
    add.add_argument("--name-en", default="", help="the name in Latin letters")
    add.add_argument("--role", default="agent", help="agent | supervisor | administrator | user (no telephone)")
    add.add_argument("--pattern", default="", help="code of the access pattern; none: the one of the role")
    add.add_argument("--extension", default="", help="digits of the own phone; none: no phone")
    add.add_argument("--device", default="browser", help="browser | desk")
    add.add_argument("--queues", default="", help="whose calls ring there, with commas: sales,support")
    for word in ("password", "unlock", "second-step-off", "close"):
        doing.add_parser(word).add_argument("username")
    queues = doing.add_parser("queues")
    queues.add_argument("username")
    queues.add_argument("queues", help="with commas: sales,support; - for none")


def run(given: argparse.Namespace) -> int:
    """Do it. The password comes from SWITCHBOARD_PASSWORD, else it is asked for (or read from the input's first line)."""
    return _list(Settings.load().database_url) if given.doing == "list" else asyncio.run(_run(given))


def _list(url: str) -> int:
    """Everybody who may log in; only read, so it may be asked while the product runs."""
    from config.database import read_all
    from config.database_address import is_server, sqlite_file
    from crm.account import account_of_row
    from crm.tables import account

    if not is_server(url) and not sqlite_file(url).exists():
        return 0  # an installation that has not begun yet: nobody
    chosen = select(account).where(account.c.active).order_by(account.c.username)
    for row in read_all(url, lambda connection: connection.execute(chosen).mappings().all()):
        one = account_of_row(row)
        print(f"{one.username:<20} {one.role:<14} {one.extension or '–':<8} {one.device if one.extension else '–':<8} {one.name}")
    return 0


async def _run(given: argparse.Namespace) -> int:
    from attrs import evolve

    from config.alone import open_alone
    from config.clock import SystemClock
    from config.secrets import installation_key
    from crm.accounts import Account, Accounts, NoSuchAccount
    from crm.login_history import Entry, LoginHistory
    from crm.second_factor import SecondFactor
    from switchboard.bus import Bus
    from web.tables import end_log_ins

    settings = Settings.load()
    database = await open_alone(settings)
    clock = SystemClock(asyncio.get_running_loop())
    accounts = Accounts(database, Bus(), clock)
    history = LoginHistory(database, clock)

    async def keep(what: str) -> None:
        await history.keep(Entry(what=what, username=given.username, how="command"))

    try:
        await accounts.load()
        if given.doing == "add":
            account = Account(
                username=given.username,
                name=given.name,
                name_en=given.name_en,
                role=given.role,
                pattern=given.pattern,
                extension=given.extension,
                device=given.device,
            )
            await accounts.add(account, await asyncio.to_thread(_password, given))
            await keep("created")
            print(translate(given.language, ADDED, username=given.username))
            if given.queues:
                await _serve(database, given)
        elif given.doing == "password":
            await accounts.set_password(given.username, await asyncio.to_thread(_password, given))
            await database.write(partial(end_log_ins, username=given.username))
            await keep("reset")
            print(translate(given.language, CHANGED, username=given.username))
        elif (known := accounts.get(given.username)) is None:
            raise NoSuchAccount(username=given.username)
        elif given.doing == "queues":
            await _serve(database, given)
        elif given.doing == "unlock":
            await accounts.lock(given.username, 0.0)
            await keep("unlock")
            print(translate(given.language, UNLOCKED, username=given.username))
        elif given.doing == "second-step-off":
            await SecondFactor(database, accounts, clock, installation_key(settings.home)).off(given.username)
            await keep("second_step_off")
            print(translate(given.language, WITHOUT_STEP, username=given.username))
        else:
            await accounts.change(evolve(known, active=False))
            await database.write(partial(end_log_ins, username=given.username))
            await keep("closed")
            print(translate(given.language, CLOSED, username=given.username))
    finally:
        accounts.close()
        await database.close()
    return 0


async def _serve(database: Database, given: argparse.Namespace) -> None:
    """Whose callers ring at this person's telephone from now on."""
    from agents.demo import put_first_queues
    from agents.queue_rows import set_queues_of

    names = [name.strip() for name in given.queues.split(",") if name.strip(" -")]
    await database.write(put_first_queues)
    await database.write(lambda connection: set_queues_of(connection, given.username, names))
    print(translate(given.language, SERVES, username=given.username, queues=", ".join(names) or "–"))


def _password(given: argparse.Namespace) -> str:
    if password := os.environ.get("SWITCHBOARD_PASSWORD"):
        return password
    if sys.stdin.isatty():
        return getpass.getpass(translate(given.language, PASSWORD, username=given.username))
    return sys.stdin.readline().rstrip("\n")
