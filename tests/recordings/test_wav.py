"""WAV headers: read, known to be finished, mended."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from recordings.wav import NotWave, is_closed, mended, read_head
from tests.recordings.voices import tone, write_wav


def test_a_closed_file_is_known_by_its_header(tmp_path: Path) -> None:
    """A recording that Asterisk has finished is taken at once."""
    whole = write_wav(tmp_path / "a.wav", tone(400, 1.5)).read_bytes()
    assert is_closed(whole[:44], len(whole))
    assert mended(whole[:44], len(whole)) == ()
    assert read_head(whole).seconds(len(whole)) == 1.5


def test_a_cut_off_header_is_mended_to_the_same_bytes_as_a_whole_one(tmp_path: Path) -> None:
    """After Asterisk was killed the recording plays to its last sample."""
    whole = write_wav(tmp_path / "a.wav", tone(400, 1.5)).read_bytes()
    broken = bytearray(write_wav(tmp_path / "b.wav", tone(400, 1.5), cut_off=True).read_bytes())
    assert not is_closed(bytes(broken), len(broken))
    for offset, written in mended(bytes(broken), len(broken)):
        broken[offset : offset + len(written)] = written
    assert bytes(broken) == whole


def test_half_a_sample_at_the_end_is_left_out(tmp_path: Path) -> None:
    """A file that was cut in the middle of a sample is mended to whole samples."""
    broken = write_wav(tmp_path / "b.wav", tone(400, 1), cut_off=True).read_bytes()[:-1]
    repair = dict(mended(broken[:44], len(broken)))
    assert int.from_bytes(repair[40], "little") == len(broken) - 44 - 1


def test_a_header_with_other_chunks_before_the_samples_is_read() -> None:
    """Files from elsewhere carry notes in their header."""
    form = b"fmt \x10\x00\x00\x00" + b"\x01\x00\x02\x00\x80\x3e\x00\x00\x00\xfa\x00\x00\x04\x00\x10\x00"
    head = b"RIFF\xff\xff\xff\xffWAVE" + form + b"LIST\x03\x00\x00\x00abc\x00" + b"data\x00\x00\x00\x00"
    found = read_head(head)
    assert (found.rate, found.channels, found.data_at) == (16000, 2, len(head))


@pytest.mark.parametrize("head", [b"", b"RIFF", b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEdata\0\0\0\0", b"OggS" + bytes(60)])
def test_what_is_no_wave_file_is_refused(head: bytes) -> None:
    """Rubbish is named as such."""
    with pytest.raises(NotWave):
        read_head(head)
    assert not is_closed(head, len(head))


@given(st.binary(max_size=200), st.integers(0, 10_000))
def test_no_bytes_break_the_reader(head: bytes, size: int) -> None:
    """Whatever is in the folder, the answer is a header or NotWave."""
    for bytes_of in (head, b"RIFF\0\0\0\0WAVE" + head, b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" + head):
        try:
            read_head(bytes_of)
            mended(bytes_of, size)
        except NotWave:
            assert not is_closed(bytes_of, size)
