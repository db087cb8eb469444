"""A third reading of the rules, as naive as can be.

It reads the files by itself and shares no line with the package.

Truth is a number: 0 is false, 1 is neither, 2 is true. So "all" is the least of its parts, "any" the
greatest, and "none" is 2 minus "any". Everything in the files is text here, and is taken to be well formed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

__all__ = ["NaiveEvaluator", "Reading"]

NO, MAYBE, YES = 0, 1, 2
WORDS = {NO: False, MAYBE: None, YES: True}
URGENCIES = ["self_care", "routine", "urgent", "emergency"]

Written = dict[str, Any]
"""An entry of a file: words, lists and mappings."""


@dataclass(frozen=True)
class Reading:
    """Everything that an evaluator says about one person, in plain words."""

    rules: dict[str, bool | None]
    """Rules and causes by id; the one rule for "otherwise" has no truth of its own."""
    findings: dict[str, bool | None]
    outcome: str
    urgency: str
    at_worst: str
    types: tuple[str, ...]
    causes: tuple[str, ...]
    fired: tuple[str, ...]


class NaiveEvaluator:
    """Judges a person by the files of a protocol's folder."""

    def __init__(self, folder: Path) -> None:
        top = _read(folder / "protocol.yaml")
        self.questions: list[Written] = _read(folder / top["questionnaire"])["questions"]
        self.by_id = {question["id"]: question for question in self.questions}
        self.red_flags = [question for question in self.questions if question.get("red_flag") == "true"]
        self.rules = _in_force(rule for page in top["pages"] for rule in _read(folder / f"{page}.yaml")["rules"])
        self.causes = _in_force(_read(folder / "catalogue" / "causes.yaml")["causes"])

    def judge(self, answers: Mapping[str, str | Sequence[str]]) -> Reading:
        """Judge answers as they stand in a file: a code, a list of codes, or the word for a state."""
        return _Person(self, answers).reading()


def _read(path: Path) -> Written:
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    with path.open(encoding="utf-8") as file:
        read: Written = yaml.load(file, Loader=loader)
        return read


def _in_force(entries: Any) -> list[Written]:
    return [entry for entry in entries if entry["status"] != "retired"]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else list(value) if isinstance(value, tuple) else [value]


def _codes(question: Written) -> list[str]:
    return [choice["code"] for choice in question["choices"]]


def _reassuring(question: Written) -> list[str]:
    return [choice["code"] for choice in question["choices"] if choice["reassuring"] == "true"]


def _signs(question: Written, mild: str) -> list[str]:
    signs = [choice for choice in question["choices"] if choice["reassuring"] == "false"]
    return [choice["code"] for choice in signs if choice.get("mild", "false") == mild]


def _vote(rule: Written) -> str:
    implied = {None: "", "self_care": "benign"}.get(rule["then"].get("urgency"), "disease")
    return str(rule["then"].get("vote", implied))


def _least(truths: Iterable[int]) -> int:
    """Return the least of some truths; nothing is less than NO, so no further one is looked at."""
    least = YES
    for truth in truths:
        if truth == NO:
            return NO
        if truth < least:
            least = truth
    return least


def _most(truths: Iterable[int]) -> int:
    """Return the most of some truths; nothing is more than YES, so no further one is looked at."""
    most = NO
    for truth in truths:
        if truth == YES:
            return YES
        if truth > most:
            most = truth
    return most


