"""The files that a finished interview leaves: the saved answers and the page for the doctor."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from triage.protocol.protocol import Protocol
    from triage.terminal.page import Page
    from triage.terminal.session import Finished

__all__ = ["write_files"]


def write_files(
    protocol: Protocol,
    finished: Finished,
    save: Path | None,
    letter: Path | None,
    page: Page,
    *,
    shown_if_lost: bool,
) -> Path | None:
    """Write what was asked for, each whether or not the other can be, and return where the answers are.

    Args:
        protocol: what was answered.
        finished: the interview.
        save: where the answers go.
        letter: where the page for the doctor goes.
        page: where it is said.
        shown_if_lost: whether answers that cannot be saved are kept nowhere else, so that they are shown.

    Raises:
        DataFault: a file cannot be written.

    """
    from triage.answers.writing import saved_case
    from triage.assessment.letter import write_letter
    from triage.documents.output_text import one_line
    from triage.documents.problems import DataFault, Problem
    from triage.documents.safe_writing import written_whole

    now = f"{datetime.datetime.now().astimezone():%Y-%m-%dT%H:%M:%S%z}"
    problems: list[Problem] = []
    if save:
        early = finished.result.stopped_early
        answers = saved_case(protocol, one_line(save.stem), finished.answers, now, stopped_early=early)
        try:
            save = _nobodys(save, page)
            with written_whole(save, new=True) as file:
                file.write(answers)
            page.paragraph(f"Your answers are saved in {one_line(str(save))}.")
        except DataFault as fault:
            problems += fault.problems
            if shown_if_lost:
                page.paragraph("Your answers could not be saved. So that they are not lost, here they are, as a file:")
                page.paragraph(answers)
    if letter:
        try:
            letter = _nobodys(letter, page)
            write_letter(letter, protocol, finished.answers, finished.result, written_on=now[:10])
            page.paragraph(f"The page for the doctor is in {one_line(str(letter))}.")
        except DataFault as fault:
            problems += fault.problems
    if problems:
        raise DataFault(problems)
    return save


def _nobodys(path: Path, page: Page) -> Path:
    """Return where nothing stands: the path itself, or one beside it if somebody's file came there meanwhile."""
    from triage.documents.safe_writing import free_name

    free = free_name(path)
    if free != path:
        page.paragraph(f"{path} came to be there meanwhile, and stays as it is.")
    return free
