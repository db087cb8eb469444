"""Links of a rule book: from one entry to another, from a source to what cites it, and to addresses of papers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from triage.export.book_entries import Link, anchor, plain_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from triage.proof.statements import Statement
    from triage.protocol.catalogue import Case, Cause
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question
    from triage.protocol.rule import Rule

__all__ = [
    "case_link",
    "cause_link",
    "citations",
    "finding_link",
    "question_link",
    "reference_pieces",
    "rule_link",
    "source_links",
    "type_link",
]

_IDENTIFIERS = re.compile(r"10\.\d{4,}/[^\s;,)]*[^\s;,).]|PMC\d+|NBK\d+|(?<=PMID )\d+|(?<=PMID \d{8}, )\d+")
_ADDRESSES = {
    "10.": "https://doi.org/{}",
    "PMC": "https://www.ncbi.nlm.nih.gov/pmc/articles/{}/",
    "NBK": "https://www.ncbi.nlm.nih.gov/books/{}/",
}
_PUBMED = "https://pubmed.ncbi.nlm.nih.gov/{}/"


def question_link(question: Question) -> Link:
    """Return the link to a question."""
    return Link(anchor("question", question.id), plain_words(question.id))


def finding_link(name: str) -> Link:
    """Return the link to a finding."""
    return Link(anchor("finding", name), plain_words(name))


def rule_link(rule: Rule) -> Link:
    """Return the link to a rule."""
    return Link(anchor("rule", rule.id), rule.id)


def type_link(protocol: Protocol, code: str) -> Link:
    """Return the link to a type."""
    return Link(anchor("type", code), protocol.types[code].name)


def cause_link(cause: Cause) -> Link:
    """Return the link to a cause."""
    return Link(anchor("cause", cause.id), cause.id)


def case_link(case: Case) -> Link:
    """Return the link to a case."""
    return Link(anchor("case", case.id), case.id)


def source_links(protocol: Protocol, keys: Iterable[str]) -> tuple[Link, ...]:
    """Return links to sources and to sentences of the seed text."""
    return tuple(Link(anchor("seed" if key in protocol.seed else "source", key), key) for key in keys)


def citations(protocol: Protocol, statements: Iterable[Statement]) -> Iterator[tuple[Link, tuple[str, ...]]]:
    """Yield everything that cites with what it cites."""
    for question in protocol.questionnaire.questions:
        link = question_link(question)
        yield link, question.sources
        for choice in question.choices:
            yield link, choice.sources
    for page in protocol.pages:
        for rule in page.rules:
            yield rule_link(rule), rule.sources
    for kind in protocol.types.values():
        yield type_link(protocol, kind.code), kind.sources
    for cause in protocol.causes:
        yield cause_link(cause), cause.sources
    for statement in statements:
        yield Link(anchor("statement", statement.id), statement.id), statement.sources
    for item in protocol.advice:
        yield Link(anchor("advice", item.key), item.key), item.sources
    for sentence in protocol.seed.values():
        yield Link(anchor("seed", sentence.id), sentence.id), sentence.sources
    for note in protocol.notes:
        yield Link(anchor("note", note.key), note.title), note.sources


def reference_pieces(reference: str) -> tuple[tuple[str, str | None], ...]:
    """Cut a reference at the identifiers that stand for an address; beside each piece the address, if it is one.

    >>> reference_pieces("A paper. doi 10.1000/182. PMC42")[1:4]
    (('10.1000/182', 'https://doi.org/10.1000/182'), ('. ', None), ('PMC42', 'https://www.ncbi.nlm.nih.gov/pmc/articles/PMC42/'))
    """
    pieces: list[tuple[str, str | None]] = []
    end = 0
    for found in _IDENTIFIERS.finditer(reference):
        address = _ADDRESSES.get(found[0][:3], _PUBMED).format(found[0])
        pieces += [(reference[end : found.start()], None), (found[0], address)]
        end = found.end()
    pieces.append((reference[end:], None))
    return tuple(piece for piece in pieces if piece[0])
