"""Templates: Jinja2 with escaping always on, undefined names refused, and everything in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from config.translations import translate
from crm.fields.rich import safe_html
from web import filters
from web.assets import Assets
from web.csrf import csrf_token
from web.records.drawn import drawing
from web.records.shown import Value
from web.request import Request
from web.response import Page

TEMPLATES = Path(__file__).parent / "templates"
FRAME = "frame.html"
FRAGMENT = "fragment.html"
PLAIN = "plain.html"
"""The frame of pages that nobody needs to be logged in for."""

SENTENCES = "bundle/strings.json"
"""The English sentences of the browser's modules, collected when they are bundled."""


class Renderer:
    """Renders pages for a request.

    `shared` are values that every page may use as `shared` (the company's names, whether this is the demo).
    """

    def __init__(
        self, assets: Assets, timezone: str, shared: Mapping[str, object], templates: Path = TEMPLATES, *, reload: bool = False
    ) -> None:
        self._assets = assets
        self._strings: dict[tuple[str, str], dict[str, str]] = {}
        self._jinja = Environment(
            loader=FileSystemLoader(templates),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=reload,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=-1,
        )
        self.pictures = str(shared.get("tiles", ""))
        """The address of map tiles, whose host may give pictures."""
        self._jinja.globals.update(asset=assets.url, shared=dict(shared))
        self._jinja.filters.update(_filters(timezone))

    def render(self, page: Page, request: Request) -> str:
        """The HTML of `page` for `request`: whole, or only its blocks when htmx asks."""
        language = request.language
        values = {
            "_": partial(filters.translated, language),
            "layout": FRAGMENT if request.htmx else FRAME if request.account else PLAIN,
            "strings": self._sentences(language),
            "language": language,
            "direction": "rtl" if language == "fa" else "ltr",
            "account": request.account,
            "csrf": csrf_token(request.session.secret) if request.session else "",
            "request": request,
            "now": request.at,
            **page.values,
        }
        return self._jinja.get_template(page.template).render(values)

    def _sentences(self, language: str) -> dict[str, str]:
        """The sentences of the browser's modules in `language`."""
        source = self._assets.find(SENTENCES)
        if source is None:
            return {}
        key = (source.hash, language)
        if key not in self._strings:
            self._strings[key] = {one: said for one in json.loads(source.body) if (said := translate(language, one)) != one}
        return self._strings[key]


def _filters(timezone: str) -> dict[str, Callable[..., Any]]:
    """The filters by name, each taking language and time from the page's own values."""

    @pass_context
    def jalali(context: Context, at: float | None, form: str = "moment") -> str:
        return filters.jalali(at, context["language"], timezone, form)

    @pass_context
    def ago(context: Context, at: float | None) -> Markup:
        return filters.ago_element(at, context["now"], context["language"], timezone)

    def office_day(at: float) -> str:
        return filters.office_day(at, timezone)

    @pass_context
    def drawn(context: Context, one: Value) -> Markup:
        return Markup(drawing(one.field, one.showing, context.get("targets", {}))(one.value))  # noqa: S704  escaped there

    return {
        "drawn": drawn, "jalali": jalali, "ago": ago, "office_day": office_day, "json_value": _json_value, "safe_html": _safe_html,
        "digits": _spoken(filters.digits), "duration": _spoken(filters.duration), "money": _spoken(filters.money), "typed_amount": _spoken(filters.typed_amount),
        "bytes": _spoken(filters.file_size), "phone": _spoken(filters.phone), "bdi": _spoken(filters.bdi), "apart": _spoken(filters.apart),
    }  # fmt: skip


def _spoken(show: Callable[..., Any]) -> Callable[..., Any]:
    """A filter of the page's own values that asks for nothing but the reader's language: `show(value, language, …)`."""

    @pass_context
    def shown(context: Context, value: Any, *more: Any) -> Any:
        return show(value, context["language"], *more)

    return shown


def _safe_html(text: str) -> Markup:
    """Formatted text, made safe once more where it is shown."""
    return Markup(safe_html(text))  # noqa: S704 — nothing but what crm/fields/rich.py lets through


def _json_value(value: object) -> str:
    """JSON for a data-… attribute (escaped like any other text)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
