"""The agent's console against a stand-in site: what is shown when, what is sent, and that nothing typed is lost."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser import scenes
from tests.browser.conftest import StandIn, settled
from tests.browser.visits import PHONE, Open

DOCK = "#dock"


def test_a_known_caller_is_shown_with_queue_wait_and_path(site: StandIn, open_page: Open) -> None:
    """Before answering the agent sees who calls, for which queue, how long they waited and which way they came."""
    page = settled(open_page("/desk"))
    site.tell(scenes.offer())
    card = page.locator(".call-card.ringing")
    for words in (
        "پشتیبانی",
        "مریم احمدی",
        "شرکت آریا صنعت",
        "منوی اصلی: ۲",
        "مشتریان طلایی",
        "ارسال پیش‌فاکتور",
        "استعلام قیمت پمپ مدل B250",
    ):
        expect(card).to_contain_text(words)
    expect(card.locator(".strong bdi")).to_have_text(re.compile("۰۰:۴[۰-۹]"))
    expect(page.locator("#say")).to_contain_text("تماس ورودی: مریم احمدی")


def test_a_pop_never_takes_the_focus(site: StandIn, open_page: Open) -> None:
    """An agent who is typing goes on typing when a call comes in, is answered and ends."""
    page = settled(open_page("/desk"))
    page.click("#q")
    page.keyboard.type("احم")
    for frame in (
        scenes.offer(),
        scenes.call(),
        {"type": "ended", "n": 9, "call": scenes.CALL, "status": "answered", "wrap_up_until": None},
    ):
        site.tell(frame)
        page.keyboard.type("د")
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#q")).to_have_value("احمددد")


def test_several_matches_are_chosen_by_digit(site: StandIn, open_page: Open) -> None:
    """Two customers with this number: key 2 chooses the second one."""
    page = settled(open_page("/desk"))
    site.tell(scenes.offer(scenes.card("maybe", scenes.party(), scenes.party(id=13, name="علی رضوی"))))
    expect(page.locator(DOCK)).to_contain_text("کدام مشتری؟")
    page.keyboard.press("Digit2")
    assert site.received("link")[-1] | {"id": 0} == {"id": 0, "do": "link", "call": scenes.CALL, "party": 13}


@pytest.mark.parametrize(("match", "marks"), [("exact", 0), ("maybe", 1)])
def test_several_customers_with_only_the_last_digits_are_marked_too(site: StandIn, open_page: Open, match: str, marks: int) -> None:
    """The question who it is says “maybe” when nobody has the whole number, and only then."""
    page = settled(open_page("/desk"))
    site.tell(scenes.offer(scenes.card(match, scenes.party(vip=False), scenes.party(id=13, name="علی رضوی", vip=False))))
    expect(page.locator(DOCK)).to_contain_text("کدام مشتری؟")
    expect(page.locator(".call-card .who .mark")).to_have_count(marks)


def test_a_maybe_match_is_marked_and_confirmed(site: StandIn, open_page: Open) -> None:
    """A match by the last digits only says “maybe” until the agent confirms it."""
    page = settled(open_page("/desk"))
    site.tell(scenes.call(scenes.card("maybe", scenes.party())))
    expect(page.locator(".call-card .mark").first).to_contain_text("شاید")
    page.get_by_role("button", name="بله، همین مشتری").click()
    expect(page.locator("#toasts")).to_contain_text("تماس به این مشتری پیوست")
    assert site.received("link")[-1]["party"] == 12


def test_an_unknown_caller_becomes_a_customer_in_one_step(site: StandIn, open_page: Open) -> None:
    """Two fields and a button, while talking; a refusal says why and keeps what was typed."""
    page = settled(open_page("/desk"))
    site.tell(scenes.call(scenes.card("none")))
    site.tell({"type": "refuse", "commands": {"create": {"code": "taken", "message": "این نام پذیرفته نشد.", "field": "last_name"}}})
    page.get_by_label("نام خانوادگی").fill("صادقی")
    page.get_by_label("نام", exact=True).fill("نگار")
    page.get_by_role("button", name="ذخیرهٔ مشتری").click()
    expect(page.locator(f"{DOCK} .error")).to_have_text("این نام پذیرفته نشد.")
    site.tell({"type": "refuse", "commands": {}})
    page.get_by_role("button", name="ذخیرهٔ مشتری").click()
    expect(page.locator("#toasts")).to_contain_text("مشتری ذخیره شد")
    expected = {"do": "create", "call": scenes.CALL, "kind": "person", "first_name": "نگار", "last_name": "صادقی", "company": ""}
    assert site.received("create")[-1].items() >= expected.items()


def test_an_unknown_caller_is_linked_to_an_existing_customer(site: StandIn, open_page: Open) -> None:
    """Search by name from the call card, and one click links the call."""
    page = settled(open_page("/desk"))
    site.tell(scenes.call(scenes.card("none")))
    page.get_by_text("پیوند به مشتری دیگر").click()
    page.get_by_label("جست‌وجوی مشتری").fill("آریا")
    page.get_by_role("button", name="شرکت آریا صنعت").click()
    expect(page.locator("#toasts")).to_contain_text("تماس به این مشتری پیوست")
    assert site.received("link")[-1]["party"] == 31


def test_a_reload_loses_nothing_that_was_written(site: StandIn, open_page: Open) -> None:
    """Note, result and promise come back with the page, while talking and at wrap-up, and finishing does not rub them out."""
    written = {"note": "قیمت پمپ را پرسید", "disposition": "order", "follow_up_at": scenes.iso(-86400)}
    ended = {"id": scenes.CALL, "card": scenes.card("exact", scenes.party()), "caller": "+989121234567", "written": written}
    wrapping = scenes.me(activity="wrap_up", call=scenes.CALL, until=scenes.iso(-60))
    site.tell(scenes.snapshot(me=wrapping, wrap_up=ended))
    page = settled(open_page("/desk"))
    expect(page.locator(".call-card.wrap-up .who")).to_contain_text("مریم احمدی")
    expect(page.get_by_label("یادداشت")).to_have_value("قیمت پمپ را پرسید")
    expect(page.locator('[data-code="order"]')).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Control+Shift+Enter")
    saved = site.received("wrap_up")[-1]
    assert (saved["note"], saved["disposition"]) == (written["note"], "order")
    assert saved["follow_up_at"][:16] == str(written["follow_up_at"])[:16]


def test_a_withheld_number_is_said_to_be_one(site: StandIn, open_page: Open) -> None:
    """No number: the card says so and offers no number to call back."""
    page = settled(open_page("/desk"))
    site.tell({**scenes.offer(scenes.card("withheld")), "caller": "", "number": ""})
    expect(page.locator(".call-card.ringing")).to_contain_text("شمارهٔ مخفی")
    expect(page.locator(".call-card.ringing a.dial")).to_have_count(0)


def test_hold_keypad_and_hang_up_by_keys_on_a_persian_keyboard(site: StandIn, open_page: Open) -> None:
    """The keys are places on the keyboard: they work whatever layout is on."""
    page = settled(open_page("/desk"))
    site.tell(scenes.call())
    expect(page.locator(".call-card")).to_contain_text("در گفت‌وگو")
    page.evaluate(
        "() => document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'ا', code: 'KeyH', ctrlKey: true, shiftKey: true, bubbles: true}))"
    )
    site.tell(scenes.call(held=True, status="held"))
    expect(page.locator(".call-card.held")).to_contain_text("نگه‌داشته")
    page.keyboard.press("Control+Shift+KeyH")
    page.keyboard.press("Control+Shift+KeyD")
    page.locator(f"{DOCK} .keypad").get_by_text("۵", exact=True).click()
    page.keyboard.press("Control+Shift+KeyE")
    expect(page.locator(f"{DOCK} output")).to_have_text("۵")
    commands = {name: site.received(name) for name in ("hold", "resume", "digits", "hang_up")}
    assert [len(found) for found in commands.values()] == [1, 1, 1, 1]
    assert commands["digits"][0]["digits"] == "5"


def test_a_note_is_saved_by_itself_and_survives_hold_and_wrap_up(site: StandIn, open_page: Open) -> None:
    """What is typed while talking is saved in the background, and is still there on hold and at wrap-up."""
    page = settled(open_page("/desk"))
    site.tell(scenes.call())
    page.get_by_label("یادداشت").fill("قیمت پمپ را پرسید")
    expect(page.locator(".saved-note")).to_contain_text("ذخیره شد")
    site.tell(scenes.call(held=True, status="held"))
    expect(page.get_by_label("یادداشت")).to_have_value("قیمت پمپ را پرسید")
    expect(page.get_by_label("یادداشت")).to_be_focused()
    site.tell({"type": "ended", "n": 9, "call": scenes.CALL, "status": "answered", "wrap_up_until": scenes.iso(-25)})
    expect(page.locator(".call-card.wrap-up")).to_be_visible()
    expect(page.get_by_label("یادداشت")).to_have_value("قیمت پمپ را پرسید")
    assert site.received("note")[-1]["text"] == "قیمت پمپ را پرسید"


def test_the_page_is_drawn_again_after_a_call_without_disturbing(site: StandIn, open_page: Open) -> None:
    """The desk shows the call that has just ended by itself; who writes the note at wrap-up is not interrupted."""
    page = settled(open_page("/desk"))
    site.tell(scenes.call())
    page.get_by_label("یادداشت").focus()
    page.evaluate("() => void (window.drawn = new Promise((done) => document.body.addEventListener('htmx:afterSettle', () => done())))")
    site.tell({"type": "ended", "n": 9, "call": scenes.CALL, "status": "answered", "wrap_up_until": scenes.iso(-25)})
    page.evaluate("() => window.drawn")
    page.keyboard.type("سلام")
    expect(page.get_by_label("یادداشت")).to_have_value("سلام")


def test_wrap_up_by_keys(site: StandIn, open_page: Open) -> None:
    """Result by digit, follow-up in one line, done by Enter: everything arrives before the wrap-up ends."""
    page = settled(open_page("/desk"))
    site.tell(scenes.call())
    site.tell({"type": "ended", "n": 9, "call": scenes.CALL, "status": "answered", "wrap_up_until": scenes.iso(-25)})
    expect(page.locator(".wrap-up [data-until] bdi")).to_have_text(re.compile("۰۰:[۰-۲][۰-۹]"))
    page.keyboard.press("Digit2")
    page.get_by_label("پیگیری", exact=True).fill("فردا ۱۰")
    expect(page.locator(".wrap-up .hint")).to_contain_text("۱۰:۰۰")
    page.keyboard.press("Control+Shift+Enter")
    assert site.received("end_wrap_up")[0]["call"] == scenes.CALL
    saved = site.received("wrap_up")[-1]
    assert saved["disposition"] == "follow_up"
    assert saved["follow_up_at"].endswith("06:30:00.000Z")


def test_status_is_changed_with_a_reason_and_shows_what_comes_next(site: StandIn, open_page: Open) -> None:
    """The menu offers the reasons for breaks; asked for during a call, it is shown as waiting."""
    page = settled(open_page("/desk"))
    page.click("#status summary")
    expect(page.locator('#status-choices [aria-checked="true"]')).to_have_text("آماده")
    page.get_by_role("menuitemradio", name="ناهار").click()
    site.tell({"type": "me", "n": 4, **scenes.me(activity="talking", call=scenes.CALL, pending={"intent": "on_break", "reason": "lunch"})})
    expect(page.locator("#status-now")).to_contain_text("در گفت‌وگو")
    expect(page.locator("#status-now .pending")).to_have_text("سپس ناهار")
    assert site.received("set_intent")[-1].items() >= {"intent": "on_break", "reason": "lunch"}.items()


def test_every_number_dials(site: StandIn, open_page: Open) -> None:
    """Clicking a number anywhere calls it; a refusal says why."""
    page = settled(open_page("/desk"))
    page.locator("#page a.dial").first.click()
    expect(page.locator("#toasts")).to_contain_text("ابتدا تلفن خودتان وصل می‌شود")
    assert site.received("dial")[-1]["number"] == "+989355550000"
    site.tell({"type": "refuse", "commands": {"dial": {"code": "number_not_allowed", "message": "شماره‌گیری ۰۰ مجاز نیست."}}})
    page.fill("#dial-number", "۰۰۹۸۷۶۵")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("شماره‌گیری ۰۰ مجاز نیست")
    assert site.received("dial")[-1]["number"] == "0098765"


def test_the_connection_comes_back_by_itself(site: StandIn, open_page: Open) -> None:
    """When the server goes for a moment the console says so, keeps what was typed, and catches up with the truth."""
    page = settled(open_page("/desk"))
    site.tell(scenes.call())
    page.get_by_label("یادداشت").fill("مهم")
    site.tell(scenes.snapshot(n=20, calls=[scenes.call(status="held", held=True)["call"]], me=scenes.me(activity="hold", call=scenes.CALL)))
    site.tell({"type": "cut"})
    expect(page.locator(".call-card.held")).to_be_visible()
    expect(page.locator("#status-now")).to_contain_text("نگه‌داشته")
    expect(page.get_by_label("یادداشت")).to_have_value("مهم")


def test_a_desk_phone_is_picked_up_by_hand(site: StandIn, open_page: Open) -> None:
    """An agent with a desk phone is told to pick it up; there is no button that could not keep its word."""
    page = settled(open_page("/desk", user="sara"))
    site.tell(scenes.offer())
    expect(page.locator(".call-card.ringing")).to_contain_text("گوشی رومیزی")
    expect(page.get_by_role("button", name="پاسخ")).to_have_count(0)
    page.keyboard.press("Control+Shift+KeyR")
    expect(page.locator("#mic-light")).to_have_count(0)
    assert site.received("reject")[-1]["call"] == scenes.CALL


def test_a_second_tab_says_where_the_phone_is(site: StandIn, open_page: Open) -> None:
    """One tab owns the telephone; the second says so, and can take it over."""
    first = settled(open_page("/desk"))
    second = first.context.new_page()
    second.goto(f"{site.url}/desk")
    expect(second.locator(DOCK)).to_contain_text("تلفن در زبانهٔ دیگری است")
    second.get_by_role("button", name="آوردن به اینجا").click()
    expect(first.locator(DOCK)).to_contain_text("تلفن در زبانهٔ دیگری است")
    expect(second.locator(DOCK)).not_to_contain_text("تلفن در زبانهٔ دیگری است")


def test_moving_between_pages_keeps_the_frame(site: StandIn, open_page: Open) -> None:
    """A call card and a note half typed stay while the agent looks at another page; back and forward work."""
    page = settled(open_page("/desk", user="nader"))
    site.tell(scenes.call())
    page.get_by_label("یادداشت").fill("در راه")
    page.locator("#places").get_by_text("تابلوی زنده").click()
    expect(page.locator("#wallboard")).to_be_visible()
    expect(page).to_have_title(re.compile("تابلوی زنده"))
    expect(page.locator('#places [aria-current="page"]')).to_have_text("تابلوی زنده")
    expect(page.get_by_label("یادداشت")).to_have_value("در راه")
    page.go_back()
    expect(page.locator("#page h1")).to_have_text("میز کار")
    expect(page.get_by_label("یادداشت")).to_have_value("در راه")


def test_the_second_of_two_links_wins(open_page: Open) -> None:
    """Whoever clicks two places quickly gets the second one, with its address."""
    page = settled(open_page("/desk", user="nader"))
    page.evaluate(
        "() => ['/desk', '/wallboard', '/desk', '/wallboard'].forEach((path) => document.querySelector(`#places a[href='${path}']`).click())"
    )
    expect(page.locator("#wallboard")).to_be_visible()
    expect(page).to_have_url(re.compile("/wallboard$"))


def test_the_wallboard_moves_without_reload(site: StandIn, open_page: Open) -> None:
    """Rows come, change and go; limits are said in colour, picture and word; the watcher asked for the board."""
    page = settled(open_page("/wallboard", user="nader"))
    site.tell({"type": "board", "n": 5, "changes": scenes.board()})
    expect(page.locator("#waiting tr")).to_have_count(3)
    expect(page.locator("#waiting tr").first).to_contain_text("مریم احمدی")
    expect(page.locator('[data-tile="longest"].bad')).to_contain_text("بیش از حد")
    expect(page.locator("#agents tr").first).to_contain_text("در گفت‌وگو")
    site.tell({"type": "board", "n": 6, "changes": [["call", "c1", None], ["agent", "sara", None]]})
    expect(page.locator("#waiting tr")).to_have_count(2)
    expect(page.locator("#agents tr")).to_have_count(3)
    assert site.received("subscribe")[-1]["board"] is True
    page.click("[data-big-screen]")
    expect(page.locator(".topbar")).to_be_hidden()


def test_english_is_left_to_right_and_complete(site: StandIn, open_page: Open) -> None:
    """The same console in English: mirrored, Latin digits, no Persian but the customer's own name."""
    page = settled(open_page("/desk", language="en"))
    site.tell(scenes.offer())
    expect(page.locator("html")).to_have_attribute("dir", "ltr")
    expect(page.locator(".call-card.ringing")).to_contain_text("Ringing · Support")
    expect(page.locator(".call-card.ringing a.dial")).to_have_text("0912 123 45 67")


