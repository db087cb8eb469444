"""Work shared among processes, with what comes out of it in the order of the work."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import traceback
from collections import deque
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from concurrent.futures import Future, ProcessPoolExecutor
    from types import FrameType

__all__ = ["WorkEndedEarly", "Workers"]

Task = TypeVar("Task")
Result = TypeVar("Result")

_FEW = 3
"""Fewer tasks are done before other processes are ready."""
_AHEAD = 3
"""Tasks for each process that may be begun while one before them is not done; more, and memory would fill."""

if sys.platform != "win32":
    _HELD_BACK = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT}

_MOMENT = 0.05
"""Seconds until a process that is at a task looks again whether it may end."""
_patience = 5.0
"""Seconds that a process takes to finish what it is at before it ends."""

_here: dict[str, Callable[[Any], Any]] = {}
"""In a process that was started: what does a task."""


class WorkEndedEarly(RuntimeError):
    """A process was ended from outside."""


class Workers(Generic[Task, Result]):
    """Does tasks, a few itself and many by processes that are started when they are needed first."""

    def __init__(
        self, work: Callable[[Task], Result], prepare: Callable[[], Callable[[Task], Result]], number: int
    ) -> None:
        """Take what does a task, what makes it anew in another process, and how many processes there shall be."""
        self._work = work
        self._prepare = prepare
        self._number = number
        self._pool: ProcessPoolExecutor | None = None

    def results(self, tasks: Iterable[Task]) -> Generator[Result]:
        """Yield what becomes of each task, in the order of the tasks; close the iterator where you do not use it up.

        Raises:
            WorkEndedEarly: a process was ended from outside.

        """
        tasks = iter(tasks)
        first = list(islice(tasks, _FEW)) if self._number > 1 else []
        if len(first) == _FEW and self._pool is None:
            self._start()
        if len(first) < _FEW or self._pool is None:
            yield from map(self._work, chain(first, tasks))
            return
        begun: deque[Future[Result]] = deque()
        try:
            for task in chain(first, tasks):
                begun.append(self._pool.submit(_do, task))
                if len(begun) >= _AHEAD * self._number:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        except BrokenExecutor:
            self.close()
            raise WorkEndedEarly from None
        finally:
            for future in begun:
                future.cancel()

    def close(self) -> None:
        """End the processes when they have done what they are at."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def _start(self) -> None:
        """Start the processes: as copies of this one where that is safe, so that they know all that it knows.

        Where the machine has no room for so many there are fewer, or none.
        """
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        copied = sys.platform == "linux" and threading.active_count() == 1
        context = multiprocessing.get_context("fork" if copied else "spawn")
        prepare = _Ready(self._work) if copied else self._prepare
        for number in range(self._number, 1, -1):
            before = multiprocessing.active_children()
            try:
                with _interrupts_held_back():
                    pool = ProcessPoolExecutor(number, context, _begin, (prepare,))
                    pool.submit(os.getpid)  # the first task starts all processes
                    self._pool = pool
            except OSError:
                for process in set(multiprocessing.active_children()).difference(before):
                    process.kill()
            else:
                return


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Let Ctrl-C and the like wait: a process that has hardly begun could do nothing but complain of it."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Ready:
    """Has ready what does a task."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self._work = work

    def __call__(self) -> Callable[[Any], Any]:
        return self._work


def _begin(prepare: Callable[[], Callable[[Any], Any]]) -> None:
    """Get a process ready that was started."""
    # Ctrl-C, and the end of a terminal, reach all its processes; the one that was started by hand ends the others.
    for name in ("SIGINT", "SIGHUP", "SIGQUIT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end_between_tasks)
    threading.Thread(target=_end_with_the_first_process, daemon=True).start()
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD_BACK)
    _here["work"] = prepare()


def _end_between_tasks(number: int, frame: FrameType | None) -> None:
    """End, but not with half a result sent: whoever reads the other half would wait for it for ever."""
    global _patience
    names = set()
    while frame is not None:
        names.add(frame.f_code.co_name)
        frame = frame.f_back
    if _patience <= 0 or names.isdisjoint(("_do", "_sendback_result")):
        os._exit(128 + number)
    _patience -= _MOMENT
    again = threading.Timer(_MOMENT, os.kill, (os.getpid(), number))
    again.daemon = True
    again.start()


def _end_with_the_first_process() -> None:
    """Wait for the end of the process that was started by hand, however it ends, and end, too."""
    import multiprocessing
    from multiprocessing.connection import wait

    first = multiprocessing.parent_process()
    assert first is not None
    wait([first.sentinel])
    os._exit(1)


def _do(task: Any) -> Any:
    try:
        return _here["work"](task)
    except Exception as error:
        raise _as_sent(error) from None


def _as_sent(error: Exception) -> Exception:
    """Return an error as it is if it can be sent, else what it says."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError("".join(traceback.format_exception(error)))
    return error
