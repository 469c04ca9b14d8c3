"""Two players on a page, the real module (unbundled) and stylesheet, a real recording served in pieces; prints its port.

`/fa` and `/en`: the page; the second player's recording was removed. `/sound.mp3` has the customer (400 Hz) on the left and the agent
(1000 Hz) on the right all the time. The headers are those of the product, its content security policy among them.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from threading import Event

from twisted.web.http import Request
from twisted.web.resource import Resource
from twisted.web.server import Site
from twisted.web.static import Data, File

from config.translations import translate
from recordings.incoming import incoming
from recordings.media import encode, prepare
from tests.browser.site_process import run, serve
from tests.recordings.voices import AGENT_HZ, CUSTOMER_HZ, tone, write_wav
from web.headers import policy

WEB = Path(__file__).resolve().parents[2] / "web"
SECONDS = 40.0
SENTENCES = (
    "Customer",
    "Agent",
    "Both",
    "Play",
    "Pause",
    "Speed",
    "Who is heard",
    "Position in the recording",
    "{here} of {whole}",
    "Download",
    "Recording",
)
PLAYER = """<div class="card"><recording-player id="{id}" src="/sound.mp3" peaks="{peaks}" seconds="40" channels="2" download="/sound.mp3">
<audio controls preload="none" src="/sound.mp3"></audio></recording-player></div>"""


def page(language: str) -> bytes:
    strings = json.dumps({one: translate(language, one) for one in SENTENCES})
    players = PLAYER.format(id="one", peaks="/peaks") + PLAYER.format(id="two", peaks="/removed")
    icons = (WEB / "templates/icons.svg").read_text().partition("#}")[2]
    return f"""<!doctype html><html lang="{language}" dir="{"rtl" if language == "fa" else "ltr"}"><head><meta charset="utf-8"><title>Player</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="/static/favicon.svg"><link rel="stylesheet" href="/static/bundle/app.css">
<script type="application/json" id="strings">{strings}</script><script type="module" src="/static/player.js"></script></head>
<body>{icons}<main class="stack"><h1>Player</h1>{players}</main></body></html>""".encode()


class Removed(Resource):
    """What the product says of a recording that the retention rule removed."""

    def render_GET(self, request: Request) -> bytes:
        request.setResponseCode(410)
        return b'{"error": {"code": "recording_removed", "message": "It was removed."}}'


class Guarded(Site):
    """The product's content security policy on everything."""

    def getResourceFor(self, request: Request) -> Resource:
        name, value = policy(request.getHeader("Host") or "", secure=False)
        request.setHeader(name, value)
        return super().getResourceFor(request)


def site(folder: Path) -> Guarded:
    for ending, hertz in (("", CUSTOMER_HZ), ("-in", CUSTOMER_HZ), ("-out", AGENT_HZ)):
        write_wav(folder / f"1.1{ending}.wav", tone(hertz, SECONDS))
    media = encode(prepare(incoming(folder, "1.1")), folder / "sound.mp3", Event())
    root = Resource()
    for language in ("fa", "en"):
        root.putChild(language.encode(), Data(page(language), "text/html; charset=utf-8"))
    root.putChild(b"static", File(str(WEB / "static")))
    sound = File(str(folder / "sound.mp3"))
    sound.type, sound.encoding = "audio/mpeg", None
    root.putChild(b"sound.mp3", sound)
    picture = {"seconds": media.seconds, "channels": media.channels, "lanes": media.lanes}
    root.putChild(b"peaks", Data(json.dumps(picture).encode(), "application/json"))
    root.putChild(b"removed", Removed())
    return Guarded(root)


async def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        await serve(site(Path(place)))


if __name__ == "__main__":
    run(main)
