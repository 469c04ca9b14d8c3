"""The live set of flows: taken over as a whole or not at all."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from config.clock import FakeClock
from config.loops import Tasks
from ivr.flows import LOOK_SECONDS, Flows, FlowsRefused
from ivr.prompts import Prompts
from ivr.sound import Spoken
from ivr.speech import EspeakNg
from switchboard.bus import Bus
from switchboard.events import AlarmCleared, AlarmRaised, Event, FlowsLoaded
from tests.ivr.builders import MAIN, QUEUES, one_flow

WITHOUT_WORDS = one_flow("a: {kind: queue, queue: sales}", top="numbers: ['1000']")
PROJECT = Path(__file__).resolve().parents[2]


class Office:
    """A folder of flows, and the product that serves them. Starting again is another Office in the same folder."""

    def __init__(self, home: Path, *, engine: str = "espeak-ng", queues: frozenset[str] = QUEUES) -> None:
        self.folder = home / "flows"
        self.folder.mkdir(exist_ok=True)
        self.bus, self.clock, self.tasks = Bus(), FakeClock(), Tasks("flows")
        self.told: list[Event] = []
        self.bus.witness(lambda _number, event: self.told.append(event))
        self.prompts = Prompts(home / "prompts", EspeakNg(executable=engine), self.bus, self.clock, self.tasks)
        self.flows = Flows(self.folder, home / "kept", self.prompts, lambda: queues, self.bus, self.clock, self.tasks)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    async def start(self) -> None:
        await self.flows.start()

    async def look(self, times: int = 2) -> None:
        """Let some looks at the folder pass."""
        for _look in range(times):
            self.clock.advance(LOOK_SECONDS)
            await asyncio.gather(*self.tasks._running)

    def codes(self, kind: type[AlarmRaised | AlarmCleared]) -> list[str]:
        return [event.code for event in self.told if isinstance(event, kind)]

    @property
    def problems(self) -> list[str]:
        return [problem.text("en") for problem in self.flows.problems]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose ready-made sentences are built once for this file's tests."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def fresh(home: Path) -> Path:
    """The home without flows, as on the first day but for the built prompts."""
    for folder in ("flows", "kept"):
        shutil.rmtree(home / folder, ignore_errors=True)
    return home


async def test_flows_go_live_with_all_their_prompts(fresh: Path):
    """At the first start everything is built before the first call; a second start needs no engine at all."""
    office = Office(fresh)
    office.write("main.yaml", MAIN)
    await office.start()
    office.flows.stop()
    assert office.problems == []
    assert office.prompts.playable(Spoken("Press 1 or 2.", "en"))
    (loaded,) = [event for event in office.told if isinstance(event, FlowsLoaded)]
    assert loaded.version == office.flows.live.version
    again = Office(fresh, engine="no-such-espeak")
    await again.start()
    again.flows.stop()
    assert (again.problems, again.flows.live.version) == ([], loaded.version)
    assert again.clock.pending == 0


async def test_a_changed_file_is_taken_up_by_itself(fresh: Path):
    """After two looks that saw the same; a set that did not change is not loaded again."""
    office = Office(fresh)
    office.write("main.yaml", WITHOUT_WORDS)
    await office.start()
    office.write("main.yaml", WITHOUT_WORDS.replace("1000", "2000"))
    await office.look(1)
    assert office.flows.live.of_number("2000") is None
    await office.look(1)
    assert office.flows.live.of_number("2000")
    loaded = len([event for event in office.told if isinstance(event, FlowsLoaded)])
    os.utime(office.folder / "main.yaml", (1, 1))
    await office.look(5)
    assert len([event for event in office.told if isinstance(event, FlowsLoaded)]) == loaded == 2
    office.flows.stop()


async def test_a_broken_file_is_refused_and_the_old_flows_keep_serving(fresh: Path):
    """The administrator is told once; mending the file clears the alarm."""
    office = Office(fresh)
    office.write("main.yaml", WITHOUT_WORDS)
    await office.start()
    before = office.flows.live
    office.write("main.yaml", WITHOUT_WORDS.replace("sales", "sale"))
    office.write("other.yaml", "a: [")
    await office.look(4)
    assert office.flows.live is before
    assert office.problems == [
        "main.yaml, line 4, node “a”: There is no queue “sale”. Did you mean “sales”?",
        "other.yaml, line 1: This is not valid YAML (expected the node content, but found '<stream end>').",
    ]
    assert office.codes(AlarmRaised) == ["flows_refused"]
    (office.folder / "other.yaml").unlink()
    office.write("main.yaml", WITHOUT_WORDS.replace("1000", "3000"))
    await office.look()
    assert (office.problems, office.codes(AlarmCleared)) == ([], ["flows_refused"])
    assert office.flows.live.of_number("3000")
    office.flows.stop()


async def test_a_restart_with_a_broken_file_serves_the_last_good_flows(fresh: Path):
    """Even when the folder is gone altogether."""
    office = Office(fresh)
    office.write("main.yaml", MAIN)
    await office.start()
    office.flows.stop()
    office.write("main.yaml", "title: [")
    broken = Office(fresh, queues=frozenset())
    await broken.start()
    broken.flows.stop()
    assert broken.flows.live.version == office.flows.live.version
    assert broken.problems[0].startswith("main.yaml, line 1: This is not valid YAML")
    shutil.rmtree(office.folder)
    gone = Office(fresh)
    gone.folder.rmdir()
    await gone.start()
    gone.flows.stop()
    assert gone.flows.live.of_number("1000")
    assert gone.problems == [f"flows: There are no call flows. Put a file such as main.yaml into {gone.folder}."]


async def test_a_first_start_with_nothing_good_has_no_flows_but_the_sentences_it_needs(fresh: Path):
    """Callers go to the static queue; the page shows why."""
    office = Office(fresh)
    office.write("main.yaml", "nonsense")
    await office.start()
    office.flows.stop()
    assert not office.flows.live.flows
    assert len(office.problems) == 1
    assert office.prompts.playable(office.flows.live.library["apology"].sound("fa"))


async def test_a_missing_or_broken_prompt_is_a_problem_of_its_node(fresh: Path):
    office = Office(fresh)
    (office.folder / "prompts").mkdir()
    (office.folder / "prompts/noise.mp3").write_bytes(b"no sound")
    nodes = "a: {kind: announce, prompt: {file: noise.mp3}, exits: {done: b}}\nb: {kind: hang_up, prompt: {file: nois.mp3}}"
    office.write("main.yaml", one_flow(nodes))
    await office.start()
    assert office.problems[0].endswith(
        "node “b”: There is no file “nois.mp3” in the folder “prompts” beside the flows. Did you mean “noise.mp3”?"
    )
    office.write("main.yaml", one_flow(nodes.replace("nois.mp3", "noise.mp3")))
    await office.look()
    assert office.problems == [
        "main.yaml, line 5, node “a”: “noise.mp3” is not a sound that can be read.",
        "main.yaml, line 6, node “b”: “noise.mp3” is not a sound that can be read.",
    ]
    office.flows.stop()


async def test_a_recording_goes_live_and_is_kept_with_its_flow(fresh: Path):
    """After the recording is deleted and the product restarted, the last good set still has it."""
    office = Office(fresh)
    (office.folder / "prompts/fa").mkdir(parents=True)
    recording = office.folder / "prompts/fa/welcome.wav"
    await EspeakNg().speak("خوش آمدید", "fa", recording)
    office.write("main.yaml", one_flow("a: {kind: hang_up, prompt: {file: fa/welcome.wav}}"))
    await office.start()
    office.flows.stop()
    assert office.problems == []
    recording.unlink()
    again = Office(fresh)
    await again.start()
    again.flows.stop()
    assert len(again.problems) == 1
    assert again.flows.live.version == office.flows.live.version


async def test_the_sound_of_a_changed_recording_changes(fresh: Path):
    """Replacing the file under the same name is a new version."""
    office = Office(fresh)
    (office.folder / "prompts").mkdir()
    recording = office.folder / "prompts/welcome.wav"
    await EspeakNg().speak("خوش آمدید", "fa", recording)
    office.write("main.yaml", one_flow("a: {kind: hang_up, prompt: {file: welcome.wav}}"))
    await office.start()
    before = office.flows.live.version
    await EspeakNg().speak("سلام، خوش آمدید", "fa", recording)
    await office.look()
    office.flows.stop()
    assert office.problems == []
    assert office.flows.live.version != before


async def test_two_reloads_at_once_are_one_after_the_other(fresh: Path):
    office = Office(fresh)
    office.write("main.yaml", WITHOUT_WORDS)
    problems = await asyncio.gather(*(office.flows.reload() for _order in range(5)))
    assert problems == [()] * 5
    assert len([event for event in office.told if isinstance(event, FlowsLoaded)]) == 1


async def test_a_refused_set_says_so_in_one_sentence(fresh: Path):
    """For the API and the command."""
    office = Office(fresh)
    office.write("main.yaml", "nonsense")
    refused = FlowsRefused(await office.flows.reload())
    assert refused.code == "flows_refused"
    assert refused.text("en").endswith("Problems: 1. The first: main.yaml, line 1: A flow is a block of “key: value” lines. "
                                       "Expected one of: “default”, “language”, “name”, “nodes”, “numbers”, “start”, “title”.")  # fmt: skip
    assert "مسیرهای پیشین" in refused.text("fa")


async def test_files_that_cannot_be_read_are_problems(fresh: Path):
    """A dangling link among the flows, a huge recording."""
    office = Office(fresh)
    (office.folder / "main.yaml").symlink_to(office.folder / "nowhere.yaml")
    (office.folder / "prompts").mkdir()
    with (office.folder / "prompts/huge.wav").open("wb") as huge:
        huge.truncate(51 * 1024 * 1024)
    await office.flows.reload()
    assert office.problems == [
        "main.yaml: The file cannot be read (No such file or directory).",
        "prompts/huge.wav: The file is larger than 50 MB.",
    ]


async def test_the_demo_flows_are_good(fresh: Path):
    """Numbers 1000 to 1003 are served, and every word of them can be spoken."""
    office = Office(fresh)
    for file in (PROJECT / "config/flows").glob("*.yaml"):
        shutil.copy(file, office.folder)
    await office.start()
    office.flows.stop()
    assert office.problems == []
    served = {number: flow.name for flow in office.flows.live.flows.values() for number in flow.numbers}
    assert served == {"1000": "main", "1001": "sales", "1002": "support", "1003": "english"}
