"""Long pages on a terminal: what does not fit the screen is read with the pager of the machine, such as less."""

from __future__ import annotations

import io
import os
import pydoc
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

from triage.terminal.page import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["paged"]


@contextmanager
def paged() -> Iterator[Page]:
    """Yield a page that is shown when the block ends: by a pager if it is longer than a terminal, else as it is."""
    seen = Console(highlight=False)
    if not seen.is_terminal or seen.is_dumb_terminal:
        yield Page(seen)
        return
    written = io.StringIO()
    kept = Console(file=written, force_terminal=True, highlight=False, width=seen.width, color_system=None)
    kept._color_system = seen._color_system  # by name it would be guessed anew, from surroundings that are no terminal
    yield Page(kept)
    text = written.getvalue()
    if text.count("\n") < seen.height:
        seen.file.write(text)
        seen.file.flush()
        return
    os.environ.setdefault("LESS", "-R")  # or less would show colours as signs
    pydoc.pager(text)
