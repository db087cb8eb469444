"""The safety statements of a protocol as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.documents.output_text import markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.proof.statements import Statement

__all__ = ["proved_for", "statement_table"]


def statement_table(statements: Sequence[Statement]) -> str:
    """Return a Markdown table with each statement, how many times it is made, and why."""
    cells = [(one.id, one.title, proved_for(one), one.why) for one in statements]
    rows = [f"| {' | '.join(map(markdown, row))} |" for row in cells]
    return "\n".join(["| id | statement | proved for | why |", "|---|---|---|---|", *rows]) + "\n"


def proved_for(statement: Statement) -> str:
    """Say how many times a statement is made."""
    choices = statement.each or statement.never_lowers or {}
    count = sum(len(codes) for codes in choices.values())
    return f"each of {count} choices" if count else "every answer set" if not statement.possible else "some answer set"
