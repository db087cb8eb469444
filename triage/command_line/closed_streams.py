"""Standard streams that were closed before the program started, as in ``triage rules >&-``."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path

__all__ = ["replace_closed_streams"]


class _ClosedOutput(io.TextIOBase):
    """Takes nothing: whoever writes to it is told that standard output is closed."""

    def writable(self) -> bool:
        """Whether it may be written to; it only says why not."""
        return True

    def write(self, text: str, /) -> int:  # noqa: ARG002
        """Refuse."""
        raise OSError(errno.EBADF, "standard output is closed")


def replace_closed_streams() -> None:
    """Put something in place of streams that Python left out, so that nothing trips over them."""
    if sys.stdout is None:
        sys.stdout = _ClosedOutput()
    if sys.stderr is None:
        # What is printed to no stream goes to standard output, among the results.
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
