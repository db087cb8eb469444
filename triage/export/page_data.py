"""What the page in a browser knows of a protocol: its words and its circuit, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from triage.circuit.aiger import read_aiger
from triage.conditions.answer_state import OPEN, STATES
from triage.documents.output_text import visible
from triage.documents.words import words_in
from triage.interview.conversation import MOST_ASKED_AGAIN, ORDER
from triage.protocol.alike_choices import alike_choices
from triage.protocol.prose import MOST_READS, STATE_WORDS, reads_of
from triage.protocol.urgency import Outcome, Urgency, weight_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Coding, Question
    from triage.protocol.rule import Rule

__all__ = ["ENGINE", "page_data", "self_test_sum"]

ENGINE = "circuit"
"""What the page says of who judged the answers."""
_GROUPS = ("letter", "interview", "result", "page", "file")
_SEED = 20_231
_ROUNDS = 20
_ALL = 0xFFFFFFFF


def page_data(protocol: Protocol, cases: Iterable[Case], numbers: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return all that the page shows, as plain data.

    Args:
        protocol: its questions, rules and catalogues.
        cases: made-up stories that it can play.
        numbers: emergency numbers, each with where it holds; the first is the one to call.

    """
    questionnaire = protocol.questionnaire
    rules = [rule for rule in protocol.rules if not rule.then.finding]
    place = {rule.id: number for number, rule in enumerate(rules)}
    data = {
        "title": protocol.title,
        "heading": questionnaire.title,
        "introduction": questionnaire.introduction,
        "draft_notice": "" if protocol.reviewed else protocol.draft_notice,
        "review_by": _review_by(protocol),
        "numbers": list(numbers),
        "questionnaire": questionnaire.questionnaire,
        "questionnaire_version": questionnaire.version,
        "stamp": {"name": protocol.name, "version": protocol.version, "digest": protocol.digest},
        "engine": ENGINE,
        "order": ORDER,
        "most_asked_again": MOST_ASKED_AGAIN,
        "most_reads": MOST_READS,
        "screen": protocol.emergency_screen,
        "asking_order": [question.id for question in protocol.asking_order],
        "benign": Outcome.LIKELY_BENIGN,
        "urgent_first": Urgency.EMERGENCY,
        "hurry": [urgency for urgency in Urgency if urgency.hurries],
        "states": STATES,
        "not_asked": OPEN.value,
        "state_words": STATE_WORDS,
        "sections": {section.id: section.title for section in questionnaire.sections},
        "questions": [_question(protocol, question, place) for question in questionnaire.questions],
        "rules": [_rule(rule) for rule in rules],
        "advice": [{"key": item.key, "kind": item.kind, "text": item.text} for item in protocol.advice],
        "types": {
            code: {"name": one.name, "description": one.description, "codings": _codings(one.codings)}
            for code, one in protocol.types.items()
        },
        "causes": {
            one.code: {"name": one.name, "why": one.why, "codings": _codings(one.codings)}
            for one in protocol.active_causes
        },
        "sources": _sources(protocol, rules),
        "stories": [_story(case) for case in cases],
        "words": words_in(protocol.language).of(*_GROUPS),
    }  # fmt: skip
    return dict(_shown(data))


def self_test_sum(aiger: bytes) -> dict[str, int]:
    """Return what the page must come to for made-up people, before it may judge anybody.

    Each choice of 32 people at once is a number of 32 bits, out of a row of numbers that begins with a seed.
    """
    circuit = read_aiger(aiger)
    state, total = _SEED, 0
    for turn in range(_ROUNDS):
        inputs = []
        for _ in range(circuit.inputs):
            bits = _ALL
            for _ in range(turn % 5 + 1):
                state ^= state << 13 & _ALL
                state ^= state >> 17
                state ^= state << 5 & _ALL
                bits &= state
            inputs.append(bits)
        for bits in circuit.run(inputs, _ALL):
            total = (total * 31 + bits) & _ALL
    return {"seed": _SEED, "rounds": _ROUNDS, "sum": total - (1 << 32) if total >> 31 else total}


def _question(protocol: Protocol, question: Question, place: dict[str, int]) -> dict[str, Any]:
    alike = alike_choices(protocol.questionnaire)
    titles = reads_of(protocol, question)
    first = {rule.title: rule.id for rule in reversed(protocol.concluding_rules)}
    return {
        "id": question.id,
        "section": question.section,
        "text": question.text,
        "help": question.help,
        "again": question.again,
        "multiple": question.multiple,
        "history": question.id in protocol.questionnaire.about_history,
        "red_flag": question.red_flag,
        "unknown": question.unknown,
        "choices": [
            _without_false(
                code=choice.code,
                label=choice.label,
                description=choice.description,
                alone=choice.alone,
                reassuring=choice.reassuring,
                warning=choice.code in question.warnings,
                mild=choice.mild,
                alike=alike.get((question.id, choice.code)) if question.red_flag else None,
                other_words=choice.other_words
                and {"label": choice.other_words.label, "description": choice.other_words.description},
            )
            for choice in question.choices
        ],
        "reads": [place[first[title]] for title in titles],
    }


def _without_false(**entries: Any) -> dict[str, Any]:
    return {name: value for name, value in entries.items() if value}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "why": rule.why,
        "urgency": rule.then.urgency,
        "vote": rule.vote,
        "weight": weight_words(rule.then.urgency, rule.vote),
        "types": rule.then.types,
        "evidence": rule.evidence,
        "sources": rule.sources,
        "status": rule.status,
    }


def _codings(codings: Iterable[Coding]) -> list[dict[str, str]]:
    return [{"system": one.system, "code": one.code, "display": one.display} for one in codings]


def _story(case: Case) -> dict[str, Any]:
    answers = {name: [said] if isinstance(said, str) else list(said) for name, said in case.answers.items()}
    return {"title": case.title, "text": case.story, "answers": answers}


def _sources(protocol: Protocol, rules: Iterable[Rule]) -> dict[str, str]:
    named = dict.fromkeys(key for rule in rules for key in rule.sources)
    return {key: cited for key in named if key in protocol.sources and (cited := protocol.sources[key].cited)}


def _review_by(protocol: Protocol) -> str | None:
    """Return the first day by which something is to be reviewed again."""
    entries = (*protocol.rules, *protocol.active_causes, *protocol.types.values())
    return min((one.review_by.isoformat() for one in entries if one.review_by), default=None)


def _shown(value: Any) -> Any:
    """Return data of which every sign of a text can be seen."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {name: _shown(one) for name, one in value.items()}
    return [_shown(one) for one in value] if isinstance(value, list | tuple) else value
