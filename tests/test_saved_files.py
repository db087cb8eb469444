"""Answers and letters that are saved: nobody's file is replaced, and what cannot be written is said first."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from piped import Piped, kept, run

from triage.documents.problems import DataFault
from triage.documents.safe_writing import check_writable, unfinished_file, written_whole

if TYPE_CHECKING:
    from collections.abc import Callable

SNEEZING = Path(__file__).parent / "protocols" / "sneezing"
PROTOCOL = ["--protocol", SNEEZING]
OPTIONS = [("--save", "answers.json"), ("--save", "answers.yaml"), ("--letter", "page.html"), ("--letter", "page.md")]
THEIRS = "another person's"
as_owner_of_all = pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() == 0, reason="root may write anywhere")


def interview(home: Path, *arguments: object, meanwhile: Callable[[], object] = lambda: None) -> tuple[int, str]:
    """Answer with the first choice of every list until the result; something may happen after the first answer."""
    piped = Piped(["ask", "--plain", *map(str, arguments), *PROTOCOL], home)
    asked = 0
    while piped.listen() is not None:
        piped.say("1")
        asked += 1
        if asked == 1:
            meanwhile()
    return piped.end(), " ".join(piped.text.split())


# ---- before the first question ----


@pytest.mark.parametrize(("option", "name"), OPTIONS)
def test_a_file_that_is_there_is_refused_and_stays(tmp_path: Path, option: str, name: str) -> None:
    path = tmp_path / name
    path.write_text(THEIRS)
    code, said = interview(tmp_path, option, path)
    assert code == 2
    assert "This file exists already, and might be somebody else's." in said
    assert "Question 1" not in said
    assert path.read_text() == THEIRS


@pytest.mark.parametrize(("option", "name"), OPTIONS)
def test_a_file_behind_a_link_is_refused_too(tmp_path: Path, option: str, name: str) -> None:
    (tmp_path / "theirs").write_text(THEIRS)
    (tmp_path / name).symlink_to("theirs")
    code, said = interview(tmp_path, option, tmp_path / name)
    assert (code, "exists already" in said) == (2, True)
    assert (tmp_path / "theirs").read_text() == THEIRS


@as_owner_of_all
@pytest.mark.parametrize(("option", "name"), OPTIONS)
def test_a_folder_that_may_not_be_written_is_found_out_first(tmp_path: Path, option: str, name: str) -> None:
    folder = tmp_path / "read only"
    folder.mkdir(mode=0o500)
    code, said = interview(tmp_path, option, folder / name)
    assert (code, "cannot be written" in said, "Question 1" in said) == (2, True, False)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no folder here that nobody may write")
@pytest.mark.parametrize(("option", "name"), OPTIONS)
def test_a_folder_that_nobody_may_write_is_found_out_first(tmp_path: Path, option: str, name: str) -> None:
    code, said = interview(tmp_path, option, Path("/proc") / name)
    assert (code, "cannot be written" in said, "Question 1" in said) == (2, True, False)


@pytest.mark.parametrize("name", ["n" * 300 + ".json", "loop.json", "file/answers.json"])
def test_a_name_that_nothing_can_have_is_found_out_first(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop.json").symlink_to("loop.json")
    (tmp_path / "file").write_text("")
    code, said = interview(tmp_path, "--save", tmp_path / name)
    assert (code, "Question 1" in said) == (2, False)


def test_looking_whether_a_file_can_be_written_leaves_nothing(tmp_path: Path) -> None:
    check_writable(tmp_path / "file", new=True)
    assert not list(tmp_path.iterdir())
    with pytest.raises(DataFault, match="it is a folder"):
        check_writable(tmp_path)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no folder here that nobody may write")
def test_a_book_is_not_proved_for_a_folder_that_nobody_may_write(tmp_path: Path) -> None:
    done = run(["export", "book", "-o", "/proc/book.html", *PROTOCOL], tmp_path)
    assert (done.returncode, "cannot be written" in done.stderr, "Proving" in done.stderr) == (1, True, False)


# ---- after the last question ----


@pytest.mark.parametrize(("option", "name"), OPTIONS)
def test_a_file_that_came_meanwhile_stays_and_the_answers_stand_beside_it(
    tmp_path: Path, option: str, name: str
) -> None:
    path = tmp_path / name
    code, said = interview(tmp_path, option, path, meanwhile=lambda: path.write_text(THEIRS))
    assert code == 0, said
    assert path.read_text() == THEIRS
    beside = path.with_stem(f"{path.stem}-2")
    assert beside.stat().st_size > 100
    assert "came to be there meanwhile, and stays as it is." in said
    assert str(beside).replace(" ", "") in said.replace(" ", "")


def test_two_windows_on_one_file_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    barrier = threading.Barrier(2, timeout=60)
    ends: list[tuple[int, str]] = []

    def window() -> None:
        ends.append(interview(tmp_path, "--save", path, meanwhile=barrier.wait))

    windows = [threading.Thread(target=window) for _ in range(2)]
    for one in windows:
        one.start()
    for one in windows:
        one.join()
    assert [code for code, _ in ends] == [0, 0] or [code for code, _ in ends].count(1) == 1
    saved = sorted(tmp_path.glob("*.json"))
    assert len(saved) + len(kept(tmp_path)) == 2
    assert all(json.loads(one.read_text())["answers"] for one in saved)


def test_a_file_that_came_at_the_last_moment_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    writing = written_whole(path, new=True)
    writing.__enter__().write("mine")
    path.write_text(THEIRS)
    with pytest.raises(DataFault, match="exists already"):
        writing.__exit__(None, None, None)
    assert path.read_text() == THEIRS
    assert [one.name for one in tmp_path.iterdir()] == ["answers.json"]


def test_where_a_disk_knows_no_second_names_a_file_is_not_replaced_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", unable)
    path = tmp_path / "answers.json"
    with written_whole(path, new=True) as file:
        file.write("mine")
    with pytest.raises(DataFault, match="exists already"), unfinished_file(path, new=True):
        pass
    assert path.read_text() == "mine"


# ---- two windows on one interview that was broken off ----


def test_two_windows_that_go_on_with_one_interview_lose_no_answer(tmp_path: Path) -> None:
    begun = Piped(["ask", "--plain", *PROTOCOL], tmp_path)
    begun.listen()
    begun.say("3")
    begun.listen()
    begun.end()
    assert len(kept(tmp_path)) == 1
    windows = [Piped(["ask", "--plain", "--resume", *PROTOCOL], tmp_path) for _ in range(2)]
    for window in windows:
        window.listen()
        window.say("1")
        assert "Question 2" in str(window.listen())
    for number, window in enumerate(windows, start=1):
        window.say(str(number))
        window.listen()
    for window in windows:
        window.end()
        assert "Your answers are kept." in " ".join(window.text.split())
    answers = [json.loads(path.read_text())["answers"] for path in kept(tmp_path)]
    assert [len(one) for one in answers] == [2, 2]
    assert answers[0] != answers[1]


def test_a_window_that_ends_does_not_delete_what_another_kept(tmp_path: Path) -> None:
    first = Piped(["ask", "--plain", *PROTOCOL], tmp_path)
    first.listen()
    first.say("3")
    first.listen()
    second = Piped(["ask", "--plain", "--resume", *PROTOCOL], tmp_path)
    second.listen()
    second.say("2")
    second.listen()
    second.say("1")
    while second.listen() is not None:
        second.say("1")
    assert second.end() == 0
    assert first.end() == 1
    assert "Your answers are kept." in " ".join(first.text.split())
    assert len(kept(tmp_path)) == 1


# ---- who may read what ----


@pytest.mark.skipif(os.name != "posix", reason="files have no modes of this kind there")
def test_what_is_public_may_be_read_by_others_and_what_is_about_a_person_may_not(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        for name in ("book.html", "book.md", "review.md", "json-schema.json"):
            kind = name.partition(".")[0]
            proofs = ["--no-proofs"] if kind == "book" else []
            assert run(["export", kind, *proofs, "-o", tmp_path / name, *PROTOCOL], tmp_path).returncode == 0
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o644
        code, said = interview(tmp_path, "--save", tmp_path / "a.json", "--letter", tmp_path / "l.md")
        assert code == 0, said
        for name in ("a.json", "l.md"):
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_a_dash_is_standard_output(tmp_path: Path) -> None:
    done = run(["export", "book", "--no-proofs", "-o", "-", *PROTOCOL], tmp_path)
    assert (done.returncode, done.stdout.startswith("<!doctype html>")) == (0, True)
    assert not list(tmp_path.iterdir())
