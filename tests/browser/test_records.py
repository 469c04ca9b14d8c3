"""The pages of every entity in a real browser: written by keyboard, clean for axe, and working without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, ViewportSize, expect

from tests.browser.site_process import RunningSite, started
from tests.browser.test_axe import faults
from tests.browser.visits import PHONE, WIDE, Open, visits

SAVED = re.compile(r"/toys/(\d+)\?saved=1")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with started("record_site", tmp_path_factory.mktemp("records")) as running:
        yield running


@pytest.fixture
def open_page(browser: Browser, site: RunningSite) -> Iterator[Open]:
    with visits(browser, site.url, site.cookies) as opened:
        yield opened


def test_a_record_is_written_without_touching_the_mouse(open_page: Open) -> None:
    """A link found while typing, another made in a dialog, two rows in order, formatted text; Ctrl+Enter saves."""
    page = open_page("/toys/new", user="maryam")
    expect(page.locator("#f-name")).to_be_focused()
    page.keyboard.type("خرس")
    page.locator("#f-maker").focus()
    page.keyboard.type("کارخ")
    expect(page.locator("#f-maker-found [aria-selected=true]")).to_contain_text("کارخانه")
    page.keyboard.press("Enter")
    expect(page.locator("#f-maker")).to_have_value("کارخانه عروسک‌سازی")
    page.locator("#f-friends").focus()
    page.keyboard.type("تازه‌وارد")
    expect(page.locator("#f-friends-found [role=option]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("dialog.quick input[name=name]")).to_have_value("تازه‌وارد")
    assert faults(page) == []
    page.keyboard.press("Enter")
    expect(page.locator("dialog.quick")).to_have_count(0)
    expect(page.locator(".chosen .chip")).to_have_text(["تازه‌وارد"])
    for word in ("دست", "پا"):
        page.locator('[data-rows="parts"] > button').press("Enter")
        page.keyboard.type(word)
    page.get_by_role("button", name="بالا ببر").last.press("Enter")
    page.locator("#f-page").focus()
    page.keyboard.press("Control+b")
    page.keyboard.type("نرم")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(SAVED)
    expect(page.locator('[data-value="parts"] tbody tr')).to_have_text([re.compile("پا"), re.compile("دست")])
    expect(page.locator('[data-value="page"] b')).to_have_text("نرم")
    expect(page.locator('[data-value="friends"]')).to_have_text("تازه‌وارد")


def test_enter_pressed_before_the_answer_takes_what_was_typed(open_page: Open) -> None:
    """Quick fingers: not what stood there for the first letters, and the form is not sent; an empty field has its caret at the page's own side."""
    page = open_page("/toys/new", user="maryam")
    link = page.locator("#f-maker")
    assert link.evaluate("field => getComputedStyle(field).textAlign") == "right"
    link.press_sequentially("عروسک")
    expect(page.locator("#f-maker-found [aria-selected=true]")).to_contain_text("عروسک 1")
    link.press_sequentially(" 3")
    link.press("Enter")
    expect(link).to_have_value("عروسک 3")
    link.fill("کارخانه")
    link.press("Enter")
    expect(link).to_have_value("کارخانه عروسک‌سازی")
    expect(page).to_have_url(re.compile("/toys/new$"))


def test_on_a_telephone_a_number_with_its_extension_and_place_is_whole(open_page: Open) -> None:
    """They take two lines; nothing stands outside the list."""
    page = open_page("/parties", user="maryam", viewport=PHONE)
    expect(page.locator(".row-line .chip")).to_have_text("دفتر مرکزی")
    edge = page.locator(".table-wrap").bounding_box()
    chip = page.locator(".row-line .chip").bounding_box()
    assert edge
    assert chip
    assert edge["x"] <= chip["x"]
    assert chip["x"] + chip["width"] <= edge["x"] + edge["width"]


def test_the_search_box_of_a_list_leads_to_its_rows(open_page: Open) -> None:
    """Down from the box to the first row, j to the next one and no further, up again into the box; Escape leads to the rows too."""
    page = open_page("/toys", user="maryam")
    box, rows = page.locator("#list-search input[name=q]"), page.locator("table.records tbody th a")
    expect(box).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    expect(rows.nth(0)).to_be_focused()


