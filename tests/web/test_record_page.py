"""The page of every record: its values, what may be done, what points to it, the bin, the history, the neighbours."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from crm.fields.kind import Showing
from tests.crm.test_records import WHOLE
from tests.web.record_office import ADMIN, office
from web.records.changes import changes


async def test_a_record_is_shown_as_people_read_it(tmp_path: Path) -> None:
    """Numbers dial, addresses open, dates and amounts are the reader's; what somebody typed as HTML runs nothing."""
    async with office(tmp_path) as it:
        maker = await it.make(name="کارخانه <b>یک</b>")
        number = await it.make(**WHOLE, maker=maker, friends=[maker], expert="maryam", about=f"toy:{maker}")
        text = (await it.get("reza", f"/toys/{number}")).text
        for part in ('data-dial="+989121234567"', 'href="mailto:ALI@example.com"', 'href="https://example.com"', "۱۴۰۴/۰۲/۱۵", f'href="/toys/{maker}"', "چرخ",
                     "<p>hi</p>", "★★★★☆", "مریم", "کارخانه &lt;b&gt;یک", "geo:35.70000,51.40000"):  # fmt: skip
            assert part in text, part
        assert "<script>x" not in text
        english = await it.site.logged_in("reza")
        english.cookies["language"] = "en"
        assert "2025-05-05" in (await english.get(f"/toys/{number}")).text
        back = (await it.get("reza", f"/toys/{maker}")).text
        assert back.count(f'href="/toys/{number}"') == 3, "the maker's page lists what points to it, by field"


async def test_the_page_offers_what_the_reader_may_do(tmp_path: Path) -> None:
    """Deleting is for supervisors in the shipped patterns; nobody who may not see learns that there is anything."""
    async with office(tmp_path) as it:
        number = await it.make()
        for user, deletes in (("maryam", False), ("nader", True)):
            assert ("/delete" in (await it.get(user, f"/toys/{number}")).text) is deletes
        assert (await it.post("maryam", f"/toys/{number}/delete", {})).status == 403
        assert (await it.get("client", f"/toys/{number}")).status == 404
        assert (await it.get("maryam", "/toys/99")).status == 404


async def test_deleted_taken_back_and_gone_for_ever(tmp_path: Path) -> None:
    """The bin keeps everything; for ever needs the name typed, and the right."""
    async with office(tmp_path) as it:
        number = await it.make(name="قطار ماشین‌دودی")
        assert (await it.post("nader", f"/toys/{number}/delete", {})).status == 303
        page = (await it.get("nader", f"/toys/{number}")).text
        assert "/restore" in page
        assert "/purge" not in page
        assert (await it.get("nader", f"/toys/{number}/edit")).status == 409
        assert (await it.post("nader", f"/toys/{number}/restore", {})).status == 303
        assert (await it.values(number))["deleted_at"] is None
        await it.post("admin", f"/toys/{number}/delete", {})
        wrong = await it.post("admin", f"/toys/{number}/purge", {"name": "قطا"})
        assert wrong.status == 422
        assert "purge-error" in wrong.text
        assert 'value="قطا" autofocus' in wrong.text, "what was typed stays, to be corrected"
        typed = {"name": " قطار ماشين دودی"}
        assert (await it.post("nader", f"/toys/{number}/purge", typed)).status == 403
        gone = await it.post("admin", f"/toys/{number}/purge", typed)
        assert gone.status == 303, "no keyboard needs to have a joiner"
        assert gone.headers["Location"] == "/toys?deleted=only", "one goes on where one was: in the bin"
        assert (await it.get("admin", f"/toys/{number}")).status == 404


async def test_stars_are_ones_own_and_inactive_records_say_so(tmp_path: Path) -> None:
    async with office(tmp_path) as it:
        number = await it.make()
        await it.post("maryam", f"/toys/{number}/star", {"on": "1"})
        assert (
            "ستاره‌دار" in (await it.get("maryam", f"/toys/{number}")).text or "Starred" in (await it.get("maryam", f"/toys/{number}")).text
        )
        assert (await it.records.get(it.toy, number, it.patterns.viewer("reza"))).starred is False
        await it.post("nader", f"/toys/{number}/active", {})
        assert (await it.values(number))["active"] is False
        await it.post("nader", f"/toys/{number}/active", {"on": "1"})
        assert (await it.values(number))["active"] is True


