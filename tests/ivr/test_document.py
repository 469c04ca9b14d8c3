"""YAML texts as plain parts that know their line."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from ivr.document import DEEPEST, LARGEST_BYTES, MOST_EVENTS, Items, Scalar, Table, Unreadable, parse


def test_every_value_stays_the_text_that_stands_there():
    """Octal numbers, sexagesimal times, "no" and keys that are digits mean what they look like."""
    parsed = parse(b"numbers: [0211234]\nopen: 08:30\nlanguage: no\n1: sales\n0: ''\nnothing:\nnull_: ~\n")
    assert isinstance(parsed, Table)
    assert parsed.entries["numbers"] == Items((Scalar("0211234", 1),), 1)
    assert [parsed.entries[key] for key in ("open", "language", "1")] == [Scalar("08:30", 2), Scalar("no", 3), Scalar("sales", 4)]
    assert [parsed.entries[key] for key in ("0", "nothing", "null_")] == [Scalar("", 5), Scalar("", 6), Scalar("", 7)]
    assert parsed.lines["1"] == 4


@pytest.mark.parametrize(
    ("raw", "line", "said"),
    [
        (b"", 1, "empty"),
        (b"# only a remark", 1, "empty"),
        (b"a: b: c", 1, "mapping values"),
        (b"a: 1\nb:\n\tc: 1", 3, "cannot start any token"),
        (b"a: 'x", 1, "end of stream"),
        (b"a: [1, 2\nb: 3", 2, "expected ',' or ']'"),
        (b"a:\n  b: 1\n c: 2", 3, "block"),
        (b"a: 1\na: 2", 2, "“a” stands here again; it stands at line 1"),
        (b"a: &x [1]\nb: 2", 1, "references"),
        (b"a: *x", 1, "references"),
        (b"a: !!python/object/apply:os.system [id]", 1, "tags"),
        (b"a: 1\n---\nb: 2", 2, "second document"),
        (b"? [a]\n: 1", 1, "single word"),
        (b"a: 1\nb: \xff", 2, "UTF-8"),
        (b"a: 1\nb: \x07", 2, "code 7"),
        (b"[" * (DEEPEST + 1), 1, "too deeply"),
        (b"[" * 50_000, 1, "too deeply"),
        (b"x" * (LARGEST_BYTES + 1), 0, "larger"),
        (b"[" + b"1," * MOST_EVENTS + b"]", 1, "too many"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_document_is_refused_at_its_line(raw: bytes, line: int, said: str):
    with pytest.raises(Unreadable) as refused:
        parse(raw)
    assert (refused.value.line, said in refused.value.what.text("en")) == (line, True), refused.value


def test_a_slip_of_the_pen_comes_with_its_cure():
    """A tab, a colon inside a text, a star as a menu key."""
    cures = []
    for raw in (b"a:\n\tb: 1", b"prompt: For sales: press 1", b"exits:\n  *: menu"):
        with pytest.raises(Unreadable) as refused:
            parse(raw)
        assert refused.value.cure
        cures.append(refused.value.cure.text("en"))
    assert ["spaces" in cures[0], "quotes" in cures[1], '“"*": menu”' in cures[2]] == [True] * 3


def said_of(raw: bytes) -> str:
    """What is said to a supervisor about `raw`."""
    try:
        return type(parse(raw)).__name__
    except Unreadable as refused:
        return refused.what.text("fa")


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(raw: bytes):
    """Whatever is in a file, it is a document or refused with a sentence."""
    assert said_of(raw)


yaml_like = st.text(st.sampled_from("ab:{}[]-?!&*|>'\"%@`#, \n\t0\\"), max_size=60)


@given(yaml_like)
def test_no_yaml_like_text_breaks_the_reading(text: str):
    assert said_of(text.encode())
