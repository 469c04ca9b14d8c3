"""A number in every shape people write is the same number."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from crm.numbers import AREA_CODES, Number, is_withheld, read_number, shown

MOBILE = "+989121234567"
TEHRAN = "+982188776655"

SHAPES = [
    # Mobiles
    ("09121234567", MOBILE, ""),
    ("9121234567", MOBILE, ""),
    ("+989121234567", MOBILE, ""),
    ("00989121234567", MOBILE, ""),
    ("989121234567", MOBILE, ""),
    ("+98 (0) 912 123 4567", MOBILE, ""),
    ("+9809121234567", MOBILE, ""),
    ("0912-123-4567", MOBILE, ""),
    ("0912 123 45 67", MOBILE, ""),
    ("(0912) 123.45.67", MOBILE, ""),
    ("0912/1234567", MOBILE, ""),
    ("0912_1234567", MOBILE, ""),
    ("0912–123–4567", MOBILE, ""),
    ("۰۹۱۲۱۲۳۴۵۶۷", MOBILE, ""),
    ("٠٩١٢١٢٣٤٥٦٧", MOBILE, ""),
    ("۰۹۱۲ ۱۲۳ ۴۵ ۶۷", MOBILE, ""),
    ("۰۹۱۲-۱۲۳-۴۵۶۷", MOBILE, ""),
    ("+۹۸۹۱۲۱۲۳۴۵۶۷", MOBILE, ""),
    ("۹۸۹۱۲۱۲۳۴۵۶۷+", MOBILE, ""),
    ("\u200e+98 912 123 4567\u200f", MOBILE, ""),
    ("\u202a+98 912 123 4567\u202c", MOBILE, ""),
    ("\u20660912 123 4567\u2069", MOBILE, ""),
    ("  09121234567 ", MOBILE, ""),
    ("0912\u00a0123\u00a04567", MOBILE, ""),
    ("0912\u200b1234567", MOBILE, ""),
    ("tel:+989121234567", MOBILE, ""),
    ("TEL:+98-912-123-4567", MOBILE, ""),
    ("sip:09121234567@192.0.2.7", MOBILE, ""),
    # Landlines with the city's code
    ("02188776655", TEHRAN, ""),
    ("021-88776655", TEHRAN, ""),
    ("021 88 77 66 55", TEHRAN, ""),
    ("(021) 8877-6655", TEHRAN, ""),
    ("۰۲۱-۸۸۷۷۶۶۵۵", TEHRAN, ""),
    ("۰۲۱ ۸۸۷۷ ۶۶۵۵", TEHRAN, ""),
    ("88776655-021", TEHRAN, ""),
    ("۸۸۷۷۶۶۵۵-۰۲۱", TEHRAN, ""),
    ("+98 21 88776655", TEHRAN, ""),
    ("+98 (21) 88776655", TEHRAN, ""),
    ("+98 (021) 88776655", TEHRAN, ""),
    ("0098 21 88776655", TEHRAN, ""),
    ("982188776655", TEHRAN, ""),
    ("9821 88776655", TEHRAN, ""),
    ("2188776655", TEHRAN, ""),
    ("031-33224455", "+983133224455", ""),
    ("۰۵۱۳۷۶۵۴۳۲۱", "+985137654321", ""),
    # Local numbers, of this city
    ("88776655", TEHRAN, ""),
    ("۸۸۷۷-۶۶۵۵", TEHRAN, ""),
    ("88 77 66 55", TEHRAN, ""),
    # Several lines, extensions, the short numbers of companies
    ("021-88776655-60", TEHRAN, ""),
    ("021-88776655/60", TEHRAN, ""),
    ("021-88776655 الی 60", TEHRAN, ""),
    ("۰۲۱-۸۸۷۷۶۶۵۵ تا ۶۰", TEHRAN, ""),
    ("021-88776655 داخلی 12", TEHRAN, "12"),
    ("۰۲۱-۸۸۷۷۶۶۵۵ (داخلی ۱۲)", TEHRAN, "12"),
    ("۸۸۷۷۶۶۵۵ داخلی: ۱۲۰", TEHRAN, "120"),
    ("02188776655 ext. 12", TEHRAN, "12"),
    ("02188776655ext12", TEHRAN, "12"),
    ("02188776655 x12", TEHRAN, "12"),
    ("02188776655#12", TEHRAN, "12"),
    ("02188776655,12", TEHRAN, "12"),
    ("02188776655,,12", TEHRAN, "12"),
    ("02188776655;12", TEHRAN, "12"),
    ("tel:+982188776655;ext=12", TEHRAN, "12"),
    ("021-41921", "+982141921", ""),
    ("۰۲۱-۸۵۵۰", "+98218550", ""),
    ("1820", "1820", ""),
    ("۱۱۰", "110", ""),
    ("101", "101", ""),
    # The world
    ("+49 30 123456", "+4930123456", ""),
    ("0049 30 123456", "+4930123456", ""),
    ("+1 (212) 555-0123", "+12125550123", ""),
    ("+44 20 7946 0958", "+442079460958", ""),
    ("+971 4 123 4567", "+97141234567", ""),
    ("00964 770 123 4567", "+9647701234567", ""),
]


@pytest.mark.parametrize(("text", "value", "extension"), SHAPES)
def test_every_shape_is_understood(text: str, value: str, extension: str) -> None:
    """However it was typed, it is the same number."""
    assert read_number(text) == Number(value, extension)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-", "+", "0", "00", "12", "سلام", "مریم", "0912", "091212345678", "0912123456", "+98", "+98912", "00000000000", "02018776655",
        "0123", "1234567", "+1", "+999999999999999999", "09121234567 09351112233", "09121234567a", "1" * 5000, "۰۹۱۲ abc", "maryam@example.com",
        "2024-01-31T10:00", "ext 12", "#31#", "\u202e", "09121234567\r\nX-Evil: 1", "٫", "²³⁴⁵⁶⁷⁸⁹",
    ],
)  # fmt: skip
def test_what_is_no_number_is_not_guessed(text: str) -> None:
    """Half a number, words or tricks are not taken for a number."""
    assert read_number(text) is None


def test_a_local_number_belongs_to_the_sites_city() -> None:
    """Eight digits in an Isfahan office are an Isfahan number."""
    assert read_number("33224455", city_code="31") == Number("+983133224455")


def test_a_site_abroad_reads_its_own_numbers() -> None:
    """A German site reads German numbers without codes, and Iranian ones with the country's code."""
    assert read_number("030 123456", country="DE") == Number("+4930123456")
    assert read_number("+989121234567", country="DE") == Number(MOBILE)
    assert read_number("0098 912 1234567", country="DE") == Number(MOBILE)


