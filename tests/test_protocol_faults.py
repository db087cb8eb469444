"""What is wrong in a protocol is said with its place and in plain words: broken data, and what `verify` finds.

Each test copies the small protocol about sneezing and breaks one thing in the copy.
"""

import os
import random
import shutil
import tempfile
from pathlib import Path

import pytest
import yaml

from triage.answers.answers import settle
from triage.answers.case_reading import read_cases
from triage.answers.examples import given_states
from triage.documents.problems import DataFault
from triage.engines.plain import PlainEngine
from triage.proof.statements import read_statements
from triage.proof.verification import verify
from triage.protocol.reading import read_protocol

SNEEZING = Path(__file__).parent / "protocols" / "sneezing"
ADVICE, CAUSES, CALM, CASES = "catalogue/advice.yaml", "catalogue/causes.yaml", "calm.yaml", "cases/stories.yaml"
FINDINGS, QUESTIONS, SEED = "findings.yaml", "questionnaire.yaml", "catalogue/seed.yaml"
SOURCES, TYPES, WARNINGS = "catalogue/sources.yaml", "catalogue/types.yaml", "warnings.yaml"


@pytest.fixture
def broken(tmp_path):
    """Copy the protocol and change it: each edit names a file, a text that stands there, and the text instead."""
    folder = tmp_path / "protocol"
    shutil.copytree(SNEEZING, folder)

    def breaking(*edits):
        for name, old, new in edits:
            path = folder / name
            text = path.read_text(encoding="utf-8")
            assert old in text, f"{name} does not say {old!r}"
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return breaking


def lines(problems, folder):
    return [str(problem).replace(f"{folder}{os.sep}", "").replace(os.sep, "/") for problem in problems]


def refused(folder):
    """Return what is said when a protocol, or its cases, cannot be read."""
    with pytest.raises(DataFault) as raised:
        read_cases(read_protocol(folder))
    return lines(raised.value.problems, folder)


def verified(folder):
    """Return what `verify` finds in a protocol that can be read."""
    protocol = read_protocol(folder)
    return lines(verify(protocol, read_cases(protocol)), folder)


def test_the_unbroken_protocol_is_in_order(broken):
    assert verified(broken()) == []


