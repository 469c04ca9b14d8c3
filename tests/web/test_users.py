"""Users as the administrator keeps them: found, made, changed, helped at the door, looked through; by page and by program."""

from __future__ import annotations

import re

from attrs import evolve

from crm.login_rules import LoginRules
from crm.login_tables import reset_link
from crm.search_index import write_tokens
from crm.search_tokens import text_tokens
from crm.tables import party
from tests.web.building import COOKIE, PASSWORD
from tests.web.door import FAR, door, happened, knock, send, shown, step_of, with_telephone
from tests.web.schema import matches
from web.api_words import COMPONENTS
from web.sessions import hashed
from web.tables import session

FACTS = {"name": "زهرا نوری", "name_en": "Zahra Nouri", "role": "agent", "extension": "105", "device": "browser", "active": "1"}


def put_person(connection) -> int:
    """A person in the records."""
    found = connection.execute(party.insert().values(kind="person", name="زهرا نوری", created_at=0.0, updated_at=0.0)).inserted_primary_key[
        0
    ]
    write_tokens(connection, "party", found, text_tokens("زهرا نوری"))
    return found


def temporary(reply) -> str:
    return re.search(r'id="temporary">([^<]+)<', reply.text)[1]


async def test_a_new_user_logs_in_with_what_is_shown_once(tmp_path):
    """The temporary password stands on the page after saving and never again."""
    async with door(tmp_path) as house:
        admin = await house.logged_in("admin")
        assert (await admin.get("/users/new")).status == 200
        made = await send(admin, "/users/new", username="Zahra", **FACTS)
        assert made.status == 200
        password = temporary(made)
        assert password not in (await admin.get("/users/zahra")).text
        browser, asked = await knock(house, "zahra", password)
        assert (await send(browser, "/login/password", **step_of(asked), new="daria va kuh")).status == 303
        assert house.accounts.get("zahra").extension == "105"
        assert ("zahra", "created", "ok", "", "admin") in await happened(house)


async def test_what_cannot_be_is_said_at_its_field_and_nothing_is_lost(tmp_path):
    """A taken extension, a name with line breaks, a role with a telephone it cannot have."""
    async with door(tmp_path) as house:
        admin = await house.logged_in("admin")
        for field, wrong in (
            ("username", {"username": "مریم"}), ("username", {"username": "new"}), ("username", {"username": "maryam", "extension": ""}),
            ("extension", {"extension": "101"}), ("extension", {"extension": "12a"}), ("extension", {"role": "user"}), ("name", {"name": ""}),
            ("name", {"name": "a\r\nSet-Cookie: x=y"}), ("name", {"name": "زهرا \u202eadmin"}), ("role", {"role": "king"}), ("pattern", {"pattern": "nothing"}),
            ("party", {"party": "99"}), ("name_en", {"name_en": "x\u2066y"}),
        ):  # fmt: skip
            reply = await send(admin, "/users/new", **{"username": "zahra", **FACTS, **wrong})
            assert reply.status in (409, 422), (wrong, reply.status)
            assert f'href="#{field}"' in reply.text, wrong
            assert "Zahra Nouri" in reply.text or "name_en" in wrong
        assert house.accounts.get("zahra") is None
        script = await send(admin, "/users/new", **{"username": "zahra", **FACTS, "name": "<script>alert(1)</script>"})
        assert script.status == 200
        assert "<script>alert" not in (await admin.get("/users")).text


async def test_a_person_of_the_records_gets_a_log_in(tmp_path):
    """Found while typing, chosen, and the account points to the record."""
    async with door(tmp_path) as house:
        number = await house.database.write(put_person)
        admin = await house.logged_in("admin")
        found = await admin.get("/users/people?people=%D9%86%D9%88%D8%B1", headers={"HX-Request": "true"})
        assert f'name="choose" value="{number}"' in found.text
        form = await admin.get(f"/users/new?party={number}")
        assert 'value="زهرا نوری"' in form.text
        made = await send(admin, "/users/new", username="zahra", **{**FACTS, "party": str(number), "role": "user", "extension": ""})
        assert made.status == 200
        assert house.accounts.get("zahra").party == number