async def test_the_history_of_many_rows_tells_those_that_changed(tmp_path: Path) -> None:
    """Of a customer's numbers the new one and how many are as before; another order of the same shows all."""
    async with office(tmp_path, everything=True) as it:
        party = it.catalogue["party"]
        three = [{"raw": f"0912123456{n}"} for n in range(3)]
        number = await it.records.create(party, {"kind": "person", "last_name": "یک", "channels": three}, ADMIN)
        for channels in ([*three, {"raw": "02188776655"}], [{"raw": "02188776655"}, *three]):
            known = await it.records.get(party, number, ADMIN)
            await it.records.change(party, number, {"channels": channels}, ADMIN, version=known.version)
        moved, added, _made = await it.records.history(party, number, ADMIN)
        showing = Showing(language="fa", timezone="Asia/Tehran")
        (one,) = (found for found in changes(party, [added], showing, may_edit=True, level=9)[0].fields if found.name == "channels")
        assert one.old == "(ردیف‌های بی‌تغییر: ۳)"
        assert re.fullmatch(r"تلفن – .*۰۲۱ ۸۸۷۷ ۶۶۵۵\n\(ردیف‌های بی‌تغییر: ۳\)", one.new)
        (one,) = (found for found in changes(party, [moved], showing, may_edit=True, level=9)[0].fields if found.name == "channels")
        assert (one.old.count("\n"), one.new.count("\n")) == (3, 3)


async def test_the_history_tells_and_gives_back(tmp_path: Path) -> None:
    """Who, when, from where, from what to what; one click gives the old value back."""
    async with office(tmp_path) as it:
        maker = await it.make(name="کارخانه")
        number = await it.make(price=1000, cost=1)
        await it.post(
            "reza", f"/toys/{number}/edit", {"version": "1", "price": "2000", "maker": str(maker), "maker:text": "x", "maker:was": "x"}
        )
        await it.post("nader", f"/toys/{number}/edit", {"version": "2", "cost": "5"})
        text = (await it.get("maryam", f"/toys/{number}/history")).text
        for part in ("رضا", "127.0.0.1" if "127.0.0.1" in text else "۱۲۷", "کارخانه", "۱۰۰", "۲۰۰"):
            assert part in text, part
        assert "Cost" not in text
        change = (await it.records.history(it.toy, number, it.patterns.viewer("admin")))[1]["id"]
        assert (await it.post("maryam", f"/toys/{number}/history/{change}/restore", {"field": "price"})).status == 303
        values = await it.values(number)
        assert (values["price"], values["maker"], values["cost"]) == (1000, maker, 5)
        assert (await it.post("maryam", f"/toys/{number}/history/999/restore", {"field": "price"})).status == 404
        assert (await it.get("client", f"/toys/{number}/history")).status == 404


async def test_the_neighbours_are_those_of_the_list_it_came_from(tmp_path: Path) -> None:
    """Next and previous follow the list's own filter and order; a list that cannot be read is no fault."""
    async with office(tmp_path) as it:
        numbers = [await it.make(name=f"n{place}", price=place) for place in (5, 1, 4, 2, 3)]
        listed = "where=price%3A%3E%3A1&sort=-price"
        text = (await it.get("maryam", f"/toys/{numbers[2]}?list={quote(listed, safe='')}")).text
        assert f"/toys/{numbers[0]}?list=" in text
        assert f"/toys/{numbers[4]}?list=" in text
        first = (await it.get("maryam", f"/toys/{numbers[0]}?list={quote(listed, safe='')}")).text
        assert f"/toys/{numbers[2]}?list=" in first
        assert 'aria-disabled="true"' in first
        plain = (await it.get("maryam", f"/toys/{numbers[1]}?list=")).text
        assert f"/toys/{numbers[3]}?list=" in plain, "the list as it comes is a list as well"
        assert "?list=" not in (await it.get("maryam", f"/toys/{numbers[1]}")).text
        for odd in ("where=nothing:1", "%00", "where={", "sort=zzz", "x" * 5000):
            assert (await it.get("maryam", f"/toys/{numbers[0]}?list={quote(odd, safe='')}")).status == 200


async def test_doubtful_codes_are_said_after_saving(tmp_path: Path) -> None:
    """A wrong check digit is kept and pointed at."""
    from attrs import evolve

    from crm.fields.identity import NationalId

    async with office(tmp_path) as it:
        toy = it.toy
        field = evolve(toy.field("code"), kind=NationalId())
        it.catalogue.entities = {"toy": toy.with_fields(field if one.name == "code" else one for one in toy.fields)}
        number = await it.make(code="1234567890")
        assert 'class="doubt"' in (await it.get("maryam", f"/toys/{number}")).text
