"""The menu's decisions."""

from __future__ import annotations

from hypothesis import given, strategies as st

from ivr.nodes.menu import INVALID, TIMEOUT, exit_after

KEYS = frozenset("12#")
answers = st.lists(st.one_of(st.none(), st.sampled_from("0123456789*#ABCD")), min_size=1, max_size=12)


def test_a_key_of_the_menu_leads_through_its_exit():
    assert exit_after(["2"], KEYS, tries=3) == "2"
    assert exit_after([None, "9", "#"], KEYS, tries=3) == "#"


def test_silence_and_wrong_keys_are_forgiven_until_the_last_try():
    assert [exit_after([None] * count, KEYS, tries=3) for count in (1, 2, 3)] == ["", "", TIMEOUT]
    assert [exit_after(["9"] * count, KEYS, tries=3) for count in (1, 2, 3)] == ["", "", INVALID]
    assert exit_after(["9", None], KEYS, tries=2) == TIMEOUT
    assert exit_after(["9"], KEYS, tries=1) == INVALID


@given(answers, st.integers(1, 10))
def test_any_sequence_of_answers_ends_at_an_exit_in_time(pressed: list[str | None], tries: int):
    """The first good key wins; without one the menu ends after exactly `tries` answers, by what came last."""
    left = [exit_after(pressed[: count + 1], KEYS, tries) for count in range(len(pressed))]
    asked = next((count for count, way in enumerate(left, 1) if way), None)
    good = next((count for count, key in enumerate(pressed, 1) if key in KEYS), None)
    if good and good <= tries:
        assert (asked, left[good - 1]) == (good, pressed[good - 1])
    elif len(pressed) >= tries:
        assert (asked, left[tries - 1]) == (tries, TIMEOUT if pressed[tries - 1] is None else INVALID)
    else:
        assert asked is None
