"""The recording player in Chromium: seen, heard in each ear, steered by keys, in both directions of writing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.site_process import PROJECT, started
from tests.browser.visits import PHONE, WIDE
from tests.recordings.voices import AGENT_HZ, CUSTOMER_HZ

EARS = """
// What reaches the loudspeakers is also measured, per ear.
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (target, ...rest) {
  if (target instanceof AudioDestinationNode && !window.ears) {
    const splitter = this.context.createChannelSplitter(2);
    connect.call(this, splitter);
    window.ears = [0, 1].map((ear) => {
      const analyser = new AnalyserNode(this.context, { fftSize: 8192, smoothingTimeConstant: 0 });
      connect.call(splitter, analyser, ear);
      return analyser;
    });
  }
  return connect.call(this, target, ...rest);
};
"""
HEARD = """(hertz) => window.ears.map((ear) => {
  const bins = new Float32Array(ear.frequencyBinCount);
  ear.getFloatFrequencyData(bins);
  const at = Math.round((hertz * ear.fftSize) / ear.context.sampleRate);
  return Math.max(...bins.slice(at - 3, at + 4));
})"""
AUDIBLE = -45
"""dB in the analyser: the tones are about -20."""


@pytest.fixture(scope="module")
def player_site() -> Iterator[str]:
    with started("player_site") as running:
        yield running.url


@pytest.fixture
def player(browser: Browser, player_site: str) -> Iterator[Page]:
    context = browser.new_context(viewport=WIDE)
    page = opened(context.new_page(), f"{player_site}/fa")
    yield page
    context.close()


def opened(page: Page, url: str) -> Page:
    page.said = []
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("console", lambda message: page.said.append(message.text) if message.type == "error" and "410" not in message.text else None)
    page.set_default_timeout(15_000)
    page.add_init_script(EARS)
    page.goto(url)
    page.wait_for_selector("#one .lane.agent")
    return page


def now(page: Page, player: str = "one") -> float:
    return float(page.evaluate(f"document.querySelector('#{player} audio').currentTime"))


def paused(page: Page, player: str = "one") -> bool:
    return bool(page.evaluate(f"document.querySelector('#{player} audio').paused"))


def play_until(page: Page, seconds: float) -> None:
    page.wait_for_function("(seconds) => document.querySelector('#one audio').currentTime > seconds", arg=seconds)


def wait_until_heard(page: Page, hertz: float, expected: bool) -> None:
    """Until both ears hear `hertz`, or neither does."""
    asked = f"([hertz, expected]) => ({HEARD})(hertz).every((one) => one > {AUDIBLE} === expected)"
    page.wait_for_function(asked, arg=[hertz, expected])


def test_the_picture_has_a_lane_for_each_side_and_nothing_is_loaded_before_it_is_needed(player: Page) -> None:
    """The customer above, the agent below; the sound itself waits for the first play."""
    assert player.locator("#one .lane-name").all_inner_texts() == ["مشتری", "کارشناس"]
    assert player.locator("#one .time").inner_text() == "۰۰:۰۰ / ۰۰:۴۰"
    assert player.evaluate("document.querySelector('#one audio').networkState") != 2
    assert not [one for one in player.evaluate("performance.getEntriesByType('resource').map((one) => one.name)") if one.endswith(".mp3")]
    assert player.said == []


def test_keys_play_and_seek(player: Page) -> None:
    """Nobody needs a mouse to listen."""
    player.focus("#one .wave")
    for key, expected in (
        ("ArrowRight", 5),
        ("PageUp", 15),
        ("PageDown", 5),
        ("Shift+ArrowRight", 6),
        ("ArrowLeft", 1),
        ("End", 40),
        ("Home", 0),
    ):
        player.keyboard.press(key)
        assert round(float(player.get_attribute("#one .wave", "aria-valuenow") or "-1")) == expected, key
    player.keyboard.press("PageUp")
    assert player.get_attribute("#one .wave", "aria-valuetext") == "۰۰:۱۰ از ۰۰:۴۰"
    player.keyboard.press("Space")
    play_until(player, 10.3)
    assert player.locator("#one .play").get_attribute("aria-label") == "مکث"
    player.keyboard.press("Space")
    player.wait_for_function("() => document.querySelector('#one audio').paused")


def test_time_runs_from_left_to_right_on_a_right_to_left_page(player: Page) -> None:
    """A click on the first quarter from the left is the first quarter of the call."""
    box = player.locator("#one .wave").bounding_box()
    assert box
    player.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + 10)
    assert abs(now(player) - 10) < 0.3
    covered = player.evaluate(
        "document.querySelector('#one .lane rect').getBoundingClientRect().width / document.querySelector('#one .wave').clientWidth"
    )
    assert covered == 0 or abs(covered - 0.25) < 0.02
    player.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 10)
    player.mouse.down()
    player.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 10)
    player.mouse.up()
    assert abs(now(player) - 30) < 0.3


@pytest.mark.parametrize(("side", "customer", "agent"), [("both", True, True), ("customer", True, False), ("agent", False, True)])
def test_each_side_is_heard_alone_or_together_in_both_ears(player: Page, side: str, customer: bool, agent: bool) -> None:
    """What reaches the ears is measured: 400 Hz is the customer, 1000 Hz the agent."""
    player.click("#one .play")
    play_until(player, 0.3)
    player.locator(f"#one .sides input[value={side}]").check(force=True)
    for hertz, expected in ((CUSTOMER_HZ, customer), (AGENT_HZ, agent)):
        wait_until_heard(player, hertz, expected)
    play_until(player, now(player) + 0.5)
    for hertz, expected in ((CUSTOMER_HZ, customer), (AGENT_HZ, agent)):
        assert [level > AUDIBLE for level in player.evaluate(HEARD, hertz)] == [expected, expected]


@pytest.mark.parametrize("speed", ["0.75", "2"])
def test_another_speed_keeps_the_pitch(player: Page, speed: str) -> None:
    """A voice at twice the speed is not a mouse's."""
    player.select_option("#one .speed", speed)
    player.click("#one .play")
    play_until(player, 2)
    wait_until_heard(player, CUSTOMER_HZ, True)
    assert player.evaluate("document.querySelector('#one audio').playbackRate") == float(speed)
    assert max(player.evaluate(HEARD, CUSTOMER_HZ * float(speed))) < max(player.evaluate(HEARD, CUSTOMER_HZ)) - 15


