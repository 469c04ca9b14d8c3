"""One customer: the page everything hangs on; a swiped card; communications written by hand; promises ticked off."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from config.database import Database
from config.errors import Refusal
from config.translations import _
from crm.accounts import Accounts
from crm.cards import find_card
from crm.catalogue import Catalogue
from crm.directory import Directory
from crm.dispositions import Dispositions
from crm.duplicates.duplicates import Duplicates
from crm.fields.dates import Date
from crm.fields.kind import Showing
from crm.fields.numbers import Percent
from crm.open_items import Open, open_for
from crm.parties import NoSuchParty
from crm.patterns import Patterns
from crm.query import allowed
from crm.records import Records
from crm.timeline import Timeline
from crm.timeline_page import FollowUps, Page, TimelinePages
from crm.words import CALL_STATUSES, DIRECTIONS, RELATIONS_SEEN_FROM_THERE
from recordings.records import of_calls
from web.moments import later
from web.pages.record_page import RecordPages
from web.permissions import SIGNED_IN, WITH_ACCOUNT
from web.records.places import Place
from web.records.shown import Shelf
from web.request import Request
from web.response import Answer, own_path, page, redirect
from web.routes import Route, get, post
from web.ticking import tick

PER_PAGE = 15
OPEN = 6
"""Open items of one sort that are shown; the list has the others."""
ELSEWHERE = frozenset({"channels", "relations", "city", "point", "group_id"})
"""Fields that stand beside the timeline in a better shape."""
TOLD = frozenset({"party", "communication"})
"""Entities whose links to the customer are told by the timeline and the relations."""
WORDS: dict[str, Any] = {
    "directions": DIRECTIONS, "relations_back": RELATIONS_SEEN_FROM_THERE, "call_statuses": CALL_STATUSES,
}  # fmt: skip


SAYS = ("subject", "note", "topic", "disposition", "later")
"""What a communication written by hand may say; one of them is enough."""


class NothingSaid(Refusal):
    """Ctrl+Enter in a form that was only opened."""

    code = "nothing_said"
    status = 422
    sentence = _("Nothing was written yet. Expected a subject, a note, a result or a follow-up.")


@frozen
class PartyPages:
    """The addresses below /parties that are a customer's own; forms, history and bin are those of every record."""

    place: Place
    database: Database
    directory: Directory
    timeline: Timeline
    timeline_pages: TimelinePages
    follow_ups: FollowUps
    dispositions: Dispositions
    duplicates: Duplicates

    # ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────

    async def show(self, request: Request, party: int) -> Answer:
        """The customer's page; one that was merged leads to what it went into."""
        if master := await self.duplicates.led_to(self.place.entity, party):
            return redirect(f"/parties/{master}", htmx=request.htmx)
        return await self._page(request, party)

    async def older(self, request: Request, party: int) -> Answer:
        """The next piece of the timeline (?after=&show=), for htmx."""
        await self._known(request, party)
        items = await self._timeline(request, party)
        return page("timeline.html", party_id=party, shown=_shown(request), **await self._names(request, items), **WORDS)

    async def _page(self, request: Request, party: int, *, status: int = 200, refusal: Refusal | None = None) -> Answer:
        about = await RecordPages(self.place, self.duplicates).about(request, party, TOLD)
        about["shelves"] = _others(about["shelves"])
        customer = await self.directory.get(party, self.place.viewer(request))
        assert customer is not None
        items = await self._timeline(request, party)
        return page(
            "party.html",
            status=status,
            customer=customer,
            party_id=party,
            job=next((one for one in customer["works_at"] if not one["over"]), None),
            main_number=next((one["number"] for one in customer["phones"] if one["kind"] != "fax"), ""),
            shown=_shown(request),
            open_items=await self.follow_ups.of_party(party),
            open_of=await self._open(request, party),
            today=self._today(request),
            may_search=self.place.viewer(request).may("communication", "view"),
            may_tick=self.place.viewer(request).may("communication", "edit"),
            dispositions=self.dispositions.all(),
            topics=self.place.catalogue.lists["topic"],
            methods=[one for one in self.place.catalogue.lists["method"] if one.active],
            done=request.whole("done", 0, low=0),
            scanned=request.query.get("card", "")[:100],
            login=next((one.username for one in self.place.accounts.all() if one.party == party), ""),
            typed=request.form() if refusal else {},
            refused=refusal,
            refusal=None,
            day=partial(Date().show, showing=Showing(language=request.language, timezone=self.place.timezone)),
            percent=partial(Percent().show, showing=Showing(language=request.language, timezone=self.place.timezone)),
            **about,
            **await self._names(request, items),
            **WORDS,
        )

    async def _timeline(self, request: Request, party: int) -> Page:
        wanted = {"calls": ("call",), "others": tuple(one.code for one in self.place.catalogue.lists["method"] if one.code != "call")}
        return await self.timeline_pages.of_party(
            party,
            after=request.query.get("after", "")[:60],
            methods=wanted.get(_shown(request), ()),
            most=PER_PAGE,
            viewer=self.place.viewer(request),
        )

    async def _open(self, request: Request, party: int) -> list[dict[str, Any]]:
        """What entities declare open for the customer (crm/open_items.py): title, address, count, rial, items (title, url, due in words, late)."""
        entities, viewer, now = (
            tuple(self.place.catalogue.entities.values()),
            self.place.viewer(request),
            {str: self._today(request), float: request.at},
        )
        found = await self.database.read(partial(open_for, entities=entities, party=party, viewer=viewer, may_see=allowed, most=OPEN))
        showing = Showing(language=request.language, timezone=self.place.timezone)

        def item(one: Open, number: int, title: str, when: Any) -> dict[str, Any]:
            due = one.due.show(when, showing) if one.due and when else ""
            return {"title": title, "url": f"{one.entity.address}/{number}", "due": due, "late": bool(due) and when < now[type(when)]}

        return [
            {
                "title": one.entity.word(request.language, several=True), "icon": one.entity.icon, "count": one.count, "rial": one.rial,
                "items": [item(one, *said) for said in one.items],
            }
            for one in found
        ]  # fmt: skip

    def _today(self, request: Request) -> str:
        return datetime.fromtimestamp(request.at, ZoneInfo(self.place.timezone)).date().isoformat()

    async def _names(self, request: Request, timeline: Page) -> dict[str, Any]:
        calls = [item["call"] for item in timeline.items if item["call"]]
        return {
            "timeline": timeline,
            "recordings": await self.database.read(partial(of_calls, calls=calls)) if calls else {},
            "person": partial(self._person, request.language),
            "word": partial(self._word, request.language),
        }

    def _word(self, language: str, name: str, code: str) -> str:
        """What a code of a list means."""
        return (self.place.catalogue.word(name, code) or {}).get(language, "")

    def _person(self, language: str, username: str) -> str:
        account = self.place.accounts.get(username)
        return account.shown(language) if account else self.place.accounts.named(username)

    # ── Communications ───────────────────────────────────────────────────────────────────────────────────────

    async def write_down(self, request: Request, party: int) -> Answer:
        """A communication written by hand."""
        await self._known(request, party)
        form = request.form()
        method = form.get("method", "note")
        try:
            if not any(form.get(name, "").strip() for name in SAYS):
                raise NothingSaid
            await self.timeline.write_down(
                party,
                request.user.username,
                method=method,
                direction=form.get("direction", "") if method != "note" else "",
                subject=form.get("subject", ""),
                topic=form.get("topic", ""),
                origin=f"web {request.address}",
                note=form.get("note", "").strip(),
                disposition=form.get("disposition", ""),
                follow_up_at=later(form.get("later", ""), request.at, self.place.timezone, request.language),
            )
        except Refusal as refusal:
            return await self._page(request, party, status=refusal.status, refusal=refusal)
        return redirect(f"/parties/{party}?saved=1", htmx=request.htmx)

    async def pick(self, request: Request, communication: int) -> Answer:
        """Where to move a communication that stands at the wrong customer: search and choose."""
        q = request.query.get("q", "").strip()[:200]
        viewer = self.place.viewer(request)
        listing = await self.directory.listing(q=q, per=10, viewer=viewer) if q else None
        try:
            known = await self.place.records.get(self.place.catalogue["communication"], communication, viewer)
        except Refusal:
            known = None
        wrong = whole_number(request.query.get("from", "")) or ""
        return page(
            "communication_move.html", communication=communication, q=q, found=listing.items if listing else [], known=known, wrong=wrong,
            word=partial(self._word, request.language),
        )  # fmt: skip

    async def move(self, request: Request, communication: int) -> Answer:
        """Move it, recording and follow-up with it."""
        form = request.form()
        said = form.get("party", "")
        party = whole_number(said)
        if party is None:
            raise NoSuchParty(party=said[:20])
        await self.timeline.move(
            communication,
            party,
            request.user.username,
            everything=form.get("all") == "1",
            wrong=whole_number(form.get("from", "")),
            origin=f"web {request.address}",
        )
        return redirect(f"/parties/{party}?saved=1", htmx=request.htmx)

    async def tick(self, request: Request, follow_up: int) -> Answer:
        """A promise is kept (or, with `undo=1`, not yet); back to where it was ticked."""
        form = request.form()
        undo = form.get("undo") == "1"
        await tick(self.follow_ups, self.place.records, follow_up, self.place.viewer(request), undo=undo)
        back = own_path(form.get("back", ""), "/desk")
        return redirect(back if undo else f"{back}?done={follow_up}", htmx=request.htmx)

    async def scan(self, request: Request) -> Answer:
        """The customer whose card was swiped or scanned (?code=); a code that is nobody's goes to the search."""
        code = request.query.get("code", "").strip()[:100]
        viewer = self.place.viewer(request)
        found = await self.database.read(partial(find_card, code=code, viewer=viewer, entity=self.place.entity, today=self._today(request)))
        if len(found) == 1:
            return redirect(f"/parties/{found[0].party}?{urlencode({'card': code})}", htmx=request.htmx)
        return redirect(f"/search?{urlencode({'q': code})}", htmx=request.htmx)

    async def _known(self, request: Request, party: int) -> None:
        """Refuse a customer who is not there, lies in the bin or may not be seen."""
        known = await self.place.records.get(self.place.entity, party, self.place.viewer(request))
        if known.deleted:
            raise NoSuchParty(party=party)


