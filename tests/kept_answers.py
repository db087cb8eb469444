"""People's answers as the programs that people use export them: the conventions of each, with made-up people."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xlsxwriter

from triage.conditions.answer_state import Missing

if TYPE_CHECKING:
    from triage.answers.answers import Given
    from triage.protocol.questionnaire import Question, Questionnaire

Person = Mapping[str, Sequence[str]]
"""Codes by question; what is not known is left out."""
Table = tuple[list[str], list[list[str]]]
Cells = Callable[["Question", Sequence[str]], Iterable[tuple[str, str]]]
"""Returns the headings and cells of one question for one person."""


def person_of(questionnaire: Questionnaire, given: Given) -> dict[str, list[str]]:
    """Return what somebody said, without what is not known."""
    return {
        question.id: [code for code in question.codes if code in state]
        for question in questionnaire.questions
        if (state := given.get(question.id)) is not None and not isinstance(state, Missing)
    }


def labels(question: Question, codes: Iterable[str]) -> list[str]:
    return [question.by_code[code].label for code in codes]


# ---- the cells of one question, in one convention or another ----


def whole(join: str = ";", *, words: bool = False, text: bool = False, end: str = "", before: str = "") -> Cells:
    """One column a question; several choices stand in one cell."""

    def cells(question: Question, said: Sequence[str]) -> Iterable[tuple[str, str]]:
        listed = labels(question, said) if words else said
        cell = join.join(listed) + (end if listed and question.multiple else "")
        yield before + (question.text if text else question.id), cell

    return cells


def parts(
    heading: str,
    yes: str | None = "1",
    no: str = "0",
    *,
    blank: str | None = None,
    words: bool = False,
    summary: str | None = None,
    text: bool = False,
    before: str = "",
) -> Cells:
    """A column for each choice of a question that takes several; ``summary`` joins them in one beside.

    Args:
        heading: of such a column, with ``q`` and ``c`` in it.
        yes: what stands in it where the choice was made; None for the words of the choice.
        no: what stands in it where it was not.
        blank: the same where nothing of the question was said.
        words: whether labels stand in other columns.
        summary: what stands between several choices in the column beside.
        text: whether headings are texts and not codes.
        before: what stands before each heading.

    """

    def cells(question: Question, said: Sequence[str]) -> Iterable[tuple[str, str]]:
        name = question.text if text else question.id
        if not question.multiple or summary is not None:
            yield before + name, (summary or "").join(labels(question, said) if words else said)
        if not question.multiple:
            return
        nothing = no if blank is None else blank
        for code, choice in question.by_code.items():
            shown = heading.format(q=name, c=choice.label if text else code)
            made = choice.label if yes is None else yes
            yield before + shown, made if code in said else (no if said else nothing)

    return cells


def table(
    questionnaire: Questionnaire,
    people: Sequence[Person],
    cells: Cells,
    before: Mapping[str, Callable[[int], str]],
    behind: Mapping[str, Callable[[int], str]] | None = None,
) -> Table:
    """Return headings and rows: what a program adds before, the answers, and what it adds behind."""
    behind = behind or {}
    said = {  # once for somebody who comes many times
        key: [pair for question in questionnaire.questions for pair in cells(question, person.get(question.id, ()))]
        for key, person in {id(person): person for person in people}.items()
    }
    rows = []
    names: list[str] = []
    for number, person in enumerate(people, start=1):
        pairs = said[id(person)]
        names = [*before, *(name for name, _ in pairs), *behind]
        row = [*(make(number) for make in before.values()), *(cell for _, cell in pairs)]
        rows.append([*row, *(make(number) for make in behind.values())])
    return names, rows


def text_of(found: Table, delimiter: str = ",", *, quoted: bool = False, ends: str = "\n") -> str:
    text = io.StringIO()
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=ends)
    writer.writerow(found[0])
    writer.writerows(found[1])
    return text.getvalue()


def workbook(found: Table, path: Path, sheet: str = "Sheet1") -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet(sheet)
        for at, row in enumerate([found[0], *found[1]]):
            for column, cell in enumerate(row):
                if cell.isdecimal():
                    page.write_number(at, column, int(cell))
                elif cell:
                    page.write_string(at, column, cell)


# ---- what programs add ----


def constant(text: str) -> Callable[[int], str]:
    return lambda _: text


REDCAP = {
    "record_id": str,
    "redcap_event_name": constant("baseline_arm_1"),
    "redcap_survey_identifier": constant(""),
    "survey_timestamp": lambda number: f"2026-11-{number % 28 + 1:02} 10:00:00",
}
REDCAP_WORDS = dict(
    zip(("Record ID", "Event Name", "Survey Identifier", "Survey Timestamp"), REDCAP.values(), strict=True)
)
KOBO = {"_id": str, "_uuid": lambda number: f"u-{number}", "_submission_time": constant("2026-11-25T10:00:00")}
ODK_BEFORE = {
    "SubmissionDate": constant("2026-11-25T10:00:00.000Z"),
    "meta-instanceID": lambda number: f"uuid:{number}",
    "meta-instanceName": constant(""),
}
ODK_BEHIND = {
    "KEY": lambda number: f"uuid:{number}",
    "SubmitterID": constant("12"),
    "SubmitterName": constant("Ann"),
    "AttachmentsPresent": constant("0"),
    "AttachmentsExpected": constant("0"),
    "Status": constant(""),
    "ReviewState": constant(""),
    "DeviceID": constant(""),
    "Edits": constant("0"),
    "FormVersion": constant("1"),
}
MICROSOFT = {
    "ID": str,
    "Start time": constant("11/25/26 10:00:00"),
    "Completion time": constant("11/25/26 10:05:00"),
    "Email": constant("anonymous"),
    "Name": constant(""),
}
GOOGLE = {"Timestamp": constant("2026/11/25 10:00:00 AM GMT+1")}
LIMESURVEY = {
    "id": str,
    "submitdate": constant("2026-11-25 10:00:00"),
    "lastpage": constant("7"),
    "startlanguage": constant("en"),
    "seed": constant("12345"),
}
LIMESURVEY_WORDS = {
    "Response ID": str,
    "Date submitted": constant("2026-11-25 10:00:00"),
    "Last page": constant("7"),
    "Start language": constant("en"),
    "Seed": constant("12345"),
}
OWN = {"id": str}
COMPLETE = {"survey_complete": constant("2")}

# ---- files ----

Write = Callable[["Questionnaire", Sequence[Person], Path], None]


def as_text(
    cells: Cells,
    before: Mapping[str, Callable[[int], str]],
    behind: Mapping[str, Callable[[int], str]] | None = None,
    *,
    delimiter: str = ",",
    quoted: bool = False,
    ends: str = "\n",
    encoding: str = "utf-8",
    first: str = "",
) -> Write:
    def write(questionnaire: Questionnaire, people: Sequence[Person], path: Path) -> None:
        found = table(questionnaire, people, cells, before, behind)
        path.write_bytes((first + text_of(found, delimiter, quoted=quoted, ends=ends)).encode(encoding))

    return write


def as_workbook(
    cells: Cells,
    before: Mapping[str, Callable[[int], str]],
    behind: Mapping[str, Callable[[int], str]] | None = None,
) -> Write:
    def write(questionnaire: Questionnaire, people: Sequence[Person], path: Path) -> None:
        workbook(table(questionnaire, people, cells, before, behind), path)

    return write


def redcap_api(questionnaire: Questionnaire, people: Sequence[Person], path: Path) -> None:
    names, rows = table(questionnaire, people, parts("{q}___{c}"), {"record_id": str}, COMPLETE)
    path.write_text(json.dumps([dict(zip(names, row, strict=True)) for row in rows]), "utf-8")


def redcap_entries(questionnaire: Questionnaire, people: Sequence[Person], path: Path) -> None:
    """The other form of REDCap's interface: an object for each value."""
    entries = []
    for number, person in enumerate(people, start=1):
        entries.append(
            {"record": str(number), "redcap_event_name": "", "field_name": "record_id", "value": str(number)}
        )
        for question in questionnaire.questions:
            for code in person.get(question.id, ()):
                entry = {"record": str(number), "redcap_event_name": "", "field_name": question.id, "value": code}
                entries.append(entry)
    path.write_text(json.dumps(entries), "utf-8")


