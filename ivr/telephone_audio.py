"""Any common audio made fit for the telephone by ffmpeg: 8 kHz mono, silence trimmed, one loudness (EBU R 128, two passes)."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

from attrs import frozen

from config.programs import ProgramEndedBadly, run_program
from config.translations import _
from ivr.problem import Sentence, say

RECIPE = "telephone audio 2"
"""Changed when the processing changes: all sounds are then built anew."""

ENDINGS = (".ulaw", ".alaw", ".wav")
LOUDNESS = -18.0
"""LUFS. Telephone speech at about −18 sits level with agents' voices and leaves room for peaks."""

LONGEST_SECONDS = 600
SECONDS = 60.0
"""How long ffmpeg may work on one sound."""

PAUSE_SECONDS = 0.2
"""Silence at the end: what a telephone still has in its buffer is lost when the call ends right after the last word."""

DEMUXERS = "wav,mp3,ogg,flac,mov,aac,amr,aiff,caf,au,w64,matroska,asf,gsm,mp2"
"""Sound containers only: play-lists and concat scripts could make ffmpeg open other files."""

_SILENCE = "silenceremove=start_periods=1:start_threshold=-45dB:start_silence=0.1:detection=peak"
TRIM = f"aformat=sample_rates=16000:channel_layouts=mono,highpass=f=90,{_SILENCE},areverse,{_SILENCE},areverse"


class SoundUnusable(Exception):
    """The audio cannot be a prompt; `why` says it to people."""

    def __init__(self, why: Sentence) -> None:
        self.why = why
        super().__init__(why.text("en"))


@frozen
class Loudness:
    """What the first pass measured (EBU R 128): integrated loudness, true peak, range, threshold, offset."""

    integrated: float
    peak: float
    range: float
    threshold: float
    offset: float


def measured(said: str) -> Loudness | None:
    """Loudnorm's JSON out of what ffmpeg said; None when it heard nothing but silence."""
    found = re.findall(r"\{[^{}]*\"input_i\"[^{}]*\}", said)
    if not found:
        return None
    values = json.loads(found[-1])
    loudness = Loudness(*(float(values[name]) for name in ("input_i", "input_tp", "input_lra", "input_thresh", "target_offset")))
    return loudness if math.isfinite(loudness.integrated) and loudness.integrated > -70 else None


def _input(source: Path) -> list[str]:
    bounds = ["-format_whitelist", DEMUXERS, "-protocol_whitelist", "file", "-t", str(LONGEST_SECONDS)]
    return ["ffmpeg", "-nostdin", "-hide_banner", "-v", "info", "-y", "-threads", "1", *bounds, "-i", f"file:{source}"]


def _output(label: str, codec: str, container: str, file: str) -> list[str]:
    plain = ["-map_metadata", "-1", "-fflags", "+bitexact", "-ac", "1", "-ar", "8000"]
    return ["-map", label, *plain, "-c:a", codec, "-f", container, f"file:{file}"]


async def for_telephone(source: Path, stem: Path) -> None:
    """Write `stem`.wav, .ulaw and .alaw from `source`. Raises `SoundUnusable` or `config.programs.ProgramFailed`."""
    target = f"loudnorm=I={LOUDNESS:g}:TP=-2:LRA=11"
    listen = ["-map", "0:a:0", "-af", f"{TRIM},{target}:print_format=json", "-f", "null", "-"]
    try:
        first = await run_program([*_input(source), *listen], seconds=SECONDS)
    except ProgramEndedBadly:
        raise SoundUnusable(say(_("“{file}” is not a sound that can be read."), file=source.name)) from None
    loudness = measured(first.err.decode("utf-8", "replace"))
    if loudness is None:
        raise SoundUnusable(say(_("There is nothing to hear in “{file}”."), file=source.name))
    level = (
        f"{target}:linear=true:measured_I={loudness.integrated}:measured_TP={loudness.peak}:measured_LRA={loudness.range}"
        f":measured_thresh={loudness.threshold}:offset={loudness.offset}"
    )
    graph = f"[0:a:0]{TRIM},{level},aresample=8000,apad=pad_dur={PAUSE_SECONDS:g},asplit=3[wav][ulaw][alaw]"
    outputs = [
        *_output("[wav]", "pcm_s16le", "wav", f"{stem}.wav"),
        *_output("[ulaw]", "pcm_mulaw", "mulaw", f"{stem}.ulaw"),
        *_output("[alaw]", "pcm_alaw", "alaw", f"{stem}.alaw"),
    ]
    await run_program([*_input(source), "-filter_complex", graph, *outputs], seconds=SECONDS)
