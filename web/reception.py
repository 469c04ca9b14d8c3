"""Who is asking: reads cookies, bearer token, language and address of a request from the wire."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes, urlsplit

from config.clock import Clock
from crm.accounts import Accounts
from web.permissions import is_loopback
from web.request import Request, language_of, pairs
from web.sessions import Session, Sessions
from web.tokens import Tokens
from web.wire import WireRequest

LANGUAGE_COOKIE = "language"
OWN_NAMES = ("localhost", "127.0.0.1", "[::1]")


class Reception:
    """Turns what came over the wire into a `Request`.

    `cookie` names the session cookie (it holds the port: browsers send cookies to every port of a host, and several
    copies run side by side). A reverse proxy on this machine is believed about the client's address only when
    `public_url` is set.
    """

    def __init__(
        self,
        sessions: Sessions,
        tokens: Tokens,
        accounts: Accounts,
        clock: Clock,
        *,
        cookie: str,
        public_url: str,
        language: str,
        proxied: bool,
    ) -> None:
        self._sessions = sessions
        self._tokens = tokens
        self._accounts = accounts
        self._clock = clock
        self.cookie = cookie
        self.public_url = public_url
        self._https = urlsplit(public_url).scheme == "https"
        self._language = language
        self._proxied = proxied

    def read(self, wire: WireRequest) -> Request:
        """The request as it came, of nobody yet: nothing can go wrong here, so that whatever does later is told in its way and language."""
        path, _mark, query = wire.uri.partition(b"?")
        cookies = {name.decode("latin-1"): value.decode("latin-1") for name, value in wire.received_cookies.items()}
        request = Request(
            method=wire.method.decode("latin-1"),
            path=unquote_to_bytes(path).decode("utf-8", "replace"),
            address=wire.peer(),
            at=self._clock.now(),
            language=self._language,
            headers=wire.requestHeaders,
            cookies=cookies,
            raw_query=query.decode("latin-1"),
            content=wire.content,
            secure=self._https or wire.isSecure(),
        )
        request.host = request.header("Host")
        self._place(request)
        self._speak(request)
        return request

    def identify(self, request: Request) -> None:
        """Put the account of its session or bearer token to the request; raises BodyUnreadable for an absurd query, and the database's troubles."""
        self._identify(request)
        self._speak(request)
        request.query = pairs(request.raw_query)

    def _speak(self, request: Request) -> None:
        cookie, accepted = request.cookies.get(LANGUAGE_COOKIE, ""), request.header("Accept-Language")
        request.language = language_of(request.account, cookie, accepted, self._language)

    def _place(self, request: Request) -> None:
        """The client's address; behind our own reverse proxy that is what the proxy says, and nobody is "this machine"."""
        forwarded = request.header("X-Forwarded-For")
        if is_loopback(request.address) and not forwarded and not request.header("Forwarded"):
            request.loopback = _host_name(request.host) in OWN_NAMES
        elif self._proxied and forwarded and is_loopback(request.address):
            request.address = forwarded.rpartition(",")[2].strip()[:60]

    def _identify(self, request: Request) -> None:
        kind, _space, secret = request.header("Authorization").partition(" ")
        if kind.lower() == "bearer":
            token = self._tokens.find(secret.strip())
            request.account = self._accounts.get(token.username) if token else None
            request.bearer = request.account is not None
            request.scopes = token.scopes if token else ()
            request.until = token.expires_at if token else 0.0
            return
        session = self.session(request)
        if session is not None:
            request.account = self._accounts.get(session.username)
            request.session = session if request.account is not None else None
            self._see(request, session.seeing)

    def _see(self, request: Request, username: str) -> None:
        """An administrator may look with somebody else's eyes."""
        seen = self._accounts.get(username) if username else None
        if seen is not None and request.account is not None and request.account.role == "administrator":
            request.behind, request.account = request.account, seen

    def session(self, request: Request) -> Session | None:
        """The live session of the request's cookie."""
        secret = request.cookies.get(self.cookie, "")
        return self._sessions.find(secret) if secret else None


def _host_name(host: str) -> str:
    """The name in a Host header, without its port: a page of a name that merely resolves to us is not this machine (DNS rebinding)."""
    name, colon, port = host.rpartition(":")
    return name.lower() if colon and port.isdigit() else host.lower()
