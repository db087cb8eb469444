"""DuckDB, and nothing that reaches beyond this machine."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

__all__ = ["DatabaseFault", "connected", "quoted", "quoted_name"]

DatabaseFault = duckdb.Error

_SETTINGS: dict[str, str | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "memory_limit": "400MB",
    "preserve_insertion_order": True,
}


@contextmanager
def connected(threads: int = 1) -> Iterator[DuckDBPyConnection]:
    """Open a database in memory that fetches nothing from anywhere and puts into a temporary folder what is too big."""
    with tempfile.TemporaryDirectory(prefix="triage-") as folder:
        connection = duckdb.connect(config={**_SETTINGS, "temp_directory": folder, "threads": threads})
        try:
            connection.execute("SET enable_progress_bar = false")
            # Joins look things up for rows in their order; turned round they would mix the rows.
            connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
            connection.execute("SET lock_configuration = true")
            yield connection
        finally:
            connection.close()


def quoted(text: str) -> str:
    """Return a text as SQL.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def quoted_name(name: str) -> str:
    """Return the name of a column as SQL.

    >>> quoted_name('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'
