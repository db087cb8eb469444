"""The interview line by line: to each urgency, through pipes and on a dumb terminal, whatever is typed."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conversation import (
    CHANGE,
    CONTRADICTION,
    DETAILS,
    END,
    HEADLINES,
    HELP_FIRST,
    ORDINARY,
    READ_BACK,
    SLIP,
    Person,
    Talk,
    assert_plain,
    numbers,
)
from piped import KEPT, Piped, kept, surroundings

from triage.command_line import main
from triage.protocol.reading import read_protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conversation import Story

    from triage.protocol.protocol import Protocol

pytestmark = pytest.mark.usefixtures("read_once")

SNEEZING = Path(__file__).parent / "protocols" / "sneezing"
WITHOUT_SOCKETS = """
import sys
def refuse(event, _):
    if event.startswith("socket."):
        raise SystemExit(f"the program wanted a socket: {event}")
sys.addaudithook(refuse)
from triage.command_line import main
main(sys.argv[1:])
"""


# ---- to each urgency ----


@pytest.mark.parametrize(
    ("story", "urgency"),
    [("V108", "emergency"), ("V103", "emergency"), ("V101", "urgent"), ("V109", "routine"), ("O09", "self_care")],
)
def test_a_pipe_leads_to_each_urgency_and_saves_what_can_be_scored(
    tmp_path: Path, stories: Mapping[str, Story], capsys: pytest.CaptureFixture[str], story: str, urgency: str
) -> None:
    saved = tmp_path / "my answers.json"
    colours = {"NO_COLOR": "1"} if urgency == "routine" else {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
    piped = Piped(["ask", "--save", saved], tmp_path, more=colours, start=("-c", WITHOUT_SOCKETS))
    assert piped.talk(Person(stories[story])) is None
    assert piped.end() == 0
    assert HEADLINES[urgency] in piped.text.splitlines()
    assert f"Your answers are saved in {saved}." in " ".join(piped.text.split())
    assert kept(tmp_path) == []  # deleted on finishing
    if os.name == "posix":
        assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    with pytest.raises(SystemExit) as left:
        main(["score", str(saved)])
    assert left.value.code == 0
    assert json.loads(capsys.readouterr().out)["urgency"] == urgency


def test_everything_can_be_asked(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    person = Person(stories["O07"], protocol=protocol)
    assert Talk(protocol, person, everything=True).finished
    said = {name for name in protocol.questionnaire.by_id if name in person.asked}
    assert said == {*protocol.questionnaire.by_id} - {"infant_signs", "infant_state", "relief", "startle_size"}


def test_another_protocol_is_asked_in_the_same_way(tmp_path: Path) -> None:
    sneezing = read_protocol(SNEEZING)
    pepper = {"right_now": "none", "age": "adult", "since": "hours", "nose": "nothing_else", "brought_on_by": "pepper"}
    piped = Piped(["ask", "--protocol", SNEEZING], tmp_path)
    piped.talk(Person(pepper, protocol=sneezing))
    assert piped.end() == 0
    assert HEADLINES["self_care"] in piped.text
    assert "Sneezing (made up, for tests), version 0.1.0" in " ".join(piped.text.split())
    assert kept(tmp_path) == []


# ---- what is typed ----


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("", "Please type a number from 1 to 14."),
        ("   ", "Please type a number from 1 to 14."),
        (",", "Please type a number from 1 to 14."),
        ("0", "Please type a number from 1 to 14."),
        ("15", "Please type a number from 1 to 14."),
        ("-1", "Please type a number from 1 to 14."),
        ("1.", "Please type a number from 1 to 14."),
        ("1 to 3", "Please type a number from 1 to 14."),
        ("yes", "Please type a number from 1 to 14."),
        ("nome", "Please type a number from 1 to 14. Did you mean 'none'?"),
        ("²", "Please type a number from 1 to 14."),
        ("None of these", "Please type a number from 1 to 14."),
        ("\x1b[B", "Please type a number from 1 to 14."),
        ("13, 10", '"None of these" cannot stand with other answers. Choose it alone, or leave it out.'),
        ("14 1", '"I don\'t know" cannot stand with other answers. Choose it alone, or leave it out.'),
        ("9" * 40, "Please type a number from 1 to 14."),
    ],
)
def test_what_is_no_answer_is_asked_again_and_never_picks_one(protocol: Protocol, line: str, reply: str) -> None:
    talk = Talk(protocol, Person({}, first={"emergency_now": [line, END]}, protocol=protocol))
    assert talk.ended_early
    assert reply in talk.flowing
    assert talk.saved == []
    assert talk.text.count("Question 1 ") == 1


@pytest.mark.parametrize("line", ["1 2", "1,2", "fully_aware, unknown"])
def test_one_choice_takes_one_number(protocol: Protocol, line: str) -> None:
    talk = Talk(protocol, Person(ORDINARY, first={"awareness": [line, END]}, protocol=protocol))
    assert "Please type one number only." in talk.flowing
    assert list(talk.given) == ["emergency_now", "age_group", "thinking", "seizures"]


@pytest.mark.parametrize(
    "line", ["5, 9", "5,9", "5 9", "9;5", " 5 ,  9, ", "5 9 5", "stroke_or_brain_injury, diabetes", "5, 9,"]
)
def test_several_numbers_choose_several(protocol: Protocol, line: str) -> None:
    person = Person(ORDINARY, first={"conditions": [line], "medicines": [END]}, protocol=protocol)
    codes = protocol.questionnaire.by_id["conditions"].codes
    wanted = sorted(["stroke_or_brain_injury", "diabetes"]) if "stroke" in line else sorted([codes[4], codes[8]])
    assert Talk(protocol, person).given["conditions"] == wanted


def test_i_dont_know_is_kept_as_such(protocol: Protocol) -> None:
    talk = Talk(protocol, Person({}, first={"age_group": ["10", END]}, protocol=protocol))
    assert talk.given == {"emergency_now": "unknown"}
    assert "Please type a number from 1 to 9." in talk.text  # the age may not be unknown


@pytest.mark.parametrize("offer", [READ_BACK, HELP_FIRST, SLIP])
@pytest.mark.parametrize("line", ["", " ", "0", "7000", "yes", "²"])
def test_an_offer_takes_nothing_but_a_number(
    protocol: Protocol, stories: Mapping[str, Story], offer: str, line: str
) -> None:
    by_offer = {READ_BACK: stories["O09"], HELP_FIRST: stories["V108"], SLIP: {**stories["V005"], **CONTRADICTION}}
    talk = Talk(protocol, Person(by_offer[offer], first={offer: [line, END]}, protocol=protocol))
    assert talk.ended_early, "the line chose something"
    assert "Please type a number from 1 to" in talk.flowing.split(offer)[1]


@pytest.mark.parametrize("place", ["emergency_now", HELP_FIRST])
def test_a_number_of_thousands_of_digits_is_no_answer_either(
    protocol: Protocol, stories: Mapping[str, Story], place: str
) -> None:
    talk = Talk(protocol, Person(stories["V108"], first={place: ["9" * 5_000, END]}, protocol=protocol))
    assert talk.ended_early
    assert "Please type a number from 1 to" in talk.text


def test_bytes_that_are_no_text_are_asked_again(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "triage", "ask", "--no-save"],
        input=b"\xff\xfe\n13\n",
        env={**surroundings(tmp_path), "PYTHONIOENCODING": "utf-8:strict"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert b"Traceback" not in result.stderr + result.stdout
    assert result.returncode == 1
    assert b"Question 2" in result.stdout


# ---- moves ----


def test_back_why_review_and_leave(protocol: Protocol) -> None:
    first = {
        "emergency_now": ["b", "?", "r"],
        "age_group": ["7", "?", "7"],
        "thinking": ["b", "7"],  # back to the age; this 7 is said when it comes again
        "seizures": ["r", "Q"],
    }
    person = Person({"emergency_now": ("none",), "thinking": ("none",)}, first=first, protocol=protocol)
    talk = Talk(protocol, person)
    assert talk.finished is None
    assert not talk.ended_early
    assert "This is the first question." in talk.flowing
    assert "We ask because the answer matters for: - A sign that needs help right now - " in talk.flowing
    assert "There are no answers yet." in talk.flowing
    assert "Your answer so far: 7." in talk.text  # the age, when it comes again
    said = {"emergency_now": ["none"], "age_group": ["adult_18_39y"], "thinking": ["sad_worried_or_stressed"]}
    assert talk.given == said
    assert "- How old is the person? Adult, 18 to 39 years" in talk.flowing


def test_an_answer_changed_on_review_changes_the_result(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    """The last red flag is asked; then the fit in the past, said before, is taken back: nothing urgent is left."""
    question = protocol.questionnaire.by_id["seizures"]
    said = [numbers(question, "convulsion_ever"), numbers(question, "none")]
    # go on, emergency_now, age_group, awareness, duration, seizures: by section
    first = {"stopped_recently": ["r"], CHANGE: ["6"], "seizures": said}
    person = Person(stories["O09"], first=first, protocol=protocol)
    talk = Talk(protocol, person)
    assert talk.finished is not None
    assert talk.given["seizures"] == ["none"]
    assert talk.finished.result.urgency.value == "self_care"


def test_what_no_longer_applies_is_marked_and_comes_back(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    age = protocol.questionnaire.by_id["age_group"]
    first = {
        "infant_signs": ["r"],
        CHANGE: ["4", "4"],
        "age_group": [numbers(age, "infant_1_6m"), numbers(age, "adult_18_39y"), numbers(age, "infant_1_6m")],
    }
    person = Person(stories["V004"], first=first, protocol=protocol)
    talk = Talk(protocol, person, everything=True)
    assert "No longer applies, and is set aside: When does the baby or small child jerk?" in talk.flowing
    assert talk.flowing.count("(no longer applies; kept in case you change back)") == 1
    assert talk.given["infant_state"] == ["asleep_stops_when_woken"]
    assert talk.finished is not None
    assert talk.finished.result.urgency.value == "self_care"


# ---- the end ----


@pytest.mark.parametrize(
    ("options", "how"),
    [
        ([], "To get a page for the doctor, answer again with: triage ask --letter page.html"),
        (["--save", "a.json"], "To get a page for the doctor: triage explain a.json --letter page.html"),
    ],
)
def test_at_the_end_it_is_said_how_to_get_the_page_for_the_doctor(
    tmp_path: Path, stories: Mapping[str, Story], options: list[str], how: str
) -> None:
    piped = Piped(["ask", *options], tmp_path)
    piped.talk(Person(stories["V108"]))
    assert piped.end() == 0
    assert " ".join(piped.text.split()).endswith(how)


# ---- the look ----


def test_forty_columns_hold_every_line(tmp_path: Path, stories: Mapping[str, Story]) -> None:
    first = {"awareness": ["?", "77"], "age_group": ["r"], CHANGE: ["1"]}
    person = Person(stories["V109"], first=first, offers={DETAILS: "2"})
    piped = Piped(["ask", "--letter", "l.md"], tmp_path, more={"COLUMNS": "40", "TERM": "xterm-256color"})
    piped.talk(person)
    assert piped.end() == 0
    assert "The page for the doctor is in l.md." in piped.text
    letter = (tmp_path / "l.md").read_text(encoding="utf-8")
    assert "**Result:** No usual pattern fits these answers, so have it looked at." in letter
    assert "**How soon:** see your own doctor (routine)" in letter
    assert HEADLINES["routine"] in piped.text
    lines = [
        line for line in piped.text.splitlines() if not line.startswith("Answer: ")
    ]  # behind it stands what was typed
    assert max(map(len, lines)) <= 40


@pytest.mark.parametrize("how", ["TERM=dumb", "--plain"])
def test_a_terminal_is_asked_plainly_where_it_is_dumb_or_the_person_wants_it(tmp_path: Path, how: str) -> None:
    from screen import CTRL_D, Terminal

    dumb = how == "TERM=dumb"
    more = {"TERM": "dumb"} if dumb else {}
    with Terminal(["ask", *([] if dumb else ["--plain"])], tmp_path, columns=40, more=more) as terminal:
        terminal.wait(lambda: terminal.text.endswith("Answer:"), "a question")
        terminal.press("13\r")
        terminal.wait(lambda: terminal.text.count("Answer:") == 2, "the next question")
        assert "Type a number." in terminal.text
        terminal.press(CTRL_D)
        assert terminal.end() == 1
        assert KEPT in terminal.flowing
        assert max(map(len, terminal.lines)) <= 40
        assert_plain(terminal.raw.decode())
