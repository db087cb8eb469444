"""Which bit of which 64-bit word stands for which choice, so that one person's answers are a few numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.conditions.answer_state import Missing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.answers.answers import Given
    from triage.protocol.questionnaire import Question, Questionnaire

__all__ = ["WORD_BITS", "BitLayout"]

WORD_BITS = 64


class BitLayout:
    """A bit for every choice of a questionnaire.

    The states "unknown" and "not applicable" have no bit: they follow from what was chosen and from what applies. A
    question never straddles two words unless it has more choices than a word has bits.
    """

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.questionnaire = questionnaire
        self._bit: dict[tuple[str, str], int] = {}
        used = 0
        for question in questionnaire.questions:
            room = -used % WORD_BITS
            if len(question.codes) > room and (room or len(question.codes) <= WORD_BITS):
                used += room
            for code in question.codes:
                self._bit[question.id, code] = used
                used += 1
        self.words = max(1, -(-used // WORD_BITS))

    def bit(self, question: str, code: str) -> int:
        """Return the number of the bit of a choice."""
        return self._bit[question, code]

    def fits_a_word(self, question: Question) -> bool:
        """Whether all choices of a question lie in one word."""
        first, last = (self._bit[question.id, code] for code in (question.codes[0], question.codes[-1]))
        return first // WORD_BITS == last // WORD_BITS

    def number(self, question: str, codes: Iterable[str]) -> int:
        """Return some choices of a question as one number over all words."""
        return sum(1 << self._bit[question, code] for code in codes)

    def number_of(self, given: Given) -> int:
        """Return a person's answers as one number over all words."""
        return sum(self.number(name, said) for name, said in given.items() if not isinstance(said, Missing))
