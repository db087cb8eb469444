"""``triage ask``: the guided interview."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from triage.command_line.options import chosen_engine, engine_option, fitting_screen, protocol_from, protocol_option

if TYPE_CHECKING:
    from triage.interview import Interview
    from triage.protocol import Protocol
    from triage.terminal.asking import Asker
    from triage.terminal.page import Page
    from triage.terminal.session import Finished
    from triage.unfinished import UnfinishedInterviews

__all__ = ["command"]


@click.command("ask")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Ask everything that applies, also what cannot change the result.",
)
@click.option("--plain", is_flag=True, help="Numbered lines and typed answers, for screen readers and pipes.")
@click.option("--save", type=click.Path(path_type=Path), metavar="FILE", help="Save the answers here when finished.")
@click.option(
    "--letter",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a page for the doctor (.html or .md).",
)
@click.option("--resume", is_flag=True, help="Go on with an interview that was broken off.")
@click.option("--no-save", is_flag=True, help="Keep nothing, not even while the interview runs.")
@click.option("--forget", is_flag=True, help="Delete all interviews that were broken off, and do nothing else.")
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
    engine_name: str | None,
    folder: Path | None,
) -> int:
    """Ask the questions one by one and show the result with its reasons."""
    from triage.engines import available_engines
    from triage.letter import LETTER_SUFFIXES
    from triage.problems import DataFault
    from triage.terminal.asking import EndOfInput
    from triage.terminal.session import Session
    from triage.unfinished import UnfinishedInterviews, default_folder

    if letter and letter.suffix.lower() not in LETTER_SUFFIXES:
        raise click.BadParameter("A letter is written as .html or .md.", param_hint="--letter")
    protocol = protocol_from(folder)
    kept = UnfinishedInterviews(protocol, default_folder())
    if forget:
        count = kept.forget()
        click.echo(f"Forgotten: {count} unfinished interview{'' if count == 1 else 's'}.")
        return 0
    engines = [chosen_engine(engine_name, protocol)] if engine_name else available_engines(protocol)
    asker, is_plain = fitting_screen(plain=plain)
    _greet(asker.page, protocol, no_save=no_save)
    path = kept.new_path()
    resumable = bool(kept.paths())
    session: Session | None = None
    try:
        interview, path = _start(protocol, kept, asker, path, resume=resume)
        keep = (lambda _: None) if no_save else _Keeping(kept, path, asker.page)
        session = Session(interview, asker, engines, keep, everything=everything)
        if resumable and not resume:
            asker.page.paragraph("An unfinished interview is kept. To go on with it: triage ask --resume")
        finished = session.run()
    except (EndOfInput, KeyboardInterrupt) as stop:
        _say_how_to_resume(asker.page, kept=path.exists() if session else resumable)
        return 1 if is_plain and isinstance(stop, EndOfInput) else 130
    if finished is None:
        _say_how_to_resume(asker.page, kept=path.exists())
        return 0
    try:
        _write_files(protocol, finished, save, letter, asker.page)
    except DataFault:
        _say_how_to_resume(asker.page, kept=path.exists())
        raise
    path.unlink(missing_ok=True)
    return 1 if finished.result.disagreement else 0


def _greet(page: Page, protocol: Protocol, *, no_save: bool) -> None:
    from triage.unfinished import DAYS_KEPT, default_folder

    page.heading(protocol.questionnaire.title)
    page.paragraph(protocol.questionnaire.introduction)
    page.console.print()
    if no_save:
        page.paragraph("Your answers are not kept.")
    else:
        page.paragraph(
            f"Your answers stay on this machine. Until you finish they are kept in {default_folder()}, so that you can "
            f"go on after a break; then they are deleted. What is left lying is deleted after {DAYS_KEPT} days.",
            style="dim",
        )


def _start(
    protocol: Protocol, kept: UnfinishedInterviews, asker: Asker, path: Path, *, resume: bool
) -> tuple[Interview, Path]:
    """Begin a new interview, or take up one that the person chooses by its date."""
    from triage.interview import Interview

    fresh = Interview(protocol)
    if not resume:
        return fresh, path
    options = [("", "Start a new interview")]
    options += [(str(one), f"Go on with the one of {_when(one)}") for one in kept.paths()]
    if len(options) == 1:
        asker.page.paragraph("There is no unfinished interview. This is a new one.")
        return fresh, path
    chosen = asker.choose("Which interview?", options)
    restored = kept.restore(Path(chosen)) if chosen else None
    if restored is None:
        if chosen:
            asker.page.paragraph("That interview cannot be read any more. This is a new one.")
        return fresh, path
    if restored.older_version:
        versions = f" (from version {restored.older_version} to {protocol.version})"
        changed = "" if restored.older_version == protocol.version else versions
        asker.page.paragraph(f"The rules have changed since{changed}. Your answers are judged by the new ones.")
    if restored.asked_again:
        asker.page.paragraph("These questions have changed, so they are asked again:")
        asker.page.items(question.text for question in restored.asked_again)
    return restored.interview, Path(chosen)


class _Keeping:
    """Keeps the answers so far; where that cannot be done, that is said once and the interview goes on."""

    def __init__(self, kept: UnfinishedInterviews, path: Path, page: Page) -> None:
        self._kept, self._path, self._page = kept, path, page
        self._said = False

    def __call__(self, interview: Interview) -> None:
        from triage.problems import DataFault

        try:
            self._kept.save(self._path, interview)
        except DataFault as fault:
            if not self._said:
                self._page.paragraph(f"Your answers cannot be kept, so please do not break off. {fault}")
            self._said = True


def _when(path: Path) -> str:
    return f"{datetime.datetime.fromtimestamp(path.stat().st_mtime):%d %B %Y, %H:%M}"


def _say_how_to_resume(page: Page, *, kept: bool) -> None:
    page.console.print()
    if kept:
        page.paragraph("Your answers are kept. To go on: triage ask --resume. To delete them: triage ask --forget.")
    else:
        page.paragraph("Nothing was kept.")


def _write_files(protocol: Protocol, finished: Finished, save: Path | None, letter: Path | None, page: Page) -> None:
    from triage.answer_writing import saved_case
    from triage.safe_writing import written_whole

    now = f"{datetime.datetime.now().astimezone():%Y-%m-%dT%H:%M:%S%z}"
    if save:
        with written_whole(save) as file:
            file.write(saved_case(protocol, save.stem, finished.answers, now))
        page.paragraph(f"Your answers are saved in {save}.")
    if letter:
        from triage.letter import write_letter

        write_letter(letter, protocol, finished.answers, finished.result, written_on=now[:10])
        page.paragraph(f"The page for the doctor is in {letter}.")
