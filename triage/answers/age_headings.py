"""How columns and keys with an age or a date of birth are called, and what a bare number in them counts."""

from __future__ import annotations

import re

__all__ = ["age_unit", "counts_ages", "is_age", "is_birth"]

_AGE = ("age", "ages")
_LITTLE = ("in", "old", "or", "and")
_BIRTH = ("date_of_birth", "birth_date", "birthdate", "dob", "birthday")
_UNITS = {
    **dict.fromkeys(("year", "years", "yr", "yrs"), "years"),
    **dict.fromkeys(("month", "months", "mth", "mths", "mo", "mos"), "months"),
    **dict.fromkeys(("week", "weeks", "wk", "wks"), "weeks"),
    **dict.fromkeys(("day", "days"), "days"),
}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[^\W\d_]+|\d+")


def is_age(heading: str) -> bool:
    """Whether something called so holds ages, by its words alone.

    >>> [is_age(heading) for heading in ("Age", "age_in_months", "Age (months)", "ageYears", "age_group", "years")]
    [True, True, True, True, False, False]
    """
    words = [word for word in _words(heading) if word not in _UNITS and word not in _LITTLE]
    return len(words) == 1 and words[0] in _AGE


def is_birth(heading: str) -> bool:
    """Whether something called so holds dates of birth."""
    return "_".join(_words(heading)) in _BIRTH


def counts_ages(heading: str) -> bool:
    """Whether a heading says by itself that numbers under it are ages, and no codes of age groups.

    >>> [counts_ages(heading) for heading in ("Age", "visit_years", "age_group", "How old is the person?")]
    [True, True, False, False]
    """
    return is_age(heading) or any(word in _UNITS for word in _words(heading))


def age_unit(heading: str) -> str | None:
    """Return what a bare number counts under a heading: years, unless it says otherwise; None if that is not clear.

    >>> [age_unit(heading) for heading in ("age_group", "Age (months)", "Age in years or months", "age_on_day_1")]
    ['years', 'months', None, None]
    """
    named = {_UNITS[word] for word in _words(heading) if word in _UNITS}
    if named <= {"years"}:
        return "years"
    return next(iter(named)) if len(named) == 1 and is_age(heading) else None


def _words(heading: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(heading)]
