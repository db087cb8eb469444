"""Work shared among processes, with what comes out of it in the order of the work."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
from contextlib import suppress
from itertools import chain, islice
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection

__all__ = ["WorkEndedEarly", "Workers"]

Task = TypeVar("Task")
Result = TypeVar("Result")

_FIRST = 3
"""Tasks done before other processes are started: a small job is over by then."""
_AHEAD = 2
"""Results for each process that may wait for one before them; more, and memory would fill."""


class WorkEndedEarly(RuntimeError):
    """A process was ended from outside."""


class Workers(Generic[Task, Result]):
    """Does tasks, the first few itself and the others by processes that are started when they are needed."""

    def __init__(
        self, work: Callable[[Task], Result], prepare: Callable[[], Callable[[Task], Result]], number: int
    ) -> None:
        """Take what does a task, what makes it anew in another process, and how many processes there shall be."""
        self._work = work
        self._prepare = prepare
        self._number = number
        self._connections: list[Connection] = []
        self._processes: list[Any] = []

    def results(self, tasks: Iterable[Task]) -> Iterator[Result]:
        """Yield what becomes of each task, in the order of the tasks.

        Raises:
            WorkEndedEarly: a process was ended from outside.

        """
        tasks = iter(tasks)
        if self._number > 1:
            first = list(islice(tasks, _FIRST)) if not self._processes else []
            yield from map(self._work, first)
            following = next(tasks, None)
            if following is not None:
                self._start()
                yield from self._shared(chain([following], tasks))
        else:
            yield from map(self._work, tasks)

    def _shared(self, tasks: Iterator[Task]) -> Iterator[Result]:
        free = list(self._connections)
        numbers: dict[Connection, int] = {}
        done: dict[int, Result] = {}
        begun = wanted = 0
        more = True
        while more or numbers or done:
            while more and free and begun - wanted < _AHEAD * self._number:
                try:
                    task = next(tasks)
                except StopIteration:
                    more = False
                    break
                connection = free.pop()
                self._send(connection, task)
                numbers[connection] = begun
                begun += 1
            ready: Any
            for ready in wait(list(numbers), 0 if wanted in done else None) if numbers else ():
                done[numbers.pop(ready)] = self._received(ready)
                free.append(ready)
            if wanted in done:
                yield done.pop(wanted)
                wanted += 1

    def _send(self, connection: Connection, task: Task) -> None:
        try:
            connection.send(task)
        except OSError:
            raise WorkEndedEarly from None

    def _received(self, connection: Connection) -> Result:
        try:
            result: Result | BaseException = connection.recv()
        except (EOFError, OSError):
            raise WorkEndedEarly from None
        if isinstance(result, BaseException):
            raise result
        return result

    def _start(self) -> None:
        """Start the processes: as copies of this one where that is safe, so that they know all that it knows."""
        if self._processes:
            return
        copied = sys.platform == "linux" and threading.active_count() == 1
        context: Any = multiprocessing.get_context("fork" if copied else "spawn")
        for _ in range(self._number):
            here, there = context.Pipe()
            # A copy holds copies of all connections. It must close them, or nobody would notice when this one ends.
            others = [*self._connections, here] if copied else []
            prepare = _Ready(self._work) if copied else self._prepare
            process = context.Process(target=_serve, args=(prepare, there, others), daemon=True)
            process.start()
            there.close()
            self._connections.append(here)
            self._processes.append(process)

    def close(self) -> None:
        """End the processes, whatever they are at."""
        for connection in self._connections:
            connection.close()
        for process in self._processes:
            process.terminate()
            process.join()
        self._connections, self._processes = [], []


class _Ready:
    """Has the worker ready."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self._work = work

    def __call__(self) -> Callable[[Any], Any]:
        return self._work


def _serve(prepare: Callable[[], Callable[[Any], Any]], connection: Connection, others: list[Connection]) -> None:
    """Do one task after the other until nobody asks for more."""
    # Ctrl-C reaches all processes of a terminal; the one that was started by hand ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in others:
        other.close()
    work = prepare()
    with suppress(EOFError, OSError):
        while True:
            task = connection.recv()
            try:
                result = work(task)
            except Exception as error:
                result = error
            connection.send(result)
