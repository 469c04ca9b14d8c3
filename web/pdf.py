"""A print as PDF: run as a program of its own (it is slow and large), it reads HTML at its standard input and writes the PDF to its output.

Nothing but our own stylesheet and font is read, whatever the HTML names.
"""

from __future__ import annotations

import sys
from pathlib import Path

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from config.paper import breakable, limit

STATIC = Path(__file__).parent / "static"
FONT = "print:font"
SHEET = '@font-face {{ font-family: Vazirmatn; src: url("{font}") format("woff2"); }}\n'


class OnlyFont(URLFetcher):  # type: ignore[misc]  # weasyprint has no types
    """Gives the font; everything else is refused, so that no text in a record makes the printer read a file or ask a server."""

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """The font's bytes. Raises ValueError for any other address."""
        found = next(iter(sorted((STATIC / "bundle").glob("font-*.woff2"))), None)
        if url != FONT or found is None:
            raise ValueError(url[:80])
        return URLFetcherResponse(url, body=found.read_bytes(), headers={"Content-Type": "font/woff2"})


def written(html: str) -> bytes:
    """The PDF of a print."""
    fonts, fetch = FontConfiguration(), OnlyFont()
    sheet = SHEET.format(font=FONT) + (STATIC / "print_page.css").read_text("utf-8")
    css = CSS(string=sheet, url_fetcher=fetch, font_config=fonts)
    document = HTML(string=html, url_fetcher=fetch)
    breakable(document.etree_element)
    made = document.write_pdf(stylesheets=[css], font_config=fonts)
    assert isinstance(made, bytes)
    return made


if __name__ == "__main__":
    limit()
    sys.stdout.buffer.write(written(sys.stdin.buffer.read().decode("utf-8")))
