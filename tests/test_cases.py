"""Every worked story comes out as it should; what is known to come out too cautiously says so honestly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from shipped import the_cases

from triage.answers.answers import settle
from triage.answers.examples import given_states
from triage.assessment.assessment import assess
from triage.protocol.urgency import Vote

if TYPE_CHECKING:
    from triage.assessment.assessment import Assessment
    from triage.engines import Engine
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol

CASES = the_cases()
HIT = [case for case in CASES if not case.known_miss]
MISSED = [case for case in CASES if case.known_miss]


def named_by_title(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[f"{case.id}: {case.title}" for case in cases])


def result_of(case: Case, protocol: Protocol, engines: list[Engine]) -> Assessment:
    answers = settle(protocol.questionnaire, given_states(case.answers))
    return assess(protocol, answers, engines, case_id=case.id)


@named_by_title(HIT)
def test_the_story_comes_out_as_it_should(case: Case, protocol: Protocol, engines: list[Engine]) -> None:
    result = result_of(case, protocol, engines)
    types = {kind.code for kind in result.types} or {"undetermined"}
    expected = set(case.expected.types)
    assert result.disagreement is None
    assert result.outcome.value == case.expected.outcome
    assert result.urgency in case.expected.acceptable_urgency
    assert types & expected, f"none of the expected types {sorted(expected)} is named, but {sorted(types)}"
    assert len(types - expected) <= 2, f"too many other types: {sorted(types - expected)}"
    if result.outcome.value == "likely_benign":
        assert types <= {code for rule in protocol.rules if rule.vote is Vote.BENIGN for code in rule.then.types}
        assert result.causes == ()


@named_by_title(MISSED)
def test_a_known_miss_is_still_missed(case: Case, protocol: Protocol, engines: list[Engine]) -> None:
    """Once it comes out as expected its note is no longer true and must go."""
    result = result_of(case, protocol, engines)
    assert result.disagreement is None
    assert result.urgency.value != "self_care"
    assert result.urgency not in case.expected.acceptable_urgency


def test_at_least_27_of_the_ordinary_life_stories_are_likely_benign(protocol: Protocol, engines: list[Engine]) -> None:
    ordinary = [case for case in CASES if case.id.startswith("O")]
    urgencies = {case.id: result_of(case, protocol, engines).urgency.value for case in ordinary}
    assert list(urgencies.values()).count("self_care") >= 27, urgencies


def test_no_two_stories_share_an_id_or_a_title() -> None:
    assert len({case.id for case in CASES}) == len({case.title for case in CASES}) == len(CASES)