REFUSED = {
    # ---- what comes first ----
    "an unknown question asked first": (
        [("protocol.yaml", "groups:", "asked_first: [age, sinse]\ngroups:")],
        "protocol.yaml:8:20  The protocol asks 'sinse' first, which no question asks.\n    Did you mean 'since'?",
    ),
    "a question asked first twice": (
        [("protocol.yaml", "groups:", "asked_first: [age, age]\ngroups:")],
        "protocol.yaml:8:20  The question 'age' is already used at protocol.yaml:8:15.",
    ),
    # ---- references from rules ----
    "a rule about an unknown question": (
        [(WARNINGS, "right_now: {besides", "right_noww: {besides")],
        "warnings.yaml:8:7  E01 asks about 'right_noww', which no question asks."
        "\n    Did you mean 'right_now' (questionnaire.yaml:15:5)?",
    ),
    "a rule about an unknown choice": (
        [(WARNINGS, "- nose: bleeds", "- nose: bleed")],
        "warnings.yaml:27:11  U01 tests 'nose' for 'bleed', which is no choice of it."
        "\n    Did you mean 'bleeds'?",
    ),
    "a rule about an unknown choice in a list": (
        [(WARNINGS, "brought_on_by: [pollen, animals]", "brought_on_by: [pollen, animal]")],
        "warnings.yaml:105:31  T01 tests 'brought_on_by' for 'animal', which is no choice of it."
        "\n    Did you mean 'animals'?",
    ),
    "a rule about an unknown finding": (
        [(CALM, "finding: all_clear", "finding: all_cleer")],
        "calm.yaml:8:7  B01 builds on the finding 'all_cleer', which no rule concludes."
        "\n    Did you mean 'all_clear'?",
    ),
    "a rule that concludes an unknown type": (
        [(WARNINGS, "types: [allergic_sneezing]", "types: [allergic_sneezes]")],
        "warnings.yaml:11:15  E01 names the type 'allergic_sneezes', which is not in the catalogue."
        "\n    Did you mean 'allergic_sneezing'?",
    ),
    "a rule that names an unknown advice": (
        [(WARNINGS, "advice: [sit-up]", "advice: [sit-upp]")],
        "warnings.yaml:12:16  E01 names the advice 'sit-upp', which is not in the catalogue."
        "\n    Did you mean 'sit-up'?",
    ),
    "a notice that no result could show": (
        [("catalogue/advice.yaml", "key: draft-notice", "key: draft-notise")],
        "catalogue/advice.yaml:1:1  No notice has the key 'draft-notice'; every result may need it."
        "\n    Did you mean 'draft-notise'?",
    ),
    "a result without its one line": (
        [(ADVICE, "urgency: [self_care, routine], outcome: likely_benign, text: It is",
          "urgency: [routine], outcome: likely_benign, text: It is")],
        "catalogue/advice.yaml:1:1  No verdict is said to everybody whose result is likely_benign, self_care.",
    ),
    "a benign result that is routine without a headline of its own or another": (
        [(ADVICE, "    outcome: likely_benign\n    text: Likely benign, as far as",
          "    outcome: suggests_disease\n    text: Likely benign, as far as"),
         (ADVICE, "{key: headline-routine, kind: headline, urgency: [routine],",
          "{key: headline-routine, kind: headline, urgency: [routine], outcome: suggests_disease,")],
        "catalogue/advice.yaml:1:1  No headline is said to everybody whose result is likely_benign, routine.",
    ),
    "an urgency without a word on how soon": (
        [("catalogue/advice.yaml", "how_soon, urgency: [urgent]", "how_soon, urgency: [routine]")],
        "catalogue/advice.yaml:1:1  No how_soon is said to everybody whose result is suggests_disease, urgent.",
    ),
    "a rule that cites an unknown source": (
        [(WARNINGS, "sources: [sneeze-book]", "sources: [sneeze-bok]")],
        "warnings.yaml:15:15  E01 cites 'sneeze-bok', which is not in the catalogue of sources."
        "\n    Did you mean 'sneeze-book'?",
    ),
    "a test of order where there is none": (
        [(FINDINGS, "since: {to: days}", "nose: {to: drips}")],
        "findings.yaml:29:7  F02 tests 'nose' from one choice to another, but its choices have no order.",
    ),
    "a test of order the wrong way round": (
        [(FINDINGS, "since: {to: days}", "since: {from: weeks, to: days}")],
        "findings.yaml:29:7  F02 tests 'since' from a choice to an earlier one, so it can never hold.",
    ),
    "an unknown test": (
        [(FINDINGS, "since: {to: days}", "since: {fron: days}")],
        "findings.yaml:29:15  F02 tests 'since' with 'fron', which is no test.\n    Did you mean 'from'?",
    ),
    "a test against nothing": (
        [(FINDINGS, "since: {to: days}", "since: []")],
        "findings.yaml:29:7  F02 tests 'since' against an empty list.",
    ),
    # ---- findings ----
    "a circle of findings": (
        [
            (FINDINGS, "none:\n        - finding: [red_flag_unknown, warning_sign, misplaced_warning]",
             "finding: short"),
            (FINDINGS, "since: {to: days}", "finding: all_clear"),
        ],
        "findings.yaml:3:5  These findings build on one another in a circle: all_clear -> short -> all_clear.",
    ),
    "a finding that builds on itself": (
        [(FINDINGS, "since: {to: days}", "since: {to: days}\n      finding: short")],
        "findings.yaml:24:5  These findings build on one another in a circle: short -> short.",
    ),
    "a finding and an urgency at once": (
        [(FINDINGS, "then: {finding: short}", "then: {finding: short, urgency: urgent}")],
        "findings.yaml:24:5  F02 concludes a finding, so it may not conclude an urgency or types as well.",
    ),
    # ---- the same name twice ----
    "a rule id twice": (
        [(CALM, "id: B01", "id: U01")],
        "calm.yaml:3:5  The id 'U01' is already used at warnings.yaml:21:5.",
    ),
    "a rule name twice": (
        [(WARNINGS, "name: screen-open", "name: no-air")],
        "warnings.yaml:44:5  The name 'no-air' is already used at warnings.yaml:4:5.",
    ),
    "a cause with the id of a rule": (
        [(CAUSES, "id: C02", "id: E01")],
        "catalogue/causes.yaml:14:5  The id 'E01' is already used by a rule.",
    ),
    "a type twice": (
        [(TYPES, "code: allergic_sneezing", "code: ordinary_sneezing")],
        "catalogue/types.yaml:8:5  The code 'ordinary_sneezing' is already used at catalogue/types.yaml:2:5.",
    ),
    "an advice twice": (
        [(ADVICE, "key: sit-up", "key: call")],
        "catalogue/advice.yaml:37:6  The key 'call' is already used at catalogue/advice.yaml:36:6.",
    ),
    "a source twice": (
        [(SOURCES, "key: sneeze-web", "key: sneeze-book")],
        "catalogue/sources.yaml:6:5  The key 'sneeze-book' is already used at catalogue/sources.yaml:2:5.",
    ),
    "a question id twice": (
        [(QUESTIONS, "- id: since", "- id: age")],
        "questionnaire.yaml:55:5  The id 'age' is already used at questionnaire.yaml:35:5.",
    ),
    "a YAML key twice": (
        [(WARNINGS, "title: No air, or lips that swell up", "title: No air\n    title: Or lips that swell up")],
        "warnings.yaml:6:5  The key 'title' stands here a second time.",
    ),
    # ---- questions ----
    "a choice that neither warns nor reassures": (
        [(QUESTIONS, "label: Lips or tongue swell up\n        reassuring: false", "label: Lips or tongue swell up")],
        "questionnaire.yaml:15:5  right_now is a red-flag question, but its choice 'swollen_lips' says neither "
        "`reassuring: true` nor `reassuring: false`.",
    ),
    "a choice that reassures where none warns": (
        [(QUESTIONS, "label: Under one year", "label: Under one year\n        reassuring: true")],
        "questionnaire.yaml:35:5  age is no red-flag question, but its choice 'baby' says `reassuring`.",
    ),
    "a choice named like a state": (
        [(QUESTIONS, "- code: cloth", "- code: unknown"), (QUESTIONS, "[cloth, paper]", "[unknown, paper]")],
        "questionnaire.yaml:123:5  handkerchief has a choice 'unknown', a word kept for answer states.",
    ),
    "a choice twice": (
        [(QUESTIONS, "code: weeks", "code: days")],
        "questionnaire.yaml:55:5  since has the choice 'days' twice.",
    ),
    "a label too long": (
        [(QUESTIONS, "label: Less than a day", "label: Less than one whole day and a night")],
        "questionnaire.yaml:62:9  hours has 'label' longer than 34 characters: "
        "'Less than one whole day and a night'.",
    ),
    "a label too long in a question that another one depends on": (
        [(QUESTIONS, "label: Flowers, grass or trees", "label: Flowers, all kinds of grass, and trees")],
        "questionnaire.yaml:102:9  pollen has 'label' longer than 34 characters: "
        "'Flowers, all kinds of grass, and trees'.",
    ),
    "a question called like a result": (
        [(QUESTIONS, "- id: handkerchief", "- id: urgency")],
        "questionnaire.yaml:123:5  urgency has an id that is kept for other uses.",
    ),
    "a question in no section": (
        [(QUESTIONS, "- id: since\n    section: sneezes", "- id: since\n    section: sneeze")],
        "questionnaire.yaml:56:5  since is in the section 'sneeze', which is not declared."
        "\n    Did you mean 'sneezes'?",
    ),
    "when about a later question": (
        [(QUESTIONS, "when: {brought_on_by: animals}", "when: {handkerchief: cloth}")],
        "questionnaire.yaml:114:12  breath_near_animals asks about 'handkerchief', which is asked only later.",
    ),
    "when about the question itself": (
        [(QUESTIONS, "when: {brought_on_by: animals}", "when: {breath_near_animals: quiet}")],
        "questionnaire.yaml:114:12  breath_near_animals asks about 'breath_near_animals', which is asked only later.",
    ),
    "when about a question that does not exist": (
        [(QUESTIONS, "when: {brought_on_by: animals}", "when: {brought_on: animals}")],
        "questionnaire.yaml:114:12  breath_near_animals asks about 'brought_on', which no question asks."
        "\n    Did you mean 'brought_on_by'?",
    ),
    "a source that a question cites": (
        [(QUESTIONS, "sources: [sneeze-book]", "sources: [sneeze-bok]")],
        "questionnaire.yaml:29:19  right_now cites 'sneeze-bok', which is not in the catalogue of sources."
        "\n    Did you mean 'sneeze-book'?",
    ),
    # ---- fields ----
    "a missing field": (
        [(WARNINGS, "    why: A person who cannot get air needs help at once.\n", "")],
        "warnings.yaml:3:5  E01 needs 'why'.",
    ),
    "an unknown field": (
        [(WARNINGS, "    evidence: guideline", "    evidence: guideline\n    source: [sneeze-book]")],
        "warnings.yaml:15:5  E01 has 'source', which is no field here.\n    Did you mean 'sources'?",
    ),
    "an unknown field inside": (
        [(WARNINGS, "      types: [allergic_sneezing]", "      type: [allergic_sneezing]")],
        "warnings.yaml:11:7  E01 has 'type', which is no field here.\n    Did you mean 'types'?",
    ),
    "an unknown urgency": (
        [(WARNINGS, "urgency: emergency", "urgency: emergancy")],
        "warnings.yaml:10:7  E01 says 'emergancy' for 'urgency'.\n    Did you mean 'emergency'?",
    ),
    "an unknown kind of evidence": (
        [(WARNINGS, "evidence: guideline", "evidence: hearsay")],
        "warnings.yaml:14:5  E01 says 'hearsay' for 'evidence'.\n    Known are: guideline, published, judgement.",
    ),
    "a number for a text": (
        [(WARNINGS, "why: A person who cannot get air needs help at once.", "why: 5")],
        "warnings.yaml:13:5  E01 should have text for 'why', not 5.",
    ),
    "a review without a reviewer": (
        [(WARNINGS, "status: draft", "status: reviewed")],
        "warnings.yaml:3:5  E01 is reviewed, but does not say by whom and when (reviewed: {role, on}).",
    ),
    "a rule without a condition": (
        [(WARNINGS, "    when:\n      right_now: unknown\n", "")],
        "warnings.yaml:43:5  U02 needs either `when` or `otherwise: true`.",
    ),
    "a rule with an empty condition": (
        [(WARNINGS, "when:\n      right_now: unknown\n", "when:\n")],
        "warnings.yaml:47:5  U02 has a condition that is not a mapping of questions to answers.",
    ),
    "a rule that concludes nothing": (
        [(WARNINGS, "then: {urgency: urgent}", "then: {}")],
        "warnings.yaml:43:5  U02 concludes nothing.",
    ),
    "a group that is not listed": (
        [(TYPES, "group: allergic", "group: alergic")],
        "catalogue/types.yaml:10:5  allergic_sneezing is in the group 'alergic', which protocol.yaml does not list."
        "\n    Did you mean 'allergic'?",
    ),
    # ---- the fallback and the emergency screen ----
    "two fallbacks": (
        [(WARNINGS, "when:\n      right_now: unknown\n", "otherwise: true\n")],
        "protocol.yaml:9:1  A protocol needs exactly one rule with `otherwise: true`; this one has 2 (U02, R01).",
    ),
    "no fallback": (
        [(WARNINGS, "otherwise: true\n", "when: {age: adult}\n")],
        "protocol.yaml:9:1  A protocol needs exactly one rule with `otherwise: true`; this one has none.",
    ),
    "a fallback that reassures": (
        [(WARNINGS, "otherwise: true\n    then: {urgency: routine",
          "otherwise: true\n    then: {urgency: self_care")],
        "protocol.yaml:9:1  R01 fires when no other rule votes, so it must conclude an urgency above self_care.",
    ),
    "a fallback that votes for benign": (
        [(WARNINGS, "otherwise: true\n    then: {urgency: routine",
          "otherwise: true\n    then: {vote: benign, urgency: routine")],
        "protocol.yaml:9:1  R01 fires when no other rule votes, so its vote can only be for disease.",
    ),
    "a vote without an urgency": (
        [(WARNINGS, "then: {types: [allergic_sneezing]}", "then: {types: [allergic_sneezing], vote: benign}")],
        "warnings.yaml:106:5  T01 votes on the outcome, so it needs an urgency as well.",
    ),
    "self care without a vote for benign": (
        [(CALM, "      urgency: self_care\n", "      urgency: self_care\n      vote: neutral\n")],
        "calm.yaml:13:5  B01 concludes self care, which only a vote for benign may.",
    ),
    "a vote for benign that is urgent": (
        [(WARNINGS, "then: {urgency: urgent}", "then: {urgency: urgent, vote: benign}")],
        "warnings.yaml:49:5  U02 concludes 'urgent', so its vote can only be for disease.",
    ),
    "a mild choice that is no warning sign": (
        [("questionnaire.yaml", "        reassuring: false\n        mild: true",
          "        reassuring: true\n        mild: true")],
        "questionnaire.yaml:70:5  nose has a choice 'blocked' that is mild, but no warning sign (`reassuring: false`).",
    ),
    "an emergency screen that is no red flag": (
        [("protocol.yaml", "emergency_screen: right_now", "emergency_screen: age")],
        "protocol.yaml:7:1  The emergency screen 'age' is no red-flag question."
        "\n    Known are: right_now, nose, breath_near_animals.",
    ),
    # ---- profiles, examples and cases ----
    "a profile with an unknown choice": (
        [("profiles.yaml", "since: hours", "since: hour")],
        "profiles.yaml:5:5  The profile 'well' answers 'since' with 'hour', which is no choice of it."
        "\n    Did you mean 'hours'?",
    ),
    "a profile with an unknown question": (
        [("profiles.yaml", "since: hours", "sinse: hours")],
        "profiles.yaml:5:5  The profile 'well' answers 'sinse', which no question asks.\n    Did you mean 'since'?",
    ),
    "an example with an unknown choice": (
        [(FINDINGS, "given: {nose: [drips]}", "given: {nose: [drip]}")],
        "findings.yaml:16:59  F01, example 'the nose drips', answers 'nose' with 'drip', which is no choice of "
        "it.\n    Did you mean 'drips'?",
    ),
    "an example like nobody": (
        [(FINDINGS, "like: well,", "like: wel,")],
        "findings.yaml:15:22  F01 has an example like 'wel', which is no profile.\n    Did you mean 'well'?",
    ),
    "an example with two answers to a single choice": (
        [(FINDINGS, "given: {since: hours}", "given: {since: [hours, days]}")],
        "findings.yaml:35:41  F02, example 'since breakfast', gives 2 answers to 'since', which takes one.",
    ),
    "a case with an unknown choice": (
        [(CASES, "since: weeks", "since: week")],
        "cases/stories.yaml:21:44  Case N02 answers 'since' with 'week', which is no choice of it."
        "\n    Did you mean 'weeks'?",
    ),
    "a case with an unknown question": (
        [(CASES, "since: weeks", "sinse: weeks")],
        "cases/stories.yaml:21:44  Case N02 answers 'sinse', which no question asks.\n    Did you mean 'since'?",
    ),
    "a case id twice": (
        [(CASES, "id: N02", "id: N01")],
        "cases/stories.yaml:15:3  The id 'N01' is already used at cases/stories.yaml:1:3.",
    ),
    "a case without an outcome": (
        [(CASES, "    outcome: likely_benign\n", "")],
        "cases/stories.yaml:8:3  N01 needs 'outcome'.",
    ),
    "a case of an unknown type": (
        [(CASES, "types: [ordinary_sneezing]", "types: [ordinary_sneezing, blah]")],
        "cases/stories.yaml:12:32  Case N01 expects the type 'blah', which is not in the catalogue."
        "\n    Known are: ordinary_sneezing, allergic_sneezing, light_sneezing, undetermined.",
    ),
    "a case whose urgency it does not accept": (
        [(CASES, "acceptable_urgency: [routine, urgent]", "acceptable_urgency: [urgent]")],
        "cases/stories.yaml:22:3  N02 expects the urgency 'routine', but `acceptable_urgency` takes urgent.",
    ),
    "a case that accepts an urgency of the other outcome": (
        [(CASES, "acceptable_urgency: [routine, urgent]", "acceptable_urgency: [routine, self_care]")],
        "cases/stories.yaml:22:3  N02 expects the outcome 'suggests_disease', which never goes with the urgency "
        "'self_care'.",
    ),
    "a case whose outcome and urgency differ": (
        [(CASES, "outcome: likely_benign", "outcome: suggests_disease")],
        "cases/stories.yaml:8:3  N01 expects the outcome 'suggests_disease', which never goes with the urgency "
        "'self_care'.",
    ),
    # ---- texts ----
    "a misspelt placeholder": (
        [(ADVICE, "given on {date}", "given on {dat}")],
        "catalogue/advice.yaml:69:38  old-answers holds '{dat}', which nothing fills.\n    Did you mean '{date}'?",
    ),
    "a placeholder where nothing fills it": (
        [(ADVICE, "text: Let the person sit up.", 'text: "Let the person sit up on {date}."')],
        "catalogue/advice.yaml:37:36  sit-up holds '{date}', which nothing fills.",
    ),
    # ---- true and false ----
    "a quoted true": (
        [(WARNINGS, "{right_now: [cannot_breathe]}, fires: true", '{right_now: [cannot_breathe]}, fires: "true"')],
        "warnings.yaml:17:70  E01 should have true or false for 'fires', not 'true'."
        "\n    Write true or false, without quotes.",
    ),
    "a quoted no": (
        [(QUESTIONS, "reassuring: false", 'reassuring: "no"')],
        "questionnaire.yaml:25:9  cannot_breathe should have true or false for 'reassuring', not 'no'."
        "\n    Write true or false, without quotes.",
    ),
    # ---- former answers ----
    "a former answer that means an unknown question": (
        [(QUESTIONS, "means: {brought_on_by: [animals], breath", "means: {brought_on: [animals], breath")],
        "questionnaire.yaml:162:13  The former answer brought_on_by: wheezing_by_cats answers 'brought_on', which no "
        "question asks.\n    Did you mean 'brought_on_by'?",
    ),
    "a former answer that means an unknown choice": (
        [(QUESTIONS, "means: {nose: [bleeds, drips]}", "means: {nose: [bleeds, drip]}")],
        "questionnaire.yaml:142:28  The former answer nose: pink_water answers 'nose' with 'drip', which is no choice "
        "of it.\n    Did you mean 'drips'?",
    ),
    "a former answer that means choices that exclude each other": (
        [(QUESTIONS, "means: {nose: [bleeds, drips]}", "means: {nose: [bleeds, nothing_else]}")],
        "questionnaire.yaml:142:13  The former answer nose: pink_water answers 'nose' with 'nothing_else', which "
        "excludes the others.",
    ),
    "a former answer that means two choices of a single one": (
        [(QUESTIONS, "means: {since: [months]}", "means: {since: [months, weeks]}")],
        "questionnaire.yaml:148:13  The former answer since: for_ages gives 2 answers to 'since', which takes one.",
    ),
    "a former answer that asks an unknown question again": (
        [(QUESTIONS, "ask_again: [nose]", "ask_again: [noose]")],
        "questionnaire.yaml:145:17  The former answer nose: itches asks 'noose' again, which no question asks."
        "\n    Did you mean 'nose'?",
    ),
    "a former answer that is a choice of today": (
        [(QUESTIONS, "code: for_ages", "code: hours")],
        "questionnaire.yaml:147:5  The former answer since: hours is a choice of today."
        "\n    If it meant something else before, say `until` with the last version in which it did.",
    ),
    "a former answer of some versions that is no choice of today": (
        [(QUESTIONS, "means: {since: [months]}", "means: {since: [months]}\n    until: 0.0.9")],
        "questionnaire.yaml:149:5  The former answer since: for_ages says `until`, but is no choice of today, so it is "
        "always taken as a former one.",
    ),
    "a former answer twice": (
        [(QUESTIONS, "code: pink_water", "code: runs")],
        "questionnaire.yaml:141:5  The former answer nose: runs stands here twice; first at questionnaire.yaml:138:5.",
    ),
    "a former answer that says nothing": (
        [(QUESTIONS, "    ask_again: [nose]\n", "")],
        "questionnaire.yaml:143:5  itches says neither what it `means` now nor what to `ask_again`.",
    ),
    "a former answer that means unknown": (
        [(QUESTIONS, "means: {since: [months]}", "means: {since: [unknown]}")],
        "questionnaire.yaml:146:5  for_ages means 'unknown' for 'since'; `ask_again: [since]` says that.",
    ),
    "a former answer that means not asked": (
        [(QUESTIONS, "means: {since: [months]}", "means: {since: [not_asked]}")],
        "questionnaire.yaml:146:5  for_ages means 'not_asked' for 'since'; `ask_again: [since]` says that.",
    ),
    "a former answer with a misspelt field": (
        [(QUESTIONS, "ask_again: [nose]", "ask_agian: [nose]")],
        "questionnaire.yaml:145:5  itches has 'ask_agian', which is no field here.\n    Did you mean 'ask_again'?",
    ),
    "a former answer until no version": (
        [(QUESTIONS, "until: 0.0.9", "until: recently")],
        "questionnaire.yaml:152:5  weeks says until 'recently', which is no version such as 1.0.0.",
    ),
    # ---- files ----
    "broken YAML": (
        [(WARNINGS, "right_now: {besides: [none]}", "right_now: {besides: [none}")],
        "warnings.yaml:8:33  Broken YAML: did not find expected ',' or ']'.",
    ),
    "an alias": (
        [
            (FINDINGS, "sources: [sneeze-book]", "sources: &s [sneeze-book]"),
            (FINDINGS, "sources: [sneeze-book]", "sources: *s"),
        ],
        "findings.yaml:33:14  A YAML alias (*s) is not read here.\n    Write the value out again.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("edits", "expected"), REFUSED.values(), ids=REFUSED)
def test_a_broken_protocol_is_refused(broken, edits, expected):
    assert refused(broken(*edits)) == [expected]


STATEMENTS = {
    "a result that is misspelt": (
        "never: {outcome: benign}",
        "tests 'outcome' for 'benign', which is no choice of it.\n    Did you mean 'likely_benign'?",
    ),
    "an unknown choice": (
        "each: {nose: [bleed]}\n    never: {outcome: likely_benign}",
        "tests 'nose' for 'bleed', which is no choice of it.\n    Did you mean 'bleeds'?",
    ),
    "an unknown question": (
        "each: {nosee: [bleeds]}\n    never: {outcome: likely_benign}",
        "asks about 'nosee', which no question asks.\n    Did you mean 'nose'?",
    ),
    "a sign that nobody gives": (
        "never_lowers: {nose: [unknown]}",
        "tests 'nose' for 'unknown', which is no choice of it.\n    Known are: bleeds, drips, blocked, nothing_else.",
    ),
    "no sign at all": ("never_lowers: {}", "needs at least 1 in 'never_lowers', and has 0."),
    "a result that is none": (
        "exactly_one: [urgencies]", "says 'urgencies' for 'exactly_one'.\n    Did you mean 'urgency'?",
    ),
    "no result at all": ("exactly_one: []", "needs at least 1 in 'exactly_one', and has 0."),
    "a result that is not known": ("never: {urgency: unknown}", "tests 'urgency' for 'unknown', which no result is."),
    "each choice where it would be passed over": (
        "each: {nose: [bleeds]}\n    exactly_one: [urgency]",
        "is made for `each` choice, which goes with always, never and possible only.",
    ),
    "two statements in one": (
        "never: {outcome: likely_benign}\n    possible: {outcome: likely_benign}",
        "needs exactly one of: always, never, possible, never_lowers, exactly_one.",
    ),
    "a finding": (
        "never: {finding: warning_sign}", "builds on the finding 'warning_sign', which no rule concludes.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "expected"), STATEMENTS.values(), ids=STATEMENTS)
def test_a_safety_statement_that_would_prove_something_else_or_nothing_is_refused(broken, statement, expected):
    folder = broken()
    text = f"statements:\n  - id: P01\n    title: t\n    why: w\n    {statement}\n"
    (folder / "safety.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DataFault) as raised:
        read_statements(read_protocol(folder))
    [said] = lines(raised.value.problems, folder)
    assert said.split("  ", 1)[1] == f"P01 {expected}"


def test_several_faults_are_said_at_once_in_the_order_of_the_files(broken):
    folder = broken(
        (WARNINGS, "- nose: bleeds", "- nose: bleed"),
        (WARNINGS, "    evidence: guideline\n", ""),
        (CALM, "finding: all_clear", "finding: all_cleer"),
        (TYPES, "group: allergic", "grup: allergic"),
        ("profiles.yaml", "profiles:", "profile:"),
    )
    (folder / SOURCES).unlink()
    assert [line.split("  ")[0] for line in refused(folder)] == [
        "calm.yaml:8:7",
        "catalogue/sources.yaml",
        "catalogue/types.yaml:8:5",
        "catalogue/types.yaml:10:5",
        "profiles.yaml:1:1",
        "profiles.yaml:1:1",
        "warnings.yaml:3:5",
        "warnings.yaml:26:11",
    ]


def test_several_broken_references_are_said_at_once(broken):
    folder = broken(
        (WARNINGS, "types: [allergic_sneezing]", "types: [sneezes]"),
        (WARNINGS, "advice: [pinch-the-nose]", "advice: [pinch]"),
        (CAUSES, "sources: [sneeze-web]", "sources: [web]"),
        ("profiles.yaml", "since: hours", "since: hour"),
        ("protocol.yaml", "emergency_screen: right_now", "emergency_screen: right"),
    )
    assert [line.split("  ")[0] for line in refused(folder)] == [
        "catalogue/causes.yaml:23:15",
        "profiles.yaml:5:5",
        "protocol.yaml:7:1",
        "warnings.yaml:11:15",
        "warnings.yaml:29:38",
    ]


@pytest.mark.parametrize("name", [TYPES, CAUSES, ADVICE, SOURCES], ids=lambda name: name.removesuffix(".yaml"))
def test_a_missing_catalogue(broken, name):
    folder = broken()
    (folder / name).unlink()
    assert refused(folder) == [f"{name}  There is no such file."]


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("pages: [findings, warnings", "pages: [findings, warning"),
         "9:19  There is no file 'warning.yaml' here.\n    Did you mean 'warnings.yaml'?"),
        (("pages: [findings, warnings, calm]", "pages: [findings, warnings, calm, types]"),
         "9:35  There is no file 'types.yaml' here."),
        (("questionnaire: questionnaire.yaml", "questionnaire: questionaire.yaml"),
         "6:1  There is no file 'questionaire.yaml' here.\n    Did you mean 'questionnaire.yaml'?"),
        (("questionnaire: questionnaire.yaml", "questionnaire: ../protocol/questionaire.yaml"),
         "6:1  There is no file '../protocol/questionaire.yaml' here."
         "\n    Did you mean '../protocol/questionnaire.yaml'?"),
    ],
)  # fmt: skip
def test_a_missing_file_is_said_where_it_is_named(broken, edit, expected):
    assert refused(broken(("protocol.yaml", *edit))) == [f"protocol.yaml:{expected}"]


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../../../../etc/passwd", "../../../beyond/questions.yaml", "C:\\\\questions.yaml",
             "/questions.yaml", "notes.txt", "."],
)  # fmt: skip
def test_a_questionnaire_is_looked_for_only_near_its_protocol(broken, path):
    folder = broken(("protocol.yaml", "questionnaire: questionnaire.yaml", f'questionnaire: "{path}"'))
    (folder / "notes.txt").write_text("a secret\n", encoding="utf-8")
    said = refused(folder)
    assert said[0].startswith("protocol.yaml:6:1  The questionnaire '")
    assert said[0].endswith("is not read: it may be a .yaml file, at most two folders up.")
    assert "secret" not in "".join(said)


