"""What is wrong in a file of answers is said with its place, all at once, and never stops the good cases."""

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

import triage
from triage.answers.files import read_answer_files
from triage.assessment.assessment import assess
from triage.conditions.answer_state import NOT_APPLICABLE, UNKNOWN
from triage.documents.problems import DataFault
from triage.engines.decision import decide
from triage.engines.plain import PlainEngine
from triage.protocol.reading import read_protocol

SNEEZING = Path(__file__).parent / "protocols" / "sneezing"
WELL = {
    "right_now": ["none"],
    "age": "adult",
    "since": "hours",
    "nose": ["nothing_else"],
    "brought_on_by": ["pepper"],
}
NOT_UTF8 = "This is not UTF-8 text (a byte that no letter has).\n    Save the file with the encoding UTF-8."
NO_ALIAS = "A YAML alias (*{name}) is not read here.\n    Write the value out again."
SUFFIXES = "Answer files end in .json, .yaml, .yml, .ndjson, .jsonl, .csv, .tsv."


@pytest.fixture(scope="module")
def sneezing():
    return read_protocol(SNEEZING)


@pytest.fixture
def read(sneezing, tmp_path):
    """Write a file and read it: a case for each that is good, else the list of what is said."""

    def reading(name, content):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return [said(found, tmp_path) for found in read_answer_files([path], sneezing.questionnaire)]

    return reading


def said(found, folder):
    if not isinstance(found, DataFault):
        return found
    return [str(problem).replace(f"{folder}{os.sep}", "") for problem in found.problems]


def case(**answers):
    return json.dumps({"id": "a", "answers": answers})


def score(*arguments):
    command = [sys.executable, "-m", "triage", "score", "--protocol", str(SNEEZING), *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(Path(triage.__file__).parents[1])}
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False, env=environment)


