"""Every setting of an installation, read once at start from switchboard.toml and the environment.

Sections are frozen; an error names the file, section, key and what was expected. docs/settings.md is generated from
these declarations (`switchboard docs`).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Any

from attrs import frozen

from config.declared import read_section, refuse_unknown, setting
from config.errors import Refusal
from config.setting_kinds import (
    ADDRESS,
    COUNT,
    COUNTRY,
    DIGITS,
    HOST,
    HOURS,
    LANGUAGE,
    NUMBER,
    PATH,
    PORT_RANGE,
    PREFIXES,
    SECONDS,
    TEXT,
    TIME,
    TIMEZONE,
    WHOLE,
    YES_NO,
    Address,
    PortRange,
)  # fmt: skip
from config.translations import _


class SettingsUnreadable(Refusal):
    """switchboard.toml cannot be read or is not TOML."""

    code = "settings_unreadable"
    status = 500
    sentence = _("{file} cannot be read: {why}.")


@frozen
class Network:
    """Addresses and ports. All loopback unless told otherwise; several copies run side by side on other ports."""

    http: Address = setting(ADDRESS, "pages, API, websocket and the browsers' SIP", Address("127.0.0.1", 8080), "SWITCHBOARD_HTTP")
    sip: Address = setting(
        ADDRESS, "where telephones and trunks reach Asterisk (UDP and TCP)", Address("127.0.0.1", 5060), "SWITCHBOARD_SIP"
    )
    ari: Address = setting(ADDRESS, "Asterisk's HTTP: ARI and SIP over websocket", Address("127.0.0.1", 8088), "SWITCHBOARD_ARI")
    ami: Address = setting(ADDRESS, "Asterisk's manager interface", Address("127.0.0.1", 5038), "SWITCHBOARD_AMI")
    rtp: PortRange = setting(PORT_RANGE, "UDP ports for voice; a call uses about four", PortRange(20000, 20999), "SWITCHBOARD_RTP")


@frozen
class Site:
    """Who and where the company is."""

    name_fa: str = setting(TEXT, "the company's name in Persian", "شرکت نمونه")
    name_en: str = setting(TEXT, "the company's name in English", "Sample Company")
    country: str = setting(COUNTRY, "numbers without a country code belong here", "IR")
    city_code: str = setting(DIGITS, "local numbers without a city code belong here, without the 0", "21")
    language: str = setting(LANGUAGE, "language of those who have not chosen one", "fa")
    timezone: str = setting(TIMEZONE, "time zone of people and opening hours", "Asia/Tehran")
    alarms_at: time = setting(
        TIME, "when alarm dates ring that have no time of their own, and those put off to another day; in `timezone`", time(8)
    )


@frozen
class Telephony:
    """Asterisk, the way to the outside and what is recorded."""

    embedded: bool = setting(
        YES_NO, "start and look after an Asterisk of our own; false uses an existing one at [network] ari and ami", True
    )
    asterisk: Path | None = setting(PATH, "Asterisk's executable, when it is not to be found by itself", None, "SWITCHBOARD_ASTERISK")
    min_version: int = setting(WHOLE, "the oldest Asterisk that is accepted", 22)
    node: str = setting(TEXT, "this Asterisk's name in events and records", "local")
    ari_user: str = setting(TEXT, "user name at an existing Asterisk's ARI", "switchboard")
    ari_password: str = setting(TEXT, "its password; empty: derived from the installation key", "", "SWITCHBOARD_ARI_PASSWORD", secret=True)
    ami_user: str = setting(TEXT, "user name at an existing Asterisk's AMI", "switchboard")
    ami_password: str = setting(TEXT, "its password; empty: derived from the installation key", "", "SWITCHBOARD_AMI_PASSWORD", secret=True)
    away_seconds: float = setting(
        SECONDS, "how long the daemon may be away before waiting callers go to the static queue", 15.0, "SWITCHBOARD_AWAY_SECONDS"
    )
    dial_prefixes: tuple[str, ...] = setting(PREFIXES, "agents may dial numbers that begin so", ("0", "+98"))
    dial_forbidden: tuple[str, ...] = setting(PREFIXES, "and never these, though a beginning above allows them", ("00", "0909", "+98909"))
    trunk: str = setting(HOST, "the provider's SIP host for outside calls; empty: none (the demo plays the outside world itself)", "")
    trunk_user: str = setting(TEXT, "user name at the provider; empty: known by address", "")
    trunk_password: str = setting(TEXT, "password at the provider", "", "SWITCHBOARD_TRUNK_PASSWORD", secret=True)
    caller_id: str = setting(NUMBER, "number shown on outside calls", "")
    record: bool = setting(YES_NO, "record every talk between an agent and a customer", True)

    def outside(self, number: str, *, demo: bool) -> str:
        """What Asterisk dials to reach the outside `number`; empty when there is no way out."""
        if self.trunk:
            return f"PJSIP/{number}@trunk"
        return f"Local/{number}@demo-outside/n" if demo else ""


@frozen
class Recordings:
    """How long recordings are kept, and how much room they leave."""

    keep_days: int = setting(COUNT, "recordings older than so many days are removed, unless on legal hold; 0: never", 0)
    min_free_mb: int = setting(WHOLE, "with fewer megabytes free on the disk, new calls are not recorded; calls go on", 500)


@frozen
class Database:
    """Where records are kept."""

    url: str = setting(
        TEXT,
        "sqlite:///path/to/file or postgresql://user:password@host:port/name; empty: SQLite in the data directory",
        "",
        "SWITCHBOARD_DATABASE",
        secret=True,
    )
    password_file: Path | None = setting(
        PATH,
        "a file whose first line is the server's password, so that it stands neither in url nor in the environment",
        None,
        "SWITCHBOARD_DATABASE_PASSWORD_FILE",
    )


@frozen
class Web:
    """Pages, sessions and log-in."""

    public_url: str = setting(
        TEXT,
        "the address people type, when a reverse proxy stands in front (https://…); empty: http and [network] http",
        "",
        "SWITCHBOARD_URL",
    )
    session_hours: float = setting(SECONDS, "hours after which an unused session ends", 12.0)
    login_attempts: int = setting(WHOLE, "wrong passwords allowed within 15 minutes, per account and address", 5)
    hooks_local: bool = setting(YES_NO, "web-hooks may go to addresses of our own network as well", False)


@frozen
class Backup:
    """Back-ups by schedule: when, where, how many are kept, and whether they are encrypted."""

    hours: tuple[str, ...] = setting(HOURS, "when a back-up is made every day, in [site] timezone; none: only by hand", ("03:00",))
    folder: Path | None = setting(PATH, "where back-ups are kept; empty: backups/ in the data directory", None, "SWITCHBOARD_BACKUPS")
    offsite: Path | None = setting(PATH, "a second folder (another disk, a mounted share) that every back-up is copied to", None)
    passphrase_file: Path | None = setting(
        PATH, "a file whose first line encrypts the back-ups; keep a copy elsewhere, without it nothing can be restored", None
    )
    daily: int = setting(WHOLE, "so many days keep their last back-up", 7)
    weekly: int = setting(COUNT, "so many weeks keep their last back-up", 4)
    monthly: int = setting(COUNT, "so many months keep their last back-up", 12)
    verify: bool = setting(YES_NO, "restore each new back-up into a private folder and compare", True)
    journal_seconds: int = setting(
        COUNT, "how often changes of the database are put beside the back-ups, so that a moment between them can be restored; 0: never", 10
    )
    journal_days: int = setting(WHOLE, "for so many days any such moment can be restored", 7)
    copies_days: int = setting(
        COUNT, "for so many days a copy that was restored beside what runs is kept; 0: until somebody removes it", 14
    )
    files_minutes: int = setting(COUNT, "how often new recordings and files follow; 0: only with the back-ups", 5)


@frozen
class Map:
    """Pictures below the points of maps."""

    tiles: str = setting(
        TEXT,
        "address of map tiles with {z}, {x} and {y} (https://tiles.example.ir/{z}/{x}/{y}.png); empty: a plain outline, nobody's server is asked",
        "",
    )


@frozen
class Settings:
    """Everything read at start. `home` is SWITCHBOARD_HOME, the one directory that changes."""

    home: Path
    network: Network = Network()
    site: Site = Site()
    telephony: Telephony = Telephony()
    recordings: Recordings = Recordings()
    database: Database = Database()
    web: Web = Web()
    backup: Backup = Backup()
    map: Map = Map()
    demo: bool = False

    @property
    def database_url(self) -> str:
        """The database's SQLAlchemy address, with its password; raises a `Refusal` when that cannot be read."""
        if self.database.url and self.database.password_file:
            from config.database_address import with_password  # commands that need no database start without it

            return with_password(self.database.url, self.database.password_file)
        return self.database.url or f"sqlite:///{self.home / 'switchboard.db'}"

    @property
    def backups(self) -> Path:
        """Where back-ups are kept."""
        return self.backup.folder or self.home / "backups"

    @property
    def public_url(self) -> str:
        """The address people type, without a slash at the end."""
        return (self.web.public_url or f"http://{self.network.http}").rstrip("/")

    @classmethod
    def load(cls, environ: Mapping[str, str] = os.environ, file: Path | None = None) -> Settings:
        """Read `file` (default: SWITCHBOARD_CONFIG, else switchboard.toml in the home) and `environ`; raises a `Refusal`."""
        home = Path(environ.get("SWITCHBOARD_HOME") or "var").expanduser().absolute()
        named = environ.get("SWITCHBOARD_CONFIG")
        source = file or (Path(named).expanduser().absolute() if named else home / "switchboard.toml")
        tables = _tables(source, must_exist=bool(file or named))
        refuse_unknown(tables, [*SECTIONS, "demo"], str(source))
        sections = {name: read_section(kind, name, tables.get(name, {}), environ, str(source)) for name, kind in SECTIONS.items()}
        top = read_section(Top, "", {key: tables.get(key, not tables) for key in ("demo",)}, environ, str(source))
        return cls(home=home, demo=top.demo, **sections)


@frozen
class Top:
    """Settings outside any section."""

    demo: bool = setting(
        YES_NO,
        "a sample company with sample people, calls from this machine without registration; true when there is no switchboard.toml",
        False,
        "SWITCHBOARD_DEMO",
    )


SECTIONS: dict[str, type[Any]] = {
    "network": Network,
    "site": Site,
    "telephony": Telephony,
    "recordings": Recordings,
    "database": Database,
    "web": Web,
    "backup": Backup,
    "map": Map,
}


def _tables(source: Path, *, must_exist: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(source.read_text("utf-8"))
    except FileNotFoundError:
        if must_exist:
            raise SettingsUnreadable(file=source, why=_("there is no such file")) from None
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsUnreadable(file=source, why=str(error).rstrip(".")) from None