@pytest.mark.parametrize("text", ["a secret " * 20, "- a secret of some length\n" * 20])
def test_a_file_that_holds_something_else_is_not_quoted_at_length(broken, text):
    folder = broken()
    (folder / QUESTIONS).write_text(text, encoding="utf-8")
    assert "secret" not in "".join(refused(folder))


# ---- files that would be lost by a slip ----


def test_a_page_that_the_protocol_does_not_name(broken):
    folder = broken(("protocol.yaml", "pages: [findings, warnings, calm]", "pages: [findings, warnings]"))
    assert refused(folder) == [
        "protocol.yaml:9:1  The file calm.yaml stands in this folder, but `pages` does not name it: "
        "its rules would be lost.\n    Add 'calm' to `pages`, or move the file elsewhere."
    ]


def test_files_that_are_no_part_of_the_protocol(broken):
    folder = broken()
    for name in ("extra.yaml", "more.yml", "catalogue/source.yaml", ".hidden.yaml", "notes.txt"):
        (folder / name).write_text("rules: []\n", encoding="utf-8")
    assert [line.split(":")[0].split("  ")[0] + " " + line.split("  ", 1)[1][:20] for line in refused(folder)] == [
        "catalogue/source.yaml No catalogue has thi",
        "protocol.yaml The file extra.yaml ",
        "protocol.yaml The file more.yml st",
    ]


