"""A condition is data alone: a second one runs with no change to the program, which knows nothing of the first."""

import ast
import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import triage
from triage.command_line import triage as command

SNEEZING = Path(__file__).parent / "protocols" / "sneezing"
STORIES = SNEEZING / "cases" / "stories.yaml"
PACKAGE = Path(triage.__file__).parent

ORDINARY_WORDS = {
    "conditions",
    "continuous",
    "course",
    "duration",
    "family",
    "frequency",
    "impact",
    "situation",
    "stable",
}
"""Words of the first questionnaire that a program may use in their ordinary meaning.

Names of less than six letters, such as ``none`` and ``other``, are not looked at.
"""


@pytest.fixture
def run():
    """Run a verb on the second protocol; give what it prints to standard output."""

    def running(verb, *arguments, code=0):
        done = CliRunner().invoke(command, [verb, "--protocol", str(SNEEZING), *map(str, arguments)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        assert done.exit_code == code, done.output
        return done.stdout

    return running


def test_it_is_in_order(run):
    said = run("verify")
    assert "Sneezing (made up, for tests) 0.1.0: 7 questions, 14 rules, 2 causes" in said
    assert "0 errors, 0 warnings." in said
    report = json.loads(run("verify", "--json"))
    assert (report["errors"], report["problems"]) == (0, [])
    assert all(proof["holds"] for proof in report["proofs"])


def test_its_cases_are_scored(run):
    lines = [json.loads(line) for line in run("score", STORIES).splitlines()]
    benign, disease = "likely_benign", "suggests_disease"
    assert [(line["id"], line["outcome"], line["urgency"], line["types"], line["causes"]) for line in lines] == [
        ("N01", benign, "self_care", ["ordinary_sneezing"], []),
        ("N02", disease, "routine", ["allergic_sneezing"], ["hay_fever"]),
        ("N03", disease, "emergency", ["allergic_sneezing"], ["animal_allergy"]),
        ("N04", benign, "routine", ["light_sneezing"], []),
        ("N05", benign, "routine", ["light_sneezing"], []),
    ]
    assert lines[2]["warning_signs"] == ["right_now=swollen_lips", "breath_near_animals=whistles"]


@pytest.mark.parametrize(
    ("case_id", "expected"),
    {
        "N01": ["SELF CARE", "Likely benign, as far as these answers can tell.", "Take less pepper.", "B01"],
        "N02": ["ROUTINE", "Book a visit with your doctor.", "Hay fever", "R01"],
        "N03": ["EMERGENCY", "Call the emergency number now.", "Let the person sit up.", "E01"],
        "N04": ["ROUTINE", "Likely benign, as far as these answers can tell.", "No rush.", "B02", "G02"],
        "N05": ["ROUTINE", "Result: It is likely benign.", "Tell your doctor about the bright light.", "B03"],
    }.items(),
)
def test_a_case_is_explained(run, case_id, expected):
    page = run("explain", STORIES, "--id", case_id)
    assert not [words for words in expected if words not in page]
    assert "No clinician has reviewed these rules." in page


@pytest.mark.parametrize(
    ("outcome", "urgency"),
    [
        ("suggests_disease", "emergency"),
        ("suggests_disease", "urgent"),
        ("suggests_disease", "routine"),
        ("likely_benign", "routine"),
        ("likely_benign", "self_care"),
    ],
)
def test_every_result_has_its_words(run, tmp_path, outcome, urgency):
    well = {"right_now": "none", "age": "adult", "since": "hours", "nose": ["nothing_else"], "brought_on_by": "pepper"}
    change = {
        ("suggests_disease", "emergency"): {"right_now": ["cannot_breathe"]},
        ("suggests_disease", "urgent"): {"nose": ["bleeds"]},
        ("suggests_disease", "routine"): {"since": "months"},
        ("likely_benign", "routine"): {"since": "months", "brought_on_by": ["bright_light"]},
        ("likely_benign", "self_care"): {},
    }
    (tmp_path / "case.json").write_text(json.dumps(well | change[outcome, urgency]), encoding="utf-8")
    result = json.loads(run("explain", tmp_path / "case.json", "--json"))
    assert (result["outcome"], result["urgency"]) == (outcome, urgency)
    for field in ("verdict", "headline", "how_soon", "next_steps", "seek_help_sooner_if", "notices", "reasons"):
        assert result[field], field


def test_its_questions_are_shown(run):
    assert "breath_near_animals" in run("questions")
    one = run("questions", "breath_near_animals")
    assert "“What brings the sneezes on?” Cats, dogs or other animals" in one.replace("\n", " ")
    assert "[grave warning sign]" in one
    assert "It is blocked [mild warning sign]" in run("questions", "nose")
    assert [question["id"] for question in json.loads(run("questions", "--json"))][:2] == ["right_now", "age"]


def test_its_rules_are_shown(run):
    assert "A few sneezes from pepper or bright light" in run("rules")
    one = run("rules", "pepper-or-light")
    assert one == run("rules", "B01")
    for words in ("finding: all clear", "nothing but Pepper", "from 1 to 11 years to 18 years or older"):
        assert words in one
    assert json.loads(run("rules", "B01", "--json"))["then"]["types"] == ["ordinary_sneezing"]


@pytest.mark.parametrize(
    ("rule", "concludes", "vote"),
    [
        ("U01", "urgent; speaks for disease.", "disease"),
        ("G03", "routine; says only how soon.", "neutral"),
        ("B03", "routine; speaks for benign; Sneezing at bright light.", "benign"),
        ("R01", "routine; speaks for disease.", "disease"),
        ("T01", "Sneezing as in an allergy.", None),
    ],
)
def test_a_rule_is_shown_with_its_vote(run, rule, concludes, vote):
    assert f"Concludes: {concludes}" in " ".join(run("rules", rule).split())
    assert json.loads(run("rules", rule, "--json"))["vote"] == vote


def test_the_examples_beside_a_page_are_counted_below_those_on_it(run, tmp_path):
    folder = shutil.copytree(SNEEZING, tmp_path / "protocol")
    (folder / "examples").mkdir()
    (folder / "examples" / "calm.yaml").write_text(
        "examples:\n  B03:\n"
        "    - {name: the sun for weeks, like: well, given: {since: weeks}, fires: false}\n"
        "    - {name: the sun for days, like: well, given: {since: days}, fires: false}\n",
        encoding="utf-8",
    )
    said = CliRunner().invoke(command, ["rules", "B03", "--protocol", str(folder)]).output
    assert said.index("fires: the sun for years") < said.index("and 2 more in examples/calm.yaml")
    assert "more in examples" not in run("rules", "B03")


def test_the_sign_off_sheet_has_room_for_each_vote_and_each_mild_sign(run):
    sheet = run("export", "review")
    assert "Concludes: urgency routine; vote: says only how soon. Evidence: judgement." in sheet
    assert "Concludes: urgency routine; vote: speaks for benign; Sneezing at bright light." in sheet
    assert "- What does the nose do? It is blocked (`nose: blocked`). [ ] agreed  [ ] grave" in sheet


@pytest.mark.parametrize("form", ["json", "yaml", "csv"])
def test_its_empty_form_names_every_question(run, form):
    text = run("template", "--format", form)
    questions = [question["id"] for question in json.loads(run("questions", "--json"))]
    assert not [question for question in questions if question not in text]


@pytest.mark.parametrize("verb", ["questions", "rules"])
def test_a_condition_in_json_has_the_form_of_the_data(run, verb):
    """Not of the program, which nobody else could read."""
    shown = {entry["id"]: entry for entry in json.loads(run(verb, "--json"))}
    when = shown["breath_near_animals" if verb == "questions" else "T01"]["when"]
    assert when != str(when)
    assert "brought_on_by" in when


# ---- explain: who votes, and what would change the outcome ----


def explained(run, tmp_path, **answers):
    """Return the explanation of a person who sneezes at bright light, and the page of it."""
    well = {"right_now": "none", "age": "adult", "since": "hours", "nose": ["nothing_else"]}
    path = tmp_path / "case.json"
    path.write_text(json.dumps({**well, "brought_on_by": ["bright_light"], **answers}), encoding="utf-8")
    return json.loads(run("explain", path, "--json")), " ".join(run("explain", path).split())


def test_why_not_self_care_names_the_mild_sign_and_the_rule_for_it(run, tmp_path):
    result, page = explained(run, tmp_path, nose=["blocked"])
    assert [(one["rule"], one["urgency"], one["vote"]) for one in result["reasons"]] == [
        ("G02", "routine", "neutral"),
        ("B02", "self_care", "benign"),
    ]
    why = page.split("Why not self care")[1].split("One new answer")[0]
    assert "A mild warning sign: What does the nose do? It is blocked" in why
    assert "This rule asks for a doctor: A mild sign (G02)." in why
    assert "A mild sign (G02, routine, says only how soon)" in page
    assert "(B02, self care, speaks for benign)" in page
    assert "Why not benign" not in page


def test_why_not_self_care_names_a_rule_that_says_only_how_soon(run, tmp_path):
    _, page = explained(run, tmp_path, since="weeks")
    assert "Why not self care - This rule asks for a doctor: Sneezes for some weeks (G03)." in page


def test_self_care_needs_no_why_not(run, tmp_path):
    _, page = explained(run, tmp_path)
    assert "Why not" not in page


def test_why_not_benign_names_the_votes_for_disease(run, tmp_path):
    _, page = explained(run, tmp_path, nose=["bleeds"])
    why = page.split("Why not benign")[1]
    assert why.startswith(" - This rule speaks for disease: A nose that bleeds, or a breath that whistles (U01).")
    assert "No rule speaks for disease" not in why


def test_where_nobody_votes_why_not_benign_says_so(run, tmp_path):
    result, page = explained(run, tmp_path, since="weeks", brought_on_by=["pepper"])
    assert [one["rule"] for one in result["reasons"]] == ["G03", "R01"]
    why = page.split("Why not benign")[1]
    assert why.startswith(" - No rule speaks for disease, and none for benign.")
    assert "The ordinary pattern that comes closest is: A few sneezes from pepper" in why or "bright light" in why
    assert "Result: No usual pattern fits these answers, so have it looked at." in page


def test_an_answer_that_leaves_the_urgency_and_turns_the_outcome_is_named(tmp_path):
    """Beside a neutral rule of the same urgency a vote for disease changes nothing but the outcome."""
    folder = shutil.copytree(SNEEZING, tmp_path / "protocol")
    page = folder / "warnings.yaml"
    text = page.read_text(encoding="utf-8").replace(
        "then: {urgency: urgent, advice: [pinch-the-nose]}", "then: {urgency: routine, advice: [pinch-the-nose]}"
    )
    page.write_text(text, encoding="utf-8")

    def running(verb, *arguments):
        return CliRunner().invoke(command, [verb, "--protocol", str(folder), *map(str, arguments)]).stdout

    result, shown = explained(running, tmp_path, since="weeks")
    turned = [one for one in result["explanation"]["would_raise"] if one["outcome"] == "suggests_disease"]
    bleeds = next(one for one in turned if one["answer"]["codes"] == ["bleeds"])
    assert bleeds["urgency"] == result["urgency"] == "routine"
    assert "One new answer that would make it more urgent, or no longer benign" in shown
    assert "What does the nose do? It bleeds (routine, no longer benign)" in shown


def test_an_unknown_answer_that_could_turn_the_outcome_alone_is_said(tmp_path):
    folder = shutil.copytree(SNEEZING, tmp_path / "protocol")
    page = folder / "warnings.yaml"
    text = page.read_text(encoding="utf-8")
    old = "      since: weeks\n    then: {urgency: routine, vote: neutral}"
    assert old in text
    page.write_text(text.replace(old, "      age: baby\n    then: {urgency: routine}"), encoding="utf-8")

    def running(verb, *arguments):
        return CliRunner().invoke(command, [verb, "--protocol", str(folder), *map(str, arguments)]).stdout

    result, shown = explained(running, tmp_path, since="months", age="unknown")
    assert (result["outcome"], result["urgency"], result["at_worst"]) == ("likely_benign", "routine", "routine")
    assert result["outcome_at_worst"] == "suggests_disease"
    assert [one["question"] for one in result["at_worst_because"]] == ["age"]
    assert "This may not be benign, because we do not know: - How old is the person?" in shown
    result, shown = explained(running, tmp_path, since="months")
    assert (result["outcome_at_worst"], result["at_worst_because"]) == ("likely_benign", [])
    assert "may not be benign" not in shown


def test_answers_without_which_it_would_be_benign_count_though_the_urgency_stays(run, tmp_path):
    result, _ = explained(run, tmp_path, since="months", brought_on_by=["pepper"])
    assert (result["outcome"], result["urgency"]) == ("suggests_disease", "routine")
    assert "brought_on_by" in [one["question"] for one in result["explanation"]["would_lower"]]


# ---- the program knows no condition ----


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def test_the_program_does_not_name_the_first_condition():
    assert [path.name for path in modules() if "myoclon" in path.read_text(encoding="utf-8").lower()] == []


def literals(source):
    """Yield every text in a program with its line, without the docstrings, which may show an example."""
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and ast.get_docstring(node, clean=False) is not None
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def test_the_program_names_no_question_and_no_choice_of_the_first_condition():
    questionnaire = triage.load_protocol().questionnaire
    names = {question.id for question in questionnaire.questions}
    names |= {code for question in questionnaire.questions for code in question.codes}
    telling = {name for name in names if len(name) >= 6} - ORDINARY_WORDS
    assert len(telling) > 150
    found = [
        f"{path.relative_to(PACKAGE).as_posix()}:{line} {word}"
        for path in modules()
        for line, text in literals(path.read_text(encoding="utf-8"))
        for word in re.findall(r"\w+", text)
        if word in telling
    ]
    assert found == []


def test_the_program_names_no_rule_type_or_cause_of_the_first_condition():
    protocol = triage.load_protocol()
    names = {*protocol.types, *(cause.code for cause in protocol.causes), *protocol.finding_rules}
    names |= {rule.id for rule in protocol.rules} | {rule.name for rule in protocol.rules if "-" in rule.name}
    telling = {name for name in names if "_" in name or "-" in name or re.fullmatch(r"[A-Z]\d\d[a-z]?", name)}
    found = [
        f"{path.relative_to(PACKAGE).as_posix()}:{line} {word}"
        for path in modules()
        for line, text in literals(path.read_text(encoding="utf-8"))
        for word in re.findall(r"[\w-]+", text)
        if word in telling
    ]
    assert found == []


def test_a_protocol_says_which_questions_come_first(tmp_path: Path) -> None:
    folder = shutil.copytree(SNEEZING, tmp_path / "ordered")
    path = folder / "protocol.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\nasked_first: [since, age]\n", encoding="utf-8")
    order = [question.id for question in triage.load_protocol(folder).asking_order]
    assert order[:3] == ["right_now", "since", "age"]
    assert sorted(order) == sorted(triage.load_protocol(SNEEZING).questionnaire.by_id)
