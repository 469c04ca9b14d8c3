"""Codes with check digits: national ID, company ID, economic code, Sheba, card number, postcode, car plate. They warn, they never block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from attrs import frozen

from config.errors import Refusal
from config.persian import identity
from config.persian.identity import Checked, show_code
from config.translations import _, translate
from crm.fields.kind import Kind, Reading, Showing, clean, nothing


class Doubtful(Refusal):
    """A code that does not look right; it is kept all the same."""

    code = "doubtful_code"
    status = 422
    sentence = _("Please check this code: {why}")

    def __init__(self, why: str) -> None:
        self._why = why
        super().__init__(why=why)

    def text(self, language: str) -> str:
        return translate(language, self.sentence, why=translate(language, self._why))


@frozen(kw_only=True)
class Code(Kind):
    """A code in its stored form. Subclasses name the check."""

    widget: ClassVar[str] = "code"
    check: ClassVar[Callable[[str], Checked]]

    def read(self, raw: Any, reading: Reading) -> str | None:
        return None if nothing(raw) else type(self).check(clean(raw, identity.LONGEST)).value or None

    def show(self, value: Any, showing: Showing) -> str:
        return show_code(self.code, value) if value else ""

    def warning(self, value: Any) -> Refusal | None:
        why = type(self).check(value).warning if value else None
        return Doubtful(why) if why else None

    def tokens(self, value: Any, showing: Showing) -> set[str]:
        return super().tokens(value, showing) | {value.lower()}

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": identity.LONGEST}


@frozen(kw_only=True)
class NationalId(Code):
    """کد ملی of a person."""

    code: ClassVar[str] = "national_id"
    title: ClassVar[str] = _("National ID")
    check: ClassVar[Callable[[str], Checked]] = identity.check_national_id


@frozen(kw_only=True)
class CompanyId(Code):
    """شناسه ملی of a company."""

    code: ClassVar[str] = "company_id"
    title: ClassVar[str] = _("Company’s national ID")
    check: ClassVar[Callable[[str], Checked]] = identity.check_company_id


@frozen(kw_only=True)
class EconomicCode(Code):
    """کد اقتصادی."""

    code: ClassVar[str] = "economic_code"
    title: ClassVar[str] = _("Economic code")
    check: ClassVar[Callable[[str], Checked]] = identity.check_economic_code


@frozen(kw_only=True)
class Sheba(Code):
    """شبا: the IBAN of an Iranian account (ISO 13616)."""

    code: ClassVar[str] = "sheba"
    title: ClassVar[str] = _("Sheba (IBAN)")
    check: ClassVar[Callable[[str], Checked]] = identity.check_sheba


@frozen(kw_only=True)
class CardNumber(Code):
    """The 16 digits of a bank card (ISO/IEC 7812)."""

    code: ClassVar[str] = "card_number"
    title: ClassVar[str] = _("Bank card number")
    check: ClassVar[Callable[[str], Checked]] = identity.check_card_number


@frozen(kw_only=True)
class Postcode(Code):
    """کد پستی, ten digits."""

    code: ClassVar[str] = "postcode"
    title: ClassVar[str] = _("Postcode")
    check: ClassVar[Callable[[str], Checked]] = identity.check_postcode


@frozen(kw_only=True)
class Plate(Code):
    """پلاک خودرو."""

    code: ClassVar[str] = "plate"
    title: ClassVar[str] = _("Car plate")
    check: ClassVar[Callable[[str], Checked]] = identity.check_plate
