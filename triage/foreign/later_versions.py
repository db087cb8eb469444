"""Answers of a questionnaire or of rules that came later than those that are known here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from triage.documents.output_text import shown
from triage.documents.problems import Problem
from triage.protocol.former_answer import is_no_later

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from triage.documents.problems import Place
    from triage.foreign.form import Asked
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["said_of_later"]


def said_of_later(
    place: Place, records: Iterable[Mapping[str, Any]], asked: Asked, questionnaire: Questionnaire
) -> Problem | None:
    """Return that some records say a version that is not known here yet; None where they do not."""
    known = {"protocol": asked.rules, "questionnaire_version": questionnaire.version}
    for record in records:
        for key, now in known.items():
            said = record.get(key)
            if isinstance(said, str) and said and now is not None and not is_no_later(said, now):
                message = f"These answers are of {shown(key)} {shown(said)}; here it is {shown(now)}."
                hint = "What has come since then is not known here. Is there a newer program?"
                return Problem(place, message, hint, severity="warning")
    return None
