"""The web site over everything else: every page and call of the API gets, by name, the services it asks for."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import attrs
from twisted.internet.endpoints import TCP4ServerEndpoint, TCP6ServerEndpoint
from twisted.internet.interfaces import IListeningPort

from config.loops import awaitable
from departments.ground import Ground
from departments.records import Records
from switchboard.asterisk.ports import must_be_free
from web.assets import Assets
from web.demo_callers import DemoNumbers
from web.demo_file import NUMBERS, write_demo
from web.live import Live
from web.menu import Menu
from web.reception import Reception
from web.render import Renderer
from web.routes import collect
from web.site import Site


def by_name(*departments: attrs.AttrsInstance) -> dict[str, object]:
    """Every service of these departments under its field's name.

    Raises:
        KeyError: Two departments call different things the same.
    """
    services: dict[str, object] = {}
    for department in departments:
        for field in attrs.fields(type(department)):
            if field.name in services:
                raise KeyError(field.name)
            services[field.name] = getattr(department, field.name)
    return services


async def open_site(
    ground: Ground, records: Records, live: Live, reception: Reception, services: dict[str, object], closing: AsyncExitStack
) -> None:  # fmt: skip
    """Pages, API and websockets, on the port of the settings."""
    settings = ground.settings
    network, site = settings.network, settings.site
    assets = Assets()
    await asyncio.to_thread(assets.warm)
    menu = Menu(records.catalogue, records.patterns, ground.database)
    shared = {
        "name_fa": site.name_fa,
        "name_en": site.name_en,
        "demo": settings.demo,
        "tiles": settings.map.tiles,
        "menu": menu.of,
        "pinned": menu.pinned,
    }
    demo_numbers = DemoNumbers([(number, title) for number, _name, title in NUMBERS]) if settings.demo else None
    more = {"names": shared, "timezone": site.timezone, "assets": assets, "demo_numbers": demo_numbers}
    server = Site(collect({**services, **more}), reception, Renderer(assets, site.timezone, shared))
    must_be_free(network.http, "pages and API", "SWITCHBOARD_HTTP")
    from twisted.internet import reactor

    endpoint = TCP6ServerEndpoint if ":" in network.http.host else TCP4ServerEndpoint
    port: IListeningPort = await awaitable(
        endpoint(reactor, network.http.port, interface=network.http.host).listen(server.factory)  # type: ignore[no-untyped-call]  # untyped in Twisted
    )
    closing.callback(live.stop)
    closing.push_async_callback(server.stop)
    closing.callback(port.stopListening)
    if settings.demo:
        await asyncio.to_thread(write_demo, settings, ground.key, records.accounts.all())
