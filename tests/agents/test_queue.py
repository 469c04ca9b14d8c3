"""The waiting line: who is served first."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from agents.queue import Waiting, WaitingLine


def line_of(*callers: Waiting) -> WaitingLine:
    line = WaitingLine("sales")
    for number, caller in enumerate(callers):
        caller.number = number
        line.join(caller)
    return line


def test_who_came_first_is_served_first() -> None:
    """Ordinary callers are served in the order of their coming."""
    line = line_of(Waiting("late", "sales", since=20.0), Waiting("early", "sales", since=10.0))
    assert [one.call for one in line] == ["early", "late"]


def test_priority_goes_before_the_length_of_the_wait() -> None:
    """A VIP passes those who wait longer."""
    line = line_of(Waiting("early", "sales", since=10.0), Waiting("vip", "sales", since=20.0, priority=5))
    assert [one.call for one in line] == ["vip", "early"]


def test_a_caller_whom_a_phone_failed_is_served_before_everybody() -> None:
    """Cut off by an agent's broken phone: back to the head, even before a VIP."""
    line = line_of(Waiting("vip", "sales", since=10.0, priority=5), Waiting("back", "sales", since=30.0, returned=True))
    assert [one.call for one in line] == ["back", "vip"]


def test_an_adopted_caller_keeps_the_place_of_the_original_wait() -> None:
    """After a restart the order is that of the original waits, whoever is found first."""
    line = line_of(*(Waiting(f"call-{since}", "sales", since=float(since)) for since in (30, 10, 20)))
    assert [line.place(one) for one in line] == [1, 2, 3]
    assert [one.call for one in line] == ["call-10", "call-20", "call-30"]
    assert line.longest_since == 10.0


def test_a_place_changes_when_a_priority_becomes_known() -> None:
    """The caller was recognised while waiting."""
    vip = Waiting("vip", "sales", since=20.0)
    line = line_of(Waiting("early", "sales", since=10.0), vip)
    line.promote(vip, 5)
    assert line.place(vip) == 1


def test_leaving_twice_is_an_error() -> None:
    """The line notices a caller who is not in it."""
    caller = Waiting("call-1", "sales", since=1.0)
    line = line_of(caller)
    line.leave(caller)
    with pytest.raises(ValueError, match="call-1"):
        line.leave(caller)
    assert line.longest_since is None


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50), st.booleans()), max_size=40),
    st.lists(st.tuples(st.integers(0, 39), st.sampled_from(["leave", "promote"])), max_size=40),
)
def test_a_line_loses_nobody_and_stays_in_order(joins: list[tuple[int, int, bool]], changes: list[tuple[int, str]]) -> None:
    """Whatever joins, leaves and promotions: the line holds exactly who waits, sorted, with places 1 to n."""
    callers = [Waiting(f"call-{n}", "sales", float(since), p, returned) for n, (p, since, returned) in enumerate(joins)]
    line = line_of(*callers)
    there = list(callers)
    for index, change in changes:
        if index < len(callers) and callers[index] in there:
            if change == "leave":
                line.leave(callers[index])
                there.remove(callers[index])
            else:
                line.promote(callers[index], callers[index].priority + 1)
    assert list(line) == sorted(there, key=lambda one: one.order)
    assert [line.place(one) for one in line] == list(range(1, len(there) + 1))
