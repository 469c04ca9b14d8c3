"""Who may use a route: a table, and one pure decision."""

from __future__ import annotations

from ipaddress import ip_address

from attrs import frozen

from config.errors import Refusal
from crm.accounts import ROLES, STAFF, Account
from web.errors import NotAllowed, NotLoggedIn


@frozen
class Permission:
    """Who may pass: everybody, or the named roles, or (as well) this machine itself."""

    name: str
    roles: tuple[str, ...] = ()
    everyone: bool = False
    loopback: bool = False


EVERYONE = Permission("everyone", everyone=True)
WITH_ACCOUNT = Permission("everybody with an account", ROLES)
SIGNED_IN = Permission("signed in", STAFF)
"""Everybody but the role "user", who has no telephone and only the records of their access pattern."""

SUPERVISORS = Permission("supervisors", ("supervisor", "administrator"))
ADMINISTRATORS = Permission("administrators", ("administrator",))
THIS_MACHINE = Permission("this machine only", loopback=True)
THIS_MACHINE_OR_SUPERVISORS = Permission("this machine, or supervisors", ("supervisor", "administrator"), loopback=True)


def refusal(permission: Permission, account: Account | None, *, loopback: bool) -> Refusal | None:
    """Why `account` (None: nobody) may not pass; None when they may. `loopback`: the request is this machine's own."""
    if permission.everyone or (permission.loopback and loopback):
        return None
    if account is None:
        return NotLoggedIn() if permission.roles else NotAllowed()
    return None if account.role in permission.roles else NotAllowed()


def is_loopback(address: str) -> bool:
    """Whether an IP address is this machine's own: "127.0.0.1", "::1", "::ffff:127.0.0.1"."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback
