"""What is written is true: generated pages are fresh, links lead somewhere, names are the house's."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from commands.docs import DOCS, PAGES

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")
VAGUE = re.compile(r"^class \w*(Manager|Handler|Helper|Util|Utils|Misc|Processor)\b", re.MULTILINE)


def tracked(pattern: str) -> list[Path]:
    """The files of this pattern that belong to the project."""
    listed = subprocess.run(["git", "ls-files", pattern], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines()]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_generated_pages_are_fresh(name: str) -> None:
    """What `make docs` would write now is what stands there."""
    assert (DOCS / name).read_text() == PAGES[name](), f"docs/{name} is stale: make docs"


def test_links_of_the_pages_lead_somewhere() -> None:
    """No page of ours points at a file that is not there."""
    dead = [
        (page.relative_to(ROOT), target)
        for page in tracked("*.md")
        for target in LINK.findall(page.read_text())
        if not (page.parent / target).exists()
    ]
    assert dead == []


def test_decisions_are_numbered_without_gaps() -> None:
    """One page a decision, in the order they were taken, each with its three parts."""
    pages = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text()
        assert all(part in text for part in ("## Context", "## Decision", "## Consequence")), page.name


def test_no_class_has_a_vague_name() -> None:
    """Names say what a thing is."""
    assert [(path.relative_to(ROOT), VAGUE.findall(path.read_text())) for path in tracked("*.py") if VAGUE.search(path.read_text())] == []
