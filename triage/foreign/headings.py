"""What the headings of columns name: a question, or one choice of it, as many programs write them."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from triage.answers.reading import misspelt
from triage.documents.problems import nearest
from triage.foreign.choices import ById, normal, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.protocol.questionnaire import Questionnaire

__all__ = ["GROUP", "Headings", "Named", "headings_of"]

_BEFORE = re.compile(r"\A(?:question\s+)?q?\d{1,3}\s*[.):]\s*")
_BEHIND = " *:"
_PARTS = (
    re.compile(r"___"),
    re.compile(r"\s*\(\s*choice\s*=\s*(?=.*\)\s*\Z)"),
    re.compile(r"\s*\[(?=.*\]\s*\Z)"),
    re.compile(r"\s*/\s*"),
    re.compile(r"\.(?!\s)"),
)
"""What stands between a question and a choice: REDCap (twice), LimeSurvey, KoboToolbox, others."""
_LONGEST = 2_000
"""No heading is so long; what is, is no table, and would take long to take apart."""
_CLOSED = {1: ")", 2: "]"}
GROUP = re.compile(r"[/.:-]\s*")
"""What stands behind the name of a group."""

_MEANS_ANYTHING = frozenset(("yes", "no", "none", "other", "unknown"))
"""Words for choices that columns about anything hold."""


class Named(NamedTuple):
    """What a heading names."""

    question: str
    choice: str | None = None
    """The code of the one choice the column is about; None for a column that answers the question as a whole."""


class Headings:
    """The headings that name something of a questionnaire."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._questionnaire = questionnaire
        names: dict[str, set[str]] = {}
        for question in questionnaire.questions:
            names.setdefault(_plain(question.text), set()).add(question.id)
        for words in questionnaire.former_words:
            if words.text is not None:
                names.setdefault(_plain(words.text), set()).add(words.question)
        self._texts = {words: next(iter(one)) for words, one in names.items() if len(one) == 1}
        ids = (*questionnaire.former_by_question, *questionnaire.by_id)
        self._names = {**self._texts, **{normal(name): name for name in ids}}
        self._in_one_word = {_squeezed(name): name for name in ids}
        """As programs write them that allow letters and digits only."""
        # One heading is asked about by every form that may have written it, and for file after file.
        self._named = lru_cache(maxsize=10_000)(self._look_up)

    def named(self, heading: str, *, groups: bool = False) -> Named | None:
        """Return what a heading names, or None.

        Args:
            heading: the heading.
            groups: whether names of groups may stand before a question.

        """
        return None if len(heading) > _LONGEST else self._named(heading, groups)

    def _look_up(self, heading: str, groups: bool) -> Named | None:
        whole = self._question(heading)
        if whole is not None:
            return Named(whole)
        for question, choice in self._taken_apart(heading):
            asked = self._question(question) or (self._in_group(question) if groups else None)
            if asked is None:
                continue
            code = words_of(self._questionnaire, asked).code(choice)
            if code is not None:
                return Named(asked, code)
        grouped = self._in_group(heading) if groups else None
        return Named(grouped) if grouped else None

    def begun(self, heading: str) -> str | None:
        """Return the question that a heading seems to be about, though it does not name it rightly."""
        if len(heading) > _LONGEST:
            return None
        if (slip := misspelt(heading, self._questionnaire)) is not None:
            return slip
        for question in (heading, *(one for one, _ in self._taken_apart(heading))):
            asked = self._question(question) or self._in_group(question)
            if asked is not None:
                return asked
            if (asked := self._in_one_word.get(_squeezed(question))) is not None:
                return asked
        words = normal(heading).replace(" ", "_")
        begins = [name for name in self._names.values() if words.startswith(name)]
        if begins:
            return max(begins, key=len)
        near = nearest(_plain(heading), self._texts) if len(heading) > len("how often?") else None
        return self._texts[near] if near else None

    def is_choice(self, text: str) -> bool:
        """Whether a heading or a cell is, or begins with, the words for a choice of some question."""
        line = text.strip().partition("\n")[0]
        return len(line) <= _LONGEST and self._choices.match(_plain(line)) is not None

    @cached_property
    def _choices(self) -> re.Pattern[str]:
        questionnaire = self._questionnaire
        choices = [choice for question in questionnaire.questions for choice in question.choices]
        words = {normal(words) for choice in choices for words in (choice.label, choice.words)}
        words |= {normal(label) for former in questionnaire.former_words for label in former.labels.values()}
        codes = (*(choice.code for choice in choices), *(former.code for former in questionnaire.former_answers))
        words |= {code for code in codes if "_" in code}
        listed = sorted(words - _MEANS_ANYTHING, key=len, reverse=True)
        return re.compile(rf"(?:{'|'.join(map(re.escape, listed))})(?: ?[,;|]|\Z)")

    def _question(self, heading: str) -> str | None:
        words = normal(heading)
        return self._names.get(words) or self._names.get(_plain(heading)) or self._names.get(_BEFORE.sub("", words, 1))

    def _in_group(self, heading: str) -> str | None:
        for found in GROUP.finditer(heading):
            asked = self._question(heading[found.end() :])
            if asked is not None:
                return asked
        return None

    @staticmethod
    def _taken_apart(heading: str) -> Iterator[tuple[str, str]]:
        text = heading.strip()
        for at, between in enumerate(_PARTS):
            end = len(text) - len(_CLOSED.get(at, ""))
            for found in between.finditer(text):
                yield text[: found.start()], text[found.end() : end]


def headings_of(questionnaire: Questionnaire) -> Headings:
    """Return the headings that name something of a questionnaire, which are made out once."""
    return _headings(ById(questionnaire))


@lru_cache(maxsize=8)
def _headings(of: ById) -> Headings:
    return Headings(of.questionnaire)


def _squeezed(name: str) -> str:
    return "".join(filter(str.isalnum, name)).casefold()


def _plain(heading: str) -> str:
    return _BEFORE.sub("", normal(heading), count=1).strip(_BEHIND)
