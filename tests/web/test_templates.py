"""Templates keep to the content security policy, which allows own files only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from web.render import TEMPLATES

EVERY = sorted(TEMPLATES.glob("*.html"))


@pytest.mark.parametrize("template", EVERY, ids=lambda path: path.stem)
def test_no_template_needs_what_the_policy_forbids(template: Path):
    """No style attribute, no on… attribute, no inline script: browsers would drop them without a word."""
    text = template.read_text()
    assert not re.search(r'\sstyle="', text)
    assert not re.search(r"<[^>{]*\son[a-z]+=", text)
    for tag in re.findall(r"<script[^>]*>", text):
        assert "src=" in tag or 'type="application/json"' in tag, tag


@pytest.mark.parametrize("template", EVERY, ids=lambda path: path.stem)
def test_every_form_of_a_session_carries_its_token(template: Path):
    """A form that posts has the CSRF field (htmx sends the frame's header as well); only the doors before log-in have none."""
    if template.stem in ("login", "login_step"):
        return
    for form in re.findall(r'<form[^>]*method="post".*?</form>', template.read_text(), re.DOTALL):
        assert 'name="csrf"' in form, form[:200]
