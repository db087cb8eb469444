"""What nobody may guess: ages without a unit, codes for missing, drafts, columns that are said to be two things."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from batch_jobs import SNEEZING
from kept_answers import workbook
from piped import run
from test_kept_tables import read
from xlsxwriter import Workbook

from triage.command_line import main
from triage.documents.problems import DataFault
from triage.exchange.dictionaries import Field, read_dictionary
from triage.exchange.mapping_draft import draft_of
from triage.foreign.form import ForeignFile
from triage.foreign.mapping import read_mapping
from triage.protocol.reading import read_protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from triage.foreign.mapping import Mapping
    from triage.protocol.protocol import Protocol

pytestmark = pytest.mark.usefixtures("read_once")


def mapping_of(protocol: Protocol, text: str, folder: Path) -> Mapping:
    path = folder / "map.yaml"
    path.write_text(text, "utf-8")
    return read_mapping(path, protocol.questionnaire)


def mapped(protocol: Protocol, mapping: str, table: str, folder: Path) -> list[Any]:
    return read(protocol, table, folder, mapping=mapping_of(protocol, mapping, folder))


# ---- ages ----


@pytest.mark.parametrize("heading", ["age_months", "Age (months)", "Age in months", "age [mo]", "AgeMonths"])
def test_a_bare_number_counts_what_the_heading_says(heading: str, protocol: Protocol, tmp_path: Path) -> None:
    found = read(protocol, f"id,{heading},seizures\na,7,none\nb,7 years,none\n", tmp_path)
    assert [one["age_group"] for one in found] == [["infant_7_12m"], ["child_4_11y"]]


@pytest.mark.parametrize("heading", ["Age (months or years)", "age_weeks_or_days"])
def test_a_bare_number_is_a_fault_where_the_heading_says_two_units(
    heading: str, protocol: Protocol, tmp_path: Path
) -> None:
    wrong, right = read(protocol, f"id,{heading},seizures\na,7,none\nb,7 years,none\n", tmp_path)
    assert "does not say what it counts" in wrong[0]
    assert right["age_group"] == ["child_4_11y"]


def test_a_mapped_column_counts_what_its_heading_says_or_what_the_mapping_says(
    protocol: Protocol, tmp_path: Path
) -> None:
    table = "id,age_months,seizures\na,7,none\n"
    for unit, group in (("", "infant_7_12m"), (", unit: weeks", "infant_1_6m")):
        mapping = f"columns:\n  age_months: {{question: age_group{unit}}}\n"
        assert mapped(protocol, mapping, table, tmp_path)[0]["age_group"] == [group]
    mapping = "columns:\n  months at visit: {question: age_group}\n"
    [wrong] = mapped(protocol, mapping, "id,months at visit,seizures\na,7,none\n", tmp_path)
    assert "does not say what it counts" in wrong[0]


def test_a_mapping_says_whether_a_number_is_an_age_or_a_code(protocol: Protocol, tmp_path: Path) -> None:
    for said, group in (("unit: years", "child_4_11y"), ("values: {'4': toddler_1_3y}", "toddler_1_3y")):
        mapping = f"columns:\n  age_group: {{question: age_group, {said}}}\n"
        assert mapped(protocol, mapping, "id,age_group\na,4\n", tmp_path) == [{"age_group": [group]}]
    [wrong] = mapped(protocol, "columns:\n  q7: {question: age_group}\n", "id,q7\na,4\n", tmp_path)
    assert "the code of an age group" in wrong[0]


# ---- codes for missing ----


def test_what_a_column_says_of_a_value_goes_before_what_means_missing_everywhere(
    sneezing: Protocol, tmp_path: Path
) -> None:
    mapping = 'missing: ["9"]\ncolumns:\n  n: {question: nose, values: {"9": bleeds}}\n  s: {question: since}\n'
    assert mapped(sneezing, mapping, "id,n,s\na,9,9\n", tmp_path) == [{"nose": ["bleeds"]}]


PARTS = """missing: ["-9"]
columns:
  n0: {question: right_now, choice: none}
  n1: {question: right_now, choice: cannot_breathe}
