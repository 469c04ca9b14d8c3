"""What is found in Asterisk becomes a plan; any snapshot gives one, and no leg is left to itself."""

from __future__ import annotations

from hypothesis import given, strategies as st

from switchboard.asterisk.adopt import adopt, endpoint_of
from switchboard.asterisk.translate import SeenBridge, SeenChannel


def channel(name, *, application="Stasis", data="switchboard,inbound,from-loopback", context="inbound", up=True, at=100.0, **variables):
    return SeenChannel(
        name,
        f"PJSIP/w101-{name}",
        up,
        not up,
        "0912",
        "علی",
        context,
        "1000",
        application,
        data,
        at,
        {f"SB_{key}": value for key, value in variables.items()},
    )


def leg(name, call, *, up=True, **more):
    return channel(
        name,
        data=f"switchboard,leg,{call}" if up else "",
        application="Stasis" if up else "AppDial2",
        up=up,
        ROLE="agent",
        CALL=call,
        AGENT="maryam",
        **more,
    )


def bridge(name, *channels, at=150.0):
    return SeenBridge(name, at, channels)


def test_a_talk_is_a_customer_and_an_agent_in_the_talk_bridge():
    """Who talks with whom, and since when."""
    plan = adopt([channel("c1"), leg("l1", "c1")], [bridge("talk-c1", "c1", "l1")])
    (call,) = plan.adopt
    assert (call.id, call.state, call.agent, call.agent_leg, call.answered_at, call.started_at) == (
        "c1",
        "talking",
        "maryam",
        "l1",
        150.0,
        100.0,
    )
    assert plan.bridges == {"talk-c1": ("c1", "l1")}
    assert plan.drop == plan.delete == ()


def test_a_customer_in_the_hold_bridge_is_held():
    """The agent's leg stays in the talk bridge meanwhile."""
    plan = adopt([channel("c1"), leg("l1", "c1")], [bridge("talk-c1", "l1"), bridge("hold", "c1")])
    assert [call.state for call in plan.adopt] == ["held"]


def test_those_who_wait_keep_their_order():
    """By the moment each began to wait, whatever the order of arrival."""
    plan = adopt(
        [channel("c1", QUEUE="sales", SINCE="300.5", NODE="q", FLOW="main"), channel("c2", QUEUE="sales", SINCE="200.25", PRIORITY="5")],
        [bridge("waiting-sales", "c1", "c2")],
    )
    assert [(call.id, call.state, call.queue, call.since, call.priority) for call in plan.adopt] == [
        ("c2", "waiting", "sales", 200.25, 5), ("c1", "waiting", "sales", 300.5, 0),
    ]  # fmt: skip
    assert (plan.adopt[1].flow, plan.adopt[1].node) == ("main", "q")


def test_legs_for_nobody_are_dropped():
    """Ringing, answered but never connected, of a call that is gone, and a dialled party not yet there."""
    plan = adopt(
        [
            channel("c1", QUEUE="sales", SINCE="1"), leg("ringing", "c1", up=False), leg("early", "c1"), leg("orphan", "gone"),
            leg("own", "own"), channel("out", up=False, data="switchboard,out,own", ROLE="customer", CALL="own", DIALLED="0912"),
        ],
        [bridge("waiting-sales", "c1"), bridge("talk-own", "own", "out"), bridge("talk-gone", "orphan")],
    )  # fmt: skip
    assert set(plan.drop) == {"ringing", "early", "orphan", "own", "out"}
    assert [call.id for call in plan.adopt] == ["c1"]
    assert set(plan.delete) == {"talk-own", "talk-gone"}


def test_a_customer_whose_agent_left_is_over():
    """Alone in the talk bridge, or on hold for nobody."""
    plan = adopt([channel("c1"), channel("c2")], [bridge("talk-c1", "c1"), bridge("hold", "c2")])
    assert set(plan.drop) == {"c1", "c2"}
    assert plan.adopt == ()


def test_an_outgoing_talk_is_found_by_its_agent():
    """The call's id is the agent's own channel; the customer is the dialled one."""
    plan = adopt(
        [leg("own", "own", at=90.0), channel("out", data="switchboard,out,own", ROLE="customer", CALL="own", DIALLED="0935")],
        [bridge("talk-own", "own", "out")],
    )
    (call,) = plan.adopt
    assert (call.id, call.direction, call.dialled, call.caller, call.customer, call.agent_leg, call.started_at) == (
        "own", "outbound", "0935", "", "out", "own", 90.0,
    )  # fmt: skip


