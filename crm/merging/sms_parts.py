"""How many short messages a text is: GSM-7 or UCS-2, as 3GPP TS 23.038 and 23.040 count. Pure."""

from __future__ import annotations

from attrs import frozen

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")
"""They take two places of the alphabet."""


@frozen
class Parts:
    """`alphabet`: "GSM-7" or "UCS-2"; `length` in its units; `parts`: messages; `left`: units free in the last one."""

    alphabet: str
    length: int
    parts: int
    left: int


def counted(text: str) -> Parts:
    """What a text costs."""
    if all(one in BASIC or one in EXTENDED for one in text):
        length, alphabet, single, joined = sum(2 if one in EXTENDED else 1 for one in text), "GSM-7", 160, 153
    else:
        length, alphabet, single, joined = len(text.encode("utf-16-be")) // 2, "UCS-2", 70, 67
    parts = 0 if not length else 1 if length <= single else -(-length // joined)
    return Parts(alphabet, length, parts, (single if parts < 2 else parts * joined) - length)
