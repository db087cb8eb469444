"""Interviews that are broken off or killed, and taken up again, also under other rules."""

from __future__ import annotations

import errno
import json
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from conversation import ORDINARY, RESUME, Person
from piped import KEPT, Piped, kept, last_number, run

from triage.documents.problems import DataFault
from triage.interview.interview import Interview
from triage.interview.unfinished import UnfinishedInterviews

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conversation import Story

    from triage.protocol.protocol import Protocol


@pytest.fixture(scope="module")
def broken_off(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Leave one interview at its sixth question and return what was kept of it."""
    home = tmp_path_factory.mktemp("broken-off")
    piped = Piped(["ask"], home)
    piped.talk(Person(ORDINARY), until="general_signs")
    assert piped.end() == 1
    [file] = kept(home)
    return file.read_text(encoding="utf-8")


def put_back(home: Path, content: str, name: str = "myoclonus-1.json", *, days: float = 0) -> Path:
    """Put an unfinished interview into a home, as old as it should be."""
    path = home / "state" / "triage-interviews" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    os.utime(path, times=(time.time() - days * 24 * 3600,) * 2)
    return path


# ---- breaking off ----


def test_the_end_of_the_input_saves_and_says_how_to_go_on(tmp_path: Path) -> None:
    piped = Piped(["ask"], tmp_path)
    shown = piped.talk(Person(ORDINARY), until="age_group")
    assert shown is not None
    folder = str(tmp_path / "state" / "triage-interviews")
    assert folder in "".join(piped.text.split())  # said at the start where they are kept
    assert piped.end() == 1
    assert KEPT in " ".join(piped.text.split())
    [file] = kept(tmp_path)
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    again = Piped(["ask", "--resume"], tmp_path)
    person = Person(ORDINARY)
    assert again.talk(person, until="age_group") is not None
    assert person.asked == [RESUME]
    assert f"Question {last_number(shown)} " in again.text
    assert "have changed" not in again.text
    assert again.end() == 1
    assert kept(tmp_path) == [file]


def test_an_end_before_any_answer_keeps_nothing(tmp_path: Path) -> None:
    piped = Piped(["ask"], tmp_path)
    assert piped.end() == 1
    assert "Nothing was kept." in piped.text
    assert kept(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="no SIGINT for another process")
def test_ctrl_c_saves_and_leaves_with_130(tmp_path: Path) -> None:
    piped = Piped(["ask"], tmp_path)
    piped.talk(Person(ORDINARY), until="thinking")
    piped.interrupt()
    assert piped.end(closing=False) == 130
    assert KEPT in " ".join(piped.text.split())
    assert len(kept(tmp_path)) == 1


def test_nothing_is_left_where_nothing_may_be_kept(tmp_path: Path) -> None:
    piped = Piped(["ask", "--no-save"], tmp_path)
    assert "Your answers are not kept." in str(piped.talk(Person(ORDINARY), until="emergency_now"))
    piped.say("13")
    piped.talk(Person(ORDINARY), until="thinking")
    assert piped.end() == 1
    assert "Nothing was kept." in piped.text
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_where_nothing_can_be_kept_it_is_said_and_the_questions_go_on(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file stands where the folder should be", encoding="utf-8")
    piped = Piped(["ask"], tmp_path)
    assert piped.talk(Person(ORDINARY), until="thinking") is not None, piped.text[-300:]
    assert piped.end() == 1
    assert "cannot be kept" in " ".join(piped.text.split())


def test_answers_that_cannot_be_kept_any_more_are_said_not_to_be_once(tmp_path: Path) -> None:
    piped, person = Piped(["ask"], tmp_path), Person(ORDINARY)
    shown = piped.talk(person, until="thinking")
    [file] = kept(tmp_path)
    file.unlink()
    file.parent.rmdir()
    file.parent.write_text("in the way")
    piped.say(str(person(str(shown))))
    piped.talk(person, until="awareness")
    assert piped.end() == 1
    assert " ".join(piped.text.split()).count("Your answers cannot be kept, so please do not break off.") == 1


@pytest.mark.parametrize("arguments", [["ask", "--no-save"], ["ask"]])
def test_an_older_interview_that_is_kept_is_not_taken_for_the_one_that_was_broken_off(
    tmp_path: Path, broken_off: str, arguments: list[str]
) -> None:
    put_back(tmp_path, broken_off)
    piped = Piped(arguments, tmp_path)
    if "--no-save" in arguments:
        piped.talk(Person(ORDINARY), until="thinking")
    else:
        piped.listen()
    assert piped.end() == 1
    flowing = " ".join(piped.text.split())
    assert "An earlier interview is kept. To go on: triage ask --resume." in flowing
    assert ("Your answers were not kept." in flowing) is ("--no-save" in arguments)
    assert KEPT not in flowing


def test_breaking_off_at_the_choice_of_an_interview_loses_none(tmp_path: Path, broken_off: str) -> None:
    file = put_back(tmp_path, broken_off)
    piped = Piped(["ask", "--resume"], tmp_path)
    assert RESUME in str(piped.listen())
    assert piped.end() == 1
    assert "An earlier interview is kept. To go on: triage ask --resume." in " ".join(piped.text.split())
    assert kept(tmp_path) == [file]


def test_forgetting_deletes_everything_that_was_kept(tmp_path: Path, broken_off: str) -> None:
    put_back(tmp_path, broken_off)
    put_back(tmp_path, broken_off, "myoclonus-2.json")
    forgotten = run(["ask", "--forget"], tmp_path)
    assert forgotten.returncode == 0
    assert forgotten.stdout == "Forgotten: 2 unfinished interviews.\n"
    assert kept(tmp_path) == []


@pytest.mark.parametrize("more", [["--resume"], ["--save", "a.json"], ["--letter", "a.md"], ["--no-save"], ["--all"]])
def test_whoever_asks_for_more_than_forgetting_loses_nothing(tmp_path: Path, broken_off: str, more: list[str]) -> None:
    file = put_back(tmp_path, broken_off)
    refused = run(["ask", "--forget", *more], tmp_path)
    assert (refused.returncode, "goes with nothing else" in refused.stderr) == (2, True)
    assert kept(tmp_path) == [file]


def test_what_is_older_than_thirty_days_is_forgotten(tmp_path: Path, protocol: Protocol, broken_off: str) -> None:
    young = put_back(tmp_path, broken_off, days=29)
    put_back(tmp_path, broken_off, "myoclonus-2.json", days=31)
    assert UnfinishedInterviews(protocol, young.parent).paths() == [young]
    assert kept(tmp_path) == [young]


@pytest.mark.parametrize("how", ["by asking for it", "after 30 days"])
def test_what_a_kill_left_in_the_midst_of_writing_is_forgotten_too(
    tmp_path: Path, protocol: Protocol, broken_off: str, how: str
) -> None:
    part = put_back(tmp_path, broken_off, ".myoclonus-1.json.abc.part", days=31)
    unfinished = UnfinishedInterviews(protocol, part.parent)
    unfinished.forget() if how == "by asking for it" else unfinished.paths()
    assert kept(tmp_path) == []


def test_another_protocol_whose_name_begins_alike_is_let_alone(
    tmp_path: Path, protocol: Protocol, broken_off: str
) -> None:
    mine = put_back(tmp_path, broken_off)
    other = put_back(tmp_path, broken_off, "myoclonus-child-2.json", days=31)
    unfinished = UnfinishedInterviews(protocol, mine.parent)
    assert unfinished.paths() == [mine]
    assert unfinished.forget() == 1
    assert kept(tmp_path) == [other]


def test_what_cannot_be_deleted_stops_nobody_from_being_asked(
    tmp_path: Path, protocol: Protocol, broken_off: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = put_back(tmp_path, broken_off, days=31)

    def refuse(path: Path, *, missing_ok: bool = False) -> None:  # noqa: ARG001
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refuse)
    unfinished = UnfinishedInterviews(protocol, old.parent)
    assert unfinished.paths() == []
    with pytest.raises(DataFault, match="This file cannot be deleted: Read-only file system"):
        unfinished.forget()


# ---- going back ----


def test_answers_taken_back_are_kept_and_offered_again(tmp_path: Path, protocol: Protocol) -> None:
    interview = Interview(protocol)
    for name in ("emergency_now", "awareness", "course"):
        interview = interview.answered(name, frozenset(ORDINARY[name]))
    unfinished = UnfinishedInterviews(protocol, tmp_path)
    path = unfinished.new_path()
    unfinished.save(path, interview.without_last().without_last())
    restored = unfinished.restore(path)
    assert restored is not None
    assert restored.interview.history == ("emergency_now",)
    assert restored.interview.withdrawn == {name: frozenset(ORDINARY[name]) for name in ("awareness", "course")}
    assert restored.interview.answers == Interview(protocol).answered("emergency_now", frozenset({"none"})).answers


def test_an_answer_taken_back_before_a_break_is_shown_when_its_question_comes_again(tmp_path: Path) -> None:
    person = Person({**ORDINARY, "age_group": "adult_65_plus"})
    piped = Piped(["ask"], tmp_path)
    piped.talk(person, until="thinking")
    piped.say("b")
    piped.talk(person, until="age_group")
    assert piped.end() == 1
    again = Piped(["ask", "--resume"], tmp_path)
    again.talk(Person(ORDINARY), until="age_group")
    assert again.end() == 1
    assert "Your answer so far: 9." in again.text


# ---- saved under older rules ----


def test_an_interview_under_older_rules_says_so_and_asks_again_what_has_changed(
    tmp_path: Path, protocol: Protocol, broken_off: str
) -> None:
    content = json.loads(broken_off)
    assert content["history"] == ["emergency_now", "age_group", "thinking", "seizures", "awareness"]
    content.update(version="0.9.0", digest="0" * 64)
    content["questions"]["thinking"] = "0" * 16  # its words were others then
    content["questions"]["no_longer_a_question"] = "0" * 16
    content["answers"]["no_longer_a_question"] = ["anything"]
    content["history"].append("no_longer_a_question")
    file = put_back(tmp_path, json.dumps(content))
    thinking = protocol.questionnaire.by_id["thinking"]
    person = Person(ORDINARY)
    piped = Piped(["ask", "--resume"], tmp_path)
    piped.talk(person, until="general_signs")
    flowing = " ".join(piped.text.split())
    assert f"The rules have changed since (from version 0.9.0 to {protocol.version})." in flowing
    assert f"These questions have changed, so they are asked again: - {thinking.text}" in flowing
    assert person.asked == [RESUME, "thinking"]
    assert piped.end() == 1
    content = json.loads(file.read_text(encoding="utf-8"))
    assert set(content["answers"]) == {"emergency_now", "age_group", "thinking", "seizures", "awareness"}
    assert content["version"] == protocol.version
    assert content["digest"] == protocol.digest


def test_rules_of_the_same_version_that_differ_are_not_said_to_be_another_version(
    tmp_path: Path, broken_off: str
) -> None:
    content = json.loads(broken_off)
    put_back(tmp_path, json.dumps({**content, "digest": "0" * 64}))
    piped = Piped(["ask", "--resume"], tmp_path)
    piped.talk(Person(ORDINARY), until="general_signs")
    piped.end()
    assert "The rules have changed since" in piped.text
    assert f"from version {content['version']} to {content['version']}" not in " ".join(piped.text.split())


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"answers": 5, "history": [], "questions": {}}',
        '{"answers": {}, "history": 5, "questions": {}}',
        '{"answers": {}, "history": [], "questions": 5}',
        '{"answers": {"awareness": [[]]}, "history": [], "questions": {}}',
        "[" * 100_000,
    ],
)
def test_a_file_that_cannot_be_read_any_more_restores_nothing(tmp_path: Path, protocol: Protocol, content: str) -> None:
    path = put_back(tmp_path, content)
    assert UnfinishedInterviews(protocol, path.parent).restore(path) is None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("emergency_now", ["nonsense"]),
        ("emergency_now", ["none", "electric_shock_recent"]),
        ("awareness", ["fully_aware", "blank_or_lost_awareness"]),
        ("awareness", [5]),
        ("age_group", "unknown"),
    ],
)
def test_a_kept_answer_that_is_none_is_asked_again(
    tmp_path: Path, protocol: Protocol, broken_off: str, question: str, answer: list[object] | str
) -> None:
    content = json.loads(broken_off)
    content["answers"][question] = answer
    path = put_back(tmp_path, json.dumps(content))
    restored = UnfinishedInterviews(protocol, path.parent).restore(path)
    assert restored is not None
    assert question not in restored.interview.given
    # What choices were shown hung on the age: without it, those answers are none either.
    shown_by_it = ["thinking"] if question == "age_group" else []
    assert [again.id for again in restored.asked_again] == [question, *shown_by_it]


def test_where_a_file_cannot_be_read_any_more_a_new_interview_begins(tmp_path: Path) -> None:
    put_back(tmp_path, "{")
    piped = Piped(["ask", "--resume"], tmp_path)
    piped.talk(Person(ORDINARY), until="emergency_now")
    piped.end()
    assert "That interview cannot be read any more. This is a new one." in " ".join(piped.text.split())


# ---- killed ----


@pytest.mark.skipif(os.name != "posix", reason="no kill -9")
def test_no_answer_is_lost_in_ten_random_kills(tmp_path: Path, stories: Mapping[str, Story]) -> None:
    kill_and_take_up(tmp_path, stories["O07"], kills=5, seed=1)
    kill_and_take_up(tmp_path, stories["O09"], kills=5, seed=2)


@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="no kill -9")
def test_no_answer_is_lost_in_200_random_kills(tmp_path: Path, stories: Mapping[str, Story]) -> None:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = [pool.submit(kill_and_take_up, tmp_path, stories["O07"], kills=5, seed=seed) for seed in range(3, 43)]
    for one in runs:
        one.result()


def kill_and_take_up(folder: Path, story: Story, *, kills: int, seed: int) -> None:
    """Kill the program about its answers, again and again: what was answered when a question was shown is kept."""
    rng = Random(seed)
    home = folder / str(seed)
    home.mkdir()
    answered: list[str] = []
    last_shown = 1
    for _ in range(kills):
        piped, person, shown = taken_up(home, story)
        number = last_number(shown)
        assert last_shown <= number <= len(answered) + 1, (seed, last_shown, number, answered)
        answered = answered[: number - 1]
        answers = rng.randint(1, 4)
        for done in range(1, answers + 1):
            line = person(shown)
            assert person.asked[-1] not in answered, "what was answered and kept is asked again"
            answered.append(person.asked[-1])
            piped.say(str(line))
            if done < answers or rng.random() < 0.5:
                shown = str(piped.listen())  # the next question is on the screen
        time.sleep(rng.choice([0, 0, 0.001, 0.003, 0.01]))
        piped.kill()
        last_shown = last_number(piped.text)
    piped, _, shown = taken_up(home, story)
    piped.kill()
    assert last_shown <= last_number(shown) <= len(answered) + 1, (seed, last_shown, answered)
    [history] = [json.loads(path.read_text(encoding="utf-8"))["history"] for path in home.rglob("myoclonus-*.json")]
    assert history == answered[: last_number(shown) - 1]


def taken_up(home: Path, story: Story) -> tuple[Piped, Person, str]:
    """Go on with the interview that was killed, if there is one; return what is shown with the next question."""
    piped, person = Piped(["ask", "--resume"], home), Person(story)
    shown = str(piped.listen())
    if shown.endswith("Number: "):
        piped.say(str(person(shown)))
        shown = str(piped.listen())
    return piped, person, shown


# ---- answers to an earlier questionnaire ----


def begun_earlier(protocol: Protocol, folder: Path, **said: str | list[str]) -> Path:
    """Keep an interview as an earlier version would have kept it, with other questions."""
    kept = UnfinishedInterviews(protocol, folder)
    path = kept.new_path()
    kept.save(path, Interview(protocol))
    content = json.loads(path.read_text(encoding="utf-8"))
    content |= {"digest": "of before", "version": "0.0.9", "history": list(said), "answers": said}
    whole = Interview(protocol, {name: frozenset({"x"}) for name in said if name in protocol.questionnaire.by_id}, ())
    kept.save(folder / "prints", whole)
    prints = json.loads((folder / "prints").read_text(encoding="utf-8"))["questions"]
    content["questions"] = {name: prints.get(name, "") if name in UNCHANGED else "other words" for name in said}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


UNCHANGED = ("right_now", "age")


def test_an_answer_that_is_only_called_otherwise_now_is_taken_over(sneezing: Protocol, tmp_path: Path) -> None:
    path = begun_earlier(sneezing, tmp_path, right_now=["none"], age="adult", since="for_ages", nose=["pink_water"])
    restored = UnfinishedInterviews(sneezing, tmp_path).restore(path)
    assert restored is not None
    assert restored.interview.given == {
        "right_now": frozenset({"none"}),
        "age": frozenset({"adult"}),
        "since": frozenset({"months"}),
        "nose": frozenset({"bleeds", "drips"}),
    }
    assert restored.asked_again == ()


@pytest.mark.parametrize(
    ("said", "again"),
    [
        ({"since": "a_while"}, ["since"]),
        ({"since": "hours"}, ["since"]),
        ({"nose": ["runs", "bleeds"]}, ["nose"]),
        ({"nose": ["runs", "itches"]}, ["nose"]),
        ({"brought_on_by": ["choking_on_crumbs"]}, ["right_now", "brought_on_by"]),
        ({"dog": "far"}, []),
    ],
)
def test_what_means_something_else_or_elsewhere_now_is_asked_again(
    said: dict[str, str | list[str]], again: list[str], sneezing: Protocol, tmp_path: Path
) -> None:
    path = begun_earlier(sneezing, tmp_path, right_now=["none"], age="adult", **said)
    restored = UnfinishedInterviews(sneezing, tmp_path).restore(path)
    assert restored is not None
    assert [question.id for question in restored.asked_again] == again
    assert set(restored.interview.given) == {"right_now", "age"} - set(again)
