"""What finishing a recording costs: CPU of encoding (both codecs, in the same run) and of the picture, per minute of talk."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

from recordings.incoming import incoming
from recordings.media import encode, pieces, prepare
from recordings.peaks import Peaks
from tests.recordings.voices import talk

MINUTES = 10.0


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU of `work` and of the programs it ran, seconds."""

    def used() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime

    before = used()
    work()
    return used() - before


def main() -> dict[str, float]:
    """Milliseconds of CPU per minute of talk, and bytes per minute, of what is kept and of Opus beside it."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        talk(place, "bench", seconds=MINUTES * 60)
        source = prepare(incoming(place, "bench"))

        def picture() -> None:
            peaks = Peaks(source.frames, 2)
            for samples in pieces(source):
                peaks.feed(samples)
            peaks.lanes()

        opus = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(source.files[0]), "-i", str(source.files[1]), "-filter_complex"]
        opus += ["join=inputs=2:channel_layout=stereo", "-c:a", "libopus", "-b:a", "32k", str(place / "bench.opus")]
        return {
            "mp3_whole_ms_per_minute": cpu_seconds(lambda: encode(source, place / "bench.mp3", Event())) * 1000 / MINUTES,
            "opus_ms_per_minute": cpu_seconds(lambda: subprocess.run(opus, check=True)) * 1000 / MINUTES,
            "picture_ms_per_minute": cpu_seconds(picture) * 1000 / MINUTES,
            "wav_bytes_per_minute": sum(file.stat().st_size for file in incoming(place, "bench").files()) / MINUTES,
            "mp3_bytes_per_minute": (place / "bench.mp3").stat().st_size / MINUTES,
            "opus_bytes_per_minute": (place / "bench.opus").stat().st_size / MINUTES,
        }


if __name__ == "__main__":
    sys.stdout.write(f"{json.dumps(main(), indent=1)}\n")
