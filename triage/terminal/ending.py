"""Being ended from outside: the program lets go of all it holds, as at an end of its own."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Stop = Callable[["Ended"], None]

__all__ = ["Ended", "end_in_order", "ended_by"]

_NAMES = ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK")
"""Somebody ends it, its terminal is closed, Ctrl-backslash, Ctrl-Break; not every system has all of them."""
_stops: list[Stop] = []


class Ended(SystemExit):
    """The program was ended from outside; it leaves with 128 and the number of the signal, as shells say it."""


def end_in_order() -> None:
    """Let signals that end a program at once end it in order: no terminal stays raw, no half of a file is left."""
    for number in _numbers():
        if signal.getsignal(number) is signal.SIG_DFL:  # what is held back, as by nohup, stays so
            signal.signal(number, _end)


@contextmanager
def ended_by(stop: Stop) -> Iterator[None]:
    """Let something that must not be broken off anywhere be told to stop; when it has, it has been ended.

    Raises:
        Ended: so it was.

    """
    met: list[Ended] = []

    def told(ended: Ended) -> None:
        met.append(ended)
        stop(ended)

    _stops.append(told)
    try:
        yield
    finally:
        _stops.pop()
    if met:
        raise met[0]


def _numbers() -> list[signal.Signals]:
    return [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]


def _end(number: int, _: Any) -> None:
    for other in (signal.SIGINT, *_numbers()):
        signal.signal(other, signal.SIG_IGN)  # a second one would break off the tidying up
    ended = Ended(128 + number)
    if not _stops:
        raise ended
    _stops[-1](ended)
