"""What the circuit of a consultation says of states of interviews, and what the program itself says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from people import any_answer, as_written, near_case_person, uniform_person

from triage.assessment.assessment import assess
from triage.circuit.aiger import read_aiger
from triage.conditions.answer_state import NOT_APPLICABLE, OPEN, STATES, UNKNOWN, Missing
from triage.conditions.truth import truth
from triage.engines.plain import PlainEngine
from triage.interview.fitting import hidden
from triage.interview.interview import Interview
from triage.protocol.urgency import Vote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from random import Random

    from triage.answers.answers import Given
    from triage.conditions.answer_state import AnswerState
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question

__all__ = ["Surface", "check_states", "every_kind_of_state", "in_the_same_form", "said_by_the_program", "sayable"]

Said = dict[str, Any]


def check_states(protocol: Protocol, surface: Surface, states: Sequence[Interview]) -> None:
    """Check that the bytes say of some states of interviews what the program says, to the answer."""
    for interview, said in zip(states, surface.said([one.given for one in states]), strict=True):
        expected, found = said_by_the_program(interview), in_the_same_form(protocol, said)
        assert found.keys() == expected.keys()
        for group, value in expected.items():
            assert found[group] == value, (group, as_written(interview.given))


# ---- what the bytes say ----


class Surface:
    """Reads the bytes and their wiring as a page would: it knows no rule."""

    def __init__(self, protocol: Protocol, data: bytes, wiring: Mapping[str, Any]) -> None:
        self.protocol = protocol
        self.wiring = wiring
        self.file = read_aiger(data)

    def said(self, states: Sequence[Given]) -> list[Said]:
        """Return all that is said of some interviews."""
        everybody = (1 << len(states)) - 1
        names = [(question, name) for question, inputs in self.wiring["inputs"] for name in inputs]
        numbers = {name: number for number, name in enumerate(names)}
        inputs = [0] * len(names)
        for person, given in enumerate(states):
            for question, state in given.items():
                codes = [state.value] if isinstance(state, Missing) else state
                for code in codes:
                    if (question, code) in numbers:
                        inputs[numbers[question, code]] |= 1 << person
        bits = self.file.run(inputs, everybody)
        return [self._one([value >> person & 1 for value in bits]) for person in range(len(states))]

    def _one(self, outputs: list[int]) -> Said:
        values = iter(outputs)
        said: Said = {}
        for group, names in self.wiring["outputs"]:
            said[group] = list(dict.fromkeys([name for name in names if next(values)]))
        rows = []
        for question, places in self.wiring["rows"]:
            words = (*self.protocol.questionnaire.by_id[question].codes, *STATES)
            true = [place for place in places if next(values)]
            rows.append((question, [words[place] for place in true if place >= 0]) if true else None)
        assert next(values, None) is None
        because = self.wiring["because"]
        said["because"] = {
            rule: [row for number in because.get(rule, ()) if (row := rows[number])] for rule in said["reasons"]
        }
        return said


# ---- what the program says ----


def said_by_the_program(interview: Interview) -> Said:
    """Return what the interview and the result say, in the form of the outputs."""
    protocol, answers, decision = interview.protocol, interview.answers, interview.decision
    result = assess(protocol, answers, [PlainEngine(protocol)])
    stages = {
        "one": (interview.next_question(), interview.remaining()),
        "two": (interview.next_detail(), interview.remaining_details()),
        "everything": (interview.next_question(everything=True), interview.remaining(everything=True)),
    }
    said: Said = {}
    for name, (question, left) in stages.items():
        said[f"next of {name}"] = [question.id] if question else []
        said[f"left of {name}"] = left
    said["emergency"] = [
        word for word, so in (("certain", interview.emergency), ("screen", interview.screen_is_positive)) if so
    ]
    said["contradictions"] = [rule.id for rule in interview.contradictions()]
    said["can be true"] = [rule.id for rule in protocol.concluding_rules if interview.can_still_be_true(rule)]
    said["noes"] = [one.id for one in protocol.questionnaire.red_flags if _denied(one, answers.states[one.id])]
    names = dict.fromkeys(
        answer.question for one in result.reasons if one.vote is Vote.BENIGN for answer in one.because
    )
    questions = protocol.questionnaire.by_id
    again = [name for name in names if questions[name].again]
    said["asked again"] = sorted(again, key=lambda name: not questions[name].red_flag)
    words = {"unknown": UNKNOWN, "open": OPEN, "does not apply": NOT_APPLICABLE}
    for word, state in words.items():
        said[word] = [name for name, one in answers.states.items() if one is state]
    said["set aside"] = list(interview.no_longer_applying())
    shown = {one.id: hidden(one, answers.states) for one in protocol.questionnaire.questions}
    said["hidden"] = [
        f"{name} {code}" for name, codes in shown.items() for code in questions[name].codes if code in codes
    ]
    said["other words"] = [
        f"{one.id} {choice.code}"
        for one in protocol.questionnaire.questions
        for choice in one.choices
        if choice.other_words is not None and truth(choice.other_words.when, answers.states, {}) is True
    ]
    said |= {"urgency": [result.urgency], "at worst": [result.at_worst]}
    said |= {"outcome": [result.outcome], "outcome at worst": [result.outcome_at_worst]}
    said["at worst because"] = [answer.question for answer in result.at_worst_because]
    said["fired"] = [rule.id for rule in decision.fired]
    said["reasons"] = [reason.rule for reason in result.reasons]
    said["because"] = {
        one.rule: [(answer.question, [*answer.codes]) for answer in one.because] for one in result.reasons
    }
    said["types"] = [kind.code for kind in result.types]
    said["causes"] = [cause.code for cause in result.causes]
    said["could not rule out"] = [answer.question for answer in result.could_not_rule_out]
    said["draft"] = ["draft"] if result.protocol.review_status == "draft" else []
    lists = {kind: list(getattr(result, f"{kind}s")) for kind in ("next_step", "notice")}
    lists["seek_help_sooner_if"] = list(result.seek_help_sooner_if)
    said["advice"] = {kind: [getattr(result, kind)] for kind in ("verdict", "headline", "how_soon")} | lists
    return said


def in_the_same_form(protocol: Protocol, said: Said) -> Said:
    """Return what the bytes say with advice in words, and only the number of questions left."""
    texts: dict[str, list[str]] = {}
    by_key = {item.key: item for item in protocol.advice}
    for item in (by_key[key] for key in said["advice"]):
        texts.setdefault(item.kind, []).append(item.text)
    advice = {kind: texts.get(kind, [""])[:1] for kind in ("verdict", "headline", "how_soon")}
    advice |= {kind: texts.get(kind, []) for kind in ("next_step", "notice", "seek_help_sooner_if")}
    left = {group: len(names) for group, names in said.items() if group.startswith("left of ")}
    return {**said, **left, "advice": advice}


def _denied(question: Question, state: AnswerState) -> bool:
    if not isinstance(state, frozenset):
        return False
    return bool(state & question.alone or (question.multiple and not state.isdisjoint(question.mild)))


# ---- states of interviews ----


def every_kind_of_state(protocol: Protocol, cases: Sequence[Case], rng: Random) -> Iterator[Interview]:
    """Yield states of all kinds for ever: uniform, near a case, partial, on the way, changed and taken back."""
    while True:
        for _ in range(4):
            yield Interview(protocol, sayable(protocol, _partly(uniform_person(protocol, rng), rng)))
            yield Interview(protocol, sayable(protocol, near_case_person(protocol, cases, rng)))
            yield Interview(protocol, sayable(protocol, _partly(near_case_person(protocol, cases, rng), rng)))
        person = rng.choice((uniform_person(protocol, rng), near_case_person(protocol, cases, rng)))
        yield from _on_the_way(Interview(protocol), sayable(protocol, person), rng)


def sayable(protocol: Protocol, person: Given) -> dict[str, AnswerState]:
    """Leave out what a screen offers nobody."""
    questions = protocol.questionnaire.by_id
    return {
        name: state
        for name, state in person.items()
        if state is not NOT_APPLICABLE and (state is not UNKNOWN or questions[name].unknown)
    }


def _partly(person: Given, rng: Random) -> dict[str, AnswerState]:
    share = rng.random()
    return {name: state for name, state in person.items() if rng.random() < share}


def _on_the_way(interview: Interview, person: Given, rng: Random) -> Iterator[Interview]:
    """Yield some of the moments of an interview in which answers are changed and taken back."""
    for _ in range(60):
        question = interview.next_question() or interview.next_detail()
        if rng.random() < 0.5:
            yield interview
        move = rng.random()
        if move < 0.05 and interview.history:
            interview = interview.without_last()
        elif move < 0.1 and interview.history:
            interview = interview.reopened([rng.choice(interview.history)])
        elif move < 0.2 and interview.history:
            changed = interview.protocol.questionnaire.by_id[rng.choice(interview.history)]
            interview = interview.answered(changed.id, any_answer(changed, rng))
        elif question is None:
            break
        else:
            state = person.get(question.id, UNKNOWN if question.unknown else any_answer(question, rng))
            interview = interview.answered(question.id, state)
    yield interview
