"""How much a calm person has to do: keys pressed and screens seen, and a progress that only goes down."""

from __future__ import annotations

import io
import re
from itertools import pairwise
from random import Random
from statistics import mean
from typing import TYPE_CHECKING

from conversation import DETAILS, HELP_FIRST, Person, Talk
from rich.console import Console

from triage.answers.examples import given_states
from triage.conditions.answer_state import UNKNOWN
from triage.engines import build_engine
from triage.interview.interview import Interview
from triage.protocol.urgency import Urgency
from triage.terminal.page import Page
from triage.terminal.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conversation import Story

    from triage.conditions.answer_state import AnswerState
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question


class Fingers:
    """Answers by a story on the screen with arrow keys, the shortest way, and counts."""

    def __init__(self, story: Story) -> None:
        self.page = Page(Console(file=io.StringIO(), width=80))
        self.keys = self.screens = 0
        self._given = given_states(story)

    def ask(self, question: Question, _: AnswerState | None) -> AnswerState:
        self.screens += 1
        state = self._given.get(question.id, UNKNOWN)
        lines = [*question.codes, *(["unknown"] if question.unknown else [])]
        wanted = [lines.index(code) for code in lines if isinstance(state, frozenset) and code in state]
        wanted = wanted or [lines.index("unknown")]
        stands_alone = lines[wanted[0]] == "unknown" or lines[wanted[0]] in question.alone
        at = 0
        for line in wanted:
            self.keys += min((line - at) % len(lines), (at - line) % len(lines))
            self.keys += question.multiple and not stands_alone
            at = line
        self.keys += 1
        return state

    def choose(self, _text: str, options: Sequence[tuple[str, str]], *, why: str = "") -> str:  # noqa: ARG002
        self.screens += 1
        self.keys += 1
        return options[0][0]


def test_a_benign_interview_takes_some_eighty_keys(protocol: Protocol, cases: list[Case]) -> None:
    engines = [build_engine("plain", protocol)]
    counts = []
    for case in cases:
        fingers = Fingers(case.answers)
        finished = Session(Interview(protocol), fingers, engines, lambda _: None).run()
        assert finished is not None
        if finished.result.urgency is Urgency.SELF_CARE:
            counts.append((fingers.keys, fingers.screens))
    keys, screens = ([*column] for column in zip(*counts, strict=True))
    assert len(counts) > 40
    assert mean(keys) <= 80
    assert sorted(keys)[len(keys) * 9 // 10] <= 90
    assert mean(screens) <= 24.5
    assert max(screens) <= 27


PROGRESS = re.compile(r"Question \d+(?: \(at most (\d+) more\))?$", re.MULTILINE)


def promised(text: str) -> list[int]:
    return [int(found or 0) for found in PROGRESS.findall(text)]


def test_progress_never_counts_upward(protocol: Protocol, cases: list[Case]) -> None:
    """In each of the two parts, and where somebody goes on at an emergency, from where both follow each other."""
    rng = Random(1)
    longest = 0
    for case in rng.sample(cases, 40):
        talk = Talk(protocol, Person(case.answers, offers={HELP_FIRST: "2", DETAILS: "2"}, protocol=protocol))
        for part in re.split(f"{DETAILS}|{HELP_FIRST}", talk.text):
            counts = promised(part)
            assert all(later < earlier or later == 0 for earlier, later in pairwise(counts)), case.id
            assert not counts or counts[0] >= len(counts) - 1
            longest = max(longest, len(counts))
    assert longest > 20


def test_after_an_emergency_no_more_is_asked_than_was_said(protocol: Protocol, cases: list[Case]) -> None:
    went_on = 0
    for case in [one for one in cases if one.expected.urgency is Urgency.EMERGENCY][::4]:
        talk = Talk(protocol, Person(case.answers, offers={HELP_FIRST: "2", DETAILS: "2"}, protocol=protocol))
        counts = promised(talk.text.rpartition(HELP_FIRST)[2])
        assert all(most >= len(counts) - number for number, most in enumerate(counts, start=1)), (case.id, counts)
        went_on += len(counts) > 2
    assert went_on > 5


def test_it_is_said_why_a_question_comes_again(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    talk = Talk(protocol, Person(stories["L01"], protocol=protocol))
    calm = "So far the answers are calm. To be sure, we ask one thing once more, in other words."
    assert f"{calm} Think back over the last weeks." in talk.flowing
