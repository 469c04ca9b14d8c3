"""The whole product in a private home on free ports, started and stopped as a user would: `switchboard run`.

Everything goes through the doors that users have: the command, HTTP, SIP. Stopped by process id.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.load.process import child_named
from tests.peers.databases import new_url
from tests.phones.baresip import until
from tests.phones.ports import free_port, free_sip_port, free_udp_range

ROOT = Path(__file__).resolve().parents[1]
SPOKEN = Path(tempfile.gettempdir()) / f"switchboard-test-prompts-{os.getpid()}"
"""The prompts that the first product of this run has spoken; the following ones find them in their homes."""


class Product:
    """A running copy. `demo` is its demo.json; `home` its data directory; `log` what it printed."""

    def __init__(self, home: Path, settings: Mapping[str, str] | None = None, rtp_ports: int = 200) -> None:
        self.home = home
        first, last = free_udp_range(rtp_ports)
        self.environment = {
            **os.environ,
            "SWITCHBOARD_HOME": str(home),
            "SWITCHBOARD_HTTP": f"127.0.0.1:{free_port()}",
            "SWITCHBOARD_SIP": f"127.0.0.1:{free_sip_port()}",
            "SWITCHBOARD_ARI": f"127.0.0.1:{free_port()}",
            "SWITCHBOARD_AMI": f"127.0.0.1:{free_port()}",
            "SWITCHBOARD_RTP": f"{first}-{last}",
            **({"SWITCHBOARD_DATABASE": url} if (url := new_url()) else {}),
            **(settings or {}),
        }
        self.log = home.parent / f"{home.name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._token: dict[str, str] = {}

    def start(self, seconds: float = 120, *, wait: bool = True) -> None:
        """Start and, unless told not to, wait until it says it is ready (healthz 200)."""
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "commands.main", "run"], cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        if not wait:
            return
        try:
            until(self.is_ready, f"ready; see its log:\n{self.last_words()}", seconds)
        except AssertionError:
            self.stop()
            raise AssertionError(f"the product did not become ready:\n{self.last_words()}") from None

    def is_ready(self) -> bool:
        """Whether it answers well; fails when it has ended."""
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(f"the product ended with {self._process.returncode}")
        return self.health()[0] == 200 and (self.home / "demo.json").exists()

    def last_words(self, lines: int = 60) -> str:
        """The end of what it printed."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def stop(self, seconds: float = 20) -> int:
        """Ctrl-C, and wait. Returns its exit status."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise AssertionError(f"did not stop within {seconds} s:\n{self.last_words()}") from None
        return process.returncode

    def kill(self) -> None:
        """SIGKILL the watcher alone."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    @property
    def pid(self) -> int:
        """The process that keeps the others running."""
        assert self._process is not None
        return self._process.pid

    @property
    def daemon_pid(self) -> int:
        """The daemon's process id, 0 while there is none."""
        return child_named(self.pid, "daemon")

    @property
    def asterisk_pid(self) -> int:
        """Asterisk's process id."""
        return int((self.home / "asterisk/run/asterisk.pid").read_text())

    @property
    def demo(self) -> dict[str, Any]:
        """What demo.json says."""
        loaded: dict[str, Any] = json.loads((self.home / "demo.json").read_text())
        return loaded

    @property
    def http(self) -> str:
        """The address of its pages."""
        return f"http://{self.environment['SWITCHBOARD_HTTP']}"

    @property
    def sip(self) -> str:
        """host:port for telephones."""
        return self.environment["SWITCHBOARD_SIP"]

    def account(self, username: str) -> dict[str, Any]:
        """One of the demo accounts."""
        return next(account for account in self.demo["accounts"] if account["username"] == username)

    def health(self) -> tuple[int, dict[str, Any]]:
        """Status and body of /healthz; (0, {}) when nobody answers."""
        try:
            return self._ask("GET", "/healthz", None, {})
        except OSError:
            return 0, {}

    def token(self, username: str) -> str:
        """A bearer token of a demo account."""
        if username not in self._token:
            password = self.account(username)["password"]
            status, body = self._ask("POST", "/api/v1/login", {"username": username, "password": password}, {})
            assert status == 200, body
            self._token[username] = body["token"]
        return self._token[username]

    def api(self, method: str, path: str, body: Any = None, user: str = "nader") -> Any:
        """What the API answers to `user`; fails on an error status."""
        status, answer = self.ask(method, path, body, user)
        assert status < 400, (status, answer)
        return answer

    def ask(self, method: str, path: str, body: Any = None, user: str = "nader") -> tuple[int, Any]:
        """Status and JSON of an API request of `user`."""
        return self._ask(method, f"/api/v1{path}", body, {"Authorization": f"Bearer {self.token(user)}"})

    def _ask(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.http}{path}", data=data, method=method)
        for name, value in {**headers, "Content-Type": "application/json", "Accept": "application/json"}.items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read() or b"null")

    def calls(self, per: int = 20) -> list[dict[str, Any]]:
        """The newest calls, live and ended."""
        items: list[dict[str, Any]] = self.api("GET", f"/calls?sort=-started_at&per={per}")["items"]
        return items


@contextlib.contextmanager
def running(
    settings: Mapping[str, str] | None = None, rtp_ports: int = 200, prepare: Callable[[Product], None] = lambda _product: None
) -> Iterator[Product]:
    """A product for the length of a `with`, in a home that is thrown away; `prepare` may fill the home before the start."""
    with tempfile.TemporaryDirectory(prefix="switchboard-test-") as folder:
        Path(folder).chmod(0o755)  # the unprivileged Asterisk must reach its home
        product = Product(Path(folder) / "home", settings, rtp_ports)
        prepare(product)
        with contextlib.suppress(FileNotFoundError):
            shutil.copytree(SPOKEN, product.home / "prompts")
        product.start()
        if not SPOKEN.exists():
            shutil.copytree(product.home / "prompts", SPOKEN)
            atexit.register(shutil.rmtree, SPOKEN, ignore_errors=True)
        try:
            yield product
        finally:
            product.stop()
