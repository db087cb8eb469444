"""The drawing of the house cannot lie, and the house keeps the size in which one finds one's way."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ARCHITECTURE = runpy.run_path(str(ROOT / "docs" / "architecture.py"))
ROOMS = [room for floor in ARCHITECTURE["floors"]() for room in floor]


def test_the_drawing_is_the_one_made_from_the_import_contract() -> None:
    page = ARCHITECTURE["PAGE"].read_text("utf-8")
    drawn = ARCHITECTURE["drawing"](ARCHITECTURE["floors"]())
    assert page == ARCHITECTURE["page_with"](drawn, page), "draw it anew: python docs/architecture.py"


def test_another_contract_makes_another_drawing() -> None:
    floors = ARCHITECTURE["floors"]()
    assert ARCHITECTURE["drawing"](floors[::-1]) != ARCHITECTURE["drawing"](floors)
    assert "command_line" not in ARCHITECTURE["drawing"](floors[1:])


def test_every_room_is_in_the_drawing_and_says_what_stands_in_it() -> None:
    folders = {path.parent.name for path in (ROOT / "triage").glob("*/__init__.py")}
    assert folders == set(ROOMS)
    drawn = ARCHITECTURE["drawing"](ARCHITECTURE["floors"]())
    assert [room for room in ROOMS if f"│ {room} " not in drawn] == []
    assert [room for room in ROOMS if len(ARCHITECTURE["first_sentence"](room)) < 30] == []


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "batch"])
def test_no_file_and_no_room_is_too_large_to_be_held_in_mind(room: str) -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in (ROOT / "triage" / room).rglob("*.py")}
    assert {path.name: length for path, length in lengths.items() if length > 350} == {}
    assert sum(lengths.values()) <= 2_500