def test_what_was_typed_is_guarded_and_what_is_wrong_is_shown(open_page: Open, site: RunningSite) -> None:
    """Leaving asks first; a wrong value is said as one leaves the field and again at the top when one saves."""
    page = open_page(f"/toys/{site.words[0]}/edit", user="maryam")
    page.locator("#f-weight").fill("سنگین")
    page.keyboard.press("Tab")
    expect(page.locator("#f-weight-error")).to_contain_text("سنگین")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", stay)
    page.locator(".breadcrumb a").first.click()
    expect(page.locator("#f-weight")).to_have_value("سنگین")
    assert len(asked) == 1
    page.locator(".form-foot button.primary").click()
    expect(page.locator(".form-errors")).to_be_focused()
    expect(page.locator("#f-weight")).to_have_value("سنگین")
    assert faults(page) == []
    page.locator("#f-weight").fill("۲٫۷۵")
    page.locator("#f-parts").press("Enter")
    expect(page.locator("[data-row]")).to_have_count(2)
    page.locator(".form-foot button.primary").click()
    page.wait_for_url(SAVED)
    expect(page.locator('[data-value="weight"]')).to_have_text("۲٫۷۵")


def test_another_sort_of_record_is_chosen_by_keyboard_and_nothing_is_refused(open_page: Open) -> None:
    """The same form for a company: what was typed stays, the name is its name, and the choice keeps the focus."""
    page = open_page("/parties/new?kind=person", user="maryam")
    page.locator("[name=last_name]").fill("پارس")
    page.locator("[name=kind][value=person]").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[name=name]")).to_have_value("پارس")
    expect(page.locator(".form-errors")).to_have_count(0)
    expect(page.locator("[name=kind][value=company]")).to_be_focused()


def test_a_double_click_on_save_makes_one_record(open_page: Open) -> None:
    """However slow the answer is, what is sent already is not sent again."""
    page = open_page("/toys/new", user="maryam")
    page.locator("#f-name").fill("دوبارزن")
    page.locator(".form-foot button.primary").evaluate("button => { button.click(); button.click(); setTimeout(() => button.click(), 5); }")
    page.wait_for_url(SAVED)
    page.goto(f"{page.url.split('/toys')[0]}/toys?q=دوبارزن")
    expect(page.locator("table.records tbody tr")).to_have_count(1)


def test_back_leads_out_of_a_form_and_asks_when_something_is_not_saved(open_page: Open, site: RunningSite) -> None:
    """The form was opened by its key on a page that was loaded whole; who stays has the form and its address."""
    page = open_page(f"/toys/{site.words[0]}", user="maryam")
    page.keyboard.press("e")
    expect(page.locator("#f-weight")).to_be_visible()
    form = page.url
    page.go_back()
    expect(page.locator(".record-head h1")).to_be_visible()
    page.go_forward()
    page.locator("#f-weight").fill("7")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept() if len(asked) > 1 else dialog.dismiss()

    page.on("dialog", answer)
    page.go_back()
    expect(page).to_have_url(form)
    expect(page.locator("#f-weight")).to_have_value("7")
    page.evaluate("location.hash = 'f-name'")
    page.go_back()
    expect(page.locator("#f-weight")).to_have_value("7")
    assert len(asked) == 1
    page.go_back()
    expect(page.locator(".record-head h1")).to_be_visible()
    assert len(asked) == 2


def test_records_are_walked_and_opened_by_keys(open_page: Open) -> None:
    """From the list into a record, to its neighbour with Alt and an arrow, into its form with E."""
    page = open_page("/toys?sort=price", user="maryam")
    page.locator('th[scope="row"] a').first.click()
    expect(page.locator(".record-head h1")).to_be_visible()
    first = page.url
    page.keyboard.press("Alt+ArrowDown")
    expect(page).not_to_have_url(first)
    expect(page.locator('[data-beside="previous"]')).to_be_visible()
    page.keyboard.press("Alt+ArrowUp")
    expect(page).to_have_url(first)
    page.keyboard.press("e")
    expect(page.locator("#f-name")).to_be_focused()


