"""Websocket frames, server to client: a JSON message becomes the bytes on the wire once, for however many consoles. RFC 6455 §5.2. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

TEXT = 0x81
"""FIN and opcode "text"."""


def frame(payload: bytes) -> bytes:
    """One unmasked text frame."""
    size = len(payload)
    if size < 126:
        head = bytes((TEXT, size))
    elif size < 65536:
        head = bytes((TEXT, 126)) + size.to_bytes(2)
    else:
        head = bytes((TEXT, 127)) + size.to_bytes(8)
    return head + payload


def message_frame(message: Mapping[str, Any]) -> bytes:
    """The frame of a JSON message."""
    return frame(orjson.dumps(message))
