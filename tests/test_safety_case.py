"""What SAFETY.md says about statements is what the protocol holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from triage.export.statements import statement_table
from triage.proof.statements import read_statements
from triage.protocol.protocol import Protocol

SAFETY = Path(__file__).parent.parent / "SAFETY.md"


def test_the_statements_in_the_safety_case_are_those_that_are_proved(protocol: Protocol) -> None:
    text = SAFETY.read_text(encoding="utf-8")
    printed = re.search(r"<!-- statements -->\n(.*)<!-- /statements -->", text, re.DOTALL)
    assert printed is not None
    assert printed[1] == statement_table(read_statements(protocol))


def test_every_statement_and_test_file_that_a_hazard_names_is_there(protocol: Protocol) -> None:
    text = SAFETY.read_text(encoding="utf-8")
    known = {statement.id for statement in read_statements(protocol)}
    assert set(re.findall(r"\bP\d{2,3}\b", text)) <= known
    for name in set(re.findall(r"`(test_\w+\.py)`", text)):
        assert (SAFETY.parent / "tests" / name).is_file(), name


def test_there_are_at_least_thirty_statements(protocol: Protocol) -> None:
    assert len(read_statements(protocol)) >= 30


BY_HAND = {
    "P02": ("each", lambda flag: set(flag.grave)),
    "P137": ("each", lambda flag: set(flag.mild)),
    "P40": ("never_lowers", lambda flag: set(flag.warnings) - MAY_LOWER.get(flag.id, set())),
}
"""Statements that list warning choices again by hand: where, and what of a red-flag question they must list."""

MAY_LOWER = {
    "awareness": {"plain_faint"},
    "course": {"worsening_days"},
    "infant_state": {"asleep_not_tried", "awake_too"},
    "neuro_signs": {"tremor"},
    "seizures": {"plain_faint"},
}
"""Mild signs that a benign pattern or a milder rule needs, so that telling them may make a case look better."""


@pytest.mark.parametrize("statement", BY_HAND)
def test_the_safety_case_lists_warning_choices_again_by_hand_and_misses_none(
    statement: str, protocol: Protocol
) -> None:
    where, expected = BY_HAND[statement]
    [found] = [one for one in read_statements(protocol) if one.id == statement]
    wanted = {flag.id: expected(flag) for flag in protocol.questionnaire.red_flags if expected(flag)}
    listed = getattr(found, where)
    assert {name: sorted(codes) for name, codes in listed.items()} == {
        name: sorted(codes) for name, codes in wanted.items()
    }


def test_only_mild_signs_may_lower_the_urgency(protocol: Protocol) -> None:
    for name, codes in MAY_LOWER.items():
        assert codes <= set(protocol.questionnaire.by_id[name].mild)
