"""Scoring files as other programs export them, beside the same people in a CSV file of our own.

Run from the checkout: python -m benchmarks.exchange [--rows 20000]

Every figure is the processor time of a whole process, the median of rounds that take all files in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from filled_forms import EXPORTS, Exported, GivenOut, Ticked, table, ticked
from people import near_case_person

import triage
from triage.answers.case_reading import read_cases
from triage.given_forms.form import given_form


def own(of: GivenOut, people: list[Ticked]) -> str:
    """Write our own CSV form: a column a question, several choices with a semicolon between them."""
    names = [question.id for question in of.form.asked()]
    return table(
        {"id": f"p{number}", **{name: ";".join(boxes.get(name, ())) for name in names}}
        for number, boxes in enumerate(people)
    )


def seconds(path: Path) -> float:
    """Return the processor time of one scoring from start to end."""
    before = os.times()
    command = [sys.executable, "-m", "triage", "score", str(path), "-o", str(path.with_suffix(".out.ndjson"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"failed: {path.name}: {done.stderr}")
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    """Print a row a form."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    protocol = triage.load_protocol()
    cases = read_cases(protocol)
    of = GivenOut(protocol, given_form(protocol), cases)
    rng = Random(7)
    people = [ticked(of.form, near_case_person(protocol, cases, rng)) for _ in range(asked.rows)]
    with tempfile.TemporaryDirectory() as folder:
        files: dict[str, Path] = {}
        for export in (Exported("our own CSV", ".csv", own), *EXPORTS):
            path = Path(folder, export.name.replace(" ", "_") + export.suffix)
            path.write_text(export.text(of, people), encoding="utf-8")
            files[export.name] = path
        times: dict[str, list[float]] = {name: [] for name in files}
        for _ in range(asked.rounds):
            for name, path in files.items():
                times[name].append(seconds(path))
        sizes = {name: path.stat().st_size / 1e6 for name, path in files.items()}
    first = statistics.median(times["our own CSV"])
    print(f"{json.dumps(vars(asked))}\n\n| file | MB | processor time | beside our own CSV |\n|---|---|---|---|")
    for name, found in times.items():
        median = statistics.median(found)
        print(f"| {name} | {sizes[name]:.1f} | {median:.2f} s | {median / first:.2f} x |")


if __name__ == "__main__":
    main()
