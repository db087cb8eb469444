"""How many questions an interview asks, by urgency: mean and worst, beside the number when everything is asked.

Run from the checkout: ``python benchmarks/questions.py``. Prints a Markdown table.
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random
from statistics import mean
from typing import TYPE_CHECKING, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from people import near_case_person  # noqa: E402

import triage  # noqa: E402
from triage.answers.answers import settle  # noqa: E402
from triage.answers.case_reading import read_cases  # noqa: E402
from triage.answers.examples import given_states  # noqa: E402
from triage.interview.interview import Interview  # noqa: E402
from triage.protocol.urgency import Urgency  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.answers.answers import Given
    from triage.protocol.protocol import Protocol

RANDOM_PEOPLE = 1_000
SEED = 1
ORDER = (Urgency.EMERGENCY, Urgency.URGENT, Urgency.ROUTINE, Urgency.SELF_CARE)


class Count(NamedTuple):
    """How many questions one person was asked."""

    urgency: Urgency
    part_one: int
    both_parts: int
    everything: int


def count(protocol: Protocol, person: Given) -> Count:
    """Interview one person twice: in two parts, and with everything asked."""
    states = settle(protocol.questionnaire, person).states
    interview = whole = Interview(protocol)
    while question := interview.next_question():
        interview = interview.answered(question.id, states[question.id])
    part_one = len(interview.history)
    while question := interview.next_detail():
        interview = interview.answered(question.id, states[question.id])
    while question := whole.next_question(everything=True):
        whole = whole.answered(question.id, states[question.id])
    if interview.decision.urgency is not whole.decision.urgency:
        sys.exit(f"The short interview ends otherwise than the full one: {person}")
    return Count(whole.decision.urgency, part_one, len(interview.history), len(whole.history))


def rows(people: str, counts: Iterable[Count]) -> Iterable[tuple[str, ...]]:
    """Yield a row of the table for each urgency and one for all."""
    found = list(counts)
    groups = [(urgency.value.replace("_", " "), [one for one in found if one.urgency is urgency]) for urgency in ORDER]
    for name, group in (*groups, ("all", found)):
        cells = [(f"{mean(numbers):.1f}", str(max(numbers))) for numbers in list(zip(*group, strict=True))[1:]]
        yield people, name, str(len(group)), *(cell for pair in cells for cell in pair)


def main() -> None:
    """Print the table for the worked cases and for random people near a case."""
    protocol = triage.load_protocol()
    cases = read_cases(protocol)
    rng = Random(SEED)
    near = [near_case_person(protocol, cases, rng) for _ in range(RANDOM_PEOPLE)]
    head = ("people", "urgency", "number", "part one: mean", "worst", "both parts: mean", "worst", "all: mean", "worst")
    table = [head, ("---", "---", *["---:"] * 7)]
    table += rows("worked cases", (count(protocol, given_states(case.answers)) for case in cases))
    table += rows("random, near a case", (count(protocol, person) for person in near))
    for row in table:
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
