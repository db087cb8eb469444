"""What the rules make of stories of real people, beside published figures of symptom checkers.

Run from the checkout: ``python -m benchmarks.stories``. Prints Markdown. The stories stand in ``rules/*/stories``; each
was answered by readers who saw the questions only, some of them those of an earlier version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import triage
from triage.export.stories import figures, judge_stories, kept_from_benign, read_stories, whose
from triage.protocol.urgency import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from triage.export.stories import JudgedReading

PUBLISHED = (
    "For comparison: 23 symptom checkers triaged 57 % of 45 standard vignettes rightly: 80 % of emergencies, "
    "55 % of the others, 33 % of those that need self care only (Semigran HL et al. BMJ 2015;351:h3480)."
)


def table(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> None:
    """Print a Markdown table."""
    for row in (head, ["---"] * len(head), *rows):
        print(f"| {' | '.join(row)} |")
    print()


def groups(judged: list[JudgedReading], name: Callable[[JudgedReading], str]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each group of readings: how many are benign and called so, and how the urgency came out."""
    for group in dict.fromkeys(map(name, judged)):
        found = figures([one for one in judged if name(one) == group])
        benign, disease = found["benign called likely benign"], found["disease called likely benign"]
        called = [f"{share.count} of {share.of}" if share.of else "" for share in (benign, disease)]
        shares = ("urgency acceptable", "less urgent than acceptable", "more urgent than acceptable")
        yield group, *called, *(str(found[key].count) for key in shares)


def main() -> None:
    """Print the figures, the groups, and what kept benign stories from being called so."""
    protocol = triage.load_protocol()
    stories = read_stories(protocol)
    judged = judge_stories(protocol, stories)
    versions = list(dict.fromkeys(one.reading.questionnaire_version for one in judged))
    print(f"{len(stories)} stories, {len(judged)} readings, rules {protocol.version}\n")
    sets = {"all": judged, **{v: [one for one in judged if one.reading.questionnaire_version == v] for v in versions}}
    shares = {name: figures(found) for name, found in sets.items()}
    head = ["", *(name if name == "all" else f"read with questions {name}" for name in sets)]
    table(head, ((key, *(str(found[key]) for found in shares.values())) for key in shares["all"]))
    print("In brackets: the share, and the interval that holds it in 95 of 100 samples (Wilson).\n")
    print(f"{PUBLISHED}\n")
    columns = ["benign called so", "disease called benign", "urgency accepted", "less urgent", "more urgent"]
    table(["pattern", *columns], groups(judged, lambda one: f"{one.story.expected.outcome}: {one.story.pattern}"))
    table(["age", *columns], groups(judged, lambda one: whose(protocol, one)))
    print("What kept benign stories from being called so:\n")
    table(["rule", "", "readings"], ((rule.id, rule.title, str(count)) for rule, count in kept_from_benign(judged)))
    wrong = [one for one in judged if not one.outcome_is_right or one.triage]
    rows = (
        (
            one.story.id,
            one.story.expected.pattern,
            f"{one.story.expected.outcome}, {' or '.join(one.story.expected.acceptable_urgency)}",
            f"{one.decision.outcome}, {one.decision.urgency}",
        )
        for one in sorted(wrong, key=lambda one: (one.story.expected.outcome is Outcome.LIKELY_BENIGN, one.story.id))
    )
    table(["story", "pattern", "a careful doctor", "the rules"], rows)


if __name__ == "__main__":
    main()
