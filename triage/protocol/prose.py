"""A condition in plain English, made from the questionnaire's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.conditions.condition import (
    All,
    Any,
    AnyOf,
    Besides,
    Condition,
    Every,
    Found,
    InState,
    Misplaced,
    NoneOf,
    Only,
    findings_in,
    questions_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Choice, Question
    from triage.protocol.rule import Rule

__all__ = [
    "DONT_KNOW",
    "MOST_READS",
    "STATE_WORDS",
    "answer_words",
    "condition_lines",
    "condition_lines_with_parts",
    "reads_of",
    "shown_words",
]

MOST_READS = 8
"""So many things that an answer matters for are named."""
DONT_KNOW = "I don't know"
"""What is offered beside the choices of a question."""
STATE_WORDS = {
    "unknown": f"{DONT_KNOW}, or not answered",
    "not_applicable": "does not apply",
    "not_asked": "not asked",
}
"""What is said where there is no chosen code."""
_GROUPS: dict[type, str] = {All: "all of these:", Any: "at least one of these:", NoneOf: "none of these:"}


def answer_words(question: Question, codes: Iterable[str]) -> list[str]:
    """Return the labels of some codes of a question, in the order shown."""
    wanted = set(codes)
    labels = [choice.label for choice in question.choices if choice.code in wanted]
    return labels + [words for state, words in STATE_WORDS.items() if state in wanted]


def reads_of(protocol: Protocol, question: Question, counts: Callable[[Rule], bool] = lambda _: True) -> list[str]:
    """Return the titles of the rules that an answer feeds, the most urgent first.

    Args:
        protocol: the rules.
        question: whose answer.
        counts: which rules count, such as those that can still be true.

    """
    through = {
        name
        for name, rules in protocol.finding_rules.items()
        if any(question.id in questions_in(rule.when) for rule in rules)
    }
    if question.red_flag:
        through |= set(protocol.derived_findings)
    reading = [
        rule
        for rule in protocol.concluding_rules
        if (question.id in questions_in(rule.when) or through & findings_in(rule.when)) and counts(rule)
    ]
    reading.sort(
        key=lambda rule: (
            question.id not in questions_in(rule.when),
            -(rule.then.urgency.rank if rule.then.urgency else -1),
        )
    )
    return list(dict.fromkeys(rule.title for rule in reading))


def condition_lines(protocol: Protocol, condition: Condition, depth: int = 0) -> list[tuple[int, str]]:
    """Return a condition as lines of text, each with its depth."""
    return [(depth, text) for depth, text, _ in condition_lines_with_parts(protocol, condition, depth)]


def shown_words(protocol: Protocol, choice: Choice) -> str:
    """Return for whom a choice is shown, in which other words to whom; nothing where it is the same to all."""
    parts = []
    if choice.shown_if is not None:
        parts.append(f"shown if: {_in_a_row(protocol, choice.shown_if)}")
    if choice.other_words is not None:
        said = ". ".join(filter(None, (choice.other_words.label, choice.other_words.description)))
        parts.append(f'says "{said}" if: {_in_a_row(protocol, choice.other_words.when)}')
    return "; ".join(parts)


def _in_a_row(protocol: Protocol, condition: Condition) -> str:
    return " ".join(text for _, text in condition_lines(protocol, condition))


def condition_lines_with_parts(
    protocol: Protocol, condition: Condition, depth: int = 0
) -> Iterator[tuple[int, str, Condition]]:
    """Yield a condition as lines of text, each with its depth and the part of the condition it says."""
    if isinstance(condition, All | Any | NoneOf):
        yield depth, _GROUPS[type(condition)], condition
        for part in _spread(condition):
            yield from condition_lines_with_parts(protocol, part, depth + 1)
    else:
        yield depth, _simple(protocol, condition), condition


def _spread(group: All | Any | NoneOf) -> Iterator[Condition]:
    """Yield the parts of a group; a part that is a group of the same sense is spread, for nobody says it twice."""
    same = All if isinstance(group, All) else Any
    for part in group.parts:
        if isinstance(part, same):
            yield from _spread(part)
        else:
            yield part


def _simple(protocol: Protocol, condition: Condition) -> str:
    match condition:
        case Found(finding):
            return f"finding: {_finding_words(protocol, finding)}"
        case Misplaced(name):
            return f"“{protocol.questionnaire.by_id[name].text}” does not apply, yet a warning sign was chosen"
        case InState(name, state):
            return f"“{protocol.questionnaire.by_id[name].text}” {STATE_WORDS[state]}"
        case AnyOf(name, codes):
            question = protocol.questionnaire.by_id[name]
            return f"“{question.text}” {_any_of(question, codes)}"
        case Only(name, codes):
            return _test(protocol, name, "nothing but", codes, "or")
        case Every(name, codes):
            return _test(protocol, name, "", codes, "and")
        case Besides(name, codes):
            return _test(protocol, name, "something other than", codes, "or")
        case _:  # pragma: no cover - groups are unfolded by condition_lines
            raise TypeError(condition)


def _test(protocol: Protocol, name: str, before: str, codes: Iterable[str], joint: str) -> str:
    question = protocol.questionnaire.by_id[name]
    return f"“{question.text}” {f'{before} ' if before else ''}{_joined(answer_words(question, codes), joint)}"


def _any_of(question: Question, codes: tuple[str, ...]) -> str:
    """Say a list of choices; a run of an ordered question as its two ends."""
    order = question.codes
    first, last = order.index(codes[0]), order.index(codes[-1])
    if question.ordered and len(codes) > 2 and codes == order[first : last + 1]:
        low, high = answer_words(question, [codes[0]])[0], answer_words(question, [codes[-1]])[0]
        return f"from {low} to {high}"
    return _joined(answer_words(question, codes), "or")


def _joined(words: list[str], joint: str) -> str:
    return " ".join(words) if len(words) < 2 else f"{'; '.join(words[:-1])}; {joint} {words[-1]}"


def _finding_words(protocol: Protocol, finding: str) -> str:
    rules = protocol.finding_rules.get(finding, ())
    return f"{finding.replace('_', ' ')}{f' ({rules[0].title})' if rules else ''}"
