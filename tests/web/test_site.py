"""The site: who gets in, what is refused and how it is said, limits, headers."""

from __future__ import annotations

from attrs import frozen

from config.database import Database
from config.database_errors import DatabaseAway
from config.translations import translate
from tests.web.building import COOKIE, building
from tests.web.memory import HOST
from web.csrf import csrf_token
from web.errors import FieldRefused
from web.permissions import ADMINISTRATORS, EVERYONE, SIGNED_IN
from web.request import Request
from web.response import Answer, Body, File, json, redirect
from web.routes import api, get, post
from web.shapes import text, whole


@frozen
class Views:
    file: object = None

    async def hello(self, request: Request) -> Answer:
        return Body(f"hello {request.account.username if request.account else 'nobody'} {request.language}".encode())

    async def number(self, request: Request, number: int) -> Answer:
        return json({"number": number})

    async def broken(self, request: Request) -> Answer:
        raise RuntimeError("secret detail")

    async def save(self, request: Request) -> Answer:
        return redirect("/hello", htmx=request.htmx)

    async def take(self, request: Request) -> Answer:
        return json(request.given)

    async def refuse(self, request: Request) -> Answer:
        raise FieldRefused("first_name", "a text of at most {longest} letters", longest=80)

    async def big(self, request: Request) -> Answer:
        return Body(b"a" * 50_000)

    async def sound(self, request: Request) -> Answer:
        return File(self.file, "audio/mpeg", name="گفتگو.mp3")


def routes(views: Views):
    return lambda _parts: [
        get("/hello", views.hello, allow=EVERYONE, summary=""),
        get("/inside", views.hello, allow=SIGNED_IN, summary=""),
        get("/office", views.hello, allow=ADMINISTRATORS, summary=""),
        get("/number/<int:number>", views.number, allow=EVERYONE, summary=""),
        get("/broken", views.broken, allow=EVERYONE, summary=""),
        api("GET", "/api/v1/broken", views.broken, allow=EVERYONE, summary=""),
        post("/save", views.save, allow=SIGNED_IN, summary=""),
        api("POST", "/api/v1/take", views.take, allow=SIGNED_IN, summary="", takes={"name": text(10), "age": whole(0, 150, need=False)}),
        get("/refuse", views.refuse, allow=EVERYONE, summary=""),
        get("/big", views.big, allow=EVERYONE, summary=""),
        get("/sound", views.sound, allow=EVERYONE, summary=""),
    ]


async def test_a_page_for_everyone_needs_no_session(tmp_path):
    """Anybody may read a public page, in the language the browser asks for."""
    async with building(tmp_path, routes(Views())) as house:
        reply = await house.browser().get("/hello", headers={"Accept-Language": "en-GB,en;q=0.9"})
        assert (reply.status, reply.text) == (200, "hello nobody en")
        assert (await house.browser().get("/hello")).text == "hello nobody fa"


async def test_a_page_for_people_sends_strangers_to_the_login_page(tmp_path):
    """Somebody who is not logged in is led to the log-in page and back afterwards."""
    async with building(tmp_path, routes(Views())) as house:
        reply = await house.browser().get("/inside?x=1")
        assert reply.status == 303
        assert reply.headers["Location"] == "/login?next=/inside%3Fx%3D1"


async def test_a_session_lets_in_and_roles_decide(tmp_path):
    """An agent reads agents' pages and not the administrator's."""
    async with building(tmp_path, routes(Views())) as house:
        browser = await house.logged_in("maryam")
        assert (await browser.get("/inside")).text == "hello maryam fa"
        assert (await browser.get("/office")).status == 403
        assert (await (await house.logged_in("admin")).get("/office")).status == 200


async def test_an_unused_session_ends(tmp_path):
    """After twelve hours without use one must log in again."""
    async with building(tmp_path, routes(Views())) as house:
        browser = await house.logged_in("maryam")
        house.clock.advance(11 * 3600)
        assert (await browser.get("/inside")).status == 200
        await house.sessions.stop()
        house.clock.advance(12 * 3600 + 1)
        assert (await browser.get("/inside")).status == 303


