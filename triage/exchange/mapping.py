"""A mapping: what the columns and values of a file that is already there mean."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Mapping"]


@dataclass(frozen=True)
class Mapping:
    """What a file of somebody's own means."""
