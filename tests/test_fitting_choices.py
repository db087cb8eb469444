"""Choices fit the person: what certainly cannot be is not shown, and counts as nothing that was said."""

from __future__ import annotations

import re
import shutil
from random import Random
from typing import TYPE_CHECKING

import pytest
from batch_jobs import SNEEZING
from conversation import CHANGE, Person, Talk
from people import complete_person

import triage
from triage.answers.answers import settle
from triage.conditions.answer_state import OPEN, UNKNOWN
from triage.documents.problems import DataFault
from triage.interview.fitting import fitting, hidden
from triage.interview.interview import Interview
from triage.protocol.reading import read_protocol

if TYPE_CHECKING:
    from pathlib import Path

    from triage.protocol.protocol import Protocol

BABIES = ("newborn_under_4w", "infant_1_6m", "infant_7_12m")
NONE = frozenset({"none"})


def age(code: str) -> frozenset[str]:
    return frozenset({code})


def asked_of(protocol: Protocol, code: str) -> str:
    """Return all that somebody of an age reads before the result, when everything is asked."""
    calm = {question.id: "none" for question in protocol.questionnaire.questions if "none" in question.codes}
    story = {
        **calm,
        "age_group": code,
        "respondent": "caregiver",
        "triggers": ("feeding",),
        "situation": "at_rest_awake",
    }
    if code not in BABIES:
        story["triggers"] = ("no_trigger",)
    text = Talk(protocol, Person(story, protocol=protocol), everything=True).text
    return " ".join(text.partition("How old is the person?")[2].split())


@pytest.mark.parametrize("code", BABIES)
def test_a_baby_is_not_asked_about_what_only_older_people_can_have(protocol: Protocol, code: str) -> None:
    text = asked_of(protocol, code)
    wrong = "dementia|pregnan|a dive|unclear|speech|cycling|heavy drink|drinks a lot|alzheimer|over years|life long"
    assert re.findall(wrong, text, re.IGNORECASE) == []
    assert "Trouble with swallowing" in text
    if code != "newborn_under_4w":  # who may have had it from the mother
        assert "alcohol" not in text.lower().replace("home-made alcohol", "")


def test_a_grown_up_is_asked_about_all_of_it_and_not_about_a_baby_at_the_breast(protocol: Protocol) -> None:
    text = asked_of(protocol, "adult_40_64y")
    for words in ("dementia", "Pregnant", "A dive", "Trouble with speech or swallowing", "Drinks a lot of alcohol"):
        assert words in text
    assert "Feeding (baby)" not in text
    assert "Pregnant" not in asked_of(protocol, "adult_65_plus")


def test_who_and_how_old_come_right_behind_the_emergency_screen(protocol: Protocol) -> None:
    interview = Interview(protocol).answered(protocol.emergency_screen, NONE)
    question = interview.next_question()
    assert question is not None
    assert question.id == "age_group"
    for code in protocol.questionnaire.by_id["age_group"].codes:
        following = interview.answered("age_group", age(code)).next_question()
        assert following is not None
        young = code.startswith(("newborn", "infant", "toddler", "child"))  # who may not answer alone
        assert (following.id == "respondent") is young, code


def test_who_answers_is_asked_third_or_not_at_all(protocol: Protocol) -> None:
    """Unless it tells more about the pattern only, in part two."""
    rng = Random(2)
    for _ in range(100):
        states = settle(protocol.questionnaire, complete_person(protocol, rng)).states
        interview = Interview(protocol)
        while question := interview.next_question():
            interview = interview.answered(question.id, states[question.id])
        assert "respondent" not in interview.history[3:], interview.history


def test_where_the_age_is_not_known_every_choice_is_shown(protocol: Protocol) -> None:
    for state in (UNKNOWN, OPEN):
        states = settle(protocol.questionnaire, {"age_group": state}, left_out=OPEN).states
        for question in protocol.questionnaire.questions:
            assert fitting(question, states) == question


