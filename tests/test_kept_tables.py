"""Columns that are ours and columns that are not, several choices in a cell, ages, and what nobody may guess."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from batch_jobs import SNEEZING, scored

from triage.command_line import main
from triage.conditions.answer_state import Missing
from triage.documents.problems import DataFault
from triage.exchange.cases import read_files
from triage.exchange.dictionaries import read_dictionary
from triage.exchange.mapping_draft import draft_of
from triage.foreign.choices import words_of
from triage.foreign.form import Asked, ForeignFile
from triage.foreign.headings import Headings, Named
from triage.foreign.mapping import read_mapping
from triage.protocol.reading import read_protocol

if TYPE_CHECKING:
    from triage.protocol.protocol import Protocol

HEAD = "id,age,nose\n"


@pytest.fixture(scope="module")
def sneezing() -> Protocol:
    return read_protocol(Path(__file__).parent / "protocols" / "sneezing")


def read(protocol: Protocol, text: str | bytes, folder: Path, name: str = "f.csv", **asked: Any) -> list[Any]:
    """Return what each case says by question, or in its place what is wrong with it."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    found: list[Any] = []
    for case in read_files([path], Asked(**asked), protocol.questionnaire, lambda _: None):
        if isinstance(case, DataFault):
            found.append([f"{problem.message} {problem.hint or ''}".strip() for problem in case.problems])
        else:
            given = case.answers.given()
            found.append({name: sorted(state) for name, state in given.items() if not isinstance(state, Missing)})
    return found


# ---- several choices ----


@pytest.mark.parametrize("between", [" ", ", ", ";", "; ", "|", "\n", " | ", ",\n"])
@pytest.mark.parametrize("words", [("bleeds", "drips"), ("It bleeds", "It drips"), ("IT BLEEDS", "it drips")])
def test_several_choices_in_a_cell_are_taken_apart(
    between: str, words: tuple[str, str], sneezing: Protocol, tmp_path: Path
) -> None:
    cell = between.join(words)
    assert read(sneezing, f'{HEAD}a,adult,"{cell}"\n', tmp_path) == [{"age": ["adult"], "nose": ["bleeds", "drips"]}]


@pytest.mark.parametrize(
    "heading", ["nose___{}", "nose/{}", "nose[{}]", "nose.{}", "What does the nose do? (choice={})"]
)
@pytest.mark.parametrize(
    ("yes", "no"), [("1", "0"), ("Checked", "Unchecked"), ("Y", ""), ("TRUE", "FALSE"), ("It drips", "")]
)
def test_a_column_for_each_choice(heading: str, yes: str, no: str, sneezing: Protocol, tmp_path: Path) -> None:
    names = ",".join(heading.format(code) for code in ("bleeds", "drips", "blocked", "nothing_else"))
    assert read(sneezing, f"id,{names}\na,{no},{yes},{no},{no}\n", tmp_path) == [{"nose": ["drips"]}]


def test_where_any_other_choice_has_no_column_that_is_told(sneezing: Protocol, tmp_path: Path) -> None:
    """What brings it on decides as much as a warning sign; the form may be older, so what was chosen still counts."""
    codes = sneezing.questionnaire.by_id["brought_on_by"].codes
    path = tmp_path / "f.csv"
    path.write_text(
        f"id,{','.join(f'brought_on_by___{code}' for code in (codes[0], *codes[2:]))}\na,1{',0' * (len(codes) - 2)}\n",
        "utf-8",
    )
    assert read(sneezing, path.read_text("utf-8"), tmp_path) == [{"brought_on_by": [codes[0]]}]
    _, faults, notes = scored(sneezing, path, output=tmp_path / "out.ndjson", asked=Asked())
    assert faults == []
    assert f"warning: Choices have no column here: 'brought_on_by: {codes[1]}'. Whether" in notes.said[-1]


