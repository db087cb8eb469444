"""The command line: results on standard output and all else on standard error, honest exit codes, never a traceback."""

import io
import json
import os
import random
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

import triage
from triage.assessment.assessment import Assessment
from triage.assessment.score_line import FIELDS, score_line
from triage.command_line import main
from triage.documents.problems import DataFault
from triage.engines import EngineUnavailable, build_engine
from triage.engines.decision import decide
from triage.engines.plain import PlainEngine
from triage.exchange.cases import read_files
from triage.foreign.form import Asked
from triage.protocol.reading import read_protocol

pytestmark = pytest.mark.usefixtures("read_once")

SNEEZING = Path(__file__).parent / "protocols" / "sneezing"
STORIES = SNEEZING / "cases" / "stories.yaml"
WELL = {"right_now": ["none"], "age": "adult", "since": "hours", "nose": ["nothing_else"], "brought_on_by": ["pepper"]}
TRIAGE = [sys.executable, "-m", "triage"]
posix = pytest.mark.skipif(os.name != "posix", reason="pipes and signals are of another kind here")


ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(triage.__file__).parents[1])}


def written(verb, *arguments, protocol=SNEEZING):
    return [verb, *map(str, arguments), *(["--protocol", str(protocol)] if protocol else [])]


def run(verb, *arguments, **options):
    """Run a verb as the command does, in this process; whatever it raises is a failure."""
    streams = [io.TextIOWrapper(io.BytesIO(), write_through=True) for _ in range(2)]
    with redirect_stdout(streams[0]), redirect_stderr(streams[1]), pytest.raises(SystemExit) as left:
        main(written(verb, *arguments, **options))
    out, errors = (stream.buffer.getvalue().decode() for stream in streams)
    return subprocess.CompletedProcess(arguments, left.value.code, out, errors)


