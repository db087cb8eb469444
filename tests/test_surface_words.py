"""The words of the letter and the page stand in one file: none is missing, none unused, and all are plain."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import textstat
from test_words import FEWEST_WORDS_WITH_A_GRADE, HARDEST_GRADE, PROMISES

import triage
from triage.documents.words import words_in
from triage.export.page import NUMBERS
from triage.protocol.prose import DONT_KNOW
from triage.protocol.urgency import Urgency

WORDS = words_in("en")
ROOM = Path(triage.__file__).parent
GROUPS = {name.split(".")[0] for name in WORDS.texts}
NAMED = re.compile(rf"""["'`]((?:{"|".join(GROUPS)})\.(?!(?:js|html|css|md)\b)[a-z_0-9]+)["'`]""")
MADE = {f"result.{soon}{urgency.value}" for urgency in Urgency for soon in ("", "soon_")}
MADE |= {f"result.worst_{urgency.value}" for urgency in Urgency if urgency is not Urgency.SELF_CARE}
MADE |= {f"page.number_{number}" for number in NUMBERS}
"""Names that are put together where they are used."""


def named() -> dict[str, str]:
    """Return the names of words that stand in programs and templates, each with a file."""
    found = {}
    for path in sorted(ROOM.rglob("*")):
        if path.suffix in (".py", ".js", ".html", ".md"):
            found |= dict.fromkeys(NAMED.findall(path.read_text(encoding="utf-8")), path.name)
    return found


def test_no_word_is_missing() -> None:
    assert {name: file for name, file in named().items() if name not in WORDS.texts} == {}
    assert WORDS.texts.keys() >= MADE


def test_no_word_is_unused() -> None:
    assert WORDS.texts.keys() - named().keys() - MADE == set()


def test_not_knowing_is_called_alike_everywhere() -> None:
    assert WORDS("interview.unknown") == DONT_KNOW
    assert DONT_KNOW in WORDS("interview.choose_or_unknown")


def test_another_language_falls_back_on_english() -> None:
    assert words_in("xx").texts == WORDS.texts
    assert words_in("../en").texts == WORDS.texts
    assert WORDS("letter.title", title="{jerks}") == "For the doctor: {jerks}"


@pytest.mark.parametrize(
    "name", [name for name in WORDS.texts if name.split(".")[0] in ("interview", "page", "result")]
)
def test_what_a_person_reads_is_short_and_promises_nothing(name: str) -> None:
    text = WORDS.texts[name]
    assert not PROMISES.search(text)
    if len(text.split()) >= FEWEST_WORDS_WITH_A_GRADE:
        assert textstat.flesch_kincaid_grade(text) <= HARDEST_GRADE, text