def kobo_api(_: Questionnaire, people: Sequence[Person], path: Path) -> None:
    results: list[dict[str, Any]] = [
        {
            "_id": number,
            "formhub/uuid": "f",
            "_uuid": f"u-{number}",
            "_submission_time": "2026-11-25T10:00:00",
            "__version__": "v1",
            "_attachments": [],
            "_geolocation": [None, None],
            "_validation_status": {},
            **{f"jerks/{name}": " ".join(codes) for name, codes in person.items()},
        }
        for number, person in enumerate(people, start=1)
    ]
    page = {"count": len(results), "next": None, "previous": None, "results": results}
    path.write_text(json.dumps(page, indent=1), "utf-8")


def surveyjs_person(questionnaire: Questionnaire, person: Person) -> dict[str, Any]:
    several = {question.id: question.multiple for question in questionnaire.questions}
    return {name: list(codes) if several[name] else codes[0] for name, codes in person.items()}


def surveyjs_many(questionnaire: Questionnaire, people: Sequence[Person], path: Path) -> None:
    listed = [
        {"id": number, "instanceid": "x", "happenedat": "2026-11-25", "data": surveyjs_person(questionnaire, person)}
        for number, person in enumerate(people, start=1)
    ]
    path.write_text(json.dumps(listed), "utf-8")


def surveyjs_lines(questionnaire: Questionnaire, people: Sequence[Person], path: Path) -> None:
    lines = (
        json.dumps({"instanceid": str(number), "pageNo": 3, **surveyjs_person(questionnaire, person)}) + "\n"
        for number, person in enumerate(people, start=1)
    )
    path.write_text("".join(lines), "utf-8")