FAULTS = {
    "unknown question": (
        "f.json",
        '{"id": "a",\n "answers": {\n   "nosee": ["drips"]}}',
        ["f.json:3:4  'a' answers 'nosee', which no question asks.\n    Did you mean 'nose'?"],
    ),
    "unknown question that is like no other": (
        "f.json",
        case(zzz="x"),
        ["f.json:1:25  'a' answers 'zzz', which no question asks."
         "\n    `triage questions` lists what may be answered."],
    ),
    "unknown choice": (
        "f.yaml",
        "id: a\nanswers:\n  since: hour\n",
        ["f.yaml:3:3  'a' answers 'since' with 'hour', which is no choice of it.\n    Did you mean 'hours'?"],
    ),
    "unknown choice inside a list": (
        "f.yaml",
        "id: a\nanswers:\n  nose:\n    - bleeds\n    - drip\n",
        ["f.yaml:5:7  'a' answers 'nose' with 'drip', which is no choice of it.\n    Did you mean 'drips'?"],
    ),
    "unknown choice that is like no other": (
        "f.yaml",
        "id: a\nanswers: {since: '4711'}\n",
        ["f.yaml:2:11  'a' answers 'since' with '4711', which is no choice of it."
         "\n    Known are: hours, days, weeks, months, unknown, not_applicable, not_asked."],
    ),
    "choice with a capital letter": (
        "f.yaml",
        "answers: {since: HOURS}\n",
        ["f.yaml:1:11  'f' answers 'since' with 'HOURS', which is no choice of it.\n    Did you mean 'hours'?"],
    ),
    "two answers to a single choice": (
        "f.yaml",
        "id: a\nanswers:\n  since: [hours, days]\n",
        ["f.yaml:3:3  'a' gives 2 answers to 'since', which takes one: 'hours', 'days'."],
    ),
    "none of these with others": (
        "f.yaml",
        "id: a\nanswers:\n  nose: [drips, nothing_else]\n",
        ["f.yaml:3:3  'a' answers 'nose' with 'drips', 'nothing_else', "
         "but 'nothing_else' excludes the others."],
    ),
    "unknown with others": (
        "f.yaml",
        "id: a\nanswers:\n  nose: [drips, unknown]\n",
        ["f.yaml:3:3  'a' answers 'nose' with 'drips', 'unknown', but 'unknown' excludes the others."],
    ),
    "a number": (
        "f.yaml",
        "id: a\nanswers:\n  age: 40\n",
        ["f.yaml:3:3  'a' should answer 'age' with a code, not 40."],
    ),
    "a boolean": (
        "f.json",
        case(nose=True),
        ["f.json:1:25  'a' should answer 'nose' with a list of codes, not true."
         "\n    Known are: bleeds, drips, blocked, nothing_else, unknown, not_applicable, not_asked."],
    ),
    "a mapping": (
        "f.json",
        case(nose={"drips": 1}),
        ["f.json:1:25  'a' should answer 'nose' with a list of codes, not {'drips': 1}."],
    ),
    "a list in a list": (
        "f.json",
        case(nose=[["drips"]]),
        ["f.json:1:25  'a' should answer 'nose' with a list of codes, not [['drips']]."],
    ),
    "a null in a list": (
        "f.json",
        case(nose=["drips", None]),
        ["f.json:1:25  'a' should answer 'nose' with a list of codes, not ['drips', null]."],
    ),
    "a very long value is cut": (
        "f.json",
        case(since="x" * 5000),
        [f"f.json:1:25  'a' answers 'since' with '{'x' * 55} ..., which is no choice of it."
         "\n    Known are: hours, days, weeks, months, unknown, not_applicable, not_asked."],
    ),
    "a control sign is shown harmlessly": (
        "f.json",
        case(since="\x1b[2J"),
        ["f.json:1:25  'a' answers 'since' with '\\x1b[2J', which is no choice of it."
         "\n    Known are: hours, days, weeks, months, unknown, not_applicable, not_asked."],
    ),
    "answers that are a list": (
        "f.yaml",
        "id: a\nanswers: [drips]\n",
        ["f.yaml:2:1  'a' should have a mapping of questions to answers, not ['drips']."],
    ),
    "a case that is a text": ("f.yaml", "drips\n",
                              ["f.yaml:1:1  'f' should be a mapping with answers, not 'drips'."]),
    "no answers at all": (
        "f.json",
        '{"id": "a"}',
        ["f.json:1:1  'a' holds no answers."
         "\n    Put them under the key 'answers'; `triage template` shows how."],
    ),
    "an empty list of cases": ("f.json", "[]", ["f.json:1:1  This list of cases is empty."]),
    "another questionnaire": (
        "f.json",
        '{"id": "a", "questionnaire": "coughing", "answers": {"nose": ["drips"]}}',
        ["f.json:1:13  'a' answers the questionnaire 'coughing', not 'sneezing'."],
    ),
    "an id that is a boolean": (
        "f.json",
        '{"id": true, "answers": {"nose": ["drips"]}}',
        ["f.json:1:2  'f' should have a text or a whole number as id, not true."],
    ),
    "an id that is a list": (
        "f.json",
        '{"id": ["a"], "answers": {"nose": ["drips"]}}',
        ["f.json:1:2  'f' should have a text or a whole number as id, not ['a']."],
    ),
    "a number of five thousand digits": (
        "f.json",
        f'{{"id": "a",\n "answers": {{"age": {"1" * 5000}}}}}',
        [f"f.json:2:14  'a' should answer 'age' with a code, not {'1' * 56} ...."],
    ),
    "a misspelt key of all answers": (
        "f.json",
        '{"id": "a", "anwers": {"nose": ["drips"]}}',
        ["f.json:1:13  'a' answers 'anwers', which no question asks.\n    Did you mean 'answers'?"],
    ),
    "all answers with a capital letter": (
        "f.yaml",
        "id: a\nAnswers:\n  nose: drips\n",
        ["f.yaml:2:1  'a' answers 'Answers', which no question asks.\n    Did you mean 'answers'?"],
    ),
    "an id among the answers": (
        "f.yaml",
        "answers:\n  id: a\n  nose: drips\n",
        ["f.yaml:2:3  'f' answers 'id', which no question asks.\n    It stands beside 'answers', not in it."],
    ),
    "a JSON key twice": (
        "f.json",
        '{"id": "a", "answers": {\n "nose": ["bleeds"],\n "age": "adult",\n "nose": ["drips"]}}',
        ["f.json:4:2  The key 'nose' stands here a second time."],
    ),
    "a JSON key twice in the second case": (
        "f.json",
        '[{"answers": {"nose": ["drips"]}},\n {"answers": {"nose": ["bleeds"],\n  "nose": ["drips"]}}]',
        ["f.json:3:3  The key 'nose' stands here a second time."],
    ),
    "a YAML key twice": (
        "f.yaml",
        "id: a\nanswers:\n  nose: [bleeds]\n  age: adult\n  nose: [drips]\n",
        ["f.yaml:5:3  The key 'nose' stands here a second time."],
    ),
    "broken JSON": ("f.json", '{"id": "a",\n "answers": {"nose" ["drips"]}}',
                    ["f.json:2:21  Broken JSON: Expecting ':' delimiter."]),
    "JSON that ends too early": (
        "f.json",
        '{"id": "a", "answers": {',
        ["f.json:1:25  Broken JSON: Expecting property name enclosed in double quotes."],
    ),
    "several JSON objects in one file": (
        "f.json",
        '{"id": "a", "answers": {"nose": ["drips"]}}\n{"id": "b", "answers": {"nose": ["drips"]}}\n',
        ["f.json:2:1  Broken JSON: Extra data."
         "\n    One object a line is NDJSON: let the file's name end in .ndjson."],
    ),
    "broken YAML": ("f.yaml", "id: a\nanswers: {nose: [drips}\n",
                    ["f.yaml:2:23  Broken YAML: did not find expected ',' or ']'."]),
    "several YAML documents": ("f.yaml", "id: a\n---\nid: b\n",
                               ["f.yaml:2:1  Broken YAML: a second document begins here, and a file holds one."
                                "\n    Put several cases in one list, each beginning with '- '."]),
    "a tab in YAML": ("f.yaml", "id: a\nanswers:\n\tnose: drips\n",
                      ["f.yaml:3:1  Broken YAML: a tab stands here, where only spaces may stand."
                       "\n    Indent with spaces."]),
    "a tab in YAML behind a list": ("f.yaml", "- id: a\n\tnose: drips\n",
                                    ["f.yaml:2:1  Broken YAML: a tab stands here, where only spaces may stand."
                                     "\n    Indent with spaces."]),
    "a sign that begins no value": ("f.yaml", "id: @a\n",
                                    ["f.yaml:1:5  Broken YAML: no value begins with '@'."
                                     "\n    Put the value in quotation marks."]),
    "a space missing behind a colon": (
        "f.yaml",
        "id: a\nrespondent:self\nanswers: {}\n",
        ["f.yaml:2:1  Broken YAML: could not find expected ':'."
         "\n    Is a space missing after a colon, or a quotation mark or bracket not closed, "
         "in this line or the one before?"],
    ),
    "a YAML text that is not closed": ("f.yaml", "id: 'a\nanswers: {}\n",
                                       ["f.yaml:1:5  Broken YAML: this quotation mark is not closed."]),
    "a bell in YAML": ("f.yaml", "id: é\nnote: \x07\n",
                       ["f.yaml:2:7  Broken YAML: a control sign (U+0007) stands here.\n    Delete it."]),
    "nothing at all in YAML": ("f.yaml", "id: é\x00\n",
                               ["f.yaml:1:6  Broken YAML: a control sign (U+0000) stands here.\n    Delete it."]),
    "a YAML alias": (
        "f.yaml",
        "id: a\nanswers:\n  nose: &same [drips]\n  brought_on_by: *same\n",
        [f"f.yaml:4:18  {NO_ALIAS.format(name='same')}"],
    ),
    "YAML aliases beside a key twice": (
        "f.yaml",
        "nose: &same [drips]\nage: [*same, *same]\nage: *same\n",
        [f"f.yaml:2:7  {NO_ALIAS.format(name='same')}", "f.yaml:3:1  The key 'age' stands here a second time.",
         f"f.yaml:3:6  {NO_ALIAS.format(name='same')}"],
    ),
    "YAML tags": (
        "f.yaml",
        "nose: !nose itchy\nsince: !!binary days\n",
        [
            "f.yaml:1:7  A YAML tag (!nose) is not read here.\n    Leave it out.",
            "f.yaml:2:8  A YAML tag (!!binary) is not read here.\n    Leave it out.",
        ],
    ),
    "a YAML alias of nothing": ("f.yaml", "nose: *no\n", [f"f.yaml:1:7  {NO_ALIAS.format(name='no')}"]),
    "a YAML tag builds nothing": (
        "f.yaml",
        "id: a\nanswers: !!python/object/apply:os.getcwd []\n",
        ["f.yaml:2:10  A YAML tag (!!python/object/apply:os.getcwd) is not read here.\n    Leave it out."],
    ),
    "UTF-16": (
        "f.json",
        case(nose=["drips"]).encode("utf-16"),
        [f"f.json:1  {NOT_UTF8}"],
    ),
    "one broken byte": (
        "f.json",
        b'{"id": "a",\n "note": "caf\xe9",\n "answers": {}}',
        [f"f.json:2  {NOT_UTF8}"],
    ),
    "an empty file": ("f.json", "", ["f.json  This file is empty."]),
    "a file of spaces": ("f.yaml", " \n\n", ["f.yaml  This file is empty."]),
    "an empty NDJSON file": ("f.ndjson", "\n \n", ["f.ndjson  This file is empty."]),
    "an empty table": ("f.csv", "", ["f.csv  This file is empty."]),
    "a missing file": ("f.json", None, ["f.json  There is no such file."]),
    "a missing file of an unknown kind": ("f.doc", None, ["f.doc  There is no such file."]),
    "a missing NDJSON file": ("f.ndjson", None, ["f.ndjson  There is no such file."]),
    "an unknown kind of file": (
        "f.doc",
        case(nose=["drips"]),
        [f"f.doc  This kind of file is not known here.\n    {SUFFIXES}"],
    ),
    "a table with a row too long": ("f.csv", "id,nose\na,drips,adult\n",
                                    ["f.csv:2  This row has 3 cells, the first row has 2."]),
    "a table with a row too short": ("f.csv", "id,nose,age\na,drips\n",
                                     ["f.csv:2  This row has 2 cells, the first row has 3."]),
    "a table with a column twice": ("f.csv", "id,nose,nose\na,drips,bleeds\n",
                                    ["f.csv:1  The column 'nose' stands here more than once."]),
    "a table with an unknown column": ("f.csv", "id,nosee\na,drips\n",
                                       ["f.csv:2  'a' answers 'nosee', which no question asks."
                                        "\n    Did you mean 'nose'?"]),
    "a table with an unknown choice": ("f.csv", "id,nose\n\na,drips;drop\n",
                                       ["f.csv:3  'a' answers 'nose' with 'drop', which is no choice of it."
                                        "\n    Did you mean 'drips'?"]),
    "a table with another capital letter": ("f.csv", "ID,nose\na,drips\n",
                                            ["f.csv:2  'f.csv:2' answers 'ID', which no question asks."
                                             "\n    Did you mean 'id'?"]),
    "a table of a European spreadsheet": ("f.csv", "id;nose\na;drips\n",
                                          ["f.csv:1  The first row has only one cell, 'id;nose'."
                                           "\n    Cells are separated by commas, in a .tsv file by tabs; "
                                           "these look separated by semicolons."]),
    "a table with commas that should be tabs": ("f.tsv", "id,nose\na,drips\n",
                                                ["f.tsv:1  The first row has only one cell, 'id,nose'."
                                                 "\n    Cells are separated by commas, in a .tsv file by tabs; "
                                                 "these look separated by commas."]),
    "a table with a quotation mark left open": ("f.csv", 'id,nose\na,"drips\n',
                                                ["f.csv:2  Broken table: unexpected end of data."]),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "expected"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_said_with_its_place(read, name, content, expected):
    assert read(name, content) == [expected]


def test_all_faults_of_a_case_are_said_at_once(read):
    content = (
        "id: [a]\nquestionnaire: coughing\nanswers:\n"
        "  nosee: drips\n  since: hour\n  age: 40\n  nose: [drip, bleed]\n"
        "  right_now: [none, cannot_breathe]\n"
    )
    [problems] = read("f.yaml", content)
    assert sorted(int(line.split(":")[1]) for line in problems) == [1, 2, 4, 5, 6, 7, 7, 8]


def test_a_place_is_found_in_json_with_tabs_and_beside_signs_of_any_kind(read):
    tabs = '{\n\t"id": "a",\n\t"answers": {\n\t\t"since": "hour"\n\t}\n}'
    smile = '{"id": "a",\n "note": "\\ud83d\\ude00",\n "answers": {\n  "since": "hour"}}'
    assert read("f.json", tabs)[0][0].startswith("f.json:4:3  ")
    assert read("f.json", smile)[0][0].startswith("f.json:4:3  ")
    lines = '{"id": "a",\n "note": "\u2028\u2029\x85",\n "answers": {\n  "since": "hour"}}'
    assert read("f.json", lines)[0][0].startswith("f.json:4:3  ")


# ---- files made to do harm ----


HARM = {
    "json": ("f.json", "[" * 100_000),
    "json inside an answer": ("f.json", case(nose="@").replace('"@"', "[" * 100_000 + "]" * 100_000)),
    "ndjson": ("f.ndjson", "[" * 100_000),
    "yaml": ("f.yaml", "[" * 100_000),
    "yaml mappings": ("f.yaml", "{a: " * 100_000),
    "yaml dashes": ("f.yaml", "- " * 100_000 + "x"),
    "yaml question marks": ("f.yaml", "? " * 100_000 + "x"),
    "yaml lines": ("f.yaml", "\n".join(f"{' ' * depth}a:" for depth in range(2000))),
    "yaml behind a comment full of closing brackets": ("f.yaml", f"# {']' * 100_000}\na: {'[' * 100_000}"),
    "yaml behind a text full of closing brackets": ("f.yaml", f"a: '{'}' * 100_000}'\nb: {'[' * 100_000}"),
}


@pytest.mark.parametrize(("name", "content"), HARM.values(), ids=HARM)
def test_a_hundred_thousand_brackets_do_no_harm(tmp_path, name, content):
    (tmp_path / name).write_text(content, encoding="utf-8")
    done = score(tmp_path / name)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("This is nested more than 60 levels deep.") == 1


def test_brackets_in_texts_are_no_levels(read):
    [good] = read("f.yaml", f"id: a\nnote: '{'[' * 200}'\nanswers: {{nose: [drips]}}\n")
    assert good.answers.states["nose"] == {"drips"}


def test_yaml_that_unfolds_without_end_is_refused_quickly(read):
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for before, name in pairwise("abcdefghi"):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    begun = time.process_time()
    [problems] = read("f.yaml", "\n".join(lines))
    assert problems == [f"f.yaml:{at}:8  {NO_ALIAS.format(name=name)}" for at, name in enumerate("abcdefgh", start=2)]
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    "answers", [{"since": "x" * 10_000_000}, {"x" * 10_000_000: "days"}], ids=["answer", "question"]
)
def test_a_text_of_ten_million_signs_is_refused_quickly(read, answers):
    begun = time.process_time()
    [[problem]] = read("f.json", json.dumps({"id": "a", "answers": answers}))
    assert "'a' answers " in problem
    assert time.process_time() - begun < 2


