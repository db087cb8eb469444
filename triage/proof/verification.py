"""Checks of a protocol that go beyond its references: examples, cases, and habits that keep rules safe."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from triage.answers.answers import settle, unknown_red_flags, warning_signs
from triage.answers.examples import example_answers, given_states
from triage.conditions.answer_state import NOT_APPLICABLE, UNKNOWN
from triage.conditions.condition import AnyOf, Besides, Every, InState, NoneOf, Only, findings_in, questions_in, walk
from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem
from triage.documents.yaml_reading import read_yaml_file
from triage.engines.decision import decide, wrong_result
from triage.engines.plain import PlainEngine
from triage.protocol.benign_guard import unguarded, unguarded_rules
from triage.protocol.catalogue import STANDING_NOTICES, UNDETERMINED
from triage.protocol.rule import Rule
from triage.protocol.urgency import Outcome, Vote
from triage.protocol.written import written_entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from triage.answers.answers import Answers
    from triage.answers.example_reading import FurtherExamples
    from triage.conditions.answer_state import AnswerState
    from triage.conditions.condition import Condition
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question
    from triage.protocol.rule import Example, Judged

__all__ = ["CHECKS", "verify"]


def verify(protocol: Protocol, cases: Iterable[Case], further: FurtherExamples | None = None) -> list[Problem]:
    """Return everything that the checks find wrong with a protocol that could be read.

    Args:
        protocol: what to check.
        cases: its worked cases.
        further: the examples that stand beside its pages.

    """
    found = [problem for check in CHECKS.values() for problem in check(protocol)]
    return found + list(wrong_further_examples(protocol, further or {})) + list(wrong_cases(protocol, cases))


def wrong_examples(protocol: Protocol) -> Iterator[Problem]:
    """Find examples on which a rule or cause does not do what they say."""
    engine = PlainEngine(protocol)
    for entry in (*protocol.rules, *protocol.active_causes):
        for index, example in ((index, one) for index, each in enumerate(entry.examples) for one in each.expanded()):
            if said := _wrong_example(protocol, engine, entry.id, example):
                yield Problem(_place_inside(protocol, entry.id, "examples", index), said)


def wrong_further_examples(protocol: Protocol, further: FurtherExamples) -> Iterator[Problem]:
    """Find examples beside the pages on which a rule or cause does not do what they say."""
    engine = PlainEngine(protocol)
    present = {entry.id for entry in (*protocol.rules, *protocol.active_causes)}
    for entry, examples in further.items():
        for example, place in examples if entry in present else ():
            for one in example.expanded():
                if said := _wrong_example(protocol, engine, entry, one):
                    yield Problem(place, said)


def _wrong_example(protocol: Protocol, engine: PlainEngine, entry: str, example: Example) -> str:
    verdicts = engine.judge(example_answers(protocol, example))
    if entry == protocol.otherwise.id:
        fires = protocol.otherwise in decide(protocol, verdicts).fired
    else:
        fires = verdicts.rules[entry] is True
    if fires is not example.fires:
        said = "should fire but does not" if example.fires else "fires but should not"
        return f"{entry} {said} on its example {shown(example.name)}."
    expects_more = example.outcome is not None or example.types
    if expects_more and (said := wrong_result(example, decide(protocol, verdicts))):
        return f"{entry}: the result of its example {shown(example.name)} {said}."
    return ""


def benign_beside_a_warning(protocol: Protocol) -> Iterator[Problem]:
    """Find what the guard of benign results lacks, and examples that such rules call benign all the same."""
    engine = PlainEngine(protocol)
    yield from unguarded(protocol)
    for rule, _ in unguarded_rules(protocol):
        if shown := next(_benign_all_the_same(protocol, engine, rule), None):
            yield _problem(protocol, rule, shown)


def _benign_all_the_same(protocol: Protocol, engine: PlainEngine, rule: Rule) -> Iterator[str]:
    """Change one answer of each example on which a rule fires, and say where the result stays benign beside a sign."""
    for example in rule.all_examples():
        before = example_answers(protocol, example)
        if engine.judge(before).rules[rule.id] is not True:
            continue
        for change, answers in (("as it stands", before), *_with_a_sign(protocol, before)):
            if not _warns(protocol, answers):
                continue
            if decide(protocol, engine.judge(answers)).outcome is Outcome.LIKELY_BENIGN:
                yield f"{rule.id} calls its example {shown(example.name)} benign {change}."


def _warns(protocol: Protocol, answers: Answers) -> bool:
    """Return whether answers hold a grave sign, a sign where its question does not apply, or an open red flag."""
    signs = warning_signs(protocol.questionnaire, answers)
    mild = all(code in flag.mild and answers.states[flag.id] is not NOT_APPLICABLE for flag, code in signs)
    return not mild or bool(unknown_red_flags(protocol.questionnaire, answers))


def _with_a_sign(protocol: Protocol, before: Answers) -> Iterator[tuple[str, Answers]]:
    """Yield answers with one warning choice given, or one red-flag question left open."""
    for flag in protocol.questionnaire.red_flags:
        new: list[tuple[str, AnswerState]] = [(code, frozenset({code})) for code in flag.warnings]
        for word, state in (*new, ("unknown", UNKNOWN)):
            answers = settle(protocol.questionnaire, {**before.given(), flag.id: state})
            yield f"with {flag.id} = {word}", answers


def missing_examples(protocol: Protocol) -> Iterator[Problem]:
    """Find rules and causes without an example on both sides."""
    for entry in (*protocol.rules, *protocol.active_causes):
        sides = {example.fires for example in entry.examples}
        if True not in sides:
            yield _problem(protocol, entry, f"{entry.id} has no example that fires.")
        if False not in sides:
            yield _problem(protocol, entry, f"{entry.id} has no example that does not fire.")


def missing_sources(protocol: Protocol) -> Iterator[Problem]:
    """Find rules, causes and types without a source."""
    for entry in (*protocol.rules, *protocol.active_causes):
        if not entry.sources:
            yield _problem(protocol, entry, f"{entry.id} cites no source.")
    for kind in protocol.types.values():
        if not kind.sources:
            yield Problem(protocol.places[f"types/{kind.code}"], f"{kind.code} cites no source.")


def exclusions_where_none_belong(protocol: Protocol) -> Iterator[Problem]:
    """Find a ``none`` in a rule that does not speak for benign: it could only hide a warning."""
    for rule in protocol.concluding_rules:
        if rule.then.urgency is None or rule.vote is Vote.BENIGN or rule.unless_benign:
            continue
        article = "an" if rule.then.urgency[0] in "eu" else "a"
        hint = "Drop it: a more urgent rule already wins by itself."
        if any(isinstance(part, NoneOf) for part in walk(rule.when)):
            yield _problem(protocol, rule, f"{rule.id} is {article} {rule.then.urgency} rule with a `none`.", hint)
        for name in sorted(_findings_below([rule.when], protocol)):
            behind = (part for one in protocol.finding_rules.get(name, ()) for part in walk(one.when))
            if any(isinstance(part, NoneOf) for part in behind):
                said = f"{rule.id} is {article} {rule.then.urgency} rule with a `none` (in the finding {shown(name)})."
                yield _problem(protocol, rule, said, hint)


def unknown_where_it_reassures(protocol: Protocol) -> Iterator[Problem]:
    """Find a rule that rests on an answer being unknown without raising the urgency."""
    for rule in protocol.rules:
        if rule.when is None or rule.vote in (Vote.DISEASE, Vote.NEUTRAL):
            continue
        if not any(isinstance(part, InState) and part.state == "unknown" for part in walk(rule.when)):
            continue
        if rule.then.finding is None or rule.then.finding in _findings_that_reassure(protocol):
            yield _problem(
                protocol, rule, f"{rule.id} takes an unknown answer as a reason without raising the urgency."
            )


def _findings_that_reassure(protocol: Protocol) -> frozenset[str]:
    """Return the findings that votes for benign build on."""
    reassuring = (rule.when for rule in protocol.concluding_rules if rule.vote is Vote.BENIGN)
    return _findings_below(reassuring, protocol)


def _findings_below(conditions: Iterable[Condition], protocol: Protocol) -> frozenset[str]:
    """Return the findings that conditions build on, and those that these build on."""
    found: set[str] = set()
    todo = list(conditions)
    while todo:
        for name in findings_in(todo.pop()) - found:
            found.add(name)
            todo += [rule.when for rule in protocol.finding_rules.get(name, ())]
    return frozenset(found)


def unread_questions_and_choices(protocol: Protocol) -> Iterator[Problem]:
    """Find choices that make no difference to any rule, unless they are declared for the letter."""
    tests: dict[str, list[Condition]] = {}
    for condition in _all_conditions(protocol):
        for part in walk(condition):
            if isinstance(part, AnyOf | Every | Only | Besides):
                tests.setdefault(part.question, []).append(part)
    for question in protocol.questionnaire.questions:
        place = protocol.places[question.id]
        read = _choices_read(question, tests.get(question.id, []))
        letter = frozenset(question.for_the_letter)
        for code in question.codes:
            if code not in read | letter:
                message = f"No rule reads the choice {shown(code)} of {shown(question.id)}."
                yield Problem(place, message, "Declare it `for_the_letter` if it is for the doctor only.")
            if code in read & letter:
                yield Problem(
                    place,
                    f"The choice {shown(code)} of {shown(question.id)} is for the letter only, yet a rule reads it.",
                )


def _choices_read(question: Question, tests: Iterable[Condition]) -> frozenset[str]:
    """Return the choices that some test tells from another; of a single choice, the unnamed ones are the opposite."""
    read: set[str] = set(question.warnings)
    for test in tests:
        whole = not question.multiple or isinstance(test, Only | Besides)
        read |= set(question.codes) if whole else set(getattr(test, "codes", ()))
    return frozenset(read)


def _all_conditions(protocol: Protocol) -> Iterator[Condition]:
    yield from protocol.derived_findings.values()
    yield from (rule.when for rule in protocol.rules if rule.when is not None)
    yield from (cause.when for cause in protocol.active_causes)
    yield from (question.when for question in protocol.questionnaire.questions if question.when is not None)


def types_nobody_can_get(protocol: Protocol) -> Iterator[Problem]:
    """Find types of the catalogue that no rule concludes."""
    concluded = {code for rule in protocol.rules for code in rule.then.types}
    for code in protocol.types:
        if code not in concluded:
            place = protocol.places[f"types/{code}"]
            yield Problem(place, f"No rule concludes the type {shown(code)}.")


def texts_nobody_can_read(protocol: Protocol) -> Iterator[Problem]:
    """Find texts for the person that are never shown: with no urgency and named by no rule, or for no result at all."""
    named = {key for rule in protocol.rules for key in rule.then.advice}
    place = Place(str(protocol.folder / "catalogue" / "advice.yaml"))
    for item in protocol.advice:
        if not item.urgency and item.key not in named and item.key not in STANDING_NOTICES:
            yield Problem(place, f"Nobody is shown {shown(item.key)}: it has no urgency, and no rule names it.")
        if item.urgency and item.outcome and not set(item.urgency).intersection(item.outcome.urgencies):
            levels = ", ".join(item.urgency)
            yield Problem(place, f"Nobody is shown {shown(item.key)}: '{item.outcome}' never goes with {levels}.")


def uncarried_seed_sentences(protocol: Protocol) -> Iterator[Problem]:
    """Find sentences of the seed text that nothing cites and that are not declared as not carried."""
    cited = set(cited_sources(protocol))
    for sentence in protocol.seed.values():
        place = protocol.places[f"seed/{sentence.id}"]
        if sentence.id not in cited and not sentence.not_carried:
            yield Problem(place, f"Nothing cites {sentence.id}.", "Cite it, or say `not_carried: because ...`.")
        if sentence.id in cited and sentence.not_carried:
            yield Problem(place, f"{sentence.id} is declared as not carried, but something cites it.")


def cited_sources(protocol: Protocol) -> Iterator[str]:
    """Yield every source key that a question, rule, type, cause, note or advice text cites."""
    for question in protocol.questionnaire.questions:
        yield from question.sources
        for choice in question.choices:
            yield from choice.sources
    judged = (entry.sources for entry in (*protocol.rules, *protocol.active_causes))
    described = (entry.sources for entry in protocol.types.values())
    noted = (note.sources for note in protocol.notes)
    advised = (item.sources for item in protocol.advice)
    yield from chain.from_iterable(chain(judged, described, noted, advised))


def wrong_cases(protocol: Protocol, cases: Iterable[Case]) -> Iterator[Problem]:
    """Find worked cases that come out otherwise than they say."""
    engine = PlainEngine(protocol)
    for case in cases:
        answers = settle(protocol.questionnaire, given_states(case.answers))
        decision = decide(protocol, engine.judge(answers))
        expected = case.expected
        place = case.place
        if decision.urgency not in expected.acceptable_urgency or decision.outcome is not expected.outcome:
            allowed = ", ".join(expected.acceptable_urgency)
            comes_out, wanted = f"{decision.outcome}, {decision.urgency}", f"{expected.outcome}, {allowed}"
            message = f"Case {case.id} ({case.title}) comes out {comes_out}, expected {wanted}."
            known = case.known_miss
            yield Problem(place, message, known, severity="warning" if known else "error")
        elif expected.types and set(decision.types or (UNDETERMINED,)).isdisjoint(expected.types):
            named = ", ".join(decision.types) or "no type"
            message = f"Case {case.id} ({case.title}) names {named}, expected one of {', '.join(expected.types)}."
            yield Problem(place, message, case.known_miss, severity="warning" if case.known_miss else "error")
        elif case.known_miss:
            yield Problem(place, f"Case {case.id} is declared a known miss but comes out as expected.")


def choices_shown_too_soon(protocol: Protocol) -> Iterator[Problem]:
    """Warn of choices that hang on a question which an interview may ask later: until then everybody sees them."""
    first = {protocol.emergency_screen, *protocol.asked_first}
    for question in protocol.questionnaire.questions:
        for choice in question.choices:
            if late := set().union(*map(questions_in, choice.conditions)) - first:
                message = f"The choice {shown(choice.code)} of {shown(question.id)} hangs on {', '.join(sorted(late))}."
                hint = "Name that under `asked_first` in protocol.yaml, or it may be asked later."
                yield Problem(protocol.places[question.id], message, hint, severity="warning")


def no_safety_statements(protocol: Protocol) -> Iterator[Problem]:
    """Warn where a protocol says nothing of its own that must hold for every answer set."""
    path = protocol.folder / "safety.yaml"
    if not path.exists():
        message = "There is no such file, so that no safety statement of this protocol is proved."
        hint = "State there, for the questions and results of this protocol, what must hold for everybody."
        yield Problem(Place(str(path)), message, hint, severity="warning")


CHECKS = {
    "nothing is benign beside a warning": benign_beside_a_warning,
    "examples": wrong_examples,
    "examples on both sides": missing_examples,
    "sources": missing_sources,
    "no exclusions above self care": exclusions_where_none_belong,
    "unknown never reassures": unknown_where_it_reassures,
    "every question and choice is read": unread_questions_and_choices,
    "every type can be named": types_nobody_can_get,
    "every text is shown": texts_nobody_can_read,
    "choices hang on what is asked first": choices_shown_too_soon,
    "every seed sentence is traced": uncarried_seed_sentences,
    "safety statements": no_safety_statements,
}
"""The checks by what they make sure of."""


def _problem(protocol: Protocol, entry: Judged, message: str, hint: str | None = None) -> Problem:
    return Problem(protocol.places.get(entry.id, Place(str(protocol.folder))), message, hint)


def _place_inside(protocol: Protocol, entry_id: str, *steps: str | int) -> Place:
    """Return where something inside a rule or cause stands; its file is read anew, since that is wanted rarely."""
    head = protocol.places.get(entry_id, Place(str(protocol.folder)))
    try:
        document = read_yaml_file(Path(head.source))
    except DataFault:
        return head
    for key in ("rules", "causes"):
        for index, entry in written_entries(document, key):
            if entry.get("id") == entry_id:
                return document.place((key, index, *steps))
    return head
