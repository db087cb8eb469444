"""Reading the further examples of a protocol: the many near misses that stand beside the pages of rules.

A page holds the few examples that tell a reader something. The folder ``examples`` holds, in a file a page and by the
id of the rule, those that only make sure that no part of a condition, and no type or vote it leads to, can change
unnoticed. Nothing but checks reads them, so that no interview and no batch waits for them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from triage.documents.data_folders import data_files
from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Problem, did_you_mean
from triage.documents.yaml_reading import read_yaml_file
from triage.protocol.answer_references import check_answers
from triage.protocol.reading import without_collecting
from triage.protocol.record import Record, read_record
from triage.protocol.rule import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.documents.document import Document, Steps
    from triage.documents.problems import Place
    from triage.protocol.protocol import Protocol

__all__ = ["FurtherExamples", "read_further_examples", "readable_further_examples"]

FurtherExamples = dict[str, list[tuple[Example, "Place"]]]
"""Examples with their places, by the id of the rule or cause."""


class _ExampleFile(Record):
    examples: dict[str, tuple[Example, ...]]


@without_collecting()
def read_further_examples(protocol: Protocol) -> FurtherExamples:
    """Read the further examples of a protocol.

    Raises:
        DataFault: a file is broken, an example is malformed, or it stands under no rule or cause.

    """
    found, problems = readable_further_examples(protocol)
    if problems:
        raise DataFault(problems)
    return found


def readable_further_examples(protocol: Protocol) -> tuple[FurtherExamples, list[Problem]]:
    """Read the further examples that can be read, and return what is wrong with the others beside them."""
    problems: list[Problem] = []
    found: FurtherExamples = {}
    entries = {entry.id for page in protocol.pages for entry in page.rules} | {cause.id for cause in protocol.causes}
    for name in data_files(protocol.folder / "examples"):
        try:
            document = read_yaml_file(protocol.folder / "examples" / name)
        except DataFault as fault:
            problems += fault.problems
            continue
        read = read_record(_ExampleFile, document, problems)
        for entry, examples in read.examples.items() if read else ():
            if entry not in entries:
                message = f"These examples stand under {shown(entry)}, which is no rule and no cause."
                problems.append(Problem(document.place(("examples", entry)), message, did_you_mean(entry, entries)))
                continue
            for index, example in enumerate(examples):
                steps = ("examples", entry, index)
                problems += _wrong(protocol, entry, example, document, steps)
                found.setdefault(entry, []).append((example, document.place(steps)))
    return found, problems


def _wrong(protocol: Protocol, owner: str, example: Example, document: Document, steps: Steps) -> Iterator[Problem]:
    said = f"{owner}, example {shown(example.name)},"
    if example.like is not None and example.like not in protocol.profiles:
        message = f"{said} is like {shown(example.like)}, which is no profile."
        yield Problem(document.place((*steps, "like")), message, did_you_mean(example.like, protocol.profiles))
    questions = protocol.questionnaire.by_id
    yield from check_answers(said, example.given, questions, partial(document.place_below, (*steps, "given")))
    for one in example.expanded() if example.each else ():
        varied = {name: codes for name, codes in one.given.items() if name in example.each}
        yield from check_answers(said, varied, questions, partial(document.place_below, (*steps, "each")))