async def test_choosing_a_person_loses_nothing_that_was_typed(tmp_path):
    """The form comes back as it was, with the person in it, and nothing is saved before it is said; a record chosen is given up as easily."""
    async with door(tmp_path) as house:
        number = str(await house.database.write(put_person))
        admin = await house.logged_in("admin")
        chosen = await send(
            admin, "/users/new", **{**FACTS, "username": "zahra", "name": "", "role": "supervisor", "extension": "205", "choose": number}
        )
        assert chosen.status == 200
        for kept in (
            'value="zahra"',
            'value="205"',
            '<option value="supervisor" selected>',
            'value="زهرا نوری"',
            f'name="party" value="{number}"',
        ):
            assert kept in chosen.text
        assert house.accounts.get("zahra") is None
        other = await send(admin, "/users/maryam", **{**FACTS, "name": "مریم تازه", "choose": number})
        assert 'value="مریم تازه"' in other.text
        assert house.accounts.get("maryam").party is None
        none = await send(admin, "/users/maryam", **{**FACTS, "party": number, "choose": "0"})
        assert 'name="party" value=""' in none.text


async def test_a_refused_account_names_the_input_as_the_page_does(tmp_path):
    """No code of a column in a sentence for people."""
    async with door(tmp_path) as house:
        reply = await send(await house.logged_in("admin"), "/users/new", **{**FACTS, "username": "parisa!"})
        assert "«نام کاربری»" in reply.text or "“User name”" in reply.text
        assert "برای username" not in reply.text


async def test_the_list_is_searched_filtered_and_in_order(tmp_path):
    """By name in either script, by user name, extension, role and state."""
    async with door(tmp_path) as house:
        admin = await house.logged_in("admin")
        await with_telephone(house, "reza")
        await house.accounts.change(evolve(house.accounts.get("sara"), active=False))
        await house.accounts.lock("maryam", house.clock.now() + 900)

        async def names(query=""):
            return re.findall(r'<a href="/users/([a-z]+)">', (await admin.get(f"/users{query}")).text)

        assert sorted(await names()) == ["admin", "client", "maryam", "nader", "reza"]
        assert await names("?q=%D8%B1%D8%B6%D8%A7") == ["reza"]
        assert await names("?q=RE+102") == ["reza"]
        assert await names("?q=201") == ["nader"]
        assert await names("?role=supervisor") == ["nader"]
        assert await names("?state=closed") == ["sara"]
        assert await names("?state=locked") == ["maryam"]
        assert await names("?state=second_step") == ["reza"]
        assert await names("?q=zzz") == []
        assert (await admin.get("/users?role=king&state=x&page=-1")).status == 200


async def test_a_closed_account_is_out_at_once(tmp_path):
    """Session and token end with the save; opened again, the password still counts."""
    async with door(tmp_path) as house:
        admin, maryam = await house.logged_in("admin"), await house.logged_in("maryam")
        bearer = await house.bearer("maryam")
        facts = {"name": "مریم", "role": "agent", "extension": "101", "device": "browser"}
        assert (await send(admin, "/users/maryam", **facts)).status == 200
        assert house.accounts.get("maryam") is None
        assert (await maryam.get("/account")).status == 303
        assert (await house.browser().get("/api/v1/me", headers=bearer)).status == 401
        assert (await knock(house))[1].status == 401
        assert (await send(admin, "/users/maryam", **facts, active="1")).status == 200
        assert (await maryam.get("/account")).status == 303
        assert (await house.browser().get("/api/v1/me", headers=bearer)).status == 401
        assert (await knock(house))[1].status == 303
        assert [what for _who, what, *_rest in await happened(house, username="maryam")] == ["login", "opened", "login", "closed"]


