"""What a token may do: words such as "parties:read", "calls:write", "parties:*", "*:read" or "*". Pure.

The part before the colon is the first step of the address (of what follows /api/v1/), the right is "read" for what only
reads and "write" for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from config.errors import Refusal
from config.translations import _

EVERYTHING = "*"
RIGHTS = ("read", "write")
ALWAYS = ("me", "login", "openapi.json")
"""What every token may: find out who it is and what there is."""

MOST = 40
WORD = re.compile(r"\*|(\*|[a-z][a-z0-9._-]{0,39}):(\*|read|write)")


class ScopeRefused(Refusal):
    """A scope that is none."""

    code = "scope_refused"
    status = 422
    sentence = _("“{scope}” is not a scope. Expected * or words such as parties:read, calls:write, parties:*.")


def scope_of(path: str, *, unsafe: bool) -> str:
    """The scope that an address asks for: "/api/v1/parties/<int:party>" → "parties:read"; "" when any token will do."""
    first = path.removeprefix("/api/v1").strip("/").partition("/")[0] or "pages"
    return "" if first in ALWAYS else f"{first}:{'write' if unsafe else 'read'}"


def allows(scopes: Iterable[str], asked: str) -> bool:
    """Whether a token with these scopes may do what asks for the scope `asked`."""
    if not asked:
        return True
    what, _colon, right = asked.partition(":")
    return any(one in (EVERYTHING, asked, f"{what}:*", f"*:{right}", "*:*") for one in scopes)


def read_scopes(words: Iterable[object]) -> tuple[str, ...]:
    """Scopes as people or programs wrote them, each once; nothing means everything. Raises ScopeRefused."""
    found = tuple(dict.fromkeys(str(one).strip().lower() for one in words))
    for one in found:
        if not WORD.fullmatch(one):
            raise ScopeRefused(field="scopes", scope=one[:60])
    if len(found) > MOST:
        raise ScopeRefused(field="scopes", scope=", ".join(found)[:60])
    return (EVERYTHING,) if not found or EVERYTHING in found else found
