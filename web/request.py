"""A request as views see it: decoded, bounded, with the account, the language and the route's checked values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO
from urllib.parse import parse_qsl

import orjson
from attrs import define, field
from twisted.web.http_headers import Headers

from config.translations import LANGUAGES, _
from crm.accounts import Account
from web.errors import BodyUnreadable, ContentTypeRefused
from web.sessions import Session

FIELDS = 2000
"""A query or form with more fields than this is refused."""

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@define(kw_only=True)
class Request:
    """One request.

    `query`: the address's query, last value of each name. `asked` and `given`: the query and the body as checked
    against the route's `asks` and `takes`. `account` is None when nobody is logged in. `at`: when it came, UTC epoch
    seconds. `behind`: the administrator who looks with the eyes of `account`. `scopes`: what the bearer token may do, `until`: when it runs out.
    `address`: the client's IP address. `htmx`: htmx asks for a fragment, not for a whole page.
    """

    method: str
    path: str
    address: str
    at: float
    language: str
    headers: Headers = field(factory=Headers)
    cookies: Mapping[str, str] = field(factory=dict)
    query: dict[str, str] = field(factory=dict)
    raw_query: str = ""
    content: BinaryIO | None = None
    host: str = ""
    secure: bool = False
    loopback: bool = False
    account: Account | None = None
    session: Session | None = None
    bearer: bool = False
    until: float = 0.0
    behind: Account | None = None
    scopes: tuple[str, ...] = ()
    asked: dict[str, Any] = field(factory=dict)
    given: dict[str, Any] = field(factory=dict)
    _form: dict[str, str] | None = None

    @property
    def user(self) -> Account:
        """The account, on routes that nobody reaches without one."""
        assert self.account is not None
        return self.account

    @property
    def htmx(self) -> bool:
        """Whether htmx asks: answer with the page's fragment. Going back in history wants the whole page."""
        return self.header("HX-Request") == "true" and self.header("HX-History-Restore-Request") != "true"

    def header(self, name: str) -> str:
        """A header's (first) value; "" when it is not there."""
        values = self.headers.getRawHeaders(name)
        return values[0] if values else ""

    @property
    def content_type(self) -> str:
        """The body's media type in lower case, without parameters."""
        return self.header("Content-Type").partition(";")[0].strip().lower()

    def body(self) -> bytes:
        """The whole body; it is bounded by the route's limit."""
        if self.content is None:
            return b""
        self.content.seek(0)
        return self.content.read()

    def form(self) -> dict[str, str]:
        """The fields of a form as typed, last value of each name; ContentTypeRefused when it is not a form."""
        if self._form is None:
            self._form = self._read_form()
        return self._form

    def _read_form(self) -> dict[str, str]:
        body = self.body()
        if not body:
            return {}
        if self.content_type != FORM:
            raise ContentTypeRefused(expected=FORM, found=self.content_type or "?")
        return pairs(body.decode("utf-8", "replace"))

    def json(self) -> Any:
        """The body as JSON; {} when there is none."""
        body = self.body()
        if not body:
            return {}
        if self.content_type != JSON:
            raise ContentTypeRefused(expected=JSON, found=self.content_type or "?")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            raise BodyUnreadable(expected="JSON") from None

    def whole(self, name: str, default: int, low: int = 1, high: int = 1_000_000) -> int:
        """A whole number of the query, forgiving: what is missing or wrong is `default`, what is too far is cut."""
        raw = self.query.get(name, "")
        return min(max(int(raw), low), high) if raw.isascii() and raw.isdigit() and len(raw) < 12 else default


def pairs(text: str) -> dict[str, str]:
    """The fields of an URL-encoded text; BodyUnreadable when there are more than `FIELDS`."""
    try:
        return dict(parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=FIELDS))
    except ValueError:
        raise BodyUnreadable(expected=_("a form")) from None


def language_of(account: Account | None, cookie: str, accepts: str, default: str) -> str:
    """The reader's language: their own setting, else the cookie of the switch, else the browser's wish, else `default`."""
    if account is not None and account.language in LANGUAGES:
        return account.language
    if cookie in LANGUAGES:
        return cookie
    wishes = (part.strip()[:2].lower() for part in accepts.split(",")[:10])
    return next((wish for wish in wishes if wish in LANGUAGES), default)
