"""What a result tells the person to do: always something, the urgent thing first, never false comfort."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import pytest
from shipped import the_cases, the_protocol

from triage.answers.answers import settle
from triage.answers.examples import given_states
from triage.assessment.assessment import Assessment, assess
from triage.engines.plain import PlainEngine
from triage.protocol.urgency import Outcome, Urgency, Vote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from triage.conditions.answer_state import AnswerState
    from triage.protocol.protocol import Protocol
    from triage.protocol.rule import Rule

PROTOCOL = the_protocol()
ENGINE = PlainEngine(PROTOCOL)
NEVER_SAID = None
AGES = (*PROTOCOL.questionnaire.by_id["age_group"].codes, NEVER_SAID)
RESPONDENTS = (*PROTOCOL.questionnaire.by_id["respondent"].codes, NEVER_SAID)
BABIES_AND_TODDLERS = AGES[:4]
UNDER_TWELVE = AGES[:5]
FIT_OR_LOST_AWARENESS = {
    "awareness": {"blank_or_lost_awareness"},
    "seizures": {"convulsion_last_24h", "convulsion_ever", "blank_spells", "known_epilepsy"},
    "emergency_now": {"convulsion_now_or_over_5min", "unresponsive_or_hard_to_wake"},
}
FITS = [(question, code) for question, codes in FIT_OR_LOST_AWARENESS.items() for code in sorted(codes)]

Given = dict[str, "AnswerState"]
Person = tuple[Urgency, str | None, str | None]


class Result:
    """A result with the answers it stands on."""

    def __init__(self, given: Mapping[str, AnswerState], protocol: Protocol = PROTOCOL) -> None:
        self.given = given
        engine = ENGINE if protocol is PROTOCOL else PlainEngine(protocol)
        self.page = assess(
            protocol, settle(protocol.questionnaire, given), [engine], answered_at="2026-01-31T08:15:00+0100"
        )

    @property
    def age(self) -> str | None:
        return self.single("age_group")

    @property
    def respondent(self) -> str | None:
        return self.single("respondent")

    def single(self, question: str) -> str | None:
        return next(iter(self.codes(question)), None)

    def codes(self, question: str) -> frozenset[str]:
        state = self.given.get(question)
        return state if isinstance(state, frozenset) else frozenset()

    @property
    def child_alone(self) -> bool:
        return self.age in UNDER_TWELVE and self.respondent == "self"

    @property
    def steps(self) -> str:
        return " ".join(self.page.next_steps)

    def __repr__(self) -> str:
        return f"{self.page.urgency} on { {name: sorted(self.codes(name)) for name in self.given} }"


def stories() -> Iterator[Given]:
    """Yield the answers of the first example on which each rule fires, and of the cases that are nearly benign."""
    for rule in PROTOCOL.rules:
        example = next(example for example in rule.examples if example.fires).expanded()[0]
        like = PROTOCOL.profiles[example.like] if example.like else {}
        yield given_states({**like, **example.given})
    yield from (given_states(case.answers) for case in the_cases() if case.known_miss)


@cache
def results() -> tuple[Result, ...]:
    """Every worked case, and the story of every rule told of every age and by everybody who may answer."""
    found = [Result(given_states(case.answers)) for case in the_cases()]
    for story, age, respondent in product(stories(), AGES, RESPONDENTS):
        given = {name: state for name, state in story.items() if name not in ("age_group", "respondent")}
        if age is not None:
            given["age_group"] = frozenset({age})
        if respondent is not None:
            given["respondent"] = frozenset({respondent})
        found.append(Result(given))
    return tuple(found)


@cache
def pages_by_person() -> defaultdict[Person, list[Assessment]]:
    """Return the pages by how soon, of what age, and who answers."""
    found = defaultdict[Person, list[Assessment]](list)
    for result in results():
        found[result.page.urgency, result.age, result.respondent].append(result.page)
    return found


def benign() -> list[Result]:
    return [result for result in results() if result.page.outcome is Outcome.LIKELY_BENIGN]


@cache
def benign_and_routine() -> tuple[Result, ...]:
    """Every benign story, told under the same rules where each ordinary pattern is shown to a doctor."""
    shown = with_rules(shown_to_a_doctor)
    return tuple(Result(result.given, shown) for result in benign())


def with_rules(changed: Callable[[Rule], Rule | None]) -> Protocol:
    """Return the protocol with other rules; without those for which there is None."""
    return replace(
        PROTOCOL,
        pages=tuple(
            replace(page, rules=tuple(new for rule in page.rules if (new := changed(rule)) is not None))
            for page in PROTOCOL.pages
        ),
    )


def shown_to_a_doctor(rule: Rule) -> Rule:
    if rule.vote is not Vote.BENIGN:
        return rule
    then = rule.then.model_copy(update={"urgency": Urgency.ROUTINE, "vote": Vote.BENIGN})
    return rule.model_copy(update={"then": then})


def never_benign(age: str | None, respondent: str | None) -> bool:
    """Without the age, or for a child without a grown-up, nothing is called benign."""
    return age is None or (age in UNDER_TWELVE and respondent != "caregiver")


@pytest.mark.parametrize("respondent", RESPONDENTS)
@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize("urgency", list(Urgency))
def test_everybody_is_told_how_soon_and_what_to_do(urgency: Urgency, age: str | None, respondent: str | None) -> None:
    found = pages_by_person()[urgency, age, respondent]
    if urgency is Urgency.SELF_CARE and never_benign(age, respondent):
        assert found == []
    else:
        assert found
    assert all(page.verdict and page.headline and page.how_soon and page.next_steps for page in found)


def steps_once_out_of_gas(result: Result) -> list[str]:
    """Return the steps without the one to get out of gas or smoke, which comes before all others where it applies."""
    first, *others = result.page.next_steps
    perhaps_gas = "overdose_or_poison" in result.codes("emergency_now") or (
        "carbon_monoxide" in result.codes("exposures")
    )
    if perhaps_gas and result.page.urgency in (Urgency.EMERGENCY, Urgency.URGENT):
        assert first.startswith("If there may be gas or smoke, get out first and call from outside."), result
        return others
    return [first, *others]


def test_an_emergency_page_puts_the_call_first() -> None:
    emergencies = [result for result in results() if result.page.urgency is Urgency.EMERGENCY]
    assert emergencies
    for result in emergencies:
        first, second, *_ = steps_once_out_of_gas(result)
        assert "call the emergency number" in result.page.headline.lower(), result
        assert result.page.how_soon.startswith("Now."), result
        assert first.startswith("Call 112 in Europe, 999 in the UK, 911 in the US and Canada, or 000"), result
        if result.child_alone:
            assert second.startswith("Please fetch a grown-up now"), result
            assert "call the emergency number yourself" in second, result


@pytest.mark.parametrize("words", ["Stay with the person", "Put nothing in the mouth", "let someone else drive"])
def test_every_emergency_page_says_what_to_do_until_help_comes(words: str) -> None:
    emergencies = [result for result in results() if result.page.urgency is Urgency.EMERGENCY]
    assert [result for result in emergencies if words not in result.steps] == []


@pytest.mark.parametrize("age", AGES)
def test_who_reads_about_the_way_to_hospital_is_who_answers(age: str | None) -> None:
    steps = Result(
        {**({"age_group": frozenset({age})} if age else {}), "emergency_now": frozenset({"electric_shock_recent"})}
    ).steps
    assert ("Do not drive yourself" in steps) is (age not in UNDER_TWELVE)
    assert ("so that you can watch the child" in steps) is (age in UNDER_TWELVE)


@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize(("question", "code"), FITS)
def test_a_fit_or_lost_awareness_brings_the_words_on_driving_and_bathing(
    question: str, code: str, age: str | None
) -> None:
    band = {"age_group": frozenset({age})} if age else {}
    result = Result({**band, question: frozenset({code})})
    driver = "Do not drive, and do not swim or bathe alone, until a doctor has said it is safe."
    child = "Do not let the child swim or bathe alone until a doctor has said it is safe."
    assert (child if age in UNDER_TWELVE else driver) in result.steps


def test_a_fit_or_lost_awareness_is_met_by_those_words_in_every_story() -> None:
    touched = [
        result
        for result in results()
        if any(result.codes(question) & codes for question, codes in FIT_OR_LOST_AWARENESS.items())
    ]
    assert touched
    assert [result for result in touched if "swim or bathe alone" not in result.steps] == []


def test_a_baby_is_filmed_and_shown_unless_the_call_comes_first() -> None:
    babies = [result for result in results() if result.age in BABIES_AND_TODDLERS]
    calm = [result for result in babies if result.page.urgency is not Urgency.EMERGENCY]
    assert {result.page.urgency for result in calm} == {Urgency.URGENT, Urgency.ROUTINE, Urgency.SELF_CARE}
    assert [result for result in calm if "Film the jerks" not in result.steps] == []
    patient = [result for result in calm if result.page.urgency is not Urgency.URGENT]
    show = "Show the film to your midwife, health visitor or doctor within days."
    assert [result for result in patient if show not in result.steps] == []


def test_a_child_alone_is_told_first_to_fetch_a_grown_up_unless_the_call_comes_first() -> None:
    alone = [result for result in results() if result.child_alone and result.page.urgency is not Urgency.EMERGENCY]
    assert alone
    assert [one for one in alone if not steps_once_out_of_gas(one)[0].startswith("Please fetch a grown-up now")] == []


def test_nobody_older_is_told_to_fetch_a_grown_up() -> None:
    older = [result for result in results() if result.age not in (*UNDER_TWELVE, None)]
    assert [result for result in older if "fetch a grown-up" in f"{result.page.headline} {result.steps}".lower()] == []


def test_a_routine_page_names_two_weeks_and_the_own_doctor() -> None:
    routine = [
        result
        for result in results()
        if (result.page.outcome, result.page.urgency) == (Outcome.SUGGESTS_DISEASE, Urgency.ROUTINE)
        and result.age not in UNDER_TWELVE
    ]
    assert routine
    for result in routine:
        assert "Book your own doctor within two weeks" in result.page.how_soon, result
        assert "They decide about a neurologist" in result.page.how_soon, result


def test_every_result_says_that_the_rules_are_a_draft() -> None:
    for result in results():
        assert any("No clinician has reviewed them" in notice for notice in result.page.notices), result
        assert any("must not be used to decide against seeking help" in one for one in result.page.notices), result
        assert result.page.protocol.review_status == "draft"


def test_every_result_says_that_it_is_no_diagnosis_and_when_it_was_answered() -> None:
    for result in results():
        assert any("It is not a diagnosis" in notice for notice in result.page.notices), result
        assert any("given on 2026-01-31." in notice for notice in result.page.notices), result


def test_open_red_flags_are_said_to_be_open() -> None:
    for result in results():
        said = any("could not be ruled out" in notice for notice in result.page.notices)
        assert said is bool(result.page.could_not_rule_out), result


def test_a_benign_headline_stays_careful() -> None:
    alone = [result for result in benign() if result.page.urgency is Urgency.SELF_CARE]
    assert alone
    for result in alone:
        assert result.page.headline.startswith("Likely benign, as far as these answers can tell."), result
        for words in ("See a doctor if it changes", "if you are worried"):
            assert words in result.page.headline, result


def test_two_weeks_are_named_to_those_older_than_three_years_whose_pattern_is_new() -> None:
    alone = [result for result in benign() if result.page.urgency is Urgency.SELF_CARE]
    lasting = ("2_weeks_to_3_months", "over_3_months", "lifelong")
    old = [result for result in alone if result.single("duration") in lasting]
    assert {result.single("duration") for result in old} == set(lasting)
    new = [result for result in alone if result not in old and result.age not in BABIES_AND_TODDLERS]
    assert new
    assert [result for result in new if "two weeks" not in result.page.headline] == []
    weeks = [result for result in old if result.single("duration") == "2_weeks_to_3_months"]
    older = [result for result in weeks if result.age not in BABIES_AND_TODDLERS]
    assert older
    assert [result for result in older if "three months in all" not in result.page.headline] == []


def test_nobody_with_a_benign_pattern_that_lasts_is_told_to_wait_two_weeks() -> None:
    """Neither the family of a baby, whose pattern may last for months, nor who has had it for weeks or longer."""
    lasting = ("2_weeks_to_3_months", "over_3_months", "lifelong")
    told = [*benign(), *benign_and_routine()]
    babies = [result for result in told if result.age in BABIES_AND_TODDLERS]
    old = [result for result in told if result.single("duration") in lasting]
    assert "newborn_under_4w" in {result.age for result in babies}
    assert old
    assert [result for result in (*babies, *old) if "two weeks" in all_said(result)] == []


def test_nobody_at_all_with_jerks_for_months_is_told_to_see_if_they_go_in_two_weeks() -> None:
    """A visit within two weeks may be right for them; to wait for an end of the jerks until then is not."""
    old = [result for result in results() if result.single("duration") in ("over_3_months", "lifelong")]
    assert old
    for words in ("gone in two weeks", "as usual) in two weeks", "as usual in two weeks"):
        assert [result for result in old if words in all_said(result)] == []


def test_who_is_benign_and_routine_reads_both_and_no_haste() -> None:
    shown = benign_and_routine()
    assert {result.age for result in shown} >= {*AGES[:4], "child_4_11y", "teen_12_17y", "adult_65_plus"}
    for result in shown:
        page = result.page
        assert (page.outcome, page.urgency, page.verdict) == (
            Outcome.LIKELY_BENIGN,
            Urgency.ROUTINE,
            "It is likely benign.",
        ), result
        assert page.headline.startswith("Likely benign, as far as these answers can tell."), result
        assert "if it changes" in page.headline, result
        assert "if you are worried" in page.headline, result
        said = all_said(result)
        for words in ("two weeks", "phone today", "book your own doctor", "harmless", "all clear"):
            assert words not in said, result
        assert page.next_steps, result
        assert page.seek_help_sooner_if, result


def test_a_benign_baby_is_shown_within_days_and_others_at_the_next_visit() -> None:
    for result in benign_and_routine():
        if result.age in BABIES_AND_TODDLERS:
            assert result.page.how_soon.startswith("Within days. Show a film of the jerks to your midwife, "), result
            assert "next visit" not in all_said(result), result
        else:
            assert "next visit" in result.page.headline, result
            assert result.page.how_soon.startswith("No rush, as far as these answers can tell."), result
            doctor = "the child's doctor" if result.age == "child_4_11y" else "doctor"
            assert doctor in result.page.how_soon, result


def test_a_child_alone_who_is_benign_is_told_to_fetch_a_grown_up() -> None:
    told = next(result for result in benign_and_routine() if result.age == "child_4_11y")
    kept = with_rules(lambda rule: None if "child-fetch-grown-up" in rule.then.advice else shown_to_a_doctor(rule))
    page = Result({**told.given, "respondent": frozenset({"self"})}, kept).page
    assert (page.outcome, page.urgency) == (Outcome.LIKELY_BENIGN, Urgency.ROUTINE)
    assert page.headline.endswith("But please fetch a grown-up now and show them this page.")
    assert page.how_soon.startswith("Fetch a grown-up now and answer the questions again with them.")


def test_where_no_rule_votes_nobody_is_told_of_a_disease() -> None:
    fallen = [result for result in results() if "R01" in {reason.rule for reason in result.page.reasons}]
    assert fallen
    for result in fallen:
        page = result.page
        assert page.outcome is Outcome.SUGGESTS_DISEASE
        assert page.verdict == "No usual pattern fits these answers, so have it looked at.", result
        assert "fit no usual pattern" in page.headline or "fetch a grown-up" in page.headline, result
        assert "disease" not in f"{page.headline} {page.how_soon}", result
    others = [result for result in results() if result not in fallen and result.page.outcome != Outcome.LIKELY_BENIGN]
    assert {result.page.verdict for result in others} == {"It may be a sign of disease."}


def test_only_a_benign_page_says_benign() -> None:
    for result in (*results(), *benign_and_routine()):
        page = result.page
        said = "benign" in f"{page.verdict} {page.headline} {page.how_soon} {result.steps}".lower()
        assert said is (page.outcome is Outcome.LIKELY_BENIGN), result


def test_all_but_emergencies_say_what_would_make_it_more_urgent() -> None:
    for result in results():
        assert bool(result.page.seek_help_sooner_if) is (result.page.urgency is not Urgency.EMERGENCY), result


def test_no_page_promises_that_nothing_is_wrong_or_shows_a_gap_to_fill() -> None:
    for result in results():
        page = said(result.page)
        assert "harmless" not in page, result
        assert "all clear" not in page, result
        assert "{" not in page, result


def said(page: Assessment) -> str:
    texts = (page.verdict, page.headline, page.how_soon, *page.next_steps, *page.seek_help_sooner_if, *page.notices)
    return " ".join(texts).lower()


def all_said(result: Result) -> str:
    return said(result.page)


def test_no_step_is_said_twice() -> None:
    for result in results():
        for steps in (result.page.next_steps, result.page.seek_help_sooner_if, result.page.notices):
            assert len(set(steps)) == len(steps), result


def test_low_sugar_is_told_of_whichever_answers_speak_of_it() -> None:
    low = [result for result in results() if {"E06", "E06b"} & {reason.rule for reason in result.page.reasons}]
    assert {rule.rule for result in low for rule in result.page.reasons} >= {"E06", "E06b"}
    assert [result for result in low if "follow their plan for low blood sugar" not in result.steps] == []
