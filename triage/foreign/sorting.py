"""What the columns of a table are for: which of them answer, which name the case, and which are set aside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from triage.answers.age_headings import is_age, is_birth
from triage.answers.reading import ABOUT
from triage.conditions.answer_state import STATES
from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem, did_you_mean
from triage.foreign.ages import AgeGroups
from triage.foreign.cells import AnsweredBy, BirthColumn, PartColumn, WholeColumn
from triage.foreign.choices import normal, words_of
from triage.foreign.columns import Columns
from triage.foreign.foreign_columns import SOME_QUESTION, listed, refused, set_aside, without_columns
from triage.foreign.headings import GROUP, headings_of
from triage.foreign.later_versions import said_of_later
from triage.protocol.questionnaire import age_question

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from triage.foreign.form import Asked
    from triage.foreign.mapping import Mapping
    from triage.foreign.own_columns import OwnColumns
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["columns_of"]

_KEY = re.compile(r'"([^"\\\n]{1,100})":')
"""A key of an object that stands in a cell, as repeated groups do."""
_ROW_NUMBERS = ("", "unnamed: 0", "index")


def columns_of(
    source: str,
    names: Sequence[str],
    asked: Asked,
    questionnaire: Questionnaire,
    own: OwnColumns,
    first_rows: Sequence[Sequence[str]] = (),
    line: int | None = 1,
    in_objects: Collection[str] = (),
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
        in_objects: headings that are keys of objects inside a record, which may hold only what was chosen.

    Raises:
        DataFault: columns are neither questions nor may they be set aside, or stand there twice.

    """
    return _Sorting(
        source, [name.strip() for name in names], asked, questionnaire, own, first_rows, line, in_objects
    ).columns()


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
        in_objects: Collection[str],
    ) -> None:
        self.place = Place(source, line)
        self.in_objects = in_objects
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
        self.about: dict[str, tuple[int, ...]] = {}
        self.found: dict[str, list[tuple[int, WholeColumn | PartColumn | BirthColumn]]] = {}
        self.met: dict[tuple[str, str | None, str], int] = {}
        self.problems: list[Problem] = []
        self.foreign: list[str] = []
        self.mapped = set(self.mapping.columns) if self.mapping else set()
        self.own_columns: list[str] = []
        self.left_out: list[str] = []
        """By the mapping."""
        self.carried: list[str] = []
        self.missing = self.mapping.missing if self.mapping else frozenset[str]()
        """What stands for no answer in every column."""
        self.nameless: list[int] = []
        self.when: int | None = None
        """The column that says when somebody answered."""
        self.lacking: dict[str, list[str]] = {}
        """The choices without a column, by question."""

    def columns(self) -> Columns:
        named, self.when = self.id_column(), self.date_column()
        repeats = tuple(at for at, name in enumerate(self.names) if normal(name) in self.own.repeats)
        naming = () if named is None else (named, *repeats)
        dated = {} if self.when is None else {"answered_at": (self.when,)}
        kept = {name: self.names.index(name) for name in self.asked.keep if name in self.names}
        for at, name in enumerate(self.names):
            self.sort(at, name, is_id=at in naming, is_date=at == self.when)
        if self.foreign and not self.asked.set_aside:
            self.problems += refused(self.place, {name: self.begun(name) for name in self.foreign})
        self.problems += self.in_several_groups() if self.own.groups else []
        if self.problems:
            raise DataFault(self.problems)
        if not self.found:
            raise DataFault([Problem(self.place, "No column of this table is a question that is known.", _NOTHING)])
        self.lacking = {question: lacking for question in self.found if (lacking := self.without_column(question))}
        return Columns(
            self.place.source,
            tuple(self.names),
            {**dated, **self.about, **({"id": naming} if naming else {})},
            tuple(
                AnsweredBy(question, tuple(columns), self.when, self.settling(question))
                for question, columns in self.found.items()
            ),
            kept,
            tuple(self.nameless),
            tuple(self.remarks()),
            self.note(naming),
        )

    def in_several_groups(self) -> list[Problem]:
        """Return what is wrong where questions stand in several groups that differ: other visits, or other persons."""
        told: dict[tuple[str, str | None, str], list[tuple[int, str]]] = {}
        for question, columns in self.found.items():
            for at, column in columns:
                if column.name not in self.mapped:
                    code = column.code if isinstance(column, PartColumn) else None
                    told.setdefault((question, code, normal(GROUP.split(column.name)[-1])), []).append(
                        (at, column.name)
                    )
        names = [name for several in told.values() if self.differ([at for at, _ in several]) for _, name in several]
        if not names:
            return []
        hint = "They may be of other visits or persons. Leave one, or say in a mapping which one counts."
        return [Problem(self.place, f"Columns of several groups answer the same: {listed(names)}.", hint)]

    def differ(self, columns: Sequence[int]) -> bool:
        """Whether columns of which each is filled somewhere say different things in the first rows."""
        cells = [[row[at].strip() if at < len(row) else "" for row in self.first_rows] for at in columns]
        filled = [column for column in cells if any(column)]
        return any(column != filled[0] for column in filled[1:])

    def without_column(self, name: str) -> list[str]:
        """Return the choices of a question that have no column, where each of the others has one of its own.

        A column may have been deleted, or the form have been older. What a mapping says of a column is somebody's word.
        """
        question = self.questionnaire.by_id.get(name)
        columns = [column for _, column in self.found[name]]
        codes = {column.code for column in columns if isinstance(column, PartColumn)}
        elsewhere = {*self.in_objects, *self.mapped}
        in_parts = all(isinstance(column, PartColumn) and column.name not in elsewhere for column in columns)
        if question is None or not in_parts:
            return []
        return [code for code in question.codes if code not in codes and code not in question.alone]

    def lacks_grave_signs(self, name: str) -> bool:
        """Whether a grave sign has no column. A table with codes of before is read by these: it may be of that time."""
        question = self.questionnaire.by_id[name]
        codes = {column.code for _, column in self.found[name] if isinstance(column, PartColumn)}
        return codes <= {*question.codes, *STATES} and not set(question.grave).isdisjoint(self.lacking[name])

    def settling(self, name: str) -> frozenset[str] | None:
        if name not in self.lacking or not self.lacks_grave_signs(name):
            return None
        question = self.questionnaire.by_id[name]
        return frozenset(question.grave) | question.alone | frozenset(STATES)

    def id_column(self) -> int | None:
        wanted = self.asked.id_column or (self.mapping.id_column if self.mapping else None)
        if wanted is not None:
            if wanted not in self.names:
                hint = did_you_mean(wanted, [name for name in self.names if name], listed=6)
                raise DataFault([Problem(self.place, f"There is no column {shown(wanted)} to name the cases.", hint)])
            if (answered := self.answered_by(wanted)) is not None:
                message = f"The column {shown(wanted)} cannot name the cases: it answers {shown(answered)}."
                raise DataFault(
                    [Problem(self.place, message, "Name another column, or give the ids one of their own.")]
                )
            return self.names.index(wanted)
        return self.own.id_among(["" if self.answered_by(name) else name for name in self.names])

    def answered_by(self, name: str) -> str | None:
        """Return the question that a column answers by its mapping or its name."""
        if self.mapping is not None and name in self.mapping.columns:
            return self.mapping.columns[name].question
        found = self.headings.named(name)
        return found.question if found else None

    def date_column(self) -> int | None:
        wanted = self.mapping.date_column if self.mapping else None
        if wanted is not None:
            if wanted not in self.names:
                hint = did_you_mean(wanted, [name for name in self.names if name], listed=6)
                raise DataFault([Problem(self.place, f"There is no column {shown(wanted)} to say when.", hint)])
            return self.names.index(wanted)
        return self.own.date_among(self.names)

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
            if self.names.index(name) != at:
                self.problems.append(Problem(self.place, f"The column {shown(name)} stands here more than once."))
            self.about[normal(name)] = (at,)
            return
        # What names a question, or a choice of one, by itself is that, whatever a program calls its own columns.
        is_own = self.own.is_aside(name)
        found = self.headings.named(name, groups=self.own.groups and not is_own)
        if found is not None:
            words = words_of(self.questionnaire, found.question)
            ages = self.groups if found.question == self.age else None
            if found.choice is None:
                self.add(at, found.question, WholeColumn(name, words, ages, missing=self.missing))
            else:
                self.add(at, found.question, PartColumn(name, found.choice, words, missing=self.missing))
        elif self.is_age(at, name) or (normal(name) in _ROW_NUMBERS and at == 0 and self.holds_numbers(at)):
            return
        elif not name:
            self.nameless.append(at)
        elif is_own:
            self.own_columns.append(name)
        elif name in self.asked.keep:
            self.carried.append(name)
        elif self.own.is_unnamed(name) and not any(row[at].strip() for row in self.first_rows if at < len(row)):
            self.nameless.append(at)
        elif not is_date:
            self.foreign.append(name)

    def sort_mapped(self, at: int, name: str) -> None:
        assert self.mapping is not None
        one = self.mapping.columns[name]
        words = words_of(self.questionnaire, one.question)
        missing = self.missing | one.missing
        if one.choice is not None:
            self.add(at, one.question, PartColumn(name, one.choice, words, one.checked, one.unchecked, missing))
        elif one.born and self.groups is not None and self.when is None:
            message = f"The column {shown(name)} holds dates of birth, but no column says when somebody answered."
            self.problems.append(Problem(self.place, message, "The mapping names it: `date: COLUMN`."))
        elif one.born and self.groups is not None:
            self.add(at, one.question, BirthColumn(name, self.groups, missing))
        else:
            ages = self.groups if one.question == self.age else None
            self.add(at, one.question, WholeColumn(name, words, ages, one.unit, one.values, missing))

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
        if is_age(name):
            words = words_of(self.questionnaire, self.age)
            self.add(at, self.age, WholeColumn(name, words, self.groups, missing=self.missing))
            return True
        if is_birth(name) and self.when is not None:
            self.add(at, self.age, BirthColumn(name, self.groups, self.missing))
            return True
        return False

    def holds_numbers(self, at: int) -> bool:
        cells = [row[at].strip() for row in self.first_rows if at < len(row)]
        return bool(cells) and all(cell.removesuffix(".0").isdecimal() for cell in cells)

    def begun(self, name: str) -> str | None:
        """Return the question that a column seems to be about, though it is not understood.

        Where it is only called like a choice or holds some, of whatever question, that is SOME_QUESTION.
        """
        if is_birth(name) and self.age is not None:
            return self.age
        if self.headings.is_choice(name):
            return SOME_QUESTION
        # There may be several of that name.
        cells = [
            row[at] for at, one in enumerate(self.names) if one == name for row in self.first_rows if at < len(row)
        ]
        inside = {key for cell in cells for key in _KEY.findall(cell)}
        asked = next(filter(None, map(self.headings.begun, (name, *sorted(inside)))), None)
        return asked or (SOME_QUESTION if any(map(self.headings.is_choice, cells)) else None)

    def note(self, naming: Sequence[int]) -> str:
        own = list(dict.fromkeys(self.own_columns))
        names = [self.names[at] for at in naming]
        id_said = "" if names in ([], ["id"]) else f", cases named by {listed(names)}"
        return f"{id_said}; its own columns are set aside ({listed(own, 3)})" if own else id_said

    def remarks(self) -> list[Problem]:
        said = []
        if lost := sorted(self.mapped - set(self.names)):
            message = f"The mapping has columns that this table has not: {listed(lost)}."
            said.append(Problem(self.place, message, "Are they called otherwise here?", severity="warning"))
        beside = (
            {key: row[at].strip() for key, (at,) in self.about.items() if at < len(row)} for row in self.first_rows
        )
        if later := said_of_later(Place(self.place.source), beside, self.asked, self.questionnaire):
            said.append(later)
        lost = [f"{name}: {code}" for name, codes in self.lacking.items() for code in codes]
        signs = [name for name in self.lacking if self.lacks_grave_signs(name)]
        grave = {f"{name}: {code}" for name in signs for code in self.questionnaire.by_id[name].grave}
        said += without_columns(
            self.place, [one for one in lost if one in grave], [one for one in lost if one not in grave]
        )
        return [
            *said,
            *set_aside(
                self.place,
                {name: self.begun(name) for name in self.foreign},
                {name: self.begun(name) for name in (*self.left_out, *self.carried)},
            ),
        ]


_NOTHING = (
    "`triage template --format csv` shows the columns of our own form; `triage map` drafts a mapping for this one."
)
