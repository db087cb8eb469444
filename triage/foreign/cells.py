"""What cells say: of a column that answers a question, of one about a single choice, and of several together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from triage.answers.age_headings import age_unit, counts_ages
from triage.answers.files import cell_value
from triage.answers.nearest_words import LEFT_OPEN, may_mean_missing
from triage.conditions.answer_state import STATES, Missing
from triage.documents.output_text import shown
from triage.foreign.choices import normal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from triage.foreign.ages import AgeGroups
    from triage.foreign.choices import ChoiceWords

__all__ = ["AnsweredBy", "BirthColumn", "PartColumn", "WholeColumn", "Wrong"]

_CHECKED = frozenset(("1", "1.0", "checked", "y", "yes", "true", "x", "selected", "on", "t"))
_MOST_LISTED = 12
_NO_UNIT = "A mapping says so (`triage map`): unit: months, or years, weeks, days."
_AGE_OR_CODE = "A mapping says so (`triage map`): `unit: years`, or under `values` what each code means."
_IN_FULL = "Write months, weeks or days in full, and years as a number alone."
_EITHER = "Say in the file which it is, or in the mapping what the code means in this column."
_KNOWN = "Known are 1 and 0, Checked and Unchecked, yes and no, or the choice itself."
_UNCHECKED = frozenset(("0", "0.0", "unchecked", "n", "no", "false", "not selected", "off", "f"))


class Wrong(NamedTuple):
    """Why some cells are no answer."""

    message: str
    found: str
    hint: str | None = None


@dataclass(frozen=True)
class WholeColumn:
    """A column that answers a question as a whole."""

    name: str
    words: ChoiceWords
    ages: AgeGroups | None = None
    """For a question about the age: its groups, so that numbers can be read."""
    unit: str | None = None
    """What a bare number counts, if a mapping says so; else the heading says it or leaves it open."""
    values: Mapping[str, tuple[str, ...]] | None = None
    """The only values there are, and the codes they stand for."""
    missing: frozenset[str] = frozenset()
    """Values that stand for no answer."""

    def read(self, cell: str) -> list[str] | Wrong:
        """Return the codes in a cell; what is not understood stays as it is written, unless a mapping says all."""
        text = cell.strip()
        if self.values is not None and text in self.values:
            return list(self.values[text])  # what is said of this column goes before what is said of all
        if not text or text in self.missing:
            return []
        if self.values is not None:
            return self._mapped(text)
        codes = self.words.read(text)
        if codes is not None:
            return codes
        if self.ages is not None and (aged := self._aged(text, self.ages)) is not None:
            return aged
        parts = cell_value(text)
        return self._found([parts] if isinstance(parts, str) else parts)

    def _aged(self, text: str, ages: AgeGroups) -> list[str] | Wrong | None:
        """Return the group of an age; None if it is none. What may be the code of a group is never taken for years."""
        where = f"holds {shown(text)} in the column {shown(self.name)}"
        if self.is_open(text):
            message = f"{where}, which may be an age in years, or the code of an age group."
            return Wrong(message, text, _AGE_OR_CODE)
        unit = self.unit or age_unit(self.name)
        if unit in (None, "years") and ages.may_say_sex(text):
            return Wrong(f"{where}, of which the letter may count something or mean a man or a woman.", text, _IN_FULL)
        if unit is None and text.replace(".", "", 1).isdecimal():
            return Wrong(f"{where}, which does not say what it counts.", text, _NO_UNIT)
        group = ages.of_text(text, unit)
        return None if group is None else [group]

    def understands(self, text: str) -> bool:
        """Whether a text is read as choices of the question, by its words or as an age."""
        read = self.read(text)
        return not isinstance(read, Wrong) and all(code in self.words.codes or code in STATES for code in read)

    def is_open(self, text: str) -> bool:
        """Whether a text may be an age or the code of an age group, as nothing says which stand in this column."""
        return (
            self.ages is not None and self.unit is None and not counts_ages(self.name) and self.ages.may_be_code(text)
        )

    def _found(self, parts: Sequence[str]) -> list[str] | Wrong:
        """Return the codes of some words; what is none is a fault here if the column is not called like its question.

        What reads the answers cannot know how the column is called, or that labels stand in it.
        """
        codes = [self.words.code(part) or part for part in parts]
        strange = next((code for code in codes if code not in self.words.codes and code not in STATES), None)
        asked = self.words.question
        if strange is None or asked is None or (self.name == asked.id and " " not in strange):
            return codes
        message = f"answers {shown(asked.id)} with {shown(strange)}, which is no choice of it"
        where = "" if self.name == asked.id else f" (column {shown(self.name)})"
        return Wrong(f"{message}{where}.", strange, self.words.hint(strange))

    def is_missing(self, cell: str) -> bool:
        """Whether a cell holds a code that stands for no answer."""
        text = cell.strip()
        return text in self.missing and text not in (self.values or ())

    def _mapped(self, text: str) -> list[str] | Wrong:
        assert self.values is not None
        parts = [part.strip() for part in text.replace(",", ";").replace("|", ";").split(";")]
        if len(parts) == 1:
            parts = text.split()
        parts = [part for part in parts if part]
        if any(part in self.missing and part not in self.values for part in parts):
            message = f"holds {shown(text)} in the column {shown(self.name)}: a code that means missing beside others."
            return Wrong(message, text, _EITHER)
        if all(part in self.values for part in parts):
            return list(dict.fromkeys(code for part in parts for code in self.values[part]))
        known = ", ".join(list(self.values)[:_MOST_LISTED])
        message = f"holds {shown(text)} in the column {shown(self.name)}, of which the mapping says nothing."
        return Wrong(message, text, f"Add it to 'values' or 'missing' there. It knows: {known}.")


@dataclass(frozen=True)
class BirthColumn:
    """A column with dates of birth; with the date of answering they tell the age group."""

    name: str
    ages: AgeGroups
    missing: frozenset[str] = frozenset()

    def read(self, born: str, then: str) -> list[str]:
        """Return the age group on a day; what is no date stays as it is written."""
        if not born.strip() or self.is_missing(born):
            return []
        return [self.ages.of_dates(born, then) or born.strip()]

    def is_missing(self, cell: str) -> bool:
        """Whether a cell holds a code that stands for no answer."""
        return cell.strip() in self.missing


@dataclass(frozen=True)
class PartColumn:
    """A column about one choice of a question."""

    name: str
    code: str
    words: ChoiceWords
    checked: frozenset[str] = frozenset()
    unchecked: frozenset[str] = frozenset()
    """What else than usual says that the choice was made or not."""
    missing: frozenset[str] = frozenset()

    def read(self, cell: str) -> bool | Wrong | None:
        """Return whether the choice was made; None where the cell is empty."""
        text = cell.strip()
        if text in self.checked or text in self.unchecked:
            return text in self.checked
        if not text or text in self.missing:
            return None
        if not (self.checked or self.unchecked):
            words = normal(text)
            own = self.words.code(text) == self.code and words not in ("0", "1")
            said = (own or words in _CHECKED, words in _UNCHECKED)
            if said in ((True, False), (False, True)):
                return said[0]
        message = f"holds {shown(text)} in the column {shown(self.name)}, which says whether that was chosen."
        hint = LEFT_OPEN if may_mean_missing(text) else _KNOWN
        return Wrong(message, text, hint)

    def is_missing(self, cell: str) -> bool:
        """Whether a cell holds a code that stands for no answer."""
        text = cell.strip()
        return text in self.missing and text not in self.checked and text not in self.unchecked


@dataclass(frozen=True)
class AnsweredBy:
    """The columns that answer one question together."""

    question: str
    columns: tuple[tuple[int, WholeColumn | PartColumn | BirthColumn], ...]
    """Each with its number in the table."""
    when: int | None = None
    """The column that says when it was answered."""
    settling: frozenset[str] | None = None
    """Where a grave warning sign has no column: the codes of which one must be chosen, or nobody knows."""

    @property
    def needed(self) -> tuple[int, ...]:
        """The numbers of the columns whose cells are needed, in the order :meth:`value` takes them."""
        own = tuple(at for at, _ in self.columns)
        dated = any(isinstance(column, BirthColumn) for _, column in self.columns)
        return (*own, self.when) if dated and self.when is not None else own

    def value(self, cells: Sequence[str]) -> list[str] | Wrong:
        """Return what some cells say together: codes, or what only looks like some; nothing where nothing is said.

        Columns about single choices of which none was made say nothing, never "none". Where a grave sign has no column,
        only another one, or "none of these", says enough.
        """
        wholes: list[list[str]] = []
        chosen: list[str] = []
        left_out: list[str] = []
        for (_, column), cell in zip(self.columns, cells, strict=False):
            match column:
                case PartColumn():
                    made = column.read(cell)
                    if isinstance(made, Wrong):
                        return made
                    if made is not None:
                        (chosen if made else left_out).append(column.code)
                case BirthColumn():
                    wholes.append(column.read(cell, cells[-1]))
                case WholeColumn():
                    read = column.read(cell)
                    if isinstance(read, Wrong):
                        return read
                    wholes.append(read)
        said = [codes for codes in (*wholes, chosen) if codes]
        if not said:
            return []
        if self._is_partly_missing(cells):
            return self._wrong("of which one holds a code that means missing", cells, _EITHER)
        if any(set(codes) != set(said[0]) for codes in said) or not set(said[0]).isdisjoint(left_out):
            return self._wrong("that say different things", cells)
        if self.settling is not None and self.settling.isdisjoint(said[0]):
            return [Missing.UNKNOWN.value]
        return list(dict.fromkeys(said[0]))

    def _wrong(self, why: str, cells: Sequence[str], hint: str | None = None) -> Wrong:
        several = ", ".join(shown(column.name) for _, column in self.columns[:3])
        written = "; ".join(dict.fromkeys(cell.strip() for cell in cells if cell.strip()))
        return Wrong(f"answers {shown(self.question)} in columns {why} ({several}).", written, hint)

    def _is_partly_missing(self, cells: Sequence[str]) -> bool:
        """Whether one of several columns about single choices says that nobody knows: that is never a no."""
        columns = [column for _, column in self.columns]
        return any(isinstance(column, PartColumn) for column in columns) and any(
            cell.strip() and column.is_missing(cell) for column, cell in zip(columns, cells, strict=False)
        )
