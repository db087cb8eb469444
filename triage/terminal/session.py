"""One interview from the first question to the result, on whichever screen."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.assessment.assessment import Assessment, assess
from triage.documents.words import words_in
from triage.interview.conversation import Conversation, Step
from triage.protocol.prose import MOST_READS, answer_words, reads_of
from triage.terminal.asking import Move
from triage.terminal.read_back import noes_in_words
from triage.terminal.result_page import print_emergency, print_result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from triage.answers.answers import Answers
    from triage.conditions.answer_state import AnswerState
    from triage.engines.verdicts import Engine
    from triage.interview.conversation import Next
    from triage.interview.interview import Interview
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question
    from triage.terminal.asking import Asker

__all__ = ["Finished", "Session"]


@dataclass(frozen=True)
class Finished:
    """An interview that came to a result."""

    answers: Answers
    result: Assessment


class _Left(Exception):
    """The person saves and leaves."""


class Session:
    """Leads one person through an interview; every answer is kept before the next question appears.

    What comes next is said by ``Conversation``; here is how it is shown and what is chosen.
    """

    def __init__(
        self,
        interview: Interview,
        asker: Asker,
        engines: Sequence[Engine],
        keep: Callable[[Interview], None],
        *,
        everything: bool = False,
    ) -> None:
        self.conversation = Conversation(interview, everything=everything)
        self._asker = asker
        self._page = asker.page
        self._say = words_in(interview.protocol.language)
        self._engines = engines
        self._keep = keep
        self._section = ""
        self._why = ""
        """What is still to be said of why a question is asked."""
        self._promised: tuple[int, int] | None = None
        """After how many answers it was said last how many questions are left at most; none where it is said anew."""
        self._finished: Finished | None = None
        """The result as it was shown last; none once an answer was given after it."""

    @property
    def interview(self) -> Interview:
        """The interview as far as it has come."""
        return self.conversation.interview

    def run(self) -> Finished | None:
        """Ask until there is a result and show it; None if the person left before.

        Raises:
            EndOfInput, KeyboardInterrupt: the interview was broken off; what was answered is kept.

        """
        steps = {
            Step.QUESTION: self._ask_and_keep,
            Step.EMERGENCY: self._show_emergency,
            Step.CONTRADICTION: self._point_out,
            Step.READ_BACK: self._read_back,
            Step.ASKED_AGAIN: self._ask_in_other_words,
            Step.DETAILS: self._offer_details,
        }
        try:
            while (coming := self.conversation.next).step is not Step.RESULT:
                steps[coming.step](coming)
        except _Left:
            return None
        return self._finished or self._show_result()

    @property
    def _protocol(self) -> Protocol:
        return self.interview.protocol

    # ---- questions ----

    def _ask_and_keep(self, coming: Next) -> None:
        question = coming.question
        assert question is not None
        reply = self._ask(question)
        if isinstance(reply, Move):
            self._move(reply, question)
        else:
            self._answer(question, reply)

    def _ask(self, question: Question) -> AnswerState | Move:
        if question.section != self._section:
            self._section = question.section
            titles = {section.id: section.title for section in self._protocol.questionnaire.sections}
            self._page.heading(titles[question.section])
        else:
            self._page.console.print()
        number, left = len(self.interview.history) + 1, self._left() - 1
        if self.conversation.said.emergency_seen:
            self._page.paragraph(self._say("interview.reminder"), style="bold")
        place = self._say("terminal.place" if left > 0 else "terminal.last_place", number=number, left=left)
        self._page.paragraph(place, style="dim")
        return self._asker.ask(self._shown(question), self.interview.offered(question))

    def _shown(self, question: Question, *, again: str | None = None) -> Question:
        """Return a question as it is shown; to who asked why, with that in place of the help, where it is seen."""
        shown, why, self._why = self.interview.shown(question, again=again), self._why, ""
        return shown.model_copy(update={"help": why}) if why else shown

    def _left(self) -> int:
        """Return at most how many questions are left; what was promised once is never taken back on the way."""
        done, left = len(self.interview.history), self.conversation.left
        if self._promised is not None:
            before, then = self._promised
            left = min(left, then - (done - before))
        self._promised = done, left
        return left

    def _answer(self, question: Question, state: AnswerState) -> None:
        before = self.interview
        self._go_to(self.conversation.answered(question.id, state))
        self._tell_changes(before)

    def _tell_changes(self, before: Interview) -> None:
        """Say which answers a move took back, and which it set aside."""
        now = self.interview
        if again := before.given.keys() - now.given.keys():
            self._page.paragraph(self._say("interview.more_fit"))
            self._page.items(one.text for one in self._protocol.questionnaire.questions if one.id in again)
        for name in now.no_longer_applying().keys() - before.no_longer_applying().keys():
            text = self._protocol.questionnaire.by_id[name].text
            self._page.paragraph(self._say("interview.now_aside", question=text))

    def _go_to(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self._finished = None
        self._keep(self.interview)

    # ---- moves ----

    def _move(self, move: Move, question: Question) -> None:
        if move is Move.BACK:
            if not self.interview.history:
                self._page.paragraph(self._say("terminal.first_question"))
                return
            self._go_back()
        elif move is Move.WHY:
            self._why = "\n  - ".join((self._say("interview.why_lead"), *self._reads(question)))
        elif move is Move.REVIEW:
            self._review()
        else:
            raise _Left

    def _go_back(self) -> None:
        self._promised = None
        self._go_to(self.conversation.without_last())

    def _choose(self, text: str, options: Sequence[tuple[str, str]], *, why: str) -> str | Move:
        """Offer options and return the key of the chosen one, or BACK; whoever leaves, leaves the interview."""
        chosen = self._asker.choose(text, options, why=why)
        if chosen is Move.LEAVE:
            raise _Left
        return chosen

    def _review(self) -> None:
        """Show all answers by section and let any of them be changed, until it is an emergency."""
        while True:
            answered = [one for one in self._protocol.questionnaire.questions if one.id in self.interview.given]
            if not answered:
                self._page.paragraph(self._say("interview.no_answers"))
                return
            self._page.heading(self._say("interview.your_answers"))
            for section in self._protocol.questionnaire.sections:
                told = [question for question in answered if question.section == section.id]
                if told:
                    self._page.paragraph(section.title)
                    self._page.items(self._told(question) for question in told)
            asked = [(question.id, self._shortened(question.text)) for question in answered]
            options = [("", self._say("terminal.review_on")), *asked]
            chosen = self._choose(self._say("terminal.which_change"), options, why=self._say("terminal.why_review"))
            if not chosen or chosen is Move.BACK:
                return
            before = self.interview
            self._change(self._protocol.questionnaire.by_id[str(chosen)])
            if self.interview != before and self.conversation.next.step is Step.EMERGENCY:
                return

    def _told(self, question: Question) -> str:
        """Return a question with the answer given, in words."""
        state, shown = self.interview.given[question.id], self.interview.shown(question)
        words = "; ".join(answer_words(shown, state if isinstance(state, frozenset) else [state.value]))
        aside = question.id in self.interview.no_longer_applying()
        return " ".join([question.text, words, *([self._say("terminal.aside")] if aside else [])])

    def _change(self, question: Question) -> None:
        reply = self._reply(question, self.interview.given.get(question.id))
        if reply is not None:
            self._promised = None
            self._answer(question, reply)

    def _reply(
        self, question: Question, current: AnswerState | None, *, again: str | None = None
    ) -> AnswerState | None:
        """Ask a question that stands beside the flow; None if the person goes back and leaves it as it is."""
        while isinstance(reply := self._asker.ask(self._shown(question, again=again), current), Move):
            if reply is Move.BACK:
                return None
            self._move(reply, question)
        return reply

    # ---- what is said on the way ----

    def _show_emergency(self, _: Next) -> None:
        """Show the emergency advice as soon as it is one, and ask whether to stop."""
        print_emergency(self._assess(stopped_early=True), self._page, self._protocol)
        chosen = self._choose(
            self._say("interview.help_first"),
            [
                ("stop", self._say("interview.stop")),
                ("on", self._say("interview.go_on")),
                ("change", self._say("interview.slip")),
            ],
            why=self._say("terminal.why_emergency"),
        )
        if chosen == "change":
            self._review()
        elif chosen is Move.BACK:
            self._go_back()
        else:
            self._promised = None  # from here on it counts what only tells more, too
            self.conversation = self.conversation.stopped() if chosen == "stop" else self.conversation.going_on()

    def _point_out(self, coming: Next) -> None:
        """Point out answers that do not go together, once, and let one be changed or all be kept."""
        assert coming.rule is not None
        self._page.heading(self._say("interview.together"))
        self._page.paragraph(f"{coming.rule.title}. {coming.rule.why}")
        options = [("", self._say("interview.keep")), *self._changes(coming.questions)]
        chosen = self._choose(self._say("interview.maybe_slip"), options, why=coming.rule.why)
        if chosen is Move.BACK:
            self._go_back()
            return
        self.conversation = self.conversation.pointed_out(coming.rule)
        if chosen:
            self._change(self._protocol.questionnaire.by_id[str(chosen)])

    def _changes(self, questions: Sequence[Question]) -> list[tuple[str, str]]:
        return [(one.id, self._shortened(self._say("terminal.change", question=one.text))) for one in questions]

    def _read_back(self, coming: Next) -> None:
        """Before anything is called benign, read the noes back and let one be changed."""
        self._page.heading(self._say("interview.before_result"))
        self._page.items(noes_in_words(self.conversation, coming.questions, self._say))
        # What is asked stands below the list, where it is in sight.
        named = any(map(self.conversation.mild_signs, coming.questions))
        asked = "interview.none_besides" if named else "interview.none_of_these"
        options = [("", self._say("interview.right")), ("change", self._say("terminal.change_one"))]
        text = f"{self._say(asked)} {self._say('terminal.read_once_more')}"
        chosen = self._choose(text, options, why=self._say("terminal.why_read_back"))
        if chosen is Move.BACK:
            self._go_back()
        elif chosen:
            self._change_one_of(coming.questions)  # then the list is read back as it stands now
        else:
            self.conversation = self.conversation.confirmed()

    def _change_one_of(self, questions: Sequence[Question]) -> None:
        text, why = self._say("terminal.which_change"), self._say("terminal.why_review")
        if (chosen := self._choose(text, self._changes(questions), why=why)) is not Move.BACK:
            self._change(self._protocol.questionnaire.by_id[str(chosen)])

    def _ask_in_other_words(self, coming: Next) -> None:
        """Ask once more, in other words, what chose a benign pattern."""
        question = coming.question
        assert question is not None
        before = self.conversation
        self._page.console.print()
        self._page.paragraph(self._say("terminal.calm"))
        reply = self._reply(question, None, again=question.again)
        if reply is not None and reply != before.interview.given.get(question.id):
            self._answer(question, reply)
        self.conversation = self.conversation.asked_again(question.id)

    # ---- the result ----

    def _offer_details(self, _: Next) -> None:
        """Show the result, and offer to ask what can still tell more about the pattern."""
        self._finished = self._show_result()
        left = self.interview.remaining_details()
        offer = "interview.one_detail" if left == 1 else "interview.details"
        chosen = self._asker.choose(
            self._say(offer, count=left),
            [
                ("nothing", self._say("interview.details_no")),
                ("details", self._say("interview.details_yes" if left == 1 else "terminal.details_yes_all")),
                ("change", self._say("terminal.change_first")),
            ],
            why=self._say("terminal.why_details"),
        )
        if chosen == "change":
            self._review()
        elif chosen is Move.BACK:
            self._go_back()
        else:  # who leaves here has the result
            self._promised = None
            self.conversation = self.conversation.with_details(wanted=chosen == "details")

    def _show_result(self) -> Finished:
        result = self._assess(stopped_early=self.conversation.said.stopped)
        print_result(result, self._protocol, console=self._page.console)
        return Finished(self.interview.answers, result)

    def _assess(self, *, stopped_early: bool = False) -> Assessment:
        return assess(self._protocol, self.interview.answers, self._engines, stopped_early=stopped_early)

    def _reads(self, question: Question) -> list[str]:
        """Return what an answer can still change, the most urgent first, and how much more there is."""
        before = self.interview.reopened([question.id])
        titles = reads_of(self._protocol, question, before.can_still_be_true) or reads_of(self._protocol, question)
        shown = titles[:MOST_READS]
        more = len(titles) - len(shown)
        return [*shown, self._say("interview.and_more", count=more)] if more else shown

    def _shortened(self, text: str) -> str:
        """Shorten a text to one line of a list; the whole of it stands above."""
        return textwrap.shorten(text, self._page.width - 4, placeholder=" ...")
