"""Nothing that comes from data acts where it is shown: on a terminal, in JSON, a spreadsheet, Markdown or HTML."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import unicodedata
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from triage.command_line import main
from triage.documents.yaml_reading import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

SNEEZING = Path(__file__).parent / "protocols" / "sneezing"
PAYLOADS = {
    "colour": "\x1b[31m",
    "wipes the screen": "\x1b[2J\x1b[H",
    "title of the window": "\x1b]0;owned\x07",
    "title, ended by ST": "\x1b]2;owned\x1b\\",
    "a link elsewhere": "\x1b]8;;http://evil.example\x07",
    "writes the clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "asks for the title": "\x1b[21t",
    "other signs of the terminal": "\x1b(0",
    "device control": "\x1bP1$r\x1b\\",
    "reset": "\x1bc",
    "C1: CSI": "\x9b31m",
    "C1: OSC": "\x9d0;owned\x9c",
    "C1: next line": "\x85",
    "C1: DCS": "\x90q",
    "backspaces": "\x08\x08\x08",
    "bell": "\x07",
    "shift out": "\x0e",
    "delete": "\x7f",
    "form feed": "\x0c",
    "a carriage return": "\rowned",
    "right to left override": "\u202egnp.exe",
    "left to right override": "\u202d",
    "isolates": "\u2067\u2066\u2069",
    "marks of direction": "\u200f\u061c",
    "line separator": "\u2028",
    "nothing of no width": "\u200b\ufeff",
    "soft hyphen": "a\xadb",
    "tags": "\U000e0041\U000e007f",
    "interlinear notes": "\ufff9\ufffb",
    "HTML": "<script>alert(1)</script>",
    "HTML that loads": "<img src=x onerror=alert(1)>",
    "Markdown that leads away": "[x](javascript:alert(1)) `",
    "markup of rich": "[red]x[/red][link=http://evil.example]",
    "a formula": "=HYPERLINK(1)",
}
TEXTS = {
    "title", "text", "help", "again", "label", "description", "why", "introduction", "story", "teaching_points",
    "reference", "name", "display", "known_miss", "source",
}  # fmt: skip
"""Fields of a protocol that hold any text."""
SHORT = {"label": 34, "title": 70, "name": 60}
"""Those that are short, with how long they may be: each holds one payload only."""
BETWEEN = "  "
ANSWERS = {"right_now": ["none"], "age": "adult", "since": "hours", "nose": ["nothing_else"]}


def acts(text: str) -> list[str]:
    """Return the signs of a text that have no shape of their own."""
    return [
        f"U+{ord(sign):04X}"
        for sign in text
        if sign != "\n" and unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ]


def leads_away(page: str) -> list[str]:
    """Return the HTML and the links that came into a page with its data."""
    return re.findall(r"<script>alert|<img src=x", page) or (
        [] if page.startswith("<!doctype html>") else re.findall(r"(?<!\\)\]\(javascript:", page)
    )


def test_this_test_knows_signs_that_act() -> None:
    silent = {name for name, payload in PAYLOADS.items() if not acts(payload)}
    assert silent == {
        "HTML", "HTML that loads", "Markdown that leads away", "markup of rich", "a formula"
    }  # fmt: skip
    assert len(PAYLOADS) >= 30


def with_payload(value: Any, payload: str, key: str = "") -> Any:
    """Return data of a protocol with something put before each of its texts."""
    if isinstance(value, dict):
        codes = key in ("given", "answers", "when", "then")
        return {name: one if codes else with_payload(one, payload, name) for name, one in value.items()}
    if isinstance(value, list):
        return [with_payload(one, payload, key) for one in value]
    if not isinstance(value, str) or key not in TEXTS or (key == "name" and re.fullmatch(r"[a-z0-9_-]+", value)):
        return value
    longest = SHORT.get(key)
    if longest is None:
        return f"{payload}{value}"
    each = payload.split(BETWEEN)
    return f"{each[len(value) % len(each)][:20]}{value}"[:longest]


@pytest.fixture(params=[list(PAYLOADS.values())[at::5] for at in range(5)], ids=["one", "two", "three", "four", "five"])
def payload(request: pytest.FixtureRequest) -> str:
    """Return some payloads in one text: every verb meets all of them."""
    return BETWEEN.join(request.param)


@pytest.fixture
def folder(payload: str, tmp_path: Path) -> Path:
    """Return a protocol with the payload in each of its texts."""
    for path in SNEEZING.rglob("*.yaml"):
        copy = tmp_path / "protocol" / path.relative_to(SNEEZING)
        copy.parent.mkdir(parents=True, exist_ok=True)
        data = with_payload(read_yaml(path.read_text("utf-8"), path.name).data, payload)
        copy.write_text(yaml.dump(data, allow_unicode=False), "utf-8")
    return tmp_path / "protocol"


def run(*arguments: object, typed: str = "") -> tuple[int, str]:
    """Run a command in this process and return its exit code and everything it says."""
    said = io.TextIOWrapper(io.BytesIO(), write_through=True, newline="")
    patched = pytest.MonkeyPatch()
    patched.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
    with patched.context(), redirect_stdout(said), redirect_stderr(said), pytest.raises(SystemExit) as left:
        main([str(one) for one in arguments])
    patched.undo()
    return int(left.value.code or 0), said.buffer.getvalue().decode()  # type: ignore[attr-defined]


def verbs(payload: str, tmp_path: Path) -> Iterator[list[object]]:
    named = payload.replace("/", "").replace("\\", "")
    answers = tmp_path / f"{named}.json"
    answers.write_text(json.dumps({"id": f"{payload} id", "answers": ANSWERS}), "utf-8")
    faulty = tmp_path / f"faulty {named}.json"
    wrong = {f"{payload} key": payload, "age": payload, "nose": [payload], "since": {payload: [True, None]}}
    faulty.write_text(json.dumps([{"id": f"{payload} id", "answers": wrong}, payload]), "utf-8")
    table = tmp_path / f"{named}.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "age", f"clinic{named}"], [f"{payload} id", "adult", payload]])
    yield ["score", answers]
    yield ["score", answers, "--format", "csv"]
    yield ["score", answers, faulty, table, "--engine", "plain"]
    yield ["score", table, "--keep", f"clinic{named}"]
    yield ["score", table, "--keep", f"clinic{named}", "--format", "csv"]
    yield ["score", faulty]
    yield ["score", tmp_path / f"missing{named}.json", tmp_path / f"{named}.docx"]
    yield ["score", answers, "--fields", payload]
    yield ["explain", answers]
    yield ["explain", answers, "--json"]
    yield ["explain", faulty]
    yield ["explain", answers, "--id", payload]
    yield ["explain", tmp_path / f"missing{named}"]
    for verb in ("questions", "rules", "demo", "quiz"):
        yield [verb, payload]
        yield [verb, *(["--score"] if verb == "quiz" else []), "--json"]
    yield from (["questions"], ["questions", "age"], ["rules"], ["rules", "W01"], ["demo"], ["demo", "N01"])
    yield ["quiz", "--plain", "--cases", "2"]
    yield ["ask", "--plain", "--no-save"]
    yield ["ask", "--plain", "--save", tmp_path / f"no{named}" / "x.json"]
    yield ["ask", "--plain", "--save", tmp_path / f"{named}.txt"]
    yield ["verify", "--no-proofs", "--counterexamples", tmp_path / "counterexamples"]
    yield ["verify", "--no-proofs", "--json"]
    yield ["verify", "--no-proofs", "--rule", payload]
    yield ["diff", f"no{named}"]
    yield from (["template", "--format", form] for form in ("yaml", "json", "csv"))
    yield from (["export", kind] for kind in ("review", "statements", "json-schema"))
    yield from (["export", "book", "--no-proofs", "--format", form] for form in ("html", "md"))
    yield [payload]
    yield ["score", answers, f"--{payload}"]
    yield ["score", answers, "--threads", payload]


def test_nothing_acts_through_any_verb(
    folder: Path, payload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert run("questions", "--protocol", folder)[0] == 0, "the payloads make no good protocol"
    for arguments in verbs(payload, tmp_path):
        protocol = [] if arguments == [payload] else ["--protocol", folder]
        code, said = run(*arguments, *protocol, typed="1\n" * 200)
        shown = f"{arguments}\n{said[:2000]}"
        assert said, shown
        assert code in (0, 1, 2), shown
        assert "Traceback" not in said, shown
        assert not acts(said), f"{acts(said)[:5]} {shown}"
        if arguments[0] == "export" and "json-schema" not in arguments:
            assert not leads_away(said), shown
        if code == 0 and ("--json" in arguments or arguments == ["score", tmp_path / f"{payload}.json"]):
            json.loads(said)
        if code == 0 and "csv" in arguments and arguments[0] == "score":
            for row in csv.reader(said.splitlines()):
                assert not [cell for cell in row if cell.startswith(("=", "+", "@", "\t"))], shown


def test_a_line_of_json_means_what_the_answers_said(tmp_path: Path) -> None:
    for name, payload in PAYLOADS.items():
        path = tmp_path / "answers.ndjson"
        path.write_text(json.dumps({"id": payload, "answers": ANSWERS}, ensure_ascii=False) + "\n", "utf-8")
        for engine in ([], ["--engine", "plain"]):
            code, said = run("score", path, "--protocol", SNEEZING, "--fields", "id", *engine)
            assert (code, json.loads(said)) == (0, {"id": payload}), name


def test_letters_show_what_data_holds_as_it_is(folder: Path, tmp_path: Path) -> None:
    for name in ("page.md", "page.html"):
        path = tmp_path / name
        code, said = run("ask", "--plain", "--no-save", "--letter", path, "--protocol", folder, typed="1\n" * 200)
        assert code == 0, said
        text = path.read_text("utf-8")
        assert not acts(text)
        assert not leads_away(text)


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo terminals there")
def test_nothing_acts_in_the_lists_of_an_interview(folder: Path, payload: str, tmp_path: Path) -> None:
    from screen import CTRL_C, DOWN, Terminal

    with Terminal(["ask", "--protocol", str(folder)], tmp_path) as terminal:
        terminal.wait_for_list()
        for _ in range(4):
            terminal.press(DOWN)
        terminal.press("r?")
        terminal.read_all()
        terminal.press(CTRL_C)
        assert terminal.end() == 130
        shown = terminal.raw.decode()
    assert not [one for one in payload.split(BETWEEN) if acts(one) and one in shown]
    own = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|[\r\b\x1b]", "", shown)  # how the screen itself is drawn
    assert not acts(own)
