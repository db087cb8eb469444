"""The shipped protocol and its worked cases, read once in each process, also where tests are made of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import triage
from triage.answers.case_reading import read_cases

if TYPE_CHECKING:
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol

__all__ = ["the_cases", "the_protocol"]


@cache
def the_protocol() -> Protocol:
    return triage.load_protocol()


@cache
def the_cases() -> list[Case]:
    return read_cases(the_protocol())
