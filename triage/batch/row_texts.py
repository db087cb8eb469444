"""Results as text: a line of JSON or a row of a table for each case."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from triage.batch.result_parts import Combinations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from triage.batch.bit_engine import Conclusions
    from triage.batch.result_parts import Part, Values

__all__ = ["JsonRows", "TableRows", "json_fields", "table_cell"]

_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would take for a formula."""
_NEEDS_CARE = re.compile(rb'["\\,\r\n]|\n')


def json_fields(values: Mapping[str, Any]) -> str:
    """Return fields as they stand inside an object.

    >>> json_fields({"urgency": "routine", "types": []})
    '"urgency": "routine", "types": []'
    """
    return json.dumps(dict(values), ensure_ascii=False)[1:-1]


def table_cell(value: Any) -> str:
    """Return a value as a cell of a table; several codes are joined, and nothing in it can be run.

    >>> table_cell(["a", "b"]), table_cell("=1+1"), table_cell('say "x"'), table_cell(None)
    ('a;b', "'=1+1", '"say ""x\"""', '')
    """
    if value is None:
        return ""
    if isinstance(value, list):
        value = ";".join(str(one) for one in value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if text.startswith(_RUN_BY_SPREADSHEETS) and isinstance(value, str):
        text = f"'{text}"
    if any(sign in text for sign in ',"\r\n'):
        text = '"' + text.replace('"', '""') + '"'
    return text
