"""Each kind of prompt of the screen with arrow keys, with keys through a pipe and no terminal at all."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from triage.conditions.answer_state import UNKNOWN
from triage.terminal.asking import EndOfInput, Move
from triage.terminal.page import Page
from triage.terminal.prompts import Prompts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from prompt_toolkit.input import PipeInput

    from triage.conditions.answer_state import AnswerState
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question

    Typed = Callable[[str], Prompts]

ENTER, SPACE, UP, DOWN, CTRL_C, CTRL_D = "\r", " ", "\x1b[A", "\x1b[B", "\x03", "\x04"
MOVES = [("b", Move.BACK), ("?", Move.WHY), ("r", Move.REVIEW), ("q", Move.LEAVE)]


class Typist(DummyOutput):
    """Types once the prompt is drawn; what is typed before is no answer to it."""

    def __init__(self, pipe: PipeInput, keys: str) -> None:
        self._pipe = pipe
        self._keys = keys

    def flush(self) -> None:
        keys, self._keys = self._keys, ""
        if keys:
            self._pipe.send_text(keys)


@pytest.fixture
def printed() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def typed(printed: io.StringIO) -> Iterator[Typed]:
    """Return a screen on which some keys will be typed."""
    sessions = []
    with create_pipe_input() as pipe:

        def prompts(keys: str) -> Prompts:
            session = create_app_session(input=pipe, output=Typist(pipe, keys))
            session.__enter__()
            sessions.append(session)
            return Prompts(Page(Console(file=printed, width=80, color_system=None)))

        yield prompts
        for session in reversed(sessions):
            session.__exit__(None, None, None)


@pytest.fixture(scope="module")
def single(protocol: Protocol) -> Question:
    question = protocol.questionnaire.by_id["course"]
    assert not question.multiple
    return question


@pytest.fixture(scope="module")
def several(protocol: Protocol) -> Question:
    question = protocol.questionnaire.by_id["stopped_recently"]
    assert question.multiple
    return question


# ---- one choice ----


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (ENTER, frozenset({"stable"})),
        (DOWN * 2 + ENTER, frozenset({"comes_and_goes"})),
        (DOWN * 3 + UP + ENTER, frozenset({"comes_and_goes"})),
        (DOWN * 7 + ENTER, UNKNOWN),
        (UP + ENTER, UNKNOWN),  # round the end of the list
        ("jk3ai" + ENTER, frozenset({"stable"})),  # no letter and no digit moves the pointer
    ],
)
def test_one_choice(typed: Typed, single: Question, keys: str, answer: AnswerState) -> None:
    assert typed(keys).ask(single, None) == answer


@pytest.mark.parametrize("current", [frozenset({"worsening_slow"}), UNKNOWN])
def test_one_choice_starts_from_the_answer_given_before(typed: Typed, single: Question, current: AnswerState) -> None:
    assert typed(ENTER).ask(single, current) == current


def test_one_choice_without_not_knowing_does_not_offer_it(typed: Typed, protocol: Protocol) -> None:
    question = protocol.questionnaire.by_id["age_group"]
    assert typed(UP + ENTER).ask(question, None) == frozenset({question.codes[-1]})


def test_what_is_asked_and_what_was_answered_is_printed(typed: Typed, single: Question, printed: io.StringIO) -> None:
    typed(DOWN + ENTER).ask(single, None)
    lines = printed.getvalue().splitlines()
    assert lines[0] == single.text
    assert lines[-1] == "Your answer: It is getting better"
    assert "b: back   ?: why do you ask   r: review   q: save and leave" in lines


# ---- several choices ----


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (SPACE + ENTER, frozenset({"alcohol"})),
        (SPACE + DOWN * 2 + SPACE + ENTER, frozenset({"alcohol", "baclofen"})),
        (SPACE + SPACE + DOWN + SPACE + ENTER, frozenset({"benzodiazepine"})),  # a mark taken away again
        (DOWN * 5 + SPACE + ENTER, frozenset({"none"})),
        (DOWN * 6 + SPACE + ENTER, UNKNOWN),
        (ENTER + SPACE + ENTER, frozenset({"alcohol"})),  # nothing marked is no answer
        # "None of these" beside another is refused, and so is "I don't know"; then the mark is taken away.
        (SPACE + UP * 2 + SPACE + ENTER + SPACE + ENTER, frozenset({"alcohol"})),
        (SPACE + UP + SPACE + ENTER + SPACE + ENTER, frozenset({"alcohol"})),
        ("ai" + DOWN + SPACE + ENTER, frozenset({"benzodiazepine"})),  # no key marks everything
    ],
)
def test_several_choices(typed: Typed, several: Question, keys: str, answer: AnswerState) -> None:
    assert typed(keys).ask(several, None) == answer


@pytest.mark.parametrize("current", [frozenset({"alcohol", "opioid"}), frozenset({"none"}), UNKNOWN])
def test_several_choices_start_from_the_answer_given_before(
    typed: Typed, several: Question, current: AnswerState
) -> None:
    assert typed(ENTER).ask(several, current) == current


# ---- moves, and breaking off ----


@pytest.mark.parametrize(("key", "move"), MOVES)
@pytest.mark.parametrize("kind", ["single", "several"])
def test_moves(
    typed: Typed, request: pytest.FixtureRequest, kind: str, key: str, move: Move, printed: io.StringIO
) -> None:
    question = request.getfixturevalue(kind)
    assert typed(SPACE + DOWN + key).ask(question, None) is move
    assert "Your answer" not in printed.getvalue()


@pytest.mark.parametrize(("key", "error"), [(CTRL_C, KeyboardInterrupt), (CTRL_D, EndOfInput)])
@pytest.mark.parametrize("kind", ["single", "several", "choose"])
def test_breaking_off(
    typed: Typed, request: pytest.FixtureRequest, kind: str, key: str, error: type[BaseException]
) -> None:
    prompts = typed(DOWN + key)
    question = None if kind == "choose" else request.getfixturevalue(kind)
    with pytest.raises(error):
        prompts.ask(question, None) if question else prompts.choose("Which?", OPTIONS)


# ---- a list that is no question ----

OPTIONS: Sequence[tuple[str, str]] = [("", "Go on"), ("one", "The first"), ("two", "The second")]


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        (ENTER, ""),
        (DOWN + ENTER, "one"),
        (UP + ENTER, "two"),
        ("r" + DOWN + ENTER, "one"),  # there is nothing to review here
    ],
)
def test_choose(typed: Typed, keys: str, chosen: str, printed: io.StringIO) -> None:
    assert typed(keys).choose("Which?", OPTIONS) == chosen
    first, *hints, last = printed.getvalue().splitlines()
    assert (first, last) == ("Which?", f"Your choice: {dict(OPTIONS)[chosen]}")
    assert hints[-1] == "b: back   ?: what is this   q: leave"


@pytest.mark.parametrize(("key", "move"), [("b", Move.BACK), ("Q", Move.LEAVE)])
def test_every_menu_takes_a_step_back_and_lets_one_leave(typed: Typed, key: str, move: Move) -> None:
    assert typed(key).choose("Which?", OPTIONS) is move


def test_every_menu_says_what_it_is_for(typed: Typed, printed: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    prompts, answers = typed(""), iter([Move.WHY, "one"])
    monkeypatch.setattr(prompts, "_run", lambda *_, **__: next(answers))
    assert prompts.choose("Which?", OPTIONS, why="Because of this.") == "one"
    assert "Because of this." in printed.getvalue()


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (UP + ENTER, UNKNOWN),
        (UP + UP + ENTER, frozenset({"none"})),
        (DOWN * 5 + ENTER, frozenset({"none"})),
        (SPACE + UP + UP + SPACE + SPACE + ENTER, frozenset({"alcohol"})),
        (ENTER + DOWN + ENTER + SPACE + ENTER, frozenset({"benzodiazepine"})),
    ],
)
def test_enter_takes_none_of_these_where_nothing_is_marked_and_nothing_else(
    typed: Typed, several: Question, keys: str, answer: AnswerState
) -> None:
    assert typed(keys).ask(several, None) == answer


def test_the_hint_says_that_up_from_the_first_line_is_the_last(
    typed: Typed, several: Question, printed: io.StringIO
) -> None:
    typed(UP + ENTER).ask(several, None)
    assert "up from the first: last" in printed.getvalue()


def test_the_pointer_starts_at_what_was_marked_before(typed: Typed, several: Question) -> None:
    marked = frozenset({"baclofen"})
    assert typed(SPACE + DOWN + SPACE + ENTER).ask(several, marked) == frozenset({"opioid"})


def test_one_prompt_after_the_other_takes_its_own_keys_only(typed: Typed, single: Question, several: Question) -> None:
    assert typed(DOWN + ENTER + ENTER).ask(single, None) == frozenset({"improving"})
    assert typed(DOWN + SPACE + ENTER).ask(several, None) == frozenset({"benzodiazepine"})
    assert typed(DOWN + ENTER).choose("Which?", OPTIONS) == "one"
