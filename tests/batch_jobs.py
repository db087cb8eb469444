"""Batch jobs for tests: run one, and know what the plain engine says of the same files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import triage
from triage.answers.answers import settle
from triage.answers.files import read_answer_files
from triage.assessment.score_line import score_line
from triage.batch.job.options import Job
from triage.batch.job.run import run
from triage.documents.problems import DataFault
from triage.engines import build_engine
from triage.engines.decision import decide

if TYPE_CHECKING:
    from triage.answers.answers import Given
    from triage.engines import Engine
    from triage.protocol.protocol import Protocol

SNEEZING = Path(__file__).parent / "protocols" / "sneezing"
WELL = {"right_now": ["none"], "age": "adult", "since": "hours", "nose": ["nothing_else"], "brought_on_by": ["pepper"]}


class Notes:
    """Notes down what a job says."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.size = self.done = self.rows = 0

    def say(self, text: str) -> None:
        self.said.append(text)

    def expect(self, size: int) -> None:
        self.size = size

    def advance(self, size: int, rows: int) -> None:
        self.done += size
        self.rows += rows


def scored(protocol: Protocol, *paths: Path, output: Path, **options: Any) -> tuple[list[Any], list[Any], Notes]:
    """Score files into a file; return its lines, those of the errors file, and what was said."""
    notes = Notes()
    errors = output.with_name(f"{output.stem}.errors.ndjson")
    try:
        run(Job(paths, output=output, **options), protocol, notes)
    except DataFault as fault:
        notes.said += [str(problem) for problem in fault.problems]
    return json_lines(output), json_lines(errors), notes


def json_lines(path: Path) -> list[Any]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def plain_line(protocol: Protocol, engine: Engine, case_id: str, given: Given) -> dict[str, Any]:
    answers = settle(protocol.questionnaire, given)
    return score_line(protocol, case_id, answers, decide(protocol, engine.judge(answers)))


def by_the_plain_path(protocol: Protocol, *paths: Path) -> tuple[list[dict[str, Any]], dict[int, list[str]]]:
    """Return the results of the good cases of some files by the plain engine, and what is said of each other line."""
    engine = build_engine("plain", protocol)
    results, said = [], {}
    for case in read_answer_files(paths, protocol.questionnaire):
        if isinstance(case, DataFault):
            line = case.problems[0].place.line or 0
            said[line] = [f"{one.message} {one.hint}" if one.hint else one.message for one in case.problems]
        else:
            results.append(score_line(protocol, case.id, case.answers, decide(protocol, engine.judge(case.answers))))
    return results, said


def plain_lines(protocol: Protocol, *paths: Path) -> list[dict[str, Any]]:
    """Return the results of the good cases of some files by the plain engine."""
    return by_the_plain_path(protocol, *paths)[0]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(triage.__file__).parents[1])}
