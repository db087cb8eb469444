"""Scoring files against the bare reading of the same files by DuckDB, and against other engines.

Run from the checkout: python -m benchmarks.batch [--rows 10000 100000 1000000] [--huge]

Every figure is a whole process from start to end, in turn with the others, so that a slow moment hits all alike.
Ratios are of medians. Answers are those of the worked cases with one or two changed, and with one more as long as
somebody answered the same; one row in a hundred is wrong.
Engines that judge case by case get fewer cases and are compared by their rate; zen-engine needs the extra `benchmarks`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from people import any_answer, near_case_person

import triage
from triage.answers.answers import settle
from triage.answers.case_reading import read_cases
from triage.conditions.answer_state import Missing
from triage.engines import EngineUnavailable, build_engine
from triage.engines.decision import decide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from triage.answers.answers import Answers, Given
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol

DIFFERENT = 1_000_000
"""People that are made up, no two with the same answers; longer files hold them again under other ids."""
ONE_BY_ONE = {"plain": 4_000, "zen-engine": 2_000, "durable-rules": 600}
READ = """
import duckdb, sys
path, threads, aim, questions = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4].split()
database = duckdb.connect(config={"threads": int(threads)})
kinds = ", ".join(f'"{name.rstrip("*")}" VARCHAR{"[]" if name.endswith("*") else ""}' for name in questions)
if path.endswith(".parquet"):
    source, beside = f"read_parquet('{path}')", ["count(id)"]
    counts = [f'count("{name.rstrip("*")}")' for name in questions]
else:
    source = (f"read_json('{path}', format='newline_delimited', ignore_errors=true, "
              f"columns={{id: 'VARCHAR', questionnaire: 'VARCHAR', answers: 'STRUCT({kinds})'}})")
    beside = ["count(id)", "count(questionnaire)"]
    counts = [f'count(answers."{name.rstrip("*")}")' for name in questions]
if aim == "count":
    database.execute(f"SELECT {', '.join(beside + counts)} FROM {source}").fetchall()
else:
    database.execute(f"CREATE TABLE answers AS SELECT * FROM {source}")
"""
MEASURE = """
import os, sys, time
nowhere = os.open(os.devnull, os.O_WRONLY)
aside = [(os.POSIX_SPAWN_DUP2, nowhere, 1), (os.POSIX_SPAWN_DUP2, nowhere, 2)]
begun = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=aside)
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - begun, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status))
"""
"""Runs in a small process of its own, since a process counts the memory of the one that starts it as its own peak."""
MEMORY = """
import os, pathlib, sys, time
nowhere = os.open(os.devnull, os.O_WRONLY)
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ,
                       file_actions=[(os.POSIX_SPAWN_DUP2, nowhere, 1), (os.POSIX_SPAWN_DUP2, nowhere, 2)])
most = 0
while os.waitpid(child, os.WNOHANG) == (0, 0):
    used = 0
    try:
        others = pathlib.Path(f"/proc/{child}/task/{child}/children").read_text().split()
        for process in (child, *others):
            lines = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
            used += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration):
        pass
    most = max(most, used)
    time.sleep(0.05)
