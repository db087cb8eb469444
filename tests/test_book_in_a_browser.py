"""The rule book as a person meets it: opened from disk in a real browser, wide and narrow, light and dark.

Run with ``pytest -m browser``. Needs the extra ``browser``, and ``chromium`` and ``chromedriver`` on the machine.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from triage.export.book import book_of
from triage.export.book_page import book_page
from triage.proof.statements import read_statements

if TYPE_CHECKING:
    from pathlib import Path

    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol

pytestmark = pytest.mark.browser

VIEWS = [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")]


@pytest.fixture(scope="module")
def address(protocol: Protocol, cases: list[Case], tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("book") / "book.html"
    path.write_text(book_page("html", book_of(protocol, cases, read_statements(protocol))), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(params=VIEWS, ids=[f"{width}-{scheme}" for width, scheme in VIEWS])
def page(request: pytest.FixtureRequest, browser: Any, address: str) -> Any:
    """Open the book afresh at one width, in light or dark."""
    width, scheme = request.param
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    browser.get("about:blank")
    browser.get_log("performance")
    browser.get(address)
    return browser


def requests_of(page: Any) -> list[str]:
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    return [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]


def press(page: Any, *keys: str) -> None:
    from selenium.webdriver import ActionChains

    ActionChains(page).send_keys(*keys).perform()


def shown_rules(page: Any) -> list[str]:
    # What is not on the screen yet may not have been drawn, and then has no text.
    script = """
        const shown = [...document.querySelectorAll("article.rule")].filter((rule) => rule.offsetParent);
        for (const rule of shown) rule.style.contentVisibility = "visible";
        return shown.map((rule) => rule.innerText);
    """
    found: list[str] = page.execute_script(script)
    return found


def focused(page: Any) -> str:
    found: str = page.execute_script("return document.activeElement.id || document.activeElement.className")
    return found


def test_it_asks_no_host_for_anything(page: Any, address: str) -> None:
    assert requests_of(page) == [address]
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert [entry for entry in page.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_even_a_changed_page_may_fetch_nothing(page: Any) -> None:
    """The policy of the page stops what no test foresaw; without it this would be a request."""
    page.get_log("performance")
    script = """
        const done = arguments[0];
        addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective), {once: true});
        const image = new Image();
        image.src = "http://example.invalid/dot.png";
        document.body.append(image);
        setTimeout(() => done("nothing stopped it"), 5000);
    """
    assert page.execute_async_script(script) == "img-src"


def test_the_page_never_scrolls_sideways(page: Any) -> None:
    script = """
        const wide = document.documentElement.clientWidth;
        const inside = (one) => one.parentElement.closest(".scrolling, .contents, svg");
        return [document.documentElement.scrollWidth - wide, [...document.body.querySelectorAll("*")]
            .filter((one) => !one.matches(".skip") && !inside(one) && one.getBoundingClientRect().right > wide + 1)
            .map((one) => one.outerHTML.slice(0, 120))];
    """
    assert page.execute_script(script) == [0, []]


def test_no_heading_hides_behind_the_bar_with_the_contents(page: Any) -> None:
    script = """
        const done = arguments[0];
        const links = [...document.querySelectorAll(".contents > ul a")];
        const tops = [];
        const next = () => {
          if (!links.length) return done(tops);
          const link = links.shift();
          link.click();
          setTimeout(() => {
            const heading = document.querySelector(link.hash).closest("section").querySelector("h2");
            const bar = document.querySelector(".contents").getBoundingClientRect();
            tops.push(heading.getBoundingClientRect().top - bar.bottom);
            next();
          }, 50);
        };
        next();
    """
    tops = page.execute_async_script(script)
    assert len(tops) > 5
    assert min(tops) >= 0


def test_what_is_wider_than_the_screen_is_scrolled_by_keyboard(page: Any) -> None:
    script = """
        return [...document.querySelectorAll(".scrolling")].filter((one) =>
            one.tabIndex !== 0 || one.getAttribute("role") !== "region" || !one.getAttribute("aria-label")).length
    """
    assert page.execute_script(script) == 0
    page.execute_script("window.region = document.querySelector('#map ~ .scrolling'); region.focus()")
    if page.execute_script("return region.scrollWidth > region.clientWidth"):
        from selenium.webdriver.common.keys import Keys

        for _ in range(3):
            press(page, Keys.ARROW_RIGHT)
        wait = "const done = arguments[0]; setTimeout(() => done(region.scrollLeft), 400)"
        assert page.execute_async_script(wait) > 0


def test_the_first_key_leads_past_the_contents(page: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    press(page, Keys.TAB)
    assert focused(page) == "skip"
    press(page, Keys.ENTER)
    assert focused(page) == "content"


def test_rules_are_found_by_keyboard(page: Any, protocol: Protocol) -> None:
    from selenium.webdriver.common.keys import Keys

    every = len(protocol.rules)
    assert len(shown_rules(page)) == every
    page.execute_script("document.getElementById('rule-words').focus()")
    press(page, "blue lips")
    found = shown_rules(page)
    assert 0 < len(found) < every
    assert [text for text in found if "blue" not in text.lower() or "lips" not in text.lower()] == []
    assert page.execute_script("return document.getElementById('rule-count').textContent") == (
        f"{len(found)} of {every} rules"
    )
    press(page, Keys.TAB, "urgent")
    assert focused(page) == "rule-urgency"
    assert len(shown_rules(page)) < len(found)
    press(page, Keys.TAB, Keys.ENTER)
    assert focused(page) == "rule-clear"
    assert len(shown_rules(page)) == every


def test_a_link_to_a_rule_that_is_sifted_out_shows_it(page: Any, protocol: Protocol) -> None:
    page.execute_script("document.getElementById('rule-words').focus()")
    press(page, "no rule has these words")
    assert shown_rules(page) == []
    assert page.execute_script("return document.getElementById('rule-none').offsetParent !== null")
    wait = f"location.hash = 'rule-{protocol.rules[-1].id}'; setTimeout(arguments[0], 200)"
    page.execute_async_script(wait)
    assert len(shown_rules(page)) == len(protocol.rules)


def test_the_way_to_a_type_is_lit_by_keyboard(page: Any, protocol: Protocol) -> None:
    from selenium.webdriver.common.keys import Keys

    lit = "return [...document.querySelectorAll('#map-picture .box.lit')].map(b => b.dataset.box)"
    page.execute_script("document.getElementById('map-choice').focus()")
    press(page, Keys.ARROW_DOWN)
    boxes = page.execute_script(lit)
    code = next(iter(protocol.types))
    wanted = {f"rule-{rule.id}" for rule in protocol.rules if code in rule.then.types}
    assert {box for box in boxes if box.startswith("rule-")} == wanted
    assert [box for box in boxes if box.startswith("type-")] == [f"type-{code}"]
    strands = "return document.querySelectorAll('#map-picture .strands .lit').length"
    assert page.execute_script(strands) >= len(wanted)
    said = page.execute_script("return document.getElementById('map-words').innerText")
    assert protocol.types[code].name in said
    press(page, Keys.TAB, Keys.ENTER)
    assert focused(page) == "map-clear"
    assert page.execute_script(lit) == []


ALL_BUT_CONTRAST = "axe.run({resultTypes: ['violations'], rules: {'color-contrast': {enabled: false}}})"

# Contrast is measured text by text, which takes most of a minute for all of them. So it is measured on three texts of
# each look: colour, size, weight, and the backgrounds and opacities of all that they stand in.
CONTRAST = """
    const behind = new Map([[document, ""]]);
    const texts = new Map();
    for (const one of document.querySelectorAll("html, html *")) {
      const style = getComputedStyle(one);
      const own = style.backgroundColor + style.backgroundImage + style.opacity;
      behind.set(one, `${behind.get(one.parentNode)} ${own}`);
      if (![...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())) continue;
      if (!one.checkVisibility()) continue;
      const look = [style.color, style.fontSize, style.fontWeight, behind.get(one)].join();
      const alike = texts.get(look) ?? texts.set(look, []).get(look);
      if (alike.length < 3) alike.push(one);
    }
    axe.run([...texts.values()].flat(), {runOnly: ["color-contrast"]})