def test_the_call_fits_a_phone(site: StandIn, open_page: Open) -> None:
    """At phone width nothing is wider than the screen, and the answer button is in sight."""
    page = settled(open_page("/desk", viewport=PHONE))
    site.tell(scenes.offer())
    button = page.get_by_role("button", name="پاسخ")
    expect(button).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 44


def test_the_headset_test_shows_the_level(site: StandIn, open_page: Open) -> None:
    """The dialog lists devices and the bar moves with the microphone."""
    page = settled(open_page("/desk"))
    page.locator(DOCK).get_by_role("button", name="هدست و آزمایش").click()
    page.wait_for_function("() => Number(document.querySelector('#devices .meter').getAttribute('aria-valuenow')) > 20")
    page.keyboard.press("Escape")
    expect(page.locator("#devices")).to_be_hidden()


def test_search_as_one_types(open_page: Open) -> None:
    """Results come while typing; arrows walk them, Enter opens one inside the frame, Escape closes."""
    page = settled(open_page("/desk"))
    page.keyboard.press("/")
    page.keyboard.type("احم")
    expect(page.locator("#found")).to_contain_text("مریم احمدی")
    page.keyboard.press("Escape")
    expect(page.locator("#found")).to_be_empty()
    page.keyboard.type("د")
    expect(page.locator("#found li").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/desk\?found$"))
    expect(page.locator("#found")).to_be_empty()


def test_who_has_no_extension_has_no_phone(open_page: Open) -> None:
    """An administrator without an extension sees pages and the wallboard, and no telephone that could not ring."""
    page = open_page("/wallboard", user="admin")
    expect(page.locator("#tiles .tile")).to_have_count(6)
    expect(page.locator("#dock, #status, #phone-light")).to_have_count(0)


def test_keys_are_shown_and_can_be_changed(site: StandIn, open_page: Open) -> None:
    """`?` shows all keys; a letter is clicked and another pressed, and from then on that one works."""
    page = settled(open_page("/desk"))
    page.keyboard.press("?")
    page.get_by_role("button", name="تغییر کلید H").click()
    page.keyboard.press("KeyJ")
    page.keyboard.press("Escape")
    site.tell(scenes.call())
    expect(page.locator(".call-card")).to_be_visible()
    page.keyboard.press("Control+Shift+KeyJ")
    expect(page.locator('[aria-keyshortcuts="Control+Shift+J"]')).to_be_visible()
    assert len(site.received("hold")) == 1
