"""A quiz on a page: a case without its result, then what the rules say of it, and the score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.assessment.assessment import in_words
from triage.conditions.answer_state import UNKNOWN, Missing
from triage.protocol.prose import answer_words, condition_lines
from triage.protocol.urgency import Outcome, Urgency, Vote
from triage.teaching.quiz import UNDETERMINED, why_not_outcome, why_not_type, why_not_urgency
from triage.terminal.demonstration_page import print_teaching_points, theme_words
from triage.terminal.explained_page import print_reasons, print_votes_for_disease
from triage.terminal.result_page import OUTCOME_WORDS, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from triage.assessment.assessment import Reason
    from triage.assessment.explaining import Commonness
    from triage.assessment.near_miss import NearMiss
    from triage.protocol.protocol import Protocol
    from triage.teaching.quiz import Guess, Marks, Posed, WhyNotOutcome, WhyNotUrgency
    from triage.teaching.quiz_score import ThemeScore
    from triage.terminal.page import Page

__all__ = ["greet", "print_comparison", "print_how_to_go_on", "print_posed", "print_score", "type_name"]

_UNDETERMINED_WORDS = "No one pattern (undetermined)"


def type_name(protocol: Protocol, code: str) -> str:
    """Return the name of a type, or the words for none."""
    return _UNDETERMINED_WORDS if code == UNDETERMINED else protocol.types[code].name


# ---- before and behind a sitting ----


def greet(page: Page, protocol: Protocol) -> None:
    """Say what a quiz is, and what it is not for."""
    page.heading(f"Quiz: {protocol.title}")
    page.paragraph(
        "Read a case and judge it yourself. Then see what the rules say, and why. The cases are for learning. Do not "
        "use them to judge a real person. If somebody needs help now, stop here and call for help."
    )
    if not protocol.reviewed:
        page.paragraph(protocol.draft_notice)


def print_how_to_go_on(page: Page, command: Callable[[str], str], *, done: int, left: int, broken_off: bool) -> None:
    """Say what a learner may do next.

    Args:
        page: where it is printed.
        command: writes a command as it is typed for this protocol.
        done: how many cases are answered.
        left: how many are not.
        broken_off: whether the learner left in the middle of a case.

    """
    page.console.print()
    if not done:
        page.paragraph(f"Nothing was kept, since no case was answered. To begin again: {command('quiz')}.")
        return
    on = f"Cases left: {left}. To go on: {command('quiz')}. " if left else "All cases are answered. "
    if broken_off:
        on += "The case that you were in is not counted. "
    see, delete = command("quiz --score"), command("quiz --forget")
    page.paragraph(f"Your score is kept on this machine. {on}To see it: {see}. To delete it: {delete}.")


# ---- before the learner chooses ----


def print_posed(page: Page, protocol: Protocol, posed: Posed, place: str) -> None:
    """Print what a learner may know of a case: neither its title nor its theme, which would tell too much."""
    page.heading(place)
    told, alone, unknown = _told(protocol, posed)
    page.heading("The answers")
    page.items(told)
    for label, texts in alone.items():
        page.item(f"Asked, and the answer was: {label}")
        page.items(texts, mark="*", indent=4)
    if unknown:
        page.item("Not known:")
        page.items(unknown, mark="*", indent=4)
    page.heading("The story")  # last, so that it is in sight beside what is asked
    page.paragraph(posed.case.story)


def _told(protocol: Protocol, posed: Posed) -> tuple[list[str], dict[str, list[str]], list[str]]:
    """Return the answers; beside them, in short, what was answered with "none of these", and what is not known."""
    told: list[str] = []
    alone: dict[str, list[str]] = {}
    unknown: list[str] = []
    for question in protocol.questionnaire.questions:
        state = posed.answers.states[question.id]
        if state is UNKNOWN:
            unknown.append(question.text)
        elif not isinstance(state, Missing):
            words = "; ".join(answer_words(question, state))
            if state <= question.alone:
                alone.setdefault(words, []).append(question.text)
            else:
                told.append(f"{question.text} {words}")
    single = [label for label, texts in alone.items() if len(texts) == 1]
    told += [f"{alone.pop(label)[0]} {label}" for label in single]
    return told, alone, unknown


# ---- after it ----


def print_comparison(
    page: Page, protocol: Protocol, posed: Posed, guess: Guess, marks: Marks, commonness: Commonness
) -> None:
    """Print which choices were right, what decided, why not another choice, and what the case teaches."""
    result = posed.result
    page.heading(f"{posed.case.id} {posed.case.title}", urgency=result.urgency.value)
    page.paragraph(f"Theme: {theme_words(posed.case.theme)}")
    _print_marks(page, protocol, posed, guess, marks)
    deciding = _deciding(posed)
    page.heading("What decided")
    print_reasons(page, deciding, result.outcome, protocol)
    if guess.outcome is result.outcome and any(reason.rule == protocol.otherwise.id for reason in deciding):
        # The rule that holds where no other votes rests on no answer; what fails is the ordinary patterns.
        _print_nearest_pattern(page, protocol, why_not_outcome(protocol, posed, Outcome.LIKELY_BENIGN))
    others = [f"{reason.title} ({reason.rule})" for reason in result.reasons if reason not in deciding]
    if others:
        page.item(f"Also true: {'; '.join(others)}")
    shown = [kind for kind in result.types if kind.code in (*posed.types, guess.type)]
    if shown:
        page.heading("The pattern")
        page.items(f"{kind.name}. {kind.description}" for kind in shown)
    if guess.urgency and guess.urgency is not result.urgency:
        _print_why_not_urgency(page, protocol, posed, why_not_urgency(protocol, posed, guess.urgency, commonness))
    if guess.outcome and guess.outcome is not result.outcome:
        _print_why_not_outcome(page, protocol, posed, why_not_outcome(protocol, posed, guess.outcome))
    if guess.type and not marks.type:
        _print_why_not_type(page, protocol, posed, guess.type)
    print_teaching_points(page, posed.case)
    page.heading("Sources")
    page.item(f"This case: {posed.case.source}")
    page.items(_source_words(protocol, dict.fromkeys(key for reason in deciding for key in reason.sources)))
    stamp = result.protocol
    page.console.print()
    page.paragraph(f"Rules: {protocol.title}, version {stamp.version} ({stamp.review_status}).", style="dim")


def _source_words(protocol: Protocol, keys: Iterable[str]) -> Iterator[str]:
    """Yield the sources of rules in words; the sentences of the text that the rules started from by number only."""
    sentences = []
    for key in keys:
        if key in protocol.seed:
            sentences.append(key)
        else:
            source = protocol.sources[key]
            said = source.with_reading_note
            yield said if source.status == "read" or "from memory" in said else f"{said} (from memory)"
    if sentences:
        yield f"The text that the rules started from: {', '.join(sentences)}"


def _print_marks(page: Page, protocol: Protocol, posed: Posed, guess: Guess, marks: Marks) -> None:
    result = posed.result
    outcome = OUTCOME_WORDS[guess.outcome] if guess.outcome else None
    same = guess.outcome is result.outcome
    page.item(_compared("Outcome", outcome, result.verdict, right=marks.outcome, same=same))
    urgency = guess.urgency.words if guess.urgency else None
    same = guess.urgency is result.urgency
    line = _compared("How soon", urgency, f"{result.urgency.words}.", right=marks.urgency, same=same)
    if guess.urgency and not marks.urgency:
        late = guess.urgency.rank < result.urgency.rank
        line += " That would be too late." if late else " That would be sooner than it needs to be."
    page.item(line)
    named = [kind.name for kind in result.types]
    guessed = type_name(protocol, guess.type) if guess.type else None
    if marks.type and guessed:
        others = [name for name in named if name != guessed]
        page.item(f"Pattern: right. You said: {guessed}.")
        if others:
            page.item(f"The rules also name: {'; '.join(others)}.", indent=4)
    else:
        rules = "; ".join(named) or _UNDETERMINED_WORDS
        page.item(_compared("Pattern", guessed, f"{rules}.", right=False, same=False))


def _compared(what: str, guessed: str | None, rules: str, *, right: bool, same: bool) -> str:
    """Say whether a guess is right, beside what the rules say in a sentence of its own."""
    if guessed is None:
        return f"{what}: not answered. The rules say: {rules}"
    if not right:
        return f"{what}: not right. You said: {guessed}. The rules say: {rules}"
    if same:
        return f"{what}: right. {rules[0].upper()}{rules[1:]}"
    return f"{what}: counts as right. You said: {guessed}. The rules say: {rules} Both count for this case."


def _deciding(posed: Posed) -> list[Reason]:
    """Return the reasons of the final urgency, those of a benign outcome, and those that name a right type offered."""
    right = posed.right_types.intersection(posed.types)
    first = next((code for code in posed.types if code in right), None)
    return [
        reason
        for reason in posed.result.reasons
        if reason.urgency is posed.result.urgency
        or reason.vote is Vote.BENIGN
        or (first is not None and first in reason.types)
    ]


def _print_why_not_urgency(page: Page, protocol: Protocol, posed: Posed, why: WhyNotUrgency) -> None:
    name = why.said.words
    page.heading(f"Why not {name}")
    if why.forced_by:
        first, *more = why.forced_by
        level = first.urgency.words if first.urgency else name
        page.item(f"This rule is true, and makes it at least {level}: {first.title} ({first.rule}).")
        if more:
            page.item(f"Also against it: {'; '.join(f'{reason.title} ({reason.rule})' for reason in more)}.")
    if why.said is Urgency.SELF_CARE:
        mild = posed.result.outcome is Outcome.LIKELY_BENIGN
        page.items(f"A {'mild ' * mild}warning sign: {said(answer)}" for answer in posed.result.warning_signs)
    if why.forced_by:
        return
    page.item(f"No rule for “{name}” is true here.")
    if why.nearest:
        _print_near_miss(page, protocol, posed, why.nearest)
    if why.raising:
        page.item(f"One new answer that would raise it to {name}:")
        page.items((said(change.answer) for change in why.raising), mark="*", indent=4)
    if why.still_open:
        at_least = name if why.said is Urgency.EMERGENCY else f"{name} or more"
        page.item(f"But these are not known, and could still raise it to {at_least}:")
        page.items((answer.asked for answer in why.still_open), mark="*", indent=4)


def _print_why_not_outcome(page: Page, protocol: Protocol, posed: Posed, why: WhyNotOutcome) -> None:
    if why.said is Outcome.LIKELY_BENIGN:
        page.heading("Why not likely benign")
        print_votes_for_disease(page, posed.result, protocol)
        page.items(f"A warning sign: {said(answer)}" for answer in posed.result.warning_signs)
        page.items(f"Not known, and so not ruled out: {answer.asked}" for answer in posed.result.could_not_rule_out)
        _print_nearest_pattern(page, protocol, why)
        return
    page.heading("Why not a sign of disease")
    page.item("No rule that speaks for disease is true here.")
    page.items(f"This rule speaks for benign: {reason.title} ({reason.rule})." for reason in why.votes)
    if why.nearest:
        _print_near_miss(page, protocol, posed, why.nearest)


def _print_nearest_pattern(page: Page, protocol: Protocol, why: WhyNotOutcome) -> None:
    near = why.nearest_benign
    if near is None:
        page.item("No ordinary pattern comes close.")
        return
    page.item(f"The ordinary pattern that comes closest: {near.rule.title} ({near.rule.id}).")
    if near.failing:
        page.item("It does not fit because of:")
        questions = protocol.questionnaire.by_id
        page.items((said(in_words(questions[name], codes)) for name, codes in near.failing.items()), mark="*", indent=4)


def _print_why_not_type(page: Page, protocol: Protocol, posed: Posed, code: str) -> None:
    page.heading(f"Why not: {type_name(protocol, code)}")
    if code == UNDETERMINED:
        reasons = [reason for reason in posed.result.reasons if reason.types]
        names = "; ".join(f"{reason.title} ({reason.rule})" for reason in reasons)
        page.item(f"A rule that names a pattern is true: {names}.")
        return
    why = why_not_type(protocol, posed, code)
    if why.silent:
        page.item(f"Its rule is true ({why.silent.title}, {why.silent.id}), but the outcome is another.")
    elif why.nearest:
        _print_near_miss(page, protocol, posed, why.nearest)
    else:
        page.item("No rule names it.")


def _print_near_miss(page: Page, protocol: Protocol, posed: Posed, near: NearMiss) -> None:
    """Print the rule that comes closest, each test that it lacks, and what was answered instead."""
    page.item(f"The rule that comes closest: {near.rule.title} ({near.rule.id}). It lacks:")
    for lack in near.lacks:
        [(_, words)] = condition_lines(protocol, lack.test)
        page.item(words if lack.wanted else f"It must not be so: {words}", mark="*", indent=4)
        question = protocol.questionnaire.by_id[lack.test.question]
        state = posed.answers.states[question.id]
        here = answer_words(question, [state.value] if isinstance(state, Missing) else state)
        page.paragraph(f"Here: {'; '.join(here)}", indent=6)


# ---- the score ----


def print_score(page: Page, rows: Sequence[ThemeScore], *, under_other_rules: int = 0) -> None:
    """Print how often each choice was right, by theme and in all.

    Args:
        page: where to print.
        rows: the score of each theme.
        under_other_rules: how many cases were compared with another version of the rules.

    """
    page.heading("Your score")
    if not rows:
        page.paragraph("No case has been answered yet.")
        return
    page.columns((theme_words(row.theme), _counts(row)) for row in rows)

    def total(count: Callable[[ThemeScore], int]) -> int:
        return sum(count(row) for row in rows)

    cases = total(lambda row: row.cases)
    page.heading(f"In all: {_cases(cases)}")
    page.items(
        [
            f"Outcome right: {total(lambda row: row.outcome)} of {cases}",
            f"How soon right: {total(lambda row: row.urgency)} of {cases}",
            f"Pattern right: {total(lambda row: row.type)} of {cases}",
        ]
    )
    if under_other_rules:
        page.paragraph(f"The rules have changed since {_cases(under_other_rules)} of these.")


def _counts(row: ThemeScore) -> str:
    return f"{_cases(row.cases)}: outcome {row.outcome}, how soon {row.urgency}, pattern {row.type}"


def _cases(count: int) -> str:
    return f"{count} case{'' if count == 1 else 's'}"
