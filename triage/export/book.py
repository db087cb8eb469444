"""The rule book: everything a protocol holds, as plain records for a page to show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from triage.answers.answers import settle
from triage.answers.examples import given_states
from triage.conditions.condition import findings_in, questions_in
from triage.engines.decision import decide
from triage.engines.plain import PlainEngine
from triage.export.book_conditions import is_used, linked_lines, way_through
from triage.export.book_entries import (
    AdviceEntry,
    Book,
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
    anchor,
    plain_words,
)
from triage.export.book_links import (
    case_link,
    cause_link,
    citations,
    finding_link,
    reference_pieces,
    rule_link,
    source_links,
    type_link,
)
from triage.export.statements import proved_for
from triage.export.stories import figures, kept_from_benign
from triage.protocol.prose import shown_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from triage.engines.decision import Decision
    from triage.export.stories import JudgedReading
    from triage.proof.proving import Proof
    from triage.proof.statements import Statement
    from triage.protocol.catalogue import Case, Cause
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question
    from triage.protocol.rule import Rule

__all__ = ["Book", "book_of"]

_ADVICE_KINDS = {
    "verdict": "The result in one line",
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


def book_of(
    protocol: Protocol,
    cases: Iterable[Case],
    statements: Iterable[Statement],
    proofs: Sequence[Proof] = (),
    *,
    proved: str = "",
    stories: Sequence[JudgedReading] = (),
) -> Book:
    """Gather everything a protocol holds.

    Args:
        protocol: whose book.
        cases: its worked cases.
        statements: its safety statements.
        proofs: what came of proving them; none where they were not proved.
        proved: over what they were proved.
        stories: what the rules make of stories of real people.

    """
    return _Gathering(protocol, tuple(cases), tuple(statements), proofs).book(proved, stories)


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
        for link, keys in citations(protocol, statements):
            for key in keys:
                self.cited_by.setdefault(key, {})[link] = None

    def book(self, proved: str, stories: Sequence[JudgedReading]) -> Book:
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
                self.finding(name)
                for name in (*protocol.derived_findings, *protocol.finding_rules)
                if is_used(protocol, name)
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
            stories=tuple((name, str(share)) for name, share in figures(stories).items()) if stories else (),
            kept_from_benign=tuple((rule_link(rule), count) for rule, count in kept_from_benign(stories)),
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
                        SourceEntry(
                            one,
                            anchor("source", one.key),
                            reference_pieces(one.with_reading_note),
                            self.citing(one.key),
                        ),
                    )
                    for one in protocol.sources.values()
                ],
            ),
        )

    # ---- links ----

    def sources(self, keys: Iterable[str]) -> tuple[Link, ...]:
        """Return links to sources."""
        return source_links(self.protocol, keys)

    def citing(self, key: str) -> tuple[Link, ...]:
        """Return what cites a source."""
        return tuple(self.cited_by.get(key, ()))

    def cases_where(self, wanted: Callable[[Decision], bool]) -> tuple[Link, ...]:
        """Return the cases whose result is as wanted."""
        return tuple(case_link(case) for case in self.cases if wanted(self.decisions[case.id]))

    # ---- entries ----

    def question(self, question: Question) -> QuestionEntry:
        """Return a question with everything that reads it."""
        protocol = self.protocol
        derived = [
            name
            for name, condition in protocol.derived_findings.items()
            if question.id in questions_in(condition) and is_used(protocol, name)
        ]
        reading = [one for one in protocol.rules if one.when is not None and question.id in questions_in(one.when)]
        concluded = dict.fromkeys(one.then.finding for one in reading if one.then.finding)
        return QuestionEntry(
            question,
            anchor("question", question.id),
            linked_lines(protocol, question.when),
            tuple(finding_link(name) for name in (*derived, *concluded)),
            tuple(rule_link(rule) for rule in reading if not rule.then.finding),
            tuple(cause_link(one) for one in protocol.active_causes if question.id in questions_in(one.when)),
            self.sources(question.sources),
            {choice.code: self.sources(choice.sources) for choice in question.choices if choice.sources},
            shown_to={one.code: said for one in question.choices if (said := shown_words(protocol, one))},
        )

    def finding(self, name: str) -> FindingEntry:
        """Return a finding with what concludes and what reads it."""
        protocol = self.protocol
        readers = [(rule_link(rule), rule.when) for rule in protocol.rules]
        readers += [(cause_link(cause), cause.when) for cause in protocol.active_causes]
        return FindingEntry(
            name,
            plain_words(name),
            anchor("finding", name),
            linked_lines(protocol, protocol.derived_findings.get(name)),
            tuple(rule_link(rule) for rule in protocol.finding_rules.get(name, ())),
            tuple(link for link, when in readers if when is not None and name in findings_in(when)),
        )

    def rule(self, rule: Rule) -> RuleEntry:
        """Return a rule with what it leads to and the cases that make it true."""
        return RuleEntry(
            rule,
            anchor("rule", rule.id),
            (Line("no rule that votes for benign or for disease is true"),)
            if rule.otherwise
            else linked_lines(self.protocol, rule.when),
            finding_link(rule.then.finding) if rule.then.finding else None,
            tuple(type_link(self.protocol, code) for code in rule.then.types),
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
            way_through(self.protocol, rules),
            self.cases_where(lambda decision: code in decision.types),
            self.sources(self.protocol.types[code].sources),
        )

    def cause(self, cause: Cause) -> CauseEntry:
        """Return a cause with the cases in which it is named."""
        return CauseEntry(
            cause,
            anchor("cause", cause.id),
            linked_lines(self.protocol, cause.when),
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
            tuple(rule_link(rule) for rule in decision.fired),
            tuple(type_link(self.protocol, code) for code in decision.types),
            tuple(cause_link(cause) for cause in decision.causes),
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
            naming = tuple(rule_link(rule) for rule in self.protocol.rules if item.key in rule.then.advice)
            yield AdviceEntry(
                item,
                anchor("advice", item.key),
                linked_lines(self.protocol, item.when),
                naming,
                self.sources(item.sources),
            )


def _has(entries: Iterable[Rule | Cause], name: str) -> bool:
    return any(entry.id == name for entry in entries)


def _titles(entries: Iterable[Any]) -> dict[str, str]:
    return {entry.group: plain_words(entry.group) for entry in entries}


def _grouped(kind: str, titles: dict[str, str], entries: list[tuple[str, Entry]]) -> tuple[Group[Entry], ...]:
    """Return entries under their headings, without those that have none."""
    groups = (
        Group(title, anchor(kind, name), tuple(entry for group, entry in entries if group == name))
        for name, title in titles.items()
    )
    return tuple(group for group in groups if group.entries)
