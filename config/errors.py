"""A refusal: a stable code for programs and one sentence for people."""

from __future__ import annotations

from typing import Any, ClassVar

from config.translations import _, translate

SPOKEN = ("reason", "expected", "why", "field_name")
"""Values that are sentences of the product themselves (marked with `_`); everything else is what people typed, and stays as it is."""


class Refusal(Exception):
    """Something was asked that cannot be done; says what, where and what was expected.

    Subclasses set `code` (stable, for programs), `status` (HTTP) and `sentence` (English source of the
    translation, with `{name}` places). `field` names the input that was wrong, if one was.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    sentence: ClassVar[str] = _("This cannot be done.")

    def __init__(self, *, field: str | None = None, **values: Any) -> None:
        self.field = field
        self.values = values
        super().__init__(self.text("en"))

    def __reduce__(self) -> tuple[Any, ...]:
        """As exceptions are given from process to process, whatever the subclass wants to be made of."""
        return _again, (type(self), self.args, self.__dict__)

    def text(self, language: str) -> str:
        """The sentence in `language` ("fa", "en"), with what is SPOKEN in it in the same language."""
        said = {
            name: translate(language, value) if name in SPOKEN and isinstance(value, str) else value for name, value in self.values.items()
        }
        return translate(language, self.sentence, **said)

    def once(self, language: str) -> str:
        """The sentence of a command, which tries nothing again."""
        return self.text(language)


def _again(kind: type[Refusal], told: tuple[Any, ...], state: dict[str, Any]) -> Refusal:
    made = kind.__new__(kind)
    made.args = told
    made.__dict__.update(state)
    return made
