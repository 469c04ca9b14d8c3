"""A token does what it was made for."""

from __future__ import annotations

import pytest

from web.scopes import ScopeRefused, allows, read_scopes, scope_of


@pytest.mark.parametrize(
    ("path", "unsafe", "scope"),
    [
        ("/api/v1/parties", False, "parties:read"),
        ("/api/v1/parties/<int:party>", True, "parties:write"),
        ("/api/v1/me", False, ""),
        ("/api/v1/openapi.json", False, ""),
        ("/recordings/<int:recording>/audio", False, "recordings:read"),
        ("/", False, "pages:read"),
        ("/live", False, "live:read"),
    ],
)
def test_an_address_asks_for_its_scope(path: str, unsafe: bool, scope: str) -> None:
    """The first step of the address and what is done there."""
    assert scope_of(path, unsafe=unsafe) == scope


@pytest.mark.parametrize(
    ("scopes", "may"),
    [
        (("*",), True),
        (("parties:read",), True),
        (("parties:*",), True),
        (("*:read",), True),
        (("parties:write",), False),
        (("party:read",), False),
        (("calls:*",), False),
        ((), False),
    ],
)
def test_scopes_allow_what_they_name(scopes: tuple[str, ...], may: bool) -> None:
    """Nothing more, nothing less."""
    assert allows(scopes, "parties:read") is may
    assert allows(scopes, "")


def test_scopes_are_read_or_refused() -> None:
    """Nothing said means everything; a slip of the pen is told, never taken as less or more."""
    assert read_scopes([]) == ("*",)
    assert read_scopes(["Parties:Read", "parties:read ", "calls:write"]) == ("parties:read", "calls:write")
    assert read_scopes(["parties:read", "*"]) == ("*",)
    for wrong in ("parties", "parties:delete", "../x:read", "parties:read calls", "*;", "parties:read\n"):
        if wrong.strip() != "parties:read":
            with pytest.raises(ScopeRefused):
                read_scopes([wrong])