async def test_the_last_administrator_stays(tmp_path):
    """Neither closed nor made something else, by page or program, until there is another."""
    async with door(tmp_path) as house:
        admin = await house.logged_in("admin")
        facts = {"name": "مدیر", "role": "administrator", "device": "browser"}
        assert (await send(admin, "/users/admin", **facts)).status == 409
        assert (await send(admin, "/users/admin", **{**facts, "role": "agent", "active": "1"})).status == 409
        headers = await house.bearer("admin")
        refused = await house.browser().ask("PUT", "/api/v1/users/admin", json={"name": "x", "role": "user"}, headers=headers)
        assert (refused.status, refused.json()["error"]["code"]) == (409, "last_administrator")
        await house.accounts.change(evolve(house.accounts.get("nader"), role="administrator"))
        assert (await send(admin, "/users/admin", **{**facts, "role": "agent", "active": "1"})).status == 200
        assert (await admin.get("/users")).status == 403


async def test_help_at_the_door(tmp_path):
    """Temporary password, second step off, lock-out ended, sessions and tokens ended: each stands in the history."""
    async with door(tmp_path) as house:
        admin, maryam = await house.logged_in("admin"), await house.logged_in("maryam")
        bearer = await house.bearer("maryam")
        await with_telephone(house)
        for _number in range(5):
            await knock(house, password="wrong", address=FAR)
        assert (await knock(house, address=FAR))[1].status == 429
        assert "/users/maryam/unlock" in (await admin.get("/users/maryam")).text
        assert (await send(admin, "/users/maryam/unlock")).status == 200
        assert (await knock(house, address=FAR))[1].status == 200
        assert (await send(admin, "/users/maryam/second-step/off")).status == 200
        assert (await knock(house, address=FAR))[1].status == 303
        assert (await send(admin, "/users/maryam/tokens/end")).status == 200
        assert (await house.browser().get("/api/v1/me", headers=bearer)).status == 401
        assert (await maryam.get("/account")).status == 200
        assert (await send(admin, "/users/maryam/sessions/end")).status == 200
        assert (await maryam.get("/account")).status == 303
        reset = await send(admin, "/users/maryam/password")
        assert (await knock(house))[1].status == 401
        assert 'action="/login/password"' in (await knock(house, password=temporary(reset)))[1].text
        whole = [what for _who, what, *_rest in await happened(house, username="maryam") if what != "login"]
        assert whole == ["reset", "sessions_ended", "token_ended", "second_step_off", "unlock"]
        for deed in ("password", "second-step/off"):
            assert (await send(admin, f"/users/admin/{deed}")).status == 403, "one's own door is guarded on one's own page"
        for name in ("nobody", "..", "x" * 100):
            for deed in ("password", "unlock", "second-step/off", "sessions/end", "tokens/end", "see-as"):
                assert (await send(admin, f"/users/{name}/{deed}")).status == 404


async def test_one_session_of_a_user_is_ended(tmp_path):
    """The forgotten computer, and not the one in use."""
    async with door(tmp_path) as house:
        admin, here = await house.logged_in("admin"), await house.logged_in("maryam")
        house.clock.advance(60)
        there = await house.logged_in("maryam")
        assert len(re.findall(r"/users/maryam/sessions/[0-9a-f]+/end", (await admin.get("/users/maryam")).text)) == 2
        await send(admin, f"/users/maryam/sessions/{hashed(there.cookies[COOKIE])[:16]}/end")
        assert ((await here.get("/account")).status, (await there.get("/account")).status) == (200, 303)
        await send(here, "/account/sessions/end")
        assert (await here.get("/account")).status == 200


