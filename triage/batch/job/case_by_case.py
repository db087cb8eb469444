"""Cases one by one, with an engine of choice: slower than in batches, as a check on them and for a handful of cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from triage.answers.files import UnreadableCase, read_answer_files
from triage.answers.row_faults import RowPlace, fault_of_file
from triage.assessment.score_line import FIELDS, score_line
from triage.documents.output_text import json_text, table_cell
from triage.documents.problems import DataFault
from triage.engines.decision import decide
from triage.protocol.unanswered import only_unanswered, rules_of_unanswered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from triage.answers.exact_reader import ExactReader
    from triage.answers.row_faults import Fault
    from triage.batch.job.telling import Summary
    from triage.documents.problems import Place
    from triage.engines import Engine
    from triage.protocol.protocol import Protocol

__all__ = ["score_cases", "written_as"]


def score_cases(
    protocol: Protocol,
    engine: Engine,
    paths: Iterable[Path],
    write: Callable[[dict[str, Any]], None],
    say: Callable[[Fault, str], None],
    summary: Summary,
    ids: dict[str, Place],
    exact: Callable[[], ExactReader],
) -> None:
    """Score the cases of some files.

    Args:
        protocol: the rules.
        engine: what judges them.
        paths: answer files, and folders of them.
        write: takes each result, by field.
        say: takes what is wrong, once as an entry of the errors file and once as text with its exact place.
        summary: counts them.
        ids: the place of each id met before; more are added.
        exact: returns what tells question, found and nearest word of each fault.

    """
    open_rules = rules_of_unanswered(protocol)
    for case in read_answer_files(paths, protocol.questionnaire):
        if isinstance(case, DataFault):
            summary.bad_rows += 1
            for fault, problem in zip(_faults(case, exact), case.problems, strict=True):
                say(fault, str(problem))
            continue
        answers = case.answers.without_open(protocol.questionnaire)
        decision = decide(protocol, engine.judge(answers))
        line = score_line(protocol, case.id, answers, decision)
        write(line)
        open_alone = only_unanswered(decision.urgency, decision.fired, open_rules)
        summary.count_case(line, only_unanswered=open_alone)
        summary.former.add(case.id, case.taken_over, case.ask_again)
        if case.named and (before := ids.setdefault(case.id, case.place)) is not case.place:
            summary.count_repeat(*(f"{place.source}:{place.line}" for place in (case.place, before)))


def _faults(case: DataFault, exact: Callable[[], ExactReader]) -> list[Fault]:
    """Return what is wrong with a case as entries of the errors file."""
    if isinstance(case, UnreadableCase):
        place = RowPlace(case.place.source, case.place.line, case.row, case.unnamed)
        found = exact().read(case.raw, place)
        if isinstance(found, list) and len(found) == len(case.problems):
            return [one.standing_at(problem.place) for one, problem in zip(found, case.problems, strict=True)]
    return [fault_of_file(problem) for problem in case.problems]


def written_as(form: str, fields: Sequence[str]) -> tuple[bytes, Callable[[dict[str, Any]], bytes]]:
    """Return the first line of a form of output, and what writes a result as its other lines."""
    wanted = [field for field in FIELDS if field in fields]
    if form == "csv":
        header = ",".join(wanted) + "\n"
        return header.encode(), lambda line: (",".join(table_cell(line[field]) for field in wanted) + "\n").encode()
    return b"", lambda line: f"{json_text({field: line[field] for field in wanted})}\n".encode()
