"""The route table: every address, who may use it, what it takes, and the functions that answer.

A module in web/pages/ or web/api/ gives its routes by a function `routes` whose parameters name the services it needs;
daemon.py's services are filled in by parameter name when the daemon starts, and a name that nobody provides stops the
start with a sentence. So a page is one file, and nothing else has to be told about it:

    '''The call list.'''

    @frozen
    class CallPages:
        database: Database

        async def list(self, request: Request) -> Answer:
            number = request.whole("page", 1)
            return page("calls.html", rows=await self.database.read(partial(calls_of, request.user.username, number)))

        async def note(self, request: Request, call: str) -> Answer:
            values = read(NOTE, request.form(), strict=False)           # FieldRefused → the form again, see below
            ...
            return redirect(f"/calls/{call}", htmx=request.htmx)

    def routes(database: Database) -> list[Route]:
        pages = CallPages(database)
        return [
            get("/calls", pages.list, allow=SIGNED_IN, summary="The call list"),
            post("/calls/<call>/note", pages.note, allow=SIGNED_IN, summary="Save the note of a call"),
        ]

* Views: `async def view(request: Request, **path values) -> Answer` (web/response.py: page, json, redirect, Body, File).
  Path converters are werkzeug's: `<call>`, `<int:party>`, `<path:name>`.
* `allow`: web/permissions.py (EVERYONE, WITH_ACCOUNT, SIGNED_IN, SUPERVISORS, ADMINISTRATORS…). Whose record it is, the view itself checks.
* Unsafe methods of cookie sessions need the CSRF token: `<input type="hidden" name="csrf" value="{{ csrf }}">`, or the header
  X-CSRF-Token (the frame sets it for htmx by `hx-headers`). Bearer tokens need none. The site checks Origin as well.
* API routes (`api`) declare `takes` (JSON body) and `asks` (query) as shapes (web/shapes.py): checked before the view runs
  and found in `request.given` / `request.asked`; both go into openapi.json. `gives` is the answer's JSON schema.
* Refusals (config/errors.py) may be raised anywhere: JSON for the API, a page for people, and for htmx an event
  `switchboard:refused` {code, message, field} with no swap, so that what was typed stays. A view that can show a form again
  with the error at its field catches the Refusal and answers `page(..., status=422, form=request.form(), refusal=refusal)`.
* Templates: `{% extends layout %}` + blocks `title` and `page`; values always there: `_` (gettext), `language`, `direction`
  ("rtl"/"ltr"), `account` (or none), `csrf`, `request`, `now`, `asset('app.css')`, `shared` (what `Renderer` was given);
  filters `jalali`, `ago`, `digits`, `duration`, `phone`, `money`, `bdi` (web/filters.py).
* The content security policy allows own files only: no inline script, no style="…" attributes, no on…= attributes.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import ModuleType
from typing import Any

from attrs import frozen
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, RequestRedirect, Rule

from web.errors import MethodRefused, NothingHere
from web.permissions import Permission
from web.response import View
from web.shapes import NOTHING, Shape

SAFE = ("GET", "HEAD", "OPTIONS")
USUAL_BODY = 256 * 1024
"""Bytes that a route takes unless it says otherwise."""

LARGEST_NUMBER = 2**63 - 1
"""No record has a larger one: the database could not even be asked for it."""


@frozen(kw_only=True, eq=False)
class Route:
    """One address and method. `kind`: "page" | "api" | "live" (websocket) | "file".

    `personal`: shows a secret of the person who asks, so not to the administrator who looks with their eyes.
    """

    method: str
    path: str
    view: View
    allow: Permission
    summary: str
    kind: str = "page"
    csrf: bool = True
    personal: bool = False
    takes: Shape = NOTHING
    asks: Shape = NOTHING
    body: Callable[[], Mapping[str, Any]] | None = None
    """The JSON schema of a body that the view reads itself (an object; its fields are only known when it is asked for)."""
    gives: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None = None
    gives_status: int = 200
    body_limit: int = USUAL_BODY
    content_type: str = "application/json"

    @property
    def unsafe(self) -> bool:
        """Whether the method changes something."""
        return self.method not in SAFE

    @property
    def name(self) -> str:
        """A stable name: "get /calls/<call>"."""
        return f"{self.method.lower()} {self.path}"


def get(path: str, view: View, *, allow: Permission, summary: str, kind: str = "page") -> Route:
    """A page (or file) that is read."""
    return Route(method="GET", path=path, view=view, allow=allow, summary=summary, kind=kind)


def post(path: str, view: View, *, allow: Permission, summary: str, csrf: bool = True, body_limit: int = USUAL_BODY) -> Route:
    """A form of a page."""
    return Route(method="POST", path=path, view=view, allow=allow, summary=summary, csrf=csrf, body_limit=body_limit)


def live(path: str, view: View, *, allow: Permission, summary: str) -> Route:
    """A websocket: the view answers with `Upgrade`. Origin is checked as for unsafe methods."""
    return Route(method="GET", path=path, view=view, allow=allow, summary=summary, kind="live")


def api(
    method: str,
    path: str,
    view: View,
    *,
    allow: Permission,
    summary: str,
    takes: Shape = NOTHING,
    asks: Shape = NOTHING,
    body: Callable[[], Mapping[str, Any]] | None = None,
    gives: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None = None,
    gives_status: int = 200,
    csrf: bool = True,
    body_limit: int = USUAL_BODY,
    personal: bool = False,
    content_type: str = "application/json",
) -> Route:
    """An address of the JSON interface."""
    return Route(
        method=method, path=path, view=view, allow=allow, summary=summary, kind="api", takes=takes, asks=asks, body=body, body_limit=body_limit,
        gives=gives, gives_status=gives_status, csrf=csrf, personal=personal, content_type=content_type,
    )  # fmt: skip


class RouteTable:
    """All routes; finds the one that answers."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        seen: set[str] = set()
        for route in self.routes:
            if route.name in seen:
                raise ValueError(f"two routes claim {route.name}")
            seen.add(route.name)
        rules = [Rule(one.path, methods=[one.method], endpoint=one) for one in self.routes]
        self._find = Map(rules, strict_slashes=False, merge_slashes=False, redirect_defaults=False).bind("").match

    def match(self, method: str, path: str) -> tuple[Route, dict[str, Any]]:
        """The route and the values in its path; NothingHere or MethodRefused."""
        try:
            route, values = self._find(path, method)
        except (NotFound, RequestRedirect):
            raise NothingHere from None
        except MethodNotAllowed as error:
            raise MethodRefused(method=method[:20], allowed=", ".join(sorted(error.valid_methods or ()))) from None
        assert isinstance(route, Route)
        if any(isinstance(value, int) and value > LARGEST_NUMBER for value in values.values()):
            raise NothingHere
        return route, dict(values)