def test_one_player_silences_the_other_and_leaving_silences_all(player: Page) -> None:
    """Two recordings are never heard at once, and none after its page is gone."""
    player.click("#one .play")
    play_until(player, 0.2)
    player.click("#two .play")
    player.wait_for_function("() => document.querySelector('#one audio').paused && !document.querySelector('#two audio').paused")
    sound = player.evaluate_handle("document.querySelector('#two audio')")
    player.evaluate("document.querySelector('main').replaceChildren()")
    assert sound.evaluate("(one) => one.paused")


def test_a_ringing_call_silences_the_recording(player: Page) -> None:
    """An agent who listens hears the telephone."""
    player.click("#one .play")
    play_until(player, 0.2)
    player.evaluate("import('/static/player.js').then((one) => one.silencePlayers())")
    player.wait_for_function("() => document.querySelector('#one audio').paused")


def test_a_removed_recording_says_so_in_the_servers_words(player: Page) -> None:
    """The sentence stands where the sound would be."""
    trouble = player.locator("#two .trouble")
    trouble.wait_for()
    assert trouble.inner_text() == "It was removed."


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_player_is_clean_to_axe_wide_and_on_a_phone(browser: Browser, player_site: str, language: str, scheme: str) -> None:
    """Contrast, names and roles; and nothing wider than the screen."""
    for size in (WIDE, PHONE):
        context = browser.new_context(viewport=size, color_scheme=scheme)
        page = opened(context.new_page(), f"{player_site}/{language}")
        page.evaluate((PROJECT / "web/node_modules/axe-core/axe.min.js").read_text())
        found = page.evaluate(
            "axe.run(document.querySelector('main')).then((said) => said.violations.map((one) => [one.id, one.nodes[0].html]))"
        )
        assert found == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert page.said == []
        context.close()
