"""Static files: stylesheet, modules, fonts, sounds."""

from __future__ import annotations

from attrs import frozen

from web.assets import Assets
from web.errors import NothingHere
from web.permissions import EVERYONE
from web.request import Request
from web.response import Answer, Body
from web.routes import Route, get

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, no-cache"


@frozen
class StaticFiles:
    """The files under /static/."""

    assets: Assets

    async def show(self, request: Request, name: str) -> Answer:
        """One file: kept for ever when asked for by its hash (or when the bundler put one into its name), else checked each time by its ETag."""
        asset = self.assets.find(name)
        if asset is None:
            raise NothingHere
        tag = f'"{asset.hash}"'
        named = request.query.get("v") == asset.hash or (name.startswith("bundle/") and name.endswith(".woff2"))
        headers = [("ETag", tag), ("Cache-Control", FOR_EVER if named else ASK_AGAIN), ("Vary", "Accept-Encoding")]
        if tag in request.header("If-None-Match"):
            return Body(status=304, headers=tuple(headers))
        if asset.packed and "gzip" in request.header("Accept-Encoding"):
            return Body(asset.packed, asset.content_type, headers=(*headers, ("Content-Encoding", "gzip")))
        return Body(asset.body, asset.content_type, headers=(*headers, ("Content-Encoding", "identity")))


def routes(assets: Assets) -> list[Route]:
    """The static files."""
    files = StaticFiles(assets)
    return [
        get("/static/<path:name>", files.show, allow=EVERYONE, summary="Stylesheet, modules, fonts", kind="file"),
    ]