# ---- all that can be looked at is looked at ----


def test_faults_in_six_files_are_said_at_once(broken):
    folder = broken(
        (QUESTIONS, "label: Less than a day", "label: Less than one whole day and a night"),
        (WARNINGS, "- nose: bleeds", "- nose: bleed"),
        (CALM, "types: [ordinary_sneezing]", "types: [ordinary]"),
        (CALM, "finding: all_clear", "finding: all_cleer"),
        (FINDINGS, "sources: [sneeze-book]", "sources: [book]"),
        (TYPES, "group: allergic", "group: alergic"),
        ("profiles.yaml", "since: hours", "since: hour"),
        ("protocol.yaml", "emergency_screen: right_now", "emergency_screen: age"),
    )
    assert [line.split("  ")[0] for line in refused(folder)] == [
        "calm.yaml:8:7",
        "calm.yaml:15:15",
        "catalogue/types.yaml:10:5",
        "findings.yaml:13:15",
        "profiles.yaml:5:5",
        "protocol.yaml:7:1",
        "questionnaire.yaml:62:9",
        "warnings.yaml:27:11",
    ]


def test_what_hangs_on_a_file_that_cannot_be_read_is_not_called_wrong(broken):
    folder = broken((WARNINGS, "types: [allergic_sneezing]", "types: [sneezes]"))
    for name in (QUESTIONS, TYPES, SOURCES, "profiles.yaml"):
        (folder / name).write_text("[broken\n", encoding="utf-8")
    assert [line.split(":")[0] for line in refused(folder)] == [
        "catalogue/sources.yaml",
        "catalogue/types.yaml",
        "profiles.yaml",
        "questionnaire.yaml",
    ]


