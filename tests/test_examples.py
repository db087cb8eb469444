"""Every example of every rule and cause: it fires, or it does not, as written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import triage
from triage.decision import decide
from triage.examples import example_answers

if TYPE_CHECKING:
    from triage.catalogue import Cause
    from triage.engines import Engine
    from triage.protocol import Protocol
    from triage.rule import Example, Rule

PROTOCOL = triage.load_protocol()
ENTRIES = (*PROTOCOL.rules, *PROTOCOL.active_causes)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_every_example_fires_or_does_not_as_written(
    entry: Rule | Cause, protocol: Protocol, engines: list[Engine]
) -> None:
    def fires(example: Example) -> bool:
        verdicts = engines[0].judge(example_answers(protocol, example))
        if entry is PROTOCOL.otherwise:
            return entry.id in [rule.id for rule in decide(protocol, verdicts).fired]
        return verdicts.rules[entry.id] is True

    assert [one.name for one in entry.all_examples() if fires(one) is not one.fires] == []


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_a_rule_or_cause_shows_what_fires_it_and_what_does_not(entry: Rule | Cause) -> None:
    assert {example.fires for example in entry.examples} == {True, False}
