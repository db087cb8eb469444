"""What SAFETY.md says about statements is what the protocol holds."""

from __future__ import annotations

import re
from pathlib import Path

from triage.export.statements import statement_table
from triage.proof.statements import read_statements
from triage.protocol import Protocol

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


def test_the_safety_case_lists_every_warning_choice_again_by_hand(protocol: Protocol) -> None:
    warnings = {flag.id: set(flag.warnings) for flag in protocol.questionnaire.red_flags}
    for statement in read_statements(protocol):
        if statement.title in (
            "No warning choice is ever called benign",
            "Giving a warning sign never lowers the urgency",
        ):
            listed = statement.each or statement.never_lowers or {}
            assert {name: set(codes) for name, codes in listed.items()} == warnings
