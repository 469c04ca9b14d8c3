"""The websocket of the consoles: who may come, what they are told and when, what they may ask, and what happens to who misbehaves."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from switchboard.events import AlarmRaised, PartyLinked, RecordingKept
from tests.web.building import COOKIE
from tests.web.shop import shop
from tests.web.sockets import MemorySocket
from web.consoles import OWN_ORDERS
from web.csrf import csrf_token
from web.doorkeeper import Doorkeeper
from web.live_words import path
from web.orders import ORDERS
from web.pages import login
from web.sessions import LONGEST_SECONDS
from web.tables import session

CALL = "1700000000.1"


async def test_a_console_gets_the_whole_truth_first(tmp_path):
    """The first thing a console hears is a snapshot: me, my calls, what rings, the queues."""
    async with shop(tmp_path) as room:
        room.telephony.at_work("maryam")
        console = await room.console("maryam")
        assert console.status == 101
        snapshot = await console.message("snapshot")
        assert snapshot["me"]["agent"] == "maryam"
        assert snapshot["me"]["intent"] == "available"
        assert snapshot["calls"] == snapshot["offers"] == []
        assert {row["name"]: row["title"] for row in snapshot["queues"]} == {
            "sales": {"fa": "فروش", "en": "Sales"},
            "support": {"fa": "پشتیبانی", "en": "Support"},
        }
        assert snapshot["break_reasons"][0]["title"] == {"fa": "ناهار", "en": "Lunch"}
        assert snapshot["dispositions"][0]["code"] == "order"
        assert "board" not in snapshot


async def test_the_pop_is_there_before_the_turn_is_over(tmp_path):
    """The offer, with the card inside, is written in the same turn in which the agent was chosen: before the phone can ring."""
    async with shop(tmp_path) as room:
        room.telephony.at_work("maryam")
        console = await room.console("maryam")
        await console.message("snapshot")
        room.telephony.arrive(CALL)
        offer = console.of("offer")[0]
        assert (offer["call"], offer["queue"], offer["queue_title"]["en"]) == (CALL, "sales", "Sales")
        assert (offer["caller"], offer["number"]) == ("09121234567", "+989121234567")
        assert offer["card"]["match"] == "none"
        assert offer["since"].endswith("Z")


async def test_only_the_agent_who_is_offered_sees_the_offer(tmp_path):
    """Nobody else's screen pops."""
    async with shop(tmp_path) as room:
        room.telephony.at_work("maryam")
        maryam, reza = await room.console("maryam"), await room.console("reza")
        room.telephony.arrive(CALL)
        assert maryam.of("offer")
        assert not reza.of("offer")


async def test_a_call_from_ring_to_wrap_up(tmp_path):
    """Offer, answer, hold, resume, hang-up and wrap-up reach the agent's console as they happen."""
    async with shop(tmp_path) as room:
        room.telephony.at_work("maryam")
        console = await room.console("maryam")
        room.telephony.arrive(CALL)
        room.telephony.answer(CALL)
        assert console.of("offer_ended")[0]["why"] == "answered"
        call = console.of("call")[-1]["call"]
        assert (call["status"], call["agent"], call["held"], call["muted"]) == ("talking", "maryam", False, False)
        assert (await console.ask("hold", call=CALL))["ok"]
        assert console.of("call")[-1]["call"]["held"]
        assert (await console.ask("resume", call=CALL))["ok"]
        assert not console.of("call")[-1]["call"]["held"]
        assert (await console.ask("mute", call=CALL, on=True))["ok"]
        assert console.of("call")[-1]["call"]["muted"]
        room.telephony.hang_up(CALL)
        ended = console.of("ended")[0]
        assert (ended["call"], ended["status"]) == (CALL, "answered")
        assert ended["wrap_up_until"] is not None
        room.clock.advance(0.1)
        assert console.of("me")[-1]["activity"] == "wrap_up"
        assert (await console.ask("end_wrap_up", call=CALL))["ok"]
        room.clock.advance(0.1)
        assert console.of("me")[-1]["activity"] == "idle"