async def test_the_administrator_looks_with_other_eyes_and_touches_nothing(tmp_path):
    """Marked on every page, read only, ended by one click, in the history; nothing secret is shown."""
    async with door(tmp_path) as house:
        admin = await house.logged_in("admin")
        assert (await send(admin, "/users/maryam/see-as")).headers["Location"] == "/"
        page = await admin.get("/account")
        assert 'class="seeing"' in page.text
        assert "maryam" in page.text
        assert 'id="dock"' not in page.text
        assert (await admin.get("/users")).status == 403
        for path, form in (
            ("/account/password", {"current": PASSWORD, "new": "daria va kuh"}), ("/account/tokens", {"name": "x"}), ("/account/second-step", {"current": PASSWORD}),
            ("/account/sessions/end", {}), ("/language", {"language": "en", "back": "/"}), ("/users/reza/see-as", {}),
        ):  # fmt: skip
            assert (await send(admin, path, **form)).status == 403, path
        assert house.accounts.get("maryam").language == ""
        assert (await send(admin, "/see-as/end")).headers["Location"] == "/users/maryam"
        assert (await admin.get("/users")).status == 200
        assert [what for _who, what, *_rest in await happened(house, username="maryam")] == ["see_as_ended", "see_as"]
        for refused in ("admin", "nobody"):
            assert (await send(admin, f"/users/{refused}/see-as")).status in (403, 404)


async def test_other_eyes_close_with_the_rights(tmp_path):
    """Who is no administrator any more, or looks at a closed account, sees their own again; nobody gets eyes by writing the table."""
    async with door(tmp_path) as house:
        await house.accounts.change(evolve(house.accounts.get("nader"), role="administrator"))
        nader = await house.logged_in("nader")
        await send(nader, "/users/maryam/see-as")
        await house.accounts.change(evolve(house.accounts.get("nader"), role="agent"))
        page = await nader.get("/account")
        assert 'class="seeing"' not in page.text
        assert "nader" in page.text
        maryam = await house.logged_in("maryam")
        await house.database.write(lambda connection: connection.execute(session.update().values(seeing="admin")))
        assert (await maryam.get("/users")).status == 403


async def test_the_history_of_the_door_is_read_page_by_page(tmp_path):
    """Everybody's, narrowed by person, kind, result and time; sixty lines are two pages."""
    async with door(tmp_path) as house:
        admin = await house.logged_in("admin")
        for number in range(60):
            await knock(house, "reza" if number % 2 else "maryam", address=f"192.0.2.{number}")
        await knock(house, "nobody-like-this", "x")
        first = await admin.get("/users/log")
        assert first.text.count("<tr>") == 51
        older = re.search(r'rel="next" href="([^"]+)"', first.text)[1].replace("&amp;", "&")
        assert (await admin.get(older)).text.count("<tr>") == 12
        assert (await admin.get("/users/log?user=reza&result=ok&what=login&since=today")).text.count("<tr>") == 31
        assert "nobody-like-this" not in first.text
        assert (await admin.get("/users/log?result=failed")).text.count("<tr>") == 2
        assert "192.0.2.58" in (await (await house.logged_in("maryam")).get("/account")).text


async def test_the_rules_are_the_administrators(tmp_path):
    """Length, life and who needs the second step; impossible ones are refused."""
    async with door(tmp_path) as house:
        admin = await house.logged_in("admin")
        saved = await send(admin, "/users/rules", shortest="12", password_days="180", second_step_agent="1")
        assert saved.status == 200
        assert house.accounts.rules == LoginRules(shortest=12, password_days=180, second_step=("agent",))
        await house.accounts.load()
        assert house.accounts.rules.shortest == 12
        for wrong in ({"shortest": "3"}, {"shortest": "999"}, {"password_days": "-1"}, {"shortest": "x"}):
            assert (await send(admin, "/users/rules", **{"shortest": "12", "password_days": "0", **wrong})).status == 422
        assert ("admin", "rules", "ok", "", "") in await happened(house)


