"""What the page is protected against, and that everybody can use it: policy, bad bytes, bad files, all kinds of view.

Run with ``pytest -m browser``, as ``test_page_in_a_browser``.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from conversation import CONTRADICTION
from page_driver import SAY, PageDriver

from triage.export.page import interview_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from conversation import Story

    from triage.protocol.protocol import Protocol

pytestmark = pytest.mark.browser

LOOKS = [(width, scheme) for width in (320, 390, 1280) for scheme in ("light", "dark")]


# ---- every kind of view ----


def views(page: PageDriver, stories: Mapping[str, Story], file: Path) -> Iterator[str]:
    """Show every kind of view, one after the other, and say which."""
    page.open()
    yield "start"
    page.press(SAY("page.load_title"))
    page.press(SAY("page.stories_title"))
    yield "start, all opened"
    page.browser.execute_script("document.querySelector('main .plain button').click()")
    yield "a story"
    file.write_text("no answers", encoding="utf-8")
    page.open()
    page.press(SAY("page.load_title"))
    page.browser.find_element("id", "file").send_keys(str(file))
    page.browser.execute_async_script("setTimeout(arguments[0], 200)")
    yield "a refused file"
    page.begin()
    page.press(SAY("interview.why"))
    yield "a question of several choices"
    page.press(SAY("page.continue"))
    yield "a fault"
    page.answer(["none"])
    yield "a question of one choice"
    page.press(SAY("page.your_answers"))
    yield "all answers"
    page.press(SAY("page.change"))
    yield "a change"
    page.press(SAY("page.delete"))
    yield "before all is deleted"
    page.begin()
    page.answer(["overdose_or_poison"])
    yield "an emergency"
    page.press(SAY("interview.stop"))
    yield "the result of an emergency"
    page.begin()
    while page.title != SAY("interview.together"):
        page.tell({**stories["V005"], **CONTRADICTION}, most=1)
    yield "a contradiction"
    page.begin()
    while page.title != SAY("interview.before_result"):
        page.tell(stories["O09"], most=1)
    yield "the noes"
    page.press(SAY("interview.right"))
    yield "a question in other words"
    page.tell(stories["O09"])
    yield "a benign result"
    page.begin()
    page.tell(stories["V101"], going_on=False)
    yield "a result with more to ask"
    page.press(SAY("page.see_letter"))
    yield "the letter"
    page.begin()
    page.tell({name: said for name, said in stories["O09"].items() if name not in ("seizures", "exposures")})
    yield "a result that could be worse"


SIDEWAYS = """
    const wide = document.documentElement.clientWidth;
    return [document.documentElement.scrollWidth - wide, [...document.body.querySelectorAll("*")]
        .filter((one) => !one.matches(".unseen") && one.getBoundingClientRect().right > wide + 1)
        .map((one) => one.outerHTML.slice(0, 120))];
"""
SMALL = """
    const targets = [...document.querySelectorAll("button, summary, .choice label, a.call, input[type=file]")];
    return targets.filter((one) => one.offsetParent && one.getBoundingClientRect().height < 43.5)
        .map((one) => [one.textContent, one.getBoundingClientRect().height]);