def test_values_are_changed_where_they_stand(open_page: Open, site: RunningSite) -> None:
    """By keyboard in a list: arrows, F2, Enter; what is refused is said there; undone from the notice; on the record's page by its button."""
    page = open_page("/toys?sort=name&q=عروسک ۲&columns=price,worth,made_on", user="maryam")
    row = page.locator("table.records tbody tr").first
    row.locator("th a").focus()
    page.keyboard.press("ArrowLeft")
    expect(row.locator("td[data-label=Price]")).to_be_focused()
    page.keyboard.press("F2")
    editor = page.locator("dialog.cell-editor")
    expect(editor.locator("input[name=price]")).to_be_focused()
    assert faults(page) == []
    page.keyboard.type("بی‌عدد")
    page.keyboard.press("Enter")
    expect(editor.locator(".error:visible")).to_have_count(1)
    editor.locator("input[name=price]").fill("12340")
    page.keyboard.press("Enter")
    expect(editor).to_have_count(0)
    expect(row.locator("td[data-label=Price]")).to_contain_text("۱٬۲۳۴")
    expect(row.locator("td[data-label=Price]")).to_be_focused()
    page.locator(".toast button.button").click()
    expect(row.locator("td[data-label=Price]")).to_contain_text("۱۰۰")
    row.locator("td[data-label='Made on']").dblclick()
    expect(editor.locator("input[name=made_on]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(editor).to_have_count(0)
    row.locator("td[data-label=Worth]").dblclick()
    expect(editor).to_have_count(0)
    page.goto(f"{site.url}/toys/{site.words[0]}")
    value = page.locator('dd[data-value="price"]')
    value.locator("[data-edit-value]").focus()
    page.keyboard.press("Enter")
    editor.locator("input[name=price]").fill("50")
    page.keyboard.press("Enter")
    expect(value).to_contain_text("۵")
    expect(value.locator("[data-edit-value]")).to_be_focused()


def test_forms_work_without_javascript(open_page: Open) -> None:
    """Rows are added by the server, links are typed by name."""
    page = open_page("/toys/new", user="maryam", script=False)
    page.locator("#f-name").fill("بی‌اسکریپت")
    page.locator("#f-parts").click()
    page.locator('input[name="parts.0.what"]').fill("چرخ")
    page.locator('input[name="maker:text"]').fill("عروسک ۱")
    page.locator(".form-foot button.primary").click()
    expect(page.locator(".form-errors, [data-value=maker]").first).to_be_visible()
    assert "عروسک" in (page.locator("[data-value=maker], .form-errors").first.text_content() or "")


@pytest.mark.parametrize(
    ("language", "dark", "viewport"), [("fa", False, WIDE), ("en", True, PHONE)], ids=["fa-light-wide", "en-dark-phone"]
)
def test_the_pages_of_records_are_clean(open_page: Open, site: RunningSite, language: str, dark: bool, viewport: ViewportSize) -> None:
    """Form, page, history, own fields and lists, lists of records, their bin, board, calendar, map, a change of many: nothing for axe to find, nothing wider than a phone."""
    paths = (f"/toys/{site.words[0]}", f"/toys/{site.words[0]}/edit", f"/toys/{site.words[0]}/history", "/parties/new", "/settings/fields", "/settings/fields/toy",
             "/settings/fields/toy/new", "/settings/lists", "/settings/lists/toy_sort", "/toys", "/toys?deleted=only", "/toys/board", "/toys/calendar",
             "/toys/map", "/toys/mass?ids=1,2", "/parties", "/parties/1")  # fmt: skip
    page = open_page(paths[0], language=language, dark=dark, viewport=viewport)
    for path in paths:
        page.goto(f"{site.url}{path}")
        expect(page.locator("#page h1")).to_be_visible()
        assert faults(page) == [], path
        assert page.evaluate("document.querySelector('#page').scrollWidth <= document.querySelector('#page').clientWidth + 1"), path


def test_a_field_of_ones_own_is_made_and_used(open_page: Open) -> None:
    """Its inputs follow its kind; it is previewed, saved, and in the form at once."""
    page = open_page("/settings/fields/toy/new")
    expect(page.locator('[data-field="choices"]')).to_be_hidden()
    page.locator("#f-label_fa").fill("اندازه")
    page.locator("#f-label_en").fill("Size")
    page.locator("#f-kind").select_option("choice")
    expect(page.locator('[data-field="longest"]')).to_be_hidden()
    for word in ("کوچک", "بزرگ"):
        page.locator('[data-rows="choices"] > button').click()
        page.keyboard.type(word)
    page.locator("button[value=again]").click()
    expect(page.locator("#f-preview option")).to_have_text(["–", "کوچک", "بزرگ"])
    page.locator(".form-foot button.primary").click()
    page.wait_for_url(re.compile("saved=1"))
    page.goto(page.url.split("/settings")[0] + "/toys/new")
    expect(page.locator("#f-size option")).to_have_text(["–", "کوچک", "بزرگ"])


def test_a_swiped_card_opens_the_customer_under_any_layout(open_page: Open, site: RunningSite) -> None:
    """The stripe's signs and digits come as a Persian layout makes them; none of them is taken for a shortcut."""
    page = open_page("/parties")
    page.route("**/cards?code=*", lambda route: route.fulfill(status=204))
    page.evaluate("document.activeElement?.blur()")
    keys = [
        ("ک", "Semicolon", False),
        *((sign, f"Digit{digit}", False) for sign, digit in zip("۶۳۰۰۷", "63007", strict=True)),
        ("=", "Equal", False),
    ]
    keys += [("۹", "Digit9", False), ("؟", "Slash", True), ("Enter", "Enter", False)]
    typing = """keys => keys.forEach(([key, code, shiftKey]) =>
        document.body.dispatchEvent(new KeyboardEvent("keydown", {key, code, shiftKey, bubbles: true, cancelable: true})))"""
    with page.expect_request("**/cards?code=*") as asked:
        page.evaluate(typing, keys)
    assert asked.value.url.endswith("code=63007")
    expect(page.locator("#keys")).to_be_hidden()
    box = page.locator("main input[type=search][name=q]")
    box.fill("کارخانه")
    typing_there = """(box, keys) => keys.forEach(([key, code, shiftKey]) => {
        box.dispatchEvent(new KeyboardEvent("keydown", {key, code, shiftKey, bubbles: true, cancelable: true}));
        if (key.length === 1) box.value += key;
    })"""
    with page.expect_request("**/cards?code=*") as asked:
        box.evaluate(typing_there, keys)
    assert asked.value.url.endswith("code=63007")
    expect(box).to_have_value("کارخانه")


def test_a_filter_is_built_of_conditions_and_groups(open_page: Open) -> None:
    """The panel stays open while it is filled in and says which condition lacks its value; what was built is in the address, in a sentence, and in the panel again."""
    page = open_page("/toys", user="maryam")
    page.locator("details.list-menu:has(#filter-panel) summary").click()
    panel = page.locator("#filter-panel")
    panel.locator("[data-path]").select_option("name")
    panel.locator("form button.primary").click()
    expect(panel.locator("[data-value]")).to_be_focused()
    assert panel.locator("[data-value]").evaluate("one => one.validationMessage")
    panel.locator("[data-op]").select_option("like")
    panel.locator("[data-value]").fill("عروسک")
    panel.get_by_role("button", name="گروه").first.click()
    inner = panel.locator("fieldset fieldset")
    inner.locator("[data-path]").select_option("price")
    inner.locator("[data-op]").select_option("<")
    inner.locator("[data-value]").fill("۳۰۰۰")
    inner.get_by_role("button", name="شرط", exact=True).click()
    inner.get_by_role("button", name="حذف این شرط").last.click()
    expect(panel).to_be_visible()
    panel.locator("form > .form-foot button.primary").click()
    page.wait_for_url(re.compile("filter="))
    expect(page.locator("#filter-said")).to_contain_text("عروسک")
    titles = page.locator("main tbody th")
    expect(titles).not_to_have_count(0)
    assert all("عروسک" in title for title in titles.all_inner_texts())
    page.locator("details.list-menu:has(#filter-panel) summary").click()
    expect(panel.locator("[data-value]").first).to_have_value("عروسک")
    expect(panel.locator("fieldset fieldset [data-value]")).to_have_value(re.compile("3000|۳۰۰۰"))
    page.go_back()
    expect(page.locator("#filter-said")).to_have_count(0)
