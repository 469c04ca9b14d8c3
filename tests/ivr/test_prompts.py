"""Prompts on their shelf: really spoken by espeak-ng and made ready by ffmpeg."""

from __future__ import annotations

import array
import asyncio
import hashlib
import math
import os
import shutil
import subprocess
import wave
from itertools import pairwise
from pathlib import Path

import pytest

from config.clock import FakeClock
from config.loops import Tasks
from config.programs import ProgramFailed, run_program
from ivr.prompts import KEPT_SECONDS, Prompts
from ivr.sound import Recorded, Sound, Spoken
from ivr.speech import Engine, EspeakNg
from ivr.telephone_audio import ENDINGS, measured
from switchboard.bus import Bus
from switchboard.events import AlarmCleared, AlarmRaised, Event
from tests.ivr.builders import FakeEngine

HELLO = Spoken("سلام، به شرکت ما خوش آمدید.", "fa")


class Shelf:
    """A shelf in a folder of its own, and what it tells."""

    def __init__(self, folder: Path, engine: Engine | None = None) -> None:
        self.bus, self.clock, self.tasks = Bus(), FakeClock(), Tasks("prompts")
        self.folder = folder / "prompts"
        self.prompts = Prompts(self.folder, engine or EspeakNg(), self.bus, self.clock, self.tasks)
        self.told: list[Event] = []
        self.bus.witness(lambda _number, event: self.told.append(event))

    async def build(self, *sounds: Sound) -> list[str]:
        """What is wrong with `sounds`, in English."""
        return [why.text("en") for why in (await self.prompts.build(sounds)).values()]

    def samples(self, sound: Sound) -> array.array[int]:
        """The built wav's samples, after looking at its format."""
        with wave.open(str(self.prompts.stem(sound).with_suffix(".wav"))) as built:
            assert (built.getframerate(), built.getnchannels(), built.getsampwidth()) == (8000, 1, 2)
            return array.array("h", built.readframes(built.getnframes()))

    async def mended(self) -> None:
        await asyncio.gather(*self.tasks._running)


def recording(file: Path) -> Recorded:
    return Recorded(hashlib.sha256(file.read_bytes()).hexdigest(), file)


def audio(file: Path, *sox: str) -> Recorded:
    """A file made by sox, such as `synth 2 sine 440`."""
    subprocess.run(["sox", "-n", "-r", "44100", "-c", "2", str(file), *sox], check=True, capture_output=True)
    return recording(file)


def decibels(samples: array.array[int]) -> float:
    return 20 * math.log10(math.sqrt(sum(one * one for one in samples) / len(samples)) / 32768)


def hertz(samples: array.array[int]) -> float:
    crossings = sum(1 for before, after in pairwise(samples) if before < 0 <= after)
    return crossings * 8000 / len(samples)


async def test_a_persian_text_becomes_a_sound_for_the_telephone(tmp_path: Path):
    """8 kHz mono in three formats of equal length, readable by Asterisk's own account, as loud as speech should be."""
    shelf = Shelf(tmp_path)
    assert await shelf.build(HELLO) == []
    stem = shelf.prompts.playable(HELLO)
    assert stem
    samples = shelf.samples(HELLO)
    assert 2 < len(samples) / 8000 < 5
    assert -24 < decibels(samples) < -14
    files = [Path(stem + ending).stat() for ending in ENDINGS]  # noqa: ASYNC240  # a test may look at the disk
    assert [file.st_size for file in files[:2]] == [len(samples)] * 2
    assert [oct(file.st_mode & 0o777) for file in files] == ["0o644"] * 3
    assert [oct(folder.stat().st_mode & 0o777) for folder in (shelf.folder, Path(stem).parent)] == ["0o755"] * 2
    assert list(shelf.folder.glob(".making-*")) == []


