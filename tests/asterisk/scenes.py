"""What tests on the running product have in common: a company with short patience, its desk phones, and what the API says.

Reza has a desk phone here as Sara has, and rings, rests and wrap-ups take seconds, as an administrator could set them.
"""

from __future__ import annotations

import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import evolve

from agents.demo import QUEUES
from agents.queue_rows import put_queue
from config.alone import open_alone
from config.clock import SystemClock
from config.loops import LOOP
from config.secrets import installation_key
from config.settings import Settings
from crm.accounts import Accounts
from crm.demo import seed
from switchboard.asterisk.layout import passwords
from switchboard.asterisk.probe import AriProbe
from switchboard.bus import Bus
from tests.phones.baresip import Baresip, phone, until
from tests.phones.caller import Caller
from tests.phones.console import Console
from tests.phones.tones import longest_tone
from tests.product import Product

HERTZ = {"sara": 1000.0, "reza": 1600.0}
CALLER_HERTZ = 440.0
RING_SECONDS = 5.0
WRAP_UP_SECONDS = 2.0


def short_patience(product: Product) -> None:
    """Fill the home with the demonstration's company, changed as said above."""
    LOOP.run_until_complete(_fill(Settings.load(product.environment)))


async def _fill(settings: Settings) -> None:
    database = await open_alone(settings)
    accounts = Accounts(database, Bus(), SystemClock(LOOP))
    await accounts.load()
    await seed(database, accounts, SystemClock(LOOP))
    reza = accounts.get("reza")
    assert reza
    await accounts.change(evolve(reza, device="desk"))
    for queue in QUEUES:
        changed = evolve(
            queue, ring_seconds=RING_SECONDS, no_answer_delay_seconds=4.0, reject_delay_seconds=4.0, wrap_up_seconds=WRAP_UP_SECONDS
        )  # fmt: skip
        await database.write(lambda connection, changed=changed: put_queue(connection, changed))
    accounts.close()
    await database.close()


@contextmanager
def desk_phone(product: Product, folder: Path, agent: str = "sara", *, picks_up: bool = True) -> Iterator[Baresip]:
    """An agent's telephone on the desk, registered, humming the agent's tone."""
    account = product.account(agent)
    mode = "auto" if picks_up else "manual"
    address = f"<sip:{account['extension']}@{product.sip}>"
    with phone(folder, f"{address};auth_pass={account['sip_password']};answermode={mode};regint=60;audio_codecs=pcmu", HERTZ[agent]) as one:
        one.wait_for("REGISTER_OK")
        yield one


def available(product: Product, *agents: str) -> None:
    """The agents want calls, and their telephones are seen."""
    for agent in agents:
        product.api("POST", "/agents/me/intent", {"intent": "available"}, user=agent)
        until(lambda agent=agent: row_of(product, agent)["reachable"], f"{agent} can be rung")


def row_of(product: Product, agent: str) -> dict[str, Any]:
    """The agent as the API shows them."""
    rows: list[dict[str, Any]] = product.api("GET", "/agents")["items"]
    return next(row for row in rows if row["agent"] == agent)


def is_idle(product: Product, agent: str) -> bool:
    """Whether the agent does nothing."""
    return bool(row_of(product, agent)["activity"] == "idle")


def console_of(product: Product, agent: str) -> Console:
    """The agent's console, which has its first snapshot."""
    one = Console(product.http, agent, product.account(agent)["password"])
    one.wait_for(lambda frame: frame["type"] == "snapshot", "the snapshot")
    return one


def board_of(console: Console) -> dict[str, dict[str, Any]]:
    """The calls on the wallboard, by caller."""
    rows: dict[tuple[str, str], Any] = {}
    for frame in console.frames:
        for kind, key, row in frame.get("board", []) + (frame.get("changes", []) if frame["type"] == "board" else []):
            rows[kind, key] = row
    return {row["caller"]: row for (kind, _key), row in rows.items() if kind == "call" and row}


def until_board(console: Console, true: Callable[[dict[str, dict[str, Any]]], bool]) -> None:
    """Read on until the wallboard is so."""

    def so() -> bool:
        console.read(0.05)
        return true(board_of(console))

    until(so, "the wallboard")


def call_of(product: Product, caller: str) -> dict[str, Any]:
    """The newest call from (or to) the number; an empty one while there is none."""
    return next((call for call in product.calls(50) if caller in (call["caller"], call["dialled"])), {"id": "", "status": ""})


def until_status(product: Product, caller: str, *statuses: str, seconds: float = 20) -> dict[str, Any]:
    """The call of the number, once it stands so."""

    def found() -> dict[str, Any] | None:
        call = call_of(product, caller)
        return call if call["status"] in statuses else None

    try:
        return until(found, f"{caller} is {statuses}", seconds)
    except AssertionError:
        raise AssertionError(f"{caller} is not {statuses}: {call_of(product, caller)}") from None


def until_kept(product: Product, call: str, seconds: float = 40) -> dict[str, Any]:
    """The call, once its recording is kept."""
    return until(lambda: (found := product.api("GET", f"/calls/{call}"))["recording"] and found, "the recording is kept", seconds)


def left_in_asterisk(product: Product) -> list[str]:
    """Names of the channels and ids of the bridges that there are."""
    settings = Settings.load(product.environment)
    ari = AriProbe(settings.network.ari, "switchboard", passwords(settings, installation_key(product.home))["ari"])
    channels, bridges = ari.ask("GET", "channels")[1], ari.ask("GET", "bridges")[1]
    return [str(one["name"]) for one in channels] + [str(one["id"]) for one in bridges]


def hears(caller: Caller, hertz: float, since: float, seconds: float) -> bool:
    """Whether the caller has heard the tone without a break for so long."""
    return longest_tone(caller.heard(since), 8000, hertz) >= seconds


def download(product: Product, url: str, folder: Path) -> Path:
    """A recording as a stereo wav."""
    kept, stereo = folder / "kept", folder / "stereo.wav"
    request = urllib.request.Request(f"{product.http}{url}", headers={"Authorization": f"Bearer {product.token('nader')}"})
    with urllib.request.urlopen(request) as answer:
        kept.write_bytes(answer.read())
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(kept), "-ar", "8000", "-c:a", "pcm_s16le", str(stereo)], check=True)
    return stereo
