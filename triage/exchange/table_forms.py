"""Tables as forms of file: those of programs that are known, and any other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from triage.answers.reading import ABOUT
from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem
from triage.exchange.own import only_understood_here
from triage.exchange.programs import PROGRAMS, TABLE
from triage.exchange.records import are_entries, flat, is_wrapped, records_in, records_of
from triage.exchange.text_tables import look_at_table
from triage.exchange.workbooks import SheetRows, sheet_of
from triage.foreign.foreign_columns import listed
from triage.foreign.form import TEXTS, WORKBOOKS
from triage.foreign.headings import headings_of
from triage.foreign.sorting import columns_of
from triage.foreign.split_records import said_of_split
from triage.foreign.title_rows import refuse_title_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from triage.exchange.programs import Program
    from triage.exchange.records import RecordRows
    from triage.exchange.tables import TableRows
    from triage.exchange.text_tables import TextTable
    from triage.exchange.workbooks import Sheet
    from triage.foreign.form import Asked, ForeignFile, Form, Opened
    from triage.foreign.mapping import Mapping
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["TABLE_FORMS", "is_known", "is_table", "table_in"]

_FEW = 50
_TABLES = (".csv", ".tsv", *TEXTS)


def is_table(file: ForeignFile) -> bool:
    """Whether a file is a table as text, by its name."""
    return file.name.lower().endswith(_TABLES)


def table_in(file: ForeignFile, questionnaire: Questionnaire) -> TextTable | None:
    """Return how a table is written; looked at only once."""
    return file.found("table", lambda: look_at_table(file, is_known(questionnaire)))


def _sheet_in(file: ForeignFile, wanted: str | None) -> Sheet:
    return file.found(f"sheet {wanted}", lambda: sheet_of(file, wanted))


def is_known(questionnaire: Questionnaire, mapping: Mapping | None = None) -> Callable[[str], bool]:
    """Return what tells whether a heading is a question, stands beside the answers, or is mapped."""
    headings = headings_of(questionnaire)
    mapped = {} if mapping is None else mapping.columns
    return lambda name: name in ABOUT or name in mapped or headings.named(name, groups=True) is not None


@dataclass(frozen=True)
class _TableForm:
    program: Program

    @property
    def name(self) -> str:
        return self.program.name

    @property
    def title(self) -> str:
        return self.program.title

    def recognises(self, file: ForeignFile, questionnaire: Questionnaire) -> bool:
        if are_entries(file.first_values):
            return self.program is PROGRAMS[0]
        headings = self._headings(file, questionnaire)
        if headings is None:
            return False
        return self.program is TABLE or self.program.wrote(headings)

    def _headings(self, file: ForeignFile, questionnaire: Questionnaire) -> tuple[str, ...] | None:
        if is_table(file):
            table = table_in(file, questionnaire)
            return table.names if table else None
        if file.name.lower().endswith(WORKBOOKS):
            return _sheet_in(file, None).names
        return self._keys(file, questionnaire)

    def _keys(self, file: ForeignFile, questionnaire: Questionnaire) -> tuple[str, ...] | None:
        """Return the keys of records in JSON; None where they are none of another program."""
        records = [one for one in records_in(file.first_values)[:_FEW] if isinstance(one, dict)]
        # A slip in one record of many is a fault of that record, which our own reader names.
        many = sum(only_understood_here(one, questionnaire) for one in records)
        known = is_wrapped(file.first_values) or 2 * many > len(records)
        if not records or (self.program is TABLE and not known):
            return None
        return tuple(dict.fromkeys(key for one in records for key in flat(one)))

    def open(self, file: ForeignFile, asked: Asked, questionnaire: Questionnaire) -> Opened:
        opened = self._opened(file, asked, questionnaire)
        if not self.program.own.has_several_rows(opened.columns.names):
            return opened
        split = said_of_split(file.source, opened.rows(), questionnaire)
        return replace(opened, remarks=(*opened.remarks, *split))

    def _opened(
        self, file: ForeignFile, asked: Asked, questionnaire: Questionnaire
    ) -> TableRows | SheetRows | RecordRows:
        if file.name.lower().endswith(WORKBOOKS):
            return self._open_sheet(file, asked, questionnaire)
        if not is_table(file):
            return records_of(file, asked, questionnaire, self.program.own)
        from triage.exchange.tables import TableRows

        table = table_in(file, questionnaire)
        if table is None:
            raise DataFault([Problem(Place(file.source), "This file is empty.")])
        own, line = self.program.own, table.header_line
        known = is_known(questionnaire, asked.mapping)
        refuse_title_rows(file.source, table.names, table.first_rows, line, known)
        columns = columns_of(file.source, table.names, asked, questionnaire, own, table.first_rows, line)
        return TableRows(file, table, columns, (*table.guesses(file.source), *columns.remarks))

    def _open_sheet(self, file: ForeignFile, asked: Asked, questionnaire: Questionnaire) -> SheetRows:
        sheet = _sheet_in(file, asked.sheet)
        own, row = self.program.own, sheet.header_row
        known = is_known(questionnaire, asked.mapping)
        others = _said_of_others(file, sheet, asked, questionnaire)
        try:
            refuse_title_rows(file.source, sheet.names, sheet.rows, row, known)
            columns = columns_of(file.source, sheet.names, asked, questionnaire, own, sheet.rows[:50], row)
        except DataFault as fault:
            first, *more = fault.problems
            hint = " ".join([first.hint or "", *(f"{one.message} {one.hint}" for one in others)]).strip() or None
            raise DataFault([replace(first, hint=hint), *more]) from None
        remarks = (*others, *_said_of_closed(file, sheet), *columns.remarks)
        return SheetRows(sheet, columns, remarks)


def _said_of_others(file: ForeignFile, sheet: Sheet, asked: Asked, questionnaire: Questionnaire) -> list[Problem]:
    """Return what to say of sheets that are not read.

    Raises:
        DataFault: one of them holds answers to the same questions, too, as where each month has its own.

    """
    if not sheet.others or asked.sheet is not None:
        return []
    mine = _asked_in(sheet.names, asked, questionnaire)
    answering = [
        one.name
        for one in sheet.others
        if mine and one.has_more and not one.is_hidden and _asked_in(one.first_row, asked, questionnaire) >= mine
    ]
    if answering:
        message = f"Several sheets hold answers: {listed([sheet.name, *answering])}."
        raise DataFault([Problem(Place(file.source), message, "--sheet names one; or save each as a file of its own.")])
    are = "are" if len(sheet.others) > 1 else "is"
    names = ", ".join(shown(one.name) for one in sheet.others)
    message = f"Only the sheet {shown(sheet.name)} was read; there {are} also {names}."
    return [Problem(Place(file.source), message, "--sheet names another.", severity="warning")]


def _asked_in(names: Sequence[str], asked: Asked, questionnaire: Questionnaire) -> set[str]:
    """Return the questions that headings name, by themselves or by the mapping."""
    mapped = asked.mapping.columns if asked.mapping else {}
    headings = headings_of(questionnaire)
    found = [mapped[name].question if name in mapped else headings.named(name, groups=True) for name in names]
    return {one if isinstance(one, str) else one.question for one in found if one is not None}


def _said_of_closed(file: ForeignFile, sheet: Sheet) -> list[Problem]:
    if not sheet.is_closed:
        return []
    message = "In such a workbook a cell with an error (#N/A), or a formula without a value, counts as blank."
    return [Problem(Place(file.source), message, "Save it as .xlsx: then they are told apart.", severity="warning")]


TABLE_FORMS: tuple[Form, ...] = tuple(_TableForm(program) for program in (*PROGRAMS, TABLE))
