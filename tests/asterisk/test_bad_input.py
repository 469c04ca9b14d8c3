"""What goes wrong, as people see it: `switchboard run` that cannot start, flows that are broken, a disk that is full, orders for others' calls."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.asterisk.conftest import cleared
from tests.asterisk.scenes import (
    CALLER_HERTZ,
    HERTZ,
    available,
    console_of,
    desk_phone,
    hears,
    left_in_asterisk,
    short_patience,
    until_status,
)
from tests.phones.baresip import until
from tests.phones.caller import Caller
from tests.product import ROOT, Product, running

# ── `switchboard run` that cannot start ─────────────────────────────────────────────────────────────────────────

FAKE = "#!/bin/sh\necho 'Asterisk 16.28.0~dfsg'\n"
Break = Callable[[Product], dict[str, str]]


def no_asterisk(_product: Product) -> dict[str, str]:
    return {"SWITCHBOARD_ASTERISK": "/nowhere/asterisk"}


def old_asterisk(product: Product) -> dict[str, str]:
    fake = product.home.parent / "asterisk"
    fake.write_text(FAKE)
    fake.chmod(0o755)
    return {"SWITCHBOARD_ASTERISK": str(fake)}


def settings(text: str) -> Break:
    def written(product: Product) -> dict[str, str]:
        product.home.mkdir(exist_ok=True)
        (product.home / "switchboard.toml").write_text(text)
        return {}

    return written


def home_is_a_file(product: Product) -> dict[str, str]:
    product.home.write_text("")
    return {}


STARTS: dict[str, tuple[Break, str, str]] = {
    # what is broken: how, what is said in English, what is said in Persian
    "no Asterisk": (no_asterisk, "make setup", "make setup"),
    "old Asterisk": (old_asterisk, "16", "16"),
    "broken TOML": (settings("[web\nport = 1"), "switchboard.toml", "switchboard.toml"),
    "unknown setting": (settings("[web]\nlogin_atempts = 5\n"), "login_attempts", "login_attempts"),
    "wrong value": (settings("[telephony]\naway_seconds = 'soon'\n"), "away_seconds", "away_seconds"),
    "home is a file": (home_is_a_file, "/home", "/home"),
}


def run(product: Product, language: str, more: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """`switchboard run` to its end."""
    environment = {**product.environment, **more, "LC_ALL": f"{language}.UTF-8"}
    return subprocess.run(
        [sys.executable, "-m", "commands.main", "run"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("broken", STARTS)
@pytest.mark.parametrize("language", ["en_US", "fa_IR"])
def test_a_start_that_cannot_be_is_one_sentence(tmp_path: Path, broken: str, language: str) -> None:
    """What is wrong, where, and the cure, in the reader's language; never a traceback, and nothing is left running."""
    breaking, english, persian = STARTS[broken]
    product = Product(tmp_path / "home")
    ended = run(product, language, breaking(product))
    said = ended.stdout + ended.stderr
    assert ended.returncode == 1, said
    assert "Traceback" not in said
    assert (english if language == "en_US" else persian) in said
    assert 1 <= len(said.strip().splitlines()) <= 4, said
    assert any("آ" <= letter <= "ی" for letter in said) == (language == "fa_IR"), said


@pytest.mark.parametrize("name", ["SWITCHBOARD_HTTP", "SWITCHBOARD_SIP", "SWITCHBOARD_ARI", "SWITCHBOARD_AMI"])
def test_a_taken_port_is_said_with_who_has_it(tmp_path: Path, name: str) -> None:
    """The port, what it is for, the setting that changes it and the process that holds it."""
    product = Product(tmp_path / "home")
    host, _, port = product.environment[name].rpartition(":")
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM if name == "SWITCHBOARD_SIP" else socket.SOCK_STREAM)) as holder:
        holder.bind((host, int(port)))
        if name != "SWITCHBOARD_SIP":
            holder.listen()
        ended = run(product, "en_US", {})
    said = ended.stdout + ended.stderr
    assert ended.returncode == 1, said
    assert "Traceback" not in said
    assert name in said
    assert f"{host}:{port}" in said
    assert str(os.getpid()) in said


# ── Flows that are broken while calls come ──────────────────────────────────────────────────────────────────────