def test_every_choice_is_shown_to_somebody_and_none_of_these_to_all(protocol: Protocol) -> None:
    for question in protocol.questionnaire.questions:
        seen = set()
        for code in protocol.questionnaire.by_id["age_group"].codes:
            shown = fitting(question, settle(protocol.questionnaire, {"age_group": age(code)}).states)
            seen |= set(shown.codes)
            assert question.alone <= set(shown.codes)
            assert len(shown.codes) > 1
        assert seen == set(question.codes)


def test_a_grave_sign_is_hidden_only_where_nobody_of_that_age_can_have_it(protocol: Protocol) -> None:
    """Read this list with care before anything is added to it."""
    found = {}
    for code in protocol.questionnaire.by_id["age_group"].codes:
        states = settle(protocol.questionnaire, {"age_group": age(code)}).states
        found[code] = {
            f"{flag.id}.{one}"
            for flag in protocol.questionnaire.red_flags
            for one in hidden(flag, states) & {*flag.warnings}
        }
    years = {"conditions.parkinsons_or_dementia", "conditions.heavy_drinking", "exposures.diving"}
    months = {*years, "thinking.slow_decline_years", "thinking.hallucinations", "conditions.multiple_sclerosis"}
    alcohol = "stopped_recently.alcohol"
    assert found.pop("newborn_under_4w") == months
    assert found.pop("infant_1_6m") == found.pop("infant_7_12m") == months | {alcohol}
    assert found.pop("toddler_1_3y") == years | {alcohol}
    assert not any(found.values())


def test_no_worked_case_and_no_story_says_what_is_hidden_from_that_person(protocol: Protocol) -> None:
    from triage.answers.case_reading import read_cases
    from triage.answers.examples import given_states

    for case in read_cases(protocol):
        given = given_states(case.answers)
        states = settle(protocol.questionnaire, given).states
        for question in protocol.questionnaire.questions:
            said = given.get(question.id, UNKNOWN)
            assert not isinstance(said, frozenset) or said.isdisjoint(hidden(question, states)), case.id


def test_a_file_may_say_what_a_screen_would_hide(protocol: Protocol) -> None:
    told = {"age_group": "infant_1_6m", "exposures": ["diving"]}
    assert "exposures" in {sign.question for sign in triage.assess_answers(protocol, told).warning_signs}


def test_what_nobody_was_shown_is_asked_once_the_age_is_another(protocol: Protocol) -> None:
    """Else "none of these" to the list for a baby would be a no to what only the grown-up is asked."""
    baby = Interview(protocol).answered(protocol.emergency_screen, NONE).answered("age_group", age("infant_1_6m"))
    baby = baby.answered("respondent", frozenset({"caregiver"})).answered("conditions", NONE).answered("seizures", NONE)
    adult = baby.answered("age_group", age("adult_18_39y"))
    assert adult.answers.states["conditions"] is OPEN
    assert adult.withdrawn["conditions"] == NONE
    assert adult.given["seizures"] == NONE
    assert adult.given[protocol.emergency_screen] == NONE
    other_baby = baby.answered("age_group", age("infant_7_12m"))
    assert other_baby.given["conditions"] == NONE
    assert baby.without_last().without_last().history == (protocol.emergency_screen, "age_group", "respondent")


def test_what_was_said_in_other_words_is_asked_once_the_age_is_another(protocol: Protocol) -> None:
    adult = Interview(protocol).answered("age_group", age("adult_18_39y")).answered("neuro_signs", NONE)
    assert adult.answered("age_group", age("adult_40_64y")).given["neuro_signs"] == NONE
    baby = adult.answered("age_group", age("infant_1_6m"))
    assert baby.answers.states["neuro_signs"] is OPEN


def test_a_none_of_these_that_was_taken_back_is_not_marked_again(protocol: Protocol) -> None:
    """Whoever presses Enter would say it of a list that was never read."""
    conditions, seizures = (protocol.questionnaire.by_id[name] for name in ("conditions", "seizures"))
    adult = Interview(protocol).answered("age_group", age("adult_18_39y")).answered("conditions", NONE)
    assert adult.offered(conditions) == NONE
    assert adult.without_last().offered(conditions) is None
    diabetes = frozenset({"diabetes"})
    assert adult.answered("conditions", diabetes).without_last().offered(conditions) == diabetes
    assert adult.answered("seizures", NONE).without_last().offered(seizures) == NONE  # a list that is the same for all