async def test_programs_keep_users_too(tmp_path):
    """Made, read, changed, helped, closed: what comes is what openapi.json says."""
    async with door(tmp_path) as house:
        headers = await house.bearer("admin")

        async def ask(method, path, body=None, status=200):
            reply = await house.browser(address=FAR).ask(method, f"/api/v1{path}", json=body, headers=headers)
            assert reply.status == status, reply.text
            value = reply.json()
            if status < 400:
                route, _values = house.site._table.match(method, f"/api/v1{path.partition('?')[0]}")
                matches(value, route.gives, COMPONENTS)
            return value

        made = await ask("POST", "/users", {"username": "zahra", "name": "زهرا", "role": "agent", "extension": "105"}, 201)
        assert 'action="/login/password"' in (await knock(house, "zahra", made["temporary_password"]))[1].text
        own = await ask("POST", "/users", {"username": "mina", "name": "مینا", "role": "user", "password": "daria va kuh"}, 201)
        assert own["temporary_password"] is None
        assert own["must_change_password"] is False
        assert (await ask("GET", "/users?q=zahra"))["total"] == 1
        assert (await ask("GET", "/users/zahra"))["account"]["extension"] == "105"
        changed = await ask("PUT", "/users/zahra", {"name": "زهرا", "role": "supervisor"})
        assert (changed["account"]["role"], changed["account"]["extension"]) == ("supervisor", "")
        assert (await ask("GET", "/users/zahra/sessions"))["total"] == 0
        maryam = await house.logged_in("maryam")
        [begun] = (await ask("GET", "/users/maryam/sessions"))["items"]
        await ask("DELETE", f"/users/maryam/sessions/{begun['id']}")
        assert (await maryam.get("/account")).status == 303
        for method, path in (("POST", "unlock"), ("DELETE", "second-step"), ("DELETE", "sessions"), ("DELETE", "tokens")):
            await ask(method, f"/users/zahra/{path}")
        assert (await ask("POST", "/users/zahra/password"))["temporary_password"]
        assert (await ask("PUT", "/users/zahra", {"name": "زهرا", "role": "agent", "active": False}))["account"]["active"] is False
        assert (await ask("GET", "/logins?user=zahra&what=closed"))["total"] == 1
        assert (await ask("PUT", "/login-rules", {"shortest": 10, "password_days": 0, "second_step": ["administrator"]}))["shortest"] == 10
        assert (await ask("GET", "/login-rules"))["second_step"] == ["administrator"]
        for method, path, body, status in (
            ("GET", "/users/nobody", None, 404), ("PUT", "/users/nobody", {"name": "x", "role": "agent"}, 404), ("POST", "/users", {"username": "x"}, 422),
            ("POST", "/users", {"username": "zahra", "name": "x", "role": "agent"}, 409), ("POST", "/users", {"username": "weak", "name": "x", "role": "agent", "password": "12345678"}, 422),
            ("POST", "/users", {"username": "y", "name": "x", "role": "agent", "party": 999}, 422), ("PUT", "/login-rules", {"shortest": 2, "password_days": 0}, 422),
            ("PUT", "/login-rules", {"shortest": 10, "password_days": 0, "second_step": ["king"]}, 422), ("GET", "/logins?result=x", None, 422),
        ):  # fmt: skip
            assert (await ask(method, path, body, status))["error"]["code"]


async def test_a_telephone_lost_is_no_way_in_for_others(tmp_path):
    """After the second step is off, what the lost telephone shows opens nothing, and a new one is another."""
    async with door(tmp_path) as house:
        salt, _codes = await with_telephone(house)
        await send(await house.logged_in("admin"), "/users/maryam/second-step/off")
        new_salt, _more = await with_telephone(house)
        browser, asked = await knock(house)
        assert (await send(browser, "/login/code", **step_of(asked), code=shown(house, salt))).status == 401
        assert (await send(browser, "/login/code", **step_of(asked), code=shown(house, new_salt))).status == 303


def link_in(reply) -> str:
    return re.search(r'id="reset-link"[^>]*>http://[^/]+(/login/link/[^<]+)<', reply.text)[1]


async def link_of(house, username="maryam") -> str:
    """A log-in link as the administrator's page shows it."""
    return link_in(await send(await house.logged_in("admin"), f"/users/{username}/link"))


