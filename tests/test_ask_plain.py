"""The interview line by line: through pipes, on a dumb terminal, broken off, taken up and killed."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

import triage
from triage.command_line import main
from triage.engines import build_engine
from triage.interview import Interview
from triage.letter import write_letter
from triage.protocol_reading import read_protocol
from triage.terminal.asking import EndOfInput
from triage.terminal.page import Page
from triage.terminal.plain_prompts import PlainPrompts
from triage.terminal.session import Session
from triage.unfinished import UnfinishedInterviews

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from triage.catalogue import Case
    from triage.protocol import Protocol
    from triage.questionnaire import Question
    from triage.terminal.session import Finished

    Story = Mapping[str, str | tuple[str, ...]]
    Respond = Callable[[str], str | None]
    Lines = Mapping[str, Sequence[str | None]]

SNEEZING = Path(__file__).parent / "protocols" / "sneezing"
PROMPTS = ("Answer: ", "Number: ")
END = None
"""Said instead of a line: the input ends."""
KEPT = "Your answers are kept. To go on: triage ask --resume. To delete them: triage ask --forget."
ORDINARY: dict[str, tuple[str, ...]] = {
    "emergency_now": ("none",),
    "awareness": ("fully_aware",),
    "course": ("stable",),
    "age_group": ("adult_18_39y",),
    "seizures": ("none",),
    "thinking": ("none",),
}
HELP_FIRST = "Please get help first."
READ_BACK = "Please read the list once more."
DETAILS = "can tell more about the pattern"
SLIP = "Maybe one of them was a slip."
CHANGE = "Which answer do you want to change?"
RESUME = "Which interview?"
OFFERS = {HELP_FIRST: "1", READ_BACK: "1", DETAILS: "1", SLIP: "1", CHANGE: "1", RESUME: "2"}
"""What is chosen from each list that is no question, if a test says nothing else."""
WITHOUT_SOCKETS = """
import sys
def refuse(event, _):
    if event.startswith("socket."):
        raise SystemExit(f"the program wanted a socket: {event}")