BROKEN = {
    "not YAML": ("main.yaml", "title: [\n", "main.yaml"),
    "unknown queue": ("main.yaml", "queue: sales", "queue: sels"),
    "missing prompt": ("main.yaml", "prompt: به شرکت آریا ارتباط پارس خوش آمدید.", "prompt: {file: nowhere.wav}"),
    "unknown exit": ("main.yaml", "exits: {done: hours}", "exits: {done: ours}"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_flows_are_refused_and_the_old_ones_go_on(product: Product, kind: str) -> None:
    """The administrator reads file, line and node; a caller who rings now is led as before, and one who is in the flow notices nothing."""
    name, old, new = BROKEN[kind]
    file = product.home / "flows" / name
    good = file.read_text()
    caller = Caller(product.sip, "1000", caller="02133445500").call()
    until_status(product, "02133445500", "in_flow")
    try:
        file.write_text(old if kind == "not YAML" else good.replace(old, new))
        status, answer = product.ask("POST", "/flows/reload", {}, user="admin")
        assert status == 422, answer
        assert "main.yaml" in answer["error"]["message"]
        caller.press("2")
        assert until_status(product, "02133445500", "waiting")["queue"] == "support"
        second = Caller(product.sip, "1000", caller="02133445501").call()
        second.press("1")
        assert until_status(product, "02133445501", "waiting")["queue"] == "sales"
        assert product.health()[1]["parts"]["flows"]["problems"] >= 1
    finally:
        file.write_text(good)
        product.api("POST", "/flows/reload", {}, user="admin")
    assert product.health()[0] == 200


# ── Orders for what is not one's own ────────────────────────────────────────────────────────────────────────────


def test_a_call_of_somebody_else_cannot_be_touched(product: Product, tmp_path: Path) -> None:
    """Reza's console and his API orders about Sara's call are refused, one by one; the talk goes on."""
    number = "02133445510"
    with desk_phone(product, tmp_path / "agent") as agent:
        available(product, "sara")
        caller = Caller(product.sip, "1002", caller=number).call()
        call = until_status(product, number, "talking")["id"]
        console = console_of(product, "reza")
        orders = ("hang_up", {}), ("hold", {}), ("mute", {"on": True}), ("digits", {"digits": "1"}), ("reject", {}), ("note", {"text": "x"})
        for order, values in orders:
            refused = console.order(order, call=call, **values)
            assert (refused["ok"], refused.get("error", {}).get("code")) == (False, "not_your_call"), order
            status, answer = product.ask("POST", f"/calls/{call}/{order}", values, user="reza")
            assert (status, answer["error"]["code"]) == (403, "not_your_call"), order
        missing = console.order("hang_up", call="1700000000.1")
        assert missing["error"]["code"] == "no_such_call"
        console.write(1, b'{"id": 7, "do": "hang_up", "call": ' + b"[" * 5000)
        console.write(1, b'{"id": 8, "do": "fly"}')
        odd = console.wait_for(lambda frame: frame["type"] == "result" and frame.get("id") == 8, "the answer to nonsense")
        assert not odd["ok"]
        console.close()
        assert until_status(product, number, "talking")["id"] == call
        caller.hang_up()
        agent.wait_for("CALL_CLOSED")


# ── A full disk ─────────────────────────────────────────────────────────────────────────────────────────────────


def free_bytes(folder: Path) -> int:
    """Room on the disk."""
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize


def nearly_full(product: Product) -> None:
    """Settings by which the disk is full when half of its room is used, and well again when it is not."""
    product.home.mkdir(exist_ok=True)
    least = free_bytes(product.home) * 6 // 10_000_000
    (product.home / "switchboard.toml").write_text(f"demo = true\n[recordings]\nmin_free_mb = {least}\n")
    short_patience(product)


@pytest.fixture
def small_product() -> Iterator[Product]:
    """A product of the test's own, whose disk is nearly full."""
    with running(prepare=nearly_full) as one:
        yield one
        cleared(one)


def test_a_disk_that_fills_up_under_a_call(small_product: Product, tmp_path: Path) -> None:
    """Said on the console and in /healthz; the talk goes on, the next one too, unrecorded; with room again all is well."""
    product, ballast = small_product, small_product.home / "ballast"
    number = "02133445520"
    with desk_phone(product, tmp_path / "agent") as agent:
        available(product, "sara")
        console = console_of(product, "sara")
        caller = Caller(product.sip, "1002", caller=number).call().hum(CALLER_HERTZ)
        call = until_status(product, number, "talking")["id"]
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, free_bytes(product.home) // 2)
        notice = console.wait_for(lambda frame: frame["type"] == "notice" and frame["code"] == "disk_full", "the notice", 20)
        assert notice["level"] == "bad"
        status, health = product.health()
        assert (status, health["parts"]["recording"]["ok"]) == (503, False)
        began = time.perf_counter()
        until(lambda: hears(caller, HERTZ["sara"], began, 1.0), "the talk goes on")
        caller.hang_up()
        agent.wait_for("CALL_CLOSED")
        until_status(product, number, "answered")
        until(lambda: product.ask("POST", f"/calls/{call}/end_wrap_up", {}, user="sara")[0] < 500, "Sara is done")
        second = Caller(product.sip, "1002", caller="02133445521").call()
        until_status(product, "02133445521", "talking")
        began = time.perf_counter()
        until(lambda: hears(second, HERTZ["sara"], began, 1.0), "the next talk goes on as well")
        second.hang_up()
        unrecorded = until_status(product, "02133445521", "answered")
        ballast.unlink()
        console.wait_for(lambda frame: frame["type"] == "notice" and frame["level"] == "good", "all is well", 40)
        until(lambda: product.health()[0] == 200, "healthy again", 40)
        until(lambda: product.api("GET", f"/calls/{call}")["recording"], "what was recorded before is kept", 40)
        assert product.api("GET", f"/calls/{unrecorded['id']}")["recording"] is None
        console.close()
    until(lambda: not left_in_asterisk(product), "nothing is left")