print(most / 1024)
"""
"""Looks again and again how much memory a process and those it started take together; shared memory counts once."""


# ---- files ----


def written(given: Given, protocol: Protocol) -> dict[str, Any]:
    """Return answers as they are saved, in the order of the questions."""
    answers: dict[str, Any] = {}
    for question in protocol.questionnaire.questions:
        said = given.get(question.id)
        if isinstance(said, Missing):
            answers[question.id] = [said.value] if question.multiple else said.value
        elif said is not None:
            codes = [code for code in question.codes if code in said]
            answers[question.id] = codes if question.multiple else codes[0]
    return answers


def spoilt(answers: dict[str, Any], rng: Random) -> str:
    """Return answers with one thing wrong, as JSON."""
    name = rng.choice(list(answers))
    match rng.randrange(5):
        case 0:
            answers[f"{name}x"] = answers.pop(name)
        case 1:
            answers["age_group"] = "adult_18_39"
        case 2:
            answers["situation"] = ["falling_asleep", "fallin"]
        case 3:
            answers["neuro_signs"] = ["none", "tremor"]
        case _:
            return json.dumps(answers)[:-9]
    return json.dumps(answers)


def different_people(protocol: Protocol, cases: Sequence[Case], rng: Random, number: int) -> Iterator[dict[str, Any]]:
    """Yield the answers of so many people, no two of them the same."""
    met: set[int] = set()
    while len(met) < number:
        given = near_case_person(protocol, cases, rng)
        while (known := hash(json.dumps(answers := written(given, protocol)))) in met:
            question = rng.choice(protocol.questionnaire.questions)
            given[question.id] = any_answer(question, rng)
        met.add(known)
        yield answers


def lines(protocol: Protocol, rows: int) -> Iterator[str]:
    """Yield saved cases, one row in a hundred wrong."""
    rng = Random(7)
    cases = read_cases(protocol)
    made = list(different_people(protocol, cases, rng, min(rows, DIFFERENT)))
    texts = [json.dumps(answers) for answers in made]
    for number in range(rows):
        answers = spoilt(dict(made[number % len(made)]), rng) if rng.random() < 0.01 else texts[number % len(made)]
        yield f'{{"id": "case-{number}", "questionnaire": "{protocol.name}", "answers": {answers}}}\n'


def ndjson(protocol: Protocol, rows: int, folder: Path) -> Path:
    """Write a file of cases."""
    path = folder / f"{rows}.ndjson"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(lines(protocol, rows))
    return path


def parquet(source: Path, questions: Sequence[str]) -> Path:
    """Write the rows of a file that can be read at all as Parquet."""
    import duckdb

    kinds = ", ".join(f'"{name.rstrip("*")}" VARCHAR{"[]" if name.endswith("*") else ""}' for name in questions)
    path = source.with_suffix(".parquet")
    rows = (
        f"read_json('{source}', format='newline_delimited', ignore_errors=true, "
        f"columns={{id: 'VARCHAR', answers: 'STRUCT({kinds})'}})"
    )
    duckdb.execute(
        f"COPY (SELECT id, unnest(answers) FROM {rows} WHERE answers IS NOT NULL) TO '{path}' (FORMAT parquet)"
    )
    return path


def small_files(protocol: Protocol, folder: Path) -> Path:
    """Write a hundred files of one case."""
    inside = folder / "hundred"
    inside.mkdir()
    rng, cases = Random(8), read_cases(protocol)
    for number in range(100):
        case = {"id": f"case-{number}", "answers": written(near_case_person(protocol, cases, rng), protocol)}
        (inside / f"{number}.json").write_text(json.dumps(case), encoding="utf-8")
    return inside


# ---- whole processes ----


def measured(command: Sequence[str]) -> tuple[float, float]:
    """Return the seconds a process takes from start to end and the megabytes it takes at most."""
    scored = Path(command[command.index("-o") + 1]) if "-o" in command else None
    if scored is not None:
        scored.unlink(missing_ok=True)
    done = subprocess.run([sys.executable, "-S", "-c", MEASURE, *command], capture_output=True, text=True, check=True)
    seconds, megabytes, code = map(float, done.stdout.split())
    # Of ours 1 says that some rows were wrong, as they should be; Python says it of any program that breaks, but then
    # there are no results.
    if code != 0 and not (code == 1 and scored is not None and scored.exists()):
        sys.exit(f"failed: {' '.join(command)}")
    return seconds, megabytes


def memory(command: Sequence[str]) -> float:
    """Return the megabytes that a process and those it starts take together at most, where /proc says it; else 0."""
    if not Path("/proc/self/smaps_rollup").exists():
        return 0
    done = subprocess.run([sys.executable, "-S", "-c", MEMORY, *command], capture_output=True, text=True, check=True)
    return float(done.stdout)


def in_turn(commands: dict[str, list[str]], rounds: int) -> dict[str, tuple[float, float]]:
    """Return the median seconds and the most megabytes of each command."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    most: dict[str, float] = dict.fromkeys(commands, 0.0)
    for _ in range(rounds):
        for name, command in commands.items():
            taken, megabytes = measured(command)
            seconds[name].append(taken)
            most[name] = max(most[name], megabytes)
    return {name: (statistics.median(seconds[name]), memory(commands[name]) or most[name]) for name in commands}


