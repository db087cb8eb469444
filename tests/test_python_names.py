"""The names for Python programs: what they take, and what they say to anything else."""

import subprocess
import sys

import numpy
import pandas
import pytest
from batch_jobs import SNEEZING, environment

import triage

DRIPS = {"right_now": ["none"], "nose": ["drips", "bleeds"]}


@pytest.fixture(scope="module")
def sneezing():
    return triage.load_protocol(SNEEZING)


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_codes_may_stand_together_in_any_usual_way(sneezing, kind):
    given = {question: kind(codes) for question, codes in DRIPS.items()}
    assert triage.assess_answers(sneezing, given) == triage.assess_answers(sneezing, DRIPS)


@pytest.mark.parametrize("answers", [None, "x", 7, ["drips"], {"drips"}])
def test_answers_that_are_no_mapping_are_a_wrong_type(sneezing, answers):
    with pytest.raises(TypeError, match="answers are a mapping of question ids to codes, not "):
        triage.assess_answers(sneezing, answers)


@pytest.mark.parametrize("protocol", ["myoclonus", None, SNEEZING])
def test_a_protocol_that_is_none_is_a_wrong_type(protocol):
    with pytest.raises(TypeError, match="the protocol is what load_protocol gives, not "):
        triage.assess_answers(protocol, {})


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({None: 1}, "answers:1  'case' answers null, which no question asks."),
        ({1: "x", "nose": "drips"}, "answers:1  'case' answers 1, which no question asks."),
        ({"nose": None, "age": 1}, "answers:1  'case' should answer 'age' with a code, not 1."),
        ({"nose": {"drips", 1}}, "answers:1  'case' should answer 'nose' with a list of codes, not [1, 'drips']."),
        ({"id": "a", "answers": DRIPS}, "answers  This is a whole case, not its answers."),
    ],
)
def test_what_is_wrong_with_answers_is_a_fault_of_the_data(sneezing, answers, said):
    with pytest.raises(triage.DataFault) as caught:
        triage.assess_answers(sneezing, answers)
    assert str(caught.value).splitlines()[0] == said
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("codes", [numpy.array(["drips", "bleeds"]), pandas.Series(["drips", "bleeds"]), pandas.NA])
def test_values_of_other_libraries_are_refused_in_plain_words(sneezing, codes):
    """These may not be asked whether they are empty, or like a text."""
    with pytest.raises(triage.DataFault, match="'case' should answer 'nose' with a list of codes, not "):
        triage.assess_answers(sneezing, {"nose": codes})


@pytest.mark.parametrize("name", [None, 7, b"a"])
def test_the_name_of_a_result_is_a_text(sneezing, name):
    with pytest.raises(TypeError, match="the name of a result is a text, not "):
        triage.assess_answers(sneezing, DRIPS, case_id=name)


def test_no_name_is_not_the_protocol_of_the_package():
    with pytest.raises(triage.DataFault, match="The name of the folder is empty"):
        triage.load_protocol("")
    with pytest.raises(TypeError, match="the folder of a protocol is a path, not 7"):
        triage.load_protocol(7)


def test_the_fault_has_a_public_name_and_does_not_make_the_import_slow():
    program = (
        "import sys, triage; light = {'triage.documents.problems', 'pydantic', 'yaml'}.isdisjoint(sys.modules);"
        "from triage import *; print(light, DataFault is sys.modules['triage.documents.problems'].DataFault)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment(), timeout=60, check=True
    )
    assert done.stdout == "True True\n"
    with pytest.raises(AttributeError, match="has no attribute 'Fault'"):
        triage.Fault  # noqa: B018