sys.addaudithook(refuse)
from triage.command_line import main
main(sys.argv[1:])
"""


# ---- a person who reads the questions and types ----


@cache
def the_protocol() -> Protocol:
    return triage.load_protocol()


class Person:
    """Answers what is asked by a story; what the story does not say is not known."""

    def __init__(
        self,
        story: Story,
        *,
        first: Lines | None = None,
        offers: Mapping[str, str] | None = None,
        protocol: Protocol | None = None,
    ) -> None:
        """``first`` says what is typed before the answer, by question id or by the words of an offer."""
        self.story = story
        self.first = {name: list(lines) for name, lines in (first or {}).items()}
        self.offers = {**OFFERS, **(offers or {})}
        self.protocol = protocol or the_protocol()
        self.asked: list[str] = []

    def __call__(self, shown: str) -> str | None:
        assert len(self.asked) < 200, f"asked again and again: {self.asked[-1]}"
        flowing = " ".join(shown.split())
        if shown.endswith("Number: "):
            offer = max(self.offers, key=lambda words: flowing.rfind(words))
            if offer not in flowing:  # only something about the last line is said
                assert flowing.startswith("Please type a number"), f"an offer that nobody knows: {flowing[-400:]}"
                offer = self.asked[-1]
            self.asked.append(offer)
            return self._line(offer, self.offers[offer])
        question = asked_in(flowing, self.protocol) or self.question
        self.question = question
        self.asked.append(question.id)
        return self._line(question.id, numbers(question, self.story.get(question.id, "unknown")))

    def _line(self, name: str, otherwise: str) -> str | None:
        lines = self.first.get(name)
        return lines.pop(0) if lines else otherwise


def asked_in(flowing: str, protocol: Protocol) -> Question | None:
    """Return the question that a text asks last; None where only something about the last answer is said."""
    places = {
        question: max(flowing.rfind(text) for text in (question.text, question.again) if text)
        for question in map(_Hashable, protocol.questionnaire.questions)
    }
    best = max(places, key=lambda question: places[question])
    return best.question if places[best] >= 0 else None


class _Hashable:
    def __init__(self, question: Question) -> None:
        self.question, self.text, self.again = question, question.text, question.again


def numbers(question: Question, said: str | Iterable[str]) -> str:
    codes = [*question.codes, "unknown"]
    said = "unknown" if said == "not_applicable" else said
    return ", ".join(str(codes.index(code) + 1) for code in ([said] if isinstance(said, str) else said))


# ---- the program in a process of its own ----


class Piped:
    """``triage`` with pipes instead of a terminal; ``text`` is what a terminal would show, typed lines too."""

    def __init__(
        self,
        arguments: Sequence[str | Path],
        home: Path,
        *,
        more: Mapping[str, str] | None = None,
        start: Sequence[str] = ("-m", "triage"),
    ) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *start, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=surroundings(home, more),
            cwd=home,
        )
        self._watch = threading.Timer(60, self._process.kill)
        self._watch.daemon = True
        self._watch.start()
        self.text = ""
        self.written = b""
        """The very bytes that the program wrote."""

    def listen(self) -> str | None:
        """Read to the next place where something is to be typed and return what is new; None at the end."""
        assert self._process.stdout is not None
        new = b""
        while not new.endswith(tuple(prompt.encode() for prompt in PROMPTS)):
            part = os.read(self._process.stdout.fileno(), 65_536)
            if not part:
                break
            new += part
        self.written += new
        self.text += new.decode()
        return new.decode() if new.endswith(tuple(prompt.encode() for prompt in PROMPTS)) else None

    def say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()
        self.text += f"{line}\n"

    def talk(self, person: Respond, until: str | None = None) -> str | None:
        """Let a person answer to the end, or until it is about to answer a question or an offer; return its words."""
        while (shown := self.listen()) is not None:
            line = person(shown)
            if until is not None and isinstance(person, Person) and person.asked[-1] == until:
                person.asked.pop()
                return shown
            assert line is not None
            self.say(line)
        return None

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        self._process.kill()
        self.end(closing=False)

    def end(self, *, closing: bool = True) -> int:
        """Close the input, read what is still said, and return the exit code."""
        assert self._process.stdin is not None
        if closing:
            self._process.stdin.close()
        while self.listen() is not None:
            pass
        code = self._process.wait(60)
        self._watch.cancel()
        if not closing:
            self._process.stdin.close()
        assert self._process.stdout is not None
        self._process.stdout.close()
        assert "Traceback" not in self.text, self.text
        assert_plain(self.written.decode())
        return code


def surroundings(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
    path = os.pathsep.join(filter(None, [str(Path(triage.__file__).parent.parent), os.environ.get("PYTHONPATH")]))
    own = {"HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}
    return {**kept, **own, **(more or {})}


def assert_plain(text: str) -> None:
    """No control character moves a cursor or switches a colour, and no line or block is drawn."""
    assert not [character for character in text if ord(character) < 32 and character not in "\n\r"]
    assert not [character for character in text if 0x2500 <= ord(character) < 0x2600 or ord(character) in (127, 0x9B)]


def kept(home: Path) -> list[Path]:
    return sorted(path for path in (home / "state").rglob("*") if path.is_file())


def run(arguments: Sequence[str | Path], home: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "triage", *map(str, arguments)]
    environment = surroundings(home)
    return subprocess.run(
        command, env=environment, cwd=home, capture_output=True, encoding="utf-8", timeout=60, check=False
    )


@pytest.fixture(scope="module")
def broken_off(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Leave one interview at its fifth question and return what was kept of it."""
    home = tmp_path_factory.mktemp("broken-off")
    piped = Piped(["ask"], home)
    piped.talk(Person(ORDINARY), until="seizures")
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


# ---- the same conversation without a process ----


