"""Gathers every sentence people see (Python `_`, templates `{{ _() }}`, browser modules `t()`) and brings `fa.po` up to date.

`python -m config.translations.gather` adds what is new with an empty translation, removes what nothing says any more, and
prints what is still to be translated. Nothing else in the file is touched.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from config.places import PROJECT
from config.translations import HERE

PACKAGES = ("agents", "commands", "config", "crm", "departments", "ivr", "recordings", "switchboard", "web")
ALONE = ("daemon.py", "rescue.py")
LEFT_OUT = ("node_modules", "bundle", "__pycache__")
MARK = {"_": None}
MARK_IN_BROWSER = {"t": None}
TEMPLATE = {"trimmed": "true", "silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}


HEAD = r"""# Persian translation of Switchboard; `make messages` keeps it complete.
msgid ""
msgstr ""
"Project-Id-Version: switchboard\n"
"Language: {language}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"

"""


def sentences() -> dict[str, list[tuple[str, int]]]:
    """Every English sentence with the places (file, line) that say it, in the order of the files."""
    found: dict[str, list[tuple[str, int]]] = {}
    for file in _files():
        for line, sentence in _in_file(file):
            found.setdefault(sentence, []).append((file.relative_to(PROJECT).as_posix(), line))
    return found


def _files() -> Iterator[Path]:
    for package in PACKAGES:
        for file in sorted((PROJECT / package).rglob("*")):
            if file.suffix in (".py", ".html", ".js") and not set(file.parts) & set(LEFT_OUT):
                yield file
    yield from (file for name in ALONE if (file := PROJECT / name).exists())


def _in_file(file: Path) -> Iterator[tuple[int, str]]:
    method = {".py": "python", ".html": "jinja2.ext:babel_extract", ".js": "javascript"}[file.suffix]
    options = TEMPLATE if file.suffix == ".html" else {"encoding": "utf-8", "parse_template_string": "true"}
    keywords: Any = MARK_IN_BROWSER if file.suffix == ".js" else MARK
    with file.open("rb") as lines:
        for line, said, _comments, _context in extract(method, lines, keywords=keywords, options=options):
            sentence = said if isinstance(said, str) else said[0]
            if sentence:
                yield line, sentence


def read(language: str) -> Catalog:
    """The catalogue of a language as it stands in its file."""
    with (HERE / f"{language}.po").open("rb") as lines:
        return read_po(lines, locale=language)


def untranslated(catalogue: Catalog) -> list[str]:
    """The sentences without a translation."""
    return [str(message.id) for message in catalogue if message.id and not message.string]


def bring_up_to_date(language: str) -> Catalog:
    """Add what is new and remove what is no longer said, sorted by where a sentence is first said; give back what was written."""
    old = read(language)
    fresh = Catalog(locale=language, fuzzy=False)
    for sentence, places in sentences().items():
        known = old.get(sentence)
        fresh.add(sentence, known.string if known else "", locations=[places[0]])
    write(language, fresh)
    return fresh


def write(language: str, catalogue: Catalog) -> None:
    """Write a catalogue under a head without dates, so that nothing changes but sentences."""
    body = BytesIO()
    write_po(body, catalogue, width=160, omit_header=True, include_lineno=False)
    (HERE / f"{language}.po").write_bytes(HEAD.format(language=language).encode() + body.getvalue())


def main(say: Callable[[str], object] = print) -> int:
    """Bring fa.po up to date and tell what is missing; 1 when something is."""
    missing = untranslated(bring_up_to_date("fa"))
    for sentence in missing:
        say(sentence)
    say(f"{len(missing)} sentences have no Persian yet" if missing else "every sentence has its Persian")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
