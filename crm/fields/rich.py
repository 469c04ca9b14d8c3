"""Rich text made safe: a small set of elements, links to web, mail and telephone only. Everything else is dropped."""

from __future__ import annotations

import re

import nh3

_ALLOWED = {
    "p",
    "br",
    "b",
    "strong",
    "i",
    "em",
    "u",
    "s",
    "h2",
    "h3",
    "ul",
    "ol",
    "li",
    "blockquote",
    "a",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "hr",
}
_BREAKS = re.compile(r"<(?:br|/p|/h[23]|/li|/tr)[^>]*>")
_SPACES = re.compile(r"[ \t]*\n\s*")


def safe_html(text: str) -> str:
    """What of `text` may stand in a page: no script, no style, no event, no foreign address scheme."""
    return nh3.clean(
        text,
        tags=_ALLOWED,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )


def plain_text(html: str) -> str:
    """The words alone, for lists, search and messages."""
    from html import unescape

    words = unescape(nh3.clean(_BREAKS.sub("\n", html), tags=set()))
    return _SPACES.sub("\n", words).strip()