def test_a_table_with_codes_of_before_is_told_what_it_lacks(protocol: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("id,conditions/heavy_drinking,conditions/none,conditions/anxiety_or_depression\na,1,0,0\n", "utf-8")
    _, faults, notes = scored(protocol, path, output=tmp_path / "out.ndjson", asked=Asked())
    assert faults == []
    assert "warning: Choices have no column here: 'conditions: kidney_or_liver_disease'" in notes.said[-1]


def test_where_a_grave_sign_has_no_column_other_choices_are_no_whole_answer(sneezing: Protocol, tmp_path: Path) -> None:
    """The column may have been deleted, and with it a nose that bleeds."""
    rows = "d,1,0,0\nm,0,1,0\nn,0,0,1\nnobody,0,0,0\n"
    path = tmp_path / "f.csv"
    path.write_text(f"id,nose___drips,nose___blocked,nose___nothing_else\n{rows}", "utf-8")
    assert read(sneezing, path.read_text("utf-8"), tmp_path) == [{}, {}, {"nose": ["nothing_else"]}, {}]
    _, faults, notes = scored(sneezing, path, output=tmp_path / "out.ndjson", asked=Asked())
    assert faults == []
    assert "warning: Grave signs have no column here: 'nose: bleeds'." in notes.said[-1]
    whole = f"id,nose___drips,nose___blocked,nose___nothing_else,nose___bleeds\n{rows}".replace("\n", ",0\n")
    found = read(sneezing, whole.replace("bleeds,0", "bleeds"), tmp_path)
    assert found == [{"nose": ["drips"]}, {"nose": ["blocked"]}, {"nose": ["nothing_else"]}, {}]


def test_an_object_of_what_was_chosen_lacks_nothing_and_flat_keys_may(sneezing: Protocol, tmp_path: Path) -> None:
    inside = '[{"id": "a", "nose": {"drips": true}}, {"id": "b", "nose": {"nothing_else": true}}]'
    assert read(sneezing, inside, tmp_path, "f.json") == [{"nose": ["drips"]}, {"nose": ["nothing_else"]}]
    flat = '[{"id": "a", "nose___drips": "1", "nose___nothing_else": "0"}]'
    assert read(sneezing, flat, tmp_path, "f.json") == [{}]


@pytest.mark.parametrize("name", ["broughtonby[pepper]", "broughtonby", "broughtonby___pepper"])
def test_a_name_without_its_underscores_is_told_apart(name: str, sneezing: Protocol, tmp_path: Path) -> None:
    found = read(sneezing, f"id,since,{name}\na,hours,1\n", tmp_path)
    assert "seems to answer 'brought_on_by'" in found[0][0]


@pytest.mark.parametrize("nothing", ["0", "", "Unchecked", "FALSE"])
def test_columns_without_any_choice_are_unknown_and_never_none(
    nothing: str, sneezing: Protocol, tmp_path: Path
) -> None:
    text = f"id,nose___drips,nose___nothing_else\na,{nothing},{nothing}\n"
    assert read(sneezing, text, tmp_path) == [{}]


def test_a_choice_is_chosen_or_not_or_a_fault(sneezing: Protocol, tmp_path: Path) -> None:
    found = read(sneezing, "id,nose___drips,nose___bleeds\na,2,1\nb,NA,0\nc,It bleeds,0\n", tmp_path)
    assert [wrong[0].split(",")[0] for wrong in found] == [
        "'a' holds '2' in the column 'nose___drips'",
        "'b' holds 'NA' in the column 'nose___drips'",
        "'c' holds 'It bleeds' in the column 'nose___drips'",
    ]


def test_columns_that_say_different_things_are_a_fault(sneezing: Protocol, tmp_path: Path) -> None:
    found = read(sneezing, "id,nose,nose/drips,nose/bleeds\na,drips,0,1\nb,drips,0,0\nc,drips,1,0\n", tmp_path)
    assert ["say different things" in str(one) for one in found] == [True, True, False]


def test_none_with_others_is_a_fault(sneezing: Protocol, tmp_path: Path) -> None:
    found = read(sneezing, "id,nose___drips,nose___nothing_else\na,1,1\n", tmp_path)
    assert "excludes the others" in found[0][0]


def test_no_two_labels_of_the_shipped_questions_can_be_mistaken(protocol: Protocol) -> None:
    for question in protocol.questionnaire.questions:
        words = words_of(protocol.questionnaire, question.id)
        for one in question.choices:
            assert words.read(one.label) == [one.code]
            for other in question.choices if question.multiple else ():
                for between in (" ", ", ", ";"):
                    expected = [one.code, other.code] if one is not other else [one.code]
                    assert words.read(f"{one.label}{between}{other.label}") == expected


def test_every_word_of_the_first_questionnaire_is_read_as_the_code_of_then(protocol: Protocol) -> None:
    path = Path(__file__).with_name("questionnaire_1_dictionary.csv")
    fields = read_dictionary(ForeignFile(path, lambda: path.open("rb")))
    headings = Headings(protocol.questionnaire)
    asked = [field for name, field in fields.items() if name != "record_id"]
    assert [headings.named(field.label) for field in asked] == [Named(field.name) for field in asked]
    for field in asked:
        words = words_of(protocol.questionnaire, field.name)
        assert {code: words.code(label) for code, label in field.choices.items()} == {
            code: code for code in field.choices
        }


# ---- columns that are not ours ----


def test_a_column_of_ours_set_aside_is_said_and_refused_before(protocol: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("id,age_group,emergency_now___fit,clinic\n" + "a,adult_18_39y,1,x\n" * 1_000)
    output = tmp_path / "out.ndjson"
    _, faults, _ = scored(protocol, path, output=output, asked=Asked())
    assert [(fault["line"], fault["message"].partition(".")[0]) for fault in faults] == [
        (1, "A column is no question: 'clinic'"),
        (1, "The column 'emergency_now___fit' seems to answer 'emergency_now', but is not understood"),
    ]
    lines, faults, notes = scored(protocol, path, output=output, asked=Asked(set_aside=True))
    assert (len(lines), faults) == (1_000, [])
    assert notes.said[1:] == [
        f"{path}:1  warning: Set aside: 'emergency_now___fit', 'clinic'.",
        f"{path}:1  warning: The column 'emergency_now___fit' seems to answer 'emergency_now', but was set aside:"
        " nobody looked at it.",
    ]


@pytest.mark.parametrize("name", ["agee", "nose_old", "What does the nose do today?", "nose___sneezes"])
def test_a_column_that_is_nearly_ours_is_told_apart(name: str, sneezing: Protocol, tmp_path: Path) -> None:
    found = read(sneezing, f"id,since,{name}\na,hours,x\n", tmp_path)
    assert "seems to answer" in found[0][0]


@pytest.mark.parametrize(
    "table",
    [
        "id,since,Cannot get air,It bleeds,A look into bright light,Cats,clinic,sex\na,hours,1,0,1,1,north,no\n",
        "id,since,q1,q2,q3,Cats,clinic,sex\na,hours,,It drips; It bleeds,Some days,1,north,no\n"
        "b,hours,cannot_breathe,,,1,north,other\n",
    ],
)
def test_columns_called_like_choices_or_holding_some_are_named_once(
    table: str, sneezing: Protocol, tmp_path: Path
) -> None:
    path, output = tmp_path / "f.csv", tmp_path / "out.ndjson"
    path.write_text(table)
    names = ", ".join(repr(name) for name in table.split(",")[2:5])
    seems = f"Each of 3 columns, such as {names}, seems to hold choices of questions, but "
    _, faults, _ = scored(sneezing, path, output=output, asked=Asked())
    assert [fault["message"].partition(".")[0] for fault in faults] == [
        "3 columns are no questions: 'Cats', 'clinic', 'sex'",
        f"{seems}is not understood",
    ]
    _, _, notes = scored(sneezing, path, output=output, asked=Asked(set_aside=True))
    assert notes.said[2:] == [f"{path}:1  warning: {seems}was set aside: nobody looked at it."]


@pytest.mark.parametrize(
    "said",
    [
        "Tablets to calm down or to sleep. Such as diazepam, lorazepam or drugs like them.",
        "Hand drops or knee gives way",
        "kidney_disease",
    ],
)
def test_words_and_codes_of_before_are_choices_too(said: str, protocol: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(f'id,age_group,Which?\na,adult_18_39y,"{said}"\n')
    _, faults, _ = scored(protocol, path, output=tmp_path / "out.ndjson", asked=Asked())
    assert "The column 'Which?' seems to hold choices of questions" in faults[-1]["message"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("f.json", '[{"_id": 1, "_uuid": "u", "_validation_status": {"uid": "x", "label": "y"}, "nose": "drips"}]'),
        ("f.csv", "ID,Start time,Completion time,What does the nose do?,Points - What does the nose do?,"
         "Feedback - What does the nose do?,Grade posted time\n1,x,y,It drips,1,good,\n"),
    ],
)  # fmt: skip
def test_columns_that_a_program_adds_by_itself_are_no_answers(
    name: str, text: str, sneezing: Protocol, tmp_path: Path
) -> None:
    assert read(sneezing, text, tmp_path, name) == [{"nose": ["drips"]}]


GOOGLE = "Timestamp,Column 2,What does the nose do?,How old is the person?\n"


def test_a_column_that_google_forms_had_no_name_for_is_left_out_only_where_it_is_empty(
    sneezing: Protocol, tmp_path: Path
) -> None:
    row, later = "1/2/2026,,It drips,18 years or older\n", "1/2/2026,Cannot get air,It drips,18 years or older\n"
    person = {"age": ["adult"], "nose": ["drips"]}
    assert read(sneezing, GOOGLE + row, tmp_path) == [person]
    path = tmp_path / "f.csv"
    assert "Column 2" not in draft_of(ForeignFile(path, lambda: path.open("rb")), sneezing.questionnaire, {}).text
    assert "The column 'Column 2' seems to hold choices" in read(sneezing, GOOGLE + row + later, tmp_path)[0][0]
    assert "'Column 2'" in read(sneezing, GOOGLE + later.replace("Cannot get air", "x"), tmp_path)[0][0]
    assert read(sneezing, GOOGLE + row + later, tmp_path, set_aside=True) == [person, person]
    last, *people = read(sneezing, GOOGLE + row * 200 + later, tmp_path)
    assert (people, last) == ([person] * 200, ["'f.csv:202' has something in column 2, which has no name."])


def test_the_command_that_is_named_where_no_column_is_a_question_exists(
    sneezing: Protocol, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [[wrong]] = read(sneezing, "id;x\na;2\n", tmp_path, set_aside=True)
    with pytest.raises(SystemExit) as left:
        main([*wrong.split("`")[1].split()[1:], "--protocol", str(SNEEZING)])
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("id,")


def test_another_column_names_the_cases(sneezing: Protocol, tmp_path: Path) -> None:
    path, output = tmp_path / "f.csv", tmp_path / "out.ndjson"
    path.write_text("patient,nose\np7,drips\n")
    lines, _, _ = scored(sneezing, path, output=output, asked=Asked(id_column="patient"))
    assert [line["id"] for line in lines] == ["p7"]
    _, faults, _ = scored(sneezing, path, output=output, asked=Asked(id_column="patint"))
    assert faults[0]["message"] == "There is no column 'patint' to name the cases. Did you mean 'patient'?"


def test_columns_are_carried_along(sneezing: Protocol, tmp_path: Path) -> None:
    path, output = tmp_path / "f.csv", tmp_path / "out.ndjson"
    path.write_text('id;clinic;nose\na;"north; east";It drips\nb;;It bleeds\n')
    lines, _, _ = scored(sneezing, path, output=output, asked=Asked(keep=("clinic",)), keep=["clinic"])
    assert [line["clinic"] or "" for line in lines] == ["north; east", ""]


# ---- ages, and what is missing ----


@pytest.mark.parametrize(
    ("cell", "group"),
    [("34", "adult_18_39y"), ("34.0", "adult_18_39y"), ("7 months", "infant_7_12m"), ("6 Months", "infant_1_6m"),
     ("3 weeks", "newborn_under_4w"), ("1 y", "toddler_1_3y"), ("65 years", "adult_65_plus"), ("0.5", "infant_1_6m")],
)  # fmt: skip
@pytest.mark.parametrize("column", ["age_group", "age"])
def test_an_age_becomes_its_group(column: str, cell: str, group: str, protocol: Protocol, tmp_path: Path) -> None:
    assert read(protocol, f"id,{column},seizures\na,{cell},none\n", tmp_path)[0]["age_group"] == [group]


@pytest.mark.parametrize("cell", ["1", "4", "9", "4.0", "04", "99"])
@pytest.mark.parametrize("column", ["age_group", "How old is the person?"])
def test_a_number_that_may_be_the_code_of_an_age_group_is_never_taken_for_years(
    column: str, cell: str, protocol: Protocol, tmp_path: Path
) -> None:
    [wrong] = read(protocol, f"id,{column},seizures\na,{cell},none\n", tmp_path)
    assert wrong == [
        f"'a' holds '{cell}' in the column '{column}', which may be an age in years, or the code of an age group."
        " A mapping says so (`triage map`): `unit: years`, or under `values` what each code means."
    ]


def test_a_number_under_a_heading_that_says_age_counts_years(protocol: Protocol, tmp_path: Path) -> None:
    assert read(protocol, "id,Age,seizures\na,4,none\n", tmp_path)[0]["age_group"] == ["child_4_11y"]


@pytest.mark.parametrize("cell", ["0", "-3", "200", "about 30", "30 weeks"])
def test_an_age_that_may_be_of_two_groups_or_none_is_a_fault(cell: str, protocol: Protocol, tmp_path: Path) -> None:
    found = read(protocol, f"id,age,seizures\na,{cell},none\n", tmp_path)
    assert "which is no choice of it" in found[0][0]


def test_a_date_of_birth_and_a_date_of_answering_give_the_age(protocol: Protocol, tmp_path: Path) -> None:
    text = "_id,_uuid,_submission_time,dob,seizures\n1,u,2026-11-25T10:00:00,{},none\n"
    found = [read(protocol, text.format(born), tmp_path)[0] for born in ("2008-11-25", "2008-11-26", "03/04/2008")]
    assert [one["age_group"] for one in found[:2]] == [["adult_18_39y"], ["teen_12_17y"]]
    assert "no choice" in found[2][0]
    alone = read(protocol, "id,dob,seizures\na,2008-11-25,none\n", tmp_path)
    assert "The column 'dob' seems to answer 'age_group'" in alone[0][0]


@pytest.mark.parametrize("cell", ["NA", "-999", "N/A", "99"])
def test_what_may_mean_missing_is_never_guessed(cell: str, sneezing: Protocol, tmp_path: Path) -> None:
    found = read(sneezing, f"id,since,nose\na,{cell},drips\n", tmp_path)
    assert f"answers 'since' with '{cell}', which is no choice of it." in found[0][0]


NO_VALUE = "If it means that nobody knows, leave it empty, or name it under 'missing' in a mapping (`triage map`)."


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("f.csv", "id,right_now\na,None\n"),
        ("f.csv", "id;Is any of this happening now?\na;None\n"),
        ("f.csv", "id;right_now\na; None \n"),
        ("f.csv", "id;right_now\na;None, None\n"),
        ("f.csv", "id;right_now\na;None None\n"),
        ("f.csv", "record_id,right_now___none,survey_complete\na,None,2\n"),
        ("f.json", '{"id": "a", "answers": {"right_now": "None"}}'),
        ("f.json", '{"id": "a", "answers": {"right_now": ["None"], "nose": "It drips"}}'),
        ("f.yaml", "id: a\nright_now: None\n"),
    ],
)
def test_what_python_writes_for_no_value_is_never_the_choice_none(
    name: str, text: str, sneezing: Protocol, tmp_path: Path
) -> None:
    [wrong] = read(sneezing, text, tmp_path, name)
    assert NO_VALUE in wrong[0]
    assert "Did you mean" not in wrong[0]
    _, [fault], _ = scored(sneezing, tmp_path / name, output=tmp_path / "out.ndjson", asked=Asked())
    assert fault["nearest"] is None
    assert NO_VALUE in fault["message"]


@pytest.mark.parametrize("cell", ["none", "NONE", "None of these"])
def test_none_is_a_choice_where_python_would_not_have_written_it(cell: str, sneezing: Protocol, tmp_path: Path) -> None:
    assert read(sneezing, f"id;right_now\na;{cell}\n", tmp_path) == [{"right_now": ["none"]}]


@pytest.mark.parametrize("cell", ["NULL", "nan", ".", "N/A", "-999"])
@pytest.mark.parametrize("heading", ["nose", "nose___drips"])
def test_a_word_that_may_mean_missing_is_told_to_belong_into_a_mapping(
    heading: str, cell: str, sneezing: Protocol, tmp_path: Path
) -> None:
    [wrong] = read(sneezing, f"id,{heading}\na,{cell}\n", tmp_path)
    assert wrong[0].endswith(NO_VALUE)


# ---- how tables are written ----


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id,nose,,\na,drips,,\n", [{"nose": ["drips"]}]),
        ("id,nose,,\na,drips,x,\n", [["'a' has something in column 3, which has no name."]]),
        (",id,nose\n0,a,It drips\n1,b,drips\n", [{"nose": ["drips"]}] * 2),
        ("sep=;\nid;nose\na;drips\n", [{"nose": ["drips"]}]),
        ('"id";"nose"\n"a";"It drips"\n"b"\n"c";"drips";"x"\n', [{"nose": ["drips"]}, ["This row has 1 cells, the first"
         " row has 2."], ["This row has 3 cells, the first row has 2."]]),
        ("id;nose\na;dri\"ps\nb;drips\n", [["'a' answers 'nose' with 'dri\"ps', which is no choice of it. Did you mean"
         " 'drips'?"], {"nose": ["drips"]}]),
        ('id;nose\na;"drips"x\nb;drips\n', [["Broken table: ';' expected after '\"'. Is a quotation mark not doubled,"
         " or are the cells separated by another sign?"], {"nose": ["drips"]}]),
        ("id\tnose\na\tdrips\n", [{"nose": ["drips"]}]),
        ("\n\nid;nose\n\na;drips\n;\n", [{"nose": ["drips"]}]),
        ("id;nose\n", [["This table has no row below its first one."]]),
        ("patient;x\n1;2\n", None),
    ],
)  # fmt: skip
def test_a_table_is_read_as_it_was_saved(text: str, expected: Any, sneezing: Protocol, tmp_path: Path) -> None:
    found = read(sneezing, text, tmp_path)
    assert found == expected if expected is not None else "no questions" in found[0][0]


