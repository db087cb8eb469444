"""Every example of every rule and cause: it fires, or it does not, as written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from shipped import the_protocol

from triage.answers.example_reading import read_further_examples
from triage.answers.examples import example_answers
from triage.documents.problems import Place
from triage.engines.decision import decide, wrong_result
from triage.proof.verification import verify
from triage.protocol.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.engines import Engine
    from triage.protocol.catalogue import Cause
    from triage.protocol.rule import Rule

PROTOCOL = the_protocol()
ENTRIES = (*PROTOCOL.rules, *PROTOCOL.active_causes)
FURTHER = read_further_examples(PROTOCOL)


def wrong(entry: Rule | Cause, examples: Iterable[Example], engine: Engine) -> list[str]:
    """Return the names of the examples that do not come out as written."""

    def fires(example: Example) -> bool:
        verdicts = engine.judge(example_answers(PROTOCOL, example))
        if entry is PROTOCOL.otherwise:
            return entry.id in [rule.id for rule in decide(PROTOCOL, verdicts).fired]
        return verdicts.rules[entry.id] is True

    def result_is_wrong(example: Example) -> bool:
        return wrong_result(example, decide(PROTOCOL, engine.judge(example_answers(PROTOCOL, example)))) != ""

    return [one.name for one in examples if fires(one) is not one.fires or result_is_wrong(one)]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_every_example_fires_or_does_not_as_written(entry: Rule | Cause, engines: list[Engine]) -> None:
    assert wrong(entry, entry.all_examples(), engines[0]) == []


@pytest.mark.parametrize("identifier", FURTHER)
def test_every_further_example_fires_or_does_not_as_written(identifier: str, engines: list[Engine]) -> None:
    [entry] = [one for one in ENTRIES if one.id == identifier]
    further = [one for example, _ in FURTHER[identifier] for one in example.expanded()]
    assert wrong(entry, further, engines[0]) == []


def test_further_examples_are_read_from_every_file_that_has_them() -> None:
    read = {place.source for listed in FURTHER.values() for _, place in listed}
    assert read == {str(path) for path in (PROTOCOL.folder / "examples").iterdir()}
    assert len(read) >= 8


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_a_rule_or_cause_shows_what_fires_it_and_what_does_not(entry: Rule | Cause) -> None:
    assert {example.fires for example in entry.examples} == {True, False}


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ({"types": ("metabolic_toxic",)}, ""),
        ({"outcome": "suggests_disease", "types": ("metabolic_toxic",)}, ""),
        ({"types": ("metabolic_toxic", "epileptic")}, "should name the type 'epileptic', but does not."),
        ({"outcome": "likely_benign"}, "should come out as 'likely_benign', but is 'suggests_disease'."),
    ],
)
def test_an_example_may_say_what_comes_of_the_whole_result(expected: dict[str, object], said: str) -> None:
    example = Example.model_validate(
        {"name": "on dialysis", "given": {"conditions": ("kidney_or_liver_disease",)}, "fires": True, **expected}
    )
    problems = [one.message for one in verify(PROTOCOL, [], {"U09": [(example, Place("here"))]})]
    assert problems == ([f"U09: the result of its example 'on dialysis' {said}"] if said else [])
