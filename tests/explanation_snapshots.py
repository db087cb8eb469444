"""The explanation of every worked case as text, 76 columns wide.

``python tests/explanation_snapshots.py`` renews them.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

import triage
from triage.answers.answers import settle
from triage.answers.case_reading import read_cases
from triage.answers.examples import given_states
from triage.assessment.assessment import assess
from triage.assessment.explaining import Commonness, explained
from triage.engines import build_engine
from triage.terminal.explained_page import print_explained

if TYPE_CHECKING:
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol

FOLDER = Path(__file__).parent / "snapshots" / "explanations"


def explanation(protocol: Protocol, case: Case, commonness: Commonness) -> str:
    """Return what ``triage explain`` shows of a case, by the plain engine."""
    answers = settle(protocol.questionnaire, given_states(case.answers))
    result = assess(protocol, answers, [build_engine("plain", protocol)], case_id=case.id)
    shown = io.StringIO()
    console = Console(file=shown, width=76, highlight=False, color_system=None)
    print_explained(explained(protocol, answers, result, commonness), protocol, console=console)
    return f"{case.id} {case.title}\n{shown.getvalue()}"


def renew() -> None:
    """Write all snapshots anew."""
    protocol = triage.load_protocol()
    cases = read_cases(protocol)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.txt"):
        old.unlink()
    commonness = Commonness(protocol, cases)
    for case in cases:
        (FOLDER / f"{case.id}.txt").write_text(explanation(protocol, case, commonness), encoding="utf-8")


if __name__ == "__main__":
    renew()