def of_file(path: Path, rows: int, questions: Sequence[str], rounds: int, scored: Path) -> dict[str, float]:
    """Measure everything that is done with one file, print it, and return the seconds by name."""
    score = [sys.executable, "-m", "triage", "score", str(path), "-o", str(scored)]
    read = [sys.executable, "-c", READ, str(path)]
    commands: dict[str, list[str]] = {}
    for threads in ("1", "2"):
        ends = "1 thread" if threads == "1" else "2 threads"
        commands[f"DuckDB, count every column, {ends}"] = [*read, threads, "count", " ".join(questions)]
        commands[f"DuckDB, read into a table, {ends}"] = [*read, threads, "table", " ".join(questions)]
        commands[f"triage score, {ends}"] = [*score, "--threads", threads]
        decided = ["--threads", threads, "--fields", "id,outcome,urgency"]
        commands[f"triage score, outcome and urgency, {ends}"] = [*score, *decided]
    found = in_turn(commands, rounds)
    print(f"\n{path.suffix[1:]}, {rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB\n")
    print("| | wall | rows/s | beside counting | beside a table | peak memory |")
    print("|---|---|---|---|---|---|")
    for name, (seconds, size) in found.items():
        ends = name.rsplit(", ", 1)[1]
        beside = [seconds / found[f"DuckDB, {bare}, {ends}"][0] for bare in ("count every column", "read into a table")]
        ratios = " | ".join(f"{ratio:.1f} x" for ratio in beside)
        print(f"| {name} | {seconds:.2f} s | {rows / seconds:,.0f} | {ratios} | {size:,.0f} MB |", flush=True)
    return {name: seconds for name, (seconds, _) in found.items()}


# ---- case by case ----


def engines(protocol: Protocol) -> dict[str, Callable[[Answers], Any]]:
    """Return what judges one case after the other, by name."""
    plain = build_engine("plain", protocol)
    found: dict[str, Callable[[Answers], Any]] = {"plain": lambda answers: decide(protocol, plain.judge(answers))}
    try:
        durable = build_engine("durable", protocol)
        found["durable-rules"] = lambda answers: decide(protocol, durable.judge(answers))
    except EngineUnavailable as reason:
        print(f"durable-rules left out: {reason}")
    try:
        from benchmarks.zen_rules import ZenRules
    except ImportError:
        print("zen-engine left out: it is not installed (extra benchmarks).")
    else:
        rules = ZenRules(protocol)
        found["zen-engine"] = rules.true_rules
    return found


def case_by_case(protocol: Protocol, batch: float, rounds: int) -> None:
    """Print how much quicker a batch is than engines that judge one case after the other."""
    rng, cases = Random(9), read_cases(protocol)
    people = [settle(protocol.questionnaire, near_case_person(protocol, cases, rng)) for _ in range(4_000)]
    judges = engines(protocol)
    if "zen-engine" in judges:
        for answers in people[:300]:
            fired = {name for name, value in build_engine("plain", protocol).judge(answers).rules.items() if value}
            entries = {entry.id for entry in (*protocol.concluding_rules, *protocol.active_causes)}
            assert judges["zen-engine"](answers) == fired & entries, "zen-engine says something else"
    rates: dict[str, list[float]] = {name: [] for name in judges}
    for _ in range(rounds):
        for name, judge in judges.items():
            some = people[: ONE_BY_ONE[name]]
            begun = time.perf_counter()
            for answers in some:
                judge(answers)
            rates[name].append(len(some) / (time.perf_counter() - begun))
    print("\n| judging only, answers already read | cases/s | batch, whole process, beside it |")
    print("|---|---|---|")
    for name, found in rates.items():
        rate = statistics.median(found)
        print(f"| {name} | {rate:,.0f} | {batch / rate:,.0f} x |", flush=True)


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--huge", action="store_true", help="ten million rows, too: 8 GB of disk")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    protocol = triage.load_protocol()
    questions = [f"{one.id}*" if one.multiple else one.id for one in protocol.questionnaire.questions]
    print(f"{date.today()}, {os.cpu_count()} processors, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hundred = small_files(protocol, folder)
        (small,) = in_turn({"small": [sys.executable, "-m", "triage", "score", str(hundred)]}, 5).values()
        print(f"100 small JSON files: {small[0]:.2f} s, start included")
        rate = 0.0
        for rows in [*chosen.rows, *([10_000_000] if chosen.huge else [])]:
            path = ndjson(protocol, rows, folder)
            text = of_file(path, rows, questions, chosen.rounds if rows < 10_000_000 else 1, folder / "scores.ndjson")
            rate = rows / text["triage score, 1 thread"]
            columns = parquet(path, questions)
            path.unlink()
            table = of_file(columns, rows, questions, chosen.rounds, folder / "scores.parquet")
            columns.unlink()
            for ends in ("1 thread", "2 threads"):
                ratio = text[f"triage score, {ends}"] / table[f"triage score, {ends}"]
                print(f"\nParquet to Parquet, {ends}: {ratio:.1f} x as fast as NDJSON to NDJSON.")
        case_by_case(protocol, rate, chosen.rounds)


if __name__ == "__main__":
    main()
