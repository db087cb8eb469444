"""The text the rules started from: every sentence is carried by something, or it is said why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from shipped import the_protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

PROTOCOL = the_protocol()
SENTENCES = [f"S{number}" for number in range(1, 60)]


def sources_in(data: Any) -> Iterator[str]:
    """Yield whatever stands under a key ``sources``, however deep."""
    if isinstance(data, dict):
        yield from data.get("sources") or ()
        data = list(data.values())
    if isinstance(data, list | tuple):
        for part in data:
            yield from sources_in(part)


def carriers() -> Iterator[tuple[str, BaseModel]]:
    """Yield everything in force that may carry a sentence. What the seed says of itself does not count."""
    yield from ((f"question {entry.id}", entry) for entry in PROTOCOL.questionnaire.questions)
    yield from ((f"rule {entry.id}", entry) for entry in PROTOCOL.rules)
    yield from ((f"cause {entry.id}", entry) for entry in PROTOCOL.active_causes)
    yield from ((f"type {entry.code}", entry) for entry in PROTOCOL.types.values())
    yield from ((f"note {entry.key}", entry) for entry in PROTOCOL.notes)
    yield from ((f"advice {entry.key}", entry) for entry in PROTOCOL.advice)


def cited_by() -> dict[str, list[str]]:
    """Return who cites each sentence."""
    found: dict[str, list[str]] = {sentence: [] for sentence in SENTENCES}
    for name, entry in carriers():
        for source in sources_in(entry.model_dump()):
            if source in found:
                found[source].append(name)
    return found


CITED_BY = cited_by()


def test_the_catalogue_holds_every_sentence_in_order() -> None:
    assert list(PROTOCOL.seed) == SENTENCES


@pytest.mark.parametrize("sentence", SENTENCES)
def test_sentence_is_cited_or_it_is_said_why_not(sentence: str) -> None:
    not_carried = PROTOCOL.seed[sentence].not_carried
    if not_carried is None:
        assert CITED_BY[sentence], f"nothing cites {sentence}: {PROTOCOL.seed[sentence].meaning}"
    else:
        assert not_carried.startswith("because ")
        assert CITED_BY[sentence] == []


def test_few_sentences_are_left_out() -> None:
    assert sum(entry.not_carried is not None for entry in PROTOCOL.seed.values()) <= 3


@pytest.mark.parametrize("sentence", [f"S{number}" for number in range(10, 35) if number != 29])
def test_every_cause_of_the_seed_is_in_the_catalogue_of_causes(sentence: str) -> None:
    causes = [name for name in CITED_BY[sentence] if name.startswith("cause ")]
    assert causes, f"no cause cites {sentence}: {PROTOCOL.seed[sentence].meaning}"


def test_the_treatment_paragraph_is_a_note_for_clinicians_and_nothing_else() -> None:
    treatment = {"S53", "S54", "S56", "S58"}
    carrying = {name for sentence in treatment for name in CITED_BY[sentence]}
    notes = {f"note {note.key}" for note in PROTOCOL.notes if note.audience == "clinicians"}
    assert carrying
    assert carrying <= notes


def test_a_sentence_that_is_unsafe_as_printed_says_why() -> None:
    contradicted = [entry for entry in PROTOCOL.seed.values() if entry.verdict == "contradicted"]
    assert {"S39", "S56"} <= {entry.id for entry in contradicted}
    assert all(entry.sources and len(entry.modern_view.split()) > 10 for entry in contradicted)
