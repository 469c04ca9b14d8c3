"""What people type as a date or an amount, and what the form tells them that it means."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.translations import translate
from tests.web.building import building
from tests.web.schema import matches
from web.api.dates import amount, meaning, routes
from web.moments import MomentUnreadable, later
from web.routes import RouteTable

NOW = datetime(2025, 4, 30, 15, 0, tzinfo=ZoneInfo("Asia/Tehran"))
PICKER = Path(__file__).parents[2] / "web/static/datepicker.js"


@pytest.mark.parametrize(
    ("typed", "kind", "value", "back", "shown"),
    [
        ("فردا", "date", "2025-05-01", "۱۴۰۴/۰۲/۱۱", "پنج‌شنبه ۱۱ اردیبهشت ۱۴۰۴ · ۱ مه ۲۰۲۵"),
        ("فردا ۱۰", "moment", "2025-05-01T10:00:00+03:30", "۱۴۰۴/۰۲/۱۱ ۱۰:۰۰", "پنج‌شنبه ۱۱ اردیبهشت ۱۴۰۴ ۱۰:۰۰ · ۱ مه ۲۰۲۵"),
        ("فردا", "moment", "2025-05-01T09:00:00+03:30", "۱۴۰۴/۰۲/۱۱ ۰۹:۰۰", "پنج‌شنبه ۱۱ اردیبهشت ۱۴۰۴ ۰۹:۰۰ · ۱ مه ۲۰۲۵"),
        ("این ماه", "range", "2025-04-21/2025-05-21", "۱۴۰۴/۰۲/۰۱ تا ۱۴۰۴/۰۲/۳۱", "۱ اردیبهشت ۱۴۰۴ تا ۳۱ اردیبهشت ۱۴۰۴ · ۳۱ روز"),
        ("دیروز", "range", "2025-04-29/2025-04-29", "۱۴۰۴/۰۲/۰۹", "سه‌شنبه ۹ اردیبهشت ۱۴۰۴ · ۲۹ آوریل ۲۰۲۵"),
        ("1404/13/1", "date", None, "", ""),
    ],
)
def test_a_date_is_shown_in_full_and_typed_back(typed, kind, value, back, shown):
    """Weekday and both calendars below the field; what stands in the field afterwards means the same."""
    found = meaning(typed, kind, NOW, "fa")
    assert (found.value, found.typed, found.shown) == (value, back, shown)
    if back:
        assert meaning(back, kind, NOW, "fa") == found


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("فردا ۱۰", 22), ("فردا ساعت 10", 22), ("tomorrow 10", 22), ("tomorrow at 10", 22), ("فردا ۱۰ تماس بگیر", 22), ("۲ ساعت دیگر", 2), ("یک ساعت دیگر", 1),
        ("in 2 hours", 2), ("۳ روز دیگر", 69), ("پس‌فردا ۱۴:۳۰", 50.5), ("دوشنبه ساعت ۸", 44), ("هفته بعد", 7 * 24 - 3), ("امروز ۵ عصر", 5), ("16:30", 4.5),
        ("10", 22), ("اول ماه بعد ساعت ۸", 260), ("بعداً", None), ("asap", None), ("99:99", None), ("  ", None),
    ],
)  # fmt: skip
def test_a_promise_is_understood_in_one_line(typed, hours):
    """A follow-up as agents write it at the end of a call, at noon on a Saturday: the next time to come, nine o'clock when none is said."""
    noon = datetime(2026, 1, 10, 12, 0, tzinfo=NOW.tzinfo)
    found = meaning(typed, "moment", noon, "fa", ahead=True).value
    assert (found and (datetime.fromisoformat(found) - noon).total_seconds() / 3600) == hours
    if hours is None and typed.strip():
        with pytest.raises(MomentUnreadable):
            later(typed, noon.timestamp(), "Asia/Tehran", "fa")
    else:
        assert later(typed, noon.timestamp(), "Asia/Tehran", "fa") == (noon.timestamp() + hours * 3600 if hours else 0)


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("sentence", ["in 1 hour", "tomorrow 10", "next week"])
def test_every_shortcut_of_the_wrap_up_is_understood(language, sentence):
    """The chips below the follow-up write these words."""
    assert meaning(translate(language, sentence), "moment", NOW, language, ahead=True).value


def test_an_amount_is_shown_in_toman_and_in_words():
    """A zero too many is seen at once."""
    found = amount("۱۲٬۵۰۰٬۰۰۰", "rial", "fa")
    assert (found.value, found.typed, found.shown) == (
        12_500_000, "۱۲٬۵۰۰٬۰۰۰", "۱٬۲۵۰٬۰۰۰ تومان · یک میلیون و دویست و پنجاه هزار تومان",
    )  # fmt: skip
    assert amount("1.2 million", "toman", "en").value == 12_000_000
    assert amount("abc", "rial", "en").value is None


@pytest.mark.parametrize("language", ["fa", "en"])
def test_every_shortcut_of_the_picker_is_understood(language):
    """The picker writes words into the field; the server must know them in both languages."""
    source = PICKER.read_text(encoding="utf-8")
    for kind, words in re.findall(r"^  (date|moment|range): \(\) => \[(.*)\],$", source, re.MULTILINE):
        for sentence in re.findall(r't\("([^"]+)"\)', words):
            for typed in (translate(language, sentence), f"{translate(language, sentence)} 14:30" if kind == "moment" else ""):
                assert not typed or meaning(typed, kind, NOW, language).value, typed


async def test_forms_and_programs_ask_what_was_typed(tmp_path):
    """Both addresses answer as they are described; a text that is too long or missing is refused with its field."""
    table = RouteTable(routes("Asia/Tehran"))
    async with building(tmp_path, lambda _parts: table.routes) as house:
        headers = await house.bearer("maryam")
        browser = house.browser(address="192.0.2.7")
        for path, key in (
            ("/api/v1/dates?text=tomorrow", "value"),
            ("/api/v1/dates?text=x&as=moment", "value"),
            ("/api/v1/amounts?text=12500", "rial"),
        ):
            reply = await browser.ask("GET", path, headers=headers)
            assert reply.status == 200
            route, _values = table.match("GET", path.partition("?")[0])
            matches(reply.json(), route.gives, {})
            assert (reply.json()[key] is not None) == reply.json()["understood"]
        for path, field in (("/api/v1/dates", "text"), (f"/api/v1/dates?text={'x' * 101}", "text"), ("/api/v1/dates?text=1&as=y", "as")):
            reply = await browser.ask("GET", path, headers=headers)
            assert reply.status == 422
            assert reply.json()["error"]["field"] == field
        assert (await browser.ask("GET", "/api/v1/dates?text=1")).status == 401
