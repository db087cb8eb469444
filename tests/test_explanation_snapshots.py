"""What ``explain`` shows of every worked case stands as text and is compared to the letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from explanation_snapshots import FOLDER, explanation
from shipped import the_cases, the_protocol

from triage.assessment.explaining import Commonness

if TYPE_CHECKING:
    from triage.protocol.catalogue import Case

PROTOCOL = the_protocol()
CASES = the_cases()
COMMONNESS = Commonness(PROTOCOL, CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.id}: {case.title}")
def test_the_explanation_of_a_case_reads_as_its_snapshot(case: Case) -> None:
    snapshot = (FOLDER / f"{case.id}.txt").read_text(encoding="utf-8")
    assert explanation(PROTOCOL, case, COMMONNESS) == snapshot


def test_no_snapshot_is_left_of_a_case_that_is_gone() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == {case.id for case in CASES}


def test_no_line_is_wider_than_the_screen() -> None:
    for path in FOLDER.glob("*.txt"):
        assert max(len(line) for line in path.read_text(encoding="utf-8").splitlines()[1:]) <= 76, path.name
