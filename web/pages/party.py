"""One customer: the page everything hangs on; communications written by hand; promises ticked off. Forms and bin are those of every entity."""

from __future__ import annotations

from functools import partial
from typing import Any

from attrs import frozen

from config.database import Database
from config.errors import Refusal
from crm.accounts import Accounts
from crm.directory import Directory
from crm.dispositions import Dispositions
from crm.fields.dates import Date
from crm.fields.kind import Showing
from crm.parties import NoSuchParty
from crm.timeline import Timeline
from crm.timeline_page import FollowUps, Page, TimelinePages
from crm.words import CALL_STATUSES, CHANNEL_LABELS, DIRECTIONS, KINDS, METHODS, RELATIONS, RELATIONS_SEEN_FROM_THERE, ROLES, STATUSES
from recordings.records import of_calls
from web.moments import later
from web.permissions import SIGNED_IN
from web.request import Request
from web.response import Answer, own_path, page, redirect
from web.routes import Route, get, post

PER_PAGE = 15
WORDS: dict[str, Any] = {
    "kinds": KINDS, "statuses": STATUSES, "role_names": ROLES, "relations": RELATIONS, "relations_back": RELATIONS_SEEN_FROM_THERE, "methods": METHODS, "directions": DIRECTIONS,
    "call_statuses": CALL_STATUSES, "labels": CHANNEL_LABELS,
}  # fmt: skip


@frozen
class PartyPages:
    """The addresses below /parties."""

    database: Database
    directory: Directory
    timeline: Timeline
    timeline_pages: TimelinePages
    follow_ups: FollowUps
    dispositions: Dispositions
    accounts: Accounts
    timezone: str

    # ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────

    async def show(self, request: Request, party: int) -> Answer:
        """The customer's page."""
        return await self._page(request, await self._known(party, deleted=True))

    async def older(self, request: Request, party: int) -> Answer:
        """The next piece of the timeline (?after=&show=), for htmx."""
        items = await self._timeline(request, party)
        return page("timeline.html", party_id=party, shown=_shown(request), **await self._names(request, items), **WORDS)

    async def _page(self, request: Request, known: dict[str, Any], *, status: int = 200, refusal: Refusal | None = None) -> Answer:
        items = await self._timeline(request, known["id"])
        return page(
            "party.html",
            status=status,
            known=known,
            party_id=known["id"],
            job=next((one for one in known["works_at"] if not one["over"]), None),
            main_number=next((one["number"] for one in known["phones"] if one["kind"] != "fax"), ""),
            shown=_shown(request),
            open_items=await self.follow_ups.of_party(known["id"]),
            dispositions=self.dispositions.all(),
            done=request.whole("done", 0, low=0),
            saved=request.query.get("saved", ""),
            typed=request.form() if refusal else {},
            refusal=refusal,
            day=partial(Date().show, showing=Showing(language=request.language, timezone=self.timezone)),
            **await self._names(request, items),
            **WORDS,
        )

    async def _timeline(self, request: Request, party: int) -> Page:
        wanted = {"calls": ("call",), "others": tuple(method for method in METHODS if method != "call")}
        return await self.timeline_pages.of_party(
            party, after=request.query.get("after", "")[:60], methods=wanted.get(_shown(request), ()), most=PER_PAGE
        )

    async def _names(self, request: Request, timeline: Page) -> dict[str, Any]:
        calls = [item["call"] for item in timeline.items if item["call"]]
        return {
            "timeline": timeline,
            "recordings": await self.database.read(partial(of_calls, calls=calls)) if calls else {},
            "person": partial(self._person, request.language),
        }

    def _person(self, language: str, username: str) -> str:
        account = self.accounts.get(username)
        return account.shown(language) if account else self.accounts.named(username)

    # ── Communications ───────────────────────────────────────────────────────────────────────────────────────

    async def write_down(self, request: Request, party: int) -> Answer:
        """A communication written by hand."""
        known = await self._known(party)
        form = request.form()
        method = form.get("method", "note")
        try:
            await self.timeline.write_down(
                party,
                request.user.username,
                method=method,
                direction=form.get("direction", "") if method != "note" else "",
                subject=form.get("subject", ""),
                note=form.get("note", "").strip(),
                disposition=form.get("disposition", ""),
                follow_up_at=later(form.get("later", ""), request.at, self.timezone, request.language),
            )
        except Refusal as refusal:
            return await self._page(request, known, status=refusal.status, refusal=refusal)
        return redirect(f"/parties/{party}?saved=1", htmx=request.htmx)

    async def pick(self, request: Request, communication: int) -> Answer:
        """Where to move a communication that stands at the wrong customer: search and choose."""
        q = request.query.get("q", "").strip()[:200]
        listing = await self.directory.listing(q=q, per=10) if q else None
        return page("communication_move.html", communication=communication, q=q, found=listing.items if listing else [])

    async def move(self, request: Request, communication: int) -> Answer:
        """Move it, recording and follow-up with it."""
        form = request.form()
        said = form.get("party", "")
        party = whole_number(said)
        if party is None:
            raise NoSuchParty(party=said[:20])
        await self.timeline.move(communication, party, request.user.username, everything=form.get("all") == "1", origin=f"web {request.address}")
        return redirect(f"/parties/{party}", htmx=request.htmx)

    async def tick(self, request: Request, follow_up: int) -> Answer:
        """A promise is kept (or, with `undo=1`, not yet); back to where it was ticked."""
        form = request.form()
        undo = form.get("undo") == "1"
        await self.follow_ups.done(follow_up, undo=undo)
        back = own_path(form.get("back", ""), "/desk")
        return redirect(back if undo else f"{back}?done={follow_up}", htmx=request.htmx)

    async def _known(self, party: int, *, deleted: bool = False) -> dict[str, Any]:
        known = await self.directory.get(party)
        if known is None or (known["deleted_at"] is not None and not deleted):
            raise NoSuchParty(party=party)
        return known


def whole_number(text: str) -> int | None:
    """A record's number as a form sends it; None when it is none that can be."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None


def _shown(request: Request) -> str:
    return request.query["show"] if request.query.get("show") in {"calls", "others"} else ""


def routes(
    database: Database,
    directory: Directory,
    timeline: Timeline,
    timeline_pages: TimelinePages,
    follow_ups: FollowUps,
    dispositions: Dispositions,
    accounts: Accounts,
    timezone: str,
) -> list[Route]:
    """The customer's page and all that is done on it."""
    pages = PartyPages(database, directory, timeline, timeline_pages, follow_ups, dispositions, accounts, timezone)
    return [
        get("/parties/<int:party>", pages.show, allow=SIGNED_IN, summary="A customer's page"),
        get("/parties/<int:party>/timeline", pages.older, allow=SIGNED_IN, summary="Older communications of a customer"),
        post("/parties/<int:party>/communications", pages.write_down, allow=SIGNED_IN, summary="Write down a communication"),
        get("/communications/<int:communication>/move", pages.pick, allow=SIGNED_IN, summary="Find the right customer of a communication"),
        post("/communications/<int:communication>/move", pages.move, allow=SIGNED_IN, summary="Move a communication to another customer"),
        post("/follow-ups/<int:follow_up>/done", pages.tick, allow=SIGNED_IN, summary="Tick a follow-up off, or take that back"),
    ]
