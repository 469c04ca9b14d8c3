"""What a User-Agent means to people: "Chrome · Windows". Pure; only for showing."""

from __future__ import annotations

BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
"""What is looked for, the first that is there counts, and its name."""


def browser_name(user_agent: str) -> str:
    """The browser and the system; the beginning of the text when neither is known."""
    found = [next((name for word, name in table if word in user_agent), "") for table in (BROWSERS, SYSTEMS)]
    return " · ".join(filter(None, found)) or user_agent[:40]
