"""What derives from the declarations of the nodes."""

from __future__ import annotations

from pathlib import Path

import ivr.nodes
from config.translations import catalogue
from ivr.fields import declared
from ivr.kinds import kinds
from ivr.nodes_page import forms, nodes_page

PROJECT = Path(__file__).resolve().parents[2]


def test_the_page_of_the_nodes_is_fresh():
    """docs/flow-nodes.md is what the declarations say."""
    assert (PROJECT / "docs/flow-nodes.md").read_text("utf-8") == nodes_page(), "run `switchboard docs`"


def test_every_file_of_the_folder_is_a_kind_of_its_own_name():
    files = {file.stem for folder in ivr.nodes.__path__ for file in Path(folder).glob("[a-z]*.py")}
    assert set(kinds()) == files == {"announce", "go_to", "hang_up", "hours", "language", "menu", "queue"}


def test_everything_people_read_of_a_node_is_there_in_persian():
    persian = catalogue("fa")
    for kind in kinds().values():
        told = [kind.title, kind.says, *(way.says for way in kind.ways)]
        for one in declared(kind):
            told += [one.metadata["label"], one.metadata["help"], one.metadata["kind"].expected]
        assert all(sentence and persian.gettext(sentence) != sentence for sentence in told), kind


def test_an_editor_draws_its_forms_from_the_declarations():
    form = next(form for form in forms("fa") if form["kind"] == "menu")
    assert (form["title"], form["keys_are_exits"]) == ("منو", True)
    fields = {field["name"]: field for field in form["fields"]}
    assert fields["timeout_seconds"] == {
        "name": "timeout_seconds", "kind": "seconds", "label": "مهلت پاسخ (ثانیه)", "help": "از پایان پیام شمرده می‌شود.",
        "expected": "عددی از ۱ تا ۶۰ (ثانیه)", "required": False, "default": 5.0, "languages": [],
    }  # fmt: skip
    assert (fields["prompt"]["required"], fields["prompt"]["languages"]) == (True, ["fa", "en"])