def test_an_answer_from_before_is_shown_though_it_does_not_fit(protocol: Protocol) -> None:
    drinks = frozenset({"heavy_drinking"})
    adult = Interview(protocol).answered("age_group", age("adult_18_39y")).answered("conditions", drinks)
    baby = adult.answered("age_group", age("infant_1_6m"))
    assert baby.given["conditions"] == drinks
    shown = baby.shown(protocol.questionnaire.by_id["conditions"])
    assert "heavy_drinking" in shown.codes
    assert "parkinsons_or_dementia" not in shown.codes


def test_a_changed_age_is_said_to_ask_some_questions_again(protocol: Protocol) -> None:
    calm = {question.id: "none" for question in protocol.questionnaire.questions if "none" in question.codes}
    story = {**calm, "age_group": "infant_1_6m", "respondent": "caregiver"}
    first = {"seizures": ["r"], CHANGE: ["4"], "age_group": ["infant_1_6m", "adult_18_39y"]}
    talk = Talk(protocol, Person(story, first=first))
    assert "so these are asked again: - Is there any change in how the person thinks or acts?" in talk.flowing
    again = talk.flowing.partition("so these are asked again:")[2]
    assert "Sees or hears things not there" in again
    assert "Sees or hears things not there" not in talk.flowing.removesuffix(again)


def test_the_interview_stays_right_over_people_who_correct_their_age(protocol: Protocol) -> None:
    """Whatever was shown to whom: no answer stands that was given to a shorter list than fits the person now."""
    rng = Random(3)
    for _ in range(40):
        told = complete_person(protocol, rng)
        states = settle(protocol.questionnaire, told).states
        interview = Interview(protocol)
        shown: dict[str, frozenset[str]] = {}
        for _step in range(14):
            question = interview.next_question()
            if question is None:
                break
            shown[question.id] = frozenset(interview.shown(question).codes)
            interview = interview.answered(question.id, states.get(question.id, UNKNOWN))
        for code in rng.sample(protocol.questionnaire.by_id["age_group"].codes, 4):
            interview = interview.answered("age_group", age(code))
            for name in interview.given:
                fits = fitting(protocol.questionnaire.by_id[name], interview.answers.states)
                if name in shown:
                    assert shown[name] >= set(fits.codes), (name, code)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(SNEEZING, tmp_path / "sneezing")


def changed(folder: Path, before: str, after: str) -> Path:
    path = folder / "questionnaire.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    return folder


PEPPER = "      - code: pepper\n"


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("{age: {from: child}}", "brought_on_by shows 'pepper' by 'age', which may change (it is not `fixed`)."),
        ("{brought_on_by: pepper}", "brought_on_by shows 'pepper' by 'brought_on_by', which is asked only later."),
        ("{finding: warning_sign}", "brought_on_by shows 'pepper' by the finding 'warning_sign', not by answers."),
        ("{agge: child}", "agge"),
    ],
)
def test_what_shows_a_choice_is_checked(folder: Path, condition: str, told: str) -> None:
    changed(folder, PEPPER, f"{PEPPER}        shown_if: {condition}\n")
    with pytest.raises(DataFault) as fault:
        read_protocol(folder)
    assert told in str(fault.value)
    assert "questionnaire.yaml:" in str(fault.value)


def test_another_protocol_shows_choices_by_what_is_fixed(folder: Path) -> None:
    changed(folder, PEPPER, f"{PEPPER}        shown_if: {{age: {{from: child}}}}\n")
    changed(folder, "    unknown: false\n", "    unknown: false\n    fixed: true\n")
    protocol = read_protocol(folder)
    asked = protocol.questionnaire.by_id["brought_on_by"]
    for code, seen in (("baby", False), ("child", True)):
        states = settle(protocol.questionnaire, {"age": age(code)}).states
        assert ("pepper" in fitting(asked, states).codes) is seen
