"""The fields for dates and amounts in Chromium: typed in any script, chosen by keyboard, in both directions of writing, with and without JavaScript."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.browser.site_process import started
from tests.browser.test_axe import faults
from tests.browser.visits import PHONE, WIDE


@pytest.fixture(scope="module")
def date_site() -> Iterator[str]:
    with started("date_site") as running:
        yield running.url


@pytest.fixture
def form(browser: Browser, date_site: str) -> Iterator[Page]:
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.goto(f"{date_site}/fa")
    expect(page.locator("html[data-script]")).to_be_attached()
    yield page
    context.close()


def typed(page: Page, name: str, text: str) -> tuple[Locator, Locator]:
    """Type into a field and leave it; the field and what stands below it."""
    field = page.locator(f"#{name}")
    field.fill(text)
    field.press("Tab")
    return field, page.locator(f"#{name}-meaning")


def opened(page: Page, name: str) -> Locator:
    """The picker of a field."""
    page.locator(f"#{name}").press("Alt+ArrowDown")
    picker = page.locator("dialog.date-picker[open]")
    expect(picker).to_be_visible()
    return picker


def focused(page: Page) -> str:
    """What the screen reader says of the day that has the focus."""
    return page.evaluate("document.activeElement.getAttribute('aria-label')") or ""


def test_what_is_typed_is_shown_in_full(form: Page) -> None:
    """Tomorrow becomes a date with its weekday; nonsense is told with examples and stays in the field."""
    field, meaning = typed(form, "born", "فردا")
    expect(field).to_have_value("۱۴۰۴/۰۲/۱۱")
    expect(meaning).to_have_text("پنج‌شنبه ۱۱ اردیبهشت ۱۴۰۴ · ۱ مه ۲۰۲۵")
    field, meaning = typed(form, "born", "سی و دوم تیر")
    expect(meaning).to_contain_text("فهمیده نشد")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("سی و دوم تیر")
    field, _meaning = typed(form, "later", "2025-05-01 14:30")
    expect(field).to_have_value("۱۴۰۴/۰۲/۱۱ ۱۴:۳۰")
    field, meaning = typed(form, "between", "این ماه")
    expect(field).to_have_value("۱۴۰۴/۰۲/۰۱ تا ۱۴۰۴/۰۲/۳۱")
    expect(meaning).to_contain_text("۳۱ روز")


def test_a_date_is_chosen_by_keyboard(form: Page) -> None:
    """Arrows follow the writing, Page keys turn months and years, Home and End the week, Enter chooses, Escape leaves all as it was."""
    opened(form, "due")
    assert focused(form) == "پنج‌شنبه ۲۵ اردیبهشت ۱۴۰۴"
    for key, day in (
        ("ArrowLeft", "جمعه ۲۶ اردیبهشت ۱۴۰۴"), ("ArrowRight", "پنج‌شنبه ۲۵ اردیبهشت ۱۴۰۴"), ("ArrowDown", "پنج‌شنبه ۱ خرداد ۱۴۰۴"),
        ("ArrowUp", "پنج‌شنبه ۲۵ اردیبهشت ۱۴۰۴"), ("Home", "شنبه ۲۰ اردیبهشت ۱۴۰۴"), ("End", "جمعه ۲۶ اردیبهشت ۱۴۰۴"), ("PageDown", "دوشنبه ۲۶ خرداد ۱۴۰۴"),
        ("PageUp", "جمعه ۲۶ اردیبهشت ۱۴۰۴"), ("Shift+PageDown", "شنبه ۲۶ اردیبهشت ۱۴۰۵"), ("Shift+PageUp", "جمعه ۲۶ اردیبهشت ۱۴۰۴"),
    ):  # fmt: skip
        form.keyboard.press(key)
        assert focused(form) == day, key
    form.keyboard.press("Escape")
    expect(form.locator("dialog.date-picker")).not_to_be_visible()
    expect(form.locator("#due")).to_have_value("۱۴۰۴/۰۲/۲۵")
    expect(form.locator("#due")).to_be_focused()
    opened(form, "due")
    form.keyboard.press("ArrowDown")
    form.keyboard.press("Enter")
    expect(form.locator("#due")).to_have_value("۱۴۰۴/۰۳/۰۱")
    expect(form.locator("#due-meaning")).to_contain_text("۲۲ مه ۲۰۲۵")


def test_the_page_stays_in_reach(form: Page) -> None:
    """The calendar stops nothing: a click beside it closes it and does what it is for, and so do the keys of a call."""
    picker = opened(form, "due")
    form.locator("#amount").click()
    expect(picker).not_to_be_visible()
    expect(form.locator("#amount")).to_be_focused()
    picker = opened(form, "due")
    form.keyboard.press("Control+Shift+KeyA")
    expect(picker).not_to_be_visible()


def test_the_other_calendar_is_one_switch_away(form: Page) -> None:
    """The same day in Gregorian; a birth year is typed, not searched for; what is chosen is shown in both calendars."""
    picker = opened(form, "due")
    picker.get_by_role("button", name="میلادی").click()
    expect(picker.get_by_role("gridcell", selected=True)).to_have_attribute("aria-label", "پنج‌شنبه ۱۵ مه ۲۰۲۵")
    picker.get_by_label("سال").fill("۱۹۷۱")
    picker.get_by_label("سال").press("Enter")
    assert focused(form) == "شنبه ۱۵ مه ۱۹۷۱"
    form.keyboard.press("Enter")
    expect(form.locator("#due")).to_have_value("۱۳۵۰/۰۲/۲۵")
    expect(form.locator("#due-meaning")).to_contain_text("۱۵ مه ۱۹۷۱")


def test_spans_and_moments_are_chosen(form: Page) -> None:
    """First and last day in either order, shortcuts, and the time of day beside the days."""
    picker = opened(form, "between")
    picker.get_by_role("gridcell", name="چهارشنبه ۱۷ اردیبهشت ۱۴۰۴").click()
    expect(picker.get_by_role("status")).to_contain_text("روز پایان")
    picker.get_by_role("gridcell", name="شنبه ۱۳ اردیبهشت ۱۴۰۴", exact=True).click()
    expect(form.locator("#between")).to_have_value("۱۴۰۴/۰۲/۱۳ تا ۱۴۰۴/۰۲/۱۷")
    opened(form, "between").get_by_role("button", name="ماه گذشته").click()
    expect(form.locator("#between")).to_have_value("۱۴۰۴/۰۱/۰۱ تا ۱۴۰۴/۰۱/۳۱")
    picker = opened(form, "later")
    picker.locator("[name=time]").fill("۱۶:۴۵")
    picker.get_by_role("button", name="فردا").click()
    expect(form.locator("#later")).to_have_value("۱۴۰۴/۰۲/۱۱ ۱۶:۴۵")
    opened(form, "later").get_by_role("button", name="پاک کردن").click()
    expect(form.locator("#later")).to_have_value("")
    expect(form.locator("#later-meaning")).to_have_text("")


def test_amounts_are_separated_while_typed_and_sent_plain(form: Page) -> None:
    """Thousands stand apart, the words say how much it is, the cursor stays, and the form sends ASCII digits."""
    amount = form.locator("#amount")
    amount.press_sequentially("1250000")
    expect(amount).to_have_value("۱٬۲۵۰٬۰۰۰")
    expect(form.locator("#amount-meaning")).to_have_text("۱۲۵٬۰۰۰ تومان · صد و بیست و پنج هزار تومان")
    amount.evaluate("field => field.setSelectionRange(field.value.length - 2, field.value.length - 2)")
    amount.press_sequentially("9")
    expect(amount).to_have_value("۱۲٬۵۰۰٬۹۰۰")
    typed(form, "toman", "۲ میلیون و ۵۰۰ هزار")
    expect(form.locator("#toman")).to_have_value("۲٬۵۰۰٬۰۰۰")
    typed(form, "born", "فردا")
    expect(form.locator("#born")).to_have_value("۱۴۰۴/۰۲/۱۱")
    form.get_by_role("button", name="ذخیره").click()
    sent = json.loads(form.locator("body").inner_text())
    assert (sent["amount"], sent["toman"], sent["born"]) == ("12500900", "2500000", "۱۴۰۴/۰۲/۱۱")


@pytest.mark.parametrize(
    ("language", "dark", "viewport"),
    [("fa", False, PHONE), ("en", True, WIDE)],
    ids=["fa-light-phone", "en-dark-wide"],
)
def test_form_and_picker_are_clean(browser: Browser, date_site: str, language: str, dark: bool, viewport: ViewportSize) -> None:
    """Screen readers, keyboards and poor screens; on a phone the picker is a sheet over the whole width."""
    context = browser.new_context(viewport=viewport, color_scheme="dark" if dark else "light", has_touch=viewport is PHONE)
    page = context.new_page()
    page.goto(f"{date_site}/{language}")
    expect(page.locator("html[data-script]")).to_be_attached()
    assert faults(page) == []
    for name in ("due", "later", "between"):
        page.locator(f"#{name} + [data-date-open]").click()
        picker = page.locator("dialog.date-picker[open]")
        expect(picker).to_be_visible()
        assert faults(page) == [], name
        box = picker.bounding_box()
        assert box
        assert (box["width"] == viewport["width"]) == (viewport is PHONE)
        assert box["y"] + box["height"] <= viewport["height"]
        page.keyboard.press("Escape")
    context.close()


def test_the_form_works_without_javascript(browser: Browser, date_site: str) -> None:
    """The field takes what is typed and sends it; no button is shown that does nothing."""
    context = browser.new_context(viewport=WIDE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{date_site}/en")
    expect(page.locator("[data-date-open]").first).not_to_be_visible()
    page.locator("#born").fill("tomorrow")
    page.get_by_role("button", name="Save").click()
    assert '"born": "tomorrow"' in page.locator("body").inner_text()
    context.close()
