"""Digits of every script become 0–9 in data; Persian readers see ۰–۹. Pure."""

from __future__ import annotations

ZEROS = (
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20,
    0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0,
    0xA9F0, 0xAA50, 0xABF0, 0xFF10,
)  # fmt: skip
"""The zero of every script of the Unicode Basic Multilingual Plane (general category Nd); its other digits follow it."""

TO_ASCII = {zero + value: str(value) for zero in ZEROS for value in range(10)}
"""For str.translate."""

TO_PERSIAN = {ord(str(value)): chr(0x06F0 + value) for value in range(10)}
"""For str.translate."""


def to_ascii(text: str) -> str:
    """Digits of any script as 0–9; everything else stays: «۰۹۱۲» → "0912"."""
    return text if text.isascii() else text.translate(TO_ASCII)


def to_persian(text: str) -> str:
    """0–9 as Persian digits; everything else stays: "09:15" → «۰۹:۱۵»."""
    return text.translate(TO_PERSIAN)


def in_script(text: str, language: str) -> str:
    """The digits as readers of `language` ("fa", "en") write them."""
    return to_persian(text) if language == "fa" else text