async def test_the_recording_is_announced_to_who_talked(tmp_path):
    """When the recording is on its shelf, the agent's page can show it without a reload; nobody else hears of it."""
    async with shop(tmp_path) as room:
        room.telephony.at_work("maryam")
        maryam, reza = await room.console("maryam"), await room.console("reza")
        room.telephony.arrive(CALL)
        room.telephony.answer(CALL)
        room.telephony.bus.tell(RecordingKept(at=room.clock.now(), call=CALL, recording=4, seconds=61.5))
        assert [(one["call"], one["seconds"]) for one in maryam.of("recording")] == [(CALL, 61.5)]
        assert not reza.of("recording")


async def test_after_a_reconnect_the_snapshot_has_the_call(tmp_path):
    """The network drops in the middle of a talk: the next snapshot holds the call, and what rings."""
    async with shop(tmp_path) as room:
        room.telephony.at_work("maryam")
        console = await room.console("maryam")
        room.telephony.arrive(CALL)
        again = await room.console("maryam")
        assert (await again.message("snapshot"))["offers"][0]["call"] == CALL
        room.telephony.answer(CALL)
        console.cut()
        again.cut()
        third = await room.console("maryam")
        snapshot = await third.message("snapshot")
        assert [call["id"] for call in snapshot["calls"]] == [CALL]
        assert snapshot["offers"] == []
        assert snapshot["me"]["activity"] == "talking"


async def test_a_reload_keeps_what_was_written(tmp_path):
    """The page is reloaded while talking, and again at wrap-up: the note is there, and whose call it was."""
    async with shop(tmp_path) as room:
        room.telephony.at_work("maryam")
        console = await room.console("maryam")
        room.telephony.arrive(CALL)
        room.telephony.answer(CALL)
        assert (await console.ask("note", call=CALL, text="قیمت پمپ"))["ok"]
        talking = await (await room.console("maryam")).message("snapshot")
        assert talking["calls"][0]["written"]["note"] == "قیمت پمپ"
        assert talking["wrap_up"] is None
        room.telephony.hang_up(CALL)
        after = (await (await room.console("maryam")).message("snapshot"))["wrap_up"]
        assert (after["id"], after["caller"], after["written"]["note"]) == (CALL, "+989121234567", "قیمت پمپ")


def test_the_way_through_the_menu_is_told_in_words():
    """Agents read what the caller did in their own language, not the names of the flow's nodes."""
    steps = [{"node": "menu", "kind": "menu", "exit": way, "detail": ""} for way in ("1", "timeout", "invalid")]
    assert [one["fa"] for one in path(steps)] == ["کلید ۱ را زد", "کلیدی نزد", "کلید نامعتبر"]
    assert path(steps)[0]["en"] == "pressed 1"


async def test_numbers_of_frames_never_go_back(tmp_path):
    """Frames carry the number of the last event they know of, rising."""
    async with shop(tmp_path) as room:
        room.telephony.at_work("maryam")
        console = await room.console("maryam")
        room.telephony.arrive(CALL)
        room.telephony.answer(CALL)
        room.clock.advance(0.2)
        room.telephony.hang_up(CALL)
        room.clock.advance(0.2)
        numbers = [one["n"] for one in console.messages if "n" in one]
        assert numbers == sorted(numbers)
        assert len(numbers) > 5


async def test_a_customer_chosen_elsewhere_changes_the_card(tmp_path):
    """When somebody says who the caller is, the agent's card is sent anew."""
    async with shop(tmp_path) as room:
        room.telephony.at_work("maryam")
        console = await room.console("maryam")
        room.telephony.arrive(CALL)
        room.telephony.answer(CALL)
        before = len(console.of("call"))
        room.house.bus.tell(PartyLinked(at=room.clock.now(), call=CALL, party=12, user="maryam"))
        assert len(console.of("call")) == before + 1


async def test_states_are_gathered_for_a_tenth_of_a_second(tmp_path):
    """Twenty changes of the queues within 100 ms are one frame to each console."""
    async with shop(tmp_path) as room:
        console = await room.console("sara")
        await console.message("snapshot")
        for number in range(20):
            room.telephony.arrive(f"1700000000.{number + 10}", caller=f"0912000{number:04}")
        assert not console.of("queues")
        room.clock.advance(0.1)
        frames = console.of("queues")
        assert len(frames) == 1
        assert {row["name"]: row["waiting"] for row in frames[0]["rows"]}["sales"] == 20