def test_an_empty_file_and_one_in_another_encoding(broken):
    folder = broken()
    (folder / CALM).write_text("", encoding="utf-8")
    (folder / WARNINGS).write_text((folder / WARNINGS).read_text(encoding="utf-8"), encoding="utf-16")
    assert refused(folder) == [
        "calm.yaml  This file is empty.",
        "warnings.yaml:1  This is not UTF-8 text (a byte that no letter has)."
        "\n    Save the file with the encoding UTF-8.",
    ]


@pytest.mark.parametrize("name", ["nowhere", "file.yaml", ".", "x" * 300])
def test_a_folder_that_is_no_protocol(tmp_path, name):
    (tmp_path / "file.yaml").write_text("protocol: sneezing\n", encoding="utf-8")
    with pytest.raises(DataFault, match=r"This is no protocol folder: it holds no protocol\.yaml\."):
        read_protocol(tmp_path / name)


@pytest.mark.skipif(os.name != "posix", reason="permissions are of another kind here")
@pytest.mark.parametrize("name", [".", "protocol.yaml", WARNINGS, "catalogue"])
def test_a_protocol_that_may_not_be_read(name):
    """Nothing keeps root out, so root becomes somebody else for the time of reading."""
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(SNEEZING, Path(folder, "protocol"))
        for path in (Path(folder), copy, *copy.rglob("*")):
            path.chmod(0o755)
        (copy / name).chmod(0)
        root = os.geteuid() == 0
        try:
            os.seteuid(65534 if root else os.geteuid())
            with pytest.raises(DataFault, match="no permission"):
                read_protocol(copy)
        finally:
            os.seteuid(0 if root else os.geteuid())
            (copy / name).chmod(0o755)


