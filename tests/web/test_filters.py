"""How values are shown: Jalali dates, durations, amounts, telephone numbers, in the reader's language."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from markupsafe import Markup

from web.browsers import browser_name
from web.filters import ago, ago_element, apart, bdi, digits, duration, jalali, money, phone, translated, typed_amount

TEHRAN = "Asia/Tehran"
NOROOZ = 1742479200.0  # 2025-03-20 14:00 UTC: the last evening of 1403 in Tehran
NOW = 1_763_700_000.0


def test_dates_are_jalali_for_persian_readers():
    """The same moment in both calendars, in the office's time zone."""
    assert jalali(NOROOZ, "fa", TEHRAN) == "۱۴۰۳/۱۲/۳۰ ۱۷:۳۰"
    assert jalali(NOROOZ, "en", TEHRAN) == "2025-03-20 17:30"
    assert jalali(NOROOZ + 86400, "fa", TEHRAN, "long") == "۱ فروردین ۱۴۰۴ ۱۷:۳۰"
    assert jalali(NOROOZ, "fa", TEHRAN, "date") == "۱۴۰۳/۱۲/۳۰"
    assert jalali(NOROOZ, "en", TEHRAN, "time") == "17:30"
    assert jalali(None, "fa", TEHRAN) == jalali(0, "fa", TEHRAN) == ""


@pytest.mark.parametrize(
    ("seconds", "english", "persian"),
    [
        (5, "just now", None),
        (180, "3 minutes ago", "۳ دقیقه پیش"),
        (7200, "2 hours ago", "۲ ساعت پیش"),
        (3 * 86400, "3 days ago", "۳ روز پیش"),
        (-600, "in 10 minutes", None),
    ],
)
def test_times_are_relative(seconds, english, persian):
    """Three minutes ago, in the reader's words; far away it is the date."""
    assert ago(NOW - seconds, NOW, "en", TEHRAN) == english
    if persian:
        assert ago(NOW - seconds, NOW, "fa", TEHRAN) == persian
    assert ago(NOW - 30 * 86400, NOW, "en", TEHRAN) == jalali(NOW - 30 * 86400, "en", TEHRAN, "long")


def test_the_exact_moment_is_on_hover():
    """A relative time carries the machine's form and the exact Jalali moment."""
    shown = ago_element(NOROOZ, NOROOZ + 120, "fa", TEHRAN)
    assert 'datetime="2025-03-20T14:00:00+00:00"' in shown
    assert 'title="۱۴۰۳/۱۲/۳۰ ۱۷:۳۰"' in shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "00:00"), (157, "02:37"), (59.6, "01:00"), (3757, "1:02:37"), (-5, "00:00"), (None, "")]
)
def test_durations(seconds, shown):
    """Two minutes and thirty-seven seconds are 02:37; an hour has three parts."""
    assert duration(seconds, "en") == shown
    assert duration(seconds, "fa") == digits(shown, "fa")


def test_amounts_have_separators_and_toman():
    """Separated thousands, the other unit and the words on hover; Rial or Toman by choice."""
    assert "۱٬۲۵۰٬۰۰۰" in money(1_250_000, "fa")
    assert "۱۲۵٬۰۰۰" in money(1_250_000, "fa")
    assert "1,250,000</bdi> Rial" in money(1_250_000, "en")
    assert "صد و بیست و پنج هزار تومان" in money(1_250_000, "fa")
    assert "<bdi>۱۲۵٬۰۰۰</bdi> تومان" in money(1_250_000, "fa", "toman")
    assert "۱٬۲۵۰٬۰۰۰ ریال" in money(1_250_000, "fa", "toman")
    assert money(None, "fa") == ""


def test_amounts_stand_in_fields_as_people_type_them():
    """Thousands separated; what was typed wrongly stays as it was."""
    assert typed_amount(1_250_000, "fa") == "۱٬۲۵۰٬۰۰۰"
    assert typed_amount("1250000", "en") == "1,250,000"
    assert typed_amount("12 apples", "en") == "12 apples"
    assert typed_amount("", "fa") == ""


def test_numbers_are_dial_links_as_people_say_them():
    """A number is grouped, isolated, dialled by a click and copied by a button."""
    shown = phone("+989121234567", "fa")
    assert 'data-dial="+989121234567"' in shown
    assert 'data-copy="+989121234567"' in shown
    assert "۰۹۱۲ ۱۲۳ ۴۵ ۶۷" in shown
    assert 'dir="ltr"' in shown
    assert "data-dial" not in phone("", "fa")


@given(st.text(max_size=40))
def test_nothing_shown_can_carry_markup(text):
    """Whatever a caller sends as a number or name is text on the page."""
    text = f"x{text}y"
    for shown in (phone(text, "en"), bdi(text), bdi(text, "fa"), translated("en", "{x} {y}", x=text, y=Markup("<b>!</b>"))):
        assert isinstance(shown, Markup)
        assert "<script" not in shown.lower()
        assert str(shown).count("<") == str(shown).count(">")
        assert text not in shown or not set(text) & set("<>\"&'")


def test_markup_inside_a_sentence_stays_and_the_rest_is_escaped():
    """A key or a link inside a translated sentence."""
    assert translated("en", "Press {key} & go", key=Markup("<kbd>?</kbd>")) == "Press <kbd>?</kbd> &amp; go"
    assert translated("en", "Press {key}", key="<b>") == "Press <b>"
    assert not isinstance(translated("en", "Press {key}", key="<b>"), Markup)


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0",
            "Edge · Windows",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36", "Chrome · Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko) Version/18.0 Safari/604.1",
            "Safari · iPhone",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
)
def test_browsers_are_named_as_people_call_them(agent, shown):
    """The list of sessions says Edge on Windows, not a line of versions."""
    assert browser_name(agent) == shown


def test_numbers_within_a_value_in_words_are_isolated():
    """A telephone number in a printed list is read from the left; the day and hour of a moment stay as Persian writes them."""
    assert apart("۰۲۱ ۸۸۷۷ ۶۶۵۵ – ۱۲ – محل کار", "fa") == Markup('<bdi dir="ltr">۰۲۱ ۸۸۷۷ ۶۶۵۵</bdi> – ۱۲ – محل کار')
    assert apart("+49 30 123456 <b>", "en") == Markup('<bdi dir="ltr">+49 30 123456</bdi> &lt;b&gt;')
    assert apart("تلفن · ۰۲۱-۸۸۷۷۶۶۵۵", "fa") == Markup('تلفن · <bdi dir="ltr">۰۲۱-۸۸۷۷۶۶۵۵</bdi>')
    assert apart("از ۳-۵ نفر", "fa") == "از ۳-۵ نفر"
    assert apart("IR06 2960 0000", "en") == Markup('<bdi dir="ltr">IR06 2960 0000</bdi>')
    assert apart("۱۴۰۵/۰۹/۰۱ ۱۰:۴۳", "fa") == "۱۴۰۵/۰۹/۰۱ ۱۰:۴۳"
    assert apart("1432", "fa") == "۱۴۳۲"
    assert apart("B 250", "fa") == "B 250"
