"""Saved cases out of files of any form, one by one, with the place of each."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from triage.answers.files import SUFFIXES, read_answer_files
from triage.answers.folders import device, files_in, passed_over
from triage.answers.reading import read_case
from triage.documents.document import Document
from triage.documents.output_text import one_line
from triage.documents.problems import DataFault, Place, Problem
from triage.exchange.forms import form_of
from triage.exchange.own import later_versions
from triage.foreign.form import TEXTS, WORKBOOKS, ColumnRows, ForeignFile, RowFault
from triage.foreign.partitions import lost_with_folder
from triage.foreign.split_records import single_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from triage.answers.reading import SavedCase
    from triage.foreign.form import Asked, Opened
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["read_files"]


def read_files(
    paths: Iterable[Path], asked: Asked, questionnaire: Questionnaire, say: Callable[[str], None]
) -> Iterator[SavedCase | DataFault]:
    """Yield every case of the named files and folders, in order; in place of one that cannot be read, its faults.

    Args:
        paths: files and folders.
        asked: what is asked for beside them.
        questionnaire: the questions.
        say: is told which form a file has, if it is not our own, and what was noticed about it.

    """
    for path in paths:
        if not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where a folder may not be entered
            yield from _read_file(path, asked, questionnaire, say)
            continue
        if problem := passed_over(path, _is_wanted):
            say(str(problem))
        found = list(files_in(path, _is_wanted))
        if not found:
            yield from read_answer_files([path], questionnaire)
        for one in found:
            if isinstance(one, Problem):
                yield DataFault([one])
            else:
                yield from _read_file(one, asked, questionnaire, say)


def _is_wanted(path: Path) -> bool:
    return path.suffix.lower() in (*SUFFIXES, *WORKBOOKS)


def _read_file(
    path: Path, asked: Asked, questionnaire: Questionnaire, say: Callable[[str], None]
) -> Iterator[SavedCase | DataFault]:
    if lost := lost_with_folder(path, questionnaire):
        yield DataFault([lost])
        return
    known = path.suffix.lower() in (*SUFFIXES, *WORKBOOKS, *TEXTS)
    if not known or not os.path.isfile(path) or device(path):  # noqa: PTH113 - see above
        yield from read_answer_files([path], questionnaire)
        return
    file = ForeignFile(path, lambda: path.open("rb"))
    try:
        form = form_of(file, asked, questionnaire)
        if form is None:
            with suppress(DataFault, OSError):  # our own reader says what is wrong
                if later := later_versions(file, asked, questionnaire):
                    say(str(later))
            yield from read_answer_files([path], questionnaire)
            return
        opened = form.open(file, asked, questionnaire)
        say(one_line(f"{path}  Read as {form.title}{opened.note}."))
        for remark in opened.remarks:
            say(str(remark))
        yield from _cases(path, opened, questionnaire)
    except DataFault as fault:
        yield fault
    except OSError as error:
        yield DataFault([Problem(Place(str(path)), f"This file cannot be read: {error.strerror or error}.")])


def _cases(path: Path, opened: Opened, questionnaire: Questionnaire) -> Iterator[SavedCase | DataFault]:
    for found in opened.rows():
        for one in single_rows(found, questionnaire) if isinstance(found, ColumnRows) else (found,):
            at = one.line or one.row
            name = path.stem if at is None else f"{path.name}:{at}"
            place = Place(str(path), at)
            if isinstance(one, RowFault):
                yield DataFault([Problem(place, one.said(name), one.hint)])
                continue
            try:
                case = read_case(Document(str(path), one.raw, lambda: None, at or 1), (), questionnaire, unnamed=name)
            except DataFault as fault:
                yield fault
            else:
                yield replace(case, place=place)
