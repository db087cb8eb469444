"""The words people read: short, plain, without codes, and never a promise that nothing is wrong."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import textstat
from shipped import the_protocol

import triage
from triage.answers.case_reading import read_cases

if TYPE_CHECKING:
    from triage.protocol.catalogue import Note

PROTOCOL = the_protocol()
HARDEST_GRADE = 7
FEWEST_WORDS_WITH_A_GRADE = 5
LONGEST_LABEL = 34
PROMISES = re.compile(r"\bharmless|\ball[ -]clear\b", re.IGNORECASE)
CODE = re.compile(r"\b[a-z0-9]+_[a-z0-9_]+\b", re.IGNORECASE)


def sentence(*parts: str | None) -> str:
    """Join what is read in one go; a title or label without a full stop is a sentence of its own."""
    said = [part.strip() for part in parts if part]
    return " ".join(part if part[-1] in ".?!:" else f"{part}." for part in said)


def graded_texts() -> dict[str, str]:
    """Every text for the person, by a name to find it: what stands together is read together."""
    texts = {"introduction": PROTOCOL.questionnaire.introduction}
    for question in PROTOCOL.questionnaire.questions:
        texts[f"question {question.id}"] = sentence(question.text, question.help)
        for choice in question.choices:
            words = sentence(choice.label, choice.description)
            if len(words.split()) >= FEWEST_WORDS_WITH_A_GRADE:
                texts[f"choice {question.id}.{choice.code}"] = words
    texts |= {f"advice {item.key}": item.text for item in PROTOCOL.advice}
    texts |= {f"type {kind.code}": kind.description for kind in PROTOCOL.types.values()}
    texts |= {f"rule {rule.id}": sentence(rule.title, rule.why) for rule in PROTOCOL.rules}
    texts |= {f"cause {cause.id}": cause.why for cause in PROTOCOL.active_causes}
    texts |= {f"note {note.key}": sentence(note.title, note.text) for note in notes_for_everyone()}
    return texts


def notes_for_everyone() -> list[Note]:
    return [note for note in PROTOCOL.notes if note.audience == "everyone"]


def shown_texts() -> dict[str, str]:
    """Every text a person may see, names and stories too."""
    texts = graded_texts()
    texts |= {f"section {section.id}": section.title for section in PROTOCOL.questionnaire.sections}
    for question in PROTOCOL.questionnaire.questions:
        for choice in question.choices:
            texts[f"choice {question.id}.{choice.code}"] = sentence(choice.label, choice.description)
    texts |= {f"type {kind.code}": sentence(kind.name, kind.description) for kind in PROTOCOL.types.values()}
    texts |= {f"cause {cause.id}": sentence(cause.name, cause.why) for cause in PROTOCOL.active_causes}
    texts |= {f"clinicians' note {note.key}": sentence(note.title, note.text) for note in PROTOCOL.notes}
    for case in read_cases(PROTOCOL):
        texts[f"case {case.id}"] = sentence(case.title, case.story, *case.teaching_points)
    for entry in (*PROTOCOL.rules, *PROTOCOL.active_causes):
        texts |= {f"example of {entry.id}: {example.name}": example.name for example in entry.examples}
    return texts


def program_texts() -> dict[str, str]:
    """Every text inside the program that is no docstring, by file and line."""
    texts = {}
    for path in sorted(Path(triage.__file__).parent.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                texts[f"{path.name}:{node.lineno}:{node.col_offset}"] = node.value
    return texts


GRADED = graded_texts()
SHOWN = shown_texts()


@pytest.mark.parametrize("name", GRADED)
def test_text_is_at_most_grade_seven(name: str) -> None:
    grade = textstat.flesch_kincaid_grade(GRADED[name])
    assert grade <= HARDEST_GRADE, f"grade {grade:.1f}: {GRADED[name]}"


def test_the_grade_tells_hard_texts_from_easy_ones() -> None:
    hard = next(note.text for note in PROTOCOL.notes if note.audience == "clinicians")
    assert textstat.flesch_kincaid_grade(hard) > HARDEST_GRADE
    assert len(GRADED) > 300


def test_every_label_is_short_enough_for_a_narrow_screen() -> None:
    labels = [choice.label for question in PROTOCOL.questionnaire.questions for choice in question.choices]
    assert [label for label in labels if len(label) > LONGEST_LABEL] == []


def test_no_code_stands_in_a_text_for_people() -> None:
    assert {name: found for name, text in SHOWN.items() if (found := CODE.findall(text))} == {}


def test_no_text_promises_that_nothing_is_wrong() -> None:
    assert [name for name, text in SHOWN.items() if PROMISES.search(text)] == []


def test_no_text_in_the_program_promises_that_nothing_is_wrong() -> None:
    assert [place for place, text in program_texts().items() if PROMISES.search(text)] == []


@pytest.mark.parametrize("words", ["It is harmless.", "Harmlessly so", "All clear!", "an all-clear"])
def test_a_promise_would_be_found(words: str) -> None:
    assert PROMISES.search(words)


def test_what_a_text_names_in_quotation_marks_is_a_choice_that_is_there() -> None:
    """A help text that says which line to choose names a line of that list, which everybody sees."""
    found = 0
    for question in PROTOCOL.questionnaire.questions:
        everybodys = {choice.label for choice in question.choices if choice.shown_if is None}
        known = {*everybodys, *(["I don't know"] if question.unknown else [])}
        texts = [question.text, question.help, question.again, *(choice.description for choice in question.choices)]
        for text in filter(None, texts):
            for named in re.findall(r'"([A-Z][^"]*)"', text):
                assert named in known, (question.id, named)
                found += 1
    assert found > 6


def test_no_help_text_speaks_of_a_choice_without_naming_it() -> None:
    vague = re.compile(r"a choice for it|choice below|choose the (?:first|time in)", re.IGNORECASE)
    for question in PROTOCOL.questionnaire.questions:
        assert not vague.search(question.help or ""), question.id
