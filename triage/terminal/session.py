"""One interview from the first question to the result, on whichever screen."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.assessment.assessment import Assessment, assess
from triage.protocol.prose import answer_words, reads_of
from triage.protocol.urgency import Outcome, Vote
from triage.terminal.asking import Move
from triage.terminal.result_page import print_emergency, print_result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from triage.answers.answers import Answers
    from triage.conditions.answer_state import AnswerState
    from triage.engines.verdicts import Engine
    from triage.interview.interview import Interview
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question
    from triage.protocol.rule import Rule
    from triage.terminal.asking import Asker

__all__ = ["Finished", "Session"]


_MOST_READS = 8
"""So many things that an answer matters for are named."""


@dataclass(frozen=True)
class Finished:
    """An interview that came to a result."""

    answers: Answers
    result: Assessment


class _Left(Exception):
    """The person saves and leaves."""


class _Stopped(Exception):
    """The person stops at an emergency."""


class Session:
    """Leads one person through an interview; every answer is kept before the next question appears."""

    def __init__(
        self,
        interview: Interview,
        asker: Asker,
        engines: Sequence[Engine],
        keep: Callable[[Interview], None],
        *,
        everything: bool = False,
    ) -> None:
        self.interview = interview
        self._asker = asker
        self._page = asker.page
        self._engines = engines
        self._keep = keep
        self._everything = everything
        self._section = ""
        self._pointed_out: set[str] = set()
        self._emergency_shown = False
        self._goes_on = False
        """Whether the person wants to go on after the emergency advice."""
        self._confirmed: frozenset[str] = frozenset()
        self._asked_again = 0

    def run(self) -> Finished | None:
        """Ask until there is a result and show it; None if the person left before.

        Raises:
            EndOfInput, KeyboardInterrupt: the interview was broken off; what was answered is kept.

        """
        try:
            return self._run()
        except _Left:
            return None
        except _Stopped:
            return self._finished(stopped_early=True)

    def _run(self) -> Finished:
        self._show_emergency()  # an interview taken up again may be one already
        self._ask_part_one()
        while self._pauses():
            finished = self._finished()
            wanted = self._offer_details()
            if wanted == "nothing":
                return finished
            if wanted == "details":
                break
            self._review()
            self._point_out_contradictions()
            self._ask_part_one()
        self._ask_part_two()
        return self._finished()

    @property
    def _protocol(self) -> Protocol:
        return self.interview.protocol

    # ---- the two parts ----

    def _ask_part_one(self) -> None:
        """Ask part one, and before a benign result see that it stands."""
        while True:
            while question := self.interview.next_question(everything=self._everything):
                self._ask_and_keep(question)
            if self.interview.decision.outcome is not Outcome.LIKELY_BENIGN or self._benign_is_confirmed():
                return

    def _pauses(self) -> bool:
        """Whether the result is shown before part two, and part two is offered only."""
        wanted_anyway = self._everything or (self._goes_on and self.interview.emergency)
        return not wanted_anyway and self.interview.next_detail() is not None

    def _ask_part_two(self) -> None:
        while question := self.interview.next_question() or self.interview.next_detail():
            self._ask_and_keep(question)
            if self.interview.next_question() is None and self.interview.next_detail() is None:
                self._ask_part_one()  # a change may have made it benign, which is confirmed first

    def _ask_and_keep(self, question: Question) -> None:
        reply = self._ask(question)
        if isinstance(reply, Move):
            self._move(reply, question)
        else:
            self._answer(question, reply)
        self._point_out_contradictions()

    def _ask(self, question: Question) -> AnswerState | Move:
        if question.section != self._section:
            self._section = question.section
            titles = {section.id: section.title for section in self._protocol.questionnaire.sections}
            self._page.heading(titles[question.section])
        else:
            self._page.console.print()
        number = len(self.interview.history) + 1
        left = self.interview.remaining(everything=self._everything) or self.interview.remaining_details()
        self._page.paragraph(f"Question {number}{f' (at most {left - 1} more)' if left > 1 else ''}", style="dim")
        return self._asker.ask(question, self.interview.withdrawn.get(question.id))

    def _answer(self, question: Question, state: AnswerState) -> None:
        self.interview = self.interview.answered(question.id, state)
        self._keep(self.interview)
        self._show_emergency()

    # ---- moves ----

    def _move(self, move: Move, question: Question) -> None:
        if move is Move.BACK:
            if not self.interview.history:
                self._page.paragraph("This is the first question.")
                return
            self.interview = self.interview.without_last()
            self._emergency_shown = self._is_emergency
            self._keep(self.interview)
        elif move is Move.WHY:
            self._page.paragraph("We ask because the answer matters for:")
            self._page.items(self._reads(question))
        elif move is Move.REVIEW:
            self._review()
        else:
            raise _Left

    def _review(self) -> None:
        """Show all answers by section and let any of them be changed."""
        while True:
            answered = [one for one in self._protocol.questionnaire.questions if one.id in self.interview.given]
            if not answered:
                self._page.paragraph("There are no answers yet.")
                return
            self._page.heading("Your answers")
            for section in self._protocol.questionnaire.sections:
                told = [question for question in answered if question.section == section.id]
                if told:
                    self._page.paragraph(section.title)
                    self._page.items(self._told(question) for question in told)
            options = [("", "Go on")]
            options += [(question.id, self._shortened(question.text)) for question in answered]
            chosen = self._asker.choose("Which answer do you want to change?", options)
            if not chosen:
                return
            self._change(self._protocol.questionnaire.by_id[chosen])

    def _told(self, question: Question) -> str:
        """Return a question with the answer given, in words."""
        state = self.interview.given[question.id]
        words = "; ".join(answer_words(question, state if isinstance(state, frozenset) else [state.value]))
        aside = question.id in self.interview.no_longer_applying()
        return f"{question.text} {words}{' (no longer applies; kept in case you change back)' if aside else ''}"

    def _change(self, question: Question) -> None:
        before = set(self.interview.no_longer_applying())
        reply = self._reply(question, self.interview.given.get(question.id))
        if reply is None:
            return
        self._answer(question, reply)
        for name in self.interview.no_longer_applying().keys() - before:
            text = self._protocol.questionnaire.by_id[name].text
            self._page.paragraph(f"No longer applies, and is set aside: {text}")

    def _reply(self, question: Question, current: AnswerState | None) -> AnswerState | None:
        """Ask a question that stands beside the flow; None if the person goes back and leaves it as it is."""
        while isinstance(reply := self._asker.ask(question, current), Move):
            if reply is Move.BACK:
                return None
            self._move(reply, question)
        return reply

    # ---- what is said on the way ----

    @property
    def _is_emergency(self) -> bool:
        return self.interview.screen_is_positive or self.interview.emergency

    def _show_emergency(self) -> None:
        """Show the emergency advice as soon as it is one, and ask whether to stop."""
        shown, self._emergency_shown = self._emergency_shown, self._is_emergency
        if shown or not self._emergency_shown:
            return
        print_emergency(self._assess(self.interview.answers, stopped_early=True), self._page)
        chosen = self._asker.choose(
            "Please get help first. The questions can wait.",
            [
                ("stop", "Stop here and show the result"),
                ("on", "Go on with the questions"),
                ("change", "That was a slip: change an answer"),
            ],
        )
        if chosen == "stop":
            raise _Stopped
        self._goes_on = chosen == "on"
        if chosen == "change":
            before = self.interview.given
            self._review()
            if self.interview.given != before:
                self._emergency_shown = False  # another emergency has advice of its own
                self._show_emergency()

    def _point_out_contradictions(self) -> None:
        """Point out answers that do not go together, once, and let one be changed or all be kept."""
        for rule in self.interview.contradictions():
            if rule.id in self._pointed_out:
                continue
            self._pointed_out.add(rule.id)
            self._page.heading("Do these answers go together?")
            self._page.paragraph(f"{rule.title}. {rule.why}")
            questions = self._deciding(rule)
            options = [("", "Keep my answers as they are")]
            options += [(question.id, self._shortened(f"Change: {question.text}")) for question in questions]
            chosen = self._asker.choose("Maybe one of them was a slip. You can also keep them.", options)
            if chosen:
                self._change(self._protocol.questionnaire.by_id[chosen])

    def _deciding(self, rule: Rule) -> list[Question]:
        reason = next(one for one in self._assess(self.interview.answers).reasons if one.rule == rule.id)
        return [self._protocol.questionnaire.by_id[answer.question] for answer in reason.because]

    def _benign_is_confirmed(self) -> bool:
        """Before anything is called benign: read the noes back, and ask two answers again in other words.

        A no is also what was left out beside a mild sign. Returns whether the answers stayed as they were.
        """
        before = self.interview
        noes = [
            question
            for question in self._protocol.questionnaire.red_flags
            if question.id in before.given
            and question.id not in self._confirmed
            and isinstance(state := before.answers.states[question.id], frozenset)
            and (state & question.alone or (question.multiple and not state.isdisjoint(question.mild)))
        ]
        if noes:
            self._page.heading("Before the result")
            signs = any(self._mild_signs(question) for question in noes)
            besides = ", besides what you named" if signs else ""
            self._page.paragraph(f"You told us that there is none of these{besides}. Is that right?")
            for question in noes:
                named = self._mild_signs(question)
                warnings = [question.by_code[code].label for code in question.warnings if code not in named]
                said = f" {'; '.join(question.by_code[code].label for code in named)}. Apart from it," if named else ""
                self._page.item(f"{question.text}{said} {'none' if named else 'None'} of: {'; '.join(warnings)}.")
            options = [("", "Yes, that is right")]
            options += [(question.id, self._shortened(f"Change: {question.text}")) for question in noes]
            chosen = self._asker.choose("Please read the list once more.", options)
            if chosen:
                self._change(self._protocol.questionnaire.by_id[chosen])
                return False  # the list is read back once more, as it stands now
            self._confirmed |= {question.id for question in noes}
        for question in self._asked_in_other_words():
            self._confirmed |= {question.id}
            self._asked_again += 1
            reply = self._reply(question.model_copy(update={"text": question.again, "help": None}), None)
            if reply is not None and reply != self.interview.given.get(question.id):
                self._answer(question, reply)
        return self.interview.given == before.given

    def _mild_signs(self, question: Question) -> list[str]:
        """Return the mild signs that were given to a question."""
        state = self.interview.answers.states[question.id]
        return [code for code in question.mild if isinstance(state, frozenset) and code in state]

    def _asked_in_other_words(self) -> list[Question]:
        """Return at most two questions whose answers chose the benign pattern and that have other words."""
        reasons = [one for one in self._assess(self.interview.answers).reasons if one.vote is Vote.BENIGN]
        names = dict.fromkeys(answer.question for reason in reasons for answer in reason.because)
        questions = [self._protocol.questionnaire.by_id[name] for name in names if name not in self._confirmed]
        questions.sort(key=lambda question: not question.red_flag)
        return [question for question in questions if question.again][: 2 - self._asked_again]

    def _offer_details(self) -> str:
        left = self.interview.remaining_details()
        more = "One more question" if left == 1 else f"A few more questions (at most {left})"
        return self._asker.choose(
            f"{more} can tell more about the pattern. This does not change the result, or how soon to get help.",
            [
                ("nothing", "No, this is enough"),
                ("details", "Yes, ask" if left == 1 else "Yes, ask them"),
                ("change", "Change an answer first"),
            ],
        )

    def _finished(self, *, stopped_early: bool = False) -> Finished:
        """Show the result."""
        answers = self.interview.answers
        result = self._assess(answers, stopped_early=stopped_early)
        print_result(result, self._protocol, console=self._page.console)
        return Finished(answers, result)

    def _assess(self, answers: Answers, *, stopped_early: bool = False) -> Assessment:
        return assess(self._protocol, answers, self._engines, stopped_early=stopped_early)

    def _reads(self, question: Question) -> list[str]:
        """Return what an answer can still change, the most urgent first, and how much more there is."""
        before = self.interview.reopened([question.id])
        titles = reads_of(self._protocol, question, before.can_still_be_true) or reads_of(self._protocol, question)
        shown = titles[:_MOST_READS]
        return [*shown, f"and {len(titles) - len(shown)} more"] if len(titles) > len(shown) else shown

    def _shortened(self, text: str) -> str:
        """Shorten a text to one line of a list; the whole of it stands above."""
        return textwrap.shorten(text, self._page.width - 4, placeholder=" ...")
