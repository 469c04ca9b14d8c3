"""Asterisk's messages become facts; garbage becomes nothing and never an error."""

from __future__ import annotations

from hypothesis import given, strategies as st

from switchboard.asterisk.facts import ChannelEnded, ChannelEnding, ChannelEntered, ChannelRings, ChannelUp, KeyPressed, SoundEnded
from switchboard.asterisk.translate import TABLE, WANTED, seen_bridges, seen_channels, translate
from tests.switchboard.asterisk.wire import recorded

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = [
    "type",
    "channel",
    "id",
    "name",
    "state",
    "caller",
    "number",
    "dialplan",
    "exten",
    "args",
    "cause",
    "digit",
    "playback",
    "channelvars",
    "soft",
]


@given(st.dictionaries(st.sampled_from(KEYS), JSON), st.sampled_from(sorted(TABLE)))
def test_no_message_raises(message, kind):
    """Whatever Asterisk sends, the link goes on."""
    translate(message)
    translate({**message, "type": kind})
    translate({**message, "type": kind, "channel": {**message, "id": "c"}, "playback": message})


@given(JSON)
def test_no_snapshot_raises(answer):
    """The same for lists of channels and bridges."""
    for one in (answer, [answer], [{"id": "x", "channels": answer, "creationtime": answer, "channelvars": answer, "dialplan": answer}]):
        assert isinstance(seen_channels(one), list)
        assert isinstance(seen_bridges(one), list)


def test_the_recorded_talk_is_understood():
    """Every event of a real call is a fact that we know."""
    facts = [translate(message) for who, message in recorded("a_talk.jsonl") if who == "asterisk" and message["type"] != "RESTResponse"]
    assert None not in facts
    entered = next(fact for fact in facts if isinstance(fact, ChannelEntered))
    assert (entered.arguments, entered.caller, entered.dialled, entered.up) == (("inbound", "from-loopback"), "09121234567", "1000", False)
    assert entered.variables == {"SB_DIALLED": "1000"}
    assert [fact.key for fact in facts if isinstance(fact, KeyPressed)] == ["1"]
    assert {type(fact) for fact in facts} >= {ChannelRings, ChannelUp, ChannelEnding, ChannelEnded, SoundEnded}


def test_a_wicked_caller_name_is_one_harmless_line():
    """CR/LF, direction overrides and 500 letters do not travel on; Persian with its half-spaces does."""
    name = "علی\r\nرضا‌یی \u202egnp.exe " + "x" * 500

    def entered(said):
        return translate({"type": "StasisStart", "channel": {"id": "c", "caller": {"name": said, "number": "+98\r\n912" + "1" * 100}}})

    fact = entered(name)
    assert fact.caller_name.startswith("علی رضا‌یی  gnp.exe")
    assert len(fact.caller_name) <= 120
    assert fact.caller.startswith("+98 912")
    assert len(fact.caller) <= 64
    assert entered("😀 مریم").caller_name == "😀 مریم"


def test_garbage_keys_are_no_keys():
    """Only the sixteen keys of RFC 4733 count."""
    for digit in ("", "12", "e", None, 5, "ü", "\n"):
        assert translate({"type": "ChannelDtmfReceived", "channel": {"id": "c"}, "digit": digit}) is None
    assert translate({"type": "ChannelDtmfReceived", "channel": {"id": "c"}, "digit": "a"}) == KeyPressed("c", "A")


def test_our_own_hanging_up_has_no_odd_cause():
    """Asterisk's soft hang-ups carry a number that is no Q.850 cause."""
    assert translate({"type": "ChannelHangupRequest", "channel": {"id": "c"}, "cause": 32, "soft": True}) == ChannelEnding("c", 16)
    assert translate({"type": "ChannelDestroyed", "channel": {"id": "c"}, "cause": 17}) == ChannelEnded("c", 17)
    assert translate({"type": "ChannelDestroyed", "channel": {"id": "c"}, "cause": 0}) == ChannelEnded("c", 16)


def test_answers_to_requests_are_among_the_wanted():
    """Asterisk's event filter would hold them back otherwise."""
    assert "RESTResponse" in WANTED
