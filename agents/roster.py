"""Who the agents are and which telephones they have: plain values, handed in and replaced while running.

The browser phone of extension 101 is the endpoint `w101`, the desk phone `101`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import frozen


@frozen(kw_only=True)
class Agent:
    """Somebody with an extension. `device` "browser" | "desk" is the phone that is rung while it is online; the other one is second."""

    username: str
    name: str
    name_en: str = ""
    extension: str
    device: str = "browser"

    @property
    def phones(self) -> tuple[str, str]:
        """Endpoints, the preferred one first."""
        browser, desk = f"w{self.extension}", self.extension
        return (browser, desk) if self.device == "browser" else (desk, browser)


class Roster:
    """The agents by user name, extension and endpoint."""

    def __init__(self, agents: Iterable[Agent] = ()) -> None:
        self.replace(agents)

    def replace(self, agents: Iterable[Agent]) -> None:
        """Exactly these are the agents; who has no extension takes no calls and is left out."""
        self._agents = {one.username: one for one in agents if one.extension}
        self._extensions = {one.extension: one for one in self._agents.values()}
        self._endpoints = {phone: one for one in self._agents.values() for phone in one.phones}

    def __iter__(self) -> Iterator[Agent]:
        return iter(self._agents.values())

    def get(self, username: str) -> Agent | None:
        """The agent, or None when that person takes no calls."""
        return self._agents.get(username)

    def of_extension(self, extension: str) -> Agent | None:
        """Who is reached by `extension`, or None."""
        return self._extensions.get(extension)

    def of_endpoint(self, endpoint: str) -> Agent | None:
        """Whose telephone `endpoint` is, or None."""
        return self._endpoints.get(endpoint)

    def username_of(self, endpoint: str) -> str:
        """The user name of whose telephone `endpoint` is, "" when it is nobody's."""
        agent = self._endpoints.get(endpoint)
        return agent.username if agent else ""