class Talk:
    """A session on the plain screen in this process, for what needs no pipe."""

    def __init__(self, protocol: Protocol, person: Respond, *, everything: bool = False) -> None:
        self._person = person
        self._new = io.StringIO()
        self._written = ""
        self.text = ""
        self.saved: list[Interview] = []
        console = Console(file=self._new, width=80, highlight=False, color_system=None)
        prompts = PlainPrompts(Page(console), self)  # type: ignore[arg-type]
        engines = [build_engine("plain", protocol)]
        self.session = Session(Interview(protocol), prompts, engines, self.saved.append, everything=everything)
        self.finished: Finished | None = None
        self.ended_early = False
        try:
            self.finished = self.session.run()
        except EndOfInput:
            self.ended_early = True
        self.text += self._new.getvalue()
        assert_plain(self._written + self._new.getvalue())

    def readline(self) -> str:
        shown = self._new.getvalue()
        self._new.seek(0)
        self._new.truncate()
        line = self._person(shown)
        self._written += shown
        self.text += f"{shown}{line or ''}\n"
        return "" if line is END else f"{line}\n"

    @property
    def flowing(self) -> str:
        return " ".join(self.text.split())

    @property
    def given(self) -> dict[str, list[str] | str]:
        states = self.session.interview.given
        return {name: sorted(state) if isinstance(state, frozenset) else state.value for name, state in states.items()}


@pytest.fixture(scope="module")
def stories(cases: list[Case]) -> Mapping[str, Story]:
    return {case.id: case.answers for case in cases}


# ---- to each urgency ----

HEADLINES = {
    "emergency": "EMERGENCY: GET HELP NOW",
    "urgent": "URGENT: SEE A DOCTOR TODAY OR IN THE NEXT DAYS",
    "routine": "ROUTINE: SEE YOUR OWN DOCTOR",
    "self_care": "SELF CARE: LIKELY BENIGN",
}


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
    assert said == {*protocol.questionnaire.by_id} - {"infant_signs", "infant_state", "startle_size"}


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
        ("", "Please type a number from 1 to 13."),
        ("   ", "Please type a number from 1 to 13."),
        (",", "Please type a number from 1 to 13."),
        ("0", "Please type a number from 1 to 13."),
        ("14", "Please type a number from 1 to 13."),
        ("-1", "Please type a number from 1 to 13."),
        ("1.", "Please type a number from 1 to 13."),
        ("1 to 3", "Please type a number from 1 to 13."),
        ("yes", "Please type a number from 1 to 13."),
        ("nome", "Please type a number from 1 to 13. Did you mean 'none'?"),
        ("²", "Please type a number from 1 to 13."),
        ("None of these", "Please type a number from 1 to 13."),
        ("\x1b[B", "Please type a number from 1 to 13."),
        ("12, 10", '"None of these" cannot stand with other answers.'),
        ("13 1", '"I don\'t know" cannot stand with other answers.'),
        ("9" * 40, "Please type a number from 1 to 13."),
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
    assert list(talk.given) == ["emergency_now"]


@pytest.mark.parametrize("line", ["5, 9", "5,9", "5 9", "9;5", " 5 ,  9, ", "5 9 5", "stroke, diabetes", "5, 9,"])
def test_several_numbers_choose_several(protocol: Protocol, line: str) -> None:
    person = Person(ORDINARY, first={"conditions": [line], "medicines": [END]}, protocol=protocol)
    codes = protocol.questionnaire.by_id["conditions"].codes
    wanted = sorted(["stroke", "diabetes"]) if "stroke" in line else sorted([codes[4], codes[8]])
    assert Talk(protocol, person).given["conditions"] == wanted


def test_i_dont_know_is_kept_as_such(protocol: Protocol) -> None:
    talk = Talk(protocol, Person({}, first={"age_group": ["10", END]}, protocol=protocol))
    assert talk.given == {"emergency_now": "unknown", "awareness": "unknown"}
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
        input=b"\xff\xfe\n12\n",
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
        "awareness": ["1", "?", "1"],
        "course": ["b", "3"],  # back to awareness; the 3 is said when it comes again
        "age_group": ["r", "Q"],
    }
    person = Person(
        {"emergency_now": ("none",), "course": "stable"},
        first=first,
        protocol=protocol,
    )
    talk = Talk(protocol, person)
    assert talk.finished is None
    assert not talk.ended_early
    assert "This is the first question." in talk.flowing
    assert "We ask because the answer matters for: - A sign that needs help right now" in talk.flowing
    assert "There are no answers yet." in talk.flowing
    assert "Your answer so far: 1." in talk.text  # awareness, when it comes again
    assert talk.given == {"emergency_now": ["none"], "awareness": ["fully_aware"], "course": ["comes_and_goes"]}
    assert "- During a jerk, is the person fully awake and able to answer? Yes, fully awake and aware" in talk.flowing


