"""A sitting of the quiz: case after case, three choices each, on whichever screen."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from triage.assessment.explaining import Commonness
from triage.documents.words import words_in
from triage.protocol.prose import DONT_KNOW
from triage.protocol.urgency import Outcome, Urgency
from triage.teaching.quiz import UNDETERMINED, Guess, marked, pose
from triage.terminal.asking import Move
from triage.terminal.quiz_page import print_comparison, print_posed, type_name
from triage.terminal.result_page import OUTCOME_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol
    from triage.teaching.quiz import Marks, Posed
    from triage.terminal.asking import Asker

__all__ = ["QuizSession"]

_DONT_KNOW = "dont_know"
_LEAVE = "leave"
_ON = "on"
_WHY = "Judge the case yourself; then it is said what the rules decide, and why. b starts the case again, q stops."


class _Left(Exception):
    """The learner stops here."""


class _Back(Exception):
    """The learner goes back."""


class QuizSession:
    """Puts cases to one learner; what was right in a case is kept before the next one appears."""

    def __init__(
        self,
        protocol: Protocol,
        asker: Asker,
        seed: int,
        keep: Callable[[Case, Marks], None],
        all_cases: Sequence[Case],
    ) -> None:
        self._protocol = protocol
        self._asker = asker
        self._page = asker.page
        self._seed = seed
        self._keep = keep
        self._all_cases = all_cases

    @cached_property
    def _commonness(self) -> Commonness:
        return Commonness(self._protocol, self._all_cases)

    def run(self, cases: Sequence[Case]) -> bool:
        """Put the cases one by one; False if the learner stopped before the last.

        Raises:
            EndOfInput, KeyboardInterrupt: the quiz was broken off; the cases before are kept.

        """
        try:
            for number, case in enumerate(cases, start=1):
                self._put(case, f"Case {number} of {len(cases)}")
                if number < len(cases):
                    self._go_on()
        except _Left:
            return False
        return True

    def _go_on(self) -> None:
        with suppress(_Back):  # the case is judged; there is no way back into it
            self._choose("Another case?", [(_ON, "Yes, the next case")], may_not_know=False)

    def _put(self, case: Case, place: str) -> None:
        posed = pose(self._protocol, case, self._seed)
        print_posed(self._page, self._protocol, posed, place)
        guess = self._guess(posed)
        marks = marked(posed, guess)
        self._keep(case, marks)
        print_comparison(self._page, self._protocol, posed, guess, marks, self._commonness)

    def _guess(self, posed: Posed) -> Guess:
        while True:  # b at the second and the third question begins anew
            try:
                return self._guess_once(posed)
            except _Back:
                self._page.paragraph("From the first question again.")

    def _guess_once(self, posed: Posed) -> Guess:
        outcomes = [(one.value, f"{words[0].upper()}{words[1:]}") for one, words in OUTCOME_WORDS.items()]
        outcome = self._choose("What do these answers point to?", outcomes)
        levels = tuple(Urgency) if outcome is None else Outcome(outcome).urgencies
        say = words_in(self._protocol.language)
        urgencies = [(one.value, say(f"result.{one.value}")) for one in reversed(levels)]
        urgency = self._choose("How soon should a person get help?", urgencies)
        kinds = [(code, type_name(self._protocol, code)) for code in (*posed.types, UNDETERMINED)]
        kind = self._choose("Which pattern fits? If several fit, choose one of them.", kinds)
        return Guess(Outcome(outcome) if outcome else None, Urgency(urgency) if urgency else None, kind)

    def _choose(self, text: str, options: Sequence[tuple[str, str]], *, may_not_know: bool = True) -> str | None:
        """Offer options, and besides them not to know, and to stop; None if the learner does not know."""
        self._page.console.print()
        more = [(_DONT_KNOW, DONT_KNOW)] if may_not_know else []
        lines = [*options, *more, (_LEAVE, "Stop here; your score is kept")]
        chosen = self._asker.choose(text, lines, why=_WHY)
        if chosen in (_LEAVE, Move.LEAVE):
            raise _Left
        if isinstance(chosen, Move):
            raise _Back
        return None if chosen == _DONT_KNOW else chosen
