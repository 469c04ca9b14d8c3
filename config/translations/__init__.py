"""Translations: English sentences in the source, other languages in `<language>.po` beside this file.

The `.po` files are read at start (no compile step to forget). `_` only marks a sentence for extraction;
`translate` renders it when the reader's language is known.
"""

from __future__ import annotations

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

HERE = Path(__file__).parent
LANGUAGES = ("fa", "en")


def _(sentence: str) -> str:
    """Mark `sentence` for translation and give it back unchanged."""
    return sentence


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The catalogue of `language`; the English source itself where there is none."""
    source = HERE / f"{language}.po"
    if language not in LANGUAGES or not source.exists():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with source.open("rb") as lines:
        write_mo(compiled, read_po(lines, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translate(language: str, sentence: str, **values: Any) -> str:
    """`sentence` in `language`, its `{name}` places filled from `values`."""
    text = catalogue(language).gettext(sentence) if sentence else ""
    return text.format_map(values) if values else text
