"""What came out of a run of ``triage score``, at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from triage.protocol.urgency import Outcome, Urgency
from triage.terminal.page import Page
from triage.terminal.result_page import OUTCOME_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from triage.batch.job.telling import Summary
    from triage.protocol.protocol import Protocol

__all__ = ["print_summary"]

_MOST_SHOWN = 8


def print_summary(summary: Summary, protocol: Protocol) -> None:
    """Print what came out over all cases, on standard error."""
    page = Page(Console(stderr=True, highlight=False))
    page.heading(f"{summary.scored:,} cases scored")
    _print_counts(page, {OUTCOME_WORDS[one]: summary.outcome[one.value] for one in Outcome})
    page.heading("Urgency (in brackets: the most urgent that unknown answers could still make it)")
    for urgency in reversed(Urgency):
        count, at_worst = summary.urgency[urgency.value], summary.at_worst[urgency.value]
        page.columns([(f"{count:,} ({at_worst:,})", urgency.words)])
    if +summary.types:
        page.heading("Types named most")
        names = {code: protocol.types[code].name for code in summary.types}
        _print_counts(page, {names[code]: count for code, count in summary.types.most_common(_MOST_SHOWN)})
    page.heading("Rules that fired most")
    titles = {rule.id: f"{rule.id}  {rule.title}" for rule in protocol.rules}
    _print_counts(page, {titles[rule]: count for rule, count in summary.rules.most_common(_MOST_SHOWN)})
    if +summary.could_not_rule_out:
        page.heading("Warning questions without an answer")
        _print_counts(page, dict(summary.could_not_rule_out.most_common()))
    rest = {
        "rows in error": summary.bad_rows,
        "files that could not be read": summary.bad_files,
        "files done before": summary.skipped,
        "ids that stood there already": summary.repeated_ids,
    }
    if any(rest.values()):
        page.heading("Not scored, or worth a look")
        _print_counts(page, rest)


def _print_counts(page: Page, counts: Mapping[str, int]) -> None:
    page.columns(_shown(counts))


def _shown(counts: Mapping[str, int]) -> Iterable[tuple[str, str]]:
    return [(f"{count:,}", name) for name, count in counts.items() if count]
