"""``triage ask``: the guided interview."""

from __future__ import annotations

import shlex
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from triage.command_line.finished_files import write_files
from triage.command_line.options import (
    NAMED,
    chosen_engine,
    command_to_type,
    engine_option,
    fitting_screen,
    protocol_from,
    protocol_option,
    refuse_letter,
    refuse_unless_writable,
)
from triage.command_line.saying import say, warn
from triage.terminal.ending import Ended

if TYPE_CHECKING:
    from triage.interview.interview import Interview
    from triage.interview.unfinished import UnfinishedInterviews
    from triage.protocol.protocol import Protocol
    from triage.terminal.asking import Asker
    from triage.terminal.page import Page

__all__ = ["command"]

_WHY_WHICH = "What was broken off is kept for a while. Choose yours, or begin anew. q leaves, and all is kept."
_SAVED = (".json", ".yaml", ".yml")
"""What saved answers may be called: JSON, which is YAML, too. What is called otherwise could not be scored."""


@click.command("ask")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Ask everything that applies, also what cannot change the result.",
)
@click.option("--plain", is_flag=True, help="Numbered lines and typed answers, for screen readers and pipes.")
@click.option("--save", type=NAMED, metavar="FILE", help="Save the answers here when finished.")
@click.option(
    "--letter",
    type=NAMED,
    metavar="FILE",
    help="Write a page for the doctor (.html or .md).",
)
@click.option("--resume", is_flag=True, help="Go on with an interview that was broken off.")
@click.option("--no-save", is_flag=True, help="Keep nothing, not even while the interview runs.")
@click.option(
    "--forget", is_flag=True, help="Delete the interviews of this protocol that were broken off, and do nothing else."
)
@click.option(
    "--browser", "in_a_browser", is_flag=True, help="Ask on a page in the browser instead; nothing is kept here."
)
@engine_option
@protocol_option
def command(
    everything: bool,
    plain: bool,
    save: Path | None,
    letter: Path | None,
    resume: bool,
    no_save: bool,
    forget: bool,
    in_a_browser: bool,
    engine_name: str | None,
    folder: Path | None,
) -> int:
    """Ask the questions one by one and show the result with its reasons."""
    from triage.documents.problems import DataFault
    from triage.engines import available_engines
    from triage.interview.unfinished import UnfinishedInterviews, default_folder
    from triage.terminal.asking import EndOfInput
    from triage.terminal.beginning import greet
    from triage.terminal.session import Session

    if forget and (save or letter or resume or no_save or everything):
        raise click.UsageError("--forget deletes the interviews that were broken off, and goes with nothing else.")
    if letter:
        refuse_letter(letter)
    if save and save.suffix.lower() not in _SAVED:
        raise click.BadParameter(f"Answers are saved as {' or '.join(_SAVED)}.", param_hint="--save")
    if save:
        refuse_unless_writable("--save", save)
    protocol = protocol_from(folder)
    if in_a_browser:
        flags = {"--all": everything, "--plain": plain, "--resume": resume, "--no-save": no_save, "--forget": forget}
        given = {**flags, "--save": bool(save), "--letter": bool(letter), "--engine": bool(engine_name)}
        if named := [option for option, said in given.items() if said]:
            raise click.UsageError(f"A page in the browser takes no {named[0]}.")
        from triage.command_line.in_a_browser import ask_in_a_browser

        return ask_in_a_browser(protocol)
    kept = UnfinishedInterviews(protocol, default_folder())
    if forget:
        count = kept.forget()
        say(f"Forgotten: {count} unfinished interview{'' if count == 1 else 's'}.")
        return 0
    engines = [chosen_engine(engine_name, protocol)] if engine_name else available_engines(protocol)
    asker, is_plain = fitting_screen(plain=plain)
    letter_by = "" if letter else command_to_type("ask --letter page.html", folder)
    greet(asker.page, protocol, kept=not no_save, letter_by=letter_by)
    keeping = _Keeping(kept, kept.new_path(), asker.page, folder, wanted=not no_save)
    others = bool(kept.paths())
    try:
        interview = _start(protocol, kept, asker, keeping, resume=resume)
        if interview is None:
            keeping.say_how_to_go_on()
            return 0
        if others and not resume:
            on = command_to_type("ask --resume", folder)
            asker.page.paragraph(f"An unfinished interview is kept. To go on with it: {on}")
        finished = Session(interview, asker, engines, keeping.keep, everything=everything).run()
    except (Ended, OSError) as stop:
        with suppress(OSError):  # the terminal may be gone, and standard error with it
            (warn if isinstance(stop, OSError) else asker.page.paragraph)(f"\n{keeping.how_to_go_on()}")
        raise
    except (EndOfInput, KeyboardInterrupt) as stop:
        keeping.say_how_to_go_on()
        return 1 if is_plain and isinstance(stop, EndOfInput) else 130
    if finished is None:
        keeping.say_how_to_go_on()
        return 0
    try:
        save = write_files(protocol, finished, save, letter, asker.page, shown_if_lost=no_save)
    except DataFault:
        keeping.say_how_to_go_on()
        raise
    keeping.forget()
    if not letter:
        how = f"explain {shlex.quote(str(save))} --letter page.html" if save else "ask --letter page.html"
        asker.page.paragraph(
            f"To get a page for the doctor{'' if save else ', answer again with'}: {command_to_type(how, folder)}",
            style="dim",
        )
    return 1 if finished.result.disagreement else 0


