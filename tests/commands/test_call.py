"""`switchboard call` speaks to the product's API as any script would."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from commands.main import main
from tests.phones.ports import free_port


class Api(BaseHTTPRequestHandler):
    """Logs in sara with the password "right", calls any number but 09."""

    asked: ClassVar[list[tuple[str, Any, str]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, body, self.headers.get("Authorization", "")))
        if self.path == "/api/v1/login" and body["password"] != "right":
            self.answer(401, {"error": {"code": "wrong_password", "message": "User name or password is wrong."}})
        elif self.path == "/api/v1/login":
            self.answer(200, {"token": "t-sara"})
        elif body["number"] == "09":
            self.answer(422, {"error": {"code": "dial_forbidden", "message": "Numbers that begin so may not be called."}})
        else:
            self.answer(201, {"id": "1795294095.0"})

    def answer(self, status: int, body: Any) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_words: Any) -> None:
        """Say nothing of it."""


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("SWITCHBOARD_TOKEN", raising=False)
    monkeypatch.setenv("SWITCHBOARD_PASSWORD", "right")
    Api.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_call_is_made_with_the_agents_own_rights(url: str, capsys: pytest.CaptureFixture[str]):
    """Logged in first, then one request with the token; the call's id is said."""
    assert main(["call", "0912 123 45 67", "--user", "sara", "--url", url]) == 0
    assert "1795294095.0" in capsys.readouterr().out
    assert Api.asked[1] == ("/api/v1/calls", {"number": "0912 123 45 67"}, "Bearer t-sara")


def test_a_token_needs_no_password(url: str, monkeypatch: pytest.MonkeyPatch):
    """Scripts carry a token."""
    monkeypatch.setenv("SWITCHBOARD_TOKEN", "t-script")
    assert main(["call", "02188776655", "--url", url]) == 0
    assert Api.asked == [("/api/v1/calls", {"number": "02188776655"}, "Bearer t-script")]


@pytest.mark.parametrize(("password", "number", "sentence"), [("wrong", "021", "wrong_password"), ("right", "09", "may not be called")])
def test_a_no_is_said_in_the_products_words(
    url: str, password: str, number: str, sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Wrong password, forbidden number: the API's own sentence, status 1."""
    monkeypatch.setenv("SWITCHBOARD_PASSWORD", password)
    assert main(["call", number, "--user", "sara", "--url", url]) == 1
    assert sentence in capsys.readouterr().err


def test_a_product_that_does_not_run_is_said(url: str, capsys: pytest.CaptureFixture[str]):
    """Address and reason, and where to look."""
    assert main(["call", "021", "--user", "sara", "--url", f"http://127.0.0.1:{free_port()}"]) == 1
    assert "does not answer" in capsys.readouterr().err