async def test_forms_need_the_sessions_token_and_our_origin(tmp_path):
    """A form of another site, or without its token, changes nothing."""
    async with building(tmp_path, routes(Views())) as house:
        browser = await house.logged_in("maryam")
        token = csrf_token(browser.cookies[COOKIE])
        assert (await browser.post("/save", form={})).status == 403
        assert (await browser.post("/save", form={"csrf": "0" * 16 + "." + "0" * 32})).status == 403
        assert (await browser.post("/save", form={"csrf": token})).status == 303
        assert (await browser.post("/save", headers={"X-CSRF-Token": token})).status == 303
        assert (await browser.post("/save", form={"csrf": token}, headers={"Origin": "https://evil.example"})).status == 403
        assert (await browser.post("/save", form={"csrf": token}, headers={"Origin": f"http://{HOST}"})).status == 303
        assert (await browser.post("/save", form={"csrf": token}, headers={"Sec-Fetch-Site": "cross-site"})).status == 403


async def test_a_bearer_token_needs_no_form_token(tmp_path):
    """Programs come with a token of their own and with the rights of its owner."""
    async with building(tmp_path, routes(Views())) as house:
        bearer = await house.bearer("maryam")
        reply = await house.browser().post("/api/v1/take", json={"name": "x"}, headers=bearer)
        assert (reply.status, reply.json()) == (200, {"name": "x", "age": None})
        assert (await house.browser().get("/office", headers=bearer)).status == 403
        assert (await house.browser().post("/api/v1/take", json={"name": "x"}, headers={"Authorization": "Bearer sb_wrong"})).status == 401


async def test_wrong_fields_are_named(tmp_path):
    """A wrong field is named, with what was expected."""
    async with building(tmp_path, routes(Views())) as house:
        bearer = await house.bearer("maryam")
        for body, code, name in (
            ({}, "field_refused", "name"),
            ({"name": "x", "age": 200}, "field_refused", "age"),
            ({"name": "x", "nmae": 1}, "field_unknown", "nmae"),
        ):
            reply = await house.browser().post("/api/v1/take", json=body, headers=bearer)
            assert reply.status == 422
            assert (reply.json()["error"]["code"], reply.json()["error"]["field"]) == (code, name)


async def test_what_is_not_json_is_refused(tmp_path):
    """Broken JSON, a list, or a form where JSON belongs are refused with a sentence."""
    async with building(tmp_path, routes(Views())) as house:
        bearer = await house.bearer("maryam")
        for body, kind, status in (
            (b"{", "application/json", 400),
            (b"[]", "application/json", 422),
            (b"name=x", "application/x-www-form-urlencoded", 415),
        ):
            reply = await house.browser().post("/api/v1/take", body=body, headers={**bearer, "Content-Type": kind})
            assert reply.status == status
            assert reply.json()["error"]["message"]


async def test_too_large_bodies_are_thrown_away_and_refused(tmp_path):
    """Neither an announced nor a chunked body can fill the memory."""
    async with building(tmp_path, routes(Views())) as house:
        browser = await house.logged_in("maryam")
        assert (await browser.post("/save", body=b"x" * 300_000)).status == 413
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        head = f"POST /save HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        assert (await browser.raw(head + chunk * 8 + b"0\r\n\r\n", "POST")).status == 413


async def test_a_fault_shows_a_number_and_nothing_else(tmp_path, caplog):
    """A fault of ours shows no traceback to people or programs; the log has it under the number shown."""
    async with building(tmp_path, routes(Views())) as house:
        reply = await house.browser().get("/broken")
        assert reply.status == 500
        assert "secret detail" not in reply.text
        error = (await house.browser().get("/api/v1/broken")).json()["error"]
        assert error["code"] == "internal_error"
        number = error["message"].rstrip(".").rpartition(" ")[2].strip("\u200e")
        assert any(number in record.getMessage() for record in caplog.records)


async def test_the_number_of_a_fault_is_found_in_the_log_as_the_persian_page_shows_it(tmp_path, caplog):
    """Its digits stay Latin and it stands left to right: nobody finds «۳c۴۴۸d۱۶» in a log."""
    async with building(tmp_path, routes(Views())) as house:
        page = (await house.browser().get("/broken", headers={"Accept-Language": "fa"})).text
        number = page.partition("شمارهٔ خطا: \u200e")[2].partition("\u200e")[0]
        assert number
        assert any(f"fault {number} " in record.getMessage() for record in caplog.records)


async def test_htmx_hears_of_a_refusal_without_losing_the_page(tmp_path):
    """What was typed stays: htmx gets an event with code and sentence, and swaps nothing."""
    async with building(tmp_path, routes(Views())) as house:
        reply = await house.browser().get("/refuse", headers={"HX-Request": "true"})
        assert (reply.status, reply.headers["HX-Reswap"]) == (422, "none")
        assert '"field": "first_name"' in reply.headers["HX-Trigger"]


