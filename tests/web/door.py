"""A site with the door, the own account and the users, and a telephone that shows codes."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from config.secrets import totp_secret
from crm.login_history import Wanted
from crm.search import Search
from crm.totp import code_at
from tests.web.building import COOKIE, KEY, PASSWORD, Building, building
from tests.web.memory import MemoryBrowser, Reply
from web.api import login as login_api, users as users_api
from web.csrf import csrf_token
from web.pages import account, help as help_page, login, users
from web.routes import ask

FAR = "192.0.2.66"


def routes(parts):
    services = {**parts, "search": Search(parts["database"])}
    return [route for module in (login, account, users, help_page, login_api, users_api) for route in ask(module, services)]


@asynccontextmanager
async def door(folder: Path, **more: Any):
    async with building(folder, routes, **more) as house:
        yield house


async def send(browser: MemoryBrowser, path: str, **form: str) -> Reply:
    """A form of a page, with the token of its session."""
    secret = browser.cookies.get(COOKIE, "")
    return await browser.post(path, form={**({"csrf": csrf_token(secret)} if secret else {}), **form})


async def knock(house: Building, username: str = "maryam", password: str = PASSWORD, **more: Any) -> tuple[MemoryBrowser, Reply]:
    """A fresh browser that sends name and password."""
    browser = house.browser(**more)
    return browser, await browser.post("/login", form={"username": username, "password": password})


def step_of(reply: Reply) -> dict[str, str]:
    """The hidden fields of a step's form."""
    return dict(re.findall(r'name="(step|salt|next)" value="([^"]*)"', reply.text))


async def with_telephone(house: Building, username: str = "maryam") -> tuple[str, list[str]]:
    """Set up the second step of this user; the salt of its codes and the recovery codes."""
    salt = house.second_factor.begin(username).salt
    codes = await house.second_factor.confirm(username, salt, shown(house, salt, username))
    house.clock.advance(30)
    return salt, codes


def shown(house: Building, salt: str, username: str = "maryam", away: int = 0) -> str:
    """What the telephone shows now."""
    return code_at(totp_secret(KEY, username, salt), int(house.clock.now() // 30) + away)


async def happened(house: Building, **wanted: Any) -> list[tuple[str, ...]]:
    """What the history says, newest first: who, what, result, how, by whom."""
    return [(one.username, one.what, one.result, one.how, one.by_user) for one in await house.history.read(Wanted(**wanted))]