def run_apart(verb, *arguments, protocol=SNEEZING, **options):
    """Run a verb in a process of its own."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": ENVIRONMENT, **options}
    command = [*TRIAGE, *written(verb, *arguments, protocol=protocol)]
    done = subprocess.run(command, encoding="utf-8", timeout=60, check=False, **options)
    assert "Traceback" not in (done.stderr or "")
    assert "No module named" not in (done.stderr or "")
    return done


def outcome(done):
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def case_file(tmp_path):
    path = tmp_path / "case.json"
    path.write_text(json.dumps({"id": "a", "answers": WELL}), encoding="utf-8")
    return path


@pytest.fixture
def many(tmp_path):
    """Write far more cases than a pipe holds the results of."""
    path = tmp_path / "many.ndjson"
    path.write_text("".join(json.dumps({"id": f"c{n}", **WELL}) + "\n" for n in range(1500)), encoding="utf-8")
    return path


# ---- score ----


def test_score_prints_one_line_a_case_with_all_fields_in_their_order(case_file):
    done = run_apart("score", STORIES, case_file)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (0, "")
    assert [line["id"] for line in lines] == ["N01", "N02", "N03", "N04", "N05", "a"]
    assert all(tuple(line) == FIELDS for line in lines)
    assert lines[0] | {"review_status": ""} == {
        "id": "N01",
        "outcome": "likely_benign",
        "urgency": "self_care",
        "at_worst": "self_care",
        "types": ["ordinary_sneezing"],
        "causes": [],
        "warning_signs": [],
        "could_not_rule_out": [],
        "set_aside": [],
        "rules": ["F01", "F02", "F03", "B01"],
        "review_status": "",
    }
    assert lines[0]["review_status"].startswith("draft")


def test_score_writes_letters_as_they_are(tmp_path):
    path = tmp_path / "case.json"
    path.write_text(json.dumps({"id": "Zoë 中", "answers": WELL}), encoding="utf-8")
    done = run_apart("score", path, env=ENVIRONMENT | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
    assert '"id": "Zoë 中"' in done.stdout


def test_score_never_makes_an_exit_code_of_an_urgency(case_file):
    case_file.write_text(json.dumps({"right_now": ["cannot_breathe"]}), encoding="utf-8")
    done = run("score", case_file)
    assert json.loads(done.stdout)["urgency"] == "emergency"
    assert (done.returncode, done.stderr) == (0, "")


def test_score_says_faults_on_standard_error_and_leaves_with_1(tmp_path, case_file):
    (tmp_path / "bad.yaml").write_text("nose: [drip]\n", encoding="utf-8")
    done = run_apart("score", tmp_path / "bad.yaml", case_file)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["a"]
    assert done.stderr == (
        f"{tmp_path / 'bad.yaml'}:1:8  'bad' answers 'nose' with 'drip', which is no choice of it.\n"
        "    Did you mean 'drips'?\n"
        "1 scored, 1 not readable.\n"
    )
    assert done.returncode == 1


@pytest.mark.parametrize("engine", ["plain", "durable"])
def test_the_engines_print_the_same(engine):
    try:
        build_engine(engine, read_protocol(SNEEZING))
    except EngineUnavailable as reason:
        done = run("score", STORIES, "--engine", engine)
        assert (done.returncode, done.stdout) == (1, "")
        assert "Use --engine plain." in done.stderr
        pytest.skip(str(reason))
    done = run("score", STORIES, "--engine", engine)
    assert outcome(done) == outcome(run("score", STORIES))
    assert done.returncode == 0


def test_durable_rules_bears_a_rule_that_would_unfold_into_thousands(tmp_path):
    pytest.importorskip("durable.engine", reason="durable-rules cannot be imported", exc_type=ImportError)
    folder = shutil.copytree(SNEEZING, tmp_path / "wide")
    part = "{any: [{age: baby, since: hours}, {age: child, since: days}, {nose: bleeds, since: weeks}]}"
    page = folder / "warnings.yaml"
    wide = f"right_now: unknown\n      all: [{', '.join([part] * 8)}]\n"
    page.write_text(page.read_text(encoding="utf-8").replace("right_now: unknown\n", wide), encoding="utf-8")
    durable, plain = (run("score", STORIES, "--engine", name, protocol=folder) for name in ("durable", "plain"))
    assert (durable.returncode, durable.stdout) == (0, plain.stdout)


# ---- score -o ----


def test_output_goes_to_a_file_that_only_its_owner_may_read(tmp_path, case_file):
    output = tmp_path / "results.ndjson"
    done = run("score", STORIES, case_file, "-o", output)
    assert outcome(done) == (0, "", "")
    assert output.read_text(encoding="utf-8") == run("score", STORIES, case_file).stdout
    if os.name == "posix":
        assert stat.S_IMODE(output.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case.json", "results.ndjson"]


def test_output_replaces_a_file_and_holds_the_good_cases(tmp_path, case_file):
    output = tmp_path / "results.ndjson"
    output.write_text("old", encoding="utf-8")
    output.chmod(0o644)
    assert run("score", case_file, tmp_path / "missing.json", "--output", output).returncode == 1
    assert json.loads(output.read_text(encoding="utf-8"))["id"] == "a"
    if os.name == "posix":
        assert stat.S_IMODE(output.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "arguments",
    [["missing.json"], ["case.json", "--protocol", "."], ["case.json", "--engine", "durabel"], []],
    ids=["nothing to read", "no protocol", "no engine", "no path"],
)
def test_an_output_file_stays_as_it_was_where_there_is_no_result(tmp_path, case_file, arguments, monkeypatch):
    output = tmp_path / "results.ndjson"
    output.write_text("old", encoding="utf-8")
    assert case_file.exists()
    protocol = None if "--protocol" in arguments else SNEEZING
    monkeypatch.chdir(tmp_path)
    assert run("score", *arguments, "-o", output, protocol=protocol).returncode in (1, 2)
    assert output.read_text(encoding="utf-8") == "old"
    left = {path.name for path in tmp_path.iterdir()}
    assert left - {"results.errors.ndjson"} == {"case.json", "results.ndjson"}


@pytest.mark.parametrize("name", ["nowhere/results.ndjson", "case.json/results.ndjson"])
def test_an_output_that_cannot_be_written(tmp_path, case_file, name):
    done = run("score", case_file, "-o", tmp_path / name)
    assert (done.returncode, done.stdout) == (1, "")
    assert "This file cannot be written: " in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["case.json"]


@posix
def test_what_is_no_ordinary_file_is_never_replaced_by_one(tmp_path):
    """For root /dev/null could be, and every program on the machine would fill the disk with it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = run("export", "review", "-o", pipe)
    assert (done.returncode, done.stdout) == (1, "")
    assert "This is no ordinary file" in done.stderr
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(tmp_path.iterdir()) == [pipe]


