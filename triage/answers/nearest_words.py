"""What somebody most likely meant: a key that is no question, a word that is no choice, a key beside the answers."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from triage.answers.age_headings import is_age, is_birth
from triage.documents.output_text import shown
from triage.documents.problems import nearest
from triage.protocol.questionnaire import age_question

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from triage.protocol.questionnaire import Question, Questionnaire

__all__ = [
    "ABOUT",
    "LEFT_OPEN",
    "Meant",
    "hint_for_choice",
    "is_no_value",
    "is_opposite",
    "may_be_misplaced",
    "may_be_several",
    "may_mean_missing",
    "meant_key",
    "misspelt",
    "nearest_choice",
    "nearest_key",
]

ABOUT = ("id", "questionnaire", "questionnaire_version", "protocol", "answered_at", "stopped_early")
"""Keys that stand beside the answers; in a bare mapping of answers they are no questions."""
_MISTYPED = 0.85
"""So much alike are words that differ by a slip of the hand: ``anwers`` and ``answers``, not ``note`` and ``nose``."""
_SHORT = 4
"""Words of so few letters may be others though they differ by one."""
_ALIKE = 0.6
_YES_OR_NO = {"yes": "yes", "y": "yes", "true": "yes", "no": "no", "n": "no", "false": "no"}
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?|n/?a")
_MOST_LISTED = 14
_NO_VALUE = {"None"}
"""How Python writes that there is no value, once or for each of several."""
_WORDS = re.compile(r"[^\s,;|]+")
_MISSING = re.compile(
    r"n/?a|nan|nat|null|nil|<na>|\\n|none given|missing|blank|skipped|\.|-{1,3}|-9{1,4}|-[1-9]|9{2,4}|#n/a|refused|unk",
    re.IGNORECASE,
)
_NOT_KNOWN = re.compile(
    r"\?+|(i |we )?(do ?n[o']?t know|can(no|')t (say|tell))|not (sure|known)|unsure|unclear|no idea", re.IGNORECASE
)
_PARTED = re.compile(r"[,;|&+\[\]{}]")
"""What stands between or around several words."""
_AGAINST = frozenset(("no", "not", "never", "none", "without"))
_CLEARLY = 0.8
"""So much alike are words of which one is the other, whatever marks stand in it."""
LEFT_OPEN = "If it means that nobody knows, leave it empty, or name it under 'missing' in a mapping (`triage map`)."
_BEGUN = re.compile(r"[a-z0-9_]+?(?=___|[/.\[(-])")


class Meant(NamedTuple):
    """What a key beside ``answers`` may have been meant to be."""

    key: str
    for_sure: bool
    """Whether it differs by no more than a slip of the hand."""


def may_be_misplaced(key: object, questionnaire: Questionnaire) -> bool:
    """Whether a key that stands beside ``answers`` may be one that was meant to be read, and would be lost there.

    >>> from triage.protocol.questionnaire import Questionnaire
    >>> nothing = Questionnaire.model_construct(questions=())
    >>> [may_be_misplaced(key, nothing) for key in ("answers", "Answers", "anwers", "ID", "clinic")]
    [False, True, True, True, False]
    """
    return meant_key(key, questionnaire) is not None


def misspelt(key: str, questionnaire: Questionnaire) -> str | None:
    """Return the question that a key differs from by no more than a slip of the hand; None where there is none.

    >>> from triage.protocol.questionnaire import Questionnaire
    >>> misspelt("clinic", Questionnaire.model_construct(questions=())) is None
    True
    """
    meant = meant_key(key, questionnaire)
    return meant.key if meant is not None and meant.for_sure and meant.key in questionnaire.by_id else None


def meant_key(key: object, questionnaire: Questionnaire) -> Meant | None:
    """Return what a key beside ``answers`` may have been meant to be."""
    if not isinstance(key, str) or key in (*ABOUT, "answers"):
        return None
    if questionnaire.is_question(key):
        return Meant(key, for_sure=True)
    begun = _BEGUN.match(key)
    if begun is not None and begun[0] in questionnaire.by_id:
        return Meant(begun[0], for_sure=True)  # a column about one of its choices, as other programs have them
    return _nearest_beside(key, (*questionnaire.by_id, *ABOUT, "answers"))


@lru_cache(maxsize=10_000)
def _nearest_beside(key: str, known: tuple[str, ...]) -> Meant | None:
    written = re.sub(r"[\s-]+", "_", key.strip().lower()).removesuffix("s")
    if len(written) > 2 * max(map(len, known)):
        return None
    words = {word.removesuffix("s"): word for word in known}
    near = difflib.get_close_matches(written, words, 1, _ALIKE)
    if not near:
        return None
    slip = len(written) > _SHORT and difflib.SequenceMatcher(None, near[0], written).ratio() >= _MISTYPED
    return Meant(words[near[0]], for_sure=slip or near[0] == written)


def nearest_key(key: str, questionnaire: Questionnaire, *, bare: bool) -> str | None:
    """Return the key that a key which is no question was most likely meant to be.

    >>> from triage.protocol.questionnaire import Questionnaire
    >>> nothing = Questionnaire.model_construct(questions=())
    >>> nearest_key("ID", nothing, bare=False), nearest_key("anwers", nothing, bare=True)
    ('id', 'answers')
    """
    if (is_age(key) or is_birth(key)) and (age := age_question(questionnaire)) is not None:
        return age.id
    return nearest(key, (*questionnaire.by_id, *ABOUT, *(("answers",) if bare else ())))


def is_no_value(said: str) -> bool:
    """Whether a text is what Python writes for a missing value, which a choice is called only in other letters.

    >>> is_no_value("None"), is_no_value("none"), is_no_value("None, None"), is_no_value("None of these")
    (True, False, True, False)
    """
    return set(_WORDS.findall(said)) == _NO_VALUE


def may_mean_missing(said: str) -> bool:
    """Whether a word is one of those by which programs and people say that there is no answer.

    >>> [may_mean_missing(said) for said in ("None", "none", "NA", "-999", ".", "no")]
    [True, False, True, True, True, False]
    """
    return is_no_value(said) or _MISSING.fullmatch(said.strip()) is not None


def nearest_choice(said: str, codes: Sequence[str], question: Question | None = None) -> str | None:
    """Return the choice that a word which is none was most likely meant to be; None where it may be several or any.

    Args:
        said: the word.
        codes: the codes of the choices, and states.
        question: the question, for its labels.

    >>> nearest_choice("fals", ["falls", "tremor"]), nearest_choice("tremor falls", ["falls", "tremor"])
    ('falls', None)
    >>> nearest_choice("true", ["falls", "tremor"]), nearest_choice("Yes", ["yes_clearly", "no"])
    (None, 'yes_clearly')
    >>> nearest_choice("fully_unaware", ["fully_aware", "unknown"]), nearest_choice("unkown", ["unaware", "unknown"])
    (None, 'unknown')

    """
    if is_no_value(said):
        return None
    words = said.strip().lower()
    if words in _YES_OR_NO:
        fit = [code for code in codes if code == _YES_OR_NO[words] or code.startswith(f"{_YES_OR_NO[words]}_")]
        if words in ("no", "false") and not fit and question is not None:
            fit = [code for code in codes if code in question.alone]
        return fit[0] if len(fit) == 1 else None
    if _NUMBER.fullmatch(words) or len(_several(said, codes)) > 1:
        return None
    labels = {choice.label.lower(): choice.code for choice in question.choices} if question else {}
    near = labels.get(words) or nearest(said, codes)
    return near if near is None or not is_opposite(said, near) else None


def is_opposite(said: str, near: str) -> bool:
    """Whether two texts that look alike mean the opposite.

    >>> [is_opposite(said, "fully_aware") for said in ("fully_unaware", "not fully aware", "fuly_aware")]
    [True, True, False]
    """
    words, others = (set(re.findall(r"[a-z']+", text.lower())) for text in (said, near))
    if words.isdisjoint(_AGAINST) != others.isdisjoint(_AGAINST):
        return True
    return any(f"un{word}" in others for word in words) or any(f"un{word}" in words for word in others)


def _several(said: str, codes: Iterable[str]) -> list[str]:
    """Return the different choices that a text names."""
    known = set(codes)
    return list(dict.fromkeys(part for part in re.split(r"[\s,;|/&+\[\]{}\"']+", said) if part in known))


def may_be_several(said: str, codes: Sequence[str], question: Question | None) -> bool:
    """Whether a text that is no choice seems to name several, of which none may be named alone."""
    if len(_several(said, codes)) > 1:
        return True
    parts = [part.strip(" '\"") for part in _PARTED.split(said)]
    # More than there are choices are none, and comparing each with all of them could take minutes.
    if question is None or not question.multiple or not 1 < len(parts) <= len(codes) + 2:
        return False
    if len({nearest_choice(part, codes, question) for part in parts if part} - {None}) < 2:
        return False
    known = [*codes, *(choice.label for choice in question.choices), *(choice.words for choice in question.choices)]
    closest = nearest(said, known)
    return closest is None or difflib.SequenceMatcher(None, said.lower(), closest.lower()).ratio() < _CLEARLY


def hint_for_choice(said: str, codes: Sequence[str], question: Question | None) -> str | None:
    """Return what to say of a word that is no choice."""
    if may_mean_missing(said):
        alike = said.strip().lower()
        return f"{LEFT_OPEN} If it is meant as a choice, write {shown(alike)}." if alike in codes else LEFT_OPEN
    if may_be_several(said, codes, question):
        return "Separate choices with ; in a table, and make them a list elsewhere."
    if _NOT_KNOWN.fullmatch(said.strip()) and "unknown" in codes:
        return "Write 'unknown' where nobody knows."
    if (near := nearest_choice(said, codes, question)) is not None:
        return f"Did you mean {shown(near)}?"
    if len(codes) <= _MOST_LISTED:
        return f"Known are: {', '.join(codes)}."
    return f"`triage questions {question.id}` shows what may be chosen." if question is not None else None
