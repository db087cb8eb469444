"""What the choices of a question may be written as: codes, labels, and several of them in one cell."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from triage.answers.files import cell_value
from triage.answers.nearest_words import (
    hint_for_choice,
    is_no_value,
    is_opposite,
    may_be_several,
    may_mean_missing,
    nearest_choice,
)
from triage.conditions.answer_state import STATES, UNKNOWN
from triage.documents.output_text import shown
from triage.documents.problems import nearest
from triage.protocol.prose import DONT_KNOW

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.protocol.questionnaire import Question, Questionnaire

__all__ = ["ById", "ChoiceWords", "normal", "words_of"]

_STATES = {**{state: state for state in STATES}, DONT_KNOW: UNKNOWN.value}
_ALIKE = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201b\u02bc\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
    }
)
"""Marks that programs for writing put in place of what was typed."""
_BETWEEN = " ,;|"
_CELLS = re.compile(r"[,;|\n]")
_WORD = re.compile(r"[^ ,;|]*")
_LONGEST = 5_000
_MOST_WAYS = 2


def normal(text: str) -> str:
    r"""Return a text as it is compared: small letters, plain marks, single spaces.

    >>> normal("  I don\u2019t\u00a0know\n")
    "i don't know"
    """
    return " ".join(text.translate(_ALIKE).lower().split())


class ChoiceWords:
    """The words for the choices of one question."""

    def __init__(
        self,
        codes: Iterable[str],
        former: Iterable[str] = (),
        question: Question | None = None,
        former_labels: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.codes = frozenset((*codes, *former))
        """Codes of today and of before."""
        self.question = question
        """None for one that is gone."""
        meant: dict[str, set[str]] = {}
        for code in former:
            meant.setdefault(normal(code), set()).add(code)
        labels: dict[str, set[str]] = {}
        self._labels = {choice.label for choice in question.choices} if question else set()
        for code in codes:
            labels.setdefault(normal(code), set()).add(code)
            if question is not None:
                choice = question.by_code[code]
                for words in (choice.label, choice.words):
                    labels.setdefault(normal(words), set()).add(code)
        for code, label in former_labels:
            labels.setdefault(normal(label), set()).add(code)
        for words, state in _STATES.items():
            labels.setdefault(normal(words), set()).add(state)
        # What people see today comes before what codes were called once; what means two things means nothing.
        self._meant = {words: next(iter(one)) for words, one in {**meant, **labels}.items() if len(one) == 1}
        self._by_first: dict[str, list[str]] = {}
        for words in sorted(self._meant, key=len, reverse=True):
            self._by_first.setdefault(_first_word(words), []).append(words)

    def code(self, text: str) -> str | None:
        """Return the code that a text stands for as a whole."""
        stripped = text.strip()
        if stripped in self.codes:
            return stripped
        if is_no_value(text) and stripped not in self._labels:
            return None
        return self._meant.get(normal(text))

    def read(self, text: str) -> list[str] | None:
        """Return the codes that a cell stands for: one, or several with something between; None if it is not clear.

        Several are taken apart by the longest words that are known. What can be taken apart in two ways is not clear.
        """
        stripped = text.strip()
        if stripped in self.codes:
            return [stripped]
        parts = cell_value(stripped)
        if isinstance(parts, list) and all(part in self.codes for part in parts):
            return parts
        if stripped not in self._labels and any(map(is_no_value, _CELLS.split(text))):
            return None
        whole = normal(text)
        if len(whole) > _LONGEST:
            return None
        ways = self._ways(whole)
        return list(ways[0]) if len(ways) == 1 else None

    def hint(self, text: str) -> str | None:
        """Return what to say of a text that stands for none of them: the nearest label or code, whichever is nearer."""
        if self.question is None:
            return None
        codes = (*self.question.codes, *STATES)
        if may_mean_missing(text) or may_be_several(text, codes, self.question):
            return hint_for_choice(text, codes, self.question)
        label = nearest(text, [choice.label for choice in self.question.choices])
        label = None if label is None or is_opposite(text, label) else label
        code = nearest_choice(text, codes, self.question)
        near = nearest(text, [label] if code is None else [label, code]) if label is not None else None
        return f"Did you mean {shown(near)}?" if near is not None else hint_for_choice(text, codes, self.question)

    def _ways(self, text: str) -> list[tuple[str, ...]]:
        """Return the different sets of choices that a text can be taken apart into; no more than matter."""
        length = len(text)
        # From the end to the beginning, so that however long a text is, no part of it is looked at twice.
        from_here: list[list[tuple[str, ...]] | None] = [None] * (length + 1)
        from_here[length] = [()]
        for at in range(length - 1, -1, -1):
            if text[at] in _BETWEEN:
                from_here[at] = from_here[at + 1]
                continue
            if at and text[at - 1] not in _BETWEEN:
                continue
            ways: dict[frozenset[str], tuple[str, ...]] = {}
            for words in self._by_first.get(_first_word(text, at), ()):
                end = at + len(words)
                if text.startswith(words, at) and (end == length or text[end] in _BETWEEN):
                    for rest in from_here[end] or ():
                        way = tuple(dict.fromkeys((self._meant[words], *rest)))
                        ways.setdefault(frozenset(way), way)
            from_here[at] = list(ways.values())[:_MOST_WAYS]
        return [way for way in from_here[0] or () if way]


def _first_word(text: str, at: int = 0) -> str:
    found = _WORD.match(text, at)
    return found[0] if found else ""


def words_of(questionnaire: Questionnaire, name: str) -> ChoiceWords:
    """Return the words for the choices of a question, which may be gone."""
    return _words(ById(questionnaire), name)


class ById:
    """A questionnaire to remember something about; comparing two by what they hold would take long."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.questionnaire = questionnaire

    def __hash__(self) -> int:
        return id(self.questionnaire)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ById) and other.questionnaire is self.questionnaire


@lru_cache(maxsize=1_000)
def _words(of: ById, name: str) -> ChoiceWords:
    questionnaire = of.questionnaire
    question = questionnaire.by_id.get(name)
    former = questionnaire.former_by_question.get(name, {})
    labels = [pair for one in questionnaire.former_words if one.question == name for pair in one.labels.items()]
    return ChoiceWords(question.codes if question else (), former, question, labels)