# ---- nothing that a file may hold is a fault of the program ----


UNCLEAR = ("Input should", "Tuple should", "validation", "'value'", "'str'", "tuple[", "for 0", "for 1")
PLAINLY = {
    "a number in an example": (FINDINGS, "given: {since: hours}", "given: {since: 3}"),
    "an empty list in an example": (FINDINGS, "given: {nose: [drips]}", "given: {nose: []}"),
    "a list of numbers in a profile": ("profiles.yaml", "nose: [nothing_else]", "nose: [3]"),
    "a date that is none": (WARNINGS, "status: draft", "status: draft\n    review_by: soon"),
    "a question with one choice": (QUESTIONS, "      - code: paper\n        label: Paper\n", ""),
    "no pages": ("protocol.yaml", "pages: [findings, warnings, calm]", "pages: []"),
    "an unknown urgency of an advice": (ADVICE, "urgency: [emergency]", "urgency: [emergancy]"),
    "a number among the types": (WARNINGS, "types: [allergic_sneezing]", "types: [5]"),
    "an id of another form": (WARNINGS, "id: E01", "id: e1"),
    "a text for a list of rules": (CALM, "rules:\n  - id", "rule:\n  - id"),
}


@pytest.mark.parametrize("edit", PLAINLY.values(), ids=PLAINLY)
def test_a_wrong_value_is_said_in_plain_words(broken, edit):
    said = refused(broken(edit))
    assert len({line.split("  ")[0] for line in said}) == len(said) or edit[0] == CALM
    assert not [word for word in UNCLEAR for line in said if word in line]


