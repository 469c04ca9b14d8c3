"""Logging in in steps: the code, the new password that is due, the telephone that is due; and the same for programs."""

from __future__ import annotations

import re

from crm.login_rules import LoginRules
from tests.web.building import COOKIE, PASSWORD
from tests.web.door import door, happened, knock, send, shown, step_of, with_telephone


async def test_the_password_alone_opens_nothing(tmp_path):
    """With the second step on there is no session before the code; then there is, and one comes where one wanted."""
    async with door(tmp_path) as house:
        salt, _codes = await with_telephone(house)
        browser = house.browser()
        asked = await browser.post("/login", form={"username": "maryam", "password": PASSWORD, "next": "/help"})
        assert asked.status == 200
        assert COOKIE not in browser.cookies
        assert (await browser.get("/account")).status == 303
        wrong = await send(browser, "/login/code", **step_of(asked), code="000000")
        assert wrong.status == 401
        assert 'role="alert"' in wrong.text
        inside = await send(browser, "/login/code", **step_of(wrong), code=shown(house, salt))
        assert (inside.status, inside.headers["Location"]) == (303, "/help")
        assert (await browser.get("/account")).status == 200
        assert await happened(house) == [("maryam", "login", "ok", "code", ""), ("maryam", "login", "wrong_code", "", "")]


async def test_a_step_is_worth_nothing_twice_or_late(tmp_path):
    """The step's name opens one log-in, for ten minutes."""
    async with door(tmp_path) as house:
        salt, codes = await with_telephone(house)
        browser, asked = await knock(house)
        assert (await send(browser, "/login/code", **step_of(asked), code=shown(house, salt))).status == 303
        house.clock.advance(60)
        again = await send(house.browser(), "/login/code", **step_of(asked), code=codes[0])
        assert (again.status, 'action="/login"' in again.text) == (401, True)
        late_browser, late = await knock(house)
        house.clock.advance(11 * 60)
        assert (await send(late_browser, "/login/code", **step_of(late), code=shown(house, salt))).status == 401
        for wrong in ("", "x" * 32, "../"):
            assert (await send(house.browser(), "/login/code", step=wrong, code=shown(house, salt))).status in (401, 422)


async def test_a_changed_password_ends_a_log_in_on_its_way(tmp_path):
    """Who knew only the old password does not come in with it, however far they were."""
    async with door(tmp_path) as house:
        salt, _codes = await with_telephone(house)
        browser, asked = await knock(house)
        await house.accounts.set_password("maryam", "another-1404")
        assert (await send(browser, "/login/code", **step_of(asked), code=shown(house, salt))).status == 401


async def test_a_temporary_password_must_be_changed_first(tmp_path):
    """It opens the form of the new one and nothing else; it is no good three days later."""
    async with door(tmp_path) as house:
        await house.accounts.set_password("maryam", "kuhe-sabz-77", temporary=True)
        browser, asked = await knock(house, password="kuhe-sabz-77")
        assert 'action="/login/password"' in asked.text
        assert COOKIE not in browser.cookies
        for weak in ("short", "password1", "maryam", PASSWORD.upper()[:4]):
            refused = await send(browser, "/login/password", **step_of(asked), new=weak)
            assert refused.status == 422
            assert 'role="alert"' in refused.text
        assert (await send(browser, "/login/password", **step_of(asked), new="daria va kuh")).status == 303
        assert (await browser.get("/account")).status == 200
        assert (await knock(house, password="kuhe-sabz-77"))[1].status == 401
        assert (await knock(house, password="daria va kuh"))[1].status == 303
        await house.accounts.set_password("reza", "kuhe-sabz-77", temporary=True)
        house.clock.advance(3 * 24 * 3600 + 1)
        assert (await knock(house, "reza", "kuhe-sabz-77"))[1].status == 401


async def test_old_passwords_run_out_and_are_not_taken_again(tmp_path):
    """Where the administrator set a life of 90 days."""
    async with door(tmp_path) as house:
        await house.accounts.set_password("maryam", "first-abc-xyz")
        await house.accounts.set_rules(LoginRules(password_days=90, shortest=10))
        house.clock.advance(91 * 24 * 3600)
        browser, asked = await knock(house, password="first-abc-xyz")
        assert 'action="/login/password"' in asked.text
        for used in ("first-abc-xyz", PASSWORD, "ninechars"):
            assert (await send(browser, "/login/password", **step_of(asked), new=used)).status == 422
        assert (await send(browser, "/login/password", **step_of(asked), new="second-abc-xyz")).status == 303
        for number in range(4):
            await house.accounts.set_password("maryam", f"later-abc-{number}-xyz")
        await house.accounts.set_password("maryam", "first-abc-xyz")


