"""The entities in the menu, and the views that are pinned there."""

from __future__ import annotations

from crm.access import Pattern
from tests.web.record_office import office
from web.menu import Menu
from web.pages import record_board, record_list


async def test_the_menu_has_what_the_user_may_see(tmp_path):
    """Customers first; nothing for somebody who may see nothing; what an administrator takes away is gone at once."""
    async with office(tmp_path, record_list, everything=True) as it:
        menu = Menu(it.catalogue, it.patterns)
        area, entries = menu.of("maryam", "en")[0]
        assert area == "Customer records"
        assert [one[0] for one in entries][:2] == ["/parties", "/communications"]
        assert "/toys" in [one[0] for one in entries]
        assert menu.of("client", "fa") == []
        narrow = Pattern(code="agent", fa="کارشناس", rights={"*": {"*": "all"}, "toy": {"view": "none"}})
        await it.patterns.save(narrow, "admin")
        assert "/toys" not in [one[0] for one in menu.of("maryam", "en")[0][1]]


async def test_pinned_views_are_in_the_menu(tmp_path):
    """One's own, and those that others share, whatever their look; in the page itself, not asked for afterwards."""
    async with office(tmp_path, record_list, record_board, everything=True) as it:
        menu = Menu(it.catalogue, it.patterns, it.site.database)
        await it.post("maryam", "/toys/views?filter=price:1", {"name": "ارزان", "pinned": "1"})
        await it.post(
            "nader", "/parties/views?mine=1", {"name": "تختهٔ من", "pinned": "1", "shared": "all", "look": "board", "by": "status"}
        )
        await it.post("maryam", "/toys/views?filter=price:2", {"name": "پنهان"})
        assert menu.pinned("maryam") == [("/parties/board?view=2", "board", "تختهٔ من"), ("/toys?view=1", "pin", "ارزان")]
        assert [name for _url, _icon, name in menu.pinned("reza")] == ["تختهٔ من"]
        assert menu.pinned("client") == []
