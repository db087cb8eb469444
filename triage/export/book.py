"""The rule book: everything a protocol holds, as plain records for a page to show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from triage.answers import settle
from triage.condition import Found, findings_in, questions_in
from triage.decision import decide
from triage.engines.plain import PlainEngine
from triage.examples import given_states
from triage.export.book_entries import (
    AdviceEntry,
    CaseEntry,
    CauseEntry,
    Entry,
    FindingEntry,
    Group,
    Line,
    Link,
    NoteEntry,
    QuestionEntry,
    RuleEntry,
    SeedEntry,
    SourceEntry,
    Standing,
    StatementEntry,
    TypeEntry,
    Way,
    anchor,
    plain_words,
)
from triage.export.statements import proved_for
from triage.prose import condition_lines_with_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from triage.catalogue import Case, Cause
    from triage.condition import Condition
    from triage.decision import Decision
    from triage.proof.proving import Proof
    from triage.proof.statements import Statement
    from triage.protocol import Protocol
    from triage.questionnaire import Question
    from triage.rule import Rule

__all__ = ["Book", "book_of"]

_IDENTIFIERS = re.compile(r"10\.\d{4,}/[^\s;,)]*[^\s;,).]|PMC\d+|NBK\d+|(?<=PMID )\d+|(?<=PMID \d{8}, )\d+")
_ADDRESSES = {
    "10.": "https://doi.org/{}",
    "PMC": "https://www.ncbi.nlm.nih.gov/pmc/articles/{}/",
    "NBK": "https://www.ncbi.nlm.nih.gov/books/{}/",
}
_ADVICE_KINDS = {
    "headline": "Headlines",
    "how_soon": "How soon",
    "next_step": "Next steps",
    "seek_help_sooner_if": "Seek help sooner if",
    "notice": "Notices",
}
_SOURCE_KINDS = {
    "guideline": "Guidelines",
    "paper": "Papers",
    "web": "Web pages",
    "judgement": "Judgement",
}
_NOT_PROVED = Standing("open", "not proved in this copy")


@dataclass(frozen=True)
class Book:
    """A protocol with every entry linked to the others."""

    protocol: Protocol
    questions: tuple[Group[QuestionEntry], ...]
    findings: tuple[FindingEntry, ...]
    pages: tuple[Group[RuleEntry], ...]
    types: tuple[Group[TypeEntry], ...]
    causes: tuple[Group[CauseEntry], ...]
    cases: tuple[CaseEntry, ...]
    statements: tuple[StatementEntry, ...]
    proved: str
    """Over what the statements were proved; empty where they were not."""
    advice: tuple[Group[AdviceEntry], ...]
    seed: tuple[SeedEntry, ...]
    notes: tuple[Group[NoteEntry], ...]
    sources: tuple[Group[SourceEntry], ...]

    @cached_property
    def rules(self) -> tuple[RuleEntry, ...]:
        """All rules, page by page."""
        return tuple(entry for page in self.pages for entry in page.entries)

    @cached_property
    def idle_rules(self) -> tuple[RuleEntry, ...]:
        """The rules in force that no case makes true."""
        return tuple(entry for entry in self.rules if not entry.cases and entry.rule.status != "retired")

    @cached_property
    def reviewed_rules(self) -> int:
        """How many rules in force a clinician has reviewed."""
        return sum(rule.status == "reviewed" for rule in self.protocol.rules)


def book_of(
    protocol: Protocol,
    cases: Iterable[Case],
    statements: Iterable[Statement],
    proofs: Sequence[Proof] = (),
    *,
    proved: str = "",
) -> Book:
    """Gather everything a protocol holds.

    Args:
        protocol: whose book.
        cases: its worked cases.
        statements: its safety statements.
        proofs: what came of proving them; none where they were not proved.
        proved: over what they were proved.

    """
    return _Gathering(protocol, tuple(cases), tuple(statements), proofs).book(proved)


class _Gathering:
    """Builds the entries; every list of links is in the order of the book."""

    def __init__(
        self, protocol: Protocol, cases: tuple[Case, ...], statements: tuple[Statement, ...], proofs: Sequence[Proof]
    ) -> None:
        self.protocol = protocol
        self.cases = cases
        self.statements = statements
        self.proofs = proofs
        engine = PlainEngine(protocol)
        self.decisions: dict[str, Decision] = {
            case.id: decide(protocol, engine.judge(settle(protocol.questionnaire, given_states(case.answers))))
            for case in cases
        }
        self.cited_by: dict[str, dict[Link, None]] = {}
        for link, keys in self.citations():
            for key in keys:
                self.cited_by.setdefault(key, {})[link] = None

    def book(self, proved: str) -> Book:
        """Return the whole book."""
        protocol = self.protocol
        sections = protocol.questionnaire.sections
        return Book(
            protocol=protocol,
            questions=_grouped(
                "section",
                {section.id: section.title for section in sections},
                [(one.section, self.question(one)) for one in protocol.questionnaire.questions],
            ),
            findings=tuple(
                self.finding(name) for name in (*protocol.derived_findings, *protocol.finding_rules) if self.used(name)
            ),
            pages=_grouped(
                "page",
                {page.name: plain_words(page.name) for page in protocol.pages},
                [(page.name, self.rule(rule)) for page in protocol.pages for rule in page.rules],
            ),
            types=_grouped(
                "types",
                _titles(protocol.types.values()),
                [(kind.group, self.type(kind.code)) for kind in protocol.types.values()],
            ),
            causes=_grouped(
                "causes", _titles(protocol.causes), [(cause.group, self.cause(cause)) for cause in protocol.causes]
            ),
            cases=tuple(self.case(case) for case in self.cases),
            statements=tuple(self.statement(one) for one in self.statements),
            proved=proved,
            advice=_grouped("advice-kind", _ADVICE_KINDS, [(e.advice.kind, e) for e in self.advice()]),
            seed=tuple(
                SeedEntry(one, anchor("seed", one.id), self.citing(one.id), self.sources(one.sources))
                for one in protocol.seed.values()
            ),
            notes=_grouped(
                "notes",
                {"clinicians": "For clinicians", "everyone": "For everyone"},
                [(n.audience, NoteEntry(n, anchor("note", n.key), self.sources(n.sources))) for n in protocol.notes],
            ),
            sources=_grouped(
                "sources",
                _SOURCE_KINDS,
                [
                    (
                        one.kind,
                        SourceEntry(one, anchor("source", one.key), _pieces(one.reference), self.citing(one.key)),
                    )
                    for one in protocol.sources.values()
                ],
            ),
        )

    # ---- links ----

    def sources(self, keys: Iterable[str]) -> tuple[Link, ...]:
        """Return links to sources and to sentences of the seed text."""
        return tuple(Link(anchor("seed" if key in self.protocol.seed else "source", key), key) for key in keys)

    def citing(self, key: str) -> tuple[Link, ...]:
        """Return what cites a source."""
        return tuple(self.cited_by.get(key, ()))

    def citations(self) -> Iterable[tuple[Link, tuple[str, ...]]]:
        """Yield everything that cites with what it cites."""
        protocol = self.protocol
        for question in protocol.questionnaire.questions:
            link = _question_link(question)
            yield link, question.sources
            for choice in question.choices:
                yield link, choice.sources
        for page in protocol.pages:
            for rule in page.rules:
                yield _rule_link(rule), rule.sources
        for kind in protocol.types.values():
            yield self.type_link(kind.code), kind.sources
        for cause in protocol.causes:
            yield _cause_link(cause), cause.sources
        for statement in self.statements:
            yield Link(anchor("statement", statement.id), statement.id), statement.sources
        for item in protocol.advice:
            yield Link(anchor("advice", item.key), item.key), item.sources
        for sentence in protocol.seed.values():
            yield Link(anchor("seed", sentence.id), sentence.id), sentence.sources
        for note in protocol.notes:
            yield Link(anchor("note", note.key), note.title), note.sources

    def type_link(self, code: str) -> Link:
        """Return the link to a type."""
        return Link(anchor("type", code), self.protocol.types[code].name)

    def cases_where(self, wanted: Callable[[Decision], bool]) -> tuple[Link, ...]:
        """Return the cases whose result is as wanted."""
        return tuple(_case_link(case) for case in self.cases if wanted(self.decisions[case.id]))

    # ---- conditions ----

    def lines(self, condition: Condition | None) -> tuple[Line, ...]:
        """Return a condition as nested lines with links to what it reads."""
        if condition is None:
            return ()
        flat = [
            (depth, self.line(text, part)) for depth, text, part in condition_lines_with_parts(self.protocol, condition)
        ]
        return _nested(flat)

    def line(self, text: str, part: Condition) -> Line:
        """Return one line with the question or finding in it as a link."""
        if isinstance(part, Found):
            before, _, words = text.partition(": ")
            return Line(f"{before}: ", Link(anchor("finding", part.finding), words))
        name = getattr(part, "question", None)
        if name is None:
            return Line(text)
        question = self.protocol.questionnaire.by_id[name]
        before, asked, after = text.partition(f"“{question.text}”")
        return Line(before, Link(anchor("question", name), asked), after)

    def used(self, finding: str) -> bool:
        """Return whether anything reads or concludes a finding."""
        rules = (*self.protocol.rules, *self.protocol.active_causes)
        return finding in self.protocol.finding_rules or any(
            finding in findings_in(one.when) for one in rules if one.when is not None
        )

    # ---- entries ----

    def question(self, question: Question) -> QuestionEntry:
        """Return a question with everything that reads it."""
        protocol = self.protocol
        derived = [
            name
            for name, condition in protocol.derived_findings.items()
            if question.id in questions_in(condition) and self.used(name)
        ]
        reading = [one for one in protocol.rules if one.when is not None and question.id in questions_in(one.when)]
        concluded = dict.fromkeys(one.then.finding for one in reading if one.then.finding)
        return QuestionEntry(
            question,
            anchor("question", question.id),
            self.lines(question.when),
            tuple(_finding_link(name) for name in (*derived, *concluded)),
            tuple(_rule_link(rule) for rule in reading if not rule.then.finding),
            tuple(_cause_link(one) for one in protocol.active_causes if question.id in questions_in(one.when)),
            self.sources(question.sources),
            {choice.code: self.sources(choice.sources) for choice in question.choices if choice.sources},
        )

    def finding(self, name: str) -> FindingEntry:
        """Return a finding with what concludes and what reads it."""
        protocol = self.protocol
        readers = [(_rule_link(rule), rule.when) for rule in protocol.rules]
        readers += [(_cause_link(cause), cause.when) for cause in protocol.active_causes]
        return FindingEntry(
            name,
            plain_words(name),
            anchor("finding", name),
            self.lines(protocol.derived_findings.get(name)),
            tuple(_rule_link(rule) for rule in protocol.finding_rules.get(name, ())),
            tuple(link for link, when in readers if when is not None and name in findings_in(when)),
        )

    def rule(self, rule: Rule) -> RuleEntry:
        """Return a rule with what it leads to and the cases that make it true."""
        return RuleEntry(
            rule,
            anchor("rule", rule.id),
            (Line("no rule that concludes how soon is true"),) if rule.otherwise else self.lines(rule.when),
            _finding_link(rule.then.finding) if rule.then.finding else None,
            tuple(self.type_link(code) for code in rule.then.types),
            tuple(Link(anchor("advice", key), key) for key in rule.then.advice),
            self.sources(rule.sources),
            self.cases_where(lambda decision: _has(decision.fired, rule.id)),
        )

    def type(self, code: str) -> TypeEntry:
        """Return a type with everything on the way to it."""
        rules = [rule for rule in self.protocol.rules if code in rule.then.types]
        return TypeEntry(
            self.protocol.types[code],
            anchor("type", code),
            self.way(rules),
            self.cases_where(lambda decision: code in decision.types),
            self.sources(self.protocol.types[code].sources),
        )

    def way(self, rules: Sequence[Rule]) -> Way:
        """Return the questions and findings that rules rest on, directly or through other findings."""
        protocol = self.protocol
        questions: set[str] = set()
        findings: set[str] = set()
        named = (*protocol.derived_findings, *protocol.finding_rules)
        todo = [rule.when for rule in rules if rule.when is not None]
        while todo:
            condition = todo.pop()
            questions |= questions_in(condition)
            for name in findings_in(condition) - findings:
                findings.add(name)
                derived = protocol.derived_findings.get(name)
                todo += [derived] if derived is not None else [one.when for one in protocol.finding_rules[name]]
        return Way(
            tuple(_question_link(one) for one in protocol.questionnaire.questions if one.id in questions),
            tuple(_finding_link(name) for name in named if name in findings),
            tuple(_rule_link(rule) for rule in rules),
        )

    def cause(self, cause: Cause) -> CauseEntry:
        """Return a cause with the cases in which it is named."""
        return CauseEntry(
            cause,
            anchor("cause", cause.id),
            self.lines(cause.when),
            self.cases_where(lambda decision: _has(decision.causes, cause.id)),
            self.sources(cause.sources),
        )

    def case(self, case: Case) -> CaseEntry:
        """Return a case with what the rules make of it."""
        decision = self.decisions[case.id]
        return CaseEntry(
            case,
            anchor("case", case.id),
            decision.urgency,
            decision.outcome,
            tuple(_rule_link(rule) for rule in decision.fired),
            tuple(self.type_link(code) for code in decision.types),
            tuple(_cause_link(cause) for cause in decision.causes),
        )

    def statement(self, statement: Statement) -> StatementEntry:
        """Return a statement with what came of proving it."""
        mine = [proof for proof in self.proofs if proof.statement.id == statement.id]
        if not mine:
            standing = _NOT_PROVED
        elif all(proof.holds for proof in mine):
            standing = Standing("proved", f"proved ({len(mine)} {'proof' if len(mine) == 1 else 'proofs'})")
        else:
            wrong = [proof.about or "as it stands" for proof in mine if not proof.holds]
            standing = Standing("refuted", f"NOT true: {'; '.join(wrong)}")
        return StatementEntry(
            statement,
            anchor("statement", statement.id),
            proved_for(statement),
            standing,
            self.sources(statement.sources),
        )

    def advice(self) -> Iterable[AdviceEntry]:
        """Yield the texts for the person with when each is shown."""
        for item in self.protocol.advice:
            naming = tuple(_rule_link(rule) for rule in self.protocol.rules if item.key in rule.then.advice)
            yield AdviceEntry(
                item, anchor("advice", item.key), self.lines(item.when), naming, self.sources(item.sources)
            )


def _has(entries: Iterable[Rule | Cause], name: str) -> bool:
    return any(entry.id == name for entry in entries)


def _question_link(question: Question) -> Link:
    return Link(anchor("question", question.id), plain_words(question.id))


def _finding_link(name: str) -> Link:
    return Link(anchor("finding", name), plain_words(name))


def _rule_link(rule: Rule) -> Link:
    return Link(anchor("rule", rule.id), rule.id)


def _cause_link(cause: Cause) -> Link:
    return Link(anchor("cause", cause.id), cause.id)


def _case_link(case: Case) -> Link:
    return Link(anchor("case", case.id), case.id)


def _titles(entries: Iterable[Any]) -> dict[str, str]:
    return {entry.group: plain_words(entry.group) for entry in entries}


def _grouped(kind: str, titles: dict[str, str], entries: list[tuple[str, Entry]]) -> tuple[Group[Entry], ...]:
    """Return entries under their headings, without those that have none."""
    groups = (
        Group(title, anchor(kind, name), tuple(entry for group, entry in entries if group == name))
        for name, title in titles.items()
    )
    return tuple(group for group in groups if group.entries)


def _nested(flat: list[tuple[int, Line]]) -> tuple[Line, ...]:
    """Return lines with a depth each as lines that hold those below them."""
    lines: list[Line] = []
    while flat:
        (depth, line), flat = flat[0], flat[1:]
        end = next((index for index, (other, _) in enumerate(flat) if other <= depth), len(flat))
        lines.append(Line(line.before, line.link, line.after, _nested(flat[:end])))
        flat = flat[end:]
    return tuple(lines)


def _pieces(reference: str) -> tuple[tuple[str, str | None], ...]:
    """Cut a reference at the identifiers that stand for an address.

    >>> _pieces("A paper. doi 10.1000/182. PMC42")[1:4]
    (('10.1000/182', 'https://doi.org/10.1000/182'), ('. ', None), ('PMC42', 'https://www.ncbi.nlm.nih.gov/pmc/articles/PMC42/'))
    """
    pieces: list[tuple[str, str | None]] = []
    end = 0
    for found in _IDENTIFIERS.finditer(reference):
        address = _ADDRESSES.get(found[0][:3], "https://pubmed.ncbi.nlm.nih.gov/{}/").format(found[0])
        pieces += [(reference[end : found.start()], None), (found[0], address)]
        end = found.end()
    pieces.append((reference[end:], None))
    return tuple(piece for piece in pieces if piece[0])
