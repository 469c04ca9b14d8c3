"""Settings as declarations: a frozen section's fields say key, kind, default, environment variable and meaning.

Reading, refusing and the generated page docs/settings.md all come from the same declaration (see config/settings.py).
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from attrs import NOTHING, Attribute, field, fields, frozen

from config.errors import Refusal
from config.translations import _, translate

Section = TypeVar("Section")


class SettingRefused(Refusal):
    """A value in switchboard.toml or the environment is not what it must be."""

    code = "setting_refused"
    status = 500
    sentence = _("{place}: expected {expected}, found {found}.")

    def text(self, language: str) -> str:
        """The sentence; what was expected is translated as well."""
        return translate(language, self.sentence, **{**self.values, "expected": translate(language, self.values["expected"])})


class SettingUnknown(Refusal):
    """switchboard.toml has a section or key that nothing reads; most often a slip of the pen."""

    code = "setting_unknown"
    status = 500
    sentence = _("{place} is not a setting. The nearest that exist: {nearest}.")


@frozen
class Kind:
    """A kind of setting: how a TOML value or an environment text becomes its value."""

    read: Callable[[Any], Any]
    """Raises ValueError or TypeError when the value cannot be."""

    expected: str
    """What people are told was expected."""

    show: Callable[[Any], str] = str
    """A value as it is written in switchboard.toml, for the documentation."""


def setting(kind: Kind, says: str, default: Any = NOTHING, env: str = "", *, secret: bool = False) -> Any:
    """One setting: an attrs field carrying its kind, its meaning and the environment variable that overrides it; a secret is never printed."""
    return field(default=default, metadata={"kind": kind, "says": says, "env": env}, repr=not secret)


def read_section(section: type[Section], name: str, table: Any, environ: Mapping[str, str], file: str) -> Section:
    """Build `section` from its TOML `table`, the environment winning over the file; unknown keys are refused."""
    if not isinstance(table, dict):
        raise SettingRefused(place=f"{file}, [{name}]", expected=_("a section with keys"), found=repr(table))
    declared: tuple[Attribute[Any], ...] = fields(section)  # type: ignore[arg-type]  # every section is an attrs class
    refuse_unknown(table, [one.name for one in declared], f"{file}, [{name}]")
    return section(**{one.name: value for one in declared if (value := _value(one, name, table, environ, file)) is not NOTHING})


def refuse_unknown(table: Mapping[str, Any], known: list[str], place: str) -> None:
    """Refuse the first key of `table` that is not `known`, naming the nearest ones."""
    for key in table:
        if key not in known:
            nearest = difflib.get_close_matches(key, known, n=3, cutoff=0.4) or known
            raise SettingUnknown(place=f"{place} {key}", nearest=", ".join(nearest))


def _value(one: Attribute[Any], section: str, table: Mapping[str, Any], environ: Mapping[str, str], file: str) -> Any:
    kind: Kind = one.metadata["kind"]
    variable = one.metadata["env"]
    if variable and variable in environ:
        return _read(kind, environ[variable], variable)
    if one.name in table:
        return _read(kind, table[one.name], f"{file}, [{section}] {one.name}")
    return NOTHING


def _read(kind: Kind, raw: Any, place: str) -> Any:
    try:
        return kind.read(raw)
    except (ValueError, TypeError):
        raise SettingRefused(place=place, expected=kind.expected, found=repr(raw)) from None
