"""A whole consultation as one circuit: from what was answered so far to what comes next and to the result.

What its inputs and outputs mean is written down for developers in ``docs/circuit.md``.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from triage.circuit.aiger import written_aiger
from triage.circuit.conditions import Conditions
from triage.circuit.gates import FALSE, TRUE, Circuit, Gate, opposite
from triage.circuit.graph import ConditionGraph
from triage.circuit.interview import InterviewGates
from triage.circuit.reach import Reaches
from triage.circuit.reasons import NO_CODE, Reasons
from triage.circuit.results import Results
from triage.circuit.sharing import shared
from triage.conditions.answer_state import STATES
from triage.protocol.catalogue import STANDING_NOTICES
from triage.protocol.urgency import Outcome, Urgency, Vote

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from triage.circuit.conditions import Given
    from triage.circuit.reasons import Mentions, Pair
    from triage.protocol.catalogue import Advice
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question
    from triage.protocol.rule import Judged, Rule

__all__ = ["UNKNOWN_INPUT", "Consultation", "Output"]

UNKNOWN_INPUT = "unknown"
"""The name of the input that says that the answer was "I don't know"."""
Output = tuple[str, Gate]
"""What it says where it is true, and its gate."""
Row = tuple[str, tuple[Output, ...]]
"""A question and its codes, each with where it is among the answers behind a rule."""


class Consultation:
    """The circuit of one protocol, with names for all that comes out of it.

    Args:
        protocol: whose questions and rules.
        leaving_out: groups of outputs that are not wanted.

    """

    def __init__(self, protocol: Protocol, *, leaving_out: Collection[str] = ()) -> None:
        self.protocol = protocol
        self._leaving_out = leaving_out
        self.circuit = Circuit()
        self.inputs: list[tuple[str, tuple[str, ...]]] = []
        """Each question with the names of its inputs: its choices, and ``unknown`` where that may be answered."""
        self.given: Given = {}
        self.said_unknown: dict[str, Gate] = {}
        for question in protocol.questionnaire.questions:
            self.given |= {(question.id, code): self.circuit.input() for code in question.codes}
            if question.unknown:
                self.said_unknown[question.id] = self.circuit.input()
            self.inputs.append((question.id, (*question.codes, *([UNKNOWN_INPUT] if question.unknown else []))))
        questionnaire = protocol.questionnaire
        self.conditions = Conditions(self.circuit, questionnaire, self.given, self.said_unknown)
        self.results = Results(protocol, self.conditions)
        self.graph = ConditionGraph(protocol)
        self.reaches = Reaches(self.graph, self.conditions, questionnaire)
        self.interview = InterviewGates(self.results, self.conditions, self.reaches)
        self.reasons = Reasons(self.reaches, self.conditions, questionnaire)

    # ---- all that comes out ----

    @cached_property
    def groups(self) -> dict[str, tuple[Output, ...]]:
        """The outputs by what they speak of; in a group one thing may stand twice, and is then said once."""
        return {name: tuple(outputs) for name, outputs in self._groups() if name not in self._leaving_out}

    @cached_property
    def because(self) -> dict[str, tuple[Row, ...]]:
        """For every rule that can stand among the reasons, the answers that made it true."""
        rules = [rule for rule in self._carrying() if rule.when is not None]
        return {rule.id: tuple(self._rows(self._behind(rule))) for rule in rules}

    def _groups(self) -> Iterator[tuple[str, Iterator[Output] | list[Output]]]:
        questions, rules = self.protocol.questionnaire.questions, self.protocol.rules
        results, interview = self.results, self.interview
        states = {question.id: self.conditions.of(question.id) for question in questions}
        # the interview
        stages = {"one": interview.part_one, "two": interview.part_two, "everything": interview.everything}
        for name, stage in stages.items():
            yield f"next of {name}", list(stage.next_question.items())
            yield f"left of {name}", list(stage.left.items())
        yield "emergency", self._emergency()
        yield "contradictions", [(rule.id, results.fires(rule)) for rule in rules if rule.contradiction]
        yield "noes", [(one.id, self._denied(one)) for one in self.protocol.questionnaire.red_flags]
        yield "asked again", self._asked_again()
        yield (
            "can be true",
            [(rule.id, interview.reach(rule).can_be_true) for rule in self.protocol.concluding_rules],
        )
        # the states of the questions
        yield "unknown", [(name, state.unknown) for name, state in states.items()]
        yield "open", [(name, state.open) for name, state in states.items()]
        yield "does not apply", [(name, state.not_applicable) for name, state in states.items()]
        yield "set aside", list(self._set_aside())
        yield (
            "hidden",
            [
                (f"{question.id} {choice.code}", self.conditions.sides(choice.shown_if).false)
                for question in questions
                for choice in question.choices
                if choice.shown_if is not None
            ],
        )
        yield (
            "other words",
            [
                (f"{question.id} {choice.code}", self.conditions.sides(choice.other_words.when).true)
                for question in questions
                for choice in question.choices
                if choice.other_words is not None
            ],
        )
        # the result
        yield "urgency", _by_value(results.urgency)
        yield "at worst", _by_value(results.at_worst)
        yield "outcome", _by_value(results.outcome)
        yield "outcome at worst", _by_value(results.outcome_at_worst)
        yield "at worst because", self._at_worst_because()
        yield "fired", [(rule.id, results.fires(rule)) for rule in rules]
        yield "reasons", [(rule.id, self._carries(rule)) for rule in self._carrying()]
        yield "types", [(code, results.speaks(rule)) for rule in rules for code in rule.then.types]
        yield "causes", list(self._causes_in_order())
        yield "could not rule out", [(one.id, states[one.id].unknown) for one in questions if one.red_flag]
        yield "draft", [("draft", self._draft)]
        yield "advice", [(item.key, self._said(item)) for item in self.protocol.advice]

    # ---- as a file ----

    @cached_property
    def _wired(self) -> tuple[list[Gate], dict[str, Any]]:
        gates = [gate for outputs in self.groups.values() for _, gate in outputs]
        rows: dict[Row, int] = {}
        because = {name: [rows.setdefault(row, len(rows)) for row in listed] for name, listed in self.because.items()}
        gates += [gate for _, codes in rows for _, gate in codes]
        wiring = {
            "inputs": [[name, list(inputs)] for name, inputs in self.inputs],
            "outputs": [[name, [said for said, _ in outputs]] for name, outputs in self.groups.items()],
            "rows": [[name, [self._word_number(name, code) for code, _ in codes]] for name, codes in rows],
            "because": because,
        }
        return gates, wiring

    @cached_property
    def aiger(self) -> bytes:
        """The circuit as a binary AIGER file: the outputs of all groups, then those of all rows."""
        circuit, outputs = shared(self.circuit, self._wired[0])
        return written_aiger(circuit, circuit.inputs, outputs)

    @property
    def wiring(self) -> dict[str, Any]:
        """What the inputs and outputs of the file mean, as plain data."""
        return self._wired[1]

    def _word_number(self, question: str, code: str) -> int:
        """Return the place of a code among the choices of a question and the words for having none; -1 for no code."""
        words = (*self.protocol.questionnaire.by_id[question].codes, *STATES)
        return -1 if code == NO_CODE else words.index(code)

    # ---- the interview ----

    def _emergency(self) -> list[Output]:
        """Return where it is one by the rules, and where a warning sign was given on the emergency screen."""
        screen = self.protocol.questionnaire.by_id[self.protocol.emergency_screen]
        signs = self.circuit.any_of(self.given[screen.id, code] for code in screen.warnings)
        return [("certain", self.results.urgency[Urgency.EMERGENCY]), ("screen", signs)]

    def _denied(self, question: Question) -> Gate:
        """Return where a red-flag question was answered with none, or with a mild sign that leaves others out."""
        codes = self.conditions.of(question.id).codes
        quiet = [*question.alone, *(question.mild if question.multiple else ())]
        return self.circuit.any_of(codes[code] for code in question.codes if code in quiet)

    def _asked_again(self) -> list[Output]:
        """Return the questions that have other words and chose a benign pattern; red flags first."""
        found = []
        for rule in self._carrying():
            if rule.vote is Vote.BENIGN and rule.when is not None:
                for name, codes in self._rows(self._behind(rule)):
                    named = self.circuit.any_of(gate for _, gate in codes)
                    found.append((name, self.circuit.all_of((self._carries(rule), named))))
        questions = self.protocol.questionnaire.by_id
        found = [(name, gate) for name, gate in found if questions[name].again]
        return sorted(found, key=lambda one: not questions[one[0]].red_flag)

    def _set_aside(self) -> Iterator[Output]:
        for question in self.protocol.questionnaire.questions:
            if question.when is not None:
                said = self.circuit.any_of(self.given[question.id, code] for code in question.codes)
                yield question.id, self.circuit.all_of((said, self.conditions.of(question.id).not_applicable))

    # ---- the result ----

    def _at_worst_because(self) -> list[Output]:
        roots = []
        benign = self.results.outcome[Outcome.LIKELY_BENIGN]
        for rule in self.protocol.concluding_rules:
            counts = [benign] if rule.vote is Vote.DISEASE else []
            if rule.then.urgency is not None:
                counts.append(opposite(self.results.at_least[rule.then.urgency]))
            roots.append((self.graph.of(rule.when), self.circuit.any_of(counts)))
        found = self.reasons.not_known(roots)
        return [(one.id, found[one.id]) for one in self.protocol.questionnaire.questions if one.id in found]

    def _carrying(self) -> list[Rule]:
        """Return the rules that can stand among the reasons, in the order in which they do."""
        rules = [rule for rule in self.protocol.rules if not rule.then.finding]
        return sorted(rules, key=lambda rule: -(rule.then.urgency.rank if rule.then.urgency else -1))

    def _carries(self, rule: Rule) -> Gate:
        return self.results.fires(rule) if rule.vote is Vote.NEUTRAL else self.results.speaks(rule)

    def _behind(self, entry: Judged) -> Mentions:
        return self.reasons.behind(self.graph.of(entry.when))

    def _rows(self, mentions: Mapping[Pair, Gate]) -> Iterator[Row]:
        """Yield the questions among some answers, in the order asked, each with its codes.

        One that only does not apply is left out, as nobody answered it.
        """
        for question in self.protocol.questionnaire.questions:
            order = (NO_CODE, *question.codes, *STATES)
            gates = {code: mentions[question.id, code] for code in order if (question.id, code) in mentions}
            if "not_applicable" in gates:
                others = [gate for code, gate in gates.items() if code not in (NO_CODE, "not_applicable")]
                aside = gates["not_applicable"]
                gates["not_applicable"] = self.circuit.all_of((aside, self.circuit.any_of(others)))
                if NO_CODE in gates:
                    gates[NO_CODE] = self.circuit.any_of((*others, opposite(aside)))
            outputs = tuple((code, gate) for code, gate in gates.items() if gate != FALSE)
            if outputs:
                yield question.id, outputs

    def _causes_in_order(self) -> Iterator[Output]:
        """Yield the causes that rest on the same answers as the most urgent rules, then the others."""
        every = self.circuit.all_of
        behind = {cause.id: self._behind(cause) for cause in self.protocol.active_causes}
        deciding = [
            (self.graph.of(rule.when), every((self.results.fires(rule), self.results.urgency[rule.then.urgency])))
            for rule in self.protocol.concluding_rules
            if rule.then.urgency not in (None, Urgency.SELF_CARE)  # beside which no cause is named
        ]
        told = self.reasons.of_all(deciding, {pair for pairs in behind.values() for pair in pairs})
        first = {}
        for cause in self.protocol.active_causes:
            pairs = [pair for pair in behind[cause.id] if pair in told and pair[1] != NO_CODE]
            shared = self.circuit.any_of(every((told[pair], behind[cause.id][pair])) for pair in pairs)
            first[cause.code] = every((self.results.causes[cause.code], shared))
        yield from first.items()
        for code, gate in self.results.causes.items():
            yield code, every((gate, opposite(first[code])))

    # ---- words ----

    @cached_property
    def _draft(self) -> Gate:
        """Where a rule that is true was not reviewed."""
        rules = [rule for rule in self.protocol.rules if rule.status != "reviewed"]
        if len(rules) == len(self.protocol.rules):
            return TRUE  # some rule is always true: one that votes, or the one for where none does
        return self.circuit.any_of(self.results.fires(rule) for rule in rules)

    def _said(self, item: Advice) -> Gate:
        """Return where a text is said; the notice about answers of another day is never said in an interview."""
        if item.kind == "notice" and item.key in STANDING_NOTICES:
            unknown = (self.conditions.unknown(one.id) for one in self.protocol.questionnaire.red_flags)
            standing = (self._draft, self.circuit.any_of(unknown), FALSE)
            return dict(zip(STANDING_NOTICES, standing, strict=True))[item.key]
        parts = []
        if item.urgency:
            parts.append(self.circuit.any_of(self.results.urgency[level] for level in item.urgency))
        else:
            naming = (rule for rule in self.protocol.rules if item.key in rule.then.advice)
            parts.append(self.circuit.any_of(self.results.fires(rule) for rule in naming))
        if item.outcome:
            parts.append(self.results.outcome[item.outcome])
        if item.when is not None:
            parts.append(self.conditions.sides(item.when, self.results.findings).true)
        return self.circuit.all_of(parts)


def _by_value(gates: Mapping[Outcome, Gate] | Mapping[Urgency, Gate]) -> list[Output]:
    return [(value.value, gate) for value, gate in gates.items()]
