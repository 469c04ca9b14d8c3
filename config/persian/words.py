"""Numbers and amounts in words, Persian and English, and back. Pure."""

from __future__ import annotations

from config.persian.folding import fold

ONES = (
    "صفر", "یک", "دو", "سه", "چهار", "پنج", "شش", "هفت", "هشت", "نه", "ده", "یازده", "دوازده", "سیزده", "چهارده", "پانزده", "شانزده",
    "هفده", "هجده", "نوزده",
)  # fmt: skip
TENS = ("", "", "بیست", "سی", "چهل", "پنجاه", "شصت", "هفتاد", "هشتاد", "نود")
HUNDREDS = ("", "صد", "دویست", "سیصد", "چهارصد", "پانصد", "ششصد", "هفتصد", "هشتصد", "نهصد")
SCALES = ("", "هزار", "میلیون", "میلیارد", "تریلیون", "کوادریلیون", "کوینتیلیون")
AND = " و "

ENGLISH_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
ENGLISH_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ENGLISH_SCALES = ("", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion")

LIMIT = 1000 ** len(SCALES)
"""The first number that has no name here: 10^21."""


def in_words(number: int, language: str = "fa") -> str:
    """1250 → «هزار و دویست و پنجاه», "one thousand two hundred and fifty". ValueError from 10^21 on."""
    if number < 0:
        return f"{'منفی' if language == 'fa' else 'minus'} {in_words(-number, language)}"
    if number >= LIMIT:
        raise ValueError(number)
    if number == 0:
        return ONES[0] if language == "fa" else ENGLISH_ONES[0]
    return _persian(number) if language == "fa" else _english(number)


def ordinal(number: int, language: str = "fa") -> str:
    """3 → «سوم», 23 → «بیست و سوم», 30 → «سی‌ام»; in English with digits: "23rd"."""
    if language != "fa":
        ending = "th" if number // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        return f"{number}{ending}"
    words = in_words(number)
    if words.endswith("سه"):
        return f"{words[:-2]}سوم"
    if words.endswith("سی"):
        return f"{words}\N{ZERO WIDTH NON-JOINER}ام"
    return f"{words}م"


def amount_in_words(rial: int, language: str = "fa", unit: str = "rial") -> str:
    """An amount given in Rial, in words. `unit` "toman" says Toman, what is left over in Rial: 12345 → «هزار و دویست و سی و چهار تومان و پنج ریال»."""
    names = ("ریال", "تومان") if language == "fa" else ("Rial", "Toman")
    if unit != "toman":
        return f"{in_words(rial, language)} {names[0]}"
    tomans, rials = divmod(abs(rial), 10)
    said = [f"{in_words(tomans, language)} {names[1]}"] if tomans or not rials else []
    if rials:
        said.append(f"{in_words(rials, language)} {names[0]}")
    sign = ("منفی " if language == "fa" else "minus ") if rial < 0 else ""
    return sign + (AND if language == "fa" else " and ").join(said)


def read_words(text: str) -> int | None:
    """The number that `text` says in either language, digits allowed among the words («۱۲ هزار و ۵۰۰»); None when it says none."""
    total, group, room = 0, 0, 1000
    scale, said = LIMIT, False
    words = [one for one in fold(text).replace("-", " ").split() if one not in {"و", "and"}]
    negative = bool(words) and words[0] in {"منفی", "minus"}
    for word in words[negative:]:
        if (size := _SIZES.get(word)) is not None:
            if size >= scale or (said and group == 0):
                return None
            total, group, room, scale, said = total + max(group, 1) * size, 0, 1000, size, False
            continue
        value = int(word) if word.isascii() and word.isdigit() and len(word) <= 3 else _VALUES.get(word)
        if word in {"hundred", "صد"} and 0 < group < 10 and room == 1:
            group, room, said = group * 100, 100, True
            continue
        if value is None or value >= room:
            return None
        group, room, said = group + value, _room(value), True
    if not words[negative:]:
        return None
    return -(total + group) if negative else total + group


def _room(value: int) -> int:
    """What may follow: after 200 less than 100, after 20 less than 10, after 5 nothing but a scale."""
    if value >= 100:
        return 100 if value % 100 == 0 else 1
    return 10 if value >= 20 and value % 10 == 0 else 1


def _persian(number: int) -> str:
    groups = []
    for scale in SCALES:
        number, group = divmod(number, 1000)
        if group:
            groups.append(_scaled(group, scale))
    return AND.join(reversed(groups))


def _scaled(group: int, scale: str) -> str:
    """A group of three digits with its scale; one thousand is said without "one"."""
    if scale == "هزار" and group == 1:
        return scale
    return f"{_below_thousand(group)} {scale}".rstrip()


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    words = [HUNDREDS[hundreds]] if hundreds else []
    if 0 < rest < 20:
        words.append(ONES[rest])
    elif rest:
        tens, ones = divmod(rest, 10)
        words.append(TENS[tens])
        if ones:
            words.append(ONES[ones])
    return AND.join(words)


def _english(number: int) -> str:
    groups = []
    small = 0 < number % 1000 < 100 and number >= 1000
    for scale in ENGLISH_SCALES:
        number, group = divmod(number, 1000)
        if group:
            groups.append(f"{_english_below_thousand(group)} {scale}".rstrip())
    if small:
        groups[0] = f"and {groups[0]}"
    return " ".join(reversed(groups))


def _english_below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    words = f"{ENGLISH_ONES[hundreds]} hundred" if hundreds else ""
    if not rest:
        return words
    tens, ones = divmod(rest, 10)
    small = ENGLISH_ONES[rest] if rest < 20 else ENGLISH_TENS[tens] + (f"-{ENGLISH_ONES[ones]}" if ones else "")
    return f"{words} and {small}" if words else small


_VALUES = {
    **{word: value for value, word in enumerate(ONES)},
    **{word: value * 10 for value, word in enumerate(TENS) if word},
    **{word: value * 100 for value, word in enumerate(HUNDREDS) if word},
    **{word: value for value, word in enumerate(ENGLISH_ONES)},
    **{word: value * 10 for value, word in enumerate(ENGLISH_TENS) if word},
    "یکصد": 100, "hundred": 100, "شیش": 6, "هیجده": 18, "پونصد": 500, "پنجا": 50,
}  # fmt: skip
_SIZES = {
    **{word: 1000**power for power, word in enumerate(SCALES) if word},
    **{word: 1000**power for power, word in enumerate(ENGLISH_SCALES) if word},
    "ملیون": 10**6, "ملیارد": 10**9, "بیلیون": 10**9,
}  # fmt: skip