class _Person:
    def __init__(self, files: NaiveEvaluator, answers: Mapping[str, str | Sequence[str]]) -> None:
        self.files = files
        self.said = {question["id"]: _listed(answers.get(question["id"], "unknown")) for question in files.questions}
        self.state: dict[str, list[str]] = {}
        for question in files.questions:
            applies = self.truth(question["when"]) != NO if "when" in question else True
            said = self.said[question["id"]]
            if not applies:
                self.state[question["id"]] = ["not_applicable"]
            else:
                self.state[question["id"]] = ["unknown"] if said == ["not_applicable"] else said
        self.findings: dict[str, int] = {}
        self.concluding: dict[str, list[Written]] = {}
        for rule in files.rules:
            self.concluding.setdefault(rule["then"].get("finding", ""), []).append(rule)
        for name in ["warning_sign", "grave_sign", "mild_sign", "red_flag_unknown", "misplaced_warning"]:
            self.finding(name)
        for rule in files.rules:
            if "finding" in rule["then"]:
                self.finding(rule["then"]["finding"])

    # ---- truth ----

    def truth(self, condition: Written) -> int:
        least = YES
        for key, value in condition.items():
            part = self.entry(key, value)
            if part == NO:
                return NO
            if part < least:
                least = part
        return least

    def entry(self, key: str, value: Any) -> int:
        if key == "all":
            return _least(self.truth(part) for part in value)
        if key == "any":
            return _most(self.truth(part) for part in value)
        if key == "none":
            return 2 - _most(self.truth(part) for part in value)
        if key == "finding":
            return _most(self.finding(name) for name in _listed(value))
        if isinstance(value, dict):
            return min(self.special(key, word, value) for word in value)
        return self.any_of(key, _listed(value))

    def any_of(self, question: str, wanted: list[str]) -> int:
        state = self.state[question]
        for word in wanted:
            if word in state:
                return YES
        asks_for_codes = state == ["unknown"] and not set(wanted) <= {"unknown", "not_applicable"}
        return MAYBE if asks_for_codes else NO

    def special(self, question: str, word: str, tests: Written) -> int:
        state = self.state[question]
        if state == ["unknown"]:
            return MAYBE
        if state == ["not_applicable"]:
            return NO
        if word in ("from", "to"):
            order = _codes(self.files.by_id[question])
            here, end = order.index(state[0]), order.index(tests[word])
            return YES if (here >= end if word == "from" else here <= end) else NO
        codes = set(_listed(tests[word]))
        if word == "only":
            return YES if set(state) <= codes else NO
        if word == "every":
            return YES if set(state) >= codes else NO
        if word == "besides":
            return YES if set(state) - codes else NO
        raise ValueError(word)

    def finding(self, name: str) -> int:
        if name not in self.findings:
            if name == "warning_sign":
                self.findings[name] = max(
                    self.special(flag["id"], "besides", {"besides": _reassuring(flag)}) for flag in self.files.red_flags
                )
            elif name in ("grave_sign", "mild_sign"):
                mild = "true" if name == "mild_sign" else "false"
                signs = {flag["id"]: _signs(flag, mild) for flag in self.files.red_flags}
                self.findings[name] = max([NO, *(self.any_of(flag, codes) for flag, codes in signs.items() if codes)])
            elif name == "red_flag_unknown":
                unknown = any(self.state[flag["id"]] == ["unknown"] for flag in self.files.red_flags)
                self.findings[name] = YES if unknown else NO
            elif name == "misplaced_warning":
                self.findings[name] = YES if any(self.misplaced(flag) for flag in self.files.red_flags) else NO
            else:
                self.findings[name] = max(self.truth(rule["when"]) for rule in self.concluding[name])
        return self.findings[name]

    def misplaced(self, flag: Written) -> bool:
        warnings = set(_codes(flag)) - set(_reassuring(flag))
        return self.state[flag["id"]] == ["not_applicable"] and bool(set(self.said[flag["id"]]) & warnings)

    # ---- the conclusion ----

    def reading(self) -> Reading:
        ordinary = [rule for rule in self.files.rules if rule.get("otherwise") != "true"]
        truths = {entry["id"]: self.truth(entry["when"]) for entry in ordinary + self.files.causes}
        fired = [rule for rule in ordinary if truths[rule["id"]] == YES]
        votes = {_vote(rule) for rule in fired}
        if not votes & {"benign", "disease"}:
            fired += [rule for rule in self.files.rules if rule.get("otherwise") == "true"]
        possible = [rule for rule in ordinary if truths[rule["id"]] != NO]
        urgency = max(self.ranks(fired))
        benign = "benign" in votes and "disease" not in votes
        fired_ids = [rule["id"] for rule in fired]
        in_order = [rule for rule in self.files.rules if rule["id"] in fired_ids]
        types: list[str] = []
        for rule in in_order:
            if (_vote(rule) == "benign") == benign:
                types += [code for code in rule["then"].get("types", []) if code not in types]
        true_causes = [cause["code"] for cause in self.files.causes if truths[cause["id"]] == YES]
        return Reading(
            rules={name: WORDS[value] for name, value in truths.items()},
            findings={name: WORDS[value] for name, value in self.findings.items()},
            outcome="likely_benign" if benign else "suggests_disease",
            urgency=URGENCIES[urgency],
            at_worst=URGENCIES[max([urgency, *self.ranks(possible)])],
            types=tuple(types),
            causes=() if benign else tuple(true_causes),
            fired=tuple(rule["id"] for rule in in_order),
        )

    def ranks(self, rules: list[Written]) -> list[int]:
        return [URGENCIES.index(rule["then"]["urgency"]) for rule in rules if "urgency" in rule["then"]]
