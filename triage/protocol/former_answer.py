"""An answer of an earlier questionnaire, and what it means now: data, so that old answer files stay of use."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import Field, model_validator

from triage.conditions.answer_state import STATES
from triage.documents.output_text import shown
from triage.protocol.record import Code, Record, Text

__all__ = ["FormerAnswer", "is_no_later"]

_NUMBERS = re.compile(r"\s*v?(\d+(?:\.\d+)*)")


class FormerAnswer(Record):
    """One code that an earlier questionnaire had, or that meant something else there."""

    question: Code
    """The question as it was called then; it may be gone."""
    code: Code
    means: dict[Code, Annotated[tuple[Code, ...], Field(min_length=1)]] = Field(default_factory=dict)
    """What it means now: codes by question."""
    ask_again: tuple[Code, ...] = ()
    """Questions about which it says nothing sure any more."""
    until: Text | None = None
    """For a code that is still in use: the last version of the questionnaire in which it meant this."""
    until_rules: Text | None = None
    """The last version of the rules that went with it; older files say no version of the questionnaire."""

    def was_meant(self, version: str | None, rules: str | None) -> bool:
        """Return whether a case that says these versions means this by the code.

        Args:
            version: of the questionnaire; where the case says one, the other does not count.
            rules: of the rules.

        """
        if self.until is None:
            return True
        if version is not None:
            return is_no_later(version, self.until)
        return rules is not None and self.until_rules is not None and is_no_later(rules, self.until_rules)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        flaws = []
        if not self.means and not self.ask_again:
            flaws.append("says neither what it `means` now nor what to `ask_again`")
        flaws += [f"both means and asks again {shown(name)}" for name in self.ask_again if name in self.means]
        for name, codes in self.means.items():
            said = [code for code in codes if code in STATES]
            flaws += [f"means {shown(code)} for {shown(name)}; `ask_again: [{name}]` says that" for code in said]
        if self.until_rules is not None and self.until is None:
            flaws.append("says `until_rules`, which goes with `until`")
        for version in (self.until, self.until_rules):
            if version is not None and _NUMBERS.match(version) is None:
                flaws.append(f"says until {shown(version)}, which is no version such as 1.0.0")
        if self.code in STATES:
            flaws.append("is a word kept for answer states")
        if flaws:
            raise ValueError("; it ".join(flaws))
        return self


def is_no_later(version: str, other: str) -> bool:
    """Return whether a version is the same as another or an earlier one; one without a number never is.

    >>> is_no_later("1.0.0", "1.0"), is_no_later("1.10", "1.9"), is_no_later("2.0 (trial)", "2.0"), is_no_later("", "1")
    (True, False, True, False)
    """
    said, known = _NUMBERS.match(version), _NUMBERS.match(other)
    return said is not None and known is not None and _parts(said[1]) <= _parts(known[1])


def _parts(numbers: str) -> list[int]:
    parts = [int(number[:18]) for number in numbers.split(".")]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return parts