async def test_a_log_in_link_sets_a_new_password_once(tmp_path):
    """Shown once, kept as a hash; looked at it stays good; used it ends what was open, and is over."""
    async with door(tmp_path) as house:
        old, bearer = await house.logged_in("maryam"), await house.bearer("maryam")
        path = await link_of(house)
        token = path.rsplit("/", 1)[1]
        kept = await house.database.read(lambda connection: str(connection.execute(reset_link.select()).all()))
        assert token not in kept
        assert token not in (await (await house.logged_in("admin")).get("/users/maryam")).text
        assert (await old.get("/account")).status == 200, "nothing ends before the link is used"
        browser = house.browser(address=FAR)
        for _look in range(2):
            assert 'name="link"' in (await browser.get(path)).text
        weak = await send(browser, "/login/link", link=token, new="maryam")
        assert (weak.status, 'role="alert"' in weak.text, token in weak.text) == (422, True, True)
        assert (await send(browser, "/login/link", link=token, new=PASSWORD)).status == 422, "the last passwords are not taken"
        assert (await send(browser, "/login/link", link=token, new="daria va kuh")).status == 303
        assert (await browser.get("/account")).status == 200
        assert (await old.get("/account")).status == 303
        assert (await house.browser().get("/api/v1/me", headers=bearer)).status == 401
        for reply in (await browser.get(path), await send(house.browser(), "/login/link", link=token, new="kuh va daria")):
            assert (reply.status, 'action="/login"' in reply.text) == (410, True)
        assert (await knock(house, password="daria va kuh"))[1].status == 303
        assert (await happened(house, username="maryam"))[1:] == [
            ("maryam", "login", "ok", "reset_link", ""),
            ("maryam", "password", "ok", "reset_link", ""),
            ("maryam", "reset_link", "ok", "", "admin"),
        ]


async def test_a_log_in_link_is_over_by_time_by_another_and_by_the_password(tmp_path):
    """An hour, a newer link, a new password, a closed account: each ends it; a made-up one never was."""
    async with door(tmp_path) as house:

        async def status(path):
            return (await house.browser().get(path)).status

        first = await link_of(house)
        second = await link_of(house)
        assert [await status(one) for one in (first, second)] == [410, 200]
        await house.accounts.set_password("maryam", "another-1404")
        assert await status(second) == 410
        third = await link_of(house)
        house.clock.advance(3601)
        assert await status(third) == 410
        fourth = await link_of(house)
        await house.accounts.change(evolve(house.accounts.get("maryam"), active=False))
        assert await status(fourth) == 410
        for made_up in ("/login/link/x", "/login/link/" + "a" * 43, "/login/link/%E2%80%AE"):
            assert await status(made_up) == 410
        admin = await house.logged_in("admin")
        assert (await send(admin, "/users/admin/link")).status == 403, "one's own password is changed on one's own page"
        assert (await send(admin, "/users/maryam/link")).status == 404
        assert (await send(await house.logged_in("nader"), "/users/reza/link")).status == 403


async def test_a_log_in_link_does_not_replace_the_second_step(tmp_path):
    """Who has only the link has no telephone: the code is asked for, and a lock-out ends."""
    async with door(tmp_path) as house:
        salt, _codes = await with_telephone(house)
        await house.accounts.lock("maryam", house.clock.now() + 900)
        token = (await link_of(house)).rsplit("/", 1)[1]
        browser = house.browser(address=FAR)
        asked = await send(browser, "/login/link", link=token, new="daria va kuh")
        assert (asked.status, 'action="/login/code"' in asked.text, COOKIE in browser.cookies) == (200, True, False)
        assert (await send(browser, "/login/code", **step_of(asked), code=shown(house, salt))).status == 303
        assert (await happened(house, username="maryam"))[0][3] == "reset_link_code"
        assert house.accounts.standing("maryam").locked_until <= house.clock.now()


async def test_programs_make_log_in_links(tmp_path):
    """The address and until when it is good."""
    async with door(tmp_path) as house:
        reply = await house.browser().ask("POST", "/api/v1/users/maryam/link", headers=await house.bearer("admin"))
        assert reply.status == 200
        assert (await house.browser().get(reply.json()["url"].partition("8080")[2])).status == 200
        assert (await house.browser().ask("POST", "/api/v1/users/maryam/link", headers=await house.bearer("nader"))).status == 403