# ---- files and folders that cannot be read ----


def test_a_folder_is_read_in_order_and_an_empty_one_is_said(sneezing, tmp_path):
    for name in ("b.json", "a.yaml", "inside/c.json", "notes.txt"):
        path = tmp_path / "full" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(WELL), encoding="utf-8")
    (tmp_path / "empty").mkdir()
    paths = [tmp_path / "full", tmp_path / "empty"]
    *cases, empty = [said(found, tmp_path) for found in read_answer_files(paths, sneezing.questionnaire)]
    assert [found.id for found in cases] == ["a", "b", "c"]
    [problem] = empty
    assert problem.startswith("empty  This folder holds no answer files.")


def test_a_folder_with_the_name_of_a_file_is_a_folder(sneezing, tmp_path):
    (tmp_path / "f.json").mkdir()
    [fault] = read_answer_files([tmp_path / "f.json"], sneezing.questionnaire)
    assert "This folder holds no answer files." in str(fault)


@contextmanager
def ordinary_user():
    """A folder, and a user who may be kept out of it: root, whom nothing keeps out, becomes somebody else."""
    if os.name != "posix":
        pytest.skip("permissions are of another kind here")
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        try:
            yield folder, lambda: os.seteuid(65534) if root else None
        finally:
            if root:
                os.seteuid(0)
            for path in folder.rglob("*"):
                path.chmod(0o700)


