"""Stories of real people: read, judged and counted, with old answers taken over."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from batch_jobs import SNEEZING

import triage
from triage.export.book import book_of
from triage.export.book_page import book_page
from triage.export.stories import Share, figures, judge_stories, kept_from_benign, read_stories, whose
from triage.proof.statements import read_statements

if TYPE_CHECKING:
    from pathlib import Path

    from triage.protocol.protocol import Protocol

WELL = {
    "right_now": ["none"],
    "age": "adult",
    "nose": ["drips"],
    "since": "hours",
    "brought_on_by": ["pepper"],
}


def told(name: str, outcome: str, urgency: list[str], **answers: object) -> dict[str, object]:
    return {
        "id": name,
        "kind": "forum",
        "pattern": "made_up",
        "story": "I sneeze.",
        "expected": {
            "outcome": outcome,
            "acceptable_urgency": urgency,
            "pattern": "sneezing",
            "confidence": "high",
            "why": "made up",
        },
        "readings": [{"questionnaire_version": "1.0.0", "reader": "1", "answers": {**WELL, **answers}}],
    }


@pytest.fixture
def sneezing(tmp_path: Path) -> Protocol:
    """The test protocol with four stories: right, right, benign but missed, and a disease called less than it is."""
    folder = shutil.copytree(SNEEZING, tmp_path / "sneezing")
    (folder / "stories").mkdir()
    stories = [
        told("S1", "likely_benign", ["self_care"]),
        told("S2", "suggests_disease", ["urgent"], nose=["bleeds"]),
        told("S3", "likely_benign", ["self_care"], nose="unknown"),
        told("S4", "suggests_disease", ["emergency"], nose=["bleeds"]),
    ]
    (folder / "stories" / "made_up.ndjson").write_text("\n".join(map(json.dumps, stories)), encoding="utf-8")
    return triage.load_protocol(folder)


def test_figures_count_what_is_right_too_little_and_too_much(sneezing: Protocol) -> None:
    found = figures(judge_stories(sneezing, read_stories(sneezing)))
    assert found["benign called likely benign"] == Share(1, 2)
    assert found["disease called likely benign"] == Share(0, 2)
    assert found["urgency acceptable"] == Share(2, 4)
    assert found["less urgent than acceptable"] == Share(1, 4)
    assert found["benign, more urgent than acceptable"] == Share(1, 2)


def test_what_kept_a_benign_story_from_benign_is_named(sneezing: Protocol) -> None:
    judged = judge_stories(sneezing, read_stories(sneezing))
    assert [rule.id for rule, _ in kept_from_benign(judged)]
    assert {whose(sneezing, one) for one in judged} == {"18 years or older"}


def test_the_rule_book_shows_the_figures(sneezing: Protocol) -> None:
    judged = judge_stories(sneezing, read_stories(sneezing))
    book = book_of(sneezing, [], read_statements(sneezing), stories=judged)
    for form in ("html", "md"):
        page = book_page(form, book)
        assert "Stories of real people" in page
        assert str(Share(1, 2)) in page


def test_a_story_with_a_fault_is_told_with_its_line(sneezing: Protocol) -> None:
    path = sneezing.folder / "stories" / "made_up.ndjson"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text(
        "\n".join([lines[0], lines[0].replace("S1", "S9").replace("likely_benign", "fine")]), encoding="utf-8"
    )
    with pytest.raises(triage.DataFault, match=r"made_up\.ndjson:2:"):
        read_stories(sneezing)


def test_no_disease_among_the_shipped_stories_is_called_benign_and_none_comes_too_late(protocol: Protocol) -> None:
    judged = judge_stories(protocol, read_stories(protocol))
    assert len(judged) > 100
    found = figures(judged)
    assert found["disease called likely benign"].count == 0
    assert found["less urgent than acceptable"].count == 0
