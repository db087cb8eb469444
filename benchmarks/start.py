"""How long the command takes to start: whole processes, medians, beside a bare start of Python.

Run from the checkout: python -m benchmarks.start
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 7
CASE = {"id": "one", "answers": {"age_group": "adult_18_39y", "thinking": ["new_confusion_or_drowsiness"]}}


def seconds(command: list[str]) -> float:
    """Return how long a process takes from start to end."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Print the medians, measured in turn so that a slow moment hits all alike."""
    with tempfile.TemporaryDirectory() as folder:
        case = Path(folder) / "one.json"
        case.write_text(json.dumps(CASE), encoding="utf-8")
        python = [sys.executable]
        commands = {
            "python, doing nothing": [*python, "-c", "pass"],
            "triage --version": [*python, "-m", "triage", "--version"],
            "triage score one.json": [*python, "-m", "triage", "score", str(case)],
            "triage explain one.json": [*python, "-m", "triage", "explain", str(case)],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(ROUNDS + 1):
            for name, command in commands.items():
                times[name].append(seconds(command))
    bare = statistics.median(times["python, doing nothing"][1:])
    print("| command | median | beside bare Python |")
    print("|---|---|---|")
    for name, found in times.items():
        median = statistics.median(found[1:])
        print(f"| {name} | {median:.2f} s | {median / bare:.1f} x |")


if __name__ == "__main__":
    main()