async def test_strangers_are_told_to_log_in(tmp_path):
    """Without a session the socket opens only to be closed with 4401, so the browser knows why."""
    async with shop(tmp_path) as room:
        socket = await MemorySocket(room.house.site.factory, "/live").opened()
        assert await socket.closed() == 4401
        assert socket.messages == []
        forged = await MemorySocket(room.house.site.factory, "/live", cookies={COOKIE: "x" * 43}).opened()
        forged.send("ping")
        assert await forged.closed() == 4401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None, "http://127.0.0.1:9"])
async def test_other_sites_pages_may_not_open_it(tmp_path, origin):
    """A page of another site in the agent's browser gets nothing, though the cookie goes along."""
    async with shop(tmp_path) as room:
        browser = await room.house.logged_in("maryam")
        socket = await MemorySocket(room.house.site.factory, "/live", cookies=browser.cookies, headers={"Origin": origin}).opened()
        assert socket.status == 403


async def test_a_plain_request_is_told_what_it_takes(tmp_path):
    """Opened as a page it says that it is a websocket."""
    async with shop(tmp_path) as room:
        reply = await (await room.house.logged_in("maryam")).get("/live")
        assert (reply.status, reply.headers["Upgrade"]) == (426, "websocket")


async def test_logging_out_closes_the_sockets(tmp_path):
    """Log-out ends every websocket of the session and no other."""
    async with shop(tmp_path, modules=(login,)) as room:
        browser = await room.house.logged_in("maryam")
        mine = await MemorySocket(room.house.site.factory, "/live", cookies=browser.cookies).opened()
        other = await room.console("maryam")
        await browser.post("/logout", form={"csrf": csrf_token(browser.cookies[COOKIE])})
        assert await mine.closed() == 4401
        assert mine.of("logged_out")
        assert (await other.ask("ping"))["ok"]


async def test_a_session_that_runs_out_closes_its_socket(tmp_path):
    """An open console counts as use; a session past its longest life is noticed within half a minute, in the middle of work."""
    async with shop(tmp_path) as room:
        console = await room.console("maryam")
        room.clock.advance(13 * 3600)
        assert console.code is None
        begun = update(session).values(begun_at=room.clock.now() - LONGEST_SECONDS + 10)
        await room.house.database.write(lambda connection: connection.execute(begun))
        room.clock.advance(60)
        assert await console.closed() == 4401


async def test_a_closed_account_is_out_at_once(tmp_path):
    """The administrator closes an account: its consoles close, its sessions end."""
    async with shop(tmp_path) as room:
        keeper = Doorkeeper(room.house.bus, room.house.accounts, room.house.sessions, room.house.tokens, room.consoles)
        console = await room.console("reza")
        from attrs import evolve

        await room.house.accounts.change(evolve(room.house.accounts.get("reza"), active=False))
        assert await console.closed() == 4401
        await keeper.stop()


CALL_ORDERS = {
    "reject": {}, "hang_up": {}, "hold": {}, "resume": {}, "mute": {"on": True}, "digits": {"digits": "1"}, "note": {"text": "x"},
    "wrap_up": {"note": "x"}, "end_wrap_up": {}, "link": {"party": 1}, "create": {"last_name": "x"},
}  # fmt: skip


ABOUT_THE_SCREEN = {"seen"}
"""Says only that a card stands on one's own screen; for somebody else's call it means nothing."""


def test_every_order_about_a_call_is_in_the_matrix():
    """A new order about calls cannot be forgotten below."""
    assert {name for name, order in ORDERS.items() if "call" in order.fields} - ABOUT_THE_SCREEN == set(CALL_ORDERS)


@pytest.mark.parametrize("what", CALL_ORDERS)
async def test_a_message_for_somebody_elses_call_is_refused(tmp_path, what):
    """Reza cannot touch Maryam's call, whatever he asks."""
    async with shop(tmp_path) as room:
        room.telephony.at_work("maryam")
        reza = await room.console("reza")
        room.telephony.arrive(CALL)
        room.telephony.answer(CALL)
        answer = await reza.ask(what, call=CALL, **CALL_ORDERS[what])
        assert (answer["ok"], answer["error"]["code"]) == (False, "not_your_call")
        assert answer["error"]["message"]
        assert room.pen.said == []
        assert room.telephony.calls.get(CALL).state == "talking"


@pytest.mark.parametrize("what", CALL_ORDERS)
async def test_a_message_for_a_call_that_never_was_is_refused(tmp_path, what):
    """A made-up call is refused as well, with a sentence."""
    async with shop(tmp_path) as room:
        console = await room.console("maryam")
        answer = await console.ask(what, call="1.2", **CALL_ORDERS[what])
        assert answer["ok"] is False or what == "wrap_up"
        assert what == "wrap_up" or answer["error"]["code"] in ("no_such_call", "not_your_call")


