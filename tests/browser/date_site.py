"""A form with every date and amount field, the real macros, modules (unbundled) and stylesheets; prints its port.

`/fa` and `/en`: the form. It is always Wednesday, 10 Ordibehesht 1404 (30 April 2025), three in the afternoon in Tehran. What the form sends
is answered as JSON. The headers are those of the product, its content security policy among them.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from twisted.web.http import Request
from twisted.web.resource import Resource
from twisted.web.server import Site
from twisted.web.static import Data, File

from config.translations import gather, translate
from tests.browser.player_site import Guarded
from tests.browser.site_process import run, serve
from web.api.dates import amount, meaning
from web.render import TEMPLATES, _filters

WEB = Path(__file__).resolve().parents[2] / "web"
NOW = datetime(2025, 4, 30, 15, 0, tzinfo=ZoneInfo("Asia/Tehran"))
FORM = """<!doctype html><html lang="{{ language }}" dir="{{ "rtl" if language == "fa" else "ltr" }}"><head><meta charset="utf-8"><title>Dates</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="/static/favicon.svg"><link rel="stylesheet" href="/static/app.css">
<script type="application/json" id="strings">{{ strings|tojson }}</script><script type="module" src="/start.js"></script></head>
<body>{% include "icons.svg" %}<main class="stack"><h1>{{ _("Calendar") }}</h1><form class="card stack" method="post" action="/sent"><div class="fields">
{% import "widgets_dates.html" as dates with context %}
{{ dates.date_field("born", "", _("Date")) }}
{{ dates.date_field("due", due, _("Due")) }}
{{ dates.date_time_field("later", "", _("Follow up"), ahead=true) }}
{{ dates.range_field("between", "", _("Between")) }}
{{ dates.money_field("amount", "", _("Amount")) }}
{{ dates.money_field("toman", "", _("Amount"), unit="toman") }}
{{ dates.date_field("wrong", "32/13", _("Date"), error=_("This was not understood. For example: 1404/02/15, 2025-05-05, tomorrow, in 3 days.")) }}
</div><div class="form-foot"><button class="button primary">{{ _("Save") }}</button></div></form></main></body></html>"""
START = """import { startAmounts } from "/static/amount.js";
import { startDatePicker } from "/static/datepicker.js";
import { startMeanings } from "/static/meanings.js";
startAmounts();
startMeanings();
startDatePicker();
"""


def page(language: str) -> bytes:
    jinja = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    jinja.filters.update(_filters("Asia/Tehran"))
    strings = {one: translate(language, one) for one in gather.sentences()}
    values = {"language": language, "_": lambda one, **more: translate(language, one, **more), "now": NOW.timestamp(), "strings": strings}
    return jinja.from_string(FORM).render(**values, due="۱۴۰۴/۰۲/۲۵" if language == "fa" else "2025-05-15").encode()


class Meanings(Resource):
    """What the product's addresses answer, in the language of the page that asks."""

    isLeaf = True  # noqa: N815 — Twisted's name

    def render_GET(self, request: Request) -> bytes:
        asked = {key.decode(): values[0].decode() for key, values in request.args.items()}
        language = "fa" if (request.getHeader("Referer") or "").endswith("/fa") else "en"
        if request.path.endswith(b"/amounts"):
            found = amount(asked["text"], asked["unit"], language)
        else:
            found = meaning(asked["text"], asked["as"], NOW, language, ahead="ahead" in asked)
        request.setHeader("Content-Type", "application/json")
        return json.dumps(
            {"understood": found.value is not None, "value": found.value, "typed": found.typed, "shown": found.shown}
        ).encode()


class Sent(Resource):
    """What the form sent."""

    isLeaf = True  # noqa: N815 — Twisted's name

    def render_POST(self, request: Request) -> bytes:
        return json.dumps({key.decode(): values[0].decode() for key, values in request.args.items()}).encode()


def site() -> Site:
    root = Resource()
    for language in ("fa", "en"):
        root.putChild(language.encode(), Data(page(language), "text/html; charset=utf-8"))
    static, styles = File(str(WEB / "static")), File(str(WEB / "static/css"))
    styles.putChild(b"vazirmatn", File(str(WEB / "node_modules/vazirmatn")))
    static.putChild(b"css", styles)
    root.putChild(b"static", static)
    root.putChild(b"start.js", Data(START.encode(), "text/javascript"))
    root.putChild(b"sent", Sent())
    root.putChild(b"api", Meanings())
    return Guarded(root)


async def main() -> None:
    await serve(site())


if __name__ == "__main__":
    run(main)