def without_permission(sneezing, make):
    """Return what is said of a path that ``make`` has built in a folder and closed."""
    with ordinary_user() as (folder, become_ordinary):
        (folder / "good.json").write_text(json.dumps(WELL), encoding="utf-8")
        path = make(folder)
        list(read_answer_files(folder.glob("good*"), sneezing.questionnaire))  # all is imported by now
        become_ordinary()
        return [said(found, folder) for found in read_answer_files([path], sneezing.questionnaire)]


@pytest.mark.parametrize("name", ["f.json", "f.ndjson", "f.csv"])
def test_a_file_that_may_not_be_read(sneezing, name):
    def make(folder):
        (folder / name).write_text("{}", encoding="utf-8")
        (folder / name).chmod(0)
        return folder / name

    assert without_permission(sneezing, make) == [[f"{name}  This file may not be read (no permission)."]]


def closed(folder):
    (folder / "closed").mkdir()
    (folder / "closed" / "f.json").write_text(json.dumps(WELL), encoding="utf-8")
    (folder / "closed").chmod(0)
    return folder / "closed"


def test_a_file_in_a_folder_that_may_not_be_entered(sneezing):
    [[problem]] = without_permission(sneezing, lambda folder: closed(folder) / "f.json")
    assert problem == f"{Path('closed', 'f.json')}  This file may not be read (no permission)."