def collect(services: Mapping[str, object]) -> RouteTable:
    """The routes of every module in web/pages and web/api, each given the services that its `routes` names.

    `every_route` is always there: a function that gives all routes once they are collected (for their description).
    Raises LookupError naming module and parameter when a service is not there.
    """
    found: list[Route] = []
    known = {**services, "every_route": lambda: tuple(found)}
    for module in modules("web.pages", "web.api"):
        found.extend(ask(module, known))
    return RouteTable(found)


def ask(module: ModuleType, services: Mapping[str, object]) -> list[Route]:
    """The routes of one module."""
    maker = getattr(module, "routes", None)
    if maker is None:
        raise LookupError(f"{module.__name__} has no function routes()")
    wanted = inspect.signature(maker).parameters
    missing = [name for name, one in wanted.items() if name not in services and one.default is inspect.Parameter.empty]
    if missing:
        raise LookupError(f"{module.__name__}.routes() asks for {', '.join(missing)}, which nobody provides")
    made: list[Route] = partial(maker, **{name: services[name] for name in wanted if name in services})()
    return made


def modules(*packages: str) -> Iterable[ModuleType]:
    """The modules in these packages, by name."""
    for package in packages:
        for one in pkgutil.iter_modules(importlib.import_module(package).__path__):
            if not one.name.startswith("_"):
                yield importlib.import_module(f"{package}.{one.name}")