"""


def test_none_of_these_beside_a_code_for_missing_is_a_fault(sneezing: Protocol, tmp_path: Path) -> None:
    *faults, none, unknown = mapped(sneezing, PARTS, "id,n0,n1\na,1,-9\nb,1,0\nc,-9,-9\nd,-9,1\n", tmp_path)
    assert (none, unknown) == ({"right_now": ["none"]}, {})
    assert len(faults) == 2
    for wrong in faults:
        assert "a code that means missing ('n0', 'n1')" in wrong[0]


def test_a_choice_and_a_code_for_missing_in_one_cell_are_a_fault(sneezing: Protocol, tmp_path: Path) -> None:
    mapping = 'missing: ["-9"]\ncolumns:\n  n: {question: right_now, values: {"0": none}}\n'
    [wrong] = mapped(sneezing, mapping, "id,n\na,0;-9\n", tmp_path)
    assert "a code that means missing beside others" in wrong[0]


def test_a_missing_date_of_birth_is_unknown(sneezing: Protocol, tmp_path: Path) -> None:
    mapping = 'missing: ["-9"]\ndate: day\ncolumns:\n  born: {question: age, date_of_birth: true}\n'
    assert mapped(sneezing, mapping, "id,born,day,nose\na,-9,2026-01-02,drips\n", tmp_path) == [{"nose": ["drips"]}]


# ---- mappings that contradict themselves ----


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("{question: nose, choice: drips, values: {'1': drips}}", "'values' and 'choice' cannot stand together"),
        ("{question: age, unit: months, values: {'1': adult}}", "'values' and 'unit' cannot stand together"),
        ("{question: age, date_of_birth: true, unit: months}", "'date_of_birth' and 'unit' cannot stand together"),
        ("{question: age, date_of_birth: maybe}", "Here should stand true or false, not 'maybe'."),
        ("{question: nose, checked: ['1']}", "'checked' needs 'choice'"),
        ("{question: nose, choice: drips, checked: ['1'], unchecked: ['1']}", "'1' stands under 'checked' and under"),
        ("{question: nose, values: {'9': drips}, missing: ['9']}", "'9' stands under 'missing' and under 'values'"),
        ("{question: nose, missing: [NULL]}", "Nothing stands here, where a text belongs."),
        ("{question: nose, ignore: true}", "A mapping has no key 'ignore' here."),
        ("{question: nose}\n  ' x': {question: since}", "The column 'x' stands here twice."),
        ("{question: since}\n  y: {question: since}", "'x' and 'y' both answer 'since', which takes one answer."),
        ("{question: nose}\nset_aside: [x]", "The column 'x' stands under 'columns' and under 'set_aside'."),
        ("{question: nose}\nid: x", "The column 'x' cannot name the cases and answer a question."),
        ("{question: nose}\nid: pat\nset_aside: [pat]", "The column 'pat' stands under 'id' and under 'set_aside'."),
    ],
)
def test_a_mapping_that_contradicts_itself_is_refused(
    column: str, said: str, sneezing: Protocol, tmp_path: Path
) -> None:
    with pytest.raises(DataFault) as caught:
        mapping_of(sneezing, f"columns:\n  x: {column}\n", tmp_path)
    assert [said in problem.message for problem in caught.value.problems] == [True]


def test_a_date_that_the_mapping_names_and_the_table_lacks_is_a_fault(sneezing: Protocol, tmp_path: Path) -> None:
    mapping = "date: vist\ncolumns:\n  n: {question: nose}\n"
    [wrong] = mapped(sneezing, mapping, "id,n,answered_at,visit\na,drips,x,y\n", tmp_path)
    assert wrong == ["There is no column 'vist' to say when. Did you mean 'visit'?"]


# ---- columns that are two things ----


def test_a_column_that_answers_cannot_name_the_cases(sneezing: Protocol, tmp_path: Path) -> None:
    for name in ("nose", "What does the nose do?"):
        [wrong] = read(sneezing, f"{name},since\ndrips,hours\n", tmp_path, id_column=name)
        assert f"The column '{name}' cannot name the cases: it answers 'nose'." in wrong[0]


def test_a_question_is_a_question_though_a_program_has_a_column_of_that_name(tmp_path: Path) -> None:
    shutil.copytree(SNEEZING, tmp_path / "other")
    for path in (tmp_path / "other").rglob("*.yaml"):
        path.write_text(re.sub(r"\bsince\b", "token", path.read_text("utf-8")), "utf-8")
    other = read_protocol(tmp_path / "other")
    assert read(other, "id,submitdate,lastpage,startlanguage,token\n1,,7,en,hours\n", tmp_path) == [
        {"token": ["hours"]}
    ]


# ---- drafts ----


def test_nothing_that_a_draft_guesses_is_read_before_somebody_confirms_it(sneezing: Protocol, tmp_path: Path) -> None:
    table = "pat,visit,nose_today,yrs,ward\np1,2026-01-02,drips,40,n\np2,2026-01-03,bleeds,50,s\n"
    path = tmp_path / "clinic.csv"
    path.write_text(table)
    draft = draft_of(ForeignFile(path, lambda: path.open("rb")), sneezing.questionnaire, {})
    for guess in ('id: TODO  # "pat"?', 'date: TODO  # "visit"?', "question: TODO  # nose?", "- TODO  # take this"):
        assert guess in draft.text
    with pytest.raises(DataFault) as caught:
        mapping_of(sneezing, draft.text, tmp_path)
    assert len(caught.value.problems) == draft.to_do == 4


def test_a_draft_keeps_what_says_which_questions_were_asked(sneezing: Protocol, tmp_path: Path) -> None:
    """Without it the codes of an earlier questionnaire would count as those of today."""
    table = "id,questionnaire,questionnaire_version,ward,nose\na,sneezing,0.0.1,n,drips\n"
    assert "questionnaire" not in drafted(sneezing, table, None, tmp_path).partition("columns:")[0]


AGES = {"1": "Under one year", "2": "1 to 11 years", "3": "12 to 17 years", "4": "18 years or older"}


def redcap_dictionary(folder: Path, name: str, kind: str = "radio", choices: str | None = None) -> Path:
    listed = " | ".join(f"{code}, {label}" for code, label in AGES.items()) if choices is None else choices
    path = folder / "dictionary.csv"
    path.write_text(
        'Variable / Field Name,Field Type,Field Label,"Choices, Calculations, OR Slider Labels"\n'
        f'{name},{kind},How old is the person?,"{listed}"\n'
    )
    return path


def xlsform(folder: Path, name: str, kind: str = "select_one ages") -> Path:
    path = folder / "form.xlsx"
    with Workbook(str(path)) as book:
        survey, choices = book.add_worksheet("survey"), book.add_worksheet("choices")
        for at, row in enumerate([("type", "name", "label"), (kind, name, "How old is the person?")]):
            survey.write_row(at, 0, row)
        for at, row in enumerate([("list_name", "name", "label"), *(("ages", *pair) for pair in AGES.items())]):
            choices.write_row(at, 0, row)
    return path


def drafted(protocol: Protocol, table: str, dictionary: Path | None, folder: Path) -> str:
    path = folder / "clinic.csv"
    path.write_text(table)
    fields = read_dictionary(ForeignFile(dictionary, lambda: dictionary.open("rb"))) if dictionary else {}
    return draft_of(ForeignFile(path, lambda: path.open("rb")), protocol.questionnaire, fields).text


KOBO = "_id,_uuid,_submission_time,{},nose\n1,u,2026-01-02,3,It drips\n"


@pytest.mark.parametrize(
    ("dictionary", "table"),
    [
        (lambda folder: redcap_dictionary(folder, "age"), "id,age,nose\n1,3,drips\n"),
        (lambda folder: redcap_dictionary(folder, "AGE", "dropdown"), "id,How old is the person?,nose\n1,3,drips\n"),
        (lambda folder: xlsform(folder, "age"), KOBO.format("age")),
        (lambda folder: xlsform(folder, "age", "select one from ages"), KOBO.format("first/age")),
    ],
)
def test_choices_that_a_dictionary_gives_the_age_are_taken_like_those_of_any_question(
    dictionary: Callable[[Path], Path], table: str, sneezing: Protocol, tmp_path: Path
) -> None:
    draft = drafted(sneezing, table, dictionary(tmp_path), tmp_path)
    [person] = mapped(sneezing, draft, table, tmp_path)
    assert person == {"age": ["teenager"], "nose": ["drips"]}


@pytest.mark.parametrize(
    ("kind", "choices"), [("text", ""), ("calc", "round(datediff([born],'today','y'), 0)"), ("radio", "adult, Grown")]
)
def test_ages_that_a_dictionary_gives_no_codes_are_understood_as_they_are(
    kind: str, choices: str, sneezing: Protocol, tmp_path: Path
) -> None:
    table = f"id,age\n1,{'adult' if kind == 'radio' else '34'}\n"
    draft = drafted(sneezing, table, redcap_dictionary(tmp_path, "age", kind, choices), tmp_path)
    assert "Understood as they are, so nothing need be said of them: age." in draft
    assert "TODO" not in draft.partition("\nid:")[2]


def test_a_draft_leaves_open_whether_numbers_are_ages_or_codes(protocol: Protocol, tmp_path: Path) -> None:
    assert "unit: TODO  # years, months" in drafted(protocol, "id,age_group\n1,4\n", None, tmp_path)


def test_what_a_label_says_is_never_taken_from_the_code_beside_it(sneezing: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "clinic.csv"
    path.write_text("id,q\n1,none\n")
    fields = {"q": Field("q", "Is any of this happening now?", {"none": "Not looked at"})}
    draft = draft_of(ForeignFile(path, lambda: path.open("rb")), sneezing.questionnaire, fields)
    assert '"none": TODO' in draft.text


# ---- what is told ----


@pytest.mark.parametrize("between", [",", ";"])
def test_a_title_above_the_headings_is_told(between: str, sneezing: Protocol, tmp_path: Path) -> None:
    table = "Survey results 2026\n\nid,nose,age\na,drips,adult\n".replace(",", between)
    [wrong] = read(sneezing, table, tmp_path, set_aside=True)
    assert wrong == [
        "The first row, 'Survey results 2026', is no row of headings; they seem to stand further down."
        " Delete the rows above the one with 'id', and save the table again."
    ]


def test_other_headings_above_names_of_questions_are_no_title(sneezing: Protocol, tmp_path: Path) -> None:
    [wrong] = read(sneezing, "field,label,choices\nnose,What does the nose do?,x\n", tmp_path)
    assert wrong[0].startswith("3 columns are no questions")


def test_a_title_above_the_headings_of_a_sheet_is_told(sneezing: Protocol, tmp_path: Path) -> None:
    workbook((["Survey results 2026"], [[""], ["id", "nose"], ["a", "drips"]]), tmp_path / "written.xlsx")
    data = (tmp_path / "written.xlsx").read_bytes()
    [wrong] = read(sneezing, data, tmp_path, name="f.xlsx")
    assert "no row of headings" in wrong[0]


@pytest.mark.parametrize("heading", ["nose", "What does the nose do?"])
def test_a_fault_names_the_nearest_label_and_the_column_as_it_is_headed(
    heading: str, sneezing: Protocol, tmp_path: Path
) -> None:
    wrong, _ = read(sneezing, f"id;{heading}\na;It is bloked\nb;It drips\n", tmp_path)
    column = "" if heading == "nose" else f" (column '{heading}')"
    assert wrong == [
        f"'a' answers 'nose' with 'It is bloked', which is no choice of it{column}. Did you mean 'It is blocked'?"
    ]


@pytest.mark.parametrize(
    ("command", "name", "said"),
    [
        ("map", "notes.py", "A mapping is drafted for a table"),
        ("score --from own", "answers.xlsx", "No file of our own form ends in .xlsx."),
        ("convert --from own", "answers.xlsx", "No file of our own form ends in .xlsx."),
    ],
)
def test_files_that_are_not_read_so_are_told_plainly(
    command: str, name: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text("print(1)\n")
    with pytest.raises(SystemExit) as left:
        main([*command.split(), str(tmp_path / name)])
    assert left.value.code == 1
    assert said in " ".join(capsys.readouterr().err.split())


def test_standard_input_in_another_form_is_told_plainly(tmp_path: Path) -> None:
    done = run(["score", "-", "--from", "kobo"], tmp_path)
    assert done.returncode == 1
    assert "Answers from standard input are read in our own form only." in done.stderr


def test_what_a_mapping_says_of_one_column_counts_though_grave_signs_have_none(
    sneezing: Protocol, tmp_path: Path
) -> None:
    mapping = "columns:\n  wet: {question: nose, choice: drips}\n"
    assert mapped(sneezing, mapping, "id,wet\na,1\n", tmp_path) == [{"nose": ["drips"]}]
