"""What a search shows in the browser's tests: «احم» finds customers and a group, «زرافه» nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


def hit(name: str, **more: Any) -> SimpleNamespace:
    plain = {
        "icon": "person",
        "url": "/desk?found",
        "colour": "",
        "vip": False,
        "company": None,
        "title": "",
        "city": "",
        "detail": "",
        "number": "",
    }
    return SimpleNamespace(name=name, **{**plain, **more})


CUSTOMERS = SimpleNamespace(
    entity="party", title="Customers", icon="people", address="/parties", total=60, more=True,
    hits=[
        hit("مریم احمدی", vip=True, company=SimpleNamespace(name="شرکت آریا صنعت"), title="مدیر خرید", number="+989121234567"),
        hit("احمد رضایی", city="اصفهان", number="+983132223344"),
        hit("فولاد احمدیان", icon="company", city="تهران", colour="#2f6f4f"),
    ],
)  # fmt: skip
GROUPS = SimpleNamespace(
    entity="party_group", title="Companies", icon="people", address="/groups", total=1, more=False,
    hits=[hit("همکاران احمدآباد", icon="people", detail="عمده‌فروشان · ۳")],
)  # fmt: skip


def values(q: str, most: int) -> dict[str, Any]:
    """The values of the templates search.html and search_box.html."""
    groups = [CUSTOMERS, GROUPS] if q and "زرافه" not in q else []
    return {"q": q, "groups": groups, "most": most, "new": f"/parties/new?name={q}" if q else ""}
