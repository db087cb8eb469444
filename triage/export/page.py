"""The interview as one page for a browser: a file that asks, judges and writes the letter by itself.

It holds the protocol's words, the circuit that judges and asks, and a script that runs gates; no rule stands in the
script. The same protocol gives the same bytes.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from triage.assessment.letter import letter_style
from triage.circuit.consultation import Consultation
from triage.documents.filled_pages import content_digest, filled_page, our_own
from triage.documents.words import words_in
from triage.export.page_data import page_data, self_test_sum
from triage.export.page_packing import packed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol

__all__ = [
    "LEFT_OUT",
    "SCRIPTS",
    "PageParts",
    "interview_page",
    "is_number",
    "page_circuit",
    "page_parts",
    "stories_to_play",
]

NUMBERS = ("112", "999", "911", "000")
"""Emergency numbers that are named beside the first; the words say where they hold."""
_MOST_STORIES = 12
LEFT_OUT = ("fired", "next of everything", "left of everything")
"""Groups of outputs that the page does not ask for."""
SCRIPTS = ("circuit.js", "interview.js", "result.js", "answer_file.js", "elements.js", "views.js", "start.js")


def is_number(text: str) -> bool:
    """Whether a text is an emergency number as it is dialled.

    >>> is_number("112"), is_number("+49 112"), is_number("ambulance")
    (True, False, False)
    """
    return re.fullmatch(r"\+?[0-9]{2,15}", text) is not None


def stories_to_play(cases: Iterable[Case]) -> list[Case]:
    """Return the made-up stories that a page can play: the shortest of each theme, and of those a dozen."""
    chosen: dict[str, Case] = {}
    for case in cases:
        if case.origin == "constructed":
            chosen[case.theme] = min(chosen.get(case.theme, case), case, key=lambda one: len(one.story))
    shortest = sorted(chosen.values(), key=lambda one: len(one.story))[:_MOST_STORIES]
    return [case for case in chosen.values() if case in shortest]


@dataclass(frozen=True)
class PageParts:
    """What a page is put together from."""

    data: str
    """Words and names, as JSON."""
    circuit: bytes
    """The circuit and what its inputs and outputs mean; see ``page_packing``."""

    @cached_property
    def encoded(self) -> str:
        """All of it as it stands in the page, where it can neither act nor end the element that it stands in."""
        return base64.b64encode(zlib.compress(self.data.encode() + b"\n" + self.circuit, 9)).decode()

    @property
    def sum(self) -> int:
        """The checksum without which the page trusts nothing of it."""
        return zlib.crc32(self.encoded.encode())

    @staticmethod
    def script(names: Iterable[str] = SCRIPTS) -> str:
        """Return the script of every page, or parts of it; it names nothing of any protocol."""
        return "\n".join(_part(name) for name in names)


@lru_cache(maxsize=1)
def page_circuit(protocol: Protocol) -> Consultation:
    """Return the circuit of a protocol's page, which is the same whatever number is called and whichever cases play."""
    return Consultation(protocol, leaving_out=LEFT_OUT)


def page_parts(protocol: Protocol, cases: Iterable[Case], *, number: str | None = None) -> PageParts:
    """Return what the page for a protocol is put together from; see ``interview_page``."""
    consultation = page_circuit(protocol)
    content = page_data(protocol, cases, _numbers(protocol, number))
    content["self_test"] = self_test_sum(consultation.aiger)
    data = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return PageParts(data, packed(_wiring(protocol, consultation.wiring), consultation.aiger))


def _wiring(protocol: Protocol, wiring: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a page needs to know of outputs; its inputs are the choices of the questions, in their order."""
    place = {question.id: number for number, question in enumerate(protocol.questionnaire.questions)}
    rows = [[place[question], *codes] for question, codes in wiring["rows"]]
    return {"outputs": wiring["outputs"], "rows": rows, "because": wiring["because"]}


def interview_page(protocol: Protocol, cases: Iterable[Case], *, number: str | None = None) -> str:
    """Return the page as HTML.

    Args:
        protocol: its questions, rules and catalogues.
        cases: made-up stories that it can play.
        number: the emergency number to call first; else that of the protocol.

    """
    parts = page_parts(protocol, cases, number=number)
    style = _part("style.css") + letter_style()
    script = f'"use strict";\n(() => {{\n{parts.script()}\nbegin();\n}})();\n'
    values = {
        "say": words_in(protocol.language),
        "language": protocol.language,
        "title": protocol.title,
        "version": protocol.version,
        "heading": protocol.questionnaire.title,
        "introduction": protocol.questionnaire.introduction.splitlines(),
        "numbers": _numbers(protocol, number),
        # Our own script and style, and letters and digits.
        "style": our_own(style),
        "script": our_own(script),
        "data": parts.encoded,
        "sum": str(parts.sum),
        "style_digest": content_digest(style),
        "script_digest": content_digest(script),
    }
    return filled_page("triage.export", "pages", "page.html", values)


def _numbers(protocol: Protocol, wanted: str | None) -> list[tuple[str, str]]:
    """Return emergency numbers, each with where it holds; the first is the one to call."""
    first = wanted or protocol.emergency_number
    say = words_in(protocol.language)
    where = {number: say(f"page.number_{number}") for number in NUMBERS}
    return [(first, where.get(first, "")), *((number, place) for number, place in where.items() if number != first)]


def _part(name: str) -> str:
    return (files("triage.export") / "pages" / name).read_text(encoding="utf-8")
