"""The columns of a table: which of them answer, which names the case, and which are set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from triage.answers.reading import ABOUT
from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem, did_you_mean
from triage.foreign.ages import AGE_COLUMNS, BIRTH_COLUMNS, AgeGroups
from triage.foreign.cells import AnsweredBy, BirthColumn, PartColumn, WholeColumn, Wrong
from triage.foreign.choices import normal, words_of
from triage.foreign.foreign_columns import listed, refused, set_aside
from triage.foreign.form import Row, RowFault
from triage.foreign.headings import headings_of
from triage.foreign.own_columns import OwnColumns, fits
from triage.protocol.questionnaire import age_question

if TYPE_CHECKING:
    from triage.foreign.form import Asked
    from triage.foreign.mapping import Mapping
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["Columns", "OwnColumns", "columns_of", "together"]

_ROW_NUMBERS = ("", "unnamed: 0", "index")


@dataclass(frozen=True)
class Columns:
    """What the columns of one table are for."""

    source: str
    names: tuple[str, ...]
    id: int | None
    about: dict[str, int]
    """What stands beside the answers, by key."""
    when: int | None
    answers: tuple[AnsweredBy, ...]
    kept: dict[str, int]
    nameless: tuple[int, ...]
    """Columns without a name, in which nothing may stand."""
    remarks: tuple[Problem, ...] = ()
    note: str = ""
    """Which column names the cases, and what the program's own columns are."""
    _remembered: dict[tuple[str, tuple[str, ...]], list[str] | Wrong] = field(default_factory=dict, compare=False)

    @property
    def used(self) -> list[int]:
        """The numbers of all columns that are looked at."""
        found = {*self.about.values(), *self.kept.values(), *self.nameless}
        found.update(at for one in self.answers for at in one.needed)
        found.update(at for at in (self.id, self.when) if at is not None)
        return sorted(found)

    def row(self, cells: Sequence[str], line: int | None, number: int | None) -> Row | RowFault:
        """Return what the cells of a row say, or what is wrong with them."""
        name = cells[self.id].strip() if self.id is not None else ""
        answers: dict[str, Any] = {}
        faults: list[RowFault] = []
        for one in self.answers:
            value = self.value(one, tuple(cells[at] for at in one.needed))
            if isinstance(value, Wrong):
                faults.append(self.fault(one, value, line, number, name))
            elif value:
                answers[one.question] = value if len(value) > 1 else value[0]
        faults += [
            RowFault(self.of_nameless(at), line=line, row=number, id=name or None, found=cells[at].strip())
            for at in self.nameless
            if cells[at].strip()
        ]
        if faults:
            return together(faults)
        raw: dict[str, Any] = {"id": name} if name else {}
        raw.update((key, cells[at].strip()) for key, at in self.about.items() if cells[at].strip())
        if self.when is not None and "answered_at" not in raw and cells[self.when].strip():
            raw["answered_at"] = cells[self.when].strip()
        raw.update((key, cells[at]) for key, at in self.kept.items() if cells[at])
        return Row({**raw, "answers": answers}, line, number)

    def value(self, one: AnsweredBy, cells: tuple[str, ...]) -> list[str] | Wrong:
        """Return what some cells say to a question; the same cells are read only once."""
        key = (one.question, cells)
        known = self._remembered.get(key)
        if known is None:
            if len(self._remembered) > 100_000:
                self._remembered.clear()
            known = self._remembered[key] = one.value(cells)
        return known

    @staticmethod
    def fault(one: AnsweredBy, wrong: Wrong, line: int | None, number: int | None, name: str) -> RowFault:
        """Return a fault of a row."""
        return RowFault(wrong.message, wrong.hint, line, number, name or None, one.question, wrong.found)

    def of_nameless(self, at: int) -> str:
        """Return what is wrong with a cell in a column without a name."""
        return f"has something in column {at + 1}, which has no name."


def together(faults: Sequence[RowFault]) -> RowFault:
    """Return the faults of a row as one: the first, and how many more there are."""
    first, more = faults[0], len(faults) - 1
    if not more:
        return first
    message = (
        f"{first.message} {more} more cell{'s' if more > 1 else ''} of this row {'are' if more > 1 else 'is'} wrong."
    )
    return replace(first, message=message)


