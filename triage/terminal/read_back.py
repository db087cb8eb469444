"""The noes behind a benign result in words, as they are read back to the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from triage.documents.words import Words
    from triage.interview.conversation import Conversation
    from triage.protocol.questionnaire import Question

__all__ = ["noes_in_words"]


def noes_in_words(conversation: Conversation, questions: Sequence[Question], say: Words) -> Iterator[str]:
    """Yield for each question what was denied, behind the mild signs that were named."""
    for question in questions:
        shown, named = conversation.interview.shown(question), conversation.mild_signs(question)
        signs, noes = (
            "; ".join(shown.by_code[code].label for code in shown.warnings if (code in named) is there)
            for there in (True, False)
        )
        yield f"{question.text} {say('interview.apart_from' if named else 'interview.none_of', signs=signs)} {noes}."
