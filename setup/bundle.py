"""The browser's libraries and modules: installed from the lock by npm, bundled once by esbuild into web/static/bundle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from config.places import PROJECT
from setup.shell import run
from setup.stamps import fingerprint, is_fresh, leave

WEB = PROJECT / "web"
BUNDLE = WEB / "static/bundle"
LOCKS = (WEB / "package.json", WEB / "package-lock.json")

Say = Callable[[str], None]


def build(say: Say) -> str:
    """Npm ci when the lock changed, npm run build when anything it bundles changed."""
    built = BUNDLE / ".built"
    wanted = fingerprint([*LOCKS, *sources()])
    if is_fresh(built, wanted):
        return "up to date"
    installed = WEB / "node_modules/.installed"
    lock = fingerprint(LOCKS)
    if not is_fresh(installed, lock):
        say("installing browser libraries with npm")
        run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=WEB, cure="Check the network and run again.")
        leave(installed, lock)
    say("bundling with esbuild")
    run(["npm", "run", "--silent", "build"], cwd=WEB, cure=f"Mend what it names, or remove {WEB / 'node_modules'} and run again.")
    leave(built, wanted)
    return "built"


def sources() -> list[Path]:
    """What the bundle is made of: the build program and every module and style of ours."""
    ours = (file for ending in ("*.mjs", "*.js", "*.css") for file in (WEB / "static").rglob(ending) if BUNDLE not in file.parents)
    return [WEB / "bundle.mjs", *ours]
