"""Ages as numbers and dates of birth, as the age groups of a question."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from triage.protocol.questionnaire import Question

__all__ = ["AgeGroups"]

_MONTH = 365.2425 / 12
_DAYS = {"days": 1.0, "weeks": 7.0, "months": _MONTH, "years": 365.2425}
_AGE = re.compile(r"(\d{1,4}(?:[.]\d{1,4})?)\s*(years?|yrs?|y|months?|mths?|mo|m|weeks?|wks?|w|days?|d)?(?:\s*old)?")
_LETTER = re.compile(r"\d{1,4}(?:[.]\d{1,4})?\s*[mwd]", re.IGNORECASE)
"""Months, weeks or days; or what many write of a man or a woman."""
_UNITS = {"y": "years", "m": "months", "w": "weeks", "d": "days"}
_DATE = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ].*)?", re.DOTALL)
_OLDEST = 130
_WHOLE = re.compile(r"0*(\d{1,4})(?:[.]0+)?")
_MISSING = 99
"""What stands for no answer beside codes of one digit."""


@dataclass(frozen=True)
class AgeGroups:
    """The age groups of a question, youngest first: the code, and from which age on, as a number and its unit."""

    groups: tuple[tuple[str, float, str], ...]

    @classmethod
    def of(cls, question: Question) -> AgeGroups:
        """Return the age groups of a question."""
        found = []
        for choice in question.choices:
            number, unit = (choice.from_age or "").split()
            found.append((choice.code, float(number), unit))
        return cls(tuple(found))

    def of_text(self, text: str, unit: str | None = "years") -> str | None:
        """Return the group of an age such as ``34`` or ``7 months``; None if it is none, or may be of two groups.

        Args:
            text: the age.
            unit: what a bare number counts; None if nobody knows.

        """
        found = _AGE.fullmatch(text.strip().lower())
        if found is None:
            return None
        unit = _UNITS[found[2][0]] if found[2] else unit
        if unit is None:
            return None
        number = float(found[1])
        if number * _DAYS[unit] > _OLDEST * _DAYS["years"]:
            return None
        # Somebody of 34 may be nearly 35: the group is known only if both ends are in it.
        last = number if "." in found[1] and float(found[1]) % 1 else number + 1
        youngest, oldest = self._group(number, unit), self._group(last, unit, before=last > number)
        return youngest if youngest == oldest else None

    def may_be_code(self, text: str) -> bool:
        """Whether a bare number may be the code of a group, or of no answer, instead of an age."""
        found = _WHOLE.fullmatch(text.strip())
        return found is not None and (int(found[1]) <= len(self.groups) or int(found[1]) == _MISSING)

    @staticmethod
    def may_say_sex(text: str) -> bool:
        """Whether a letter behind a number may count something, or say whether it is a man or a woman.

        >>> [AgeGroups.may_say_sex(text) for text in ("34 M", "6w", "34 y", "6 months", "34")]
        [True, True, False, False, False]
        """
        return _LETTER.fullmatch(text.strip()) is not None

    def _group(self, number: float, unit: str, *, before: bool = False) -> str:
        """Return the group of an age; with ``before`` that of just before it."""
        code = self.groups[0][0]
        for one, first, first_unit in self.groups:
            mine, its = _together(number, unit, first, first_unit)
            if mine > its or (mine == its and not before):
                code = one
        return code

    def of_dates(self, born: str, then: str) -> str | None:
        """Return the group on a day of somebody born on another; None if these are no such dates."""
        birth, day = _date(born), _date(then)
        if birth is None or day is None or birth > day or day.year - birth.year > _OLDEST:
            return None
        months = (day.year - birth.year) * 12 + day.month - birth.month - (day.day < birth.day)
        days = (day - birth).days
        code = self.groups[0][0]
        for one, first, unit in self.groups:
            reached = (
                months >= first * (12 if unit == "years" else 1)
                if unit in ("years", "months")
                else (days >= first * _DAYS[unit])
            )
            if reached:
                code = one
        return code


def _together(number: float, unit: str, other: float, other_unit: str) -> tuple[float, float]:
    """Return two ages in one unit, exactly where that can be."""
    calendar = {"years": 12, "months": 1}
    if unit in calendar and other_unit in calendar:
        return number * calendar[unit], other * calendar[other_unit]
    return number * _DAYS[unit], other * _DAYS[other_unit]


def _date(text: str) -> date | None:
    """Return a date with the year first; any other order could be read in two ways."""
    found = _DATE.fullmatch(text.strip())
    try:
        return date(int(found[1]), int(found[3]), int(found[4])) if found else None
    except ValueError:
        return None
