"""``triage verify``: whether a protocol is in order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from triage.command_line.options import json_option, protocol_from, protocol_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.problems import Problem
    from triage.proof.proving import Proof
    from triage.protocol import Protocol

__all__ = ["command"]


@click.command("verify")
@click.option("--rule", "rule_id", metavar="ID", help="Only what concerns this rule or cause; without proofs.")
@click.option("--no-proofs", is_flag=True, help="Only the checks of examples, cases and habits.")
@click.option("--mutate", is_flag=True, help="Change the rules a little, one change at a time, and show who notices.")
@click.option("--pure", is_flag=True, help="Prove by the pure Python back end.")
@click.option(
    "--counterexamples",
    type=click.Path(path_type=Path),
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
    pure: bool,
    counterexamples: Path,
    as_json: bool,
    folder: Path | None,
) -> int:
    """Check the questions, rules, catalogues, examples and cases of a protocol, and prove its safety statements."""
    from triage.problems import did_you_mean
    from triage.protocol_reading import read_cases
    from triage.verification import CHECKS, verify

    protocol = protocol_from(folder)
    entries = [*protocol.rules_by_id, *(cause.id for cause in protocol.active_causes)]
    if rule_id is not None and rule_id not in entries:
        raise click.UsageError(f"No rule has the id {rule_id!r}. {did_you_mean(rule_id, entries) or ''}".strip())
    if mutate:
        return _mutate(protocol, rule_id, as_json=as_json)
    cases = read_cases(protocol)
    problems = [problem for problem in verify(protocol, cases) if rule_id is None or rule_id in problem.message.split()]
    proofs, structural, remark = ([], [], "") if no_proofs or rule_id else _prove(protocol, pure=pure)
    problems += structural
    refuted = [proof for proof in proofs if not proof.holds]
    errors = sum(problem.severity == "error" for problem in problems) + len(refuted)
    if as_json:
        click.echo(json.dumps(_report(problems, proofs, errors, remark), ensure_ascii=False, indent=2))
        return 1 if errors else 0
    for problem in problems:
        click.echo(str(problem), err=True)
    for proof in refuted:
        click.echo(_refutation(protocol, proof, counterexamples), err=True)
    examples = sum(len(entry.all_examples()) for entry in (*protocol.rules, *protocol.active_causes))
    click.echo(
        f"{protocol.title} {protocol.version}: {len(protocol.questionnaire.questions)} questions, "
        f"{len(protocol.rules)} rules, {len(protocol.active_causes)} causes, {examples} examples, {len(cases)} cases."
    )
    click.echo(f"Checked: {', '.join(CHECKS)}, cases.")
    _say_what_was_proved(proofs, remark)
    click.echo(f"{errors} errors, {sum(problem.severity == 'warning' for problem in problems)} warnings.")
    return 1 if errors else 0


def _mutate(protocol: Protocol, rule_id: str | None, *, as_json: bool) -> int:
    """Show who notices each change of the rules; nobody noticing one in twenty is an error."""
    from triage.proof.mutation import MutationScore, Watch, mutants
    from triage.proof.statements import read_statements
    from triage.protocol_reading import read_cases
    from triage.terminal.progress import counted

    try:
        watch = Watch(protocol, read_cases(protocol), read_statements(protocol))
    except ImportError as error:
        raise click.ClickException(f"Changes are judged by proofs: {error}.") from None
    chosen = [mutant for mutant in mutants(protocol) if rule_id in (None, mutant.entry)]
    looks = map(watch.look, counted(chosen, "Changing the rules", len(chosen)))
    score = MutationScore(tuple(looks))
    if as_json:
        click.echo(json.dumps(score.as_data(), ensure_ascii=False, indent=2))
    else:
        for survivor in score.survivors:
            click.echo(f"Nobody notices: {survivor.mutant.entry}: {survivor.mutant.change}", err=True)
        click.echo(score.summary())
    return 0 if score.share >= 0.95 else 1


def _prove(protocol: Protocol, *, pure: bool) -> tuple[list[Proof], list[Problem], str]:
    """Prove all statements, showing on a terminal which one is at work."""
    from triage.proof.statements import read_statements

    try:
        from triage.proof.diagrams import ProtocolDiagrams

        diagrams = ProtocolDiagrams(protocol, back_end="autoref" if pure else None)
    except ImportError as error:
        return [], [], f"Not proved: {error}."
    from triage.proof.counting import count, written
    from triage.proof.proving import prove
    from triage.proof.structure import structural_problems
    from triage.terminal.progress import working

    statements = read_statements(protocol)
    proofs: list[Proof] = []
    with working("Proving ...") as show:
        for number, statement in enumerate(statements, start=1):
            show(f"Proving {number} of {len(statements)}: {statement.title}")
            proofs += prove(diagrams, statement)
        show("Looking for dead and idle rules")
        structural = list(structural_problems(diagrams))
    size = written(count(diagrams.space, diagrams.valid))
    return proofs, structural, f"Over {size} answer sets, with dd.{diagrams.space.back_end}."


def _say_what_was_proved(proofs: Sequence[Proof], remark: str) -> None:
    if proofs:
        statements = {proof.statement.id for proof in proofs}
        wrong = {proof.statement.id for proof in proofs if not proof.holds}
        click.echo(
            f"Proved: {len(statements - wrong)} of {len(statements)} statements in {len(proofs)} proofs. {remark}"
        )
    elif remark:
        click.echo(remark)


def _refutation(protocol: Protocol, proof: Proof, folder: Path) -> str:
    """Say why a statement does not hold, and write the counterexample where ``triage explain`` can open it."""
    statement = proof.statement
    about = f" ({proof.about})" if proof.about else ""
    if proof.counterexample is None:
        reason = proof.remark or "it speaks of no answer set at all"
        return f"{protocol.folder / 'safety.yaml'}  {statement.id} {statement.title}{about}: {reason}."
    from triage.answer_writing import saved_case
    from triage.answers import settle
    from triage.safe_writing import written_whole

    name = f"{statement.id}{f'-{proof.about}' if proof.about else ''}".replace(" = ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    answers = settle(protocol.questionnaire, dict(proof.counterexample))
    with written_whole(path) as file:
        file.write(saved_case(protocol, name, answers, answered_at=""))
    remark = f" ({proof.remark})" if proof.remark else ""
    return (
        f"{protocol.folder / 'safety.yaml'}  {statement.id} {statement.title}{about}: refuted{remark}.\n"
        f"    See: triage explain {path}"
    )


def _report(problems: Sequence[Problem], proofs: Sequence[Proof], errors: int, remark: str) -> dict[str, Any]:
    return {
        "errors": errors,
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
                "answer_sets": str(proof.answer_sets),
                "counterexample": proof.counterexample
                and {name: sorted(codes) for name, codes in proof.counterexample.items()},
            }
            for proof in proofs
        ],
        "remark": remark,
    }
