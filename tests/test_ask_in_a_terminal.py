"""The interview with arrow keys, in a real pseudo terminal: every move, breaking off anywhere, and no stray key."""

from __future__ import annotations

import os
import re
import signal
import stat
from typing import TYPE_CHECKING

import pytest
from screen import CTRL_C, CTRL_D, DOWN, ENTER, SPACE, Terminal, labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from triage.protocol.questionnaire import Question

KEPT = "Your answers are kept. To go on: triage ask --resume. To delete them: triage ask --forget."


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Give the program a folder, and see that it said nothing ugly and left nothing readable to others."""
    yield tmp_path
    for path in kept(tmp_path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def kept(home: Path) -> list[Path]:
    return sorted(home.rglob("myoclonus-*.json"))


def codes(answers: Mapping[str, str | tuple[str, ...]], question: Question) -> list[str]:
    """Return what a person answers; nothing in the story means "I don't know"."""
    said = answers.get(question.id, "unknown")
    return [said] if isinstance(said, str) else list(said)


def answer_questions(terminal: Terminal, answers: Mapping[str, str | tuple[str, ...]], until: str) -> list[str]:
    """Answer question after question until a text is shown and a list is there; return the questions asked."""
    asked = []
    terminal.wait_for_list()
    while until not in terminal.flowing:
        asked.append(terminal.question.id)
        terminal.answer(codes(answers, terminal.question))
        terminal.wait_for_list()
    return asked


# ---- whole interviews ----


def test_sleep_starts_by_arrow_keys(home: Path, stories: Mapping) -> None:
    with Terminal(["ask"], home) as terminal:
        asked = answer_questions(terminal, stories["O09"], "Before the result")
        assert asked[0] == "emergency_now"
        assert "You told us that there is none of these. Is that right?" in terminal.flowing
        terminal.press(ENTER)  # yes, that is right
        for _ in range(2):  # asked again in other words
            question = terminal.wait_for_question()
            assert str(question.again) in terminal.flowing
            terminal.answer(codes(stories["O09"], question))
        assert terminal.end() == 0
        assert "SELF CARE" in terminal.lines
        assert "Likely benign, as far as these answers can tell." in terminal.flowing
        assert "Traceback" not in terminal.text
    assert kept(home) == []  # deleted on finishing


def test_morning_jerks_by_arrow_keys(home: Path, stories: Mapping) -> None:
    letter = home / "letter.md"
    with Terminal(["ask", "--letter", str(letter)], home) as terminal:
        answer_questions(terminal, stories["V101"], "How soon:")
        assert "URGENT: SEE A DOCTOR TODAY OR IN THE NEXT DAYS" in terminal.lines
        assert "This does not change the result, or how soon to get help." in terminal.flowing
        terminal.choose("Yes, ask them")
        while terminal.goes_on():
            terminal.wait_for_list()
            terminal.answer(codes(stories["V101"], terminal.question))
        assert terminal.end() == 0
        assert terminal.lines.count("URGENT: SEE A DOCTOR TODAY OR IN THE NEXT DAYS") == 2
        # A long path breaks at the edge of the screen, wherever that is.
        assert f"Thepageforthedoctorisin{letter}." in "".join(terminal.text.split())
    written = letter.read_text(encoding="utf-8")
    assert "**Result:** It may be a sign of disease." in written
    assert "**How soon:** see a doctor today or in the next days (urgent)" in written
    assert kept(home) == []


def test_the_emergency_screen_shows_the_advice_at_once_and_offers_to_stop(home: Path) -> None:
    with Terminal(["ask"], home) as terminal:
        terminal.wait_for_question()
        terminal.answer(["face_arm_speech_sudden"])
        terminal.wait_for_list()
        assert "EMERGENCY: GET HELP NOW" in terminal.lines
        assert re.search(rb"\x1b\[[0-9;]*31[0-9;]*mEMERGENCY", terminal.raw)  # in words, and in red
        assert "112" in terminal.text
        assert terminal.pointed_at == "Stop here and show the result"
        assert "Please get help first. The questions can wait." in terminal.flowing
        terminal.press(ENTER)
        assert terminal.end() == 0
        assert terminal.lines.count("EMERGENCY: GET HELP NOW") == 2
    assert kept(home) == []


def test_a_person_may_go_on_after_the_emergency_advice_and_see_it_without_colour(home: Path) -> None:
    with Terminal(["ask", "--all"], home, more={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for_question()
        terminal.answer(["electric_shock_recent"])
        terminal.wait_for_list()
        terminal.choose("Go on with the questions")
        assert terminal.wait_for_question().id == "age_group"
        terminal.answer(["adult_18_39y"])
        terminal.wait_for_question()
        assert terminal.lines.count("EMERGENCY: GET HELP NOW") == 1  # not again at every question
        assert not [code for code in re.findall(rb"\x1b\[([0-9;]*)m", terminal.raw) if has_colour(code)]
        assert len(kept(home)) == 1


# ---- moves ----


def test_triage_alone_starts_the_interview_with_back_why_and_leave(home: Path) -> None:
    with Terminal([], home) as terminal:
        assert terminal.wait_for_question().id == "emergency_now"
        assert terminal.number == 1
        terminal.press("b")
        terminal.wait_for("This is the first question.")
        terminal.wait_for_list()
        terminal.answer(["none"])
        terminal.wait_for_question()
        terminal.answer(["adult_40_64y"])
        terminal.wait_for_question()
        terminal.answer(["sad_worried_or_stressed"])
        assert terminal.wait_for_question().id == "seizures"
        assert terminal.number == 4
        terminal.press("b")
        thinking = terminal.wait_for_question()
        assert thinking.id == "thinking"
        assert terminal.number == 3
        assert terminal.marked == [labels(thinking)["sad_worried_or_stressed"]]
        terminal.press("b")
        assert terminal.wait_for_question().id == "age_group"
        assert terminal.pointed_at == "Adult, 40 to 64 years"  # the answer given before is where it starts
        terminal.press("b")
        assert terminal.wait_for_question().id == "emergency_now"
        assert terminal.marked == ["None of these"]
        terminal.press("?")
        terminal.wait_for("We ask because the answer matters for:")
        terminal.wait_for_list()
        assert "A sign that needs help right now" in terminal.flowing
        terminal.press(ENTER)  # the mark stands
        for name in ("age_group", "thinking"):
            assert terminal.wait_for_question().id == name
            terminal.press(ENTER)
        assert terminal.wait_for_question().id == "seizures"
        terminal.press("q")
        assert terminal.end() == 0
        assert KEPT in terminal.flowing
    assert len(kept(home)) == 1


def test_an_answer_changed_on_review_sets_dependants_aside_and_is_undone(home: Path, stories: Mapping) -> None:
    baby = {**stories["V004"], "age_group": "infant_1_6m"}
    with Terminal(["ask", "--all"], home) as terminal:
        while (question := terminal.wait_for_question()).id != "infant_signs":
            terminal.answer(codes(baby, question))
        age = "How old is the person?"
        states = "When does the baby or small child jerk?"
        terminal.press("r")
        terminal.wait_for_list()
        terminal.choose(age)
        terminal.wait_for_list()
        assert terminal.pointed_at == "Baby, 4 weeks to 6 months"
        terminal.answer(["adult_18_39y"])
        terminal.wait_for(f"No longer applies, and is set aside: {states}")
        terminal.wait_for_list()
        assert "(no longer applies; kept in case you change back)" in terminal.flowing
        terminal.choose(age)
        terminal.wait_for_list()
        terminal.answer(["infant_1_6m"])
        terminal.wait_for_list()
        last_review = terminal.flowing.rsplit("Your answers", 1)[1]
        assert "no longer applies" not in last_review
        terminal.choose("Go on")
        assert terminal.wait_for_question().id == "infant_signs"
        terminal.press("q")
        assert terminal.end() == 0


# ---- breaking off ----


def to_question(terminal: Terminal, name: str) -> None:
    """Answer in an ordinary way up to a question."""
    while (question := terminal.wait_for_question()).id != name:
        ordinary = {"age_group": "adult_18_39y", "awareness": "fully_aware", "course": "stable"}
        terminal.answer(codes({"emergency_now": ("none",), **ordinary}, question))


@pytest.mark.parametrize(
    ("place", "key"),
    [
        pytest.param(place, key, id=f"{'Ctrl-C' if key == CTRL_C else 'Ctrl-D'} at {place}")
        for place, key in (
            ("the first question", CTRL_C),
            ("one choice", CTRL_D),
            ("several choices", CTRL_C),
            ("the review", CTRL_C),
            ("the offer", CTRL_D),
        )
    ],
)
def test_breaking_off_keeps_the_answers(home: Path, key: str, place: str) -> None:
    with Terminal(["ask"], home) as terminal:
        if place == "the offer":
            terminal.wait_for_question()
            terminal.answer(["overdose_or_poison"])
            terminal.wait_for_list()
        else:
            names = {"the first question": "emergency_now", "one choice": "awareness", "several choices": "seizures"}
            to_question(terminal, names.get(place, "awareness"))
        if place == "the review":
            terminal.press("r")
            terminal.wait_for_list()
        if place == "several choices":
            terminal.press(SPACE + DOWN + SPACE)  # marks that were not sent off are no answer
            terminal.wait(lambda: len(terminal.marked) == 2, "two marks")
        terminal.press(key)
        assert terminal.end() == 130
        assert "Traceback" not in terminal.text
        first = place == "the first question"
        assert ("Nothing was kept." if first else KEPT) in terminal.flowing
    answers = [path.read_text(encoding="utf-8") for path in kept(home)]
    assert len(answers) == (0 if first else 1)
    assert not any("convulsion" in text for text in answers)


def test_an_interview_is_taken_up_where_it_was_left(home: Path) -> None:
    with Terminal(["ask"], home) as terminal:
        to_question(terminal, "thinking")
        terminal.press(CTRL_C)
        assert terminal.end() == 130
    [first] = kept(home)
    with Terminal(["ask"], home) as terminal:  # without being asked to, a new one begins, and the old one is named
        assert terminal.wait_for_question().id == "emergency_now"
        assert "An unfinished interview is kept. To go on with it: triage ask --resume" in terminal.flowing
    assert kept(home) == [first]
    with Terminal(["ask", "--resume"], home) as terminal:
        terminal.wait_for_list()
        assert terminal.pointed_at.startswith("Go on: ")
        [choice] = re.findall(r"Go on: Adult, [^;]+; 2 answers; \d\d \w+ \d{4}, \d\d:\d\d", terminal.text)
        assert not any(word in terminal.text for word in ("None of these", str(first)))  # whose it is, and no more
        terminal.choose(choice)
        assert terminal.wait_for_question().id == "thinking"
        assert terminal.number == 3
        terminal.press("b")
        assert terminal.wait_for_question().id == "age_group"
        terminal.press(CTRL_D)
        assert terminal.end() == 130
    assert kept(home) == [first]
    with Terminal(["ask", "--resume"], home) as terminal:
        terminal.wait_for_list()
        terminal.press(CTRL_C)
        assert terminal.end() == 130
        assert "Nothing was kept" not in terminal.flowing
    assert kept(home) == [first]
    with Terminal(["ask", "--resume"], home) as terminal:
        terminal.wait_for_list()
        terminal.press(ENTER)  # the default
        assert terminal.wait_for_question().id == "age_group"
        assert terminal.number == 2
        terminal.press("q")
        assert terminal.end() == 0
    with Terminal(["ask", "--resume"], home) as terminal:
        terminal.wait_for_list()
        terminal.choose("Start a new interview")
        assert terminal.wait_for_question().id == "emergency_now"
        assert terminal.number == 1
    assert kept(home) == [first]


# ---- keys ----


def test_a_second_enter_pressed_at_once_does_not_answer_the_next_question(home: Path) -> None:
    """Both in one go, so that the second waits inside the program."""
    with Terminal(["ask", "--all"], home) as terminal:
        terminal.wait_for_question()
        terminal.mark(terminal.question, ["none"])
        terminal.press(ENTER + ENTER)
        assert terminal.wait_for_question().id == "age_group"
        terminal.mark(terminal.question, ["adult_18_39y"])
        terminal.press(ENTER + DOWN + ENTER)
        respondent = terminal.wait_for_question()
        assert respondent.id == "respondent"
        assert terminal.pointed_at == respondent.choices[0].label
        terminal.press(ENTER + ENTER)
        assert terminal.wait_for_question().id == "thinking"
        terminal.read_all()
        assert terminal.number == 4
        assert "Please choose" not in terminal.flowing  # what a stray Enter brings where several may be chosen


def test_enter_pressed_between_two_questions_does_not_answer_the_next(home: Path, stories: Mapping) -> None:
    """The second Enter comes while the answer is being saved, so it waits in the terminal, not in the program."""
    with Terminal(["ask"], home) as terminal:
        terminal.wait_for_question()
        terminal.answer(["none"])
        between = 0
        for name in ("age_group", "thinking", "seizures", "awareness", "general_signs", "duration"):
            question = terminal.wait_for_question()
            assert question.id == name
            number = terminal.number
            terminal.mark(question, codes(stories["O09"], question))
            terminal.press(ENTER)
            terminal.wait(lambda so_far=number: terminal.text.count("Your answer:") == so_far, "the answer")
            os.kill(terminal.process, signal.SIGSTOP)
            terminal.read_all()
            if terminal.number == number:  # the next question has not been shown yet
                between += 1
                terminal.press(ENTER)
            os.kill(terminal.process, signal.SIGCONT)
            terminal.wait(lambda so_far=number: terminal.number > so_far and terminal.drawn, "the next question")
            terminal.read_all()
            assert terminal.number == number + 1, "an Enter pressed before the question appeared has answered it"
        assert "Please choose" not in terminal.flowing  # what a stray Enter brings where several may be chosen
        if not between:
            pytest.skip("the program was never caught between two questions")


def test_none_with_something_else_is_refused(home: Path) -> None:
    with Terminal(["ask"], home) as terminal:
        question = terminal.wait_for_question()
        terminal.press("aijk" + DOWN)  # no letter marks everything, or anything
        terminal.wait(lambda: terminal.pointed_at == "Very drowsy or hard to wake", "the pointer one further")
        assert terminal.marked == []
        terminal.press(ENTER)
        terminal.wait_for("Please press Space to choose, then Enter.")
        terminal.mark(question, ["head_injury_recent", "none"])
        assert terminal.marked == ["A blow to the head", "None of these"]
        terminal.press(ENTER)
        terminal.wait_for('"None of these" cannot stand with other answers.')
        terminal.press(SPACE)
        terminal.wait(lambda: terminal.marked == ["A blow to the head"], "one mark")
        terminal.mark(question, ["unknown"])
        terminal.press(ENTER)
        terminal.wait_for('"I don\'t know" cannot stand with other answers.')
        assert kept(home) == []
        assert terminal.number == 1


# ---- the look ----


def test_forty_columns_show_every_word(home: Path) -> None:
    with Terminal(["ask"], home, columns=40, rows=50) as terminal:
        for answer in (["none"], ["adult_18_39y"], ["none"]):
            question = terminal.wait_for_question()
            assert all(f" {label}" in terminal.text for label in labels(question).values())
            assert question.text in terminal.flowing
            if question.help:
                assert question.help in terminal.flowing
            for choice in question.choices:
                terminal.go_to(choice.label, list(labels(question).values()))
                if choice.description:
                    terminal.wait_for(f"Description: {choice.description}")
            terminal.answer(answer)
        terminal.wait_for_list()
        terminal.press("r")
        terminal.wait_for_list()
        assert all(len(line) <= 40 for line in terminal.lines)
        assert "How old is the person? Adult, 18 to 39 years" in terminal.flowing
        terminal.press(CTRL_C)
        assert terminal.end() == 130


def has_colour(code: bytes) -> bool:
    return any(
        30 <= int(part) <= 49 or 90 <= int(part) <= 107 for part in code.split(b";") if part not in (b"", b"39", b"49")
    )