def test_a_byte_that_no_letter_has_is_a_fault_of_a_file_that_calls_itself_utf8(
    sneezing: Protocol, tmp_path: Path
) -> None:
    text = b"\xef\xbb\xbfid;nose\na;drips\nb;dr\x93ips\n"
    assert read(sneezing, text, tmp_path)[-1] == ["This is not UTF-8 text. Save the file with the encoding UTF-8."]
    _, faults, _ = scored(sneezing, tmp_path / "f.csv", output=tmp_path / "out.ndjson", asked=Asked())
    assert [fault["message"] for fault in faults] == ["This is not UTF-8 text. Save the file with the encoding UTF-8."]


def test_lines_are_counted_whatever_stands_in_cells(sneezing: Protocol, tmp_path: Path) -> None:
    path, output = tmp_path / "f.csv", tmp_path / "out.ndjson"
    path.write_text('id;nose;brought_on_by\n\n"a\nb";"It drips";""\n"c";"dirps";""\n\n"d";"drips;;";""\n"e";1;2;3\n')
    lines, faults, _ = scored(sneezing, path, output=output, asked=Asked())
    assert [line["id"] for line in lines] == ["a\nb", "d"]
    assert [fault["line"] for fault in faults] == [5, 8]


# ---- mappings ----

CLINIC = "pat,ward,born,visit,runny,t\n1,n,2001-05-06,2026-01-02,2,1\n2,n,2019-05-06,2026-01-02,1,-9\n3,n,,,9,0\n"
MAP = """id: pat
date: visit
set_aside: [ward]
missing: [-9]
columns:
  born: {question: age, date_of_birth: true}
  runny:
    question: nose
    values: {"1": drips, "2": [drips, bleeds]}
  t: {question: since, values: {"0": hours, "1": weeks}}
"""


