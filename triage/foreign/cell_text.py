"""What a cell of a workbook, or a value in JSON, holds as text."""

from __future__ import annotations

import datetime
from typing import Any

__all__ = ["cell_text"]


def cell_text(cell: Any) -> str:
    """Return what a cell holds as text.

    >>> cell_text(1.0), cell_text(True), cell_text(datetime.date(2026, 1, 2)), cell_text(None)
    ('1', 'true', '2026-01-02', '')
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)
