"""The short form of a result: one flat object a case, codes only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from triage.answers.answers import unknown_red_flags, warning_signs

if TYPE_CHECKING:
    from triage.answers.answers import Answers
    from triage.engines.decision import Decision
    from triage.protocol.protocol import Protocol

__all__ = ["DRAFT_STATUS", "FIELDS", "score_line"]

FIELDS = (
    "id",
    "outcome",
    "urgency",
    "at_worst",
    "types",
    "causes",
    "warning_signs",
    "could_not_rule_out",
    "set_aside",
    "rules",
    "review_status",
)

DRAFT_STATUS = "draft: no clinician has reviewed these rules; never use them to decide against seeking help"


def score_line(protocol: Protocol, case_id: str, answers: Answers, decision: Decision) -> dict[str, Any]:
    """Return the result of a case as codes, with the fields of ``FIELDS`` in their order.

    ``types``, ``causes``, ``could_not_rule_out``, ``set_aside`` and ``rules`` are lists of codes; ``warning_signs`` is
    a list of ``question=choice``. Set aside are questions that were answered though they do not apply.
    """
    questionnaire = protocol.questionnaire
    draft = any(rule.status != "reviewed" for rule in decision.fired)
    return {
        "id": case_id,
        "outcome": decision.outcome.value,
        "urgency": decision.urgency.value,
        "at_worst": decision.at_worst.value,
        "types": list(decision.types),
        "causes": [cause.code for cause in decision.causes],
        "warning_signs": [f"{flag.id}={code}" for flag, code in warning_signs(questionnaire, answers)],
        "could_not_rule_out": [flag.id for flag in unknown_red_flags(questionnaire, answers)],
        "set_aside": [question.id for question in questionnaire.questions if question.id in answers.set_aside],
        "rules": [rule.id for rule in decision.fired],
        "review_status": DRAFT_STATUS if draft else "reviewed",
    }
