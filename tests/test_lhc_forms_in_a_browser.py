"""The Questionnaire in LHC-Forms, in a real browser: loaded, filled in with clicks, exported and read back.

Run with ``pytest -m browser``. Needs the extra ``browser``, ``chromium`` and ``chromedriver``, and the package
``lforms`` of npm, unpacked (``npm pack lforms``; it need not be installed), in a folder that NODE_PATH names.
"""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from filled_forms import GivenOut, Ticked, is_shown, read_back, said_by, ticked
from node_packages import node_package
from people import complete_person, random_people
from real_browser import opened

from triage.answers.reading import SavedCase
from triage.given_forms.giving_out import written_form

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><meta charset="utf-8"><title>Form</title>
<link rel="stylesheet" href="{package}/webcomponent/styles.css">
<body><div id="form"></div>
<script src="{package}/webcomponent/assets/lib/zone.min.js"></script>
<script src="{package}/webcomponent/lhc-forms.js"></script>
<script src="{package}/fhir/R4/lformsFHIR.min.js"></script></body>"""
LOAD = """
const done = arguments[1];
LForms.Util.addFormToPage(arguments[0], "form", {fhirVersion: "R4"}).then(
    () => done(""), (error) => done(String(error)));
"""
SHOWN = """
const done = arguments[0];
setTimeout(() => done([...document.querySelectorAll("[id^='item-']")].map((item) => item.id)), 150);
"""
TICK = """
const [question, code] = arguments;
const label = [...document.querySelectorAll("label")].find(
    (one) => one.id.startsWith(`${question}/`) && one.id.endsWith(`|${code}`));
label.querySelector("input").click();
"""
EXPORT = "return LForms.Util.getFormFHIRData('QuestionnaireResponse', 'R4', null, 'form')"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("lhc-forms")
    package = node_package("lforms", needs_node=False) / "dist" / "lforms"
    (folder / "page.html").write_text(PAGE.format(package=package.resolve().as_uri()), "utf-8")
    browser = opened(folder / "profile")
    browser.get((folder / "page.html").as_uri())
    yield browser
    browser.quit()


def filled(page: Any, of: GivenOut, boxes: Ticked) -> tuple[Ticked, dict[str, Any]]:
    """Tick what somebody ticks who sees only what is shown; return that, and what LHC-Forms exports."""
    done: Ticked = {}
    for question in of.form.asked():
        shown = any(name.startswith(f"item-{question.id}/") for name in page.execute_async_script(SHOWN))
        assert shown is is_shown(question.shown, done), question.id
        if shown and question.id in boxes:
            for code in boxes[question.id]:
                page.execute_script(TICK, question.id, code)
            done[question.id] = boxes[question.id]
    return done, page.execute_script(EXPORT)


@pytest.mark.parametrize("seed", range(3))
def test_it_is_filled_in_exported_and_read_back(page: Any, given_out: GivenOut, tmp_path: Path, seed: int) -> None:
    questionnaire = json.loads(written_form(given_out.protocol, "fhir").content)
    people = [
        next(random_people(given_out.protocol, given_out.cases, 2, seed)),
        complete_person(given_out.protocol, Random(seed)),
    ]
    for number, one in enumerate(people):
        assert page.execute_async_script(LOAD, questionnaire) == ""
        boxes, response = filled(page, given_out, ticked(given_out.form, one))
        path = tmp_path / f"response-{number}.json"
        path.write_text(json.dumps(response), "utf-8")
        [case] = read_back(path, given_out.protocol.questionnaire)
        assert isinstance(case, SavedCase), case
        assert (case.answers.states, case.answers.set_aside) == said_by(given_out.protocol.questionnaire, boxes)
        assert case.questionnaire_version == given_out.protocol.questionnaire.version


def test_what_to_do_is_shown_at_once(page: Any, given_out: GivenOut) -> None:
    questionnaire = json.loads(written_form(given_out.protocol, "fhir").content)
    assert page.execute_async_script(LOAD, questionnaire) == ""
    screen = given_out.protocol.questionnaire.by_id[given_out.protocol.emergency_screen]

    def told() -> bool:
        return any(name.startswith("item-what_to_do_now/") for name in page.execute_async_script(SHOWN))

    assert not told()
    page.execute_script(TICK, screen.id, screen.warnings[0])
    assert told()


def test_none_of_these_with_others_is_a_fault(page: Any, given_out: GivenOut, tmp_path: Path) -> None:
    """LHC-Forms 40 does not know which options exclude others; their contradiction is never an answer."""
    questionnaire = json.loads(written_form(given_out.protocol, "fhir").content)
    assert page.execute_async_script(LOAD, questionnaire) == ""
    screen = given_out.protocol.questionnaire.by_id[given_out.protocol.emergency_screen]
    for code in (screen.warnings[0], next(iter(screen.alone))):
        page.execute_script(TICK, screen.id, code)
    page.execute_async_script(SHOWN)
    path = tmp_path / "response.json"
    path.write_text(json.dumps(page.execute_script(EXPORT)), "utf-8")
    [fault] = read_back(path, given_out.protocol.questionnaire)
    assert "'none' excludes the others" in str(fault)