def test_an_id_of_another_form_is_shown_how_it_should_be(broken):
    [said] = refused(broken((WARNINGS, "id: E01", "id: e1")))
    assert said.startswith("warnings.yaml:3:5  e1 ")
    assert "small letters" not in said


@pytest.mark.parametrize(
    "text", ["# only a comment\n", "- a\n", "5\n", "rules: 5\n", "rules: {a: b}\n", "rules: [a]\n"]
)
@pytest.mark.parametrize("name", [CALM, WARNINGS])
def test_a_page_that_holds_something_else(broken, name, text):
    folder = broken()
    (folder / name).write_text(text, encoding="utf-8")
    said = refused(folder)
    assert all(line.startswith((f"{name}:1", "calm.yaml")) for line in said)
    assert not [word for word in UNCLEAR for line in said if word in line]


def test_a_finding_that_only_a_retired_rule_concludes(broken):
    folder = broken((FINDINGS, "status: draft\n    when:\n      since", "status: retired\n    when:\n      since"))
    [said] = refused(folder)
    assert said.startswith("calm.yaml:10:11  B01 builds on the finding 'short', which ")


@pytest.mark.parametrize("value", ["[[all_clear]]", "{a: b}", "5", "[]", "null"])
def test_a_finding_of_another_form(broken, value):
    said = refused(broken((CALM, "finding: all_clear", f"finding: {value}")))
    assert said[0].startswith("calm.yaml:8:")


@pytest.mark.parametrize("value", ["{}", "[[days]]", "5", "null", "{only: []}", "{from: [hours, days]}"])
def test_a_test_of_another_form(broken, value):
    """None of these may be dropped without a word: a condition with nothing left in it would always be true."""
    said = refused(broken((FINDINGS, "since: {to: days}", f"since: {value}")))
    assert said[0].startswith("findings.yaml:29:")


