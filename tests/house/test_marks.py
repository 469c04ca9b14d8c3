"""What silences a checker, waits with a thread or catches everything says why, on its line."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

from config.places import PROJECT

MARKS = {
    "noqa": re.compile(r"#\s*noqa(?P<codes>:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?(?P<reason>.*)"),
    "type: ignore": re.compile(r"#\s*type:\s*ignore(?P<codes>\[[\w, -]+\])?(?P<reason>.*)"),
    "pragma": re.compile(r"#\s*pragma:\s*(?P<codes>[\w ]+)(?P<reason>.*)"),
    "eslint-disable": re.compile(r"eslint-disable(?P<codes>[\w-]*)(?P<reason>.*)"),
}
SAYS = re.compile(r"[A-Za-z]{2}")
EVERYTHING = {"Exception", "BaseException"}


def written(*endings: str) -> list[Path]:
    """The files of the repository with these endings, but for what a program wrote."""
    listed = subprocess.run(["git", "ls-files", *endings], cwd=PROJECT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [PROJECT / one for one in listed if "/bundle/" not in one and (PROJECT / one).exists()]


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Line and text of each comment of a Python file."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def silent(comment: str) -> list[str]:
    """The marks of this comment that name no rule, or give no reason."""
    found = ((name, pattern.search(comment)) for name, pattern in MARKS.items())
    return [name for name, match in found if match and not (match["codes"] and SAYS.search(match["reason"]))]


def passes_on(handler: ast.ExceptHandler) -> bool:
    """Whether what was caught is raised at the end."""
    return isinstance(handler.body[-1], ast.Raise)


def catches_everything(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or any(isinstance(one, ast.Name) and one.id in EVERYTHING for one in ast.walk(handler.type))


def test_tests_have_no_marks_for_mypy() -> None:
    """It does not read them (pyproject.toml): a mark for it would silence nothing."""
    files = [file for file in written("tests/*.py") for _line, comment in comments(file.read_text("utf-8")) if "type: ignore" in comment]
    assert files == []


def sleeps(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "time.sleep"


def test_every_mark_says_why() -> None:
    """Who reads the line sees why the rule does not hold there."""
    python = [(file, line, comment) for file in written("*.py", "*.tac") for line, comment in comments(file.read_text("utf-8"))]
    script = [(file, line, text) for file in written("*.js", "*.mjs") for line, text in enumerate(file.read_text("utf-8").splitlines(), 1)]
    assert [f"{file.relative_to(PROJECT)}:{line}: {name}" for file, line, text in python + script for name in silent(text)] == []


def test_whoever_catches_everything_raises_it_again_or_says_why() -> None:
    """An error that nobody expected is never lost in silence."""
    lost = []
    for file in written("*.py", "*.tac"):
        text = file.read_text("utf-8")
        said = dict(comments(text))
        caught = [one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.ExceptHandler) and catches_everything(one)]
        lost += [f"{file.relative_to(PROJECT)}:{one.lineno}" for one in caught if not passes_on(one) and one.lineno not in said]
    assert lost == []


def test_threads_sleep_with_a_reason_and_tests_never() -> None:
    """The product rests in threads of its own only, and says what for; a test waits for what happens."""
    asleep = []
    for file in written("*.py", "*.tac"):
        text = file.read_text("utf-8")
        said = {} if "tests" in file.relative_to(PROJECT).parts else dict(comments(text))
        asleep += [
            f"{file.relative_to(PROJECT)}:{one.lineno}" for one in ast.walk(ast.parse(text)) if sleeps(one) and one.lineno not in said
        ]
    assert asleep == []
