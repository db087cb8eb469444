"""References between the files of a protocol: whatever one file names must stand in another, and only once.

They are looked up in the data as it is written, so that each is said at its own word, and is said even where the entry
around it has another fault.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from triage.documents.output_text import shown
from triage.documents.problems import Problem, did_you_mean
from triage.protocol.answer_references import check_answers
from triage.protocol.catalogue import DATED_NOTICE, STANDING_NOTICES
from triage.protocol.questionnaire import DERIVED_FINDINGS
from triage.protocol.urgency import Outcome, Urgency, Vote
from triage.protocol.written import listed, mapping, texts, written_entries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from triage.documents.document import Steps
    from triage.documents.problems import Place
    from triage.protocol.written import WrittenProtocol

__all__ = ["broken_references"]

_PLACEHOLDER = re.compile(r"\{[^{}]*\}|[{}]")


def broken_references(written: WrittenProtocol, *, with_texts: bool = True) -> Iterator[Problem]:
    """Find what a protocol names and does not hold, what it needs and lacks, and findings that build on themselves.

    Args:
        written: its files.
        with_texts: whether it needs the texts that are said to everybody.

    """
    references = _References(written)
    yield from references.broken()
    if with_texts:
        yield from references.of_texts_for_everybody()


class _References:
    def __init__(self, written: WrittenProtocol) -> None:
        self.written = written
        self.types = self.known("catalogue/types.yaml", "types", "code")
        self.advice = self.known("catalogue/advice.yaml", "advice", "key")
        sources = self.known("catalogue/sources.yaml", "sources", "key")
        seed = self.known("catalogue/seed.yaml", "sentences", "id")
        self.profiles = self.known_profiles()
        self.citable = None if sources is None or seed is None else [*sources, *seed]

    def known(self, name: str, key: str, field: str) -> list[str] | None:
        """Return what a catalogue holds; None where that cannot be known, as where one name took another's place."""
        if not self.is_listed(name, key):
            return None
        found = [entry.get(field) for _, entry in written_entries(self.written.documents.get(name), key)]
        words = [str(value) for value in found if isinstance(value, str)]
        return words if len(set(words)) == len(found) else None

    def known_profiles(self) -> list[str] | None:
        """Return the profiles; None where they cannot be known."""
        document = self.written.documents.get("profiles.yaml")
        if document is None:
            return None if "profiles.yaml" in self.written.missing else []
        profiles = mapping(document.data).get("profiles")
        return list(profiles) if isinstance(profiles, dict) else None

    def is_listed(self, name: str, key: str) -> bool:
        """Return whether a file holds its list, or need not be there and is not."""
        document = self.written.documents.get(name)
        if document is None:
            return name not in self.written.missing
        listed = mapping(document.data).get(key)
        return isinstance(listed, list) and all(isinstance(entry, dict) for entry in listed)

    def place(self, name: str, steps: Steps) -> Place:
        return self.written.documents[name].place(steps)

    def rules(self) -> Iterator[tuple[str, Steps, dict[str, Any]]]:
        for name in self.written.pages:
            for index, rule in written_entries(self.written.documents.get(name), "rules"):
                yield name, ("rules", index), rule

    def broken(self) -> Iterator[Problem]:
        yield from self.of_emergency_screen()
        yield from self.of_otherwise()
        yield from self.of_findings()
        yield from self.of_rules()
        yield from self.of_causes()
        yield from self.of_catalogue("catalogue/types.yaml", "types", "code")
        yield from self.of_catalogue("catalogue/advice.yaml", "advice", "key")
        yield from self.of_catalogue("catalogue/notes.yaml", "notes", "key")
        yield from self.of_catalogue("catalogue/seed.yaml", "sentences", "id")
        yield from self.of_placeholders()
        yield from self.of_questions()
        yield from self.of_former_answers()
        yield from self.of_profiles()

    def of_emergency_screen(self) -> Iterator[Problem]:
        screen = self.written.questions.get(self.written.emergency_screen)
        if (screen is None and self.written.all_questions_known) or (screen is not None and not screen.red_flag):
            place = self.place("protocol.yaml", ("emergency_screen",))
            flags = [name for name, question in self.written.questions.items() if question.red_flag]
            message = f"The emergency screen {shown(self.written.emergency_screen)} is no red-flag question."
            yield Problem(place, message, did_you_mean(self.written.emergency_screen, flags))

    def of_otherwise(self) -> Iterator[Problem]:
        if not all(self.is_listed(name, "rules") for name in self.written.pages):
            return
        place = self.place("protocol.yaml", ("pages",))
        found = [
            rule for _, _, rule in self.rules() if rule.get("otherwise") is True and rule.get("status") != "retired"
        ]
        names = ", ".join(str(rule.get("id")) for rule in found)
        if len(found) != 1:
            said = f"has {len(found)} ({names})" if found else "has none"
            yield Problem(place, f"A protocol needs exactly one rule with `otherwise: true`; this one {said}.")
            return
        then, when = mapping(found[0].get("then")), f"{names} fires when no other rule votes"
        if then.get("urgency") in (None, Urgency.SELF_CARE):
            yield Problem(place, f"{when}, so it must conclude an urgency above self_care.")
        elif then.get("vote") not in (None, Vote.DISEASE):
            yield Problem(place, f"{when}, so its vote can only be for disease.")

    def of_findings(self) -> Iterator[Problem]:
        below: dict[str, set[str]] = {}
        where: dict[str, Place] = {}
        for name, steps, rule in self.rules():
            finding = mapping(rule.get("then")).get("finding")
            if isinstance(finding, str):
                below.setdefault(finding, set()).update(_findings_named(rule.get("when")))
                where.setdefault(finding, self.place(name, steps))
        if circle := _circle(below):
            message = f"These findings build on one another in a circle: {' -> '.join(circle)}."
            yield Problem(where[circle[0]], message)

    def of_rules(self) -> Iterator[Problem]:
        for name, steps, rule in self.rules():
            owner, then = _owner(rule, "id"), mapping(rule.get("then"))
            if then.get("finding") in DERIVED_FINDINGS:
                message = f"{owner} concludes {shown(then['finding'])}, which follows from the questionnaire."
                yield Problem(self.place(name, (*steps, "then", "finding")), message)
            yield from self.listed(f"{owner} names the type", then, "types", self.types, name, (*steps, "then"))
            yield from self.listed(f"{owner} names the advice", then, "advice", self.advice, name, (*steps, "then"))
            yield from self.sources(owner, rule, name, steps)
            yield from self.examples(owner, rule, name, steps)

    def of_causes(self) -> Iterator[Problem]:
        name = "catalogue/causes.yaml"
        rule_ids = {rule.get("id") for _, _, rule in self.rules() if isinstance(rule.get("id"), str)}
        for index, cause in written_entries(self.written.documents.get(name), "causes"):
            owner, steps = _owner(cause, "id"), ("causes", index)
            if isinstance(cause.get("id"), str) and cause["id"] in rule_ids:
                yield Problem(self.place(name, steps), f"The id {shown(cause['id'])} is already used by a rule.")
            yield from self.sources(owner, cause, name, steps)
            yield from self.group(owner, cause, name, steps)
            yield from self.examples(owner, cause, name, steps)

    def of_catalogue(self, name: str, key: str, field: str) -> Iterator[Problem]:
        for index, entry in written_entries(self.written.documents.get(name), key):
            owner = _owner(entry, field)
            yield from self.sources(owner, entry, name, (key, index))
            if key == "types":
                yield from self.group(owner, entry, name, (key, index))

    def of_texts_for_everybody(self) -> Iterator[Problem]:
        name = "catalogue/advice.yaml"
        if self.advice is None:
            return
        advice = [entry for _, entry in written_entries(self.written.documents.get(name), "advice")]
        place = self.place(name, ("advice",))
        notices = [str(item.get("key")) for item in advice if item.get("kind") == "notice"]
        for key in STANDING_NOTICES:
            if key not in notices:
                message = f"No notice has the key {shown(key)}; every result may need it."
                yield Problem(place, message, did_you_mean(key, notices))
        for kind in ("verdict", "headline", "how_soon"):
            always = [item for item in advice if item.get("kind") == kind and item.get("when") is None]
            for outcome in Outcome:
                for urgency in outcome.urgencies:
                    if not any(_is_said(item, outcome, urgency) for item in always):
                        result = f"{outcome.value}, {urgency.value}"
                        yield Problem(place, f"No {kind} is said to everybody whose result is {result}.")

    def of_placeholders(self) -> Iterator[Problem]:
        """Find words in braces that nothing fills, and that a person would see as they are."""
        name = "catalogue/advice.yaml"
        for index, item in written_entries(self.written.documents.get(name), "advice"):
            filled = ["{date}"] if item.get("key") == DATED_NOTICE else []
            text = item.get("text")
            for placeholder in _PLACEHOLDER.findall(text) if isinstance(text, str) else ():
                if placeholder not in filled:
                    message = f"{_owner(item, 'key')} holds {shown(placeholder)}, which nothing fills."
                    place = self.place(name, ("advice", index, "text"))
                    yield Problem(place, message, did_you_mean(placeholder, filled))

    def of_questions(self) -> Iterator[Problem]:
        name = self.written.questionnaire
        for index, question in written_entries(self.written.documents.get(name), "questions"):
            owner, steps = _owner(question, "id"), ("questions", index)
            yield from self.sources(owner, question, name, steps)
            for number, choice in enumerate(listed(question.get("choices"))):
                yield from self.sources(owner, mapping(choice), name, (*steps, "choices", number))

    def of_former_answers(self) -> Iterator[Problem]:
        """Find former answers that stand there twice, are no former ones, or mean what no question asks."""
        name, questions = self.written.questionnaire, self.written.questions
        first: dict[tuple[str, str], Place] = {}
        for index, entry in written_entries(self.written.documents.get(name), "former_answers"):
            steps: Steps = ("former_answers", index)
            question, code, means = entry.get("question"), entry.get("code"), entry.get("means")
            if not isinstance(question, str) or not isinstance(code, str):
                continue
            owner, place = f"The former answer {question}: {code}", self.place(name, (*steps, "code"))
            before = first.setdefault((question, code), place)
            if before is not place:
                yield Problem(place, f"{owner} stands here twice; first at {before}.")
            in_use = question in questions and code in questions[question].codes
            if in_use and entry.get("until") is None:
                hint = "If it meant something else before, say `until` with the last version in which it did."
                yield Problem(place, f"{owner} is a choice of today.", hint)
            elif "until" in entry and not in_use and self.written.all_questions_known:
                message = f"{owner} says `until`, but is no choice of today, so it is always taken as a former one."
                yield Problem(self.place(name, (*steps, "until")), message)
            yield from self.answers(owner, means, name, (*steps, "means"))
            for number, asked in texts(entry.get("ask_again")):
                if asked not in questions and self.written.all_questions_known:
                    message = f"{owner} asks {shown(asked)} again, which no question asks."
                    yield Problem(
                        self.place(name, (*steps, "ask_again", number)), message, did_you_mean(asked, questions)
                    )

    def of_profiles(self) -> Iterator[Problem]:
        name = "profiles.yaml"
        document = self.written.documents.get(name)
        profiles = mapping(mapping(document.data).get("profiles")) if document else {}
        for profile, answers in profiles.items():
            yield from self.answers(f"The profile {shown(profile)}", answers, name, ("profiles", profile))

    # ---- what several kinds of entries hold ----

    def group(self, owner: str, entry: dict[str, Any], name: str, steps: Steps) -> Iterator[Problem]:
        group = entry.get("group")
        if isinstance(group, str) and group not in self.written.groups:
            message = f"{owner} is in the group {shown(group)}, which protocol.yaml does not list."
            yield Problem(self.place(name, (*steps, "group")), message, did_you_mean(group, self.written.groups))

    def sources(self, owner: str, entry: dict[str, Any], name: str, steps: Steps) -> Iterator[Problem]:
        where = "the catalogue of sources"
        yield from self.listed(f"{owner} cites", entry, "sources", self.citable, name, steps, where=where)

    def listed(
        self,
        said: str,
        entry: dict[str, Any],
        field: str,
        known: Collection[str] | None,
        name: str,
        steps: Steps,
        *,
        where: str = "the catalogue",
    ) -> Iterator[Problem]:
        """Find words of a list that a catalogue does not hold."""
        for index, word in texts(entry.get(field)):
            if known is not None and word not in known:
                message = f"{said} {shown(word)}, which is not in {where}."
                yield Problem(self.place(name, (*steps, field, index)), message, did_you_mean(word, known))

    def examples(self, owner: str, entry: dict[str, Any], name: str, steps: Steps) -> Iterator[Problem]:
        known = self.profiles
        for index, example in enumerate(listed(entry.get("examples"))):
            if not isinstance(example, dict):
                continue
            here = (*steps, "examples", index)
            like = example.get("like")
            if isinstance(like, str) and known is not None and like not in known:
                message = f"{owner} has an example like {shown(like)}, which is no profile."
                yield Problem(self.place(name, (*here, "like")), message, did_you_mean(like, known))
            said = f"{owner}, example {shown(example.get('name'))},"
            yield from self.answers(said, example.get("given"), name, (*here, "given"))
            for question, codes in mapping(example.get("each")).items():
                one_by_one = texts(codes) if question in self.written.questions else [(0, "unknown")]
                for number, code in one_by_one:
                    word = (*here, "each", question, number)
                    yield from self.answers(said, {question: code}, name, word, itself=True)

    def answers(self, owner: str, answers: Any, name: str, steps: Steps, *, itself: bool = False) -> Iterator[Problem]:
        """Find answers that cannot be; what is wrong with one stands below these steps, or at them themselves."""

        def place(below: Steps) -> Place:
            return self.place(name, steps if itself else (*steps, *below))

        known = self.written.all_questions_known
        yield from check_answers(owner, mapping(answers), self.written.questions, place, all_questions_known=known)


def _is_said(item: dict[str, Any], outcome: Outcome, urgency: Urgency) -> bool:
    return urgency.value in listed(item.get("urgency")) and item.get("outcome") in (None, outcome.value)


def _owner(entry: dict[str, Any], field: str) -> str:
    return entry[field] if isinstance(entry.get(field), str) else "This entry"


def _findings_named(condition: Any) -> Iterable[str]:
    """Return the findings that a written condition names."""
    found: set[str] = set()
    for key, value in mapping(condition).items():
        if key == "finding":
            found |= {name for _, name in texts([value] if isinstance(value, str) else value)}
        elif key in ("all", "any", "none"):
            for part in listed(value):
                found |= set(_findings_named(part))
    return found


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