def pandas_table(questionnaire: Questionnaire, people: Sequence[Person], path: Path) -> None:
    names, rows = table(questionnaire, people, whole(), OWN)
    numbered = [[str(number), *row] for number, row in enumerate(rows)]
    path.write_text(text_of((["", *names], numbered)), "utf-8")


def blank_columns(questionnaire: Questionnaire, people: Sequence[Person], path: Path) -> None:
    names, rows = table(questionnaire, people, whole(), OWN)
    path.write_text(text_of(([*names, "", ""], [[*row, "", ""] for row in rows])), "utf-8")


kobo_both = parts("{q}/{c}", blank="", summary=" ")
kobo_words = parts("{q}/{c}", blank="", summary=" ", words=True, text=True)

EXPORTS: dict[str, Write] = {
    "redcap_raw.csv": as_text(parts("{q}___{c}"), REDCAP, COMPLETE),
    "redcap_label.csv": as_text(
        parts("{q}___{c}", "Checked", "Unchecked", words=True), REDCAP, {"survey_complete": constant("Complete")}
    ),
    "redcap_checkbox_label.csv": as_text(parts("{q}___{c}", None, "", words=True), REDCAP, COMPLETE),
    "redcap_label_header.csv": as_text(
        parts("{q} (choice={c})", "Checked", "Unchecked", words=True, text=True),
        REDCAP_WORDS,
        {"Complete?": constant("Complete")},
    ),
    "redcap_api.json": redcap_api,
    "redcap_entries.json": redcap_entries,
    "kobo_both.csv": as_text(kobo_both, {}, KOBO, delimiter=";", quoted=True),
    "kobo_summary.csv": as_text(whole(" "), {}, KOBO, delimiter=";", quoted=True),
    "kobo_details.csv": as_text(parts("{q}/{c}", blank=""), {}, KOBO, delimiter=";", quoted=True),
    "kobo_label_both.csv": as_text(kobo_words, {}, KOBO, delimiter=";", quoted=True),
    "kobo_label_summary.csv": as_text(whole(" ", words=True, text=True), {}, KOBO, delimiter=";", quoted=True),
    "kobo_label_details.csv": as_text(
        parts("{q}/{c}", blank="", words=True, text=True), {}, KOBO, delimiter=";", quoted=True
    ),
    "kobo_grouped.csv": as_text(
        parts("{q}/{c}", "TRUE", "FALSE", blank="", before="jerks/"), {}, KOBO, delimiter=";", quoted=True
    ),
    "kobo.xlsx": as_workbook(kobo_both, {}, KOBO),
    "kobo_api.json": kobo_api,
    "odk_group.csv": as_text(whole(" ", before="g-"), ODK_BEFORE, ODK_BEHIND),
    "odk_no_group.csv": as_text(whole(" "), {"SubmissionDate": ODK_BEFORE["SubmissionDate"]}, {"KEY": str}),
    "odk_split.csv": as_text(parts("{q}/{c}", before="g-", summary=" "), ODK_BEFORE, ODK_BEHIND),
    "microsoft.csv": as_text(whole(words=True, text=True, end=";"), MICROSOFT),
    "microsoft.xlsx": as_workbook(whole(words=True, text=True, end=";"), MICROSOFT),
    "google.csv": as_text(whole(", ", words=True, text=True), GOOGLE),
    "limesurvey_codes.csv": as_text(parts("{q}[{c}]", "Y", ""), LIMESURVEY, quoted=True, encoding="utf-8-sig"),
    "limesurvey_full.csv": as_text(
        parts("{q} [{c}]", "Yes", "No", words=True, text=True), LIMESURVEY_WORDS, quoted=True
    ),
    "surveyjs_many.json": surveyjs_many,
    "surveyjs.ndjson": surveyjs_lines,
    "dotted.csv": as_text(parts("{q}.{c}", "x", ""), OWN),
    "labels_semicolon.csv": as_text(whole("; ", words=True), OWN, delimiter=";"),
    "labels_lines.csv": as_text(whole("\n", words=True), OWN),
    "labels_bars.csv": as_text(whole("|", words=True), OWN),
    "excel_utf8_mark.csv": as_text(whole(), OWN, encoding="utf-8-sig", ends="\r\n"),
    "excel_semicolons.csv": as_text(whole(","), OWN, delimiter=";", encoding="utf-8-sig", ends="\r\n"),
    "excel_unicode.txt": as_text(whole(), OWN, delimiter="\t", encoding="utf-16", ends="\r\n"),
    "excel_tabs.csv": as_text(whole(), OWN, delimiter="\t", ends="\r\n"),
    "excel_sep.csv": as_text(whole(), OWN, first="sep=,\r\n", ends="\r\n"),
    "excel_cp1252.csv": as_text(
        whole(), {**OWN, "answered_at": constant("Montag, M\u00e4rz")}, encoding="cp1252", ends="\r\n"
    ),
    "excel_old_mac.csv": as_text(whole(), OWN, ends="\r"),
    "excel_native.xlsx": as_workbook(whole(), OWN),
    "blank_columns.csv": blank_columns,
    "pandas.csv": pandas_table,
}
"""How each kind of file is written, by an example of its name."""