class _Keeping:
    """Keeps the answers of one interview as they come, and knows what of them could be kept.

    Where another window wrote to the file or deleted it, this one takes a file of its own: neither loses an answer.
    """

    def __init__(
        self, kept: UnfinishedInterviews, path: Path, page: Page, folder: Path | None, *, wanted: bool
    ) -> None:
        self.path = path
        self._kept = kept
        self._page = page
        self._folder = folder
        self._wanted = wanted
        self._fault_said = False
        self._newer = False
        """Whether there are answers that are not in the file."""
        self._interview: Interview | None = None
        """The last that was to be kept."""
        self._written: bytes | None = None
        """What the file held when this window wrote or read it last."""

    def take_up(self, path: Path) -> None:
        """Go on with the file of an interview that was broken off."""
        self.path = path
        self._written = self._found()

    def _found(self) -> bytes | None:
        try:
            return self.path.read_bytes()
        except OSError:
            return None

    @property
    def _is_ours(self) -> bool:
        return self._found() == self._written

    def keep(self, interview: Interview) -> None:
        """Keep the answers so far; where that cannot be done, say so once and go on."""
        from triage.documents.problems import DataFault

        self._newer, self._interview = True, interview
        if not self._wanted:
            return
        if not self._is_ours:
            self.path, self._written = self._kept.new_path(), None
        try:
            self._kept.save(self.path, interview)
            self._newer, self._written = False, self._found()
        except DataFault as fault:
            if not self._fault_said:
                self._page.paragraph(f"Your answers cannot be kept, so please do not break off. {fault}")
            self._fault_said = True

    def forget(self) -> None:
        """Delete what was kept."""
        try:
            if self._is_ours:
                self.path.unlink(missing_ok=True)
        except OSError as error:
            self._page.paragraph(f"Your answers in {self.path} cannot be deleted: {error.strerror or error}.")

    def say_how_to_go_on(self) -> None:
        """Say what is kept of an interview that was broken off, and how to go on with it."""
        self._page.console.print()
        self._page.paragraph(self.how_to_go_on())

    def how_to_go_on(self) -> str:
        """Return what is kept in words, after keeping once more what another window deleted or wrote over."""
        if self._interview and not self._is_ours:
            self.keep(self._interview)
        on = (
            f"To go on: {command_to_type('ask --resume', self._folder)}. "
            f"To delete them: {command_to_type('ask --forget', self._folder)}."
        )
        if self._found() is not None:
            last = "Your last answers are not kept; those before them are." if self._newer else "Your answers are kept."
            return f"{last} {on}"
        if self._kept.paths():
            lost = "Your answers were not kept. " if self._newer else ""
            return f"{lost}An earlier interview is kept. {on}"
        return "Nothing was kept."


def _start(
    protocol: Protocol, kept: UnfinishedInterviews, asker: Asker, keeping: _Keeping, *, resume: bool
) -> Interview | None:
    """Begin a new interview, or take up one that the person chooses by whose it is; None if the person leaves."""
    from triage.interview.interview import Interview
    from triage.terminal.asking import Move
    from triage.terminal.beginning import whose

    fresh = Interview(protocol)
    if not resume:
        return fresh
    options = [(str(one), f"Go on: {whose(one, kept, protocol)}") for one in kept.paths()]
    options.append(("", "Start a new interview"))
    if len(options) == 1:
        asker.page.paragraph("There is no unfinished interview. This is a new one.")
        return fresh
    while (chosen := asker.choose("Which interview?", options, why=_WHY_WHICH)) is Move.BACK:
        asker.page.paragraph("There is nothing before this.")
    if isinstance(chosen, Move):
        return None
    restored = kept.restore(Path(chosen)) if chosen else None
    if restored is None:
        if chosen:
            asker.page.paragraph("That interview cannot be read any more. This is a new one.")
        return fresh
    if restored.older_version:
        versions = f" (from version {restored.older_version} to {protocol.version})"
        changed = "" if restored.older_version == protocol.version else versions
        asker.page.paragraph(f"The rules have changed since{changed}. Your answers are judged by the new ones.")
    if restored.asked_again:
        asker.page.paragraph("These questions have changed, so they are asked again:")
        asker.page.items(question.text for question in restored.asked_again)
    keeping.take_up(Path(chosen))
    return restored.interview
