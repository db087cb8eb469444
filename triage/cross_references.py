"""References between the files of a protocol: whatever one file names must stand in another, and only once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from triage.catalogue import STANDING_NOTICES
from triage.condition import findings_in
from triage.problems import Place, Problem, did_you_mean
from triage.urgency import Urgency

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from triage.documents import Steps
    from triage.protocol import Protocol
    from triage.rule import Example

__all__ = ["broken_references", "check_answers"]


def broken_references(
    protocol: Protocol, *, groups: Collection[str], place: Callable[[str, Steps], Place]
) -> Iterator[Problem]:
    """Find what a protocol names and does not hold, what it needs and lacks, and findings that build on themselves.

    Args:
        protocol: whose files to look at.
        groups: the groups that types and causes may be in.
        place: returns where a value stands, by the name of its file and its path in it.

    """
    yield from _References(protocol, groups, place).broken()


def check_answers(
    owner: str, answers: Mapping[str, Any], protocol: Protocol, place: Callable[[str], Place]
) -> Iterator[Problem]:
    """Find answers to no question, with no choice, or that contradict each other."""
    questions = protocol.questionnaire.by_id
    for name, value in answers.items():
        if name not in questions:
            message = f"{owner} answers {name!r}, which no question asks."
            yield Problem(place(name), message, did_you_mean(name, questions))
            continue
        codes = [value] if isinstance(value, str) else value
        known = (*questions[name].codes, "unknown", "not_applicable")
        for code in codes:
            if code not in known:
                message = f"{owner} answers {name!r} with {code!r}, which is no choice of it."
                yield Problem(place(name), message, did_you_mean(code, known))
        lonely = [code for code in codes if code in questions[name].alone or code in known[-2:]]
        if len(codes) > 1 and lonely:
            yield Problem(place(name), f"{owner} answers {name!r} with {lonely[0]!r}, which excludes the others.")
        elif len(codes) > 1 and not questions[name].multiple:
            yield Problem(place(name), f"{owner} gives {len(codes)} answers to {name!r}, which takes one.")


class _References:
    def __init__(self, protocol: Protocol, groups: Collection[str], place: Callable[[str, Steps], Place]) -> None:
        self.protocol = protocol
        self.groups = groups
        self.place = place

    def broken(self) -> Iterator[Problem]:
        protocol = self.protocol
        yield from self.of_emergency_screen()
        yield from self.of_otherwise()
        yield from self.of_findings()
        yield from self.of_rules()
        yield from self.of_causes()
        for entry in protocol.types.values():
            place = protocol.places[f"types/{entry.code}"]
            yield from self.sources(entry.code, entry.sources, place)
            yield from self.group(entry.code, entry.group, place)
        yield from self.of_advice()
        for question in protocol.questionnaire.questions:
            cited = (*question.sources, *(source for choice in question.choices for source in choice.sources))
            yield from self.sources(question.id, cited, protocol.places[question.id])
        for name, answers in protocol.profiles.items():
            place = self.place("profiles.yaml", ("profiles", name))
            yield from check_answers(f"The profile {name!r}", answers, protocol, partial(_always, place))

    def of_emergency_screen(self) -> Iterator[Problem]:
        protocol = self.protocol
        screen = protocol.questionnaire.by_id.get(protocol.emergency_screen)
        if screen is None or not screen.red_flag:
            place = self.place("protocol.yaml", ("emergency_screen",))
            hint = did_you_mean(protocol.emergency_screen, [flag.id for flag in protocol.questionnaire.red_flags])
            yield Problem(place, f"The emergency screen {protocol.emergency_screen!r} is no red-flag question.", hint)

    def of_otherwise(self) -> Iterator[Problem]:
        protocol = self.protocol
        place = self.place("protocol.yaml", ("pages",))
        found = [rule.id for rule in protocol.rules if rule.otherwise]
        if len(found) != 1:
            said = f"has {len(found)} ({', '.join(found)})" if found else "has none"
            yield Problem(place, f"A protocol needs exactly one rule with `otherwise: true`; this one {said}.")
        elif protocol.otherwise.then.urgency is None or protocol.otherwise.then.urgency.rank == 0:
            message = f"{found[0]} fires when nothing else does, so it must conclude an urgency above self_care."
            yield Problem(place, message)

    def of_findings(self) -> Iterator[Problem]:
        below: dict[str, set[str]] = {}
        where: dict[str, Place] = {}
        for page in self.protocol.pages:
            for rule in page.rules:
                if rule.then.finding and rule.when is not None:
                    below.setdefault(rule.then.finding, set()).update(findings_in(rule.when))
                    where.setdefault(rule.then.finding, self.protocol.places[rule.id])
        if circle := _circle(below):
            message = f"These findings build on one another in a circle: {' -> '.join(circle)}."
            yield Problem(where[circle[0]], message)

    def of_rules(self) -> Iterator[Problem]:
        protocol = self.protocol
        keys = [item.key for item in protocol.advice]
        for rule in (rule for page in protocol.pages for rule in page.rules):
            place = protocol.places[rule.id]
            if rule.then.finding in protocol.derived_findings:
                message = f"{rule.id} concludes {rule.then.finding!r}, which follows from the questionnaire."
                yield Problem(place, message)
            for code in rule.then.types:
                if code not in protocol.types:
                    message = f"{rule.id} names the type {code!r}, which is not in the catalogue."
                    yield Problem(place, message, did_you_mean(code, protocol.types))
            for key in rule.then.advice:
                if key not in keys:
                    message = f"{rule.id} names the advice {key!r}, which is not in the catalogue."
                    yield Problem(place, message, did_you_mean(key, keys))
            yield from self.sources(rule.id, rule.sources, place)
            yield from self.examples(rule.id, rule.examples, place)

    def of_causes(self) -> Iterator[Problem]:
        rule_ids = {rule.id for page in self.protocol.pages for rule in page.rules}
        for index, cause in enumerate(self.protocol.causes):
            place = self.place("catalogue/causes.yaml", ("causes", index))
            if cause.id in rule_ids:
                yield Problem(place, f"The id {cause.id!r} is already used by a rule.")
            yield from self.sources(cause.id, cause.sources, place)
            yield from self.group(cause.id, cause.group, place)
            yield from self.examples(cause.id, cause.examples, place)

    def of_advice(self) -> Iterator[Problem]:
        advice = self.protocol.advice
        for index, item in enumerate(advice):
            yield from self.sources(item.key, item.sources, self.place("catalogue/advice.yaml", ("advice", index)))
        place = self.place("catalogue/advice.yaml", ("advice",))
        notices = [item.key for item in advice if item.kind == "notice"]
        for key in STANDING_NOTICES:
            if key not in notices:
                message = f"No notice has the key {key!r}; every result may need it."
                yield Problem(place, message, did_you_mean(key, notices))
        for kind in ("headline", "how_soon"):
            always = [item for item in advice if item.kind == kind and item.when is None]
            for urgency in Urgency:
                if not any(urgency in item.urgency for item in always):
                    yield Problem(place, f"No {kind} is said to everybody whose result is {urgency.value}.")

    def group(self, owner: str, group: str, place: Place) -> Iterator[Problem]:
        if group not in self.groups:
            message = f"{owner} is in the group {group!r}, which protocol.yaml does not list."
            yield Problem(place, message, did_you_mean(group, self.groups))

    def sources(self, owner: str, cited: Iterable[str], place: Place) -> Iterator[Problem]:
        known = (*self.protocol.sources, *self.protocol.seed)
        for key in cited:
            if key not in known:
                message = f"{owner} cites {key!r}, which is not in the catalogue of sources."
                yield Problem(place, message, did_you_mean(key, known))

    def examples(self, owner: str, examples: Iterable[Example], place: Place) -> Iterator[Problem]:
        profiles = self.protocol.profiles
        for example in examples:
            if example.like and example.like not in profiles:
                message = f"{owner} has an example like {example.like!r}, which is no profile."
                yield Problem(place, message, did_you_mean(example.like, profiles))
            said = f"{owner}, example {example.name!r},"
            one_by_one = ({name: code} for name, codes in example.each.items() for code in codes)
            for answers in (example.given, *one_by_one):
                yield from check_answers(said, answers, self.protocol, partial(_always, place))


def _always(place: Place, _: str) -> Place:
    return place


def _circle(below: dict[str, set[str]]) -> list[str]:
    """Return one circle of findings, first and last the same, or nothing."""

    def follow(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        for lower in sorted(below.get(name, ())):
            if found := follow(lower, [*path, name]):
                return found
        return []

    return next((found for name in sorted(below) if (found := follow(name, []))), [])