def test_static_queue_callers_are_taken_back_unless_they_talk():
    """Who was answered in the dialplan's queue is left in peace."""
    waiting = channel("c1", application="Queue", data="static,c", context="static-queue", DIALLED="1001")
    talking = channel("c2", application="Queue", data="static,c", context="static-queue")
    agent = channel("a2", application="AppQueue", data="(Outgoing Line)", context="from-agents")
    plan = adopt([waiting, talking, agent], [bridge("9f-uuid", "c2", "a2")])
    assert [one.id for one in plan.from_static_queue] == ["c1"]
    assert (plan.drop, plan.delete, plan.adopt) == ((), (), ())


def test_known_calls_are_left_as_they_are():
    """The same daemon after a broken link keeps its own legs, ringing ones too, but not one that it never knew it got."""
    known = {"c1": {"c1", "l1"}}
    plan = adopt([channel("c1"), leg("l1", "c1", up=False), leg("l2", "c1", up=False)], [bridge("waiting-sales", "c1")], known)
    assert (plan.drop, plan.adopt) == (("l2",), ())
    assert plan.bridges == {"waiting-sales": ("c1",)}


def test_what_is_not_ours_is_not_touched():
    """Other applications, other people's bridges, second halves of local channels."""
    plan = adopt(
        [
            channel("x", data="other,inbound"),
            channel("leg;2", ROLE="agent", CALL="c1"),
            channel("y", application="Echo", data="", context="demo-outside"),
        ],
        [bridge("theirs"), bridge("waiting-sales")],
    )
    assert (plan.drop, plan.adopt, plan.from_static_queue) == ((), (), ())
    assert plan.delete == ("waiting-sales",)


def test_nonsense_in_variables_is_harmless():
    """A moment that is none counts as not known."""
    plan = adopt([channel("c1", SINCE="nan", PRIORITY="very"), channel("c2", SINCE="1e99")], [])
    assert [(call.since, call.priority) for call in plan.adopt] == [(0.0, 0), (0.0, 0)]


def test_an_endpoint_is_read_from_a_channels_name():
    """Names may have dashes in them."""
    assert endpoint_of("PJSIP/w101-0000002a") == "w101"
    assert endpoint_of("PJSIP/demo-caller-0000002a") == "demo-caller"
    assert endpoint_of("garbage") == ""


NAMES = st.sampled_from(["c1", "c2", "l1", "l2"])
WORDS = st.sampled_from(["", "agent", "customer", "c1", "c2", "sales", "12.5", "x"])
CHANNELS = st.builds(
    SeenChannel, NAMES, st.just("PJSIP/x-1"), st.booleans(), st.booleans(), st.just(""), st.just(""),
    st.sampled_from(["inbound", "static-queue", "from-agents"]), st.just("1"), st.sampled_from(["Stasis", "Queue", ""]),
    st.sampled_from(["switchboard,inbound", "switchboard,leg,c1", "switchboard,outbound", "other,x", ""]), st.floats(0, 1e9),
    st.dictionaries(st.sampled_from(["SB_ROLE", "SB_CALL", "SB_SINCE", "SB_PRIORITY", "SB_QUEUE"]), WORDS),
)  # fmt: skip
BRIDGES = st.builds(
    SeenBridge,
    st.sampled_from(["talk-c1", "talk-c2", "waiting-sales", "hold", "theirs"]),
    st.floats(0, 1e9),
    st.lists(NAMES, max_size=3).map(tuple),
)


@given(st.lists(CHANNELS, max_size=5, unique_by=lambda one: one.id), st.lists(BRIDGES, max_size=4, unique_by=lambda one: one.id))
def test_any_snapshot_gives_a_sound_plan(channels, bridges):
    """Nothing is both kept and dropped, and every agent's leg of ours is one of them."""
    plan = adopt(channels, bridges)
    kept = {call.customer for call in plan.adopt} | {call.agent_leg for call in plan.adopt if call.agent_leg}
    assert not kept & set(plan.drop)
    for one in channels:
        if one.variables.get("SB_ROLE") == "agent":
            assert one.id in kept | set(plan.drop) or one in plan.from_static_queue
    assert len({call.id for call in plan.adopt}) == len(plan.adopt)