async def test_the_last_agent_of_a_call_may_still_say_who_it_was(tmp_path):
    """After the hang-up the agent who had the call links it to a customer; another agent may not."""
    async with shop(tmp_path) as room:
        room.telephony.at_work("maryam")
        maryam, reza = await room.console("maryam"), await room.console("reza")
        room.telephony.arrive(CALL)
        room.telephony.answer(CALL)
        room.telephony.hang_up(CALL)
        assert (await reza.ask("link", call=CALL, party=12))["ok"] is False
        assert (await maryam.ask("link", call=CALL, party=12))["ok"]
        created = await maryam.ask("create", call=CALL, first_name="نگار", last_name="صادقی", company="آریا", kind="person")
        assert created["value"] == 301
        assert room.pen.said == [("link", CALL, 12, "maryam"), ("create", CALL, "نگار صادقی", "آریا", "maryam")]


async def test_wrap_up_is_read_with_its_moment(tmp_path):
    """Result, note and follow-up go to the timeline as they were typed."""
    async with shop(tmp_path) as room:
        room.telephony.at_work("maryam")
        console = await room.console("maryam")
        room.telephony.arrive(CALL)
        room.telephony.answer(CALL)
        room.telephony.hang_up(CALL)
        assert (await console.ask("wrap_up", call=CALL, disposition="order", note="سطر ۱\nسطر ۲", follow_up_at="2026-01-31T08:30:00Z"))[
            "ok"
        ]
        assert (await console.ask("wrap_up", call=CALL, disposition="", note="", follow_up_at=None))["ok"]
        assert room.pen.said[0] == ("wrap_up", CALL, "maryam", "order", "سطر ۱\nسطر ۲", 1769848200.0)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"", "body_unreadable"),
        (b"nonsense", "body_unreadable"),
        (b"[1,2]", "body_unreadable"),
        (b"null", "body_unreadable"),
        (b"\xff\xfe", None),
        (b'{"id":1}', "field_refused"),
        (b'{"id":1,"do":"format_disk"}', "field_refused"),
        (b'{"id":1,"do":["hold"]}', "field_refused"),
        (b'{"id":1,"do":"hold"}', "field_refused"),
        (b'{"id":1,"do":"hold","call":7}', "field_refused"),
        (b'{"id":1,"do":"hold","call":"1","more":1}', "field_unknown"),
        (b'{"id":1,"do":"hold","call":"a\\u0000b"}', "field_refused"),
        (b'{"id":1,"do":"digits","call":"1","digits":"12x"}', "field_refused"),
        (b'{"id":1,"do":"set_intent","intent":"asleep"}', "field_refused"),
        (b'{"id":1,"do":"mute","call":"1","on":"maybe"}', "field_refused"),
        (b'{"id":1,"do":"link","call":"1","party":-5}', "field_refused"),
        (b'{"id":1,"do":"wrap_up","call":"1","follow_up_at":1e300}', "field_refused"),
        (b'{"id":{"a":1},"do":"ping"}', None),
    ],
)
async def test_garbage_is_answered_and_harms_nobody(tmp_path, message, code):
    """Whatever comes, the console is told what was wrong and goes on; others notice nothing."""
    async with shop(tmp_path) as room:
        console, other = await room.console("maryam"), await room.console("reza")
        console.send_text(message)
        if message == b"\xff\xfe":
            assert await console.closed() == 1007
        elif code:
            result = await console.message("result")
            assert (result["ok"], result["error"]["code"]) == (False, code)
            assert (await console.ask("ping"))["ok"]
        assert (await other.ask("ping"))["ok"]


async def test_binary_and_endless_messages_are_refused(tmp_path):
    """Binary frames are answered as unreadable; a message too long closes the socket."""
    async with shop(tmp_path) as room:
        console = await room.console("maryam")
        console.send_binary(b"\x00\x01")
        assert (await console.message("result"))["error"]["code"] == "body_unreadable"
        console.send_text(b'{"id":1,"do":"note","call":"1","text":"' + b"x" * 70_000 + b'"}')
        assert await console.closed() == 1009


