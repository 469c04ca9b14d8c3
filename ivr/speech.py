"""Text to speech: the engine's contract, and espeak-ng, which speaks Persian and English on any machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from attrs import Factory, frozen

from config.programs import run_program
from ivr.spoken_text import spoken

LANGUAGES = ("fa", "en")
"""The languages that prompts can be spoken in."""


class Engine(Protocol):
    """Speaks a text into a wav file."""

    @property
    def signature(self) -> str:
        """Names the engine and its voices; another signature means the prompts must be spoken again."""

    async def speak(self, text: str, language: str, file: Path) -> None:
        """Write `text` spoken in `language` to `file` (wav, any rate). Raises `config.programs.ProgramFailed`."""


@frozen
class Voice:
    """A voice of espeak-ng: `name` with its variant ("fa+f2": Persian, second female), words per minute, pitch 0–99."""

    name: str
    rate: int
    pitch: int


VOICES: Mapping[str, Voice] = {"fa": Voice("fa+f2", 140, 48), "en": Voice("en-us+f2", 150, 48)}
"""Chosen by ear on a telephone band: female variants carry better than the default at 8 kHz, and slower than the default 175."""


@frozen
class EspeakNg:
    """espeak-ng as a program, one process per text."""

    executable: str = "espeak-ng"
    voices: Mapping[str, Voice] = Factory(lambda: VOICES)
    seconds: float = 30.0

    @property
    def signature(self) -> str:
        return "espeak-ng " + " ".join(f"{voice.name}/{voice.rate}/{voice.pitch}" for voice in self.voices.values())

    async def speak(self, text: str, language: str, file: Path) -> None:
        voice = self.voices[language]
        options = ["-v", voice.name, "-s", str(voice.rate), "-p", str(voice.pitch), "-b", "1", "-w", str(file), "--stdin"]
        await run_program([self.executable, *options], seconds=self.seconds, feed=spoken(text, language).encode())