async def test_english_and_persian_are_spoken_by_their_own_voices(tmp_path: Path):
    """espeak-ng really knows both languages: Persian letters are words to it, not the names of letters."""
    phonemes = (await run_program(["espeak-ng", "-v", "fa", "-q", "--ipa"], seconds=20, feed="سلام".encode())).out.decode()
    assert "salˈɑm" in phonemes
    shelf = Shelf(tmp_path)
    assert await shelf.build(Spoken("Welcome.", "en"), Spoken("خوش آمدید.", "fa")) == []
    assert 0.3 < len(shelf.samples(Spoken("Welcome.", "en"))) / 8000 < 1.5


async def test_what_is_built_is_not_built_again(tmp_path: Path):
    """The second start finds everything, also when the engine is no longer there."""
    assert await Shelf(tmp_path).build(HELLO) == []
    broken = EspeakNg(executable="no-such-espeak")
    shelf = Shelf(tmp_path, broken)
    assert await shelf.build(HELLO) == []
    said = await shelf.build(Spoken("تازه", "fa"))
    assert said == ["The program no-such-espeak is not installed, so it could not be made."]


@pytest.mark.parametrize("ending", ["wav", "mp3", "ogg", "flac", "m4a", "gsm"])
async def test_recordings_of_any_common_kind_are_taken(tmp_path: Path, ending: str):
    """A quiet stereo tone comes out as loud as everything else, at its pitch, without the silence around it."""
    source = tmp_path / "tone.wav"
    audio(source, "synth", "2", "sine", "440", "vol", "0.02", "pad", "1", "1")
    file = tmp_path / f"tone.{ending}"
    if ending != "wav":
        narrow = ["-ar", "8000", "-ac", "1"] if ending == "gsm" else []
        await run_program(["ffmpeg", "-v", "error", "-i", str(source), *narrow, str(file)], seconds=60)
    shelf = Shelf(tmp_path)
    assert await shelf.build(recording(file)) == []
    samples = shelf.samples(recording(file))
    assert 1.9 < len(samples) / 8000 < 2.6
    middle = samples[4000:12000]
    assert abs(hertz(middle) - 440) < 5
    assert -22 < decibels(middle) < -14


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("noise.mp3", b"this is not a sound" * 50, "“noise.mp3” is not a sound that can be read."),
        ("empty.wav", b"", "“empty.wav” is not a sound that can be read."),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "“list.m3u8” is not a sound that can be read."),
        ("script.ffconcat", b"ffconcat version 1.0\nfile /etc/passwd\n", "“script.ffconcat” is not a sound that can be read."),
        ("page.html", b"<html><body>hello</body></html>", "“page.html” is not a sound that can be read."),
    ],
)
async def test_what_is_no_sound_is_refused(tmp_path: Path, name: str, content: bytes, said: str):
    """Nor can an upload make ffmpeg open another file."""
    file = tmp_path / name
    file.write_bytes(content)
    shelf = Shelf(tmp_path)
    assert await shelf.build(recording(file)) == [said]
    assert shelf.prompts.playable(recording(file)) is None


async def test_silence_and_files_that_vanished_are_refused(tmp_path: Path):
    shelf = Shelf(tmp_path)
    silence = audio(tmp_path / "silence.wav", "synth", "2", "sine", "0", "vol", "0")
    assert await shelf.build(silence) == ["There is nothing to hear in “silence.wav”."]
    gone = audio(tmp_path / "gone.wav", "synth", "1", "sine", "440")
    gone.file.unlink()
    assert await shelf.build(gone) == ["“gone.wav” is not a sound that can be read."]


