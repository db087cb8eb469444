"""Answers to earlier questionnaires as answers to this one: what means the same is taken over, the rest is unknown.

What a former code means is data (``former_answers`` in the questionnaire). How several are put together is decided
here, so that nothing is ever "none" that nobody said:

- Codes that come together in one question are one answer. An ``alone`` choice that is no warning, such as "none",
  yields to any other.
- What cannot stand together, such as two answers to a single choice, makes the question unknown.
- A question of which some part has to be asked again is unknown as a whole; so is one whose codes have all moved
  elsewhere.
- A code that comes from another question adds to an answer; it is the whole answer only where all such codes come from
  questions that are gone and the question is no red flag. Else a reassuring code could answer what nobody asked.
- But a grave warning sign is never lost: where one is known, what is known is kept, and the question is asked again
  beside. (A mild one by itself yields: it may be benign, which unknown never is.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from triage.conditions.answer_state import NOT_APPLICABLE, UNKNOWN, AnswerState, Missing
from triage.protocol.former_answer import is_no_later

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from triage.protocol.former_answer import FormerAnswer
    from triage.protocol.questionnaire import Question, Questionnaire

__all__ = ["VERSIONS", "Conversion", "changes_meanings", "convert"]

VERSIONS = ("questionnaire_version", "protocol")
"""Keys of an answer file that tell which questionnaire it answers: its version, and that of the rules."""


@dataclass(frozen=True)
class Conversion:
    """What answers to an earlier questionnaire are now."""

    given: Mapping[str, AnswerState]
    taken_over: tuple[FormerAnswer, ...] = ()
    """Former answers that still say something."""
    ask_again: tuple[str, ...] = ()
    """Questions that the former answers leave open, in the order asked."""


def convert(
    questionnaire: Questionnaire,
    said: Mapping[str, AnswerState],
    *,
    version: str | None = None,
    rules: str | None = None,
) -> Conversion:
    """Return what was said in the codes of today.

    Args:
        questionnaire: the questions of today, with what former codes mean.
        said: codes of today and of before, by question.
        version: the version of the questionnaire that was answered, if it is known.
        rules: the version of the rules then, if it is known.

    """
    former = questionnaire.former_by_question
    met = [
        entry
        for name, state in said.items()
        if name in former and not isinstance(state, Missing)
        for code, entry in former[name].items()
        if code in state and entry.was_meant(version, rules)
    ]
    given = {name: state for name, state in said.items() if name in questionnaire.by_id}
    if not met:
        return Conversion(given)
    again = set()
    for question in _touched(questionnaire, met):
        gathered = _gathered(question, said.get(question.id), met, questionnaire)
        state = gathered.state(question)
        if state is not None:
            given[question.id] = state
            continue
        again.add(question.id)
        kept = gathered.grave(question)
        given[question.id] = kept or (NOT_APPLICABLE if said.get(question.id) is NOT_APPLICABLE else UNKNOWN)
    lost = {name for name, state in given.items() if isinstance(state, Missing)}
    taken = tuple(entry for entry in met if entry.means and lost.isdisjoint(entry.means))
    return Conversion(given, taken, tuple(name for name in questionnaire.by_id if name in again))


def changes_meanings(questionnaire: Questionnaire, key: str, said: str) -> bool:
    """Return whether a case that says this version means something else by some code of today."""
    if key not in VERSIONS:
        return False
    last = [entry.until if key == VERSIONS[0] else entry.until_rules for entry in questionnaire.former_answers]
    return any(until is not None and is_no_later(said, until) for until in last)


@dataclass
class _Gathered:
    """What comes together in one question."""

    codes: set[str] = field(default_factory=set)
    whole: bool = True
    """Whether that is the whole answer."""

    def state(self, question: Question) -> frozenset[str] | None:
        """Return the answer, or None where it is not known as a whole."""
        codes = self._without_yielding(question)
        fits = len(codes) == 1 or (question.multiple and not codes & question.alone)
        return codes if self.whole and codes and fits else None

    def grave(self, question: Question) -> frozenset[str]:
        """Return what to keep where the whole is not known: nothing without a grave warning sign."""
        codes = self._without_yielding(question)
        grave = [code for code in question.grave if code in codes]
        if not grave:
            return frozenset()
        if not question.multiple:
            return frozenset(grave[:1])
        together = codes - question.alone
        return together if together & set(grave) else frozenset(grave[:1])

    def _without_yielding(self, question: Question) -> frozenset[str]:
        others = self.codes - (question.alone - set(question.warnings))
        return frozenset(others or self.codes)


def _touched(questionnaire: Questionnaire, met: Iterable[FormerAnswer]) -> list[Question]:
    names = {name for entry in met for name in (entry.question, *entry.means, *entry.ask_again)}
    return [question for question in questionnaire.questions if question.id in names]


def _gathered(
    question: Question, said: AnswerState | None, met: Iterable[FormerAnswer], questionnaire: Questionnaire
) -> _Gathered:
    """Put together what was said to a question itself and what comes from others."""
    mine = [entry for entry in met if entry.question == question.id]
    others = [entry for entry in met if entry.question != question.id and question.id in entry.means]
    own = set() if said is None or isinstance(said, Missing) else set(said) - {entry.code for entry in mine}
    own.update(code for entry in mine for code in entry.means.get(question.id, ()))
    arrived = {code for entry in others for code in entry.means[question.id]}
    of_gone_questions = (
        said is None and not question.red_flag and all(entry.question not in questionnaire.by_id for entry in others)
    )
    asked = any(question.id in entry.ask_again for entry in met)
    return _Gathered(own | arrived, whole=not asked and (bool(own) or of_gone_questions))
