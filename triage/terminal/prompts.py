"""The screen with arrow keys, by questionary."""

from __future__ import annotations

import os
import sys
import textwrap
from functools import partial
from typing import TYPE_CHECKING, Any

import questionary
from prompt_toolkit.filters import Condition, is_done
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings
from prompt_toolkit.layout import (
    ConditionalContainer,
    ConditionalMargin,
    Dimension,
    FormattedTextControl,
    HSplit,
    ScrollbarMargin,
    Window,
)
from questionary.prompts.common import InquirerControl

from triage.conditions.answer_state import UNKNOWN, AnswerState, Missing
from triage.documents.output_text import one_line
from triage.protocol.prose import DONT_KNOW, answer_words
from triage.terminal.asking import (
    MENU_KEYS,
    MOVE_KEYS,
    NOTHING_MORE,
    EndOfInput,
    Move,
    exclusive_fault,
)
from triage.terminal.ending import ended_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from prompt_toolkit import Application
    from prompt_toolkit.key_binding.key_processor import KeyPressEvent

    from triage.protocol.questionnaire import Question
    from triage.terminal.ending import Ended
    from triage.terminal.page import Page

__all__ = ["Prompts"]

_HINT = "b: back   ?: why do you ask   r: review   q: save and leave"
_DESCRIPTION = "  Description: "
_MENU_HINT = "b: back   ?: what is this   q: leave"
_MOVING = "Arrow keys to move (up from the first: last)"
_ONE = f"{_MOVING}, Enter to choose."
_MANY = f"{_MOVING}, Space to mark, Enter to go on."
_PRESS_SPACE = "Please press Space to choose, then Enter."
_FEWEST = 5
"""So many choices are shown even where the words above them must then scroll away."""


