"""What an engine says: the truth of every rule, cause and finding for one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Protocol as Interface

if TYPE_CHECKING:
    from collections.abc import Mapping

    from triage.answers.answers import Answers
    from triage.conditions.truth import Truth

__all__ = ["Engine", "EngineFault", "Verdicts"]


@dataclass(frozen=True)
class Verdicts:
    """The truth of every rule and cause by id, and of every finding by name."""

    rules: Mapping[str, Truth]
    findings: Mapping[str, Truth]


class EngineFault(RuntimeError):
    """An engine lost or garbled a result; it has no verdict on the case."""


class Engine(Interface):
    """Something that judges every rule of the protocol it was built for."""

    name: str

    def judge(self, answers: Answers) -> Verdicts:
        """Return the truth of every rule, cause and finding.

        Raises:
            EngineFault: it has no verdict.

        """
        ...
