"""Recordings by the browser: pieces, permission, the picture, the hold; and who listened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from attrs import define, frozen

from recordings.records import Kept, accesses, find, keep, mark_removed
from recordings.store import Shelf
from tests.web.building import COOKIE, Building, building, patterns_of
from web.csrf import csrf_token
from web.pages.recordings import routes

SOUND = bytes(range(256)) * 40


@frozen
class LoggedCall:
    agent: str
    party: int | None


@define
class CallBook:
    """The call log, as far as recordings ask it."""

    calls: dict[str, LoggedCall]

    async def find(self, call: str) -> LoggedCall | None:
        return self.calls.get(call)


CALLS = {"mine": LoggedCall("maryam", None), "of-a-customer": LoggedCall("reza", 7), "of-nobody": LoggedCall("reza", None)}


@asynccontextmanager
async def shelf_site(tmp_path: Path) -> AsyncIterator[tuple[Building, dict[str, int], Shelf]]:
    """A site with a recording of each call of `CALLS` and of one that the log does not know yet."""
    shelf = Shelf(tmp_path / "recordings")
    async with building(tmp_path, lambda parts: routes(parts["database"], CallBook(CALLS), shelf, patterns_of(parts))) as site:
        ids = {}
        for call in (*CALLS, "unlogged"):
            kept = Kept(
                call=call, started_at=1_769_845_500.0, seconds=40.0, file=f"2026/01/{call}.mp3", channels=2, size_bytes=len(SOUND),
                sha256="0" * 64, repaired=False, kept_at=1.0,
            )  # fmt: skip
            ids[call] = await site.database.write(partial(keep, kept=kept))
            audio = shelf.audio(kept.file)
            audio.parent.mkdir(parents=True, exist_ok=True)
            audio.write_bytes(SOUND)
            shelf.picture(kept.file).write_text('{"seconds":40.0,"channels":2,"lanes":[[1,2],[3,4]]}')
        yield site, ids, shelf


async def test_a_browser_gets_the_whole_sound_or_the_piece_it_seeks(tmp_path: Path) -> None:
    """Seeking in an hour-long call loads a second of it."""
    async with shelf_site(tmp_path) as (site, ids, _shelf):
        browser = await site.logged_in("maryam")
        whole = await browser.get(f"/recordings/{ids['mine']}/audio")
        assert (whole.status, whole.body, whole.headers["Content-Type"]) == (200, SOUND, "audio/mpeg")
        assert whole.headers["Accept-Ranges"] == "bytes"
        assert "Content-Disposition" not in whole.headers
        piece = await browser.get(f"/recordings/{ids['mine']}/audio", headers={"Range": "bytes=100-199"})
        assert (piece.status, piece.body) == (206, SOUND[100:200])
        assert piece.headers["Content-Range"] == f"bytes 100-199/{len(SOUND)}"
        beyond = await browser.get(f"/recordings/{ids['mine']}/audio", headers={"Range": "bytes=999999-"})
        assert beyond.status == 416


async def test_a_download_has_a_name_that_says_when_and_which(tmp_path: Path) -> None:
    """The saved file is found again."""
    async with shelf_site(tmp_path) as (site, ids, _shelf):
        reply = await (await site.logged_in("maryam")).get(f"/recordings/{ids['mine']}/audio?download=1")
        assert 'attachment; filename="2026-01-31-0745-mine.mp3"' in reply.headers["Content-Disposition"]


async def test_the_picture_comes_as_numbers(tmp_path: Path) -> None:
    """What the player draws."""
    async with shelf_site(tmp_path) as (site, ids, _shelf):
        reply = await (await site.logged_in("maryam")).get(f"/recordings/{ids['mine']}/peaks")
        assert reply.json() == {"seconds": 40.0, "channels": 2, "lanes": [[1, 2], [3, 4]]}


@pytest.mark.parametrize(
    ("user", "call", "status"),
    [
        ("maryam", "mine", 200),
        ("maryam", "of-a-customer", 200),
        ("maryam", "of-nobody", 403),
        ("maryam", "unlogged", 403),
        ("nader", "of-nobody", 200),
        ("nader", "unlogged", 200),
        ("admin", "of-nobody", 200),
    ],
)
async def test_agents_hear_their_own_calls_and_their_customers_supervisors_all(tmp_path: Path, user: str, call: str, status: int) -> None:
    """Sound and picture follow the same rule, by session and by token."""
    async with shelf_site(tmp_path) as (site, ids, _shelf):
        browser = await site.logged_in(user)
        for part in ("audio", "peaks"):
            assert (await browser.get(f"/recordings/{ids[call]}/{part}")).status == status
        assert (await site.browser().get(f"/recordings/{ids[call]}/audio", headers=await site.bearer(user))).status == status


async def test_nobody_hears_anything_without_logging_in(tmp_path: Path) -> None:
    """An address that leaked is worth nothing."""
    async with shelf_site(tmp_path) as (site, ids, _shelf):
        stranger = site.browser()
        assert (await stranger.get(f"/recordings/{ids['mine']}/audio")).status == 303
        assert (await stranger.get(f"/recordings/{ids['mine']}/peaks")).status == 401


async def test_every_listening_is_written_down(tmp_path: Path) -> None:
    """Who, when, from where, and whether the file was taken along; refused attempts and seeking are not listenings."""
    async with shelf_site(tmp_path) as (site, ids, _shelf):
        browser = await site.logged_in("nader")
        one = ids["of-nobody"]
        for path, headers in (("audio", {}), ("audio", {"Range": "bytes=5-"}), ("audio?download=1", {}), ("peaks", {})):
            await browser.get(f"/recordings/{one}/{path}", headers=headers)
        await (await site.logged_in("maryam")).get(f"/recordings/{one}/audio")
        seen = await site.database.read(partial(accesses, recording_id=one))
        assert [(row["user"], row["action"], row["address"]) for row in seen] == [
            ("nader", "downloaded", "127.0.0.1"),
            ("nader", "listened", "127.0.0.1"),
        ]


async def test_what_is_gone_says_why(tmp_path: Path) -> None:
    """Removed by the rule, missing on the disk, never there: three sentences."""
    async with shelf_site(tmp_path) as (site, ids, shelf):
        browser = await site.logged_in("nader")
        await site.database.write(partial(mark_removed, recording_id=ids["mine"], at=5.0))
        shelf.remove("2026/01/of-nobody.mp3")
        answers = [await browser.get(f"/recordings/{number}/peaks") for number in (ids["mine"], ids["of-nobody"], 999)]
        assert [(reply.status, reply.json()["error"]["code"]) for reply in answers] == [
            (410, "recording_removed"),
            (404, "recording_lost"),
            (404, "no_such_recording"),
        ]
        assert (await browser.get(f"/recordings/{ids['of-nobody']}/audio")).status == 404


async def test_a_supervisor_puts_a_hold_on_and_lifts_it(tmp_path: Path) -> None:
    """What a court may ask for is not removed by any rule; agents cannot change that."""
    async with shelf_site(tmp_path) as (site, ids, _shelf):
        one = ids["mine"]
        for user, status, held in (("maryam", 403, False), ("nader", 303, True)):
            browser = await site.logged_in(user)
            form = {"on": "1", "back": "/calls/mine", "csrf": csrf_token(browser.cookies[COOKIE])}
            reply = await browser.post(f"/recordings/{one}/hold", form=form, headers={"Origin": "http://127.0.0.1:8080"})
            assert reply.status == status
            row = await site.database.read(partial(find, recording_id=one))
            assert row
            assert row.legal_hold == held
        assert reply.headers["Location"] == "/calls/mine"
        assert not await site.database.write(partial(mark_removed, recording_id=one, at=5.0))