def test_a_folder_that_may_not_be_read(sneezing):
    [[problem]] = without_permission(sneezing, closed)
    assert problem.startswith("closed  This folder")
    assert "no permission" in problem.lower() or "permission denied" in problem.lower()


def test_a_closed_folder_inside_a_folder_does_not_vanish(sneezing):
    found = without_permission(sneezing, lambda folder: closed(folder).parent)
    assert [one.id for one in found if not isinstance(one, list)] == ["good"]
    [[problem]] = [one for one in found if isinstance(one, list)]
    assert problem.startswith("closed  This folder")


def test_a_name_that_is_too_long_for_any_file(sneezing):
    [fault] = read_answer_files([Path("x" * 300)], sneezing.questionnaire)
    assert "This file cannot be read" in str(fault)


def test_an_impossible_name(sneezing):
    [fault] = read_answer_files([Path("nul\0.json")], sneezing.questionnaire)
    assert isinstance(fault, DataFault)


# ---- what is read, and as what ----


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("f.json", case(nose=["drips"], age="adult")),
        ("f.json", "\ufeff" + case(nose=["drips"], age="adult")),
        ("f.json", json.dumps({"nose": "drips", "age": ["adult"]})),
        ("f.json", json.dumps([{"nose": ["drips", "drips"], "age": "adult"}])),
        ("f.JSON", case(nose=["drips"], age="adult")),
        ("f.yaml", "answers:\n  nose: [drips]\n  age: adult\n"),
        ("f.yml", "\ufeffnose: drips\nage: adult\n"),
        ("f.ndjson", "\ufeff\n" + case(nose=["drips"], age="adult") + "\r\n\n"),
        ("f.jsonl", case(nose=["drips"], age="adult")),
        ("f.csv", "\ufeffid,nose,age\r\na,drips,adult\r\n"),
        ("f.csv", 'age,"nose"\n"adult"," drips "\n'),
        ("f.tsv", "id\tage\tnose\na\tadult\tdrips\n"),
    ],
)  # fmt: skip
def test_every_kind_of_file_says_the_same(read, name, content):
    [found] = read(name, content)
    states = found.answers.states
    assert (states["nose"], states["age"], states["since"]) == ({"drips"}, {"adult"}, UNKNOWN)