class Prompts:
    """Asks with lists to move through; needs a real terminal."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._marked: dict[str, frozenset[str]] = {}
        """What was marked when a question was left by another key than Enter."""

    def ask(self, question: Question, current: AnswerState | None) -> AnswerState | Move:
        """Ask one question; see ``Asker``."""
        self.page.paragraph(question.text, style="bold")
        if question.help:
            self.page.paragraph(question.help)
        self.page.paragraph(f"{_MANY if question.multiple else _ONE}\n{_HINT}", style="dim")
        current = self._marked.pop(question.id, current)
        prompt = self._checkbox(question, current) if question.multiple else self._select(question, current)
        above = [question.text, question.help or "", _MANY, _HINT]
        answer = self._run(prompt, lines_above=sum(self._lines(text) for text in above))
        if isinstance(answer, Move):
            marked = frozenset(_list_of(prompt).selected_options) if question.multiple else frozenset()
            if marked := marked if answer is Move.WHY else marked - question.alone:  # the list may be another then
                self._marked[question.id] = marked
            return answer
        codes = [answer] if isinstance(answer, str) else list(answer) or [_list_of(prompt).get_pointed_at().value]
        words = [DONT_KNOW] if codes == ["unknown"] else answer_words(question, codes)
        self.page.paragraph(f"Your answer: {'; '.join(words)}")
        return UNKNOWN if codes == ["unknown"] else frozenset(codes)

    def choose(self, text: str, options: Sequence[tuple[str, str]], *, why: str = "") -> str | Move:
        """Offer options; see ``Asker``."""
        most = self.page.width - 4
        choices = [
            questionary.Choice(title=words if len(words) <= most else f"{words[: most - 3].rstrip()}...", value=key)
            for key, words in ((key, one_line(words)) for key, words in options)
        ]
        self.page.paragraph(text, style="bold")
        # The library cuts what is wider than the terminal, so the whole words stand above the list.
        if long := [words for _, words in options if len(words) > most]:
            self.page.paragraph("In full:")
            self.page.items(long)
        self.page.paragraph(f"{_ONE}\n{_MENU_HINT}", style="dim")
        above = sum(self._lines(line) for line in (text, _ONE, _MENU_HINT))
        while (answer := self._run(_select(choices, None), lines_above=above, keys=MENU_KEYS)) is Move.WHY:
            self.page.paragraph(why or NOTHING_MORE)
        if isinstance(answer, Move):
            return answer
        self.page.paragraph(f"Your choice: {dict(options)[answer]}")
        return str(answer)

    def _select(self, question: Question, current: AnswerState | None) -> questionary.Question:
        default = "unknown" if current is UNKNOWN else None
        if current is not None and not isinstance(current, Missing):
            default = next(iter(current))
        return _select(self._choices(question), default)

    def _checkbox(self, question: Question, current: AnswerState | None) -> questionary.Question:
        marked = frozenset(["unknown"]) if current is UNKNOWN else current
        choices = self._choices(question)
        for choice in choices:
            choice.checked = isinstance(marked, frozenset) and choice.value in marked
        prompts: list[questionary.Question] = []  # the one that is made here, once it is made
        prompt = questionary.checkbox(
            "",
            choices=choices,
            initial_choice=next((choice for choice in choices if choice.checked), None),
            validate=lambda codes: self._fault(question, codes, prompts) or True,
            qmark="",
            pointer=">",
            instruction=" ",
            use_jk_keys=False,
            use_emacs_keys=False,
            erase_when_done=True,
        )
        prompts.append(prompt)
        return prompt

    def _fault(self, question: Question, codes: Sequence[str], prompts: Sequence[questionary.Question]) -> str:
        """Return what is wrong with the marks; without any, the line pointed at is taken if it stands alone."""
        if codes:
            return one_line(exclusive_fault(question, codes) or "")
        pointed = _list_of(prompts[0]).get_pointed_at().value if prompts else None
        return "" if pointed == "unknown" or pointed in question.alone else _PRESS_SPACE

    def _choices(self, question: Question) -> list[questionary.Choice]:
        choices = [
            questionary.Choice(one_line(choice.label), choice.code, description=self._wrapped(choice.description))
            for choice in question.choices
        ]
        if question.unknown:
            choices.append(questionary.Choice(title=DONT_KNOW, value="unknown"))
        return choices

    def _wrapped(self, description: str | None) -> str | None:
        """Wrap a description by hand: the library cuts what is wider than the terminal."""
        if description is None:
            return None
        text = f"{' ' * len(_DESCRIPTION)}{one_line(description)}"
        lines = textwrap.wrap(text, self.page.width - 2, subsequent_indent="    ")
        return "\n".join(lines).lstrip()

    def _lines(self, text: str) -> int:
        """Return how many lines a text takes."""
        return sum(max(1, len(textwrap.wrap(line, self.page.width))) for line in text.splitlines())

    def _keep_question_in_sight(self, prompt: questionary.Question, lines_above: int) -> None:
        """Let a list that is too long for the screen scroll by itself, with the description below it.

        The library writes the description at the end of the list, where it would be out of sight.
        """
        control = _list_of(prompt)
        control.show_description = False
        longest = max(len((choice.description or "").splitlines()) for choice in control.choices)

        def rows() -> int:
            most = self.page.console.height - lines_above - longest - 2  # a fault takes a line, the cursor another
            return max(_FEWEST, most)

        column = prompt.application.layout.container
        assert isinstance(column, HSplit)
        window = next(one for one in prompt.application.layout.find_all_windows() if one.content is control)
        window.height = lambda: Dimension(max=rows())
        too_long = Condition(lambda: len(control.choices) > rows())
        window.right_margins = [ConditionalMargin(ScrollbarMargin(display_arrows=True), too_long)]
        description = Window(
            FormattedTextControl(lambda: f"{_DESCRIPTION}{_description_of(prompt)}"), dont_extend_height=True
        )
        shown = ~is_done & Condition(lambda: bool(_description_of(prompt)))
        column.children.insert(2, ConditionalContainer(description, filter=shown))

    def _run(self, prompt: questionary.Question, *, lines_above: int, keys: Mapping[str, Move] = MOVE_KEYS) -> Any:
        """Run a prompt with our own keys; keys pressed before it appeared are dropped, never taken as answers."""
        application = prompt.application
        self._keep_question_in_sight(prompt, lines_above)
        own = _key_bindings(keys)
        application.key_bindings = merge_key_bindings([application.key_bindings or KeyBindings(), own])
        clear_typeahead(application.input)
        _forget_keys(application.input.fileno())
        try:
            with ended_by(partial(_stop, application)):
                return prompt.unsafe_ask()
        except EOFError:
            raise EndOfInput from None


def _stop(application: Application[Any], ended: Ended) -> None:
    """Let a prompt come to its end when it is not drawing; broken off in between, it would leave the cursor hidden."""
    loop, answer = application.loop, application.future
    if loop is None:
        raise ended
    if answer is None:  # it is only beginning
        loop.call_soon_threadsafe(loop.call_later, 0.01, _stop, application, ended)
    elif not answer.done():
        loop.call_soon_threadsafe(lambda: answer.done() or application.exit(exception=ended))


def _description_of(prompt: questionary.Question) -> str:
    """Return the description of the choice pointed at."""
    return _list_of(prompt).get_pointed_at().description or ""


def _list_of(prompt: questionary.Question) -> InquirerControl:
    """Return the list of a prompt."""
    return next(one for one in prompt.application.layout.find_all_controls() if isinstance(one, InquirerControl))


def _forget_keys(terminal: int) -> None:
    """Drop what was typed while no list was shown and still waits in the terminal."""
    if sys.platform == "win32":
        import msvcrt

        while msvcrt.kbhit():
            msvcrt.getwch()
    elif os.isatty(terminal):
        import termios

        termios.tcflush(terminal, termios.TCIFLUSH)


def _select(choices: list[questionary.Choice], default: str | None) -> questionary.Question:
    return questionary.select(
        "",
        choices=choices,
        default=default,
        qmark="",
        pointer=">",
        instruction=" ",
        use_jk_keys=False,
        use_emacs_keys=False,
        use_shortcuts=False,
        erase_when_done=True,
    )


def _key_bindings(moves: Mapping[str, Move]) -> KeyBindings:
    bindings = KeyBindings()

    def bind(key: str, result: Move) -> None:
        @bindings.add(key, eager=True)
        def _(event: KeyPressEvent) -> None:
            event.app.exit(result=result)

    for key, move in moves.items():
        for either in {key, key.upper()}:
            bind(either, move)

    @bindings.add("a", eager=True)
    @bindings.add("i", eager=True)
    @bindings.add("c-l", eager=True)
    def _(_: KeyPressEvent) -> None:
        """Do nothing: to mark or turn round all choices, or to wipe the question away, at one key would be a trap."""

    @bindings.add("<sigint>", eager=True)
    def _(event: KeyPressEvent) -> None:
        event.app.exit(exception=KeyboardInterrupt())

    @bindings.add("c-z", eager=True)
    def _(event: KeyPressEvent) -> None:
        event.app.suspend_to_background()

    @bindings.add("c-d", eager=True)
    def _(event: KeyPressEvent) -> None:
        event.app.exit(exception=EOFError())

    return bindings