def test_an_answer_changed_on_review_changes_the_result(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    """The last red flag is asked; then the fit in the past, said before, is taken back: nothing urgent is left."""
    seizures = "5"  # go on, emergency_now, age_group, awareness, course, seizures: by section
    first = {"exposures": ["r"], CHANGE: ["6"], "seizures": ["2", seizures]}
    person = Person(stories["O09"], first=first, protocol=protocol)
    talk = Talk(protocol, person)
    assert talk.finished is not None
    assert talk.given["seizures"] == ["none"]
    assert talk.finished.result.urgency.value == "self_care"


def test_what_no_longer_applies_is_marked_and_comes_back(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    age = protocol.questionnaire.by_id["age_group"]
    first = {
        "infant_signs": ["r"],
        CHANGE: ["3", "3"],
        "age_group": [numbers(age, "infant_1_6m"), numbers(age, "adult_18_39y"), numbers(age, "infant_1_6m")],
    }
    person = Person(stories["V004"], first=first, protocol=protocol)
    talk = Talk(protocol, person, everything=True)
    assert "No longer applies, and is set aside: When does the baby or small child jerk?" in talk.flowing
    assert talk.flowing.count("(no longer applies; kept in case you change back)") == 1
    assert talk.given["infant_state"] == ["only_asleep_stops_when_woken"]
    assert talk.finished is not None
    assert talk.finished.result.urgency.value == "self_care"


# ---- emergencies on the way ----


def test_an_emergency_on_the_way_is_shown_at_once_and_a_stop_is_recorded(
    protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    person = Person(stories["V103"], protocol=protocol)
    talk = Talk(protocol, person)
    assert person.asked[-2:] == ["thinking", HELP_FIRST]
    assert "Stop here and show the result" in talk.text
    assert "112" in talk.text.split("EMERGENCY: GET HELP NOW")[1].split(HELP_FIRST)[0]
    assert talk.finished is not None
    assert talk.finished.result.stopped_early
    assert talk.finished.result.not_asked


def test_an_emergency_by_a_change_on_review_is_shown_before_the_next_question(
    protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    screen = protocol.questionnaire.by_id["emergency_now"]
    first = {"course": ["r"], CHANGE: ["2"], "emergency_now": ["12", numbers(screen, "overdose_or_poison")]}
    person = Person(stories["O09"], first=first, offers={HELP_FIRST: "2"}, protocol=protocol)
    talk = Talk(protocol, person, everything=True)
    changed = person.asked.index(CHANGE)
    assert HELP_FIRST in person.asked
    assert "course" not in person.asked[changed : person.asked.index(HELP_FIRST)]
    assert "EMERGENCY: GET HELP NOW" in talk.text


# ---- contradictions ----

CONTRADICTION = {"situation": ("at_rest_awake",), "sleep_behaviour": "only_at_sleep_onset"}


def test_a_contradiction_is_pointed_out_once_and_may_be_kept(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    person = Person({**stories["V005"], **CONTRADICTION}, offers={DETAILS: "2"}, protocol=protocol)
    talk = Talk(protocol, person)
    assert talk.text.count("Do these answers go together?") == 1
    assert "Only in sleep, and yet also while awake. One answer says" in talk.flowing
    assert "1. Keep my answers as they are" in talk.flowing
    assert len(person.asked) > person.asked.index(DETAILS) + 1  # not again in part two
    assert talk.finished is not None
    assert talk.finished.result.urgency.value == "routine"
    assert "G05a" in [reason.rule for reason in talk.finished.result.reasons]
    assert talk.given["sleep_behaviour"] == ["only_at_sleep_onset"]


def test_a_contradiction_may_be_mended(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    sleep = protocol.questionnaire.by_id["sleep_behaviour"]
    first = {"sleep_behaviour": [numbers(sleep, "only_at_sleep_onset"), numbers(sleep, "stops_in_sleep")]}
    talk = Talk(protocol, Person(stories["V005"], first=first, offers={SLIP: "3"}, protocol=protocol))
    assert "3. Change: What happens in sleep?" in talk.flowing
    assert talk.text.count("Do these answers go together?") == 1
    assert talk.given["sleep_behaviour"] == ["stops_in_sleep"]
    assert talk.finished is not None
    assert talk.finished.result.urgency.value == "self_care"


# ---- before a benign result ----


def test_before_a_benign_result_the_noes_are_read_back_and_two_answers_asked_again(
    protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    person = Person(stories["O09"], protocol=protocol)
    talk = Talk(protocol, person)
    read_back = person.asked.index(READ_BACK)
    again = person.asked[read_back + 1 :]
    assert 1 <= len(again) <= 2
    assert set(again) <= set(person.asked[:read_back])  # asked before, now in other words
    noes = talk.text.split("Before the result")[1].split("Please read the list")[0]
    assert "You told us that there is none of these. Is that right?" in noes
    for flag in protocol.questionnaire.red_flags:
        if "none" in flag.codes and "none" in stories["O09"].get(flag.id, ()):
            assert flag.text in " ".join(noes.split())
    for name in again:
        other_words = protocol.questionnaire.by_id[name].again
        assert other_words is not None
        assert other_words in talk.flowing
    assert talk.flowing.index("Before the result") < talk.flowing.index("SELF CARE")


def test_no_other_result_is_asked_back(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    for story in ("V101", "V108", "V109"):
        assert READ_BACK not in Person(stories[story], protocol=protocol).asked
        assert "Before the result" not in Talk(protocol, Person(stories[story], protocol=protocol)).text


def test_a_no_taken_back_changes_the_result(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    seizures = protocol.questionnaire.by_id["seizures"]
    first = {"seizures": ["5", numbers(seizures, "convulsion_ever")]}
    person = Person(stories["O09"], first=first, offers={READ_BACK: "3"}, protocol=protocol)
    talk = Talk(protocol, person)
    assert "3. Change: Has there ever been a fit" in talk.flowing
    assert talk.finished is not None
    assert talk.finished.result.urgency.value == "urgent"
    assert "SELF CARE" not in talk.text


def test_another_answer_to_other_words_counts(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    situation = protocol.questionnaire.by_id["situation"]
    first = {"situation": ["1", numbers(situation, ["falling_asleep", "waking_up_first_hour"])]}
    talk = Talk(protocol, Person({**stories["O09"], "situation": ("falling_asleep",)}, first=first, protocol=protocol))
    assert talk.given["situation"] == ["falling_asleep", "waking_up_first_hour"]
    assert talk.finished is not None
    assert talk.finished.result.outcome.value == "suggests_disease"


@pytest.mark.parametrize("place", ["in other words", "changing a no"])
def test_save_and_leave_works_before_a_benign_result_too(
    protocol: Protocol, stories: Mapping[str, Story], place: str
) -> None:
    if place == "in other words":
        person = Person(
            stories["O09"], first={"situation": ["1, 5", "q"], "sleep_behaviour": ["1", "q"]}, protocol=protocol
        )
    else:
        person = Person(stories["O09"], first={"seizures": ["5", "q"]}, offers={READ_BACK: "3"}, protocol=protocol)
    talk = Talk(protocol, person)
    assert talk.finished is None
    assert "SELF CARE" not in talk.text


def test_why_do_you_ask_is_told_for_other_words_too(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    person = Person(
        stories["O09"], first={"situation": ["1, 5", "?"], "sleep_behaviour": ["1", "?"]}, protocol=protocol
    )
    assert "We ask because the answer matters for:" in Talk(protocol, person).text


# ---- part two ----


def test_part_two_tells_more_and_leaves_the_urgency(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    person = Person(stories["V101"], offers={DETAILS: "2"}, protocol=protocol)
    talk = Talk(protocol, person)
    assert talk.text.count(HEADLINES["urgent"]) == 2
    assert len(person.asked) > person.asked.index(DETAILS) + 1
    assert talk.finished is not None
    assert "epileptic_jme" in [kind.code for kind in talk.finished.result.types]


class MovesInPartTwo(Person):
    """Makes moves instead of answers, once part two has begun."""

    moves: tuple[str, ...] = ()

    def __call__(self, shown: str) -> str | None:
        line = super().__call__(shown)
        if DETAILS in self.asked and self.asked[-1] not in self.offers and self.moves:
            line, self.moves = self.moves[0], self.moves[1:]
        return line


def test_back_from_part_two_asks_again_what_decided_the_urgency(
    protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    """Steady kicks in sleep make it routine; taken back and said again they must not end as likely benign."""
    story = {**stories["O02"], "sleep_legs": ("legs_kick_regularly_in_sleep",)}
    person = MovesInPartTwo(story, offers={DETAILS: "2"}, protocol=protocol)
    person.moves = ("b",)
    talk = Talk(protocol, person)
    assert person.asked.count("sleep_legs") == 2
    assert talk.finished is not None
    assert talk.finished.result.urgency.value == "routine"
    assert HEADLINES["self_care"] not in talk.text


def test_a_change_on_review_in_part_two_is_followed_by_what_it_makes_necessary(
    protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    """An adult becomes a baby in part two: the signs of babies are asked, and count."""
    age = protocol.questionnaire.by_id["age_group"]
    person = MovesInPartTwo(
        {**stories["V109"], "infant_signs": ("series_of_nods_or_crunches",), "infant_state": "awake_too"},
        first={CHANGE: ["3"], "age_group": [numbers(age, "adult_18_39y"), numbers(age, "infant_1_6m")]},
        offers={DETAILS: "2"},
        protocol=protocol,
    )
    person.moves = ("r",)
    talk = Talk(protocol, person)
    assert talk.given["age_group"] == ["infant_1_6m"]
    assert "infant_signs" in person.asked
    assert HEADLINES["emergency"] in talk.text
    assert talk.finished is not None
    assert talk.finished.result.urgency.value == "emergency"


def test_an_emergency_by_a_change_in_part_two_is_the_result(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    screen = protocol.questionnaire.by_id["emergency_now"]
    person = MovesInPartTwo(
        stories["V109"],
        first={CHANGE: ["2"], "emergency_now": ["12", numbers(screen, "overdose_or_poison")]},
        offers={DETAILS: "2"},
        protocol=protocol,
    )
    person.moves = ("r",)
    talk = Talk(protocol, person)
    assert HEADLINES["emergency"] in talk.text
    assert talk.finished is not None
    assert talk.finished.result.urgency.value == "emergency"


def test_leaving_in_part_two_loses_no_answer(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    """Either the interview is kept, or its result is that of all that was said."""
    person = MovesInPartTwo(stories["V101"], offers={DETAILS: "2"}, protocol=protocol)
    person.moves = ("2", "q")
    talk = Talk(protocol, person)
    assert talk.finished is None or talk.finished.answers.given() == talk.session.interview.answers.given()


# ---- the look ----


def test_forty_columns_hold_every_line(tmp_path: Path, stories: Mapping[str, Story]) -> None:
    first = {"awareness": ["?", "77"], "age_group": ["r"], CHANGE: ["1"]}
    person = Person(stories["V109"], first=first, offers={DETAILS: "2"})
    piped = Piped(["ask", "--letter", "l.md"], tmp_path, more={"COLUMNS": "40", "TERM": "xterm-256color"})
    piped.talk(person)
    assert piped.end() == 0
    assert "The page for the doctor is in l.md." in piped.text
    assert "**Result:** routine" in (tmp_path / "l.md").read_text(encoding="utf-8")
    assert HEADLINES["routine"] in piped.text
    assert max(map(len, piped.text.splitlines())) <= 40


@pytest.mark.parametrize("how", ["TERM=dumb", "--plain"])
def test_a_terminal_is_asked_plainly_where_it_is_dumb_or_the_person_wants_it(tmp_path: Path, how: str) -> None:
    from screen import CTRL_D, Terminal

    dumb = how == "TERM=dumb"
    more = {"TERM": "dumb"} if dumb else {}
    with Terminal(["ask", *([] if dumb else ["--plain"])], tmp_path, columns=40, more=more) as terminal:
        terminal.wait(lambda: terminal.text.endswith("Answer:"), "a question")
        terminal.press("12\r")
        terminal.wait(lambda: terminal.text.count("Answer:") == 2, "the next question")
        assert "Type a number." in terminal.text
        terminal.press(CTRL_D)
        assert terminal.end() == 1
        assert KEPT in terminal.flowing
        assert max(map(len, terminal.lines)) <= 40
        assert_plain(terminal.raw.decode())


# ---- breaking off, and taking up again ----


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
    piped.talk(Person(ORDINARY), until="course")
    piped.interrupt()
    assert piped.end(closing=False) == 130
    assert KEPT in " ".join(piped.text.split())
    assert len(kept(tmp_path)) == 1


def test_nothing_is_left_where_nothing_may_be_kept(tmp_path: Path) -> None:
    piped = Piped(["ask", "--no-save"], tmp_path)
    assert "Your answers are not kept." in str(piped.talk(Person(ORDINARY), until="emergency_now"))
    piped.say("12")
    piped.talk(Person(ORDINARY), until="course")
    assert piped.end() == 1
    assert "Nothing was kept." in piped.text
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_where_nothing_can_be_kept_it_is_said_and_the_questions_go_on(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file stands where the folder should be", encoding="utf-8")
    piped = Piped(["ask"], tmp_path)
    assert piped.talk(Person(ORDINARY), until="course") is not None, piped.text[-300:]
    assert piped.end() == 1
    assert "cannot be kept" in " ".join(piped.text.split())


def test_forgetting_deletes_everything_that_was_kept(tmp_path: Path, broken_off: str) -> None:
    put_back(tmp_path, broken_off)
    put_back(tmp_path, broken_off, "myoclonus-2.json")
    forgotten = run(["ask", "--forget"], tmp_path)
    assert forgotten.returncode == 0
    assert forgotten.stdout == "Forgotten: 2 unfinished interviews.\n"
    assert kept(tmp_path) == []


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


def last_number(shown: str) -> int:
    return int(re.findall(r"^Question (\d+)", shown, re.MULTILINE)[-1])


# ---- files at the end ----


@pytest.mark.parametrize("option", ["--save", "--letter"])
def test_answers_are_not_lost_where_a_file_cannot_be_written(
    tmp_path: Path, stories: Mapping[str, Story], option: str
) -> None:
    """Either it is said before the first question, or the interview is kept so that it can be finished."""
    piped = Piped(["ask", option, tmp_path / "no such folder" / "answers.md"], tmp_path)
    asked = piped.talk(Person(stories["V108"]))
    assert asked is None
    code = piped.end()
    assert code != 0
    assert "no such folder" in piped.text
    assert "Question 1 " not in piped.text or kept(tmp_path)


def test_a_letter_of_an_unknown_kind_is_refused_before_the_first_question(tmp_path: Path) -> None:
    piped = Piped(["ask", "--letter", "letter.docx"], tmp_path)
    piped.listen()
    assert piped.end() in (1, 2)
    assert ".html or .md" in piped.text
    assert "Question 1 " not in piped.text


class Balanced(HTMLParser):
    """Checks that every tag is closed, in its order."""

    VOID = frozenset({"meta", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.seen.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)


def written_letter(path: Path, talk: Talk) -> str:
    assert talk.finished is not None
    write_letter(
        path, talk.session.interview.protocol, talk.finished.answers, talk.finished.result, written_on="2026-01-31"
    )
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("suffix", [".md", ".html"])
def test_the_letter_tells_the_doctor_what_was_said(
    tmp_path: Path, protocol: Protocol, stories: Mapping[str, Story], suffix: str
) -> None:
    story = {**stories["V109"], "exposures": "unknown", "neuro_signs": ("tremor",), "medicines": ("lithium",)}
    story["medicine_timing"] = "no_relation"
    text = written_letter(
        tmp_path / f"letter{suffix}", Talk(protocol, Person(story, protocol=protocol), everything=True)
    )
    if suffix == ".html":
        page = Balanced()
        page.feed(text)
        page.close()
        assert page.open == []
        assert {"html", "head", "title", "body", "h1", "main"} <= page.seen
        assert text.startswith("<!doctype html>")
        assert not re.search(r"https?://|<script|<img|<link", text)  # nothing is fetched when it is opened
        text = " ".join(page.words)
    else:
        assert text.startswith("# For the doctor: Muscle jerks (myoclonus)\n")
        assert not re.search(r"\n{3,}|[{}]", text)
    flowing = re.sub(r"[*\s]+", " ", text)
    assert "Draft: no clinician has reviewed these rules." in flowing
    reported, rest = flowing.split("Warning signs reported")[1].split("Warning signs not known")
    assert "Are any of these new or getting worse? Trembling" in reported
    assert "Lithium" in reported
    unknown, rest = rest.split("Answers", 1)
    assert "In the last weeks, did any of these happen before the jerks began?" in unknown
    said, rest = rest.split("Warning signs denied")
    for words in ("How long has this been going on? 2 weeks to 3 months", "Which medicines or drugs", "Lithium"):
        assert words in said
    denied, rest = rest.split("What the result stands on")
    assert "A fit in the last 24 hours" in denied
    assert "Trembling" not in denied
    assert "A dive under water" not in denied  # not known is not denied
    written = {name: list(said) if isinstance(said, tuple) else said for name, said in story.items()}
    for reason in triage.assess_answers(protocol, written).reasons:
        assert f"{reason.rule} {reason.title}" in rest
    assert f"Muscle jerks (myoclonus) {protocol.version}, draft, digest {protocol.digest[:12]}" in rest


def test_the_letter_says_which_warning_signs_were_never_asked_about(
    tmp_path: Path, protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    """A doctor who reads "not known: none" must not take it that the rest was denied."""
    text = written_letter(tmp_path / "letter.md", Talk(protocol, Person(stories["V108"], protocol=protocol)))
    assert "Has there ever been a fit, a blackout with shaking, or a blank spell?" in " ".join(text.split())
    assert re.search("stopped early|not asked", text, re.IGNORECASE)


# ---- saved under older rules ----


def test_an_interview_under_older_rules_says_so_and_asks_again_what_has_changed(
    tmp_path: Path, protocol: Protocol, broken_off: str
) -> None:
    content = json.loads(broken_off)
    assert content["history"] == ["emergency_now", "awareness", "course", "age_group"]
    content.update(version="0.9.0", digest="0" * 64)
    content["questions"]["course"] = "0" * 16  # its words were others then
    content["questions"]["no_longer_a_question"] = "0" * 16
    content["answers"]["no_longer_a_question"] = ["anything"]
    content["history"].append("no_longer_a_question")
    file = put_back(tmp_path, json.dumps(content))
    person = Person(ORDINARY)
    piped = Piped(["ask", "--resume"], tmp_path)
    piped.talk(person, until="seizures")
    flowing = " ".join(piped.text.split())
    assert f"The rules have changed since (from version 0.9.0 to {protocol.version})." in flowing
    assert "These questions have changed, so they are asked again: - Is it changing?" in flowing
    assert person.asked == [RESUME, "course"]
    assert piped.end() == 1
    content = json.loads(file.read_text(encoding="utf-8"))
    assert set(content["answers"]) == {"emergency_now", "awareness", "course", "age_group"}
    assert content["version"] == protocol.version
    assert content["digest"] == protocol.digest


def test_rules_of_the_same_version_that_differ_are_not_said_to_be_another_version(
    tmp_path: Path, broken_off: str
) -> None:
    content = json.loads(broken_off)
    put_back(tmp_path, json.dumps({**content, "digest": "0" * 64}))
    piped = Piped(["ask", "--resume"], tmp_path)
    piped.talk(Person(ORDINARY), until="seizures")
    piped.end()
    assert "The rules have changed since" in piped.text
    assert f"from version {content['version']} to {content['version']}" not in " ".join(piped.text.split())


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"answers": 5, "history": [], "questions": {}}'])
def test_a_file_that_cannot_be_read_any_more_restores_nothing(tmp_path: Path, protocol: Protocol, content: str) -> None:
    path = put_back(tmp_path, content)
    assert UnfinishedInterviews(protocol, path.parent).restore(path) is None


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
    for run in runs:
        run.result()


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