def test_a_cell_of_a_table_holds_several_choices(read):
    table = "id,nose,brought_on_by\na,drips; bleeds ,pepper;\nb,,;\n"
    [first, second] = read("f.csv", table)
    assert first.answers.states["nose"] == {"drips", "bleeds"}
    assert first.answers.states["brought_on_by"] == {"pepper"}
    assert second.answers.states["nose"] is UNKNOWN


def test_a_row_with_nothing_but_an_id_is_a_case_of_which_nothing_is_known(read):
    [found] = read("f.csv", "id,nose,age\na,,\n")
    assert found.answers.states["nose"] is UNKNOWN


def test_a_line_in_a_cell_does_not_shift_the_places(read):
    [first, second] = read("f.csv", 'id,note,nose\n"a\nb",,drips\nc,,drop\n')
    assert first.id == "a\nb"
    assert second[0].startswith("f.csv:4  'c' answers 'nose' with 'drop'")


def test_other_keys_are_left_alone(read):
    [found] = read("f.json", '{"id": "a", "doctor": {"name": 1}, "answers": {"nose": ["drips"]}, "x": [[]]}')
    assert found.answers.states["nose"] == {"drips"}


def test_what_stands_beside_the_answers_is_kept(read):
    [found] = read("f.json", '{"answered_at": "2026-02-03", "protocol": "0.0.9", "answers": {}}')
    assert (found.answered_at, found.protocol) == ("2026-02-03", "0.0.9")


