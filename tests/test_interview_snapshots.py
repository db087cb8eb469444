"""The interviews shown in the docs are what the program shows; see ``renew_snapshots`` for how to renew them."""

from __future__ import annotations

import pytest
from renew_snapshots import COLUMNS, FOLDER, INTERVIEWS, page


@pytest.mark.parametrize("name", INTERVIEWS)
def test_an_interview_in_the_docs_is_what_the_screen_shows(name: str) -> None:
    shown = page(name)
    kept = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert shown == kept, "renew the page by: python tests/renew_snapshots.py"


def test_no_other_interview_stands_in_the_docs() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == set(INTERVIEWS)


@pytest.mark.parametrize("name", INTERVIEWS)
def test_every_picture_fits_the_screen(name: str) -> None:
    pictures = (FOLDER / f"{name}.md").read_text(encoding="utf-8").split("```text\n")[1:]
    lines = [line for picture in pictures for line in picture.split("\n```")[0].splitlines()]
    assert max(map(len, lines)) <= COLUMNS
    assert not [line for line in lines if line.endswith(" ") or "\x1b" in line]
