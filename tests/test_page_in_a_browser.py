"""The page as a person meets it: opened from disk in a real browser, on a phone's screen, light and dark.

Run with ``pytest -m browser``. Needs the extra ``browser``, and ``chromium`` and ``chromedriver`` on the machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from conversation import DETAILS, HELP_FIRST, Person, Talk
from page_driver import PageDriver

from triage.assessment.letter import letter_of
from triage.export.page import interview_page, one_of_each_theme
from triage.export.page_data import ENGINE

if TYPE_CHECKING:
    from pathlib import Path

    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def file(protocol: Protocol, cases: list[Case], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("page") / "triage.html"
    path.write_text(interview_page(protocol, one_of_each_theme(cases)), encoding="utf-8")
    return path


@pytest.fixture
def page(browser: Any, file: Path, protocol: Protocol) -> PageDriver:
    driver = PageDriver(browser, file, protocol)
    driver.look(390)
    return driver


# ---- the same interview as in the terminal ----


def assert_told_alike(page: PageDriver, case_answers: Any, *, going_on: bool) -> None:
    """Tell a story to the page and to the terminal: the same is asked, and the same is said."""
    offers = {HELP_FIRST: "2" if going_on else "1", DETAILS: "2" if going_on else "1"}
    person = Person(case_answers, offers=offers, protocol=page.protocol)
    talk = Talk(page.protocol, person)
    page.begin()
    assert page.tell(case_answers, going_on=going_on) == person.asked
    assert talk.finished is not None
    result = talk.finished.result.model_copy(update={"engines": (ENGINE,)})
    assert page.result == result.model_dump(mode="json")
    written_on = page.letter[1].split()[2]
    letter = letter_of(page.protocol, talk.finished.answers, result, written_on=written_on)
    assert page.letter == lines_of(letter)
    assert page.printed_pages == 1


def lines_of(letter: Any) -> list[str]:
    """Return the paragraphs and items of a letter, as the page shows them."""
    lines = [letter.title, letter.lead, *filter(None, [letter.draft])]
    lines.append("".join(f"{line.strong} {line.text}" for line in letter.summary))
    for part in letter.parts:
        lines.append(part.heading)
        lines += [f"{item.text} {item.strong}".strip() for item in part.items]
    return [*lines, *letter.closing]


def test_worked_cases_are_asked_and_judged_as_in_the_terminal(page: PageDriver, cases: list[Case]) -> None:
    for number, case in enumerate(cases[::16]):
        assert_told_alike(page, case.answers, going_on=number % 2 == 0)


@pytest.mark.long
def test_every_worked_case_is_asked_and_judged_as_in_the_terminal(page: PageDriver, cases: list[Case]) -> None:
    for case in cases:
        for going_on in (True, False):
            assert_told_alike(page, case.answers, going_on=going_on)