@pytest.mark.parametrize("text", ["", "anonymous", "Anonymous", "unknown", " Restricted ", "unavailable", "private"])
def test_a_withheld_number_is_known_as_such(text: str) -> None:
    """Networks have several words for a hidden number."""
    assert is_withheld(text)
    assert not is_withheld("09121234567")


@pytest.mark.parametrize(
    ("value", "fa", "en"),
    [
        (MOBILE, "۰۹۱۲ ۱۲۳ ۴۵ ۶۷", "0912 123 45 67"),
        (TEHRAN, "۰۲۱ ۸۸۷۷ ۶۶۵۵", "021 8877 6655"),
        ("+982141921", "۰۲۱ ۴۱۹۲۱", "021 41921"),
        ("1820", "۱۸۲۰", "1820"),
        ("+12125550123", "+۱ ۲۱۲-۵۵۵-۰۱۲۳", "+1 212-555-0123"),
    ],
)
def test_numbers_are_shown_as_people_say_them(value: str, fa: str, en: str) -> None:
    """Grouped, in the reader's digits."""
    assert shown(value, "fa") == fa
    assert shown(value, "en") == en


def test_an_extension_is_shown_behind_its_number() -> None:
    """«داخلی» in Persian, ext. in English."""
    assert shown(TEHRAN, "fa", extension="12") == "۰۲۱ ۸۸۷۷ ۶۶۵۵ داخلی ۱۲"
    assert shown(TEHRAN, "en", extension="12") == "021 8877 6655 ext. 12"


def test_abroad_an_iranian_number_keeps_its_country_code() -> None:
    """A site outside Iran shows +98."""
    assert shown(MOBILE, country="DE") == "+98 912 123 45 67"


@pytest.mark.parametrize("odd", ["", "garbage", "+", "+98", "+98x", "+0", "\r\n"])
def test_showing_never_fails(odd: str) -> None:
    """Whatever stands in an old row is shown, not raised."""
    assert isinstance(shown(odd, "fa"), str)


def test_the_tail_is_the_last_eight_digits() -> None:
    """Only numbers longer than a local one have a tail to compare by."""
    assert Number(MOBILE).tail == "21234567"
    assert Number("1820").tail == ""


def test_mobiles_are_told_from_landlines() -> None:
    """Messages go to mobiles."""
    assert (Number(MOBILE).kind, Number(TEHRAN).kind, Number("1820").kind) == ("mobile", "phone", "phone")


iranian = st.one_of(
    st.from_regex(r"\A9[0-9]{9}\Z"),
    st.tuples(st.sampled_from(sorted(AREA_CODES)), st.from_regex(r"\A[2-9][0-9]{7}\Z")).map("".join),
).map(lambda national: f"+98{national}")


@given(iranian, st.sampled_from(["fa", "en"]), st.sampled_from(["", "5", "120", "4321"]))
def test_what_is_shown_is_read_back(value: str, language: str, extension: str) -> None:
    """Copying a number off the screen and typing it in gives the same number."""
    assert read_number(shown(value, language, extension=extension)) == Number(value, extension)


@given(iranian, st.lists(st.sampled_from(["", " ", "-", ".", "\u200f", "\u00a0"]), min_size=11, max_size=11), st.booleans())
def test_separators_do_not_matter(value: str, separators: list[str], arabic: bool) -> None:
    """Spaces, dashes, dots and invisible marks anywhere change nothing."""
    national = "0" + value[3:]
    if arabic:
        national = national.translate({ord(str(n)): chr(0x660 + n) for n in range(10)})
    written = "".join(digit + separator for digit, separator in zip(national, separators, strict=True))
    assert read_number(written) == Number(value)


@given(st.text(max_size=60))
def test_no_text_breaks_reading(text: str) -> None:
    """Garbage gives a number or nothing, and a number that was understood is understood again."""
    if number := read_number(text):
        assert read_number(number.value) == Number(number.value)
