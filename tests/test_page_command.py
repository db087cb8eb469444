"""``triage export page`` and ``triage ask --browser``."""

from __future__ import annotations

import shutil
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse
from urllib.request import url2pathname

import pytest
from batch_jobs import SNEEZING

from triage.command_line import main
from triage.export.page import interview_page, stories_to_play

if TYPE_CHECKING:
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol

pytestmark = pytest.mark.usefixtures("read_once")


def code_of(*arguments: object) -> int | str | None:
    with pytest.raises(SystemExit) as left:
        main([str(one) for one in arguments])
    return left.value.code


def test_the_page_is_written_whole_with_the_number_that_is_wanted(
    tmp_path: Path, protocol: Protocol, cases: list[Case]
) -> None:
    file = tmp_path / "triage.html"
    assert code_of("export", "page", "-o", file, "--number", "911") == 0
    assert file.read_text(encoding="utf-8") == interview_page(protocol, stories_to_play(cases), number="911")
    assert 'href="tel:911"' in file.read_text(encoding="utf-8").split("<main>")[0]


def test_a_protocol_says_which_number_its_page_calls_first(tmp_path: Path) -> None:
    folder = shutil.copytree(SNEEZING, tmp_path / "sneezing")
    top = folder / "protocol.yaml"
    top.write_text(top.read_text("utf-8") + 'emergency_number: "144"\n', "utf-8")
    for more, number in (((), "144"), (("--number", "911"), "911")):
        file = tmp_path / f"{number}.html"
        assert code_of("export", "page", "-o", file, "--protocol", folder, *more) == 0
        assert f'href="tel:{number}"' in file.read_text(encoding="utf-8").split("<main>")[0]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["export", "page", "--number", "call us"], "A number holds digits only, such as 112 or 911."),
        (["export", "page", "--number", '112"><script>'], "A number holds digits only, such as 112 or 911."),
        (["export", "book", "--number", "911"], "--number is for a page only."),
        (["export", "page", "--format", "md"], "are for a book only."),
        (["ask", "--browser", "--plain"], "A page in the browser takes no --plain."),
        (["ask", "--browser", "--save", "answers.json"], "A page in the browser takes no --save."),
    ],
)
def test_what_makes_no_sense_is_said(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(*arguments) == 2
    assert told in " ".join(capsys.readouterr().err.split())


def test_ask_in_a_browser_opens_a_page_that_holds_everything(
    page_text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: bool(opened.append(address)) or True)
    assert code_of("ask", "--browser") == 0
    [address] = opened
    file = Path(url2pathname(urlparse(address).path))
    assert file.read_text(encoding="utf-8") == page_text
    assert str(file) in "".join(capsys.readouterr().out.split("\n"))
    file.unlink()
    file.parent.rmdir()


def test_without_a_browser_it_is_said_where_the_page_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    assert code_of("ask", "--browser") == 1
    said = capsys.readouterr().err
    assert "No browser could be opened." in said
    file = Path(said.split(": ", 1)[1].strip())
    assert file.is_file()
    file.unlink()
    file.parent.rmdir()
