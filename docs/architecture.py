"""Draws the rooms of the house into docs/architecture.md: ``python docs/architecture.py``.

The floors are those of the import contract in pyproject.toml, which import-linter holds; what stands in a room is the
first sentence of its ``__init__``. A test fails where the drawing is not the one made here.
"""

from __future__ import annotations

import ast
import textwrap
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- drawn by docs/architecture.py -->\n", "<!-- end of the drawing -->"
WIDTH = 116
NUMBER = 4
"""Signs in front of a floor, for its number."""


def floors() -> list[list[str]]:
    """Return the rooms of each floor, from the top, as the contract about the house has them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    [house] = [one for one in contracts if one["type"] == "layers" and one["containers"] == ["triage"]]
    return [[room.strip() for room in layer.split("|")] for layer in house["layers"]]


def first_sentence(room: str) -> str:
    """Return what stands in a room."""
    source = (ROOT / "triage" / room / "__init__.py").read_text("utf-8")
    said = ast.get_docstring(ast.parse(source)) or ""
    return " ".join(said.split("\n\n")[0].split()).replace("`", "")


def drawing(floors: list[list[str]]) -> str:
    """Return the floors as rows of boxes, the ground below."""
    rows = []
    for height, rooms in enumerate(floors):
        inside = (WIDTH - NUMBER) // len(rooms) - 4
        boxes = [[room, *textwrap.wrap(first_sentence(room), inside)] for room in rooms]
        lines = max(map(len, boxes))
        rows.append(" " * NUMBER + "".join(f"┌{'─' * (inside + 2)}┐" for _ in boxes))
        for number in range(lines):
            floor = f"{len(floors) - height:>2}" if number == 0 else ""
            texts = (box[number] if number < len(box) else "" for box in boxes)
            rows.append(f"{floor:<{NUMBER}}" + "".join(f"│ {text:<{inside}} │" for text in texts))
        rows.append(" " * NUMBER + "".join(f"└{'─' * (inside + 2)}┘" for _ in boxes))
    return "\n".join(["```", *rows, "```", ""])


def page_with(drawn: str, page: str) -> str:
    """Return the page with a drawing in the place of the one it has."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}{drawn}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with(drawing(floors()), PAGE.read_text("utf-8")), "utf-8")
