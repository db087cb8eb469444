"""The demonstration of every worked case as text, 76 columns wide.

``python tests/demonstration_snapshots.py`` renews them.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

import triage
from triage.answers.case_reading import read_cases
from triage.assessment.assessment import assess
from triage.engines import build_engine
from triage.teaching.demonstration import case_answers, play
from triage.terminal.demonstration_page import print_demonstration
from triage.terminal.page import Page

if TYPE_CHECKING:
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol

FOLDER = Path(__file__).parent / "snapshots" / "demos"


def demonstration(protocol: Protocol, case: Case) -> str:
    """Return what ``triage demo CASE --fast`` shows, by the plain engine."""
    shown = io.StringIO()
    page = Page(Console(file=shown, width=76, highlight=False, color_system=None))
    result = assess(protocol, case_answers(protocol, case), [build_engine("plain", protocol)], case_id=case.id)
    print_demonstration(page, protocol, case, play(protocol, case), result, pause=lambda: None)
    return shown.getvalue()


def renew() -> None:
    """Write all snapshots anew."""
    protocol = triage.load_protocol()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.txt"):
        old.unlink()
    for case in read_cases(protocol):
        (FOLDER / f"{case.id}.txt").write_text(demonstration(protocol, case), encoding="utf-8")


if __name__ == "__main__":
    renew()
