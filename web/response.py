"""What a view answers with: a page, JSON, bytes, a file, a redirect, or the taking over of the connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, Protocol

import orjson
from attrs import field, frozen
from twisted.internet.interfaces import ITransport

Header = tuple[str, str]

HTML = "text/html; charset=utf-8"
JSON = "application/json"
PLAIN = "text/plain; charset=utf-8"


@frozen(kw_only=True)
class Answer:
    """The part that all answers share."""

    status: int = 200
    headers: tuple[Header, ...] = ()


@frozen
class Body(Answer):
    """Bytes as they are."""

    body: bytes = b""
    content_type: str = PLAIN


@frozen
class Page(Answer):
    """A template with its values; the site adds the frame, the account, the language and the CSRF token.

    The template begins with `{% extends layout %}` and fills the blocks `title` and `page`; htmx gets these only.
    A template without `extends` is a fragment (search results, a table's next rows).
    """

    template: str
    values: Mapping[str, Any] = field(factory=dict)


@frozen
class File(Answer):
    """A file of the disk, with Range requests honoured. `name`: offered as a download under this name."""

    path: Path
    content_type: str
    name: str = ""


class TakeOver(Protocol):
    """What becomes of a connection that leaves HTTP: gets the transport and every byte that came so far, the request's included."""

    def __call__(self, transport: ITransport, received: bytes) -> None: ...


@frozen
class Upgrade(Answer):
    """The connection leaves HTTP (websocket)."""

    take_over: TakeOver


View = Callable[..., Any]


def page(template: str, *, status: int = 200, headers: tuple[Header, ...] = (), **values: Any) -> Page:
    """A page or fragment made of `template`."""
    return Page(template, values, status=status, headers=headers)


def json(value: Any, *, status: int = 200, headers: tuple[Header, ...] = ()) -> Body:
    """A JSON answer; attrs, dates and other kinds must be made plain before."""
    return Body(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS), JSON, status=status, headers=headers)


def redirect(url: str, *, headers: tuple[Header, ...] = (), htmx: bool = False) -> Body:
    """See `url` instead (after a form was taken). `url` is ours: a path. `htmx`: let htmx load it as a whole page."""
    return Body(status=204, headers=(("HX-Redirect", url), *headers)) if htmx else Body(status=303, headers=(("Location", url), *headers))


def own_path(url: str, default: str = "/") -> str:
    """`url` when it is a path on this site, else `default`: an address from outside must not lead people away."""
    safe = url.startswith("/") and not url.startswith(("//", "/\\")) and url.isascii() and url.isprintable()
    return url if safe and "\\" not in url else default


def cookie(name: str, value: str, *, seconds: int | None = None, secure: bool = False, readable: bool = False) -> Header:
    """A Set-Cookie header: SameSite=Lax, HttpOnly unless `readable`; `seconds` 0 removes it, None lasts as long as the browser."""
    jar: SimpleCookie = SimpleCookie()
    jar[name] = value
    morsel = jar[name]
    morsel["path"] = "/"
    morsel["samesite"] = "Lax"
    morsel["httponly"] = not readable
    morsel["secure"] = secure
    if seconds is not None:
        morsel["max-age"] = seconds
    return ("Set-Cookie", morsel.OutputString())
