"""Iranian banks, by the three digits after the check digits of a Sheba and by the first six of a card. Pure data."""

from __future__ import annotations

from attrs import frozen


@frozen
class Bank:
    """A bank or credit institution by its names."""

    name: str
    name_en: str

    def called(self, language: str) -> str:
        """The name in the reader's language."""
        return self.name if language == "fa" else self.name_en


_CENTRAL = Bank("بانک مرکزی", "Central Bank of Iran")
_SANAT = Bank("بانک صنعت و معدن", "Bank of Industry and Mine")
_MELLAT = Bank("بانک ملت", "Bank Mellat")
_REFAH = Bank("بانک رفاه کارگران", "Refah Bank")
_MASKAN = Bank("بانک مسکن", "Bank Maskan")
_SEPAH = Bank("بانک سپه", "Bank Sepah")
_KESHAVARZI = Bank("بانک کشاورزی", "Bank Keshavarzi")
_MELLI = Bank("بانک ملی ایران", "Bank Melli Iran")
_TEJARAT = Bank("بانک تجارت", "Tejarat Bank")
_SADERAT = Bank("بانک صادرات ایران", "Bank Saderat Iran")
_EXPORT = Bank("بانک توسعه صادرات", "Export Development Bank of Iran")
_POST = Bank("پست بانک ایران", "Post Bank of Iran")
_TAAVON = Bank("بانک توسعه تعاون", "Tosee Taavon Bank")
_TOSEE = Bank("مؤسسه اعتباری توسعه", "Tosee Credit Institution")
_GHAVAMIN = Bank("بانک قوامین (سپه)", "Ghavamin Bank (Sepah)")
_KARAFARIN = Bank("بانک کارآفرین", "Karafarin Bank")
_PARSIAN = Bank("بانک پارسیان", "Parsian Bank")
_EGHTESAD = Bank("بانک اقتصاد نوین", "EN Bank")
_SAMAN = Bank("بانک سامان", "Saman Bank")
_PASARGAD = Bank("بانک پاسارگاد", "Bank Pasargad")
_SARMAYEH = Bank("بانک سرمایه", "Sarmayeh Bank")
_SINA = Bank("بانک سینا", "Sina Bank")
_MEHR_IRAN = Bank("بانک قرض‌الحسنه مهر ایران", "Mehr Iran Bank")
_SHAHR = Bank("بانک شهر", "Bank Shahr")
_AYANDEH = Bank("بانک آینده", "Ayandeh Bank")
_ANSAR = Bank("بانک انصار (سپه)", "Ansar Bank (Sepah)")
_GARDESHGARI = Bank("بانک گردشگری", "Tourism Bank")
_HEKMAT = Bank("بانک حکمت ایرانیان (سپه)", "Hekmat Iranian Bank (Sepah)")
_DEY = Bank("بانک دی", "Bank Dey")
_IRAN_ZAMIN = Bank("بانک ایران زمین", "Iran Zamin Bank")
_RESALAT = Bank("بانک قرض‌الحسنه رسالت", "Resalat Bank")
_KOSAR = Bank("مؤسسه اعتباری کوثر (سپه)", "Kosar Credit Institution (Sepah)")
_MELAL = Bank("مؤسسه اعتباری ملل", "Melal Credit Institution")
_MIDDLE_EAST = Bank("بانک خاورمیانه", "Middle East Bank")
_MEHR_EGHTESAD = Bank("بانک مهر اقتصاد (سپه)", "Mehr Eghtesad Bank (Sepah)")
_NOOR = Bank("مؤسسه اعتباری نور", "Noor Credit Institution")
_VENEZUELA = Bank("بانک مشترک ایران و ونزوئلا", "Iran–Venezuela Bank")

BY_SHEBA = {
    "010": _CENTRAL, "011": _SANAT, "012": _MELLAT, "013": _REFAH, "014": _MASKAN, "015": _SEPAH, "016": _KESHAVARZI, "017": _MELLI,
    "018": _TEJARAT, "019": _SADERAT, "020": _EXPORT, "021": _POST, "022": _TAAVON, "051": _TOSEE, "052": _GHAVAMIN, "053": _KARAFARIN,
    "054": _PARSIAN, "055": _EGHTESAD, "056": _SAMAN, "057": _PASARGAD, "058": _SARMAYEH, "059": _SINA, "060": _MEHR_IRAN, "061": _SHAHR,
    "062": _AYANDEH, "063": _ANSAR, "064": _GARDESHGARI, "065": _HEKMAT, "066": _DEY, "069": _IRAN_ZAMIN, "070": _RESALAT, "073": _KOSAR,
    "075": _MELAL, "078": _MIDDLE_EAST, "079": _MEHR_EGHTESAD, "080": _NOOR, "095": _VENEZUELA,
}  # fmt: skip
"""Bank codes of the Central Bank of Iran's Sheba directory."""

BY_CARD = {
    "636795": _CENTRAL, "627961": _SANAT, "610433": _MELLAT, "991975": _MELLAT, "589463": _REFAH, "628023": _MASKAN, "589210": _SEPAH,
    "603770": _KESHAVARZI, "639217": _KESHAVARZI, "603799": _MELLI, "170019": _MELLI, "627353": _TEJARAT, "585983": _TEJARAT, "603769": _SADERAT,
    "627648": _EXPORT, "207177": _EXPORT, "627760": _POST, "502908": _TAAVON, "628157": _TOSEE, "639599": _GHAVAMIN, "627488": _KARAFARIN,
    "502910": _KARAFARIN, "622106": _PARSIAN, "639194": _PARSIAN, "627884": _PARSIAN, "627412": _EGHTESAD, "621986": _SAMAN,
    "502229": _PASARGAD, "639347": _PASARGAD, "639607": _SARMAYEH, "639346": _SINA, "606373": _MEHR_IRAN, "502806": _SHAHR, "504706": _SHAHR,
    "636214": _AYANDEH, "627381": _ANSAR, "505416": _GARDESHGARI, "636949": _HEKMAT, "502938": _DEY, "505785": _IRAN_ZAMIN,
    "504172": _RESALAT, "505801": _KOSAR, "606256": _MELAL, "505809": _MIDDLE_EAST, "585947": _MIDDLE_EAST, "639370": _MEHR_EGHTESAD,
    "507677": _NOOR, "581874": _VENEZUELA,
}  # fmt: skip
"""Issuer numbers (ISO/IEC 7812) of the Shetab network."""
