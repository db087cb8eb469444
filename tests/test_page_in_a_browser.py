"""The page as a person meets it: opened from disk in a real browser, on a phone's screen, light and dark.

Run with ``pytest -m browser``. Needs the extra ``browser``, and ``chromium`` and ``chromedriver`` on the machine.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from conversation import DETAILS, HELP_FIRST, Person, Talk
from page_driver import SAY, PageDriver

from triage.answers.case_reading import read_cases
from triage.assessment.letter import letter_of
from triage.export.page import interview_page
from triage.export.page_data import ENGINE

if TYPE_CHECKING:
    from pathlib import Path

    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol

pytestmark = pytest.mark.browser


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
    lines = [letter.title, letter.lead, *filter(None, [letter.draft]), *letter.blanks]
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


def test_another_protocol_is_asked_and_judged_in_the_same_way(browser: Any, sneezing: Protocol, tmp_path: Path) -> None:
    file = tmp_path / "sneezing.html"
    cases = read_cases(sneezing)
    file.write_text(interview_page(sneezing, cases), encoding="utf-8")
    page = PageDriver(browser, file, sneezing)
    page.look(390)
    for case in cases:
        assert_told_alike(page, case.answers, going_on=True)


def test_what_a_corrected_age_takes_back_is_said_and_an_emergency_stays_in_sight(page: PageDriver) -> None:
    page.begin()
    page.answer(["breathing_difficulty_or_blue"])
    page.press(SAY("interview.go_on"))
    assert SAY("interview.reminder") in page.text
    for codes in (["infant_1_6m"], ["caregiver"], ["unknown"], ["unknown"], ["unknown"]):
        page.answer(codes)
    page.press(SAY("page.your_answers"))
    page.browser.execute_script("document.querySelectorAll('main .change button')[1].click()")
    page.answer(["adult_18_39y"])
    assert SAY("interview.more_fit") in page.text


def test_reasons_are_told_without_codes(page: PageDriver, cases: list[Case]) -> None:
    page.begin()
    page.tell(next(case for case in cases if case.expected.urgency == "routine").answers)
    reasons = page.text.partition(SAY("result.why"))[2].partition(SAY("result.pattern"))[0]
    assert len(reasons) > 50
    assert not re.search(r"\([A-Z]\d\d", reasons)


# ---- nothing is lost, nothing is left ----


def test_back_and_forward_lose_nothing_and_offer_the_answer_again(page: PageDriver) -> None:
    page.begin()
    page.answer(["none"])
    page.answer(["adult_18_39y"])
    third = page.title
    page.go_back()
    assert page.title == page.protocol.questionnaire.by_id["age_group"].text
    assert checked(page) == ["adult_18_39y"]
    assert list(page.given) == ["emergency_now"]
    page.go_back()
    assert checked(page) == ["none"]
    page.go_forward()
    page.go_forward()
    assert page.title == third
    page.go_back()
    page.answer(["adult_65_plus"])
    assert page.given == {"emergency_now": ["none"], "age_group": ["adult_65_plus"]}


def test_an_answer_taken_back_is_offered_again_behind_another_one(page: PageDriver) -> None:
    page.begin()
    for codes in (["none"], ["adult_18_39y"], ["sad_worried_or_stressed"]):
        page.answer(codes)
    page.go_back()
    page.go_back()
    page.answer(["adult_40_64y"])
    assert page.title == page.protocol.questionnaire.by_id["thinking"].text
    assert checked(page) == ["sad_worried_or_stressed"]


def test_a_reload_and_a_turned_screen_lose_nothing(page: PageDriver, cases: list[Case]) -> None:
    page.begin()
    page.tell(case_of(cases, "O09").answers, most=6)
    before = page.title, page.given
    page.browser.refresh()
    page.wait()
    assert (page.title, page.given) == before
    page.look(844, height=390)
    assert (page.title, page.given) == before
    page.go_back()
    assert len(page.given) == 5
    page.look(390)


def test_at_the_end_nothing_is_left_but_what_the_open_page_keeps(page: PageDriver, cases: list[Case]) -> None:
    page.begin()
    page.tell(case_of(cases, "V101").answers)
    kept = "return [localStorage.length, document.cookie, sessionStorage.length]"
    assert page.browser.execute_script(kept) == [0, "", 1]
    page.press(SAY("page.delete"))
    page.press(SAY("page.delete_no"))
    page.browser.execute_async_script("setTimeout(arguments[0], 100)")
    assert page.given
    page.press(SAY("page.delete"))
    page.press(SAY("page.delete_yes"))
    assert page.title == page.protocol.questionnaire.title
    assert page.browser.execute_script(kept) == [0, "", 0]
    page.go_back()
    assert "adult" not in page.text.lower()  # no answer comes back
    assert page.title == page.protocol.questionnaire.title


def test_it_asks_nobody_for_anything(page: PageDriver, cases: list[Case]) -> None:
    page.browser.get("about:blank")
    page.browser.get_log("performance")
    page.begin()
    page.tell(case_of(cases, "O09").answers)
    messages = [json.loads(entry["message"])["message"] for entry in page.browser.get_log("performance")]
    asked = {one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"}
    assert asked - {"about:blank"} == {page.address}
    assert [one for one in page.browser.get_log("browser") if one["level"] == "SEVERE"] == []


# ---- what a person does ----


def checked(page: PageDriver) -> list[str]:
    script = "return [...document.querySelectorAll('main fieldset input:checked')].map((one) => one.value)"
    found: list[str] = page.browser.execute_script(script)
    return found


def case_of(cases: list[Case], name: str) -> Case:
    return next(case for case in cases if case.id == name)


def click_choice(page: PageDriver, code: str) -> None:
    page.browser.execute_script("document.querySelector(`main input[value=${arguments[0]}]`).click()", code)


def test_none_of_these_never_takes_a_sign_back(page: PageDriver) -> None:
    page.begin()
    click_choice(page, "electric_shock_recent")
    click_choice(page, "none")
    assert checked(page) == ["electric_shock_recent", "none"]
    page.press(SAY("page.continue"))
    assert page.given == {}
    assert '"None of these" cannot stand with other answers.' in page.text
    click_choice(page, "none")
    click_choice(page, "none")
    click_choice(page, "overdose_or_poison")  # a sign takes "none" back, the cautious direction
    assert checked(page) == ["overdose_or_poison", "electric_shock_recent"]


@pytest.mark.parametrize("width", [390, 1200])
def test_a_double_click_answers_nothing_on_the_next_question(page: PageDriver, width: int) -> None:
    """The second click falls on what came to stand there: a choice, which nobody gave, or the way to delete it all."""
    from selenium.webdriver import ActionChains

    page.look(width)
    page.begin()
    for chosen in ("none", "adult_18_39y", "none", "none"):
        click_choice(page, chosen)
        page.browser.execute_async_script("setTimeout(arguments[0], 600)")  # nobody reads a question faster
        button = page.browser.find_element("css selector", "main form [type=submit]")
        title, shown = page.title, len(page.entries)
        ActionChains(page.browser).double_click(button).perform()
        assert page.title != title
        assert (len(page.entries), checked(page)) == (shown + 1, [])
    page.browser.execute_async_script("setTimeout(arguments[0], 600)")
    page.browser.find_element("css selector", "main fieldset label").click()
    assert len(checked(page)) == 1  # an unhurried click counts


def test_an_answer_left_out_is_said_where_it_is_missing(page: PageDriver) -> None:
    page.begin()
    page.press(SAY("page.continue"))
    script = """
        const summary = document.querySelector(".fault-summary");
        const field = document.querySelector("main fieldset");
        const described = field.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id));
        return [document.activeElement === summary, summary.getAttribute("role"), document.title,
                described.every(Boolean) && described.at(-1).textContent];
    """
    focused, role, title, described = page.browser.execute_script(script)
    message = SAY("interview.choose_or_unknown")
    assert (focused, role) == (True, "alert")
    assert title.startswith("Error: ")
    assert described == f"Error: {message}"
    page.press(message)
    assert page.browser.execute_script("return document.activeElement.id") == "choice-0"
    page.answer(["none"])
    assert not page.browser.execute_script("return document.title").startswith("Error: ")


def test_each_view_has_a_title_of_its_own_and_the_focus_on_its_heading(page: PageDriver) -> None:
    page.begin()
    titles = set()
    for codes in (["none"], ["adult_18_39y"], ["none"]):
        page.answer(codes)
        titles.add(page.browser.execute_script("return document.title"))
        assert page.browser.execute_script("return document.activeElement.tagName") == "H1"
        assert page.browser.execute_script("return getComputedStyle(document.activeElement).outlineStyle") == "none"
    assert len(titles) == 3


def test_a_slip_that_made_it_an_emergency_can_be_mended(page: PageDriver) -> None:
    page.begin()
    page.answer(["electric_shock_recent"])
    assert page.title == SAY("result.emergency")
    assert page.browser.execute_script("return document.querySelector('main a.big').href") == "tel:112"
    page.press(SAY("interview.slip"))
    page.press(SAY("page.change"))
    assert checked(page) == ["electric_shock_recent"]
    page.answer(["overdose_or_poison"])  # another emergency has advice of its own
    assert page.title == SAY("result.emergency")
    assert "poison" in page.text
    page.press(SAY("interview.slip"))
    page.press(SAY("page.change"))
    page.answer(["none"])
    assert page.title == SAY("interview.your_answers")
    page.press(SAY("page.continue"))
    assert page.title == page.protocol.questionnaire.by_id["age_group"].text


def test_an_answer_changed_at_the_end_changes_the_result(page: PageDriver, cases: list[Case]) -> None:
    page.begin()
    page.tell(case_of(cases, "O09").answers)
    assert page.title == SAY("result.self_care")
    page.press(SAY("page.check"))
    script = """
        const rows = [...document.querySelectorAll(".answers > div")];
        rows.find((one) => one.textContent.includes(arguments[0])).querySelector("button").click();
    """
    page.browser.execute_script(script, page.protocol.questionnaire.by_id["seizures"].text)
    page.answer(["convulsion_ever"])
    assert page.title == SAY("interview.your_answers")
    page.press(SAY("page.continue"))
    assert page.title == SAY("result.urgent")


def test_why_do_we_ask_says_what_the_answer_matters_for(page: PageDriver) -> None:
    page.begin()
    page.press(SAY("interview.why"))
    assert "A sign that needs help right now" in page.text
    assert "more" in page.browser.execute_script("return document.querySelector('main details').innerText")


def test_a_made_up_story_is_played_and_named_as_such(page: PageDriver) -> None:
    page.open()
    page.press(SAY("page.stories_title"))
    page.browser.execute_script("document.querySelector('main .plain button').click()")
    for _ in range(60):
        if not page.browser.execute_script("return document.querySelector('main fieldset') !== null"):
            break
        assert SAY("page.story", title="")[:14] in page.text
        assert checked(page)
        page.press(SAY("page.continue"))
    page.browser.execute_script("document.querySelector('#story button').click()")
    assert page.title == page.protocol.questionnaire.title
    assert page.given == {}


# ---- by keyboard alone ----


def test_by_keyboard_alone_from_the_start_to_the_printed_letter(page: PageDriver, cases: list[Case]) -> None:
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    story = case_of(cases, "V103").answers
    page.open()
    page.browser.execute_script("window.print = () => { window.printed = true; }")

    def go_to(script: str) -> None:
        for _ in range(80):
            if page.browser.execute_script(f"const one = document.activeElement; return {script}"):
                return
            ActionChains(page.browser).send_keys(Keys.TAB).perform()
        raise AssertionError(f"no key leads to {script} on {page.title}")

    go_to(f"one.textContent === {json.dumps(SAY('page.start'))}")
    ActionChains(page.browser).send_keys(Keys.ENTER).perform()
    by_text = {question.text: question for question in page.protocol.questionnaire.questions}
    while question := by_text.get(page.title):
        said = story.get(question.id, "unknown")
        for code in [said] if isinstance(said, str) else said:
            if question.multiple:
                go_to(f"one.value === {json.dumps(code)}")
                ActionChains(page.browser).send_keys(Keys.SPACE).perform()
            else:
                go_to("one.type === 'radio'")
                for _ in range(20):
                    if page.browser.execute_script(f"return document.activeElement.value === {json.dumps(code)}"):
                        break
                    ActionChains(page.browser).send_keys(Keys.ARROW_DOWN).perform()
                ActionChains(page.browser).send_keys(Keys.SPACE).perform()
        assert set(checked(page)) == ({said} if isinstance(said, str) else set(said))
        ActionChains(page.browser).send_keys(Keys.ENTER).perform()
    assert page.title == SAY("result.emergency")
    go_to(f"one.textContent === {json.dumps(SAY('interview.stop'))}")
    ActionChains(page.browser).send_keys(Keys.ENTER).perform()
    go_to(f"one.textContent === {json.dumps(SAY('page.print'))}")
    ActionChains(page.browser).send_keys(Keys.SPACE).perform()
    assert page.browser.execute_script("return window.printed") is True