def _others(shelves: Iterable[Shelf]) -> list[Shelf]:
    """The shelves without what stands elsewhere on the page."""
    left = [evolve(shelf, values=tuple([one for one in shelf.values if one.field.name not in ELSEWHERE])) for shelf in shelves]
    return [shelf for shelf in left if shelf.values]


def whole_number(text: str) -> int | None:
    """A record's number as a form sends it; None when it is none that can be."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None


def _shown(request: Request) -> str:
    return request.query["show"] if request.query.get("show") in {"calls", "others"} else ""


def routes(
    database: Database,
    catalogue: Catalogue,
    records: Records,
    patterns: Patterns,
    directory: Directory,
    timeline: Timeline,
    timeline_pages: TimelinePages,
    follow_ups: FollowUps,
    dispositions: Dispositions,
    accounts: Accounts,
    timezone: str,
    duplicates: Duplicates,
) -> list[Route]:
    """The customer's page and all that is done on it."""
    place = Place("party", catalogue, records, patterns, accounts, timezone)
    pages = PartyPages(place, database, directory, timeline, timeline_pages, follow_ups, dispositions, duplicates)
    return [
        get("/cards", pages.scan, allow=WITH_ACCOUNT, summary="The customer whose card was swiped"),
        get("/parties/<int:party>", pages.show, allow=WITH_ACCOUNT, summary="A customer's page"),
        get("/parties/<int:party>/timeline", pages.older, allow=WITH_ACCOUNT, summary="Older communications of a customer"),
        post("/parties/<int:party>/communications", pages.write_down, allow=WITH_ACCOUNT, summary="Write down a communication"),
        get(
            "/communications/<int:communication>/move", pages.pick, allow=WITH_ACCOUNT, summary="Find the right customer of a communication"
        ),
        post(
            "/communications/<int:communication>/move", pages.move, allow=WITH_ACCOUNT, summary="Move a communication to another customer"
        ),
        post("/follow-ups/<int:follow_up>/done", pages.tick, allow=SIGNED_IN, summary="Tick a follow-up off, or take that back"),
    ]
