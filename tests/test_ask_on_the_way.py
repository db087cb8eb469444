"""What an interview shows and asks on the way to its result: emergencies, contradictions, a look back, part two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conversation import CHANGE, CONTRADICTION, DETAILS, HEADLINES, HELP_FIRST, READ_BACK, SLIP, Person, Talk, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conversation import Story

    from triage.protocol.protocol import Protocol


# ---- emergencies ----


def test_an_emergency_on_the_way_is_shown_at_once_and_a_stop_is_recorded(
    protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    person = Person(stories["V103"], protocol=protocol)
    talk = Talk(protocol, person)
    assert person.asked[-2:] == ["thinking", HELP_FIRST]
    assert "Stop here and show the result" in talk.text
    assert "112" in talk.text.split("EMERGENCY: GET HELP NOW")[1].split(HELP_FIRST)[0]
    assert talk.finished is not None
    assert talk.finished.result.stopped_early
    assert talk.finished.result.not_asked


def test_an_emergency_by_a_change_on_review_is_shown_before_the_next_question(
    protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    screen = protocol.questionnaire.by_id["emergency_now"]
    first = {
        "course": ["r"],
        CHANGE: ["2"],
        "emergency_now": [numbers(screen, "none"), numbers(screen, "overdose_or_poison")],
    }
    person = Person(stories["O09"], first=first, offers={HELP_FIRST: "2"}, protocol=protocol)
    talk = Talk(protocol, person, everything=True)
    changed = person.asked.index(CHANGE)
    assert HELP_FIRST in person.asked
    assert "course" not in person.asked[changed : person.asked.index(HELP_FIRST)]
    assert "EMERGENCY: GET HELP NOW" in talk.text


def test_going_on_after_the_advice_asks_what_can_still_tell_more(
    protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    person = Person(stories["V103"], offers={HELP_FIRST: "2"}, protocol=protocol)
    talk = Talk(protocol, person)
    after = person.asked[person.asked.index(HELP_FIRST) + 1 :]
    assert len(after) > 1
    assert DETAILS not in after  # to go on was what the person wanted
    reminder = "Emergency: call for help now, if nobody has yet."
    before, _, behind = talk.text.partition(HELP_FIRST)
    assert reminder not in before
    assert behind.count(reminder) == len(after)
    assert talk.text.count("How soon:") == 1
    assert talk.finished is not None
    assert talk.finished.result.urgency.value == "emergency"
    assert not talk.finished.result.stopped_early


def test_a_slip_that_made_it_an_emergency_can_be_mended_at_once(
    protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    screen = protocol.questionnaire.by_id["emergency_now"]
    first = {
        "emergency_now": [numbers(screen, "electric_shock_recent"), numbers(screen, "none")],
        CHANGE: ["2", "1"],
    }
    person = Person(stories["V109"], first=first, offers={HELP_FIRST: "3"}, protocol=protocol)
    talk = Talk(protocol, person)
    assert person.asked[:5] == ["emergency_now", HELP_FIRST, CHANGE, "emergency_now", CHANGE]
    assert talk.finished is not None
    assert talk.finished.result.urgency.value == "routine"


def test_the_advice_is_shown_each_time_it_becomes_an_emergency(
    protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    screen = protocol.questionnaire.by_id["emergency_now"]
    first = {
        "emergency_now": [numbers(screen, "electric_shock_recent"), numbers(screen, "none")],
        HELP_FIRST: ["2", "1"],
        "age_group": ["b"],
    }
    story = {**stories["V109"], "thinking": ("new_confusion_or_drowsiness",)}
    person = Person(story, first=first, protocol=protocol)
    talk = Talk(protocol, person, everything=True)
    assert person.asked.count(HELP_FIRST) == 2
    assert person.asked[-2:] == ["thinking", HELP_FIRST]
    assert talk.finished is not None
    assert talk.finished.result.stopped_early


def test_the_advice_is_shown_again_where_the_same_answer_is_given_after_going_back(
    protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    story = {**stories["V109"], "emergency_now": ("convulsion_now_or_over_5min",)}
    person = Person(story, first={HELP_FIRST: ["2", "1"], "age_group": ["b"]}, protocol=protocol)
    Talk(protocol, person, everything=True)
    assert person.asked == ["emergency_now", HELP_FIRST, "age_group", "emergency_now", HELP_FIRST]


def test_a_slip_that_becomes_another_emergency_brings_the_advice_for_that_one(
    protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    screen = protocol.questionnaire.by_id["emergency_now"]
    first = {
        "emergency_now": [numbers(screen, one) for one in ("convulsion_now_or_over_5min", "overdose_or_poison")],
        HELP_FIRST: ["3", "1"],
        CHANGE: ["2", "1"],
    }
    talk = Talk(protocol, Person(stories["V109"], first=first, protocol=protocol))
    assert talk.text.count("1. Stop here and show the result") == 2
    assert "poison line" in talk.text.rsplit("1. Stop here and show the result", 1)[0]


def test_an_answer_may_be_changed_before_part_two(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    first = {DETAILS: ["3", "1"], CHANGE: ["2", "1"]}
    person = Person(stories["V109"], first=first, protocol=protocol)
    talk = Talk(protocol, person)
    assert person.asked.count(DETAILS) == 2
    assert person.asked.count(CHANGE) == 2
    assert talk.text.count("How soon:") == 2  # the result as it was, and as it is now


# ---- a child alone ----


def test_a_child_alone_is_asked_who_answers_and_told_to_fetch_a_grown_up(
    protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    person = Person(stories["L51"], protocol=protocol)
    talk = Talk(protocol, person)
    assert talk.finished is not None
    assert talk.finished.result.urgency.value == "routine"
    assert "respondent" in person.asked
    assert "fetch a grown-up" in talk.flowing


def test_nobody_else_is_asked_who_answers_where_it_changes_nothing(
    protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    for name in ("V101", "V109", "O09"):
        person = Person(stories[name], protocol=protocol)
        Talk(protocol, person)
        assert "respondent" not in person.asked, name


# ---- contradictions ----


def test_a_contradiction_is_pointed_out_once_and_may_be_kept(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    person = Person({**stories["V005"], **CONTRADICTION}, offers={DETAILS: "2"}, protocol=protocol)
    talk = Talk(protocol, person)
    assert talk.text.count("Do these answers go together?") == 1
    assert "Only in sleep, and yet also while awake. One answer says" in talk.flowing
    assert "1. Keep my answers as they are" in talk.flowing
    assert len(person.asked) > person.asked.index(DETAILS) + 1  # not again in part two
    assert talk.finished is not None
    assert talk.finished.result.urgency.value == "routine"
    assert "G05a" in [reason.rule for reason in talk.finished.result.reasons]
    assert talk.given["sleep_behaviour"] == ["only_at_sleep_onset"]


def test_a_contradiction_may_be_mended(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    sleep = protocol.questionnaire.by_id["sleep_behaviour"]
    first = {"sleep_behaviour": [numbers(sleep, "only_at_sleep_onset"), numbers(sleep, "stops_in_sleep")]}
    talk = Talk(protocol, Person(stories["V005"], first=first, offers={SLIP: "3"}, protocol=protocol))
    assert "3. Change: What happens in sleep?" in talk.flowing
    assert talk.text.count("Do these answers go together?") == 1
    assert talk.given["sleep_behaviour"] == ["stops_in_sleep"]
    assert talk.finished is not None
    assert talk.finished.result.urgency.value == "self_care"


# ---- before a benign result ----


def test_before_a_benign_result_the_noes_are_read_back_and_two_answers_asked_again(
    protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    person = Person(stories["O09"], protocol=protocol)
    talk = Talk(protocol, person)
    read_back = person.asked.index(READ_BACK)
    again = person.asked[read_back + 1 :]
    assert 1 <= len(again) <= 2
    assert set(again) <= set(person.asked[:read_back])  # asked before, now in other words
    noes = talk.text.split("Before the result")[1].split("Please read the list")[0]
    assert noes.rstrip().endswith("Is that right?")  # below the list, where it is in sight
    assert noes.count("\n") < 44
    assert "You told us that there is none of these. Is that right?" in noes
    for flag in protocol.questionnaire.red_flags:
        if "none" in flag.codes and "none" in stories["O09"].get(flag.id, ()):
            assert flag.text in " ".join(noes.split())
    for name in again:
        other_words = protocol.questionnaire.by_id[name].again
        assert other_words is not None
        assert other_words in talk.flowing
    assert talk.flowing.index("Before the result") < talk.flowing.index("SELF CARE")


def test_a_no_that_was_looked_at_again_and_stands_is_read_back_once_more(
    protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    person = Person(stories["O09"], first={READ_BACK: ["2", "1"], CHANGE: ["2"]}, protocol=protocol)
    Talk(protocol, person)
    places = [place for place, name in enumerate(person.asked) if name == READ_BACK]
    assert len(places) == 2
    assert len(person.asked) > places[1] + 1  # and two answers are still asked in other words


@pytest.mark.parametrize("nose", [("blocked",), ("drips", "blocked")])
def test_beside_a_mild_sign_what_was_left_out_is_read_back_too(sneezing: Protocol, nose: tuple[str, ...]) -> None:
    """Whoever names a mild sign did not choose "none", and has denied the grave ones all the same."""
    story = {"right_now": ("none",), "age": "adult", "since": "days", "nose": nose, "brought_on_by": ("bright_light",)}
    person = Person(
        story,
        first={READ_BACK: ["2"], CHANGE: ["2"], "nose": [numbers(sneezing.questionnaire.by_id["nose"], nose), "1"]},
        protocol=sneezing,
    )
    talk = Talk(sneezing, person)
    noes = " ".join(talk.text.split("Before the result")[1].split("Please read the list")[0].split())
    assert "You told us that there is none of these, besides what you named. Is that right?" in noes
    assert "Is any of this happening now? None of: Cannot get air; Lips or tongue swell up." in noes
    assert "What does the nose do? It is blocked. Apart from it, none of: It bleeds." in noes
    assert talk.finished is not None
    assert (talk.finished.result.outcome, talk.finished.result.urgency) == ("suggests_disease", "urgent")  # changed


@pytest.mark.parametrize("since", ["days", "months"])
def test_a_benign_result_that_is_routine_is_confirmed_as_well(sneezing: Protocol, since: str) -> None:
    story = {"right_now": ("none",), "age": "adult", "since": since, "nose": ("blocked",)}
    person = Person({**story, "brought_on_by": ("bright_light",)}, protocol=sneezing)
    talk = Talk(sneezing, person)
    assert person.asked.count(READ_BACK) == 1
    assert talk.finished is not None
    assert (talk.finished.result.outcome, talk.finished.result.urgency) == ("likely_benign", "routine")


def test_no_other_result_is_asked_back(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    for story in ("V101", "V108", "V109"):
        assert READ_BACK not in Person(stories[story], protocol=protocol).asked
        assert "Before the result" not in Talk(protocol, Person(stories[story], protocol=protocol)).text


def test_a_no_taken_back_changes_the_result(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    seizures = protocol.questionnaire.by_id["seizures"]
    first = {"seizures": [numbers(seizures, "none"), numbers(seizures, "convulsion_ever")]}
    person = Person(stories["O09"], first=first, offers={READ_BACK: "2", CHANGE: "2"}, protocol=protocol)
    talk = Talk(protocol, person)
    assert "2. Change: Has there ever been a fit" in talk.flowing
    assert talk.finished is not None
    assert talk.finished.result.urgency.value == "urgent"
    assert "SELF CARE" not in talk.text


def test_another_answer_to_other_words_counts(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    situation = protocol.questionnaire.by_id["situation"]
    first = {"situation": ["1", numbers(situation, ["falling_asleep", "waking_up_first_hour"])]}
    talk = Talk(protocol, Person({**stories["O09"], "situation": ("falling_asleep",)}, first=first, protocol=protocol))
    assert talk.given["situation"] == ["falling_asleep", "waking_up_first_hour"]
    assert talk.finished is not None
    assert talk.finished.result.outcome.value == "suggests_disease"


@pytest.mark.parametrize("place", ["in other words", "changing a no"])
def test_save_and_leave_works_before_a_benign_result_too(
    protocol: Protocol, stories: Mapping[str, Story], place: str
) -> None:
    if place == "in other words":
        person = Person(
            stories["O09"], first={"situation": ["1, 5", "q"], "sleep_behaviour": ["1", "q"]}, protocol=protocol
        )
    else:
        none = numbers(protocol.questionnaire.by_id["seizures"], "none")
        offers = {READ_BACK: "2", CHANGE: "2"}
        person = Person(stories["O09"], first={"seizures": [none, "q"]}, offers=offers, protocol=protocol)
    talk = Talk(protocol, person)
    assert talk.finished is None
    assert "SELF CARE" not in talk.text


def test_why_do_you_ask_is_told_for_other_words_too(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    person = Person(
        stories["O09"], first={"situation": ["1, 5", "?"], "sleep_behaviour": ["1", "?"]}, protocol=protocol
    )
    assert "We ask because the answer matters for:" in Talk(protocol, person).text


# ---- part two ----


def test_part_two_tells_more_and_leaves_the_urgency(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    person = Person(stories["V101"], offers={DETAILS: "2"}, protocol=protocol)
    talk = Talk(protocol, person)
    assert talk.text.count(HEADLINES["urgent"]) == 2
    assert len(person.asked) > person.asked.index(DETAILS) + 1
    assert talk.finished is not None
    assert "epileptic_jme" in [kind.code for kind in talk.finished.result.types]


class MovesInPartTwo(Person):
    """Makes moves instead of answers, once part two has begun."""

    moves: tuple[str, ...] = ()

    def __call__(self, shown: str) -> str | None:
        line = super().__call__(shown)
        if DETAILS in self.asked and self.asked[-1] not in self.offers and self.moves:
            line, self.moves = self.moves[0], self.moves[1:]
        return line


def test_back_from_part_two_asks_again_what_decided_the_urgency(
    protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    """Dreams acted out make it routine; taken back and said again they must not end as likely benign."""
    story = {**stories["O09"], "sleep_legs": ("acts_out_dreams",)}
    person = MovesInPartTwo(story, offers={DETAILS: "2"}, protocol=protocol)
    person.moves = ("b",)
    talk = Talk(protocol, person)
    assert person.asked.count("sleep_legs") == 2
    assert talk.finished is not None
    assert talk.finished.result.urgency.value == "routine"
    assert HEADLINES["self_care"] not in talk.text


def test_a_change_on_review_in_part_two_is_followed_by_what_it_makes_necessary(
    protocol: Protocol, stories: Mapping[str, Story]
) -> None:
    """An adult becomes a baby in part two: the signs of babies are asked, and count."""
    age = protocol.questionnaire.by_id["age_group"]
    person = MovesInPartTwo(
        {**stories["V109"], "infant_signs": ("series_of_nods_or_crunches",), "infant_state": "awake_too"},
        first={CHANGE: ["3"], "age_group": [numbers(age, "adult_18_39y"), numbers(age, "infant_1_6m")]},
        offers={DETAILS: "2"},
        protocol=protocol,
    )
    person.moves = ("r",)
    talk = Talk(protocol, person)
    assert talk.given["age_group"] == ["infant_1_6m"]
    assert "infant_signs" in person.asked
    assert HEADLINES["emergency"] in talk.text
    assert talk.finished is not None
    assert talk.finished.result.urgency.value == "emergency"


def test_an_emergency_by_a_change_in_part_two_is_the_result(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    screen = protocol.questionnaire.by_id["emergency_now"]
    person = MovesInPartTwo(
        stories["V109"],
        first={CHANGE: ["2"], "emergency_now": [numbers(screen, "none"), numbers(screen, "overdose_or_poison")]},
        offers={DETAILS: "2"},
        protocol=protocol,
    )
    person.moves = ("r",)
    talk = Talk(protocol, person)
    assert HEADLINES["emergency"] in talk.text
    assert talk.finished is not None
    assert talk.finished.result.urgency.value == "emergency"


def test_leaving_in_part_two_loses_no_answer(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    """Either the interview is kept, or its result is that of all that was said."""
    person = MovesInPartTwo(stories["V101"], offers={DETAILS: "2"}, protocol=protocol)
    person.moves = ("2", "q")
    talk = Talk(protocol, person)
    assert talk.finished is None or talk.finished.answers.given() == talk.session.interview.answers.given()
