"""What is told of answers to an earlier questionnaire: what was taken over, and what to ask again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from triage.documents.output_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from triage.answers.reading import SavedCase
    from triage.protocol.former_answer import FormerAnswer
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["FormerReport"]

_NAMED = 5
"""Cases that are named for each question to ask again."""


@dataclass
class FormerReport:
    """Counts over some cases; each kind is told once, however many they are."""

    cases: int = 0
    """Cases with an answer to an earlier questionnaire."""
    taken_over: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By former question and code."""
    ask_again: Counter[str] = field(default_factory=Counter)
    """By question."""
    named: dict[str, list[str]] = field(default_factory=dict)
    """By question to ask again: the ids of the first cases."""

    @classmethod
    def of(cls, case: SavedCase) -> FormerReport:
        """Return what is to be told of one case."""
        report = cls()
        report.add(case.id, case.taken_over, case.ask_again)
        return report

    def add(self, case_id: str, taken_over: Iterable[FormerAnswer], ask_again: Iterable[str]) -> None:
        """Count a case; one without former answers does not count."""
        taken, asked = [(entry.question, entry.code) for entry in taken_over], list(ask_again)
        self.cases += bool(taken or asked)
        self.taken_over.update(taken)
        self.ask_again.update(asked)
        for name in asked:
            self._name(name, [case_id])

    def add_all(self, other: FormerReport) -> None:
        """Count the cases of another report after those of this one."""
        self.cases += other.cases
        self.taken_over.update(other.taken_over)
        self.ask_again.update(other.ask_again)
        for name, ids in other.named.items():
            self._name(name, ids)

    def lines(self, questionnaire: Questionnaire) -> Iterator[str]:
        """Yield what to tell, a line each; nothing where there were no former answers."""
        yield from map(one_line, self._lines(questionnaire))

    def _lines(self, questionnaire: Questionnaire) -> Iterator[str]:
        several = self.cases > 1
        if self.taken_over:
            yield "Answers to an earlier questionnaire, taken over as what they mean now:"
        for name, codes in questionnaire.former_by_question.items():
            for code, entry in codes.items():
                if count := self.taken_over[name, code]:
                    yield f"    {name}: {code} is now {_meaning(questionnaire, entry)}{f' ({count:,})' * several}"
        if self.ask_again:
            yield "Not known for sure from the earlier answers; please ask again:"
        for question in questionnaire.questions:
            if count := self.ask_again[question.id]:
                ids = ", ".join(self.named[question.id])
                more = ", ..." if count > _NAMED else ""
                yield f"    {question.id}: {question.text}{f' ({count:,}: {ids}{more})' * several}"

    def _name(self, question: str, ids: Iterable[str]) -> None:
        known = self.named.setdefault(question, [])
        known += list(ids)[: _NAMED - len(known)]


def _meaning(questionnaire: Questionnaire, entry: FormerAnswer) -> str:
    """Return what a former answer means; that nothing else was chosen beside it need not be said."""
    beside = {entry.question} if len(entry.means) > 1 else set()
    parts = []
    for name, codes in entry.means.items():
        if name in beside and set(codes) <= questionnaire.by_id[name].alone:
            continue
        labels = ", ".join(questionnaire.by_id[name].by_code[code].label for code in codes)
        parts.append(f'{name}: {", ".join(codes)} ("{labels}")')
    return " and ".join(parts)
