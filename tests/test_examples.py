"""Every example of every rule and cause, each a test of its own: it fires, or it does not, as written."""

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
EXAMPLES = [
    pytest.param(entry, example, id=f"{entry.id}: {example.name}")
    for entry in ENTRIES
    for example in entry.all_examples()
]


@pytest.mark.parametrize(("entry", "example"), EXAMPLES)
def test_example(entry: Rule | Cause, example: Example, protocol: Protocol, engines: list[Engine]) -> None:
    verdicts = engines[0].judge(example_answers(protocol, example))
    if entry is PROTOCOL.otherwise:
        fires = entry.id in [rule.id for rule in decide(protocol, verdicts).fired]
    else:
        fires = verdicts.rules[entry.id] is True
    assert fires is example.fires


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_a_rule_or_cause_shows_what_fires_it_and_what_does_not(entry: Rule | Cause) -> None:
    assert {example.fires for example in entry.examples} == {True, False}
