"""Flows read from their texts: everything wrong is found, with its place and cure."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from ivr.flow_text import read_flows
from ivr.nodes.menu import Menu
from ivr.sound import Recorded, Spoken
from tests.ivr.builders import MAIN, around, one_flow, read


def test_a_good_flow_is_read():
    """Its numbers, its start, its nodes with their ways and prompts."""
    loaded = read(MAIN)
    assert not loaded.problems
    flow = loaded.flows.flows["main"]
    assert (flow.title, flow.numbers, flow.language, flow.start) == ("Main", ("1000",), "en", "greeting")
    menu = flow.nodes["menu"]
    assert isinstance(menu, Menu)
    assert (menu.timeout_seconds, menu.retries, menu.exits["1"]) == (5.0, 2, "sales")
    assert menu.prompt.sound("fa") == Spoken("Press 1 or 2.", "en")
    assert [menu.leads_to(name) for name in ("invalid", "timeout")] == ["operator", "operator"]


def test_a_number_finds_its_flow_and_others_the_default():
    loaded = read(one_flow("a: {kind: hang_up}", top="numbers: [1000, 1001]"), one_flow("a: {kind: hang_up}", top="default: yes"))
    assert not loaded.problems
    names = [flow.name if (flow := loaded.flows.of_number(number)) else None for number in ("1001", "02112")]
    assert names == ["main", "second"]
    assert read(MAIN).flows.of_number("02112") is None


A = "a: {kind: hang_up}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n- b", "main.yaml, line 1: A flow is a block of “key: value” lines."),
        ("nodes: {}", "main.yaml, line 1: The flow has no nodes. Write them under “nodes:”."),
        (one_flow(A, start="b"), "main.yaml, line 3: There is no node “b” to start at. Expected one of: “a”."),
        ("nodes:\n  a: {kind: hang_up}", "main.yaml, line 1: The flow does not say where it starts. Write “start: <name of a node>”."),
        (one_flow(A, top="langauge: en"), "main.yaml, line 1: The key “langauge” means nothing here. Did you mean “language”?"),
        (one_flow(A, top="language: de"), "main.yaml, line 1: Expected “fa” or “en”, found “de”."),
        (one_flow(A, top="name: Main Menu"), "main.yaml, line 1: Expected a name of small Latin letters, digits, - and _"),
        (one_flow(A, top="numbers: [12a]"), "main.yaml, line 1: Expected a telephone number of digits"),
        (one_flow(A, top="numbers: [12, 12]"), "main.yaml, line 1: The number 12 stands here twice."),
        (one_flow(A, top="title: [x]"), "main.yaml, line 1: Expected a short title on one line, found a list."),
        (one_flow("a: announce"), "main.yaml, line 5, node “a”: A node is a block"),
        (one_flow("a: {prompt: x}"), "main.yaml, line 5, node “a”: The node does not say its kind. Expected one of: “announce”, “go_to”"),
        (one_flow("a: {kind: mneu}"), "main.yaml, line 5, node “a”: There is no kind of node “mneu”. Did you mean “menu”?"),
        (one_flow("a: {kind: hang_up, promt: x}"), "node “a”: The key “promt” means nothing here. Did you mean “prompt”?"),
        (one_flow("a: {kind: announce, exits: {done: a}}"), "node “a”: “prompt” is missing (Prompt). Expected a text to speak"),
        (one_flow("a: {kind: announce, prompt: x}"), "node “a”: Nothing says where callers go through the exit “done”"),
        (one_flow("a: {kind: announce, prompt: x, exits: b}"), "node “a”: Exits are a block such as “exits: {done: menu}”."),
        (
            one_flow("a: {kind: announce, prompt: x, exits: {done: hangup}}\nhang_up: {kind: hang_up}"),
            "node “a”: The exit “done” leads to “hangup”, which is not a node of this flow. Did you mean “hang_up”?",
        ),
        (one_flow("a: {kind: hang_up, exits: {done: a}}"), "node “a”: A node of the kind “hang_up” has no exit “done”."),
        (one_flow("a: {kind: menu, prompt: x, exits: {timeout: b}}\nb: {kind: hang_up}"), "node “a”: No key of this menu leads anywhere."),
        (one_flow("a: {kind: menu, prompt: x}"), "node “a”: No key of this menu leads anywhere. Write for each key"),
        (one_flow("a: {kind: menu, prompt: x, exits: {'12': a}}"), "node “a”: A node of the kind “menu” has no exit “12”."),
        (one_flow("a: {kind: menu, prompt: x, timeout_seconds: 0, exits: {1: a}}"), "Expected a number of seconds from 1 to 60, found “0”."),
        (one_flow("a: {kind: menu, prompt: x, timeout_seconds: nan, exits: {1: a}}"), "Expected a number of seconds from 1 to 60"),
        (one_flow("a: {kind: menu, prompt: x, retries: -1, exits: {1: a}}"), "Expected a whole number from 0 to 9, found “-1”."),
        (one_flow("a: {kind: menu, prompt: x, barge_in: maybe, exits: {1: a}}"), "Expected yes or no, found “maybe”."),
        (one_flow("a: {kind: queue, queue: sale}"), "node “a”: There is no queue “sale”. Did you mean “sales”?"),
        (one_flow("a: {kind: queue, queue: sales, max_wait_seconds: 60}"), "Nothing says where callers go after the longest wait."),
        (one_flow("a: {kind: queue, queue: [sales]}"), "Expected the name of a queue, found a list."),
        (one_flow("a: {kind: go_to, flow: other}"), "There is no call flow “other”. Expected one of: “main”."),
        (one_flow("a: {kind: hang_up, cause: 200}"), "Expected a hang-up cause from 1 to 127 (Q.850), such as 16 or 17, found “200”."),
        (one_flow("a: {kind: hang_up, prompt: }"), "There is nothing to say in this prompt."),
        (one_flow("a: {kind: hang_up, prompt: '«…»'}"), "There is nothing to say in this prompt."),
        (one_flow(f"a: {{kind: hang_up, prompt: {'x' * 2001}}}"), "The text is longer than 2000 letters."),
        (one_flow("a: {kind: hang_up, prompt: [x]}"), "Expected a text to speak, {text: …, language: …}, {file: …}"),
        (one_flow("a: {kind: hang_up, prompt: {text: x, voice: y}}"), "Expected a text to speak"),
        (one_flow("a: {kind: hang_up, prompt: {text: x, language: de}}"), "Expected “fa” or “en”, found “de”."),
        (one_flow("a: {kind: hang_up, prompt: {file: welcom.mp3}}"), "no file “welcom.mp3” in the folder “prompts” beside the flows. Did you mean “welcome.mp3”?"),
        (one_flow("a: {kind: hang_up, prompt: {file: ../../etc/passwd}}"), "There is no file “../../etc/passwd”"),
        (one_flow("a: {kind: hang_up, prompt: {library: good_bye}}"), "no prompt “good_bye” in the library. Did you mean “goodbye”?"),
        (one_flow("a: {kind: hours, weekly: {}, exits: {open: b, closed: b}}\nb: {kind: hang_up}"), "Expected days with their hours"),
        (one_flow("a: {kind: hours, weekly: {funday: closed}, exits: {open: b, closed: b}}\nb: {kind: hang_up}"), "“funday” is not a day."),
        (one_flow("a: {kind: hours, weekly: {monday: 8-17}, exits: {open: b, closed: b}}\nb: {kind: hang_up}"), "Expected hours such as"),
        (
            one_flow("a: {kind: hours, weekly: {monday: closed}, holidays: [nowruz], exits: {open: b, closed: b}}\nb: {kind: hang_up}"),
            "Expected a Jalali date",
        ),
        (
            one_flow("a: {kind: hours, weekly: {monday: closed}, timezone: Tehran, exits: {open: b, closed: b}}\nb: {kind: hang_up}"),
            "Expected a time zone such as “Asia/Tehran”, found “Tehran”.",
        ),
        (one_flow("a: {kind: hang_up}\nb: {kind: hang_up}"), "main.yaml, line 6, node “b”: No caller can come to this node."),
        (one_flow("a: {kind: announce, prompt: x, exits: {done: a}}"), "node “a”: Callers would go round in a circle here, with no way out."),
        (one_flow("a: {kind: menu, prompt: x, exits: {1: a, timeout: a}}"), "node “a”: Callers would go round in a circle here"),
        (one_flow("Node: {kind: hang_up}", start="Node"), "node “Node”: Expected a name of small Latin letters"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place_and_cure(text: str, said: str):
    problems = [problem.text("en") for problem in read(text, recordings=("welcome.mp3",)).problems]
    assert any(said in problem for problem in problems), problems
    assert len(problems) == 1 or "nodes: {}" in text, problems


def test_everything_that_is_wrong_is_told_at_once():
    """One reading finds the problems of every node of every file."""
    first = one_flow("a: {kind: menu, prompt: '', timeout_seconds: x, exits: {1: z}}\nb: {kind: quue}")
    problems = read(first, "a: [").problems
    assert [(problem.file, problem.line, problem.code) for problem in problems] == [
        ("main.yaml", 5, "prompt_empty"),
        ("main.yaml", 5, "value_wrong"),
        ("main.yaml", 5, "exit_dangling"),
        ("main.yaml", 6, "kind_unknown"),
        ("second.yaml", 1, "unreadable"),
    ]


def test_problems_are_told_in_persian():
    """As the administrator reads them on the page."""
    text = one_flow("a: {kind: mneu}\nb: {kind: hours, weekly: {monday: 8-17}, exits: {open: c}}")
    assert [problem.text("fa") for problem in read(text).problems] == [
        "main.yaml، سطر 5، گره «a»: نوع گره‌ای به نام «mneu» نیست. منظورتان “menu” است؟",
        "main.yaml، سطر 6، گره «b»: باید ساعت‌ها، مانند ‎“08:00-12:00, 13:00-17:00”‎، یا «closed» باشد، ولی «8-17» آمده است.",
        "main.yaml، سطر 6، گره «b»: خروجی «open» به «c» می‌رود که گره‌ای از این مسیر نیست. باید یکی از این‌ها باشد: “a”, “b”.",
        "main.yaml، سطر 6، گره «b»: گفته نشده که خروجی «closed» (بیرون از ساعت کاری) به کجا می‌رود. بنویسید ‎“exits: {closed: <نام یک گره>}”‎.",
    ]


def test_a_problem_is_data_for_the_api():
    (problem,) = read(one_flow("a: {kind: mneu}")).problems
    assert problem.as_dict("en") == {
        "code": "kind_unknown", "file": "main.yaml", "line": 5, "node": "a",
        "message": "main.yaml, line 5, node “a”: There is no kind of node “mneu”. Did you mean “menu”?",
    }  # fmt: skip


def test_two_flows_may_not_want_the_same():
    """A number, a name, the default."""
    first = one_flow(A, top="name: same\nnumbers: ['1000']\ndefault: yes")
    problems = [problem.text("en") for problem in read(first, first).problems]
    assert problems == [
        "second.yaml: The flow's name “same” is taken by main.yaml. Give one of them another “name:”.",
        "second.yaml: main.yaml takes every other number already. Only one flow may say “default: yes”.",
        "second.yaml, line 2: The number 1000 leads to main.yaml, line 2, already. Remove it from one of the two flows.",
    ]


def test_a_circle_through_two_flows_is_found_once():
    there = one_flow("a: {kind: go_to, flow: second}", top="numbers: ['1']")
    back = one_flow("a: {kind: announce, prompt: x, exits: {done: b}}\nb: {kind: go_to, flow: main}", top="numbers: ['2']")
    assert [problem.code for problem in read(there, back).problems] == ["loop"]
    assert not read(there, MAIN.replace("1000", "2")).problems


def test_a_circle_through_a_menu_is_none():
    """Asking again is what menus are for."""
    text = one_flow("a: {kind: menu, prompt: x, exits: {1: b, 9: a}}\nb: {kind: announce, prompt: y, exits: {done: a}}")
    assert not read(text).problems


def test_prompts_are_read_in_every_form():
    text = one_flow(
        """
        a: {kind: announce, prompt: {fa: سلام, en: {file: hello.ogg}}, exits: {done: b}}
        b: {kind: announce, prompt: {text: سلام, language: fa}, exits: {done: c}}
        c: {kind: announce, prompt: {library: goodbye}, exits: {done: d}}
        d: {kind: hang_up, prompt: {file: hello.ogg}}
        """
    )
    loaded = read(text, recordings=("hello.ogg",))
    assert not loaded.problems
    prompts = [node.prompt for node in loaded.flows.flows["main"].nodes.values()]
    hello = Recorded("digest of hello.ogg", prompts[3].sound("en").file)
    assert [prompts[0].sound(language) for language in ("fa", "en")] == [Spoken("سلام", "fa"), hello]
    assert prompts[1].sound("en") == Spoken("سلام", "fa")
    assert prompts[2].sound("fa") == Spoken("از تماس شما سپاسگزاریم. خدانگهدار.", "fa")
    assert prompts[3].sound("fa") == hello
    assert {str(placed.sound) for placed in loaded.flows.sounds} >= {"سلام", "hello.ogg"}


def test_a_recording_replaces_a_ready_made_sentence():
    library = around("fa/goodbye.mp3").library
    assert isinstance(library["goodbye"].sound("fa"), Recorded)
    assert isinstance(library["goodbye"].sound("en"), Spoken)


def test_the_version_changes_with_text_and_recordings():
    versions = {read(MAIN).flows.version, read(MAIN, MAIN).flows.version, read(MAIN, recordings=("a.wav",)).flows.version}
    assert len(versions) == 3
    assert read(MAIN).flows.version in versions


def test_queues_are_not_checked_when_they_are_not_known():
    assert not read(one_flow("a: {kind: queue, queue: anything}"), queues=None).problems


words = st.sampled_from(
    [
        "a",
        "b",
        "menu",
        "announce",
        "queue",
        "hours",
        "hang_up",
        "go_to",
        "language",
        "1",
        "",
        "sales",
        "x: y",
        "[a]",
        "{fa: x}",
        "{1: a}",
        "{done: b}",
    ]
)
keys = st.sampled_from(
    ["kind", "prompt", "exits", "queue", "weekly", "holidays", "flow", "language", "retries", "cause", "max_wait_seconds"]
)
nodes = st.dictionaries(st.sampled_from("abc"), st.dictionaries(keys, words, max_size=5), max_size=3)


@settings(max_examples=300)
@given(nodes, st.sampled_from(["a", "b", ""]))
def test_no_flow_breaks_the_reading(some: dict[str, dict[str, str]], start: str):
    """Whatever a node says, it is read or its problems are told in both languages; what is read can be walked from its start."""
    body = "\n".join(f"{node}: {{{', '.join(f'{key}: {value}' for key, value in fields.items())}}}" for node, fields in some.items())
    loaded = read(one_flow(body or "{}", start=start))
    assert all(problem.text("fa") and problem.text("en") for problem in loaded.problems)
    if not loaded.problems:
        flow = loaded.flows.flows["main"]
        assert flow.nodes[flow.start]


def test_nothing_at_all_is_a_set_without_flows():
    assert read_flows({}, around()).flows.flows == {}
