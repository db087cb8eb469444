"""A person at the page in a real browser: reads what stands there, answers by a story, and says what happened."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from conversation import DETAILS, HELP_FIRST, READ_BACK, SLIP

from triage.documents.words import words_in

if TYPE_CHECKING:
    from pathlib import Path

    from conversation import Story

    from triage.protocol.protocol import Protocol

SAY = words_in("en")
TITLE = """
    const heading = document.querySelector("main h1").cloneNode(true);
    heading.querySelector(".caption")?.remove();
    return heading.textContent.trim();
"""
DRIVE = """
    const [answers, offers, most] = arguments;
    const title = () => { TITLE };
    const buttons = () => [...document.querySelectorAll("main button")];
    const press = (text) => buttons().find((one) => one.textContent === text).click();
    const events = [];
    while (events.length < most) {
      const inputs = [...document.querySelectorAll("main fieldset input")];
      const pressed = buttons().map((one) => one.textContent);
      const offer = offers.find(([, there]) => pressed.includes(there));
      if (inputs.length) {
        const [id, codes] = answers[title()];
        for (const input of inputs) if (input.checked !== codes.includes(input.value)) input.click();
        events.push(id);
        document.querySelector("main form [type=submit]").click();
        if (document.querySelector("main .fault")) throw new Error(document.querySelector("main .fault").textContent);
      } else if (offer) {
        events.push(offer[0]);
        if (!offer[2]) break;
        press(offer[2]);
      } else break;
    }
    return events;
""".replace("TITLE", TITLE.replace("\n", " "))
RESULT = """
    const done = arguments[0];
    const click = HTMLAnchorElement.prototype.click;
    const create = URL.createObjectURL;
    HTMLAnchorElement.prototype.click = () => {};
    URL.createObjectURL = (blob) => { blob.text().then(done); return "blob:nothing"; };
    [...document.querySelectorAll("main button")].find((one) => one.textContent === arguments_text).click();
    HTMLAnchorElement.prototype.click = click;
    URL.createObjectURL = create;
"""
LETTER = """
    const letter = document.querySelector("article.letter");
    return [...letter.querySelectorAll("h2, h3, p, li")].map((one) => one.textContent.trim());
"""


class PageDriver:
    """The page for one protocol in a browser."""

    def __init__(self, browser: Any, path: Path, protocol: Protocol) -> None:
        self.browser = browser
        self.address = path.as_uri()
        self.protocol = protocol

    # ---- what is shown ----

    @property
    def title(self) -> str:
        return str(self.browser.execute_script(TITLE))

    @property
    def text(self) -> str:
        return " ".join(str(self.browser.execute_script("return document.body.innerText")).split())

    @property
    def entries(self) -> list[dict[str, Any]]:
        """Every view that was shown, as the page keeps it."""
        found: list[dict[str, Any]] = json.loads(
            self.browser.execute_script("return Object.values(sessionStorage)[0] ?? '[]'")
        )
        return found

    @property
    def given(self) -> dict[str, list[str]]:
        at = self.browser.execute_script("return history.state")
        found: dict[str, list[str]] = self.entries[at]["moment"]["given"] if self.entries else {}
        return found

    @property
    def result(self) -> dict[str, Any]:
        """The result as the page saves it for programs."""
        script = RESULT.replace("arguments_text", json.dumps(SAY("page.save_result")))
        found: dict[str, Any] = json.loads(self.browser.execute_async_script(script))
        return found

    @property
    def letter(self) -> list[str]:
        found: list[str] = self.browser.execute_script(LETTER)
        return found

    @property
    def printed_pages(self) -> int:
        """How many sheets of A4 the page prints."""
        printed = self.browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
        return len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed["data"])))

    # ---- what is done ----

    def look(self, width: int, scheme: str = "light", height: int = 844) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def open(self) -> None:
        self.browser.get("about:blank")
        self.browser.get(self.address)
        self.wait()
        self.browser.execute_script("sessionStorage.clear()")  # what another page has kept in this tab

    def wait(self) -> None:
        """Wait until the page is ready, or says that it cannot be."""
        ready = """
            const done = arguments[0];
            const look = () => {
              const waiting = document.getElementById("waiting");
              waiting && !waiting.hidden ? setTimeout(look, 5) : done();
            };
            look();
        """
        self.browser.execute_async_script(ready)

    def press(self, text: str) -> None:
        script = """
            const found = [...document.querySelectorAll("button, summary")]
              .find((one) => one.textContent.trim().startsWith(arguments[0]) && one.offsetParent);
            if (!found) throw new Error(`there is no "${arguments[0]}" on: ${document.body.innerText.slice(0, 300)}`);
            found.click();
        """
        self.browser.execute_script(script, text)

    def begin(self) -> None:
        self.open()
        self.press(SAY("page.start"))

    def go_back(self) -> None:
        self._moved("history.back()")

    def go_forward(self) -> None:
        self._moved("history.forward()")

    def _moved(self, move: str) -> None:
        script = f"addEventListener('popstate', () => setTimeout(arguments[0]), {{once: true}}); {move}"
        self.browser.execute_async_script(script)

    def answer(self, codes: list[str]) -> None:
        script = """
            for (const input of document.querySelectorAll("main fieldset input"))
              if (input.checked !== arguments[0].includes(input.value)) input.click();
            document.querySelector("main form [type=submit]").click();
        """
        self.browser.execute_script(script, codes)

    def tell(self, story: Story, *, going_on: bool = True, most: int = 150) -> list[str]:
        """Answer by a story to the result and return what was asked, as the terminal's tests call it."""
        answers: dict[str, tuple[str, list[str]]] = {}
        for question in self.protocol.questionnaire.questions:
            said = story.get(question.id, "unknown")
            codes = [said] if isinstance(said, str) else list(said)
            codes = ["unknown"] if codes == ["not_applicable"] else codes
            for text in filter(None, (question.text, question.again)):
                answers[text] = (question.id, codes)
        offers = [
            (HELP_FIRST, SAY("interview.stop"), SAY("interview.go_on" if going_on else "interview.stop")),
            (SLIP, SAY("interview.keep"), SAY("interview.keep")),
            (READ_BACK, SAY("interview.right"), SAY("interview.right")),
            (DETAILS, SAY("interview.details_yes"), SAY("interview.details_yes") if going_on else ""),
        ]
        found: list[str] = self.browser.execute_script(DRIVE, answers, offers, most)
        return found