def test_a_mapping_says_what_everything_means_and_the_rest_is_a_fault(sneezing: Protocol, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(MAP)
    mapping = read_mapping(tmp_path / "map.yaml", sneezing.questionnaire)
    wrong, *read_rows = read(sneezing, CLINIC, tmp_path, mapping=mapping)
    assert read_rows == [
        {"age": ["adult"], "nose": ["bleeds", "drips"], "since": ["weeks"]},
        {"age": ["child"], "nose": ["drips"]},
    ]
    assert wrong == [
        "'3' holds '9' in the column 'runny', of which the mapping says nothing."
        " Add it to 'values' or 'missing' there. It knows: 1, 2."
    ]


def test_a_mapping_with_faults_says_all_of_them(sneezing: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(
        "colums: {}\nmissing: [TODO]\ncolumns:\n  a: {question: noze}\n  b: {question: nose, values: {'1': drip}}\n"
    )
    with pytest.raises(DataFault) as caught:
        read_mapping(path, sneezing.questionnaire)
    assert sorted((problem.place.line, problem.hint) for problem in caught.value.problems) == [
        (1, "Did you mean 'columns'?"),
        (2, "Where nothing is, write []."),
        (4, "Did you mean 'nose'?"),
        (5, "Did you mean 'drips'?"),
    ]


# ---- little things ----


@pytest.mark.parametrize(
    ("answers", "hint"),
    [
        (
            {"neuro_signs": "weakness_one_side tremor"},
            "Separate choices with ; in a table, and make them a list elsewhere.",
        ),
        (
            {"neuro_signs": "tremor/weakness_one_side"},
            "Separate choices with ; in a table, and make them a list elsewhere.",
        ),
        ({"medicine_timing": "true"}, None),
        ({"thinking": "No"}, "Did you mean 'none'?"),
        ({"age": "x"}, "Did you mean 'age_group'?"),
        ({"date_of_birth": "x"}, "Did you mean 'age_group'?"),
    ],
)
def test_a_hint_names_one_choice_only_where_one_was_meant(
    answers: dict[str, str], hint: str | None, protocol: Protocol, tmp_path: Path
) -> None:
    path, output = tmp_path / "f.json", tmp_path / "out.ndjson"
    path.write_text(json.dumps({"id": "a", "answers": answers}))
    _, faults, _ = scored(protocol, path, output=output)
    said = faults[0]["message"]
    assert (hint in said) if hint else ("Did you mean" not in said)
    if hint is None or hint.startswith("Separate"):
        assert faults[0]["nearest"] is None


def test_an_empty_text_in_a_list_says_nothing(sneezing: Protocol, tmp_path: Path) -> None:
    assert read(sneezing, '{"id": "a", "answers": {"nose": ["drips", ""]}}', tmp_path, "f.json") == [
        {"nose": ["drips"]}
    ]


def test_answers_to_questions_that_do_not_apply_are_named(protocol: Protocol, tmp_path: Path) -> None:
    path, output = tmp_path / "f.json", tmp_path / "out.ndjson"
    path.write_text(json.dumps({"answers": {"age_group": "adult_18_39y", "infant_signs": ["none"]}}))
    lines, _, _ = scored(protocol, path, output=output)
    assert lines[0]["set_aside"] == ["infant_signs"]


def test_answers_of_later_rules_are_told(sneezing: Protocol, tmp_path: Path) -> None:
    path, output = tmp_path / "f.ndjson", tmp_path / "out.ndjson"
    path.write_text('{"id": "a", "protocol": "99.0.0", "answers": {"nose": ["drips"]}}\n' * 30)
    lines, _, notes = scored(sneezing, path, output=output, asked=Asked(rules=sneezing.version))
    assert len(lines) == 30
    assert [said.splitlines()[0] for said in notes.said if "warning" in said] == [
        f"{path}  warning: These answers are of 'protocol' '99.0.0'; here it is '0.1.0'."
    ]


@pytest.mark.parametrize("verb", ["score", "convert", "explain"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("f.json", '{"questionnaire_version": "99.0.0", "answers": {"nose": ["drips"]}}'),
        ("f.json", '[\n  {"questionnaire_version": "99.0.0", "answers": {"nose": ["drips"]}}\n]'),
        ("f.csv", "questionnaire_version,nose\n99.0.0,drips\n"),
        ("f.tsv", "questionnaire_version\tnose\n99.0.0\tdrips\n"),
        ("f.csv", "questionnaire_version;nose\n99.0.0;drips\n"),
        ("f.csv", "record_id,Questionnaire_Version,nose___drips,x_complete\nr,99.0.0,1,2\n"),
        ("f.json", '[{"questionnaire_version": "99.0.0", "nose": "It drips"}]'),
        ("f.yaml", 'answers: {nose: [drips]}\n"questionnaire_version": "99.0.0"  # of a trial\n'),
        ("g.yaml", "- questionnaire_version: 99.0.0\n  answers: {nose: [drips]}\n"),
    ],
)
def test_every_command_that_reads_answers_tells_that_they_are_of_a_later_questionnaire(
    verb: str, name: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (path := tmp_path / name).write_text(text)
    with pytest.raises(SystemExit) as left:
        main([verb, str(path), "--protocol", str(SNEEZING)])
    assert left.value.code == 0
    told = capsys.readouterr().err.count("warning: These answers are of 'questionnaire_version' '99.0.0'; here it is ")
    assert told == 1


def test_files_of_a_folder_that_are_not_read_are_named(sneezing: Protocol, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_text("id;nose\na;It drips\n")
    (folder / "notes.docx").write_text("x")
    (folder / "list.txt").write_text("x")
    (folder / ".hidden").write_text("x")
    lines, _, notes = scored(sneezing, folder, output=tmp_path / "out.ndjson", asked=Asked())
    assert len(lines) == 1
    assert notes.said[0].splitlines()[0] == f"{folder}  warning: Not read: 'list.txt', 'notes.docx'."


def test_a_mapping_is_drafted_from_a_table_and_a_dictionary(protocol: Protocol, tmp_path: Path) -> None:
    (tmp_path / "clinic.csv").write_text("pat,ward,yrs,fits,signs___1,mood\np1,n,40,1,1,2\np2,n,50,9,0,NA\n")
    (tmp_path / "dictionary.csv").write_text(
        '"Variable / Field Name","Form Name","Field Type","Field Label","Choices, Calculations, OR Slider Labels"\n'
        'fits,f,radio,Fits?,"1, Blank spells | 9, None of these"\n'
        'signs,f,checkbox,Signs,"1, Trembling or shaking"\n'
    )

    def opened(name: str) -> ForeignFile:
        return ForeignFile(tmp_path / name, lambda: (tmp_path / name).open("rb"))

    fields = read_dictionary(opened("dictionary.csv"))
    draft = draft_of(opened("clinic.csv"), protocol.questionnaire, fields)
    path = tmp_path / "map.yaml"
    path.write_text(draft.text, "utf-8")
    with pytest.raises(DataFault, match="still to be said"):
        read_mapping(path, protocol.questionnaire)
    text = draft.text.replace("[TODO]", "[NA]").replace('id: TODO  # "pat"', 'id: "pat"  #')
    text = text.replace("  - TODO  # take this line out", "  # ").replace("question: TODO  # ", "question: ")
    path.write_text(text.replace("seizures?", "seizures").replace("jerk_description?", "jerk_description"), "utf-8")
    mapping = read_mapping(path, protocol.questionnaire)
    assert mapping.id_column == "pat"
    assert mapping.columns["fits"].values == {"1": ("blank_spells",), "9": ("none",)}
    assert mapping.aside == {"ward", "yrs", "mood"}


def test_the_commands_read_and_write_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "f.csv"
    path.write_text('id;age_group;ward\na;"Adult, 18 to 39 years";n\n')
    with pytest.raises(SystemExit) as left:
        main(["convert", str(path), "--set-aside"])
    out, err = capsys.readouterr()
    assert (left.value.code, json.loads(out)["answers"]) == (0, {"age_group": "adult_18_39y"})
    assert "Read as a table." in err
    with pytest.raises(SystemExit):
        main(["score", str(path), "--from", "redcp"])
    assert "Did you mean 'redcap'?" in capsys.readouterr().err


@pytest.mark.parametrize("names", [("visit1/nose", "visit2/nose"), ("me/nose___drips", "sister/nose___drips")])
@pytest.mark.parametrize(("second", "refused"), [("yes", True), ("", False)])
def test_one_question_in_two_groups_is_never_put_together(
    names: tuple[str, str], second: str, refused: bool, sneezing: Protocol, tmp_path: Path
) -> None:
    """What one of two persons, or one of two visits, left open is not answered by the other; a blank column is none."""
    yes = "1" if "___" in names[0] else "drips"
    rows = f"7,u,2026-01-01,{yes},\n8,v,2026-01-01,,{second and yes}\n"
    found = read(sneezing, f"_id,_uuid,_submission_time,{','.join(names)}\n{rows}", tmp_path)
    if refused:
        assert f"Columns of several groups answer the same: '{names[0]}', '{names[1]}'" in found[0][0]
    else:
        assert found == [{} if yes == "1" else {"nose": ["drips"]}, {}]  # a grave sign has no column in the first


@pytest.mark.parametrize("age", ["34 M", "70M", "34 w", "20 d", "6m"])
def test_a_letter_behind_an_age_is_never_taken_for_months(age: str, protocol: Protocol, tmp_path: Path) -> None:
    """Many write 34 M or 34 w for a man or a woman of 34."""
    found = read(protocol, f"id,age,frequency\na,{age},daily_few\n", tmp_path)
    assert "may count something or mean a man or a woman. Write months" in found[0][0]