"""


def test_no_view_shuts_anybody_out(page: PageDriver, stories: Mapping[str, Story], tmp_path: Path) -> None:
    axe_core_python = pytest.importorskip("axe_core_python.selenium", reason="the extra `browser` is not installed")
    axe = axe_core_python.Axe()
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    met = []
    for name in views(page, stories, tmp_path / "no-answers.json"):
        met.append(name)
        for width, scheme in LOOKS:
            page.look(width, scheme)
            found = axe.run(page.browser, options=options)
            told = [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found["violations"]]
            assert told == [], f"{name} at {width}, {scheme}"
            assert len(found["passes"]) > 20
            assert page.browser.execute_script(SIDEWAYS) == [0, []], f"{name} at {width}"
            assert page.browser.execute_script(SMALL) == [], f"{name} at {width}"
    assert len(set(met)) == 19


def test_text_twice_as_large_still_fits(page: PageDriver, stories: Mapping[str, Story], tmp_path: Path) -> None:
    page.look(390)
    for name in views(page, stories, tmp_path / "no-answers.json"):
        page.browser.execute_script("document.documentElement.style.setProperty('font-size', '200%')")
        assert page.browser.execute_script(SIDEWAYS) == [0, []], name


# ---- the policy ----

STOPPED = {
    "fetch": ("connect-src", "fetch('http://example.invalid/')"),
    "an image": ("img-src", "document.body.append(Object.assign(new Image(), {src: 'http://example.invalid/a.png'}))"),
    "a form": (
        "form-action",
        "const form = document.createElement('form'); form.action = 'http://example.invalid/';"
        "document.body.append(form); form.submit()",
    ),
    "an inline script": (
        "require-trusted-types-for",
        "const script = document.createElement('script'); script.append('window.ran = true');"
        "document.body.append(script)",
    ),
    "an inline style": (
        "style-src-elem",
        "const style = document.createElement('style'); style.append('*{}'); document.body.append(style)",
    ),
    "a frame": (
        "frame-src",
        "document.body.append(Object.assign(document.createElement('iframe'), {src: 'http://example.invalid/'}))",
    ),
    "another base": (
        "base-uri",
        "document.head.append(Object.assign(document.createElement('base'), {href: 'http://example.invalid/'}))",
    ),
}


@pytest.mark.parametrize("what", STOPPED)
def test_the_policy_stops(page: PageDriver, what: str) -> None:
    """The policy of the page stops what no test foresaw; without it each of these would be done."""
    directive, act = STOPPED[what]
    page.begin()
    script = f"""
        const done = arguments[0];
        addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective));
        setTimeout(() => done("nothing stopped it"), 3000);
        try {{ {act} }} catch (error) {{ setTimeout(() => done(String(error)), 500); }}
    """
    assert page.browser.execute_async_script(script) == directive
    assert page.browser.execute_script("return window.ran === undefined")


@pytest.mark.parametrize(
    "act", ["eval('window.ran = true')", "new Function('window.ran = true')()", "document.body.innerHTML = '<b>x</b>'"]
)
def test_the_policy_stops_text_from_becoming_code_or_markup(page: PageDriver, act: str) -> None:
    """Tried out of a timer in a script of the page's own time: what a driver runs itself is exempt."""
    page.begin()
    script = f"""
        const done = arguments[0];
        setTimeout(() => {{ try {{ {act}; done("nothing stopped it"); }} catch (error) {{ done(error.name); }} }});
    """
    assert page.browser.execute_async_script(script) in ("EvalError", "TypeError")
    assert page.browser.execute_script("return window.ran === undefined && !document.querySelector('body > b')")


# ---- bad bytes, other devices ----


def spoilt(path: Path, page_file: Path, change: Callable[[bytes], bytes]) -> Path:
    path.write_bytes(change(page_file.read_bytes()))
    return path


@pytest.mark.parametrize("where", ["data", "script", "sum"])
@pytest.mark.parametrize("seed", range(3))
def test_a_page_with_a_flipped_byte_asks_nothing(
    browser: Any, page_file: Path, protocol: Protocol, tmp_path: Path, where: str, seed: int
) -> None:
    def flip(content: bytes) -> bytes:
        rng = Random(f"{where} {seed}")
        begin, end = {
            "data": (b'id="data"', b"</script>"),
            "script": (b"<script>", b"</script>\n</body>"),
            "sum": (b'data-sum="', b'">'),
        }[where]
        first = content.index(begin) + len(begin) + 40 * (where == "data")
        at = rng.randrange(first, content.index(end, first))
        return content[:at] + bytes([content[at] ^ 1 << rng.randrange(7)]) + content[at + 1 :]

    driver = PageDriver(browser, spoilt(tmp_path / "spoilt.html", page_file, flip), protocol)
    browser.get(driver.address)
    browser.execute_async_script("setTimeout(arguments[0], 500)")
    assert SAY("page.start") not in driver.text.split(protocol.title)[1]
    assert SAY("page.broken" if where != "script" else "page.waiting") in driver.text
    assert "112" in driver.text


def test_a_device_that_works_out_other_numbers_is_found_out(page: PageDriver) -> None:
    wrong = {"source": "const right = Math.imul; Math.imul = (one, other) => right(one, other) ^ 1;"}
    added = page.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", wrong)
    try:
        page.open()
        assert SAY("page.broken") in page.text
    finally:
        page.browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_without_javascript_the_emergency_stands_there(page: PageDriver) -> None:
    page.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.browser.get(page.address)
        text = page.browser.find_element("tag name", "body").text
        calls = [one.get_attribute("href") for one in page.browser.find_elements("css selector", "main a.call")]
    finally:
        page.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert SAY("page.no_script") in text
    assert page.protocol.questionnaire.introduction.split(".")[0] in text
    assert calls == ["tel:112", "tel:999", "tel:911", "tel:000"]


# ---- an old page, another country ----


