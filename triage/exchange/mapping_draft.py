"""The draft of a mapping: what can be told from headings, values and a dictionary, and what only the owner knows."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.answers.age_headings import age_unit, is_age, is_birth
from triage.answers.nearest_words import ABOUT, may_mean_missing
from triage.documents.problems import DataFault, Place, Problem, nearest
from triage.exchange.programs import PROGRAMS, TABLE
from triage.exchange.records import table_of
from triage.exchange.table_forms import is_known, is_table, table_in
from triage.exchange.text_tables import texts_of
from triage.exchange.workbooks import sheet_of
from triage.foreign.ages import AgeGroups
from triage.foreign.cells import WholeColumn
from triage.foreign.choices import normal, words_of
from triage.foreign.form import WORKBOOKS
from triage.foreign.headings import GROUP, Named, headings_of
from triage.foreign.mapping import TO_DO
from triage.foreign.title_rows import refuse_title_rows
from triage.protocol.questionnaire import age_question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from triage.exchange.dictionaries import Field
    from triage.foreign.form import ForeignFile
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["Draft", "draft_of"]

_TABLES = (".csv", ".tsv")
_RECORDS = (".json", ".ndjson", ".jsonl")
_MOST_VALUES = 40
_NAMED = 6
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[T ].*)?")
_PART = re.compile(r"(.+?)(?:___|/|\[)([^\]]+)\]?")


@dataclass(frozen=True)
class Draft:
    """A mapping to read and mend."""

    text: str
    to_do: int
    """How many things only the owner can say."""
    mapped: int
    """How many columns are understood."""


def draft_of(
    file: ForeignFile, questionnaire: Questionnaire, dictionary: Mapping[str, Field], sheet: str | None = None
) -> Draft:
    """Return a draft of a mapping for a file.

    Raises:
        DataFault: the file cannot be read.

    """
    names, rows = _table(file, questionnaire, sheet)
    return _Drafting(names, rows, questionnaire, dictionary, file.path.name).draft()


def _table(
    file: ForeignFile, questionnaire: Questionnaire, sheet: str | None
) -> tuple[Sequence[str], list[Sequence[str]]]:
    if file.name.lower().endswith(WORKBOOKS):
        found = sheet_of(file, sheet)
        refuse_title_rows(file.source, found.names, found.rows, found.header_row, is_known(questionnaire))
        return found.names, list(found.rows)
    if file.name.lower().endswith(_RECORDS):
        return table_of(file)
    if not is_table(file):
        message = f"A mapping is drafted for a table: {', '.join((*_TABLES, *_RECORDS, *WORKBOOKS))}."
        raise DataFault([Problem(Place(file.source), message, "Save your answers as one of these.")])
    table = table_in(file, questionnaire)
    if table is None:
        return (), []
    refuse_title_rows(file.source, table.names, table.first_rows, table.header_line, is_known(questionnaire))
    text = b"".join(texts_of(file, table)).decode("utf-8", "replace")
    return table.names, list(csv.reader(io.StringIO(text, newline=""), delimiter=table.delimiter))


class _Drafting:
    def __init__(
        self,
        names: Sequence[str],
        rows: list[Sequence[str]],
        questionnaire: Questionnaire,
        dictionary: Mapping[str, Field],
        name: str,
    ) -> None:
        self.names = names
        self.rows = rows
        self.questionnaire = questionnaire
        # Where two fields have one label, the one with codes of its own is what a code must be looked up in.
        fields = sorted(dictionary.values(), key=lambda field: bool(field.choices))
        self.fields = {normal(name): field for field in fields for name in (field.label, field.name)}
        self.fields.update((normal(name), field) for name, field in dictionary.items())
        self.name = name
        self.headings = headings_of(questionnaire)
        self.own = next((one for one in PROGRAMS if one.wrote(names)), TABLE).own
        age = age_question(questionnaire)
        self.age = age.id if age else None
        self.groups = AgeGroups.of(age) if age else None
        self.to_do = 0
        self.missing: Counter[str] = Counter()

    def draft(self) -> Draft:
        mapped, aside, understood = [], [], []
        not_ours = ["" if self.headings.named(name) else name for name in self.names]
        named, date = self.own.id_among(not_ours), self.own.date_among(not_ours)
        for at, name in enumerate(self.names):
            if not name or at == named or normal(name) in ABOUT or (self.own.is_aside(name) and not_ours[at]):
                continue
            values = Counter(row[at].strip() for row in self.rows if at < len(row) and row[at].strip())
            if self.own.is_unnamed(name) and not values:
                continue
            self.missing.update({value: many for value, many in values.items() if may_mean_missing(value)})
            lines = list(self.column(name, values))
            if lines == [name]:
                understood.append(name)
            elif lines:
                mapped += lines
            else:
                aside.append(name)
        each_once = self.column_like(aside, lambda cells: len(set(cells)) == len(cells) > 1)
        days = self.column_like(aside, lambda cells: bool(cells) and all(map(_DAY.fullmatch, cells)))
        aside = [
            name for name in aside if not (named is None and name == each_once) and not (date is None and name == days)
        ]
        head = [
            f"# A mapping for {_comment(self.name)}, drafted by `triage map`. Read it and mend it:",
            f"# {TO_DO} marks what only you know. Behind it stands a guess, if there is one; no guess is read.",
            "# Then: triage score FILE --map THIS_FILE. Each value is mapped, missing, or a fault.",
            self.column_line("id", "names each case", named, each_once),
            self.column_line("date", "says when somebody answered (for dates of birth)", date, days),
            *self.missing_lines(),
        ]
        if aside:
            head += ["# These seem to be no questions. What stands here is left out:", "set_aside:"]
            head.append(f"  - {TO_DO}  # take this line out when none of these is an answer")
            head += [f"  - {_quoted(name)}" for name in dict.fromkeys(aside)]
            self.to_do += 1
        if understood:
            more = f" and {len(understood) - _NAMED} more" if len(understood) > _NAMED else ""
            listed = ", ".join(_comment(name) for name in understood[:_NAMED])
            head.append(f"# Understood as they are, so nothing need be said of them: {listed}{more}.")
        body = ["columns:", *mapped] if mapped else ["columns: {}"]
        return Draft(
            "\n".join([*head, *body]) + "\n",
            self.to_do,
            len(understood) + sum(line.startswith("  ") and not line.startswith("   ") for line in mapped),
        )

    def column_line(self, key: str, does: str, known: int | None, guess: str | None) -> str:
        """Return the line that names a column by what it does; what is only likely is to be confirmed."""
        if known is not None:
            return f"{key}: {_quoted(self.names[known])}"
        if guess is None:
            return f"# {key}: the column that {does}"
        self.to_do += 1
        return f"{key}: {TO_DO}  # {_quoted(guess)}? The column that {does}; if there is none, take this line out"

    def column_like(self, names: Sequence[str], fits: Callable[[list[str]], bool]) -> str | None:
        """Return the first of some columns whose cells are of a certain kind."""
        for name in names:
            at = self.names.index(name)
            cells = [row[at].strip() for row in self.rows if at < len(row) and any(row)]
            if all(cells) and fits(cells):
                return name
        return None

    def missing_lines(self) -> Iterator[str]:
        yield (
            "# What means that nobody knows, in any column. Take out what does not:"
            if self.missing
            else ("# What means that nobody knows, in any column, such as NA or -999:")
        )
        if not self.missing:
            yield "missing: []"
            return
        self.to_do += 1
        seen = ", ".join(f"{_quoted(value)} ({many})" for value, many in self.missing.most_common(8))
        yield f"missing: [{TO_DO}]  # seen: {seen}"

    def column(self, name: str, values: Counter[str]) -> Iterator[str]:
        """Yield the lines for a column; only its name where nothing need be said, nothing where it is no question."""
        found = self.headings.named(name, groups=self.own.groups)
        part = None
        if found is None and self.age is not None and is_birth(name):
            yield from (f"  {_quoted(name)}:", f"    question: {self.age}", "    date_of_birth: true")
            return
        if found is None and self.age is not None and is_age(name):
            found = Named(self.age)
        if found is not None:
            labels = field.choices if (field := self.field_of(name)) else {}
            if found.choice is not None or not self.needs_words(name, found.question, values, labels):
                yield name
                return
            yield from self.whole(name, found.question, values, labels)
            return
        field = self.fields.get(normal(name))
        if field is None and (cut := _PART.fullmatch(name)) is not None:
            field, part = self.fields.get(normal(cut[1])), cut[2]
        asked = self.headings.named(field.label) if field is not None else None
        sure = asked is not None and asked.choice is None
        question = asked.question if asked is not None else self.likely_question(name, field)
        if question is None:
            return
        if part is not None and field is not None:
            yield from self.part(name, question, field, part, sure=sure)
        else:
            yield from self.whole(name, question, values, field.choices if field else {}, sure=sure)

    def field_of(self, name: str) -> Field | None:
        """Return the field of a column that is called like it or its label, with names of groups before or without."""
        ends = (normal(name), *(normal(name[found.end() :]) for found in GROUP.finditer(name)))
        return next((self.fields[one] for one in ends if one in self.fields), None)

    def needs_words(self, name: str, question: str, values: Counter[str], labels: Mapping[str, str]) -> bool:
        """Whether a column holds, or by its dictionary may hold, what would not be read as what it means."""
        words = words_of(self.questionnaire, question)
        column = WholeColumn(name, words, self.groups if question == self.age else None)
        if any(words.read(value) is None and (labels or not column.understands(value)) for value in values):
            return True
        return any(
            column.understands(code) and words.code(code) != (words.code(label.lower()) or code)
            for code, label in labels.items()
        )

    def likely_question(self, name: str, field: Field | None) -> str | None:
        if field is not None:
            fits = Counter(
                question.id
                for question in self.questionnaire.questions
                for label in field.choices.values()
                if words_of(self.questionnaire, question.id).code(label) not in (None, "none", "unknown")
            )
            for question, many in fits.most_common(1):
                if 2 * many >= len(field.choices):
                    return question
            texts = {one.text: one.id for one in self.questionnaire.questions}
            near = nearest(field.label, texts)
            return texts[near] if near is not None else None
        return self.headings.begun(name)

    def begin(self, name: str, question: str, *, sure: bool) -> Iterator[str]:
        self.to_do += not sure
        yield f"  {_quoted(name)}:"
        yield f"    question: {question if sure else f'{TO_DO}  # {question}?'}"

    def whole(
        self, name: str, question: str, values: Counter[str], labels: Mapping[str, str], *, sure: bool = True
    ) -> Iterator[str]:
        yield from self.begin(name, question, sure=sure)
        words = words_of(self.questionnaire, question)
        said = [value for value in values if not may_mean_missing(value)]
        if question == self.age and not labels and all(value.replace(".", "", 1).isdecimal() for value in said):
            column = WholeColumn(name, words, self.groups)
            unit = age_unit(name) if sure and not any(map(column.is_open, said)) else None
            self.to_do += unit is None
            yield f"    unit: {unit or TO_DO}  # years, months, weeks, days; or 'values', if these are codes"
            return
        listed = dict.fromkeys((*labels, *(value for value, _ in values.most_common(_MOST_VALUES))))
        if not listed:
            return
        yield "    values:"
        for value in listed:
            if may_mean_missing(value) and value not in labels:
                continue
            label = labels.get(value, "")
            code = words.code(label.lower() or value)  # who wrote a form calls a choice "None" and means it
            self.to_do += code is None
            comment = ", ".join(part for part in (label, f"{values[value]} times" if values[value] else "") if part)
            yield f"      {_quoted(value)}: {code or TO_DO}{f'  # {_comment(comment)}' if comment else ''}"

    def part(self, name: str, question: str, field: Field, code: str, *, sure: bool) -> Iterator[str]:
        label = field.choices.get(code, code)
        choice = words_of(self.questionnaire, question).code(label.lower())
        self.to_do += choice is None
        yield from self.begin(name, question, sure=sure)
        yield f"    choice: {choice or TO_DO}  # {_comment(label)}"


def _comment(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str | None) -> str:
    return json.dumps(text, ensure_ascii=False)
