"""Static files: kept in memory, named by their content so that browsers keep them for ever, compressed once."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from pathlib import Path

from attrs import frozen

STATIC = Path(__file__).parent / "static"
MOST_BYTES = 32 * 1024 * 1024
"""Files that would grow the memory beyond this are read anew each time."""

TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".map": "application/json",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
}
COMPRESSED = (".js", ".mjs", ".css", ".svg", ".json", ".map", ".webmanifest", ".txt")


@frozen
class Asset:
    """One file: its bytes, the same compressed (empty when that saves nothing), its type and content hash."""

    body: bytes
    packed: bytes
    content_type: str
    hash: str
    stamp: tuple[int, int]


class Assets:
    """The files of `folder`, by their path in it."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._folder = folder.resolve()
        self._kept: dict[str, Asset] = {}
        self._bytes = 0

    def find(self, name: str) -> Asset | None:
        """The file of this name, as it is on the disk now; None when there is none (or it is outside the folder, or hidden)."""
        if "\\" in name or any(part.startswith(".") or not part for part in name.split("/")) or not name.isprintable():
            return None
        path = self._folder / name
        try:
            facts = path.stat()
            stamp = (facts.st_mtime_ns, facts.st_size)
            kept = self._kept.get(name)
            if kept is not None and kept.stamp == stamp:
                return kept
            if not path.is_file() or not path.resolve().is_relative_to(self._folder):
                return None
            asset = _read(path, stamp)
        except (OSError, ValueError):
            return None
        self._keep(name, asset)
        return asset

    def url(self, name: str) -> str:
        """The address of a file, with its hash: "/static/app.css?v=0a1b2c3d4e"."""
        asset = self.find(name)
        return f"/static/{name}?v={asset.hash}" if asset else f"/static/{name}"

    def warm(self) -> None:
        """Read everything, so that no request waits for the disk or for gzip; to be called in a thread at start."""
        for path in sorted(self._folder.rglob("*")):
            if path.is_file() and "node_modules" not in path.parts:
                self.find(path.relative_to(self._folder).as_posix())

    def _keep(self, name: str, asset: Asset) -> None:
        size = len(asset.body) + len(asset.packed)
        if old := self._kept.pop(name, None):
            self._bytes -= len(old.body) + len(old.packed)
        if self._bytes + size <= MOST_BYTES:
            self._kept[name] = asset
            self._bytes += size


def _read(path: Path, stamp: tuple[int, int]) -> Asset:
    body = path.read_bytes()
    packed = gzip.compress(body, 9, mtime=0) if path.suffix in COMPRESSED and len(body) > 500 else b""
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(body, packed if len(packed) < len(body) else b"", kind, hashlib.sha256(body).hexdigest()[:10], stamp)