async def test_a_role_that_needs_it_sets_it_up_on_the_way_in(tmp_path):
    """Square, code, recovery codes, then in; a wrong first code shows the same square again."""
    async with door(tmp_path) as house:
        await house.accounts.set_rules(LoginRules(second_step=("administrator",)))
        browser, asked = await knock(house, "admin")
        assert 'action="/login/second-step"' in asked.text
        assert "data:image/svg+xml" in asked.text
        assert COOKIE not in browser.cookies
        given = step_of(asked)
        wrong = await send(browser, "/login/second-step", **given, code="000000")
        assert (wrong.status, step_of(wrong)["salt"]) == (401, given["salt"])
        done = await send(browser, "/login/second-step", **given, code=shown(house, given["salt"], "admin"))
        assert done.status == 200
        codes = re.findall(r"<li><code>([a-z0-9-]+)</code>", done.text)
        assert len(codes) == 10
        assert (await browser.get("/account")).status == 200
        assert (await knock(house, "maryam"))[1].status == 303
        again, code_asked = await knock(house, "admin")
        assert (await send(again, "/login/code", **step_of(code_asked), code=codes[3])).status == 303
        assert ("admin", "login", "ok", "recovery_code", "") in await happened(house)


async def test_everybody_may_set_it_up_and_turn_it_off(tmp_path):
    """On the own page, with the password once more; where the role needs it, it stays on."""
    async with door(tmp_path) as house:
        browser = await house.logged_in("maryam")
        assert (await send(browser, "/account/second-step", current="wrong")).status == 401
        begun = await send(browser, "/account/second-step", current=PASSWORD)
        salt = step_of(begun)["salt"]
        wrong = await send(browser, "/account/second-step/confirm", salt=salt, code="123456")
        assert (wrong.status, step_of(wrong)["salt"]) == (401, salt)
        assert (await send(browser, "/account/second-step/confirm", salt="x" * 22, code="123456")).status == 409
        done = await send(browser, "/account/second-step/confirm", salt=salt, code=shown(house, salt))
        assert len(re.findall(r"<li><code>", done.text)) == 10
        house.clock.advance(30)
        assert (await send(browser, "/account/second-step/codes", current=PASSWORD)).status == 401
        fresh = await send(browser, "/account/second-step/codes", current=PASSWORD, code=shown(house, salt))
        assert len(re.findall(r"<li><code>", fresh.text)) == 10
        await house.accounts.set_rules(LoginRules(second_step=("agent",)))
        assert (await send(browser, "/account/second-step/off", current=PASSWORD)).status == 403
        await house.accounts.set_rules(LoginRules())
        assert (await send(browser, "/account/second-step/off", current="wrong")).status == 401
        assert (await send(browser, "/account/second-step/off", current=PASSWORD, code="000000")).status == 401
        recovery = re.findall(r"<li><code>([a-z0-9-]+)</code>", fresh.text)[0]
        assert (await send(browser, "/account/second-step/off", current=PASSWORD, code=recovery)).status == 200
        assert (await knock(house))[1].status == 303
        assert [what for _who, what, *_rest in await happened(house, result="ok")] == [
            "login", "second_step_off", "recovery_codes", "second_step_on",
        ]  # fmt: skip


async def test_programs_send_the_code_with_the_password(tmp_path):
    """One request; without the code it is said what is missing, and what a person must do first is said too."""
    async with door(tmp_path) as house:
        salt, codes = await with_telephone(house)

        async def token(status, **body):
            reply = await house.browser().post("/api/v1/login", json={"username": "maryam", "password": PASSWORD, **body})
            assert reply.status == status, reply.text
            return reply.json() if status == 200 else reply.json()["error"]["code"]

        assert await token(401) == "code_needed"
        assert await token(401, code="000000") == "wrong_code"
        given = await token(200, code=shown(house, salt), scopes=["me:read"], days=7)
        assert given["scopes"] == ["me:read"]
        assert await token(401, code=shown(house, salt)) == "wrong_code"
        assert (await token(200, code=codes[0]))["scopes"] == ["*"]
        assert await token(422, code=codes[1], scopes=["everything"]) == "scope_refused"
        await house.accounts.set_rules(LoginRules(second_step=("agent",), password_days=1))
        house.clock.advance(2 * 24 * 3600)
        reply = await house.browser().post("/api/v1/login", json={"username": "reza", "password": PASSWORD})
        assert (reply.status, reply.json()["error"]["code"]) == (403, "log_in_unfinished")
        assert await token(403, code=shown(house, salt)) == "log_in_unfinished"