"""


# Each width and each scheme is seen once.
@pytest.mark.parametrize("page", [(1280, "light"), (360, "dark")], ids=["1280-light", "360-dark"], indirect=True)
def test_axe_finds_nothing_serious(page: Any) -> None:
    pytest.importorskip("axe_core_python", reason="the extra `browser` is not installed")
    page.execute_script((resources.files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8"))
    told = """.then((result) => arguments[0]([result.passes.length, result.violations.map((one) =>
        [one.impact, one.id, one.nodes.length, one.nodes[0].html.slice(0, 200)])]))
    """
    for what, least in ((ALL_BUT_CONTRAST, 20), (CONTRAST, 1)):
        passed, found = page.execute_async_script(what.strip() + told)
        assert [one for one in found if one[0] in ("serious", "critical")] == []
        assert passed >= least


def test_in_print_everything_is_there_on_white(page: Any) -> None:
    page.execute_script("document.getElementById('rule-words').focus()")
    press(page, "no rule has these words")
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        hidden = """
            return [...document.querySelectorAll("main article, main tr, main li")]
                .filter((one) => !one.getClientRects().length).length
        """
        assert page.execute_script(hidden) == 0
        assert page.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


@pytest.mark.parametrize("width", [1280, 360])
def test_it_is_readable_without_javascript(width: int, browser: Any, address: str) -> None:
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(address)
        controls = "return [...document.querySelectorAll('.controls')].filter(c => c.offsetParent).length"
        assert browser.execute_script(controls) == 0  # the driver's own scripts still run
        hidden = "return [...document.querySelectorAll('main article')].filter(a => !a.offsetParent).length"
        assert browser.execute_script(hidden) == 0
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_anything_in_the_book_is_found_by_words(page: Any) -> None:
    box = page.find_element("id", "book-words")
    box.send_keys("lithium")
    lines = page.execute_script("return [...document.querySelectorAll('#book-hits a')].map((one) => one.textContent)")
    assert len(lines) > 5
    assert "entries" in page.find_element("id", "book-count").text
    box.send_keys(" zebra")
    assert page.find_element("id", "book-count").text == "No entries"
    box.clear()
    box.send_keys("hiccups for 47")
    page.find_element("css selector", "#book-hits a").click()
    script = (
        "return [location.hash, document.querySelector(location.hash).textContent.includes('Hiccups for 47 hours')]"
    )
    place, there = page.execute_script(script)
    assert place
    assert there
    assert page.execute_script("return document.querySelectorAll('#book-hits a').length") == 0
    assert box.get_attribute("value") == ""


def test_it_opens_on_a_phone_in_under_a_second(browser: Any, address: str) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    script = "return performance.getEntriesByName('first-contentful-paint')[0].startTime"
    seconds = []
    for _ in range(3):  # the machine may be busy with something else
        browser.get("about:blank")
        browser.get(address)
        seconds.append(browser.execute_script(script) / 1000)
    assert min(seconds) < 1
