"""Letters on paper: each on pages of its own under the office's name, right-to-left in Persian, as one PDF."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from html import escape
from pathlib import Path

from config.persian.dates import show_date
from config.programs import ProgramFailed, run_program
from crm.merging.letters import Sheet
from web.pages.record_print import NoPdf

PRINTER = Path(__file__).parent / "pdf.py"
SECONDS = 300.0


class LetterPaper:
    """Prints letters. `names`: the office's name by language; `today` gives the day at the office."""

    def __init__(self, names: Mapping[str, str], today: Callable[[], date]) -> None:
        self._names = names
        self._today = today
        self._one_by_one = asyncio.Semaphore(1)

    async def __call__(self, sheets: Sequence[Sheet], title: str) -> bytes:
        """The PDF. Raises NoPdf."""
        html = self.page(sheets, title)
        try:
            async with self._one_by_one:
                done = await run_program([sys.executable, "-P", str(PRINTER)], seconds=SECONDS, feed=html.encode())
        except ProgramFailed:
            raise NoPdf from None
        return done.out

    def page(self, sheets: Sequence[Sheet], title: str) -> str:
        """The HTML that is printed; the letters' texts are safe already."""
        language = sheets[0].language if sheets else "fa"
        letters = "".join(self._letter(one) for one in sheets)
        return (
            f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
            f'<body class="letters">{letters}</body></html>'
        )

    def _letter(self, one: Sheet) -> str:
        direction = "rtl" if one.language == "fa" else "ltr"
        day = show_date(self._today(), one.language)
        head = f"<header><strong>{escape(self._names.get(one.language, ''))}</strong><bdi>{day}</bdi></header>"
        subject = f"<h1>{escape(one.subject)}</h1>" if one.subject else ""
        return f'<article lang="{one.language}" dir="{direction}">{head}{subject}<div class="text">{one.body}</div></article>'
