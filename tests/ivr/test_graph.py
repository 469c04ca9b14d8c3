"""How nodes lead to one another."""

from __future__ import annotations

from hypothesis import given, strategies as st

from ivr.graph import Graph, on_loops, reachable, without_end

graphs = st.integers(1, 8).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, size - 1), max_size=3).map(tuple), min_size=size, max_size=size
    ).map(lambda rows: dict(enumerate(rows)))
)  # fmt: skip


def paths_of(graph: Graph[int], start: int, steps: int) -> set[int]:
    """Where one can be after 1 to `steps` steps, by walking."""
    seen: set[int] = set()
    here = {start}
    for _step in range(steps):
        here = {following for node in here for following in graph[node]}
        seen |= here
    return seen


@given(graphs)
def test_loops_are_found_as_by_walking(graph: dict[int, tuple[int, ...]]):
    assert on_loops(graph) == {node for node in graph if node in paths_of(graph, node, len(graph))}


@given(graphs, st.sets(st.integers(0, 7)))
def test_dead_ends_are_found_as_by_walking(graph: dict[int, tuple[int, ...]], some: set[int]):
    ends = some & graph.keys()
    assert without_end(graph, ends) == {node for node in graph if not ({node} | paths_of(graph, node, len(graph))) & ends}


@given(graphs)
def test_what_can_be_come_to_is_found_as_by_walking(graph: dict[int, tuple[int, ...]]):
    assert reachable(graph, [0]) == {0} | paths_of(graph, 0, len(graph))
