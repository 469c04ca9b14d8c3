"""WAV headers as Asterisk writes them, and their repair when Asterisk died before it could finish them.

Asterisk writes a 44-byte header with sizes of 0 when it opens a file and fills the sizes in when it closes it
(formats/format_wav.c), so a file whose header agrees with its length is closed, and one that does not was cut off.
Layout: RIFF WAVE, the specification of Microsoft and IBM (1991), little endian.
"""

from __future__ import annotations

import struct

from attrs import frozen

HEAD_BYTES = 4096
"""How much of a file is read to find its header; Asterisk's own is 44 bytes."""

PCM = 1


class NotWave(ValueError):
    """The bytes do not begin like a WAV file of linear samples."""


@frozen
class WaveHead:
    """What a header says. `data_at` is where the samples begin, `data_bytes` how many it claims."""

    rate: int
    channels: int
    sample_bytes: int
    data_at: int
    data_bytes: int
    riff_bytes: int

    @property
    def frame_bytes(self) -> int:
        """Bytes of one moment: a sample of each channel."""
        return self.channels * self.sample_bytes

    def frames(self, size: int) -> int:
        """Whole moments in a file of `size` bytes, whatever the header claims."""
        return max(0, size - self.data_at) // self.frame_bytes

    def seconds(self, size: int) -> float:
        """How long a file of `size` bytes plays."""
        return self.frames(size) / self.rate


def read_head(head: bytes) -> WaveHead:
    """The header in the first bytes of a file; raises `NotWave`."""
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise NotWave("the file does not begin with RIFF … WAVE")
    form: tuple[int, int, int] | None = None
    at = 12
    while at + 8 <= len(head):
        name, size = head[at : at + 4], _number(head, at + 4)
        if name == b"fmt " and at + 24 <= len(head):
            form = _form(head, at + 8)
        if name == b"data":
            if form is None:
                raise NotWave("the samples come before their format")
            rate, channels, sample_bytes = form
            return WaveHead(rate, channels, sample_bytes, at + 8, size, _number(head, 4))
        at += 8 + size + size % 2
    raise NotWave("the header has no samples")


def is_closed(head: bytes, size: int) -> bool:
    """Whether the header of a file of `size` bytes was finished: its two sizes agree with the file's."""
    try:
        found = read_head(head)
    except NotWave:
        return False
    return 0 <= size - found.data_at - found.data_bytes <= 1 and 0 <= size - 8 - found.riff_bytes <= 1


def mended(head: bytes, size: int) -> tuple[tuple[int, bytes], ...]:
    """What to write where, as (offset, bytes), so that a file of `size` bytes is whole again; () when it is.

    In Asterisk's files these are bytes 4 and 40. Raises `NotWave`.
    """
    found = read_head(head)
    if is_closed(head, size):
        return ()
    data_bytes = found.frames(size) * found.frame_bytes
    return ((4, struct.pack("<I", found.data_at - 8 + data_bytes)), (found.data_at - 4, struct.pack("<I", data_bytes)))


def _number(head: bytes, at: int) -> int:
    return int.from_bytes(head[at : at + 4], "little")


def _form(head: bytes, at: int) -> tuple[int, int, int]:
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", head, at)
    if kind != PCM or bits != 16 or not 1 <= channels <= 2 or not 1_000 <= rate <= 192_000:
        raise NotWave(f"expected 16-bit linear samples, found format {kind} of {bits} bits, {channels} channels, {rate} a second")
    return rate, channels, bits // 8
