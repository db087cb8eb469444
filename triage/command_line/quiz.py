"""``triage quiz``: worked cases to judge oneself first, and to compare."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import click

from triage.command_line.looking_up import looked_up
from triage.command_line.options import command_to_type, fitting_screen, json_option, protocol_from, protocol_option
from triage.command_line.saying import say, say_json, warn
from triage.documents.output_text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol
    from triage.teaching.quiz import Marks
    from triage.teaching.quiz_score import KeptScore, Score
    from triage.terminal.page import Page

__all__ = ["command"]

_IN_ONE_SITTING = 5


@click.command("quiz")
@click.argument("case_id", required=False, metavar="[CASE]")
@click.option("--theme", metavar="THEME", help="Only cases of one theme; `triage demo` lists them.")
@click.option(
    "--cases",
    "most",
    type=click.IntRange(min=1),
    default=_IN_ONE_SITTING,
    show_default=True,
    metavar="N",
    help="How many cases now.",
)
@click.option("--seed", type=int, metavar="N", help="Another order of the cases; the same number, the same order.")
@click.option(
    "--resume/--again",
    default=True,
    help="Go on with cases not yet answered (so it is by itself), or ask all of them again.",
)
@click.option("--score", "score_only", is_flag=True, help="Show your score by theme, and do nothing else.")
@click.option("--forget", is_flag=True, help="Delete your score, and do nothing else.")
@click.option("--plain", is_flag=True, help="Numbered lines and typed answers, for screen readers and pipes.")
@json_option
@protocol_option
def command(
    case_id: str | None,
    theme: str | None,
    most: int,
    seed: int | None,
    resume: bool,
    score_only: bool,
    forget: bool,
    plain: bool,
    as_json: bool,
    folder: Path | None,
) -> int:
    """Judge worked cases yourself: outcome, how soon, which pattern. Then see what the rules say, and why.

    The cases are made up or published. They are for learning, never for judging a real person.
    """
    from triage.answers.case_reading import read_cases
    from triage.teaching.quiz_score import KeptScore, by_theme, default_folder
    from triage.terminal.asking import EndOfInput
    from triage.terminal.page import Page
    from triage.terminal.quiz_page import greet, print_how_to_go_on
    from triage.terminal.quiz_session import QuizSession

    if as_json and not score_only:
        raise click.UsageError("--json goes with --score.")
    if forget and (score_only or case_id is not None or theme is not None):
        raise click.UsageError("--forget deletes your whole score, and goes with nothing else.")
    protocol = protocol_from(folder)
    kept = KeptScore(protocol.name, default_folder())
    if forget:
        count = kept.forget()
        say(f"Forgotten: the score of {count} case{'' if count == 1 else 's'}.")
        return 0
    cases = read_cases(protocol)
    themes = list(dict.fromkeys(case.theme for case in cases))
    chosen = _chosen(cases, case_id, theme)
    if score_only:
        score, aside = kept.read()
        if aside:
            warn(_damaged(aside))
        if as_json:
            say_json([asdict(row) for row in by_theme(score, themes)])
        else:
            _show_score(Page(), protocol, score, themes)
        return 0

    asker, is_plain = fitting_screen(plain=plain)
    page = asker.page
    greet(page, protocol)
    running = _Running(protocol, kept, page)
    if seed is not None:
        running.score.seed = seed
    quiz = partial(command_to_type, folder=folder)
    todo = _todo(page, chosen, running.score, most, quiz, one=case_id is not None, resume=resume)
    if not todo:
        _show_score(page, protocol, running.score, themes)
        return 0
    session = QuizSession(protocol, asker, running.score.seed, running.keep, cases)
    code = 0
    try:
        session.run(todo)
    except (EndOfInput, KeyboardInterrupt) as stop:
        page.console.print()
        code = 1 if is_plain and isinstance(stop, EndOfInput) else 130
    _show_score(page, protocol, running.score, themes)
    if not running.is_kept:
        page.console.print()
        page.paragraph("Your score was not kept.")
    else:
        left = sum(case.id not in running.score.cases for case in cases)
        print_how_to_go_on(page, quiz, done=len(running.score.cases), left=left, broken_off=code != 0)
    return code


class _Running:
    """The score while the quiz runs; where it cannot be kept, that is said once and the quiz goes on."""

    def __init__(self, protocol: Protocol, kept: KeptScore, page: Page) -> None:
        from triage.documents.problems import DataFault
        from triage.teaching.quiz_score import Score

        self.is_kept = True
        self.score = Score()
        self._kept, self._page, self._version = kept, page, protocol.version
        try:
            self.score, aside = kept.read()
        except DataFault as fault:
            self._cannot_keep(fault)
        else:
            if aside:
                page.paragraph(_damaged(aside))

    def keep(self, case: Case, marks: Marks) -> None:
        """Add what was right in one case."""
        from triage.documents.problems import DataFault
        from triage.teaching.quiz_score import Scored

        scored = Scored(
            theme=case.theme, outcome=marks.outcome, urgency=marks.urgency, type=marks.type, version=self._version
        )
        self.score.record(case.id, scored)
        if not self.is_kept:
            return
        try:
            self.score = self._kept.add(case.id, scored, self.score.seed)
        except DataFault as fault:
            self._cannot_keep(fault)

    def _cannot_keep(self, fault: Exception) -> None:
        self.is_kept = False
        self._page.paragraph(f"Your score cannot be kept. You can go on all the same. {fault}")


def _chosen(cases: Sequence[Case], case_id: str | None, theme: str | None) -> list[Case]:
    """Return the cases that the words of the command line name."""
    from triage.documents.problems import did_you_mean

    if case_id is not None and theme is not None:
        raise click.UsageError("Name a case or a theme, not both.")
    if case_id is not None:
        meant = looked_up(case_id, (case.id for case in cases), "case")
        return [case for case in cases if case.id == meant]
    if theme is not None:
        wanted = "-".join(theme.lower().split())
        found = [case for case in cases if case.theme == wanted]
        if not found:
            themes = dict.fromkeys(case.theme for case in cases)
            hint = did_you_mean(wanted, themes) or f"Known are: {', '.join(themes)}."
            raise click.UsageError(f"No case has the theme {shown(theme)}. {hint}")
        return found
    return list(cases)


def _todo(
    page: Page, chosen: Sequence[Case], score: Score, most: int, quiz: Callable[[str], str], *, one: bool, resume: bool
) -> list[Case]:
    """Return the cases of this sitting in the order of the seed, and say where the learner stands.

    Asked again, those answered longest ago come first, after those never answered.
    """
    from triage.teaching.quiz import in_order

    if one:
        return list(chosen)
    open_cases = [case for case in chosen if not resume or case.id not in score.cases]
    done = len(chosen) - len(open_cases)
    page.console.print()
    if not open_cases:
        page.paragraph(
            f"You have answered all {len(chosen)} cases. To answer them again: {quiz('quiz --again')}. To delete your "
            f"score: {quiz('quiz --forget')}."
        )
        return []
    if done:
        page.paragraph(
            f"You go on where you were: {done} of {len(chosen)} cases are answered, and are not asked again."
        )
    turn = {name: place for place, name in enumerate(score.cases, start=1)}
    todo = sorted(in_order(open_cases, score.seed), key=lambda case: turn.get(case.id, 0))[:most]
    page.paragraph(f"Now: {len(todo)} of {len(open_cases)} cases, in the order of seed {score.seed}.")
    return todo


def _show_score(page: Page, protocol: Protocol, score: Score, themes: Sequence[str]) -> None:
    from triage.teaching.quiz_score import by_theme
    from triage.terminal.quiz_page import print_score

    older = sum(one.version != protocol.version for one in score.cases.values())
    print_score(page, by_theme(score, themes), under_other_rules=older)


def _damaged(aside: Path) -> str:
    return f"Your kept score cannot be read. It is set aside as {aside}, and a new one begins."