async def test_a_wav_cut_short_is_heard_as_far_as_it_goes(tmp_path: Path):
    """An upload that broke off in the middle still is a sound."""
    whole = audio(tmp_path / "whole.wav", "synth", "4", "sine", "440")
    file = tmp_path / "cut.wav"
    file.write_bytes(whole.file.read_bytes()[: whole.file.stat().st_size // 2])
    shelf = Shelf(tmp_path)
    assert await shelf.build(recording(file)) == []
    assert 1.8 < len(shelf.samples(recording(file))) / 8000 < 2.3


async def test_a_missing_prompt_is_told_once_and_made_again(tmp_path: Path):
    shelf = Shelf(tmp_path)
    await shelf.build(HELLO)
    shelf.prompts.stem(HELLO).with_suffix(".wav").write_bytes(b"broken by somebody")
    shelf.prompts.missing(HELLO)
    shelf.prompts.missing(HELLO)
    await shelf.mended()
    assert [(type(event), event.code) for event in shelf.told if isinstance(event, AlarmRaised | AlarmCleared)] == [
        (AlarmRaised, "prompt_missing"),
        (AlarmCleared, "prompt_missing"),
    ]
    assert len(shelf.samples(HELLO)) > 8000


async def test_what_cannot_be_made_is_not_tried_for_every_caller(tmp_path: Path):
    engine = FakeEngine()
    engine.fails = True
    shelf = Shelf(tmp_path, engine)
    for _caller in range(5):
        shelf.prompts.missing(HELLO)
        await shelf.mended()
    assert [type(event) for event in shelf.told] == [AlarmRaised]
    shelf.clock.advance(61)
    engine.fails = False
    shelf.prompts.missing(HELLO)
    await shelf.mended()
    assert engine.spoke == [f"fa: {HELLO.text}"]


async def test_the_same_text_is_spoken_once_however_often_it_is_asked_for(tmp_path: Path):
    engine = FakeEngine()
    shelf = Shelf(tmp_path, engine)
    await asyncio.gather(*(shelf.prompts.build([HELLO, HELLO]) for _reload in range(4)))
    assert len(engine.spoke) == 4  # each found nothing, since FakeEngine's file is no sound; but never two at a time
    assert shelf.prompts.playable(HELLO) is None


async def test_another_voice_is_another_sound(tmp_path: Path):
    stems = {Shelf(tmp_path, FakeEngine(signature)).prompts.stem(HELLO) for signature in ("a", "b")}
    assert len(stems | {Shelf(tmp_path, FakeEngine("a")).prompts.stem(Spoken(HELLO.text, "en"))}) == 3


async def test_sounds_that_nobody_uses_go_after_a_while(tmp_path: Path):
    """Those in use stay, however old; half-made ones go too."""
    shelf = Shelf(tmp_path)
    old, used = Spoken("کهنه", "fa"), HELLO
    await shelf.build(old, used)
    (shelf.folder / ".making-x").mkdir()
    assert await shelf.prompts.sweep([used]) == 0
    long_ago = shelf.clock.now() - KEPT_SECONDS - 1
    for file in (*shelf.folder.glob("??/*"), shelf.folder / ".making-x"):
        os.utime(file, (long_ago, long_ago))
    assert await shelf.prompts.sweep([used]) == 3
    assert [shelf.prompts.playable(sound) is not None for sound in (old, used)] == [False, True]
    assert not (shelf.folder / ".making-x").exists()


async def test_a_full_or_locked_disk_is_a_problem_not_a_traceback(tmp_path: Path):
    (tmp_path / "prompts").write_text("a file where the folder should be")
    assert await Shelf(tmp_path).build(HELLO) == [
        "It could not be made ready for the telephone: [Errno 17] File exists: '%s'" % (tmp_path / "prompts")
    ]


async def test_a_program_that_hangs_is_ended():
    with pytest.raises(ProgramFailed, match="longer than"):
        await run_program(["sleep", "60"], seconds=0.05)
    with pytest.raises(ProgramFailed, match="nothing here"):
        await run_program(["sh", "-c", "echo nothing here >&2; exit 3"], seconds=20)


def test_loudness_is_read_out_of_what_ffmpeg_says():
    said = (
        'noise {"x": 1}\n{\n"input_i" : "-20.5", "input_tp" : "-3", "input_lra" : "2", "input_thresh" : "-30", "target_offset" : "0.1"\n}'
    )
    loudness = measured(said)
    assert loudness
    assert loudness.integrated == -20.5
    assert measured(said.replace("-20.5", "-inf")) is None
    assert measured("nothing") is None


def test_the_programs_that_prompts_need_are_here():
    assert all(shutil.which(program) for program in ("espeak-ng", "ffmpeg", "nice"))
