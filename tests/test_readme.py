"""The README keeps step with the project."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from billing.settings import settings_table

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_every_setting_stands_in_the_table_as_it_is() -> None:
    missing = [
        row.variable
        for row in settings_table()
        if f"| `{row.variable}` | {row.default or '–'} | {row.description} |" not in README
    ]
    assert not missing, f"add to README's table of settings, or correct there: {missing}"


def test_the_table_names_no_setting_that_is_gone() -> None:
    known = {row.variable for row in settings_table()}
    named = set(re.findall(r"^\| `(SCRIP_[A-Z_]+)`", README, re.MULTILINE))
    assert named == known


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_what_the_readme_links_to_is_there(link: str) -> None:
    assert link.startswith("https://") or (ROOT / link).exists()


def test_every_room_on_the_map_exists() -> None:
    chart = README.split("## The map")[1].split("```")[1]
    rooms = re.findall(r"^ {0,2}([a-z]+(?:\.py|/))", chart, re.MULTILINE)
    assert rooms
    assert not [room for room in rooms if not (ROOT / room).exists() and not (ROOT / "billing" / room).exists()]
