"""Work shared among processes, with what comes out of it in the order of the work."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import traceback
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from concurrent.futures import Future, ThreadPoolExecutor
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

__all__ = ["WorkEndedEarly", "Workers"]

Task = TypeVar("Task")
Result = TypeVar("Result")

_AHEAD = 3
"""Tasks for each process that may be begun while one before them is not done; more, and memory would fill."""

if sys.platform != "win32":
    _HELD_BACK = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT}


class WorkEndedEarly(RuntimeError):
    """A process was ended from outside."""


class Workers(Generic[Task, Result]):
    """Does tasks, a few itself and many by processes that are started when they are needed first."""

    def __init__(
        self, work: Callable[[Task], Result], prepare: Callable[[], Callable[[Task], Result]], number: int, few: int = 3
    ) -> None:
        """Take what does a task, what makes it anew in another process, and how many processes there shall be.

        Fewer than ``few`` tasks are done before other processes are ready.
        """
        self._work = work
        self._prepare = prepare
        self._number = number
        self._few = few
        self._processes: list[BaseProcess] = []
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        self._threads: ThreadPoolExecutor | None = None
        """One for each process; each gives a process a task and waits for what becomes of it."""

    def results(self, tasks: Iterable[Task]) -> Generator[Result]:
        """Yield what becomes of each task, in the order of the tasks; close the iterator where you do not use it up.

        Raises:
            WorkEndedEarly: a process was ended from outside.

        """
        tasks = iter(tasks)
        first = list(islice(tasks, self._few)) if self._number > 1 else []
        if len(first) == self._few and self._threads is None:
            self._start()
        if len(first) < self._few or self._threads is None:
            yield from map(self._work, chain(first, tasks))
            return
        begun: deque[Future[Result]] = deque()
        try:
            for task in chain(first, tasks):
                begun.append(self._threads.submit(self._have_done, task))
                if len(begun) >= _AHEAD * self._number:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        except WorkEndedEarly:
            self.close()
            raise
        finally:
            for future in begun:
                future.cancel()

    def close(self) -> None:
        """End the processes, whatever they are at."""
        for process in self._processes:
            process.kill()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            process.join()
        self._processes, self._idle, self._threads = [], SimpleQueue(), None

    def _have_done(self, task: Task) -> Result:
        """Have a task done by the next process that is idle.

        Each has a pipe of its own, which ends with it: half a result is an end, too, and nobody waits for the rest.
        """
        pipe = self._idle.get()
        try:
            pipe.send(task)
            done: Result | _Failed = pipe.recv()
        except (EOFError, OSError):
            raise WorkEndedEarly from None
        finally:
            self._idle.put(pipe)
        if isinstance(done, _Failed):
            raise done.error
        return done

    def _start(self) -> None:
        """Start the processes: as copies of this one where that is safe, so that they know all that it knows.

        Where the machine has no room for so many there are fewer, or none.
        """
        import multiprocessing
        from concurrent.futures import ThreadPoolExecutor

        copied = sys.platform == "linux" and threading.active_count() == 1
        context = multiprocessing.get_context("fork") if copied else multiprocessing.get_context("spawn")
        prepare = (lambda: self._work) if copied else self._prepare
        with suppress(OSError), _interrupts_held_back():
            for _ in range(self._number):
                here, there = context.Pipe()
                with there:  # the copy of the process alone stays open
                    process = context.Process(target=_serve, args=(there, prepare), daemon=True)
                    process.start()
                self._processes.append(process)
                self._idle.put(here)
        if self._processes:
            self._threads = ThreadPoolExecutor(len(self._processes))


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


@dataclass(frozen=True)
class _Failed:
    """What went wrong with a task."""

    error: Exception


def _serve(pipe: Connection, prepare: Callable[[], Callable[[Any], Any]]) -> None:
    """Do tasks, in a process that was started, until it is ended."""
    # Ctrl-C, and the end of a terminal, reach all its processes; the one that was started by hand ends the others.
    for name in ("SIGINT", "SIGHUP", "SIGQUIT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_the_first_process, daemon=True).start()
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD_BACK)
    work = prepare()
    with suppress(EOFError, OSError):  # the first process has ended
        while True:
            pipe.send(_done(work, pipe.recv()))


def _done(work: Callable[[Any], Any], task: Any) -> Any:
    try:
        return work(task)
    except Exception as error:
        return _Failed(_as_sent(error))


def _end_with_the_first_process() -> None:
    """Wait for the end of the process that was started by hand, however it ends, and end, too."""
    import multiprocessing
    from multiprocessing.connection import wait

    first = multiprocessing.parent_process()
    assert first is not None
    wait([first.sentinel])
    os._exit(1)


def _as_sent(error: Exception) -> Exception:
    """Return an error as it is if it can be sent, else what it says."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError("".join(traceback.format_exception(error)))
    return error
