"""Named prompts that every installation has, in every language; a recording put beside the flows replaces the spoken one.

The recording is `prompts/<language>/<name>.<any audio ending>`, such as `prompts/fa/goodbye.mp3`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from ivr.sound import Prompt, Recorded, Sound, Spoken
from ivr.speech import LANGUAGES

TEXTS: Mapping[str, Mapping[str, str]] = {
    "apology": {
        "fa": "با عرض پوزش، مشکلی پیش آمده است. لطفاً چند لحظه منتظر بمانید.",
        "en": "We are sorry, something went wrong. Please hold on for a moment.",
    },
    "unknown_number": {
        "fa": "شماره‌ای که گرفته‌اید در این مرکز برقرار نیست. لطفاً شماره را بررسی کنید.",
        "en": "The number you have dialled is not in service here. Please check the number.",
    },
    "not_understood": {"fa": "گزینه‌ی انتخابی درست نیست.", "en": "That is not one of the choices."},
    "nothing_pressed": {"fa": "کلیدی فشرده نشد.", "en": "No key was pressed."},
    "goodbye": {"fa": "از تماس شما سپاسگزاریم. خدانگهدار.", "en": "Thank you for calling. Goodbye."},
    "please_hold": {"fa": "لطفاً منتظر بمانید.", "en": "Please hold."},
    "closed": {
        "fa": "در این ساعت پاسخگوی شما نیستیم. لطفاً در ساعت‌های کاری تماس بگیرید.",
        "en": "We are closed at this time. Please call again during working hours.",
    },
}
"""Spoken texts by name and language."""


def library(recordings: Mapping[str, Recorded]) -> dict[str, Prompt]:
    """Every named prompt, the recordings that replace spoken ones taken into account."""
    replaced = {str(PurePosixPath(name).with_suffix("")): recording for name, recording in recordings.items()}
    return {name: Prompt(tuple((language, _sound(name, language, replaced)) for language in LANGUAGES)) for name in TEXTS}


def _sound(name: str, language: str, replaced: Mapping[str, Recorded]) -> Sound:
    return replaced.get(f"{language}/{name}") or Spoken(TEXTS[name][language], language)