async def test_a_flood_is_refused_and_then_closed(tmp_path):
    """More than a person can press is answered with "too much"; a flood that goes on is closed."""
    async with shop(tmp_path) as room:
        console = await room.console("maryam")
        for _number in range(60):
            console.send("ping")
        results = console.of("result")
        assert sum(one["ok"] for one in results) == 40
        assert {one["error"]["code"] for one in results if not one["ok"]} == {"too_much"}
        room.clock.advance(1.0)
        assert (await console.ask("ping"))["ok"]
        for _number in range(600):
            console.send("ping")
        assert await console.closed() == 1008


async def test_the_second_tab_is_told(tmp_path):
    """A second tab says that it is one; the desk hears of the first and of the last only."""
    async with shop(tmp_path) as room:
        first = await room.console("maryam")
        second = await room.console("maryam")
        assert second.of("second_tab")
        assert not first.of("second_tab")
        assert (await first.ask("softphone", state="registered"))["ok"]
        assert (await second.ask("softphone", state="registered"))["ok"]
        assert first.of("second_tab")
        first.cut()
        await second.ask("tab", visible=True)
        assert room.desk.asked == [("console", "maryam", True)]
        second.cut()
        await (await room.console("reza")).ask("tab", visible=False)
        assert ("console", "maryam", False) in room.desk.asked


async def test_a_ninth_window_is_sent_away_without_logging_out(tmp_path):
    """Windows without end are refused with "try later", not with "log in"."""
    async with shop(tmp_path) as room:
        for _number in range(8):
            await room.console("maryam")
        assert await (await room.console("maryam")).closed() == 1013


async def test_the_board_is_for_supervisors(tmp_path):
    """An agent cannot subscribe to the board; a supervisor gets it whole, then its changes."""
    async with shop(tmp_path) as room:
        room.telephony.at_work("maryam")
        agent, boss = await room.console("maryam"), await room.console("nader")
        assert (await agent.ask("subscribe", board=True))["error"]["code"] == "not_allowed"
        await boss.message("snapshot")
        assert (await boss.ask("subscribe", board=True))["ok"]
        board = {(kind, name): row for kind, name, row in (await boss.message("snapshot"))["board"]}
        assert board["agent", "maryam"]["name"] == {"fa": "مریم", "en": "Maryam"}
        assert board["queue", "sales"]["agents"]["available"] == 1
        room.telephony.arrive(CALL)
        room.clock.advance(0.1)
        changes = {(kind, name): row for kind, name, row in boss.of("board")[0]["changes"]}
        assert changes["call", CALL]["state"] == "ringing"
        assert changes["agent", "maryam"]["activity"] == "ringing"
        room.telephony.hang_up(CALL)
        room.clock.advance(0.1)
        assert ["call", CALL, None] in boss.of("board")[-1]["changes"]
        assert (await boss.ask("subscribe", board=False))["ok"]
        room.telephony.arrive("1700000000.2")
        room.clock.advance(0.2)
        assert not [one for one in boss.of("board") if ["call", "1700000000.2"] in [change[:2] for change in one["changes"]]]


async def test_alarms_are_said_in_the_readers_language(tmp_path):
    """A full disk is told on every console at once, in words."""
    async with shop(tmp_path) as room:
        persian = await room.console("maryam")
        english = await room.console("reza", headers={"Accept-Language": "en"})
        room.house.bus.tell(AlarmRaised(at=room.clock.now(), code="disk_full", sentence="There is nothing at this address."))
        assert english.of("notice")[0]["message"] == "There is nothing at this address."
        assert persian.of("notice")[0]["code"] == "disk_full"


async def test_dialling_gives_the_calls_number(tmp_path):
    """Click-to-dial answers with the call that began."""
    async with shop(tmp_path) as room:
        console = await room.console("maryam")
        assert (await console.ask("dial", number="۰۹۱۲ ۱۲۳ ۴۵ ۶۷"))["value"] == "1700000000.99"
        room.telephony.calls.arrived(
            "1700000000.99", direction="outbound", caller="101", dialled="09121234567", agent="maryam", at=room.clock.now()
        )
        call = console.of("call")[0]["call"]
        assert (call["direction"], call["status"], call["dialled"]) == ("outbound", "arrived", "09121234567")


async def test_own_orders_are_documented():
    """The orders about the console itself are those the browser knows."""
    assert set(OWN_ORDERS) == {"ping", "tab", "softphone", "subscribe"}