# ---- being interrupted, and a reader or a disk that has had enough ----


@posix
@pytest.mark.parametrize("output", [False, True])
def test_an_interruption_leaves_with_130_and_no_half_written_file(tmp_path, output):
    results = tmp_path / "results.ndjson"
    results.write_text("old", encoding="utf-8")
    command = [*TRIAGE, "score", "-", "--protocol", str(SNEEZING), *(["-o", str(results)] * output)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=ENVIRONMENT,
    )
    with process:
        # More than a pipe holds: it is through when the program has begun to read, which then waits for the end.
        process.stdin.write((json.dumps(WELL) + "\n") * 3_000)
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert results.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [results]


@posix
def test_a_pipe_with_a_name_is_no_endless_wait(tmp_path):
    """It can be opened only once, and what it held when it was looked at would be lost."""
    os.mkfifo(tmp_path / "pipe.ndjson")
    done = run("score", tmp_path / "pipe.ndjson")
    assert done.returncode == 1
    assert "Standard input takes a pipe: `-` in place of its name." in done.stderr


@posix
@pytest.mark.parametrize("verb", ["score", "explain", "questions", "rules", "template", "verify"])
def test_a_reader_that_leaves_early(many, verb):
    """As in `triage score many.ndjson | head -1`."""
    arguments = {"score": [many], "explain": [STORIES, "--id", "N01"], "verify": ["--json"]}.get(verb, [])
    command = [*TRIAGE, verb, *map(str, arguments), "--protocol", str(SNEEZING)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=ENVIRONMENT
    ) as process:
        if verb == "score":
            assert json.loads(process.stdout.readline())["id"] == "c0"
        process.stdout.close()
        errors = process.stderr.read()
        process.wait(timeout=20)
    assert errors == ""
    assert process.returncode in (0, 1, 141)


@posix
@pytest.mark.parametrize("kind", [["form", "--as", "fhir"], ["review"]])
def test_what_does_not_fit_on_a_disk_is_told_by_its_name(tmp_path, kind):
    import resource  # there is none on Windows

    def nothing_fits():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))

    path = tmp_path / "written.json"
    # Else half of a compiled module would be kept, over which whoever comes next stumbles.
    environment = {**ENVIRONMENT, "PYTHONDONTWRITEBYTECODE": "1"}
    done = run_apart("export", *kind, "-o", path, preexec_fn=nothing_fits, env=environment)
    assert (done.returncode, done.stderr.strip()) == (1, f"{path}  This file cannot be written: File too large.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk here that is always full")
@pytest.mark.parametrize(
    "arguments",
    [["score", STORIES], ["explain", STORIES, "--id", "N01"], ["explain", STORIES, "--id", "N01", "--json"], ["rules"]],
    ids=lambda arguments: f"{arguments[0]}{' --json' if '--json' in arguments else ''}",
)
def test_a_disk_that_is_full(arguments):
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = run_apart(*arguments, stdout=full)
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert len(done.stderr.splitlines()) <= 3


@posix
@pytest.mark.parametrize(
    "arguments",
    [["rules"], ["score", STORIES], ["explain", STORIES, "--id", "N01"], ["--version"], ["--help"], ["ask"]],
)
def test_a_closed_output_is_said(arguments):
    """As in `triage rules >&-`."""
    done = run_closed(1, *arguments)
    assert done.returncode == 1
    assert "standard output is closed" in done.stderr.lower()
    assert len(done.stderr.splitlines()) == 1


@posix
def test_a_closed_output_does_no_harm_to_a_file(tmp_path, case_file):
    assert outcome(run_closed(1, "score", case_file, "-o", tmp_path / "out.ndjson")) == (0, "", "")
    assert json.loads((tmp_path / "out.ndjson").read_text(encoding="utf-8"))["id"] == "a"


@posix
def test_what_cannot_be_said_is_not_said_among_the_results(tmp_path, case_file):
    """As in `triage score missing.json case.json 2>&-`."""
    done = run_closed(2, "score", tmp_path / "missing.json", case_file)
    assert (done.returncode, [json.loads(line)["id"] for line in done.stdout.splitlines()]) == (1, ["a"])