@pytest.mark.parametrize("value", ['{"a": 1}', "[1]", "true", '"\\ud800"'])
@pytest.mark.parametrize("key", ["answered_at", "protocol"])
def test_what_stands_beside_the_answers_has_its_form(read, key, value):
    [found] = read("f.json", f'{{"id": "a",\n "{key}": {value}, "answers": {{}}}}')
    assert isinstance(found, list)
    assert found[0].startswith("f.json:2:2  'a' should have a ")


@pytest.mark.parametrize("value", [None, [], "", "unknown", ["unknown"]])
def test_what_says_nothing_is_unknown(read, value):
    [found] = read("f.json", case(nose=value, since=value))
    assert (found.answers.states["nose"], found.answers.states["since"]) == (UNKNOWN, UNKNOWN)
    assert not found.answers.set_aside


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("f.json", json.dumps({"answers": {}}), ["f"]),
        ("f.json", json.dumps({"id": None, "answers": {}}), ["f"]),
        ("f.json", json.dumps({"id": "", "answers": {}}), ["f"]),
        ("f.yaml", "# a comment\n\nanswers: {nose: [drips]}\n", ["f"]),
        ("f.json", json.dumps({"id": 17, "answers": {}}), ["17"]),
        ("f.json", json.dumps({"id": "Ä 1", "answers": {}}), ["Ä 1"]),
        ("f.json", '[{"id": 1.0, "answers": {}}, {"id": 1e3, "answers": {}}]', ["1.0", "1e3"]),
        ("f.json", f'{{"id": {"1" * 5000}, "answers": {{}}}}', ["1" * 5000]),
        ("f.yaml", "[{id: 007, answers: {}}, {id: 010, answers: {}}, {id: 7, answers: {}}]", ["007", "010", "7"]),
        ("f.yaml", "[{id: 1.10, answers: {}}, {id: 1e3, answers: {}}, {id: +7, answers: {}}]", ["1.10", "1e3", "+7"]),
        ("f.json", json.dumps([{"answers": {}}, {"id": "b", "answers": {}}], indent=1), ["f.json:2", "b"]),
        ("f.ndjson", '{"answers": {}}\n\n{"answers": {}}\n', ["f.ndjson:1", "f.ndjson:3"]),
        ("f.csv", "nose\ndrips\nbleeds\n", ["f.csv:2", "f.csv:3"]),
    ],
)
def test_ids(read, name, content, expected):
    assert [found.id for found in read(name, content)] == expected


