"""What the stand-in site tells: believable people, calls and boards, in the shapes of the websocket."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

from attrs import frozen

from tests.browser import found


@frozen
class Person:
    """An account as the pages see it."""

    username: str
    name: str
    name_en: str
    role: str = "agent"
    extension: str = ""
    device: str = "browser"
    language: str = ""


PEOPLE = {
    one.username: one
    for one in (
        Person("maryam", "مریم رضایی", "Maryam Rezaei", extension="101"),
        Person("sara", "سارا نوری", "Sara Nouri", extension="103", device="desk"),
        Person("nader", "نادر امینی", "Nader Amini", "supervisor", extension="201"),
        Person("admin", "مدیر", "Administrator", "administrator"),
    )
}
SHARED = {"name_fa": "شرکت نمونه", "name_en": "Sample Company", "demo": True}

CALL = "1700000000.7"
REASONS = [
    {"code": "prayer", "title": {"fa": "نماز", "en": "Prayer"}},
    {"code": "lunch", "title": {"fa": "ناهار", "en": "Lunch"}},
    {"code": "meeting", "title": {"fa": "جلسه", "en": "Meeting"}},
]
DISPOSITIONS = [
    {"code": "answered", "title": {"fa": "پاسخ داده شد", "en": "Question answered"}},
    {"code": "follow_up", "title": {"fa": "پیگیری لازم است", "en": "Follow-up needed"}},
    {"code": "order", "title": {"fa": "سفارش ثبت شد", "en": "Order taken"}},
    {"code": "complaint", "title": {"fa": "شکایت ثبت شد", "en": "Complaint taken"}},
    {"code": "wrong_number", "title": {"fa": "اشتباه گرفته بود", "en": "Wrong number"}},
]
QUEUES = {
    "sales": {"fa": "فروش", "en": "Sales"},
    "support": {"fa": "پشتیبانی", "en": "Support"},
    "operator": {"fa": "اپراتور", "en": "Operator"},
}


def iso(seconds_ago: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds_ago))


def me(**changes: Any) -> dict[str, Any]:
    now = {
        "agent": "maryam", "intent": "available", "reason": "", "pending": None, "activity": "idle", "since": iso(74), "until": None,
        "reachable": True, "call": "",
    }  # fmt: skip
    return now | changes


def snapshot(**changes: Any) -> dict[str, Any]:
    frame = {
        "type": "snapshot", "n": 1, "now": iso(0), "me": me(), "calls": [], "offers": [], "break_reasons": REASONS, "dispositions": DISPOSITIONS,
        "queues": [
            {"name": "sales", "title": QUEUES["sales"], "waiting": 1, "longest_since": iso(31), "agents_available": 2},
            {"name": "support", "title": QUEUES["support"], "waiting": 2, "longest_since": iso(72), "agents_available": 0},
        ],
    }  # fmt: skip
    return frame | changes


def party(**changes: Any) -> dict[str, Any]:
    known = {
        "id": 12, "name": "مریم احمدی", "kind": "person", "role": "customer", "role_title": {"fa": "مشتری", "en": "Customer"}, "roles": ["customer"],
        "company": {"id": 31, "name": "شرکت آریا صنعت"}, "title": "مدیر خرید",
        "group": {"name": "مشتریان طلایی", "name_en": "Gold customers", "color": "#c9971c"}, "vip": True, "priority": 5, "expert": "reza", "expert_name": {"fa": "رضا صادقی", "en": "Reza Sadeghi"},
        "calls_this_month": 3,
        "communications": [
            {"id": 1, "at": iso(86400), "subject": "استعلام قیمت پمپ مدل B250", "method": "call", "direction": "in", "note": ""},
            {"id": 2, "at": iso(5 * 86400), "subject": "پیامک تأیید سفارش", "method": "sms", "direction": "out", "note": ""},
            {"id": 3, "at": iso(20 * 86400), "subject": "جلسه حضوری", "method": "meeting", "direction": "", "note": ""},
        ],
        "open_items": [
            {"id": 5, "kind": "follow_up", "title": "ارسال پیش‌فاکتور", "due_at": iso(2 * 86400)},
            {"id": 6, "kind": "follow_up", "title": "پیگیری تحویل", "due_at": iso(-86400)},
        ],
        "url": "/parties/12",
    }  # fmt: skip
    return known | changes


def card(match: str = "exact", *parties: dict[str, Any], number: str = "+989121234567") -> dict[str, Any]:
    return {"match": match, "number": "" if match == "withheld" else number, "parties": list(parties)}


def offer(shown: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "offer", "n": 2, "call": CALL, "queue": "support", "queue_title": QUEUES["support"], "since": iso(42), "caller": "09121234567",
        "number": "+989121234567", "path": [{"fa": "خوش‌آمد", "en": "Welcome"}, {"fa": "منوی اصلی: ۲", "en": "Main menu: 2"}],
        "card": shown or card("exact", party()),
    }  # fmt: skip


def call(shown: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    live = {
        "id": CALL, "direction": "inbound", "caller": "+989121234567", "dialled": "1000", "started_at": iso(160), "answered_at": iso(97),
        "ended_at": None, "status": "talking", "queue": "support", "agent": "maryam", "party": None, "steps": [], "recording": None,
        "held": False, "muted": False, "agent_leg": "l1", "card": shown or card("exact", party()),
    }  # fmt: skip
    return {"type": "call", "n": 3, "call": live | changes}


def board() -> list[list[Any]]:
    def waiting(number: int, caller: str, name: str, queue: str, ago: float) -> list[Any]:
        row = {
            "id": f"c{number}",
            "caller": caller,
            "name": name,
            "dialled": "1000",
            "state": "waiting",
            "queue": queue,
            "agent": "",
            "since": iso(ago),
            "path": [],
        }
        return ["call", f"c{number}", row]

    def agent(name: str, fa: str, en: str, extension: str, **changes: Any) -> list[Any]:
        row = {
            "agent": name,
            "name": {"fa": fa, "en": en},
            "extension": extension,
            "intent": "available",
            "reason": "",
            "activity": "idle",
            "since": iso(50),
            "call": "",
            "reachable": True,
        }
        return ["agent", name, row | changes]

    talking = {
        "id": "c8", "caller": "+982188776655", "name": "شرکت پارس پمپ", "dialled": "1000", "state": "talking", "queue": "sales", "agent": "reza",
        "since": iso(312), "path": [{"fa": "کلید ۱ را زد", "en": "pressed 1"}],
    }  # fmt: skip
    menu = {
        "id": "c9",
        "caller": "+989351112233",
        "name": "",
        "dialled": "1000",
        "state": "in_flow",
        "queue": "",
        "agent": "",
        "since": iso(8),
        "path": [],
    }
    return [
        waiting(1, "+989121234567", "مریم احمدی", "support", 72),
        waiting(2, "", "", "support", 44),
        waiting(3, "+989355550000", "", "sales", 12),
        ["call", "c8", talking],
        ["call", "c9", menu],
        [
            "queue",
            "sales",
            {"name": "sales", "title": QUEUES["sales"], "waiting": 1, "longest_since": iso(12), "answered": 41, "abandoned": 3},
        ],
        [
            "queue",
            "support",
            {"name": "support", "title": QUEUES["support"], "waiting": 2, "longest_since": iso(72), "answered": 27, "abandoned": 4},
        ],
        agent("maryam", "مریم رضایی", "Maryam Rezaei", "101", activity="wrap_up", since=iso(21)),
        agent("reza", "رضا کاظمی", "Reza Kazemi", "102", activity="talking", call="c8", since=iso(312)),
        agent("sara", "سارا نوری", "Sara Nouri", "103", intent="on_break", reason="lunch", since=iso(912)),
        agent("nader", "نادر امینی", "Nader Amini", "201", intent="offline", since=iso(9000), reachable=False),
    ]


def page(path: str, q: str = "") -> tuple[str, dict[str, Any]]:
    """The template and values of a path."""
    now = time.time()
    row = SimpleNamespace
    if path == "/desk":
        day = row(
            open_items=[
                row(id=1, title="ارسال پیش‌فاکتور", at=now - 2 * 86400, party=12, name="مریم احمدی"),
                row(id=2, title="تماس برای تحویل دستگاه", at=now + 3 * 3600, party=31, name="شرکت آریا صنعت"),
            ],
            missed=[row(id=3, call="c3", at=now - 1500, number="+989355550000", queue="sales", party=None, name=None)],
            last=[
                row(
                    id=4,
                    call="c4",
                    at=now - 600,
                    number="+982188776655",
                    direction="in",
                    status="answered",
                    seconds=217.0,
                    party=40,
                    name="شرکت پارس پمپ",
                ),
                row(
                    id=5,
                    call="c5",
                    at=now - 4000,
                    number="+989121234567",
                    direction="out",
                    status="failed",
                    seconds=0.0,
                    party=12,
                    name="مریم احمدی",
                ),
            ],
        )
        return "desk.html", {"day": day, "done": 0, "may_tick": True}
    if path == "/alarms/bell":
        return "alarm_bell.html", {"ringing": [], "count": 0}
    if path == "/wallboard":
        return "wallboard.html", {}
    if path == "/webphone":
        callers = [("+989121234567", "مریم احمدی", "۰۹۱۲ ۱۲۳ ۴۵ ۶۷"), ("+989351112233", "حسین کریمی", "۰۹۳۵ ۱۱۱ ۲۲ ۳۳")]
        return "webphone.html", {
            "callers": callers,
            "numbers": [("1000", "Main menu"), ("1001", "Sales"), ("1002", "Support")],
            "credentials": "/api/v1/softphone/demo",
        }
    if path == "/login":
        return "login.html", {"message": "", "wait": False, "next": "/", "username": ""}
    if path == "/help":
        return "help.html", {}
    if path in ("/search", "/search/found"):
        return ("search.html", found.values(q, 20)) if path == "/search" else ("search_box.html", found.values(q, 5))
    return "errors.html", {"refusal": row(status=404, code="not_found"), "message": "There is nothing at this address."}