def columns_of(
    source: str,
    names: Sequence[str],
    asked: Asked,
    questionnaire: Questionnaire,
    own: OwnColumns,
    first_rows: Sequence[Sequence[str]] = (),
    line: int | None = 1,
) -> Columns:
    """Return what the columns of a table are for.

    Args:
        source: the file.
        names: the headings.
        asked: what somebody asks for.
        questionnaire: the questions.
        own: what the program that wrote the table adds.
        first_rows: some rows, which tell row numbers from a column that lost its name.
        line: where the headings stand.

    Raises:
        DataFault: columns are neither questions nor may they be set aside, or stand there twice.

    """
    return _Sorting(source, [name.strip() for name in names], asked, questionnaire, own, first_rows, line).columns()


class _Sorting:
    def __init__(
        self,
        source: str,
        names: list[str],
        asked: Asked,
        questionnaire: Questionnaire,
        own: OwnColumns,
        first_rows: Sequence[Sequence[str]],
        line: int | None,
    ) -> None:
        self.place = Place(source, line)
        self.names = names
        self.asked = asked
        self.mapping: Mapping | None = asked.mapping
        self.questionnaire = questionnaire
        self.own = own
        self.first_rows = first_rows
        self.headings = headings_of(questionnaire)
        age = age_question(questionnaire)
        self.age = age.id if age else None
        self.groups = AgeGroups.of(age) if age else None
        self.about: dict[str, int] = {}
        self.found: dict[str, list[tuple[int, WholeColumn | PartColumn | BirthColumn]]] = {}
        self.met: dict[tuple[str, str | None, str], int] = {}
        self.problems: list[Problem] = []
        self.foreign: list[str] = []
        self.mapped = set(self.mapping.columns) if self.mapping else set()
        self.own_columns: list[str] = []
        self.left_out: list[str] = []
        """By the mapping."""
        self.nameless: list[int] = []

    def columns(self) -> Columns:
        named, when = self.id_column(), self.date_column()
        kept = {name: self.names.index(name) for name in self.asked.keep if name in self.names}
        for at, name in enumerate(self.names):
            self.sort(at, name, is_id=at == named, is_date=at == when)
        if self.foreign and not self.asked.set_aside:
            self.problems += refused(self.place, {name: self.begun(name) for name in self.foreign})
        if self.problems:
            raise DataFault(self.problems)
        if not self.found:
            raise DataFault([Problem(self.place, "No column of this table is a question that is known.", _NOTHING)])
        return Columns(
            self.place.source,
            tuple(self.names),
            named,
            self.about,
            when,
            tuple(AnsweredBy(question, tuple(columns), when) for question, columns in self.found.items()),
            kept,
            tuple(self.nameless),
            tuple(self.remarks()),
            self.note(named),
        )

    def id_column(self) -> int | None:
        wanted = self.asked.id_column or (self.mapping.id_column if self.mapping else None)
        if wanted is not None:
            if wanted not in self.names:
                hint = did_you_mean(wanted, [name for name in self.names if name], listed=6)
                raise DataFault([Problem(self.place, f"There is no column {shown(wanted)} to name the cases.", hint)])
            return self.names.index(wanted)
        words = [normal(name) for name in self.names]
        return next((words.index(name) for name in ("id", *self.own.ids) if name in words), None)

    def date_column(self) -> int | None:
        if self.mapping and self.mapping.date_column in self.names:
            return self.names.index(self.mapping.date_column)
        words = [normal(name) for name in self.names]
        for date in ("answered_at", *self.own.dates):
            if (at := next((at for at, name in enumerate(words) if fits(name, date)), None)) is not None:
                return at
        return None

    def sort(self, at: int, name: str, *, is_id: bool, is_date: bool) -> None:
        if self.mapping is not None and name in self.mapping.columns:
            self.sort_mapped(at, name)
            return
        if is_id:
            return
        if self.mapping is not None and name in self.mapping.aside:
            self.left_out.append(name)
            return
        if normal(name) in ABOUT:
            self.about[normal(name)] = at
            return
        is_own = self.own.is_aside(name)
        found = None if is_own else self.headings.named(name, groups=self.own.groups)
        if found is not None:
            words = words_of(self.questionnaire, found.question)
            missing = self.mapping.missing if self.mapping else frozenset()
            ages = self.groups if found.question == self.age else None
            if found.choice is None:
                self.add(at, found.question, WholeColumn(name, words, ages, missing=missing))
            else:
                self.add(at, found.question, PartColumn(name, found.choice, words, missing=missing))
        elif self.is_age(at, name) or (normal(name) in _ROW_NUMBERS and at == 0 and self.holds_numbers(at)):
            return
        elif not name:
            self.nameless.append(at)
        elif is_own:
            self.own_columns.append(name)
        elif not (is_date or name in self.asked.keep):
            self.foreign.append(name)

    def sort_mapped(self, at: int, name: str) -> None:
        assert self.mapping is not None
        one = self.mapping.columns[name]
        words = words_of(self.questionnaire, one.question)
        missing = self.mapping.missing | one.missing
        if one.choice is not None:
            self.add(at, one.question, PartColumn(name, one.choice, words, one.checked, one.unchecked, missing))
        elif one.born and self.groups is not None and self.date_column() is None:
            message = f"The column {shown(name)} holds dates of birth, but no column says when somebody answered."
            self.problems.append(Problem(self.place, message, "The mapping names it: `date: COLUMN`."))
        elif one.born and self.groups is not None:
            self.add(at, one.question, BirthColumn(name, self.groups))
        else:
            ages = self.groups if one.question == self.age else None
            unit = one.unit or "years"
            self.add(at, one.question, WholeColumn(name, words, ages, unit, one.values, missing))

    def add(self, at: int, question: str, column: WholeColumn | PartColumn | BirthColumn) -> None:
        key = (question, column.code if isinstance(column, PartColumn) else None, normal(column.name))
        if key in self.met:
            message = (
                f"The column {shown(column.name)} stands here more than once (columns {self.met[key]} and {at + 1})."
            )
            self.problems.append(Problem(self.place, message))
            return
        self.met[key] = at + 1
        self.found.setdefault(question, []).append((at, column))

    def is_age(self, at: int, name: str) -> bool:
        """Take a column with ages or dates of birth, if there is a question for it."""
        if self.groups is None or self.age is None:
            return False
        words = normal(name).replace(" ", "_")
        if words in AGE_COLUMNS:
            self.add(
                at, self.age, WholeColumn(name, words_of(self.questionnaire, self.age), self.groups, AGE_COLUMNS[words])
            )
            return True
        if words in BIRTH_COLUMNS and self.date_column() is not None:
            self.add(at, self.age, BirthColumn(name, self.groups))
            return True
        return False

    def holds_numbers(self, at: int) -> bool:
        cells = [row[at].strip() for row in self.first_rows if at < len(row)]
        return bool(cells) and all(cell.removesuffix(".0").isdecimal() for cell in cells)

    def begun(self, name: str) -> str | None:
        """Return the question that a column seems to be about, though it is not understood."""
        if normal(name).replace(" ", "_") in BIRTH_COLUMNS and self.age is not None:
            return self.age
        return self.headings.begun(name)

    def note(self, named: int | None) -> str:
        own = list(dict.fromkeys(self.own_columns))
        id_said = "" if named is None or self.names[named] == "id" else f", cases named by {shown(self.names[named])}"
        return f"{id_said}; its own columns are set aside ({listed(own, 3)})" if own else id_said

    def remarks(self) -> list[Problem]:
        said = []
        if lost := sorted(self.mapped - set(self.names)):
            message = f"The mapping has columns that this table has not: {listed(lost)}."
            said.append(Problem(self.place, message, "Are they called otherwise here?", severity="warning"))
        return [
            *said,
            *set_aside(
                self.place,
                {name: self.begun(name) for name in self.foreign},
                {name: self.begun(name) for name in self.left_out},
            ),
        ]


_NOTHING = "`triage template --form csv` shows the columns of our own form; `triage map` drafts a mapping for this one."