# ---- questions that do not apply ----


@pytest.mark.parametrize(
    ("brought_on_by", "expected"), [("pepper", NOT_APPLICABLE), ("animals", UNKNOWN), ("unknown", UNKNOWN)]
)
def test_not_applicable_is_silent_where_so_and_unknown_elsewhere(read, brought_on_by, expected):
    [found] = read("f.json", case(brought_on_by=[brought_on_by], breath_near_animals="not_applicable"))
    assert found.answers.states["breath_near_animals"] is expected
    assert not found.answers.set_aside


def decision(sneezing, found):
    return decide(sneezing, PlainEngine(sneezing).judge(found.answers))


def test_an_answer_that_does_not_apply_is_set_aside(sneezing, read):
    [found] = read("f.json", json.dumps({**WELL, "breath_near_animals": "quiet"}))
    assert found.answers.set_aside == {"breath_near_animals": {"quiet"}}
    assert not found.answers.misplaced
    assert decision(sneezing, found).outcome == "likely_benign"
    shown = assess(sneezing, found.answers, [PlainEngine(sneezing)]).set_aside
    assert [(answer.question, answer.codes) for answer in shown] == [("breath_near_animals", ("quiet",))]


def test_a_warning_that_does_not_apply_is_never_benign(sneezing, read):
    [found] = read("f.json", json.dumps({**WELL, "breath_near_animals": "whistles"}))
    assert found.answers.misplaced == {"breath_near_animals"}
    assert decision(sneezing, found).outcome == "suggests_disease"


def test_a_warning_that_does_not_apply_is_shown_with_the_answer_it_contradicts(sneezing, read):
    [found] = read("f.json", json.dumps({**WELL, "breath_near_animals": "whistles"}))
    result = assess(sneezing, found.answers, [PlainEngine(sneezing)])
    assert [(answer.question, answer.codes) for answer in result.warning_signs] == [
        ("breath_near_animals", ("whistles",))
    ]
    [reason] = [reason for reason in result.reasons if reason.rule == "G01"]
    assert {answer.question: answer.codes for answer in reason.because} == {
        "breath_near_animals": ("whistles",),
        "brought_on_by": ("pepper",),
    }


# ---- good cases beside bad ones ----


def test_good_cases_are_scored_in_order_beside_bad_ones(tmp_path):
    good = [json.dumps({"id": f"good {number}", "answers": WELL}) for number in range(3)]
    lines = [good[0], "{", good[1], '{"id": "bad", "answers": {"nose": "drop"}}', good[2]]
    (tmp_path / "f.ndjson").write_bytes("\n".join(lines).encode() + b'\n{"id": "caf\xe9"}\n')
    cases = [{"since": "hour"}, {"id": "last", **WELL}]
    (tmp_path / "g.json").write_text(json.dumps(cases), encoding="utf-8")
    done = score(tmp_path / "f.ndjson", tmp_path / "missing.json", tmp_path / "g.json")
    assert done.returncode == 1
    scored = [json.loads(line)["id"] for line in done.stdout.splitlines()]
    assert scored == ["good 0", "good 1", "good 2", "last"]
    places = [line.split("  ")[0].rsplit(os.sep, 1)[-1] for line in done.stderr.splitlines() if line[0] != " "]
    assert places == [
        "f.ndjson:2:2",
        "f.ndjson:4:27",
        "f.ndjson:6",
        "missing.json",
        "g.json:1:3",
        "4 scored, 5 not readable.",
    ]


def test_good_rows_of_a_table_are_scored_beside_bad_ones(read):
    first, bad, last = read("f.csv", "id,nose\na,drips\nb,drips,x\nc,bleeds\n")
    assert (first.id, last.id) == ("a", "c")
    assert bad == ["f.csv:3  This row has 3 cells, the first row has 2."]
