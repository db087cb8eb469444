"""``triage verify``: whether a protocol is in order."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from triage.command_line.looking_up import looked_up
from triage.command_line.options import NAMED, command_to_type, json_option, protocol_option
from triage.command_line.saying import say, say_json, warn
from triage.protocol.urgency import Vote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.documents.problems import Problem
    from triage.proof.interview import InterviewProof
    from triage.proof.proving import Proof
    from triage.proof.statements import Statement
    from triage.protocol.protocol import Protocol

__all__ = ["command"]


@click.command("verify")
@click.option("--rule", "rule_id", metavar="ID", help="Only what concerns this rule or cause; without proofs.")
@click.option("--no-proofs", is_flag=True, help="Only the checks of examples, cases and habits.")
@click.option("--mutate", is_flag=True, help="Change the rules a little, one change at a time, and show who notices.")
@click.option(
    "--counterexamples",
    type=NAMED,
    default=Path("counterexamples"),
    metavar="DIR",
    help="Where the answer files of refuted statements go.",
)
@json_option
@protocol_option
def command(
    rule_id: str | None,
    no_proofs: bool,
    mutate: bool,
    counterexamples: Path,
    as_json: bool,
    folder: Path | None,
) -> int:
    """Check the questions, rules, catalogues, examples and cases of a protocol, and prove its safety statements."""
    from triage.answers.case_reading import readable_cases
    from triage.answers.example_reading import readable_further_examples
    from triage.documents.problems import DataFault
    from triage.proof.verification import CHECKS, verify

    try:
        protocol = _protocol_to_check(folder)
    except DataFault as fault:
        if not as_json:
            raise
        say_json(_report(fault.problems, [], "Nothing else was checked."))
        return 1
    entries = [*protocol.rules_by_id, *(cause.id for cause in protocol.active_causes)]
    if rule_id is not None:
        rule_id = looked_up(rule_id, entries, "rule")
    if mutate:
        return _mutate(protocol, rule_id, as_json=as_json)
    cases, problems = readable_cases(protocol)
    further, more = readable_further_examples(protocol)
    beside = further if rule_id is None else {rule_id: further.get(rule_id, [])}
    problems += more + verify(protocol, cases, beside)
    statements = _readable_statements(protocol, problems)
    proofs, interview, structural, remark = ([], None, [], "") if no_proofs or rule_id else _prove(protocol, statements)
    problems += structural
    problems = [problem for problem in problems if rule_id is None or rule_id in problem.message.split()]
    refuted = [proof for proof in proofs if not proof.holds]
    errors = _errors(problems, refuted)
    if as_json:
        say_json(_report(problems, proofs, remark, interview))
        return 1 if errors else 0
    for problem in problems:
        warn(problem)
    _say_what_was_refuted(protocol, refuted, counterexamples, folder)
    examples = sum(len(entry.all_examples()) for entry in (*protocol.rules, *protocol.active_causes))
    examples += sum(len(one.expanded()) for listed in further.values() for one, _ in listed)
    say(
        f"{protocol.title} {protocol.version}: {len(protocol.questionnaire.questions)} questions, "
        f"{len(protocol.rules)} rules, {len(protocol.active_causes)} causes, {examples} examples, {len(cases)} cases."
    )
    if rule_id is None:
        say(f"Checked: {', '.join(CHECKS)}, cases.")
    else:
        say(f"Checked: what concerns {rule_id}, and no statement. `triage verify` without --rule checks all.")
    _say_what_was_proved(proofs, remark)
    if interview is not None:
        say(f"Proved: {interview.summary()}")
    warnings = sum(problem.severity == "warning" for problem in problems)
    say(f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}.")
    return 1 if errors else 0


def _protocol_to_check(folder: Path | None) -> Protocol:
    """Read a protocol even where no other verb would take it, so that everything wrong with it is said."""
    from triage.documents.data_folders import shipped_protocol
    from triage.protocol.reading import read_protocol

    return read_protocol(folder or shipped_protocol(), even_if_unguarded=True)


def _readable_statements(protocol: Protocol, problems: list[Problem]) -> tuple[Statement, ...]:
    """Read the statements of a protocol; if they are faulty, say so and go on with those for every protocol."""
    from triage.documents.problems import DataFault, Problem
    from triage.proof.statements import read_statements, statements_for_all

    try:
        own = read_statements(protocol)
    except DataFault as fault:
        left = Problem(fault.problems[0].place, "So no statement of this protocol's own is proved.", severity="warning")
        problems += [*fault.problems, left]
        own = ()
    return statements_for_all(protocol) + own


def _errors(problems: Sequence[Problem], refuted: Sequence[Proof]) -> int:
    return sum(problem.severity == "error" for problem in problems) + len(refuted)


def _mutate(protocol: Protocol, rule_id: str | None, *, as_json: bool) -> int:
    """Show who notices each change of the rules; nobody noticing one in twenty is an error."""
    from triage.answers.case_reading import read_cases
    from triage.answers.example_reading import read_further_examples
    from triage.proof.mutation import mutants
    from triage.proof.statements import read_statements
    from triage.proof.watching import MutationScore, Watch
    from triage.terminal.progress import counted

    try:
        statements, further = read_statements(protocol), read_further_examples(protocol)
        watch = Watch(protocol, read_cases(protocol), statements, further)
    except ImportError as error:
        raise click.ClickException(f"Changes are judged by proofs: {error}.") from None
    chosen = [mutant for mutant in mutants(protocol) if rule_id in (None, mutant.entry)]
    looks = map(watch.look, counted(chosen, "Changing the rules", len(chosen)))
    score = MutationScore(tuple(looks))
    if as_json:
        say_json(score.as_data())
    else:
        for survivor in score.survivors:
            warn(f"Nobody notices: {survivor.mutant.entry}: {survivor.mutant.change}")
        say(score.summary())
    return 0 if score.share >= 0.95 else 1


def _prove(
    protocol: Protocol, statements: Sequence[Statement]
) -> tuple[list[Proof], InterviewProof | None, list[Problem], str]:
    """Prove all statements, showing on a terminal which one is at work."""
    try:
        from triage.proof.answer_space import AnswerSpace

        space = AnswerSpace(protocol)
        counter = space.counter()
    except ImportError as error:
        return [], None, [], f"Not proved: {error}."
    from triage.export.page import page_circuit
    from triage.proof.counting import written
    from triage.proof.interview import prove_interview
    from triage.proof.proving import prove
    from triage.proof.structure import structural_problems
    from triage.terminal.progress import working

    proofs: list[Proof] = []
    with working("Proving ...") as show:
        for number, statement in enumerate(statements, start=1):
            show(f"Proving {number} of {len(statements)}: {statement.title}")
            proofs += prove(space, statement, counter)
        show("Looking for dead and idle rules")
        structural = list(structural_problems(space))
        show("Proving what the interview promises")
        interview = prove_interview(space, parts=[page_circuit(protocol)])
        structural += interview.problems()
    return proofs, interview, structural, f"Over {written(counter.total)} answer sets, with {space.solver.name}."


def _say_what_was_proved(proofs: Sequence[Proof], remark: str) -> None:
    if proofs:
        statements = {proof.statement.id: proof.statement for proof in proofs}
        wrong = {proof.statement.id for proof in proofs if not proof.holds}
        for_all = sum(statement.for_all for statement in statements.values())
        say(
            f"Proved: {len(statements) - len(wrong)} of {len(statements)} statements, {for_all} of them about every "
            f"protocol, in {len(proofs)} proofs. {remark}"
        )
    elif remark:
        say(remark)


def _say_what_was_refuted(protocol: Protocol, refuted: Sequence[Proof], folder: Path, chosen: Path | None) -> None:
    """Say why statements do not hold, and write the counterexamples where ``triage explain`` can open them."""
    from triage.protocol.benign_guard import unguarded_rules

    explainable = not unguarded_rules(protocol)  # else the protocol is refused by every verb but this one
    written = False
    for proof in refuted:
        warn(f"{_what_fails(protocol, proof)}.")
        if proof.counterexample is None:
            continue
        if explainable:
            command = f"explain {shlex.quote(str(_written_counterexample(protocol, proof, folder)))}"
            warn(f"    See: {command_to_type(command, chosen)}")
            written = True
        else:
            said = ", ".join(f"{name} = {' + '.join(sorted(codes))}" for name, codes in proof.counterexample.items())
            warn(f"    For instance, with nothing else known: {said}.")
    if written:
        warn(f"The answer files of refuted statements are in {folder.resolve()}.")


def _what_fails(protocol: Protocol, proof: Proof) -> str:
    statement = proof.statement
    about = f" ({proof.about})" if proof.about else ""
    if statement.for_all and proof.counterexample is not None:
        from triage.answers.answers import settle
        from triage.engines.decision import decide
        from triage.engines.plain import PlainEngine

        answers = settle(protocol.questionnaire, dict(proof.counterexample))
        fired = decide(protocol, PlainEngine(protocol).judge(answers)).fired
        rules = " and ".join(rule.id for rule in fired if rule.vote is Vote.BENIGN)
        return f"{protocol.folder}  {statement.title}: refuted by {rules}"
    place = f"{protocol.folder / 'safety.yaml'}  {statement.id} {statement.title}{about}"
    if proof.counterexample is None:
        return f"{place}: {proof.remark or 'it speaks of no answer set at all'}"
    return f"{place}: refuted{f' ({proof.remark})' if proof.remark else ''}"


def _written_counterexample(protocol: Protocol, proof: Proof, folder: Path) -> Path:
    from triage.answers.answers import settle
    from triage.answers.writing import saved_case
    from triage.documents.safe_writing import cannot_write, written_whole

    # An id is any text, and must neither lead out of the folder nor hide the file.
    name = re.sub(r"[^\w.]+", "-", f"{proof.statement.id}{f'-{proof.about}' if proof.about else ''}").lstrip(".-")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from None
    path = folder / f"{name}.json"
    answers = settle(protocol.questionnaire, dict(proof.counterexample or {}))
    with written_whole(path, public=True) as file:
        file.write(saved_case(protocol, name, answers, answered_at=""))
    return path


def _how_many(proof: Proof) -> str:
    if proof.answer_sets is not None:
        return str(proof.answer_sets)
    return "some" if proof.speaks else "0"


def _report(
    problems: Sequence[Problem], proofs: Sequence[Proof], remark: str, interview: InterviewProof | None = None
) -> dict[str, Any]:
    """Return everything that was found, for programs."""
    return {
        "errors": _errors(problems, [proof for proof in proofs if not proof.holds]),
        "problems": [
            {
                "place": str(problem.place),
                "severity": problem.severity,
                "message": problem.message,
                "hint": problem.hint,
            }
            for problem in problems
        ],
        "proofs": [
            {
                "statement": proof.statement.id,
                "title": proof.statement.title,
                "about": proof.about,
                "holds": proof.holds,
                "answer_sets": _how_many(proof),
                "counterexample": proof.counterexample
                and {name: sorted(codes) for name, codes in proof.counterexample.items()},
            }
            for proof in proofs
        ],
        "interview": interview and interview.as_data(),
        "remark": remark,
    }