def places(node, path=()):
    yield path
    if isinstance(node, dict):
        for key, value in node.items():
            yield from places(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from places(value, (*path, index))


def replaced(node, path, value):
    if not path:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = replaced(node[path[0]], path[1:], value)
    return copy


def test_any_value_in_any_place_is_read_or_refused(tmp_path):
    """A hundred and twenty values of the wrong kind, each in a place of its own."""
    chance = random.Random(1)
    names = sorted(path.relative_to(SNEEZING) for path in SNEEZING.rglob("*.yaml"))
    documents = {name: yaml.safe_load((SNEEZING / name).read_text(encoding="utf-8")) for name in names}
    targets = [(name, path) for name, document in documents.items() for path in places(document)]
    folder = shutil.copytree(SNEEZING, tmp_path / "protocol")
    for name, path in chance.sample(targets, 120):
        value = chance.choice([5, None, [], {}, "", "x", [[]], [{}], {"x": []}, True, [5], ["x", "x"], 1.5])
        changed = yaml.safe_dump(replaced(documents[name], path, value), sort_keys=False)
        (folder / name).write_text(changed, encoding="utf-8")
        try:
            protocol = read_protocol(folder)
            verify(protocol, read_cases(protocol))
            answers = given_states({"right_now": ("none",), "nose": "drips"})
            PlainEngine(protocol).judge(settle(protocol.questionnaire, answers))
        except DataFault:
            pass
        except Exception as error:
            error.add_note(f"{name.as_posix()}: {value!r} at {path}")
            raise
        shutil.copy(SNEEZING / name, folder / name)


# ---- what verify finds ----

VERIFIED = {
    "an example that should not fire": (
        [(FINDINGS, "given: {since: weeks}, fires: false", "given: {since: days}, fires: false")],
        ["findings.yaml:37:9  F02 fires but should not on its example 'all spring'."],
    ),
    "an example that should fire": (
        [(FINDINGS, "given: {since: days}, fires: true", "given: {since: weeks}, fires: true")],
        ["findings.yaml:36:9  F02 should fire but does not on its example 'since Monday'."],
    ),
    "an example of the fallback": (
        [(WARNINGS, "like: well, given: {since: months}, fires: true", "like: well, given: {}, fires: true")],
        ["warnings.yaml:125:9  R01 should fire but does not on its example 'pepper for months'."],
    ),
    "an example of a cause": (
        [(CAUSES, "given: {brought_on_by: [pollen]}", "given: {brought_on_by: [pepper]}")],
        ["catalogue/causes.yaml:12:9  C01 should fire but does not on its example 'in the hay'."],
    ),
    "no example that fires": (
        [(WARNINGS, "      - {name: nothing is known, given: {}, fires: true}\n", "")],
        ["warnings.yaml:43:5  U02 has no example that fires."],
    ),
    "no example that does not fire": (
        [(WARNINGS, "      - {name: none of it, given: {right_now: [none]}, fires: false}\n", "")],
        ["warnings.yaml:3:5  E01 has no example that does not fire."],
    ),
    "a rule without a source": (
        [(WARNINGS, "sources: [sneeze-book]", "sources: []")],
        ["warnings.yaml:3:5  E01 cites no source."],
    ),
    "a cause without a source": (
        [(CAUSES, "    sources: [sneeze-book]\n", "")],
        ["catalogue/causes.yaml:2:5  C01 cites no source."],
    ),
    "a type without a source": (
        [(TYPES, "    sources: [sneeze-book]\n", "")],
        ["catalogue/types.yaml:2:5  ordinary_sneezing cites no source."],
    ),
    "an exclusion in an urgent rule": (
        [(WARNINGS, "        - breath_near_animals: whistles\n",
          "        - none: [{nose: [drips, nothing_else, blocked]}]\n"),
         (WARNINGS, "given: {brought_on_by: [animals], breath_near_animals: whistles}", "given: {nose: [bleeds]}"),
         (WARNINGS, "      - {name: drips, given: {nose: [drips]}, fires: false}\n", "")],
        ["warnings.yaml:21:5  U01 is an urgent rule with a `none`."
         "\n    Drop it: a more urgent rule already wins by itself."],
    ),
    "an exclusion in an emergency rule": (
        [(WARNINGS, "right_now: {besides: [none]}", "right_now: {besides: [none]}\n      none: [{age: baby}]"),
         (WARNINGS, "given: {right_now: [cannot_breathe]}", "given: {right_now: [cannot_breathe], age: adult}"),
         (WARNINGS, "given: {right_now: [swollen_lips]}", "given: {right_now: [swollen_lips], age: adult}")],
        ["warnings.yaml:3:5  E01 is an emergency rule with a `none`."
         "\n    Drop it: a more urgent rule already wins by itself."],
    ),
    "an exclusion in the finding behind an urgent rule": (
        [(WARNINGS, "        - breath_near_animals: whistles\n",
          "        - breath_near_animals: whistles\n        - {nose: bleeds, finding: all_clear}\n")],
        ["warnings.yaml:21:5  U01 is an urgent rule with a `none` (in the finding 'all_clear')."
         "\n    Drop it: a more urgent rule already wins by itself."],
    ),
    "an unknown answer in a benign rule": (
        [(CALM, "age: {from: child}", "age: [child, adult, unknown]")],
        ["calm.yaml:3:5  B01 takes an unknown answer as a reason without raising the urgency."],
    ),
    "an unknown answer in a finding behind a benign rule": (
        [(FINDINGS, "since: {to: days}", "since: [hours, days, unknown]"),
         (FINDINGS, "given: {since: unknown}, fires: false", "given: {since: unknown}, fires: true")],
        ["findings.yaml:24:5  F02 takes an unknown answer as a reason without raising the urgency."],
    ),
    "an unknown answer where only a type is named": (
        [(WARNINGS, "brought_on_by: [pollen, animals]", "brought_on_by: [pollen, animals, unknown]")],
        ["warnings.yaml:100:5  T01 takes an unknown answer as a reason without raising the urgency."],
    ),
    "a choice that no rule reads": (
        [(QUESTIONS, "for_the_letter: [cloth, paper]", "for_the_letter: [cloth]")],
        ["questionnaire.yaml:123:5  No rule reads the choice 'paper' of 'handkerchief'."
         "\n    Declare it `for_the_letter` if it is for the doctor only."],
    ),
    "a choice for the letter that a rule reads": (
        [(QUESTIONS, "        label: Nothing brings them on\n        alone: true\n",
          "        label: Nothing brings them on\n        alone: true\n    for_the_letter: [pepper]\n")],
        ["questionnaire.yaml:92:5  The choice 'pepper' of 'brought_on_by' is for the letter only, "
         "yet a rule reads it."],
    ),
    "words for no usual pattern that no rule names": (
        [(WARNINGS, ", verdict-no-pattern]", "]")],
        ["catalogue/advice.yaml  Nobody is shown 'verdict-no-pattern': it has no urgency, and no rule names it."],
    ),
    "a text for a result that nobody can get": (
        [(ADVICE, "{key: wait-and-see, kind: next_step, urgency: [self_care],",
          "{key: wait-and-see, kind: next_step, urgency: [self_care], outcome: suggests_disease,")],
        ["catalogue/advice.yaml  Nobody is shown 'wait-and-see': 'suggests_disease' never goes with self_care."],
    ),
    "a type that no rule concludes": (
        [(CALM, "      types: [ordinary_sneezing]\n", ""), (CASES, "types: [ordinary_sneezing]", "types: []")],
        ["catalogue/types.yaml:2:5  No rule concludes the type 'ordinary_sneezing'."],
    ),
    "a case that comes out otherwise": (
        [(CASES, "routine\n    acceptable_urgency: [routine, urgent]",
          "urgent\n    acceptable_urgency: [urgent, emergency]")],
        ["cases/stories.yaml:15:3  Case N02 (Weeks of sneezes in spring) comes out "
         "suggests_disease, routine, expected suggests_disease, urgent, emergency."],
    ),
    "a case that names other types": (
        [(CASES, "types: [ordinary_sneezing]", "types: [allergic_sneezing, undetermined]")],
        ["cases/stories.yaml:1:3  Case N01 (Pepper at dinner) names ordinary_sneezing, "
         "expected one of allergic_sneezing, undetermined."],
    ),
    "a case that expects no type in particular": ([(CASES, "types: [ordinary_sneezing]", "types: []")], []),
    "a case declared a miss that is none": (
        [(CASES, "  teaching_points: [Pepper", "  known_miss: it was so once\n  teaching_points: [Pepper")],
        ["cases/stories.yaml:1:3  Case N01 is declared a known miss but comes out as expected."],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("edits", "expected"), VERIFIED.values(), ids=VERIFIED)
def test_verify_finds(broken, edits, expected):
    assert verified(broken(*edits)) == expected


def test_verify_only_warns_of_a_known_miss(broken):
    folder = broken(
        (CASES, "routine\n    acceptable_urgency: [routine, urgent]\n", "urgent\n    acceptable_urgency: [urgent]\n"),
        (CASES, "    types: [allergic_sneezing]\n", "    types: [allergic_sneezing]\n  known_miss: Too careful.\n"),
    )
    [said] = verified(folder)
    assert "warning: Case N02 (Weeks of sneezes in spring) comes out suggests_disease, routine, expected" in said
    assert "expected suggests_disease, urgent.\n    Too careful." in said


SENTENCE = "  - {id: S1, meaning: People sneeze., verdict: agrees, modern_view: They do.%s}\n"


@pytest.mark.parametrize(
    ("more", "cited", "expected"),
    [
        ("", False, "Nothing cites S1.\n    Cite it, or say `not_carried: because ...`."),
        ("", True, None),
        (", not_carried: because it is plain", False, None),
        (", not_carried: because it is plain", True, "S1 is declared as not carried, but something cites it."),
    ],
)
def test_verify_finds_what_became_of_the_seed_text(broken, more, cited, expected):
    folder = broken(*[(WARNINGS, "sources: [sneeze-book]", "sources: [S1]")] * cited)
    (folder / SEED).write_text("sentences:\n" + SENTENCE % more, encoding="utf-8")
    assert verified(folder) == ([f"{SEED}:2:5  {expected}"] if expected else [])


def test_a_retired_rule_is_not_in_force(broken):
    folder = broken((WARNINGS, "status: draft\n    contradiction", "status: retired\n    contradiction"))
    assert "G01" not in read_protocol(folder).rules_by_id
    assert verified(folder) == []