@posix
def test_nobody_can_answer_where_the_input_is_closed():
    done = run_closed(0, "ask", "--plain", "--no-save")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.endswith("Nothing was kept.\n")


def run_closed(stream, verb, *arguments):
    """Run a verb in a process of its own that has no such stream."""
    command = shlex.join([*TRIAGE, *written(verb, *arguments, protocol=None if verb.startswith("-") else SNEEZING)])
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec {command} {stream}>&-"],
        capture_output=True, encoding="utf-8", timeout=60, check=False, env=ENVIRONMENT,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


# ---- explain ----


def test_explain_in_json_has_the_fields_it_declares():
    done = run("explain", STORIES, "--id", "N03", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert tuple(json.loads(done.stdout)) == tuple(Assessment.model_fields)
    result = Assessment.model_validate_json(done.stdout)
    assert (result.id, result.urgency, result.protocol.name) == ("N03", "emergency", "sneezing")
    assert result.engines[0] == "plain"
    assert result.disagreement is None


def test_explain_agrees_with_score():
    scored = [json.loads(line) for line in run("score", STORIES).stdout.splitlines()]
    result = json.loads(run("explain", STORIES, "--id", "N02", "--json").stdout)
    for field in ("id", "outcome", "urgency", "at_worst"):
        assert result[field] == scored[1][field]
    assert [kind["code"] for kind in result["types"]] == scored[1]["types"]
    assert [cause["code"] for cause in result["causes"]] == scored[1]["causes"]


def test_explain_of_one_case_needs_no_id(case_file):
    done = run("explain", case_file)
    assert (done.returncode, done.stderr) == (0, "")
    assert "SELF CARE" in done.stdout
    assert not [line for line in done.stdout.splitlines() if line != line.rstrip()]


def test_explain_of_several_cases_asks_which():
    assert outcome(run("explain", STORIES)) == (
        1,
        "",
        f"{STORIES}  This file holds 5 cases; explain takes one.\n    Name one with --id: N01, N02, N03, N04, N05.\n",
    )


def test_explain_of_an_unknown_id_names_the_nearest():
    assert outcome(run("explain", STORIES, "--id", "N033")) == (
        1,
        "",
        f"{STORIES}  No readable case here has the id 'N033'.\n    Did you mean 'N03'?\n",
    )


def test_explain_picks_none_of_several_cases_of_the_id_that_is_named(tmp_path):
    """The first might be well and the second an emergency: to show one of them would be to hide the other."""
    path = tmp_path / "cases.ndjson"
    cases = [{"id": "a", "answers": WELL}, {"id": "b", "answers": WELL}, {"id": "a", "answers": {"right_now": "none"}}]
    path.write_text("".join(f"{json.dumps(case)}\n" for case in cases), encoding="utf-8")
    done = run("explain", path, "--id", "a")
    assert (done.returncode, done.stdout) == (1, "")
    for line in (1, 3):
        assert f"{path}:{line}:1  2 cases here have the id 'a', so nobody can tell which is meant." in done.stderr
    assert run("explain", path, "--id", "b").returncode == 0


@posix
def test_explain_in_json_bears_a_file_name_that_is_no_text(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.json"))
    path.write_text(json.dumps({"answers": WELL}), encoding="utf-8")
    done = run("explain", path, "--json")
    assert (done.returncode, json.loads(done.stdout)["id"]) == (0, "\udcff")


def test_explain_of_a_bad_case_says_its_faults(case_file):
    case_file.write_text(json.dumps({"id": "a", "answers": {"nose": ["drip"]}}), encoding="utf-8")
    done = run("explain", case_file)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{case_file}:1:")


@pytest.mark.usefixtures("case_file")
@pytest.mark.parametrize(
    "command",
    [
        ["score", ""],
        ["explain", ""],
        ["rules", "--protocol", ""],
        ["export", "review", "-o", ""],
        ["ask", "--save", ""],
        ["ask", "--letter", ""],
        ["diff", ""],
        ["diff", SNEEZING, ""],
        ["verify", "--counterexamples", ""],
    ],
)
def test_an_empty_name_is_not_the_folder_one_is_in(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    done = run(*command, protocol=None)
    assert (done.returncode, done.stdout) == (2, "")
    assert "An empty name names nothing." in done.stderr


def test_explain_says_that_it_reads_no_standard_input():
    done = run("explain", "-")
    assert (done.returncode, done.stdout) == (2, "")
    assert "explain reads a file, not standard input" in done.stderr


@pytest.mark.parametrize("name", ["f.parquet", "f.ndjson.gz", "f.json.zst"])
def test_explain_says_what_only_score_reads(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    done = run("explain", tmp_path / name)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{tmp_path / name}  This kind of file is read by `triage score` only.\n    Here ans")


@pytest.mark.parametrize("verb", ["score", "explain"])
def test_a_named_file_that_may_not_be_read_is_no_wrong_use(tmp_path, case_file, monkeypatch, verb):
    closed = tmp_path / "closed.json"
    closed.write_text("{}", encoding="utf-8")
    really_open = Path.open

    def opened(path, *arguments, **options):
        if path == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return really_open(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", opened)
    monkeypatch.setattr(os, "access", lambda name, *_: Path(name) != closed)
    done = run(verb, closed, *([case_file] if verb == "score" else []))
    assert done.returncode == 1
    assert done.stderr.startswith(f"{closed}  This file may not be read (no permission).\n")
    assert verb == "explain" or json.loads(done.stdout)["id"] == "a"


def test_explain_shows_the_date_of_old_answers(case_file):
    case_file.write_text(json.dumps({"answered_at": "2020-02-02", "answers": WELL}), encoding="utf-8")
    assert "These answers were given on 2020-02-02." in run("explain", case_file).stdout


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_explain_bears_any_text_beside_the_answers(case_file, more):
    case_file.write_text('{"id": "a", "answered_at": "\\ud800 [bold] \\u001b[2J", "answers": {}}', encoding="utf-8")
    done = run("explain", case_file, *more)
    assert done.returncode in (0, 1)
    assert "\x1b[2J" not in done.stdout + done.stderr


# ---- wrong use ----


WRONG_USE = {
    "a misspelt verb": (["scroe"], "No such command 'scroe'. Did you mean 'score'?"),
    "an unknown verb": (["xyz"], "No such command 'xyz'."),
    "an unknown question": (["questions", "nosse"], "No question has the id 'nosse'. Did you mean 'nose'?"),
    "an unknown rule": (["rules", "pepper-or-lihgt"], "Did you mean 'pepper-or-light'?"),
    "an unknown rule id": (["rules", "E011"], "No rule has the id or name 'E011'. Did you mean 'E01'?"),
    "an unknown rule to verify": (["verify", "--rule", "B1"], "No rule has the id 'B1'. Did you mean 'B01'?"),
    "an unknown option": (["score", "--outptu", "x", "y"], "No such option"),
    "an unknown engine": (["score", "x", "--engine", "durabel"], "'durabel' is not one of 'plain', 'durable'"),
    "an unknown form": (["template", "--format", "xml"], "'xml' is not one of 'json', 'yaml', 'csv'"),
    "no path": (["score"], "Missing argument 'PATH...'"),
    "options before the verb": (["--protocol", "x", "rules"], "(rules). The verb comes first: `triage rules`,"),
    "a path too many": (["explain", "x", "y"], "unexpected extra argument"),
}


@pytest.mark.parametrize(("arguments", "expected"), WRONG_USE.values(), ids=WRONG_USE)
def test_wrong_use_is_said_and_leaves_with_2(arguments, expected):
    done = run(*arguments, protocol=None if arguments[0] in ("scroe", "xyz") else SNEEZING)
    assert (done.returncode, done.stdout) == (2, "")
    assert expected in done.stderr


@pytest.mark.parametrize("verb", ["score", "explain", "questions", "rules", "template", "verify"])
def test_a_protocol_that_is_not_there_is_bad_data(verb, tmp_path):
    arguments = [STORIES] if verb in ("score", "explain") else []
    assert outcome(run(verb, *arguments, protocol=tmp_path)) == (
        1,
        "",
        f"{tmp_path}  This is no protocol folder: it holds no protocol.yaml.\n",
    )


def test_help_names_every_verb_and_says_what_this_is_not():
    done = run("--help", protocol=None)
    assert (done.returncode, done.stderr) == (0, "")
    for words in ("score", "explain", "questions", "rules", "template", "verify", "Not a medical device"):
        assert words in done.stdout
    assert run("--version", protocol=None).stdout.strip().endswith(triage.__version__)


# ---- the other verbs ----


@pytest.mark.parametrize("protocol", [SNEEZING, None], ids=["sneezing", "shipped"])
@pytest.mark.parametrize("form", ["json", "yaml", "csv"])
def test_an_empty_form_scores_as_urgent_for_nothing_is_known(tmp_path, form, protocol):
    filled = tmp_path / f"form.{form}"
    filled.write_text(run("template", "--format", form, protocol=protocol).stdout, encoding="utf-8")
    done = run("score", filled, protocol=protocol)
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert (result["id"], result["outcome"], result["urgency"]) == (
        "case-1" if form == "csv" else "form",
        "suggests_disease",
        "urgent",
    )
    assert result["at_worst"] == "emergency"
    assert len(result["could_not_rule_out"]) > 2


def test_a_table_without_a_row_is_said(tmp_path):
    path = tmp_path / "form.csv"
    path.write_text(run("template", "--format", "csv").stdout.splitlines()[0], encoding="utf-8")
    done = run("score", path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{path}")


def test_verify_says_that_faulty_statements_are_not_proved(tmp_path):
    folder = shutil.copytree(SNEEZING, tmp_path / "copy")
    page = folder / "safety.yaml"
    text = page.read_text(encoding="utf-8")
    first, second = re.findall(r"- id: (\w+)", text)[:2]
    page.write_text(text.replace(f"- id: {second}", f"- id: {first}", 1), encoding="utf-8")
    done = run("verify", protocol=folder)
    assert done.returncode == 1
    assert "warning: So no statement of this protocol's own is proved." in done.stderr


def test_verify_warns_of_choices_that_hang_on_what_is_asked_later(tmp_path):
    """Until it is asked everybody would see them."""
    folder = shutil.copytree(SNEEZING, tmp_path / "copy")
    page, top = folder / "questionnaire.yaml", folder / "protocol.yaml"
    text = page.read_text(encoding="utf-8").replace("    unknown: false\n", "    unknown: false\n    fixed: true\n", 1)
    drips = "        label: It drips\n"
    page.write_text(text.replace(drips, f"{drips}        shown_if: {{age: adult}}\n"), encoding="utf-8")
    told = "The choice 'drips' of 'nose' hangs on age."
    assert told in run("verify", "--no-proofs", protocol=folder).stderr
    top.write_text(f"{top.read_text(encoding='utf-8')}asked_first: [age]\n", encoding="utf-8")
    assert told not in run("verify", "--no-proofs", protocol=folder).stderr


def test_verify_of_one_rule_claims_no_more():
    said = run("verify", "--rule", "B01").stdout
    assert "Checked: what concerns B01, and no statement." in said
    assert "safety statements" not in said


def test_verify_of_a_faulty_protocol_leaves_with_1(tmp_path):
    folder = shutil.copytree(SNEEZING, tmp_path / "copy")
    page = folder / "calm.yaml"
    text = page.read_text(encoding="utf-8").replace("given: {since: weeks}, fires: false", "given: {}, fires: false")
    page.write_text(text, encoding="utf-8")
    done = run("verify", protocol=folder)
    assert done.returncode == 1
    assert done.stderr == f"{page}:24:9  B01 fires but should not on its example 'pepper for weeks'.\n"
    assert "1 error, 0 warnings." in done.stdout
    as_json = run("verify", "--json", protocol=folder)
    assert (as_json.returncode, as_json.stderr) == (1, "")
    [problem] = json.loads(as_json.stdout)["problems"]
    assert set(problem) == {"place", "severity", "message", "hint"}
    assert run("verify", "--rule", "B01", protocol=folder).returncode == 1
    assert run("verify", "--rule", "E01", protocol=folder).returncode == 0


def test_verify_in_json_of_a_protocol_that_cannot_be_read(tmp_path):
    folder = shutil.copytree(SNEEZING, tmp_path / "copy")
    (folder / "calm.yaml").write_text("rules: 5\n", encoding="utf-8")
    done = run("verify", "--json", protocol=folder)
    assert (done.returncode, done.stderr) == (1, "")
    report = json.loads(done.stdout)
    assert report["errors"] == len(report["problems"]) > 0
    assert (report["proofs"], report["remark"]) == ([], "Nothing else was checked.")


def test_verify_goes_on_where_cases_and_statements_are_faulty(tmp_path):
    folder = shutil.copytree(SNEEZING, tmp_path / "copy")
    edits = {
        "cases/stories.yaml": ("title: Pepper at dinner", "titel: Pepper at dinner"),
        "safety.yaml": ("nose: [bleeds]", "nose: [bleed]"),
        "calm.yaml": ("given: {since: weeks}, fires: false", "given: {}, fires: false"),
    }
    for name, (old, new) in edits.items():
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    done = run("verify", protocol=folder)
    assert done.returncode == 1
    for name in edits:
        assert str(folder / name) in done.stderr
    assert "51 examples, 4 cases." in done.stdout
    assert "Proved: 5 of 5 statements, 5 of them about every protocol" in done.stdout
    report = json.loads(run("verify", "--json", protocol=folder).stdout)
    # A misspelt field is an unknown and a missing one; and there is a warning.
    assert (len(report["problems"]), report["errors"]) == (5, 4)
    assert all(proof["holds"] for proof in report["proofs"])


@posix
def test_a_refuted_statement_says_how_to_see_its_answers_and_where_they_are(tmp_path):
    folder = shutil.copytree(SNEEZING, tmp_path / "my copy")
    text = (folder / "safety.yaml").read_text(encoding="utf-8")
    text = text.replace("id: P02", 'id: "../P02"').replace("{right_now: unknown}", "{nose: drips}")
    (folder / "safety.yaml").write_text(text, encoding="utf-8")
    done = run("verify", "--counterexamples", tmp_path / "wrong ones", protocol=folder)
    assert done.returncode == 1
    assert f"The answer files of refuted statements are in {tmp_path / 'wrong ones'}." in done.stderr
    [line] = [line for line in done.stderr.splitlines() if "See: triage " in line]
    shown = run(*shlex.split(line.partition("See: triage ")[2]), protocol=None)
    assert shown.returncode == 0
    assert [path.name for path in (tmp_path / "wrong ones").iterdir()] == ["P02.json"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["verify"], 0, "Not proved: "),
        (["verify", "--mutate"], 1, "Changes are judged by proofs: "),
        (["diff", str(SNEEZING)], 1, "Versions are compared by proofs: "),
    ],
)
@pytest.mark.parametrize("package", ["pysat", "dd"])
def test_without_the_proofs_installed_it_is_said_in_one_line(package, arguments, code, said, monkeypatch):
    if package == "dd" and "--mutate" in arguments:
        pytest.skip("nothing is counted for it")
    for module in {"pysat": ["pysat.solvers"], "dd": ["dd.cudd", "dd.autoref"]}[package]:
        monkeypatch.setitem(sys.modules, module, None)
    done = run(*arguments)
    assert done.returncode == code
    [line] = [line for line in (done.stdout + done.stderr).splitlines() if said in line]
    assert "it comes with the extra 'verify'" in line


def test_a_benchmark_that_needs_more_says_what_to_install():
    program = (
        "import runpy, sys; sys.modules['pysat.solvers'] = None;"
        "runpy.run_module('benchmarks.exact_questions', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=60, check=False,
        cwd=Path(__file__).parents[1], env=ENVIRONMENT,
    )  # fmt: skip
    [line] = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (1, "")
    assert 'pip install ".[verify]"' in line


# ---- without a verb ----


@pytest.mark.parametrize("arguments", [[], ["--plain"], ["--no-save", "--plain"], ["--protocol", str(SNEEZING)]])
def test_without_a_verb_the_interview_begins_with_its_options(arguments, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with redirect_stdout(io.StringIO()) as out, pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 1
    assert ("Your answers are not kept." in out.getvalue()) is ("--no-save" in arguments)
    assert out.getvalue().endswith("Nothing was kept.\n")


def test_an_option_that_nobody_has_is_refused_as_one_of_the_interview():
    done = run("--zzz", protocol=None)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: triage ask" in done.stderr
    assert "--zzz" in done.stderr


def test_everything_works_without_a_network():
    script = (
        "import socket, sys\n"
        "def refuse(*_, **__): raise AssertionError('tried to reach the network')\n"
        "for name in ('connect', 'connect_ex', 'bind', 'sendto'): setattr(socket.socket, name, refuse)\n"
        "socket.getaddrinfo = socket.create_connection = refuse\n"
        "from triage.command_line import _run\n"
        "for line in sys.argv[1:]:\n"
        "    code = _run(line.split('|'))\n"
        "    assert code == 0, (line, code)\n"
    )
    on = f"|--protocol|{SNEEZING}"
    calls = [f"score|{STORIES}{on}", f"explain|{STORIES}|--id|N01{on}", f"questions{on}", f"rules{on}", f"verify{on}"]
    command = [sys.executable, "-c", script, *calls, f"template{on}"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False, env=ENVIRONMENT)
    assert (done.returncode, done.stderr) == (0, "")


# ---- three hundred damaged files ----


def damaged(chance):
    """Return a good case with some of its bytes changed, left out, doubled or moved."""
    raw = bytearray(json.dumps({"id": "a", "questionnaire": "sneezing", "answers": WELL}, indent=1).encode())
    for _ in range(chance.choice([1, 1, 2, 5, 20])):
        at = chance.randrange(len(raw))
        match chance.randrange(5):
            case 0:
                raw[at] = chance.randrange(256)
            case 1:
                del raw[at]
            case 2:
                raw[at:at] = raw[at : at + chance.randrange(40)]
            case 3:
                raw[at] ^= 1 << chance.randrange(8)
            case 4:
                raw[at:at] = chance.choice([b"[", b"]", b"{", b"}", b'"', b",", b":", b"null", b"1e999", b"\\ud800"])
    return bytes(raw)


def test_three_hundred_damaged_files_never_give_a_traceback(tmp_path):
    chance = random.Random(1980)
    protocol = read_protocol(SNEEZING)
    engine = PlainEngine(protocol)
    good = 0
    said: list[str] = []
    for number in range(300):
        suffix = chance.choice(["json", "json", "yaml", "ndjson", "csv"])
        path = tmp_path / f"{number:03}.{suffix}"
        path.write_bytes(damaged(chance))
        for case in read_files([path], Asked(), protocol.questionnaire, said.append):
            if isinstance(case, DataFault):
                assert all(re.match(r".+?(:\d+)*  .", str(problem)) for problem in case.problems)
                continue
            line = score_line(protocol, case.id, case.answers, decide(protocol, engine.judge(case.answers)))
            json.dumps(line).encode()
            good += 1
    done = run_apart("score", tmp_path)
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == good > 3


# ---- nothing floods, and nothing is said in the words of Python ----


def test_explain_takes_a_file_and_no_folder(tmp_path):
    done = run("explain", tmp_path)
    assert outcome(done) == (
        1,
        "",
        f"{tmp_path}  This is a folder; explain takes a file.\n    `triage score` takes folders; name one file here.\n",
    )


@pytest.mark.parametrize("asked", [[], ["--id", "nobody"]])
def test_a_file_of_many_faults_does_not_flood_the_screen(tmp_path, asked):
    path = tmp_path / "many.ndjson"
    path.write_text('{"id": "a", "answers": {"noze": ["drips"]}}\n' * 2_000)
    done = run("explain", path, *asked)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) < 100
    assert re.search(r"\.\.\. and 1,96\d more\.", done.stderr)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("title: null", "nothing"),
        ("title: true", "true"),
        ("title: [true, null, 1.50]", "[true, null, 1.50]"),
        ("title: {a: false}", "{'a': false}"),
        ("title: 1.50", "1.50"),
    ],
)
def test_what_a_file_says_is_shown_in_its_own_words(tmp_path, written, said):
    folder = shutil.copytree(SNEEZING, tmp_path / "copy")
    page = folder / "protocol.yaml"
    page.write_text(re.sub("^title:.*$", written, page.read_text("utf-8"), flags=re.M), "utf-8")
    done = run("rules", protocol=folder)
    assert f"not {said}." in done.stderr
    assert not re.search(r"\b(None|True|False)\b", done.stderr)


def test_a_word_is_shown_as_it_was_typed():
    assert "'C:\\x'" in run("rules", r"C:\x").stderr
    assert '"it\'s"' in run("rules", "it's").stderr
