"""The page for the doctor: what it tells, and that no answer is lost where it cannot be written."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conversation import CHANGE, Person, Talk
from piped import Piped, kept

import triage
from triage.answers.answers import settle
from triage.answers.examples import given_states
from triage.assessment.assessment import assess
from triage.assessment.letter import Letter, letter_of, write_letter
from triage.engines import build_engine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conversation import Story

    from triage.protocol.protocol import Protocol


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--save", "nowhere/answers.json"], "nowhere/answers.json stands in a folder that does not exist."),
        (["--letter", "nowhere/letter.md"], "nowhere/letter.md stands in a folder that does not exist."),
        (["--save", "folder.json"], "folder.json is a folder."),
        (["--save", "answers.csv"], "Answers are saved as .json or .yaml or .yml."),
        (["--letter", "letter.docx"], "A letter is written as .html or .md."),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_the_first_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.json").mkdir()
    piped = Piped(["ask", *arguments], tmp_path)
    piped.listen()
    assert piped.end() == 2
    assert told in " ".join(piped.text.split())
    assert "Question 1 " not in piped.text


@pytest.mark.parametrize("options", [[], ["--no-save"]])
def test_answers_are_not_lost_where_a_file_cannot_be_written_after_all(
    tmp_path: Path, stories: Mapping[str, Story], options: list[str]
) -> None:
    folder = tmp_path / "goes"
    folder.mkdir()
    letter = tmp_path / "letter.md"
    piped = Piped(["ask", "--save", folder / "answers.json", "--letter", letter, *options], tmp_path)
    person = Person(stories["V109"])
    shown = piped.talk(person, until="seizures")
    folder.rename(tmp_path / "gone")
    piped.say(str(person(str(shown))))
    piped.talk(person)
    assert piped.end() == 1
    assert "answers.json  This file cannot be written" in piped.text
    if options:  # then they are kept nowhere else
        shown = piped.text.partition("file:")[2]
        answers = json.JSONDecoder().raw_decode(shown.strip())[0]["answers"]
        assert answers["age_group"] == stories["V109"]["age_group"]
    else:
        assert "Your answers are kept. To go on: triage ask --resume." in " ".join(piped.text.split())
        assert kept(tmp_path)
    assert letter.read_text(encoding="utf-8").startswith("# For the doctor")


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
    written = {name: list(said) if isinstance(said, tuple) else said for name, said in story.items()}
    assert "Draft: no clinician has reviewed these rules." in flowing
    assert "Result: It may be a sign of disease. How soon: see a doctor today or in the next days (urgent)" in flowing
    before, rest = flowing.split("Warning signs reported")
    for blank in ("Name:", "Date of birth:", "In the person's own words:"):
        assert blank in before
    reported, rest = rest.split("Warning signs not known")
    assert "Does the person have any of these, all the time or in bouts? Trembling" in reported
    assert "Lithium" in reported
    unknown, rest = rest.split("Answers", 1)
    assert "In the weeks just before the jerks began, did any of these happen?" in unknown
    said, rest = rest.split("Asked and denied")
    for words in ("How long has this been going on? 2 weeks to 3 months", "Which medicines or drugs", "Lithium"):
        assert words in said
    denied, rest = rest.split("What the result stands on")
    stands_on, rest = rest.split("Sources:")
    for reason in triage.assess_answers(protocol, written).reasons:
        assert f"{reason.rule} {reason.title}" in stands_on
    denied, history = denied.split("Not in the history")
    assert "A fit in the last 24 hours" in denied
    assert "Trembling" not in denied
    assert "Diabetes" in history  # no sign, and no answer that leaves others out
    for words in ("Diabetes", "Alcohol", "More in the last days", "Yes, in the weeks after that"):
        assert words not in denied
    assert "A dive under water" not in denied  # not known is not denied
    assert f"Muscle jerks (myoclonus) {protocol.version}, draft, digest {protocol.digest[:12]}" in rest


def test_the_letter_says_which_warning_signs_were_never_asked_about(
    tmp_path: Path, protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    """A doctor who reads "not known: none" must not take it that the rest was denied."""
    text = written_letter(tmp_path / "letter.md", Talk(protocol, Person(stories["V108"], protocol=protocol)))
    assert "Has there ever been a fit, a blackout with shaking, or a blank spell?" in " ".join(text.split())
    assert re.search("stopped early|not asked", text, re.IGNORECASE)


@pytest.mark.parametrize("suffix", [".md", ".html"])
def test_outcome_and_urgency_stand_apart_and_a_mild_sign_is_reported(
    tmp_path: Path, sneezing: Protocol, suffix: str
) -> None:
    story = {"right_now": ("none",), "age": "adult", "since": "days", "nose": ("blocked",)}
    talk = Talk(sneezing, Person({**story, "brought_on_by": ("bright_light",)}, protocol=sneezing))
    text = " ".join(re.sub(r"<[^>]*>|[*]", " ", written_letter(tmp_path / f"letter{suffix}", talk)).split())
    assert "Result: It is likely benign. How soon: see your own doctor (routine) Pattern: Sneezing at bright" in text
    assert "G02 A mild sign (routine, says only how soon; judgement, draft)" in text
    assert "What does the nose do? It is blocked" in text.split("Warning signs reported")[1].split("not known")[0]
    assert "What does the nose do? It bleeds" in text.split("Asked and denied")[1]


def test_the_letter_does_not_tell_of_a_disease_where_no_usual_pattern_fits(tmp_path: Path, sneezing: Protocol) -> None:
    story = {
        "right_now": ("none",),
        "age": "adult",
        "since": "months",
        "nose": ("drips",),
        "brought_on_by": ("pepper",),
    }
    text = written_letter(tmp_path / "letter.md", Talk(sneezing, Person(story, protocol=sneezing)))
    assert "**Result:** No usual pattern fits these answers, so have it looked at." in text
    assert "disease" not in text


@pytest.mark.parametrize("code", ["infant_1_6m", "adult_40_64y"])
def test_the_letter_says_denied_only_of_what_was_asked(protocol: Protocol, code: str) -> None:
    calm = {question.id: "none" for question in protocol.questionnaire.questions if "none" in question.codes}
    story = {**calm, "age_group": code, "respondent": "caregiver"}
    talk = Talk(protocol, Person(story, protocol=protocol), everything=True)
    assert talk.finished is not None
    letter = letter_of(protocol, talk.finished.answers, talk.finished.result, written_on="2026-01-31")
    told = " ".join(line.text for part in letter.parts for line in part.items)
    assert ("dementia" in told) is (code == "adult_40_64y")


def test_the_letter_and_the_list_of_answers_say_what_the_person_read(protocol: Protocol) -> None:
    """A mother who was asked about swallowing has not spoken of speech."""
    calm = {question.id: "none" for question in protocol.questionnaire.questions if "none" in question.codes}
    signs = ("speech_or_swallowing_difficulty", "tremor")
    story = {**calm, "age_group": "infant_1_6m", "respondent": "caregiver", "neuro_signs": signs}
    reviewed = {"conditions": ["r"], CHANGE: ["1"]}
    talk = Talk(protocol, Person(story, first=reviewed, protocol=protocol), everything=True)
    assert talk.finished is not None
    letter = letter_of(protocol, talk.finished.answers, talk.finished.result, written_on="2026-01-31")
    told = letter.model_dump_json() + talk.finished.result.model_dump_json()
    assert "Trembling; Trouble with swallowing" in talk.flowing.partition("Your answers")[2]
    assert "Trouble with swallowing" in told
    for text in (told, talk.flowing):
        assert "speech" not in text.partition("stands on")[0].lower().replace("speech_or_swallowing_difficulty", "")


def test_the_sources_are_named_without_notes_of_the_workshop(protocol: Protocol) -> None:
    cited = {source.cited for source in protocol.sources.values()}
    assert not [text for text in cited if re.search(r"\([^)]*(?:copies|secondary|scribd|looked up)|Judgement of", text)]
    assert "NICE head injury NG232 (from memory)" in cited
    assert "Lehesjoki & Kälviäinen NBK1142 (2020), GeneReviews" in cited
    letter = letter_for(protocol, {"age_group": "adult_18_39y", "emergency_now": ["head_injury_recent"]})
    assert "Sources: " in letter.closing[0]
    assert not re.search(r"clinical-judgement|nhs-\w+:", letter.closing[0])


def letter_for(protocol: Protocol, said: Mapping[str, str | list[str]]) -> Letter:
    given = {name: tuple(one) if isinstance(one, list) else one for name, one in said.items()}
    answers = settle(protocol.questionnaire, given_states(given))
    result = assess(protocol, answers, [build_engine("plain", protocol)])
    return letter_of(protocol, answers, result, written_on="2026-01-31")


def test_what_one_answer_reports_and_another_denies_is_said_both_ways(protocol: Protocol) -> None:
    """A doctor who reads that a blow to the head was denied may stop at that."""
    said = {"age_group": "adult_18_39y", "emergency_now": ["head_injury_recent"], "exposures": ["none"]}
    letter = letter_for(protocol, said)
    parts = {part.heading: " ".join(line.text for line in part.items) for part in letter.parts}
    assert "A blow to the head" not in parts["Not in the history"]
    assert "A dive under water" in parts["Not in the history"]
    both = parts["Reported in one answer and denied in another"]
    assert (
        "Reported: Is any of this happening now, or did it happen in the last day or two? A blow to the head." in both
    )
    assert "did any of these happen? A blow to the head." in both.partition("Denied:")[2]
    calm = letter_for(protocol, {**said, "emergency_now": ["electric_shock_recent"], "exposures": ["electric_shock"]})
    assert "Reported in one answer and denied in another" not in [part.heading for part in calm.parts]
