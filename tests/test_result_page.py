"""The result page: short, and the verdict and the first step are the last that stands on the screen."""

from __future__ import annotations

import io
import re
from statistics import mean
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from triage.answers.answers import settle
from triage.answers.examples import given_states
from triage.assessment.assessment import assess
from triage.documents.words import words_in
from triage.engines import build_engine
from triage.protocol.urgency import Urgency
from triage.terminal.explained_page import print_explained
from triage.terminal.page import Page
from triage.terminal.result_page import print_emergency, print_result

if TYPE_CHECKING:
    from triage.assessment.assessment import Assessment
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol

SCREEN = 24


def written(width: int) -> tuple[io.StringIO, Console]:
    file = io.StringIO()
    return file, Console(file=file, width=width, color_system=None)


@pytest.fixture(scope="module")
def results(protocol: Protocol, cases: list[Case]) -> list[Assessment]:
    engines = [build_engine("plain", protocol)]
    return [assess(protocol, settle(protocol.questionnaire, given_states(case.answers)), engines) for case in cases]


@pytest.fixture(scope="module")
def pages(protocol: Protocol, results: list[Assessment]) -> list[tuple[Assessment, str]]:
    """Return each result with its page."""
    return [(result, page_of(result, protocol)) for result in results]


def page_of(result: Assessment, protocol: Protocol, width: int = 80) -> str:
    file, console = written(width)
    print_result(result, protocol, console=console)
    return file.getvalue()


@pytest.mark.parametrize("width", [80, 60])
def test_the_verdict_and_the_first_step_are_the_last_lines(
    protocol: Protocol, results: list[Assessment], width: int
) -> None:
    for result in results:
        last = page_of(result, protocol, width).splitlines()[-SCREEN // 2 :]
        flowing = " ".join(" ".join(last).split())
        verdict = flowing.rpartition(words_in("en")(f"result.{result.urgency.value}").upper())[2].strip()
        assert verdict.endswith(f"{result.headline} First: {result.next_steps[0]}")
        assert result.outcome.value != "suggests_disease" or verdict.startswith(result.verdict)


def test_whom_to_call_stands_on_the_screen_below_the_advice_for_an_emergency(
    protocol: Protocol, results: list[Assessment]
) -> None:
    """Also with the three choices and the lines around them below it."""
    for result in results:
        if result.urgency is Urgency.EMERGENCY:
            file, console = written(80)
            print_emergency(result, Page(console), protocol)
            seen = file.getvalue().splitlines()[-(SCREEN - 12) :]
            assert f"First: {result.next_steps[0]}" in " ".join(" ".join(seen).split())
            assert "EMERGENCY: GET HELP NOW" in seen


def test_the_page_is_half_as_long_as_what_explain_tells(
    protocol: Protocol, pages: list[tuple[Assessment, str]]
) -> None:
    short: list[int] = []
    long: list[int] = []
    for result, page in pages:
        if result.urgency is Urgency.SELF_CARE:
            file, console = written(80)
            print_explained(result, protocol, console=console)
            long.append(len(file.getvalue().split()))
            short.append(len(page.split()))
    assert mean(short) <= mean(long) / 2
    assert mean(short) < 450


def test_what_the_unknown_could_make_of_it_is_said_in_plain_words(pages: list[tuple[Assessment, str]]) -> None:
    texts = [page for _, page in pages]
    assert any("This could still be an emergency, because we do not know:" in text for text in texts)
    assert any("This could still be something for your own doctor (routine)" in text for text in texts)
    assert not any("could" in line and "get help now" in line for text in texts for line in text.splitlines())
    assert not any("up to:" in text or "First: Call first" in text for text in texts)


def test_other_causes_are_a_section_only_where_there_are_some(protocol: Protocol, results: list[Assessment]) -> None:
    told = set()
    for result in results[:60]:
        file, console = written(80)
        print_explained(result, protocol, console=console)
        told.add(bool(result.causes))
        assert ("The pattern is also seen in" in file.getvalue()) is bool(result.causes), result.id
    assert told == {True, False}


def test_a_benign_result_says_first_why_it_is_calm(pages: list[tuple[Assessment, str]]) -> None:
    benign = [(result, page) for result, page in pages if result.outcome.value == "likely_benign"]
    assert len(benign) > 40
    for result, page in benign:
        why = " ".join(page.split()).partition(" Why - ")[2]
        calming = [reason for reason in result.reasons if reason.vote == "benign"]
        assert any(why.startswith(f"{reason.title}. {reason.why[:20]}") for reason in calming), result.id
        assert "fasciculation" not in why.replace("Ripple under the skin (fasciculation)", "")


def test_no_code_stands_on_the_page_of_a_person(pages: list[tuple[Assessment, str]]) -> None:
    words = re.compile(r"Judged by|durable|\b[A-Z]\d\d[a-z]?\b|[a-z]_[a-z]")
    for result, page in pages:
        assert words.findall(page) == [], result.id


def test_explain_tells_the_rules_the_answers_and_the_engine(protocol: Protocol, results: list[Assessment]) -> None:
    for result in results[:30]:
        file, console = written(80)
        print_explained(result, protocol, console=console)
        flowing = " ".join(file.getvalue().split())
        assert "Judged by: plain." in flowing
        for reason in result.reasons:
            assert f"({reason.rule}, {reason.weight})" in flowing


def test_nothing_to_watch_for_is_lost_where_it_stands_together(pages: list[tuple[Assessment, str]]) -> None:
    for result, page in pages:
        flowing = " ".join(page.split()).lower()
        for text in (*result.seek_help_sooner_if, *result.next_steps, *result.notices):
            for sentence in re.split(r"(?<=[.!?])\s+", text):
                assert sentence.rstrip(".").lower() in flowing, sentence


def test_what_is_not_known_and_could_make_it_worse_is_still_said(protocol: Protocol) -> None:
    unknown = settle(protocol.questionnaire, {"age_group": frozenset({"adult_18_39y"})})
    result = assess(protocol, unknown, [build_engine("plain", protocol)])
    flowing = " ".join(page_of(result, protocol).split())
    assert "because we do not know" in flowing
    assert "Could not be ruled out (not known)" in flowing
