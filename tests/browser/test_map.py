"""Maps in a real browser: over the pictures of a tile server that the settings name, and nobody else's; over the outline without one."""

from __future__ import annotations

import re
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.site_process import started
from tests.browser.test_axe import faults
from tests.browser.visits import visits

SIDE = 256
TILE = re.compile(r"/(\d+)/(\d+)/(\d+)\.png")


def picture() -> bytes:
    """A tile: 256 × 256, one colour, as PNG (RFC 2083)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    line = b"\0" + b"\xb0\xd0\xb0" * SIDE
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(line * SIDE)) + chunk(b"IEND", b"")


@pytest.fixture
def tiles() -> Iterator[tuple[int, list[str]]]:
    """A tile server: its port, and the paths it was asked for."""
    asked: list[str] = []
    body = picture()

    class Tiles(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200 if TILE.fullmatch(self.path) else 404)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Nothing is said on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, asked
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def map_page(browser: Browser, folder: Path, tiles: str) -> Iterator[tuple[Page, str]]:
    """The map of the toys with `tiles` in the settings, and the content security policy it came with."""
    with started("record_site", folder, TILES=tiles) as site, visits(browser, site.url, site.cookies, user="maryam") as opened:
        page = opened("/toys")
        answer = page.goto(f"{site.url}/toys/map")
        assert answer is not None
        yield page, answer.headers["content-security-policy"]


def test_tiles_lie_below_the_points_and_come_from_that_server_alone(browser: Browser, tmp_path: Path, tiles: tuple[int, list[str]]) -> None:
    """The tiles of what is seen, deeper ones when one goes nearer; another host's pictures stay forbidden."""
    port, asked = tiles
    with map_page(browser, tmp_path, f"http://127.0.0.1:{port}/{{z}}/{{x}}/{{y}}.png") as (page, policy):
        assert f"img-src 'self' data: http://127.0.0.1:{port};" in policy
        expect(page.locator(".map-tiles image").first).to_be_attached()
        expect(page.locator(".map-point").first).to_be_attached()
        expect(page.locator(".land")).to_have_count(0)
        page.wait_for_function("performance.getEntriesByType('resource').some((one) => one.name.endsWith('.png') && one.responseEnd > 0)")
        depth = max(int(found[1]) for path in asked if (found := TILE.fullmatch(path)))
        page.locator("[data-zoom=in]").click()
        expect(page.locator(f".map-tiles image[data-tile^='{depth + 1}/']").first).to_be_attached()
        assert all(TILE.fullmatch(path) for path in asked)
        assert faults(page) == []
        loaded = "(src) => new Promise((done) => { const one = new Image(); one.onload = () => done(true); one.onerror = () => done(false); one.src = src; })"
        assert page.evaluate(loaded, f"http://127.0.0.1:{port}/1/0/0.png")
        assert not page.evaluate(loaded, f"http://localhost:{port}/1/0/0.png")


def test_without_tiles_nobody_is_asked(browser: Browser, tmp_path: Path) -> None:
    """The outline and the towns stand there, and pictures of other hosts are forbidden."""
    with map_page(browser, tmp_path, "") as (page, policy):
        assert "img-src 'self' data:;" in policy
        expect(page.locator(".land")).to_be_attached()
        expect(page.locator(".map-tiles image")).to_have_count(0)
        assert faults(page) == []
