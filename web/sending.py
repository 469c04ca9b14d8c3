"""Sends an answer: renders pages, compresses texts, streams files with Range, and adds the headers all answers carry."""

from __future__ import annotations

from email.utils import formatdate
from urllib.parse import quote

from twisted.python.filepath import FilePath
from twisted.web.static import File as RangedFile

from web.errors import NothingHere
from web.headers import ALWAYS, packed, policy
from web.render import Renderer
from web.request import Request
from web.response import HTML, Answer, Body, File, Header, Page, Upgrade
from web.wire import WireRequest


def send(answer: Answer, request: Request, wire: WireRequest, renderer: Renderer) -> None:
    """Send `answer`; raises NothingHere for a file that is not there, and what rendering raises, before anything was sent."""
    if isinstance(answer, Upgrade):
        wire.leave_http(answer.take_over)
    elif isinstance(answer, File):
        _send_file(answer, request, wire)
    elif isinstance(answer, Page):
        html = renderer.render(answer, request).encode("utf-8", "replace")
        _send_bytes(Body(html, HTML, status=answer.status, headers=answer.headers), request, wire, renderer.pictures)
    elif isinstance(answer, Body):
        _send_bytes(answer, request, wire)
    else:
        raise TypeError(f"a view answered with {type(answer).__name__}")


def _send_bytes(answer: Body, request: Request, wire: WireRequest, pictures: str = "") -> None:
    headers = _common(answer, request)
    body = answer.body
    if body or answer.status not in (204, 303, 304):
        headers.append(("Content-Type", answer.content_type))
    if answer.content_type == HTML:
        headers.append(policy(request.host, secure=request.secure, pictures=pictures))
    if not any(name == "Content-Encoding" for name, _value in headers):
        smaller = packed(body, answer.content_type, request.header("Accept-Encoding"))
        if smaller is not None:
            body = smaller
            headers.append(("Content-Encoding", "gzip"))
    wire.answer(answer.status, headers, body)


def _common(answer: Answer, request: Request) -> list[Header]:
    headers = [*answer.headers, *ALWAYS, ("Date", formatdate(request.at, usegmt=True))]
    named = {name for name, _value in answer.headers}
    if "Cache-Control" not in named:
        headers.append(("Cache-Control", "no-store"))
    if "Vary" not in named:
        headers.append(("Vary", "Cookie, Accept-Language, Accept-Encoding, HX-Request"))
    return headers


def _send_file(answer: File, request: Request, wire: WireRequest) -> None:
    if not answer.path.is_file():
        raise NothingHere
    if wire.gone:
        return
    for name, value in _common(answer, request):
        wire.responseHeaders.addRawHeader(name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
    if answer.name:
        disposition = f"attachment; filename=\"{plain_name(answer.name)}\"; filename*=UTF-8''{quote(answer.name, safe='')}"
        wire.responseHeaders.setRawHeaders("Content-Disposition", [disposition])
    file = RangedFile(str(FilePath(str(answer.path)).path))
    file.type, file.encoding = answer.content_type, None
    file.render(wire)


def plain_name(name: str) -> str:
    """A file's name for programs that understand ASCII only: «مشتریان.xlsx» → "file.xlsx"."""
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_" for letter in name)
    stem, dot, ending = plain.rpartition(".")
    return plain if any(letter.isalnum() for letter in stem or ending) else f"file{dot}{ending if dot else ''}"
