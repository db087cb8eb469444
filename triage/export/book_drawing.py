"""What both pictures of a rule book are drawn with: words at a place, and the colour group of a rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from triage.protocol.rule import Rule

__all__ = ["Caption", "tone_of"]


@dataclass(frozen=True)
class Caption:
    """Words on the picture."""

    x: float
    y: float
    text: str
    kind: str
    """``column``, ``group``, ``band``, ``outcome`` or ``row-label``."""


def tone_of(rule: Rule) -> str:
    """Return the colour group of a rule: its urgency, ``finding``, or ``names`` where it only names types."""
    if rule.then.finding:
        return "finding"
    return rule.then.urgency.value if rule.then.urgency else "names"
