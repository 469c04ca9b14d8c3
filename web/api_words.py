"""What the API answers with: the JSON schemas of its values, used by the routes and by openapi.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
YES_NO: Schema = {"type": "boolean"}
MOMENT: Schema = {"type": "string", "format": "date-time"}


def ref(name: str) -> Schema:
    """A reference to one of `COMPONENTS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def maybe(schema: Schema) -> Schema:
    """`schema`, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def record(properties: Mapping[str, Schema], *, open_end: bool = False) -> Schema:
    """An object with all of these; `open_end`: more may come."""
    return {"type": "object", "properties": dict(properties), "required": list(properties), "additionalProperties": open_end}


def listing(of: Schema, **more: Schema) -> Schema:
    """{"items": […], "total"}: a page of a list and how many there are in all."""
    return record({"items": {"type": "array", "items": of}, "total": WHOLE, **more})


TITLE = record({"fa": TEXT, "en": TEXT})

COMPONENTS: Mapping[str, Schema] = {
    "Error": record(
        {
            "error": {
                "type": "object",
                "properties": {"code": TEXT, "message": TEXT, "field": TEXT, "problems": {"type": "object"}, "current": {"type": "object"}},
                "required": ["code", "message"],
            }
        }
    ),
    "Named": record({"id": WHOLE, "name": TEXT}),
    "Step": record(
        {"node": TEXT, "kind": TEXT, "exit": TEXT, "entered_at": MOMENT, "left_at": maybe(MOMENT), "detail": TEXT}, open_end=True
    ),
    "Recording": record({"id": WHOLE, "seconds": NUMBER, "url": TEXT}),
    "Call": record(
        {
            "id": TEXT,
            "direction": {"type": "string", "enum": ["inbound", "outbound", "internal"]},
            "caller": TEXT,
            "dialled": TEXT,
            "started_at": MOMENT,
            "answered_at": maybe(MOMENT),
            "ended_at": maybe(MOMENT),
            "status": TEXT,
            "queue": maybe(TEXT),
            "agent": maybe(TEXT),
            "party": maybe(ref("Named")),
            "steps": {"type": "array", "items": ref("Step")},
            "recording": maybe(ref("Recording")),
        }
    ),
    "Queue": record(
        {"name": TEXT, "title": TITLE, "waiting": WHOLE, "longest_since": maybe(MOMENT), "agents_available": WHOLE}, open_end=True
    ),
    "Agent": record(
        {
            "agent": TEXT,
            "name": TITLE,
            "extension": TEXT,
            "intent": TEXT,
            "reason": TEXT,
            "pending": maybe(record({"intent": TEXT, "reason": TEXT})),
            "activity": TEXT,
            "since": maybe(MOMENT),
            "until": maybe(MOMENT),
            "reachable": YES_NO,
            "call": TEXT,
        }
    ),
    "Account": record(
        {
            "username": TEXT,
            "name": TEXT,
            "name_en": TEXT,
            "role": {"type": "string", "enum": ["agent", "supervisor", "administrator", "user"]},
            "pattern": TEXT,
            "extension": TEXT,
            "device": {"type": "string", "enum": ["browser", "desk"]},
            "language": TEXT,
            "party": maybe(WHOLE),
            "active": YES_NO,
        }
    ),
    "Number": record({"number": TEXT, "label": TEXT, "kind": TEXT}, open_end=True),
    "Party": record({"id": WHOLE, "kind": TEXT, "name": TEXT, "url": TEXT}, open_end=True),
    "Communication": record({"id": WHOLE, "at": MOMENT, "subject": TEXT, "method": TEXT, "direction": TEXT, "note": TEXT}, open_end=True),
    "Softphone": record(
        {
            "uri": TEXT,
            "authorization_user": TEXT,
            "password": TEXT,
            "realm": TEXT,
            "websocket": TEXT,
            "ice_servers": {"type": "array", "items": {"type": "object"}},
        }
    ),
    "Part": record({"ok": YES_NO}, open_end=True),
    "Health": record({"ok": YES_NO, "parts": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Part"}}}),
}
"""Every named schema of the API."""