async def test_refusals_speak_the_readers_language(tmp_path):
    """The same refusal in Persian and in English."""
    async with building(tmp_path, routes(Views())) as house:
        english = await house.browser().get("/nowhere", headers={"Accept-Language": "en"})
        assert english.status == 404
        assert "There is nothing at this address." in english.text
        persian = await house.browser().get("/nowhere")
        assert translate("fa", "There is nothing at this address.") in persian.text


async def test_a_database_that_is_away_before_one_is_known_is_told_as_everything_else(tmp_path, monkeypatch):
    """Who asks is read from the database: when it does not answer programs hear JSON, htmx an event, people a page in their language, and nobody is sent to log in."""

    def away(*_given: object) -> None:
        raise DatabaseAway(detail="refused")

    async with building(tmp_path, routes(Views())) as house:
        monkeypatch.setattr(Database, "lookup", away)
        program = await house.browser().get("/api/v1/broken", headers={"Authorization": f"Bearer sb_{'x' * 40}"})
        assert (program.status, program.json()["error"]["code"]) == (503, "database_away")
        browser = house.browser(cookies={COOKIE: "x" * 43, "language": "en"})
        page = await browser.get("/inside")
        assert (page.status, "does not answer" in page.text, 'href="/login"' in page.text) == (503, True, False)
        heard = await browser.get("/inside", headers={"HX-Request": "true"})
        assert "database_away" in heard.headers["HX-Trigger"]


async def test_every_answer_carries_the_safety_headers(tmp_path):
    """No sniffing, no framing, own files only, nothing kept in caches."""
    async with building(tmp_path, routes(Views())) as house:
        for path in ("/hello", "/nowhere", "/refuse"):
            headers = (await house.browser().get(path)).headers
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["X-Frame-Options"] == "DENY"
            assert headers["Cache-Control"] == "no-store"
        page_headers = (await house.browser().get("/nowhere")).headers
        assert "default-src 'none'" in page_headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in page_headers["Content-Security-Policy"]
        assert f"ws://{HOST}" in page_headers["Content-Security-Policy"]


async def test_texts_are_compressed_for_those_who_take_it(tmp_path):
    """Large texts go as gzip."""
    async with building(tmp_path, routes(Views())) as house:
        packed = await house.browser().get("/big", headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert len(packed.body) < 1000
        assert len((await house.browser().get("/big")).body) == 50_000


async def test_files_are_served_in_ranges(tmp_path):
    """A recording can be played from the middle."""
    sound = tmp_path / "sound.mp3"
    sound.write_bytes(bytes(range(256)) * 10)
    async with building(tmp_path, routes(Views(sound))) as house:
        whole_file = await house.browser().get("/sound")
        assert (whole_file.status, len(whole_file.body)) == (200, 2560)
        assert "filename*=UTF-8''" in whole_file.headers["Content-Disposition"]
        part = await house.browser().get("/sound", headers={"Range": "bytes=256-265"})
        assert (part.status, part.body) == (206, bytes(range(10)))
        sound.unlink()
        assert (await house.browser().get("/sound")).status == 404


async def test_head_and_wrong_methods(tmp_path):
    """HEAD answers without a body; a method that is not there is told which are."""
    async with building(tmp_path, routes(Views())) as house:
        head = await house.browser().ask("HEAD", "/big")
        assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", "50000")
        wrong = await house.browser().ask("DELETE", "/number/5")
        assert wrong.status == 405
        assert "GET" in wrong.headers["Allow"]
        assert (await house.browser().ask("BREW", "/number/5")).status == 405


async def test_path_values_are_typed(tmp_path):
    """A path that does not fit its type is nothing."""
    async with building(tmp_path, routes(Views())) as house:
        assert (await house.browser().get("/number/12")).json() == {"number": 12}
        for path in ("/number/x", "/number/-1", "/number/%00", "/number/%ff"):
            assert (await house.browser().get(path)).status == 404


async def test_errors_page_is_a_page(tmp_path):
    """People see a page with a way back, not a bare line."""
    async with building(tmp_path, routes(Views())) as house:
        reply = await house.browser().get("/nowhere")
        assert reply.headers["Content-Type"].startswith("text/html")
        assert "<html" in reply.text
        inside = await (await house.logged_in("maryam")).get("/nowhere")
        assert "<html" in inside.text
