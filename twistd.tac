"""`twistd -ny twistd.tac`: the daemon under Twisted's own starter; the same as `switchboard daemon`."""

import os
import sys
from pathlib import Path

os.umask(0o077)  # what is kept is for this account
sys.path.insert(0, str(Path(__file__).resolve().parent))  # twistd does not

from config.loops import install_reactor

install_reactor()  # before anything else imports a reactor

from twisted.application.service import Application

from config.settings import Settings
from daemon import make_service

application = Application("switchboard")
make_service(Settings.load()).setServiceParent(application)
