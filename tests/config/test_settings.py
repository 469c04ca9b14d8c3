"""Settings: read from file and environment, refused with place and cure, documented from the same declaration."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from config.declared import SettingRefused, SettingUnknown
from config.setting_kinds import Address, PortRange
from config.settings import SECTIONS, Settings, SettingsUnreadable
from config.settings_page import settings_page


def written(folder: Path, text: str) -> Path:
    file = folder / "switchboard.toml"
    file.write_text(text, "utf-8")
    return file


def test_nothing_set_is_the_demo_on_loopback():
    """A newcomer sets nothing: the sample company runs and nothing is opened to the world."""
    settings = Settings.load({})
    assert settings.demo
    assert {settings.network.http.host, settings.network.sip.host, settings.network.ari.host, settings.network.ami.host} == {"127.0.0.1"}
    assert settings.home == Path("var").absolute()


def test_an_installation_with_a_file_is_not_the_demo(tmp_path: Path):
    """Whoever writes a switchboard.toml means business; demo accounts must then be asked for."""
    assert not Settings.load({}, written(tmp_path, '[site]\nname_fa = "آذر"\n')).demo
    assert Settings.load({}, written(tmp_path, "demo = true\n")).demo


def test_the_environment_wins_over_the_file(tmp_path: Path):
    """Several copies run side by side from one file."""
    file = written(tmp_path, '[network]\nhttp = "127.0.0.1:9000"\nsip = "0.0.0.0:5061"\nrtp = "10000-10100"\n')
    network = Settings.load({"SWITCHBOARD_HTTP": "[::1]:9001"}, file).network
    assert network.http == Address("::1", 9001)
    assert network.sip == Address("0.0.0.0", 5061)
    assert network.rtp == PortRange(10000, 10100)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[network]\nhttp = "8080"', "[network] http"),
        ('[network]\nhttp = "127.0.0.1:99999"', "[network] http"),
        ("[network]\nhttp = 8080", "[network] http"),
        ('[network]\nrtp = "20000-20003"', "[network] rtp"),
        ('[network]\nrtp = "30000-20000"', "[network] rtp"),
        ('[site]\nlanguage = "de"', "[site] language"),
        ('[site]\ncountry = "iran"', "[site] country"),
        ('[site]\ntimezone = "Tehran"', "[site] timezone"),
        ('[site]\nalarms_at = "8"', "[site] alarms_at"),
        ('[site]\nalarms_at = "24:00"', "[site] alarms_at"),
        ("[site]\nalarms_at = 8", "[site] alarms_at"),
        ("[site]\nalarms_at = 07:30:15", "[site] alarms_at"),
        ('[site]\nname_en = "two\\nlines"', "[site] name_en"),
        ("[telephony]\naway_seconds = 0", "[telephony] away_seconds"),
        ("[telephony]\naway_seconds = true", "[telephony] away_seconds"),
        ('[telephony]\ntrunk = "sip.example;x=1"', "[telephony] trunk"),
        ('[telephony]\ndial_prefixes = ["0", "abc"]', "[telephony] dial_prefixes"),
        ('[telephony]\nrecord = "perhaps"', "[telephony] record"),
        ("[web]\nlogin_attempts = 0", "[web] login_attempts"),
        ("network = 3", "[network]"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(tmp_path: Path, text: str, place: str):
    """File, section, key, what was expected and what was found."""
    file = written(tmp_path, text)
    with pytest.raises(SettingRefused) as refused:
        Settings.load({}, file)
    assert f"{file}, {place}" in refused.value.text("en")
    assert "expected" in refused.value.text("en")


@pytest.mark.parametrize("text", ['alarms_at = "07:30"', "alarms_at = 07:30:00"])
def test_the_hour_of_alarms_is_a_time_of_the_day(tmp_path: Path, text: str):
    """As a text, or as TOML's own time; without it, eight o'clock. A wrong one is told what was expected."""
    assert Settings.load({}, written(tmp_path, f"[site]\n{text}\n")).site.alarms_at == time(7, 30)
    assert Settings.load({}, written(tmp_path, "")).site.alarms_at == time(8)
    with pytest.raises(SettingRefused) as refused:
        Settings.load({}, written(tmp_path, '[site]\nalarms_at = "half past seven"\n'))
    assert 'a time of the day such as "08:00"' in refused.value.text("en")
    assert "half past seven" in refused.value.text("fa")


def test_a_wrong_environment_variable_is_refused_by_name():
    """The variable is named, not a file that nobody wrote."""
    with pytest.raises(SettingRefused, match="SWITCHBOARD_SIP: expected an address"):
        Settings.load({"SWITCHBOARD_SIP": "here"})


@pytest.mark.parametrize(
    ("text", "nearest"), [("[network]\nhtpp = '127.0.0.1:1'", "http"), ("[netwrk]\n", "network"), ("[site]\nname = 'x'", "name_fa")]
)
def test_a_slip_of_the_pen_is_not_silently_ignored(tmp_path: Path, text: str, nearest: str):
    """An unknown section or key is refused and the nearest existing one offered."""
    with pytest.raises(SettingUnknown, match=nearest):
        Settings.load({}, written(tmp_path, text))


def test_broken_toml_is_refused_with_line(tmp_path: Path):
    """Not TOML: the line is said."""
    with pytest.raises(SettingsUnreadable, match="line 2"):
        Settings.load({}, written(tmp_path, "[network]\nhttp = = 3"))


def test_a_named_file_must_be_there(tmp_path: Path):
    """SWITCHBOARD_CONFIG that leads nowhere is a mistake, not a default."""
    with pytest.raises(SettingsUnreadable, match="no such file"):
        Settings.load({"SWITCHBOARD_CONFIG": str(tmp_path / "none.toml")})


@given(st.dictionaries(st.sampled_from(["http", "sip", "rtp"]), st.text(max_size=30)))
def test_no_text_gets_past_as_something_else(values: dict[str, str]):
    """Whatever is written for an address, it is an address or a refusal."""
    environ = {f"SWITCHBOARD_{name.upper()}": text for name, text in values.items()}
    try:
        network = Settings.load(environ).network
    except SettingRefused:
        return
    assert 0 < network.http.port < 65536
    assert 0 < network.sip.port < 65536
    assert network.rtp.first < network.rtp.last


def test_the_way_outside():
    """The demo plays the outside world; a provider is dialled when there is one; otherwise there is no way out."""
    telephony = Settings.load({}).telephony
    assert telephony.outside("09121234567", demo=True) == "Local/09121234567@demo-outside/n"
    assert telephony.outside("09121234567", demo=False) == ""


def test_every_setting_is_documented():
    """The page names every section and key, and what is in docs/ is that page."""
    page = settings_page()
    assert all(f"## [{name}]" in page for name in SECTIONS)
    committed = Path(__file__).resolve().parents[2] / "docs/settings.md"
    assert committed.read_text("utf-8") == page, "run `make docs`"
