"""A person who reads the questions of the plain screen and types, and a whole interview with them in this process."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console
from shipped import the_protocol

from triage.engines import build_engine
from triage.interview.interview import Interview
from triage.terminal.asking import EndOfInput
from triage.terminal.page import Page
from triage.terminal.plain_prompts import PlainPrompts
from triage.terminal.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question
    from triage.terminal.session import Finished

    Story = Mapping[str, str | tuple[str, ...]]
    Respond = Callable[[str], str | None]
    Lines = Mapping[str, Sequence[str | None]]

END = None
"""Said instead of a line: the input ends."""
HELP_FIRST = "Please get help first."
READ_BACK = "Please read the list once more."
DETAILS = "can tell more about the pattern"
SLIP = "Maybe one of them was a slip."
CHANGE = "Which answer do you want to change?"
RESUME = "Which interview?"
OFFERS = {HELP_FIRST: "1", READ_BACK: "1", DETAILS: "1", SLIP: "1", CHANGE: "1", RESUME: "1"}
"""What is chosen from each list that is no question, if a test says nothing else."""
ORDINARY: dict[str, tuple[str, ...]] = {
    "emergency_now": ("none",),
    "awareness": ("fully_aware",),
    "course": ("stable",),
    "age_group": ("adult_18_39y",),
    "seizures": ("none",),
    "thinking": ("none",),
}
HEADLINES = {
    "emergency": "EMERGENCY: GET HELP NOW",
    "urgent": "URGENT: SEE A DOCTOR TODAY OR IN THE NEXT DAYS",
    "routine": "ROUTINE: SEE YOUR OWN DOCTOR",
    "self_care": "SELF CARE",
}
CONTRADICTION = {"situation": ("at_rest_awake",), "sleep_behaviour": "only_at_sleep_onset"}


class Person:
    """Answers what is asked by a story; what the story does not say is not known."""

    def __init__(
        self,
        story: Story,
        *,
        first: Lines | None = None,
        offers: Mapping[str, str] | None = None,
        protocol: Protocol | None = None,
    ) -> None:
        """``first`` says what is typed before the answer, by question id or by the words of an offer."""
        self.story = story
        self.first = {name: list(lines) for name, lines in (first or {}).items()}
        self.offers = {**OFFERS, **(offers or {})}
        self.protocol = protocol or the_protocol()
        self.asked: list[str] = []

    def __call__(self, shown: str) -> str | None:
        assert len(self.asked) < 200, f"asked again and again: {self.asked[-1]}"
        flowing = " ".join(shown.split())
        if shown.endswith("Number: "):
            offer = max(self.offers, key=lambda words: flowing.rfind(words))
            if offer not in flowing:  # only something about the last line is said
                assert flowing.startswith("Please type a number"), f"an offer that nobody knows: {flowing[-400:]}"
                offer = self.asked[-1]
            self.asked.append(offer)
            return self._line(offer, self.offers[offer])
        question = asked_in(flowing, self.protocol) or self.question
        self.question = question
        self.asked.append(question.id)
        return self._line(question.id, numbers(question, self.story.get(question.id, "unknown")))

    def _line(self, name: str, otherwise: str) -> str | None:
        lines = self.first.get(name)
        return lines.pop(0) if lines else otherwise


def asked_in(flowing: str, protocol: Protocol) -> Question | None:
    """Return the question that a text asks last; None where only something about the last answer is said."""
    questions = protocol.questionnaire.by_id
    places = {
        name: max(flowing.rfind(text) for text in (question.text, question.again) if text)
        for name, question in questions.items()
    }
    best = max(places, key=lambda name: places[name])
    return questions[best] if places[best] >= 0 else None


def numbers(_: Question, said: str | Iterable[str]) -> str:
    """Return what is typed for an answer: codes, for the number of a choice hangs on which ones fit the person."""
    said = "unknown" if said == "not_applicable" else said
    return ", ".join([said] if isinstance(said, str) else said)


class Talk:
    """A session on the plain screen in this process, for what needs no pipe."""

    def __init__(self, protocol: Protocol, person: Respond, *, everything: bool = False) -> None:
        self._person = person
        self._new = io.StringIO()
        self._written = ""
        self.text = ""
        self.saved: list[Interview] = []
        console = Console(file=self._new, width=80, highlight=False, color_system=None)
        prompts = PlainPrompts(Page(console), self)  # type: ignore[arg-type]
        engines = [build_engine("plain", protocol)]
        self.session = Session(Interview(protocol), prompts, engines, self.saved.append, everything=everything)
        self.finished: Finished | None = None
        self.ended_early = False
        try:
            self.finished = self.session.run()
        except EndOfInput:
            self.ended_early = True
        self.text += self._new.getvalue()
        assert_plain(self._written + self._new.getvalue())

    def readline(self, _most: int = -1) -> str:
        shown = self._new.getvalue()
        self._new.seek(0)
        self._new.truncate()
        line = self._person(shown)
        self._written += shown
        self.text += f"{shown}{line or ''}\n"
        return "" if line is END else f"{line}\n"

    @property
    def flowing(self) -> str:
        return " ".join(self.text.split())

    @property
    def given(self) -> dict[str, list[str] | str]:
        states = self.session.interview.given
        return {name: sorted(state) if isinstance(state, frozenset) else state.value for name, state in states.items()}


def assert_plain(text: str) -> None:
    """No control character moves a cursor or switches a colour, and no line or block is drawn."""
    assert not [character for character in text if ord(character) < 32 and character not in "\n\r"]
    assert not [character for character in text if 0x2500 <= ord(character) < 0x2600 or ord(character) in (127, 0x9B)]
