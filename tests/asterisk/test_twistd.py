"""`twistd -ny twistd.tac` is the same daemon: it serves, finds the telephone system, and ends on SIGTERM."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from tests.asterisk.plant import embedded_asterisk
from tests.phones.baresip import until
from tests.product import ROOT, Product


def test_twistd_starts_the_same_daemon() -> None:
    """Started from another folder by Twisted's own program, beside an Asterisk that runs already."""
    with embedded_asterisk() as plant:
        network = plant.settings.network
        product = Product(plant.home)
        environment = {
            **product.environment, "SWITCHBOARD_SIP": str(network.sip), "SWITCHBOARD_ARI": str(network.ari), "SWITCHBOARD_AMI": str(network.ami),
        }  # fmt: skip
        command = [str(Path(sys.executable).with_name("twistd")), "-ny", str(ROOT / "twistd.tac"), "--pidfile="]
        with (plant.home / "twistd.log").open("wb") as out, subprocess.Popen(
            command, cwd=plant.home, env=environment, stdout=out, stderr=subprocess.STDOUT
        ) as daemon:  # fmt: skip
            try:
                try:
                    until(lambda: product.health()[0] == 200, "the daemon is well", 120)
                except AssertionError:
                    raise AssertionError((product.health(), (plant.home / "twistd.log").read_text()[-3000:])) from None
                assert product.health()[1]["parts"]["asterisk"]["ok"]
            finally:
                daemon.send_signal(signal.SIGTERM)
                daemon.wait(20)
        assert daemon.returncode in {0, -signal.SIGTERM}  # twistd raises the signal once more when it has stopped