@pytest.mark.parametrize(("days", "warned"), [(-1, True), (1, False)])
def test_a_page_is_old_once_its_rules_were_to_be_looked_at_again(
    browser: Any, protocol: Protocol, tmp_path: Path, days: int, warned: bool
) -> None:
    first, *others = protocol.pages
    day = datetime.date.today() + datetime.timedelta(days=days)
    rule, *rules = first.rules
    older = dataclasses.replace(first, rules=(rule.model_copy(update={"review_by": day}), *rules))
    file = tmp_path / "old.html"
    file.write_text(interview_page(dataclasses.replace(protocol, pages=(older, *others)), []), encoding="utf-8")
    driver = PageDriver(browser, file, protocol)
    driver.open()
    assert (SAY("page.stale", date=day.isoformat()) in driver.text) is warned
    driver.press(SAY("page.start"))
    driver.answer(["overdose_or_poison"])
    driver.press(SAY("interview.stop"))
    assert (SAY("page.stale", date=day.isoformat()) in driver.text) is warned


def test_another_number_is_called_first(browser: Any, protocol: Protocol, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(interview_page(protocol, [], number="911"), encoding="utf-8")
    driver = PageDriver(browser, file, protocol)
    driver.begin()
    driver.answer(["overdose_or_poison"])
    script = "return [...document.querySelectorAll('a.call')].map((one) => one.getAttribute('href'))"
    assert driver.browser.execute_script(script) == ["tel:911", "tel:911", "tel:112", "tel:999", "tel:000"]


# ---- files of answers ----


def test_answers_are_saved_and_taken_up_again(page: PageDriver, stories: Mapping[str, Story], tmp_path: Path) -> None:
    page.browser.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path), "eventsEnabled": False}
    )
    page.begin()
    page.tell(stories["V109"])
    given = page.given
    page.press(SAY("page.save"))
    for _ in range(50):
        if found := list(tmp_path.glob("*.json")):
            break
        page.browser.execute_async_script("setTimeout(arguments[0], 100)")
    [file] = found
    from triage.answers.files import read_answer_files

    [case] = read_answer_files([file], page.protocol.questionnaire)
    states = {name: sorted(said) for name, said in case.answers.given().items() if isinstance(said, frozenset)}
    assert states == {name: sorted(codes) for name, codes in given.items() if codes != ["unknown"]}
    page.open()
    page.press(SAY("page.load_title"))
    page.browser.find_element("id", "file").send_keys(str(file))
    page.browser.execute_async_script("setTimeout(arguments[0], 300)")
    assert page.title == SAY("interview.your_answers")
    assert {name: sorted(codes) for name, codes in page.given.items()} == {
        name: sorted(codes) for name, codes in given.items()
    }


def test_a_file_that_is_none_is_refused_in_words_and_as_text(page: PageDriver, tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    file.write_text(json.dumps({"answers": {"<img src=x onerror=alert(1)>": "none", "__proto__": "x"}}))
    page.open()
    page.press(SAY("page.load_title"))
    page.browser.find_element("id", "file").send_keys(str(file))
    page.browser.execute_async_script("setTimeout(arguments[0], 300)")
    assert SAY("file.unknown_question", question="<img src=x onerror=alert(1)>") in page.text
    assert SAY("file.unknown_question", question="__proto__") in page.text
    assert page.browser.execute_script("return document.querySelectorAll('img').length") == 0
    assert page.given == {}


# ---- how quick ----


def test_it_is_quick_on_a_cheap_phone(page: PageDriver, stories: Mapping[str, Story]) -> None:
    """Slowed down four times: the first question within a second, each step within a tenth of one."""
    page.browser.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": 4})
    try:
        firsts = []
        for _ in range(3):
            page.begin()
            firsts.append(page.browser.execute_script("return performance.now()"))
        script = """
            const [codes] = arguments;
            for (const input of document.querySelectorAll("main fieldset input"))
              if (input.checked !== codes.includes(input.value)) input.click();
            const begun = performance.now();
            document.querySelector("main form [type=submit]").click();
            document.body.offsetHeight;
            return performance.now() - begun;
        """
        by_text = {question.text: question for question in page.protocol.questionnaire.questions}
        steps = []
        while question := by_text.get(page.title):
            said = stories["O09"].get(question.id, "unknown")
            steps.append(page.browser.execute_script(script, [said] if isinstance(said, str) else list(said)))
    finally:
        page.browser.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": 1})
    assert len(steps) > 15
    assert min(firsts) < 1_000
    assert sorted(steps)[len(steps) // 2] < 100, steps
