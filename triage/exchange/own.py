"""Whether a file has our own form already, so that nothing need be made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from triage.exchange.form import Asked, ForeignFile
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["is_own"]


def is_own(file: ForeignFile, asked: Asked, questionnaire: Questionnaire) -> bool:  # noqa: ARG001
    """Whether the beginning of a file holds nothing but what our own form has; JSON is left to the forms."""
    return file.name.lower().endswith((".csv", ".tsv"))
