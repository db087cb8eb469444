"""Which files a batch reads, and which it refuses to read or to write over."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from batch_jobs import WELL, Notes, json_lines, scored

from triage.answers.files import read_answer_files
from triage.answers.reading import SavedCase
from triage.batch.job.options import Job, JobRefused
from triage.batch.job.run import run
from triage.documents.problems import DataFault
from triage.engines import build_engine
from triage.exchange.cases import read_files
from triage.foreign.form import Asked

if TYPE_CHECKING:
    from triage.protocol.protocol import Protocol


def test_folders_behind_links_are_read_once_and_hidden_files_never(sneezing: Protocol, tmp_path: Path) -> None:
    answers, other = tmp_path / "answers", tmp_path / "other"
    answers.mkdir()
    other.mkdir()
    (other / "b.json").write_text(json.dumps({"id": "b", "answers": WELL}), "utf-8")
    (answers / ".hidden.json").write_text(json.dumps({"id": "c", "answers": WELL}), "utf-8")
    for hidden in (answers / ".git", other / ".old"):
        hidden.mkdir()
        (hidden / "rep.json").write_text(json.dumps({"id": "d", "answers": WELL}), "utf-8")
    (answers / "linked").symlink_to(other)
    (other / "round").symlink_to(answers)
    lines, _, _ = scored(sneezing, answers, output=tmp_path / "out.ndjson")
    assert [line["id"] for line in lines] == ["b"]
    [found] = read_answer_files([answers], sneezing.questionnaire)
    assert isinstance(found, SavedCase)
    assert found.id == "b"


@pytest.mark.parametrize(
    "pattern", ["**/*.ndjson", "**", "a/**", "a/**/*.ndjson", "*/**/**/[xy].ndjson", "a/b/**/*.ndjson", "a/*", "?", "."]
)
def test_links_in_circles_give_each_case_once(
    pattern: str, sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = tmp_path / "answers"
    (answers / "a" / "b").mkdir(parents=True)
    for name in ("a/x.ndjson", "a/b/y.ndjson"):
        (answers / name).write_text(json.dumps({"id": name, "answers": WELL}) + "\n", "utf-8")
    (answers / "a" / "again").symlink_to(answers / "a")
    (answers / "a" / "b" / "up").symlink_to("../..")
    monkeypatch.chdir(answers)
    lines, _, notes = scored(sneezing, Path(pattern), output=tmp_path / "out.ndjson")
    assert sorted(line["id"] for line in lines) == ["a/b/y.ndjson", "a/x.ndjson"]
    assert notes.said == []


def test_results_of_an_earlier_run_are_not_taken_for_answers(
    sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, code in {"a": "drips", "b": "drop"}.items():
        Path(f"{name}.csv").write_text(f"id,nose\n{name},{code}\nx,drips\n", "utf-8")
    for form in ("ndjson", "csv", "parquet"):
        run(Job([Path("a.csv"), Path("b.csv")], output=Path(), form=form), sneezing, Notes())
    assert len(list(tmp_path.glob("*.scores.*"))) == 7
    for way in (".", "*", "**/*.csv", "*.csv"):
        lines, _, notes = scored(sneezing, Path(way), output=tmp_path.parent / f"{tmp_path.name}.ndjson")
        assert [line["id"] for line in lines] == ["a", "x", "x"]
        assert len(notes.said) == 1
    found = [case.id for case in read_answer_files([tmp_path], sneezing.questionnaire) if isinstance(case, SavedCase)]
    assert found == ["a", "x", "x"]
    _, _, notes = scored(sneezing, Path("*.scores.*"), output=tmp_path / "out.ndjson")
    assert "Only results of an earlier run fit this pattern." in notes.said[0]
    _, faults, _ = scored(sneezing, Path("a.csv.scores.csv"), output=tmp_path / "again.ndjson")
    assert "Results of `triage score` have it; what is read here are answers." in faults[0]["message"]


@pytest.mark.parametrize("named", [["loop.json", "good.json"], ["."]], ids=["named", "in a folder"])
@pytest.mark.parametrize("output", [None, "out.ndjson", "out/"])
def test_a_link_to_itself_is_said_and_hides_no_good_file(
    named: list[str], output: str | None, sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:  # fmt: skip
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "loop.json").symlink_to("loop.json")
    (tmp_path / "answers" / "good.json").write_text(json.dumps({"id": "a", "answers": WELL}), "utf-8")
    monkeypatch.chdir(tmp_path / "answers")
    notes = Notes()
    to = tmp_path / output if output else None
    run(Job(list(map(Path, named)), output=to, new_folder=output == "out/"), sneezing, notes)
    assert [said for said in notes.said if said.startswith("loop.json  This file cannot be read: Too many ")]
    found = {None: None, "out.ndjson": to, "out/": tmp_path / "out" / "good.json.scores.ndjson"}[output]
    written = found.read_bytes() if found else capsysbinary.readouterr().out
    assert json.loads(written)["id"] == "a"


def test_results_may_be_written_in_place_of_a_link_to_itself(sneezing: Protocol, tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(json.dumps({"id": "a", "answers": WELL}), "utf-8")
    (tmp_path / "loop.ndjson").symlink_to("loop.ndjson")
    lines, _, _ = scored(sneezing, tmp_path / "good.json", output=tmp_path / "loop.ndjson")
    assert [line["id"] for line in lines] == ["a"]


@pytest.mark.skipif(os.name != "posix", reason="there are no pipes with names here")
def test_nobody_waits_for_a_pipe_or_a_device_in_a_folder(
    sneezing: Protocol, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    answers = tmp_path / "answers"
    answers.mkdir()
    os.mkfifo(answers / "pipe.json")
    (answers / "zero.ndjson").symlink_to("/dev/zero")
    (answers / "good.json").write_text(json.dumps({"id": "a", "answers": WELL}), "utf-8")
    for way in (answers, answers / "*.*json"):
        notes = Notes()
        run(Job([way]), sneezing, notes)
        assert [json.loads(line)["id"] for line in capsysbinary.readouterr().out.splitlines()] == ["a"]
        assert [said.partition("\n")[0] for said in notes.said] == [
            f"{answers / 'pipe.json'}  This is a pipe, not an ordinary file, so it is not read.",
            f"{answers / 'zero.ndjson'}  This is a device, not an ordinary file, so it is not read.",
        ]
    *_, zero = read_answer_files([answers], sneezing.questionnaire)
    assert str(zero) == notes.said[1]
    [zero] = read_answer_files([answers / "zero.ndjson"], sneezing.questionnaire)
    assert str(zero) == notes.said[1]
    notes = Notes()
    run(Job([answers / "zero.ndjson"]), sneezing, notes)
    assert "This is a device" in notes.said[0]


def test_names_that_nobody_gave_overwrite_no_answers_either(sneezing: Protocol, tmp_path: Path) -> None:
    row = json.dumps({"id": "a", "answers": WELL}) + "\n"
    for name in ("x.errors.ndjson", "in.ndjson"):
        (tmp_path / name).write_text(row, "utf-8")
    with pytest.raises(JobRefused, match="is read"):
        run(Job([tmp_path / "x.errors.ndjson"], output=tmp_path / "x.ndjson"), sneezing, Notes())
    new = tmp_path / "new.ndjson"
    with pytest.raises(JobRefused, match="same file"):
        run(Job([tmp_path / "in.ndjson"], output=new, errors=tmp_path / "." / "new.ndjson"), sneezing, Notes())
    with pytest.raises(JobRefused, match="field of that name"):
        run(Job([tmp_path / "in.ndjson"], output=new, keep=["urgency"]), sneezing, Notes())
    assert not new.exists()


@pytest.mark.skipif(os.name != "posix", reason="there are no pipes with names here")
def test_a_pipe_is_not_replaced_by_a_file(sneezing: Protocol, tmp_path: Path) -> None:
    (tmp_path / "in.ndjson").write_text(json.dumps({"id": "a", "answers": WELL}), "utf-8")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(JobRefused, match="no ordinary file"):
        run(Job([tmp_path / "in.ndjson"], output=tmp_path / "pipe"), sneezing, Notes())
    (tmp_path / "aim.ndjson").write_text("old", "utf-8")
    (tmp_path / "link.ndjson").symlink_to(tmp_path / "aim.ndjson")
    run(Job([tmp_path / "in.ndjson"], output=tmp_path / "link.ndjson"), sneezing, Notes())
    assert (tmp_path / "link.ndjson").is_symlink()
    assert json_lines(tmp_path / "aim.ndjson")[0]["id"] == "a"


REFUSED = {
    "the output is read": (["f.ndjson"], {"output": "f.ndjson"}, "is read, so it cannot be written, too"),
    "the output is in a folder that is read": (["."], {"output": "f.ndjson"}, "is read, so it cannot be written"),
    "the faults would overwrite the answers": (
        ["f.ndjson"], {"output": "out.ndjson", "errors": "f.ndjson"}, "is read, so it cannot be written, too",
    ),
    "the results lie among the answers": (["."], {"output": "sub"}, "lies among the answers"),
    "resume without a folder": (["f.ndjson"], {"output": "o.ndjson", "resume": True}, "--resume goes on with a folder"),
    "one errors file for a folder": (["f.ndjson"], {"output": "sub", "errors": "e.ndjson"}, "leave out --errors"),
    "printed Parquet": (["f.ndjson"], {"form": "parquet"}, "Parquet cannot be printed"),
    "standard input twice": (["-", "-"], {}, "can be read only once"),
    "a packed output": (["f.ndjson"], {"output": "out.ndjson.gz"}, ".gz files are not written"),
    "a YAML output": (["f.ndjson"], {"output": "out.yaml"}, ".yaml files are not written"),
}  # fmt: skip


@pytest.mark.parametrize(("paths", "options", "message"), REFUSED.values(), ids=REFUSED)
def test_what_makes_no_sense_is_refused(
    paths: list[str], options: dict[str, Any], message: str, sneezing: Protocol, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (tmp_path / "f.ndjson").write_text('{"answers": {}}\n', "utf-8")
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("output", "errors"):
        if name in options:
            options = {**options, name: Path(options[name])}
    with pytest.raises(JobRefused, match=message.replace(".", r"\.")):
        run(Job([Path(one) for one in paths], **options), sneezing, Notes())
    assert (tmp_path / "f.ndjson").read_text("utf-8") == '{"answers": {}}\n'
    assert not any(path.name.endswith(".part") for path in tmp_path.rglob("*"))


@pytest.mark.parametrize("address", ["-", "f.ndjson.gz", "f.parquet"])
def test_an_engine_of_choice_says_that_it_reads_text_files_only(
    address: str, sneezing: Protocol, tmp_path: Path
) -> None:
    path = Path("-") if address == "-" else tmp_path / address
    if address != "-":
        path.write_bytes(b"x")
    with pytest.raises(JobRefused, match="--engine reads text files only"):
        run(Job([path], engine=build_engine("plain", sneezing)), sneezing, Notes())


@pytest.mark.parametrize("address", ["https://example.org/f.parquet", "s3://bucket/f.ndjson", "http://x/f.csv"])
def test_nothing_is_fetched_from_elsewhere(address: str, sneezing: Protocol, tmp_path: Path) -> None:
    _, _, notes = scored(sneezing, Path(address), output=tmp_path / "out.ndjson")
    assert "Only files on this machine are read." in notes.said[0]


def test_patterns_folders_and_names_that_fit_nothing(sneezing: Protocol, tmp_path: Path) -> None:
    for name in ("b.ndjson", "a.ndjson", "deep/c.ndjson"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps({"id": name, "answers": WELL}) + "\n", "utf-8")
    output = tmp_path.parent / f"{tmp_path.name}.ndjson"
    lines, _, _ = scored(sneezing, tmp_path / "*.ndjson", output=output)
    assert [line["id"] for line in lines] == ["a.ndjson", "b.ndjson"]
    lines, _, _ = scored(sneezing, tmp_path / "**" / "*.ndjson", output=output)
    assert [line["id"] for line in lines] == ["a.ndjson", "b.ndjson", "deep/c.ndjson"]
    lines, _, _ = scored(sneezing, tmp_path, output=output)
    assert [line["id"] for line in lines] == ["a.ndjson", "b.ndjson", "deep/c.ndjson"]
    _, _, notes = scored(sneezing, tmp_path / "*.csv", tmp_path / "f.doc", tmp_path / "x.ndjson", output=output)
    assert [said.split("  ")[1].splitlines()[0] for said in notes.said[:3]] == [
        "No file fits this pattern.", "There is no such file.", "There is no such file.",
    ]  # fmt: skip


EMPTY = {
    "f.ndjson": ("\n \n", "This file is empty."),
    "g.ndjson": ("", "This file is empty."),
    "f.json": ("", "This file is empty."),
    "list.json": ("[ ]", "This list of cases is empty."),
    "f.csv": ("", "This file is empty."),
    "head.csv": ("id,nose\n", "This table has no row below its first one."),
    "twice.csv": ("id,nose,nose\nx,drips,drips\n", "The column 'nose' stands here more than once."),
    "f.yaml": ("", "This file is empty."),
    "broken.json": ('[{"answers": {}}, {"answers" }]', "Broken JSON: Expecting ':' delimiter."),
    "two.json": ('{"answers": {}} {"answers": {}}', "Broken JSON: Extra data."),
    "deep.json": ("[" * 100_000, "This is nested more than 60 levels deep."),
    "f.ndjson.gz": ("not packed", "This file cannot be read: Not a gzipped file"),
    "f.ndjson.zst": ("not packed", "This file cannot be read: Unable to decompress Zstandard data"),
}


@pytest.mark.parametrize("name", EMPTY)
def test_a_file_without_rows_is_said(name: str, sneezing: Protocol, tmp_path: Path) -> None:
    text, message = EMPTY[name]
    (tmp_path / name).write_text(text, "utf-8")
    _, faults, notes = scored(sneezing, tmp_path / name, output=tmp_path / "out.ndjson", errors=tmp_path / "e.ndjson")
    assert faults == []
    assert message in notes.said[0]
    assert message in json_lines(tmp_path / "e.ndjson")[0]["message"]


NAMES = {
    "a spreadsheet": ({"output": "r.xlsx"}, ".xlsx files are not written; known are ndjson, csv, parquet."),
    "a spreadsheet, whatever the form": ({"output": "r.XLSX", "form": "csv"}, ".XLSX files are not written"),
    "one document": ({"output": "r.json"}, ".json files are not written"),
    "an end that says nothing": ({"output": "r.txt"}, "--format writes one of these under any name."),
    "another form than the name": ({"output": "r.csv", "form": "parquet"}, "r.csv is called like csv, but --format"),
    "faults in a table": ({"output": "r.csv", "errors": "e.csv"}, "Faults are written as NDJSON, so e.csv should end"),
    "faults in a spreadsheet": ({"output": "r.csv", "errors": "e.xlsx"}, "--errors names a file to write"),
    "faults nowhere": ({"output": "r.csv", "errors": "-"}, "--errors names a file to write"),
    "faults in a folder": ({"output": "r.csv", "errors": "sub"}, "sub is no ordinary file; name one with --errors."),
}


@pytest.mark.parametrize(("options", "message"), NAMES.values(), ids=NAMES)
def test_a_name_that_promises_something_else_is_refused(
    options: dict[str, str], message: str, sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sub").mkdir()
    Path("f.ndjson").write_text('{"answers": {}}\n', "utf-8")
    named: dict[str, Any] = {name: Path(value) if name != "form" else value for name, value in options.items()}
    with pytest.raises(JobRefused, match=message.replace(".", r"\.")):
        run(Job([Path("f.ndjson")], **named), sneezing, Notes())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f.ndjson", "sub"]
    run(Job([Path("f.ndjson")], output=Path("r.txt"), form="csv"), sneezing, Notes())
    assert Path("r.txt").read_text("utf-8").startswith("id,outcome")


def test_a_name_that_is_too_long_is_said_with_what_it_names(sneezing: Protocol, tmp_path: Path) -> None:
    long, good = tmp_path / ("x" * 300 + ".ndjson"), tmp_path / "f.ndjson"
    good.write_text('{"answers": {}}\n', "utf-8")
    _, _, notes = scored(sneezing, long, output=tmp_path / "out.ndjson")
    assert notes.said[0] == f"{long}  This file cannot be read: File name too long."
    notes = Notes()
    run(Job([long, good], output=tmp_path / "out", new_folder=True), sneezing, notes)
    assert "File name too long." in notes.said[0]
    assert (tmp_path / "out" / "f.ndjson.scores.ndjson").exists()
    for options in ({"output": long}, {"output": tmp_path / "r.csv", "errors": long}):
        with pytest.raises(DataFault, match=r"xxx\.ndjson  This file cannot be written: File name too long\."):
            run(Job([good], **options), sneezing, Notes())


@pytest.mark.parametrize("column", ["right_now", "dog", "id"])
@pytest.mark.parametrize("way", [".", "*/*", "{column}=near"])
def test_a_folder_that_holds_a_column_of_its_files_is_refused(
    way: str, column: str, sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in (f"{column}=near", "year=2026", "plain"):
        Path(folder).mkdir()
        Path(folder, "f.ndjson").write_text(json.dumps({"id": folder, "answers": WELL}), "utf-8")
    found = list(read_files([Path()], Asked(), sneezing.questionnaire, lambda _: None))
    assert sorted(one.id for one in found if isinstance(one, SavedCase)) == ["plain", "year=2026"]
    assert len(found) == 3
    lines, faults, _ = scored(sneezing, Path(way.format(column=column)), output=tmp_path / "out.ndjson")
    read = [] if "=" in way else ["plain", "year=2026"]
    assert [line["id"] for line in lines] == read
    [fault] = faults
    assert fault["file"] == f"{column}=near/f.ndjson"
    assert f"'{column}=near' holds the column '{column}' of this file" in fault["message"]


def test_a_line_end_in_the_name_of_a_folder_stands_in_no_message(sneezing: Protocol, tmp_path: Path) -> None:
    (folder := tmp_path / "a\nb").mkdir()
    (folder / "f.csv").write_text("id;nose\na;It drips\na;It drips\n" + "b;drop\n" * 30, "utf-8")
    _, faults, notes = scored(sneezing, folder, output=tmp_path / "out.ndjson", asked=Asked())
    summary = run(Job([folder], output=tmp_path / "again.ndjson", asked=Asked()), sneezing, Notes())
    told = [*notes.said, *summary.repeats]
    assert len(faults) == 30
    assert any("Read as a table" in one for one in told)
    assert any("already" in one for one in told)
    assert not any("a\nb" in one for one in told)
