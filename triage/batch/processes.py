"""Work shared among processes, with what comes out of it in the order of the work."""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import sys
import threading
import traceback
from collections import deque
from contextlib import contextmanager, suppress
from itertools import chain, islice
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from triage.batch.shared_rooms import SharedRooms, receive_result, send_result

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from multiprocessing.connection import Connection

__all__ = ["WorkEndedEarly", "Workers"]

Task = TypeVar("Task")
Result = TypeVar("Result")

_FEW = 3
"""Fewer tasks are done before other processes are ready."""
_AHEAD = 3
"""Tasks for each process that may be begun while one before them is not done; more, and memory would fill."""
_SMALL = 1 << 14
"""Bytes that can be sent to a process that does not listen yet."""


if sys.platform != "win32":
    _HELD_BACK = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT}


class WorkEndedEarly(RuntimeError):
    """A process was ended from outside."""


class _Worker(Generic[Result]):
    """Another process, seen from here."""

    def __init__(self, process: Any, connection: Connection, rooms: SharedRooms | None) -> None:
        self._process = process
        self._rooms = rooms
        self.connection = connection
        self.begun: deque[int] = deque()
        """The numbers of the tasks it has been given and not done."""

    def takes(self, task: bytes) -> bool:
        """Whether it can be given one more task: the next one, at most, while it is at another."""
        return not self.begun or (len(self.begun) == 1 and len(task) <= _SMALL)

    def send(self, number: int, task: bytes) -> None:
        """Send a task, with a room for its result if one is free."""
        try:
            self.connection.send(self._rooms.take() if self._rooms else None)
            self.connection.send_bytes(task)
        except OSError:
            raise WorkEndedEarly from None
        self.begun.append(number)

    def receive(self) -> tuple[int, Result, int | None]:
        """Return the number of a task, what became of it, and the number of the room that parts of that lie in."""
        try:
            result, room = receive_result(self.connection, self._rooms)
        except (EOFError, OSError):
            raise WorkEndedEarly from None
        if isinstance(result, BaseException):
            raise result
        return self.begun.popleft(), result, room

    def give_back(self, room: int | None) -> None:
        """Let a room be used again."""
        if self._rooms and room is not None:
            self._rooms.give_back(room)

    def end(self) -> None:
        """End the process, whatever it is at."""
        self.connection.close()
        self._process.terminate()
        self._process.join()


class Workers(Generic[Task, Result]):
    """Does tasks, a few itself and many by processes that are started when they are needed first."""

    def __init__(
        self, work: Callable[[Task], Result], prepare: Callable[[], Callable[[Task], Result]], number: int
    ) -> None:
        """Take what does a task, what makes it anew in another process, and how many processes there shall be."""
        self._work = work
        self._prepare = prepare
        self._number = number
        self._workers: list[_Worker[Result]] = []

    def results(self, tasks: Iterable[Task]) -> Generator[Result]:
        """Yield what becomes of each task, in the order of the tasks; close the iterator where you do not use it up.

        Buffers in a result may be overwritten as soon as the next one is asked for.

        Raises:
            WorkEndedEarly: a process was ended from outside.

        """
        tasks = iter(tasks)
        first = list(islice(tasks, _FEW)) if self._number > 1 else []
        if len(first) < _FEW:
            yield from map(self._work, chain(first, tasks))
            return
        if not self._workers:
            self._start()
        if not self._workers:
            yield from map(self._work, chain(first, tasks))
            return
        try:
            yield from self._shared(chain(first, tasks))
        except BaseException:
            # Results nobody took any more would be taken for those of the next tasks.
            self.close()
            raise

    def close(self) -> None:
        """End the processes, whatever they are at."""
        for worker in self._workers:
            worker.end()
        self._workers = []

    def _shared(self, tasks: Iterator[Task]) -> Iterator[Result]:
        done: dict[int, tuple[_Worker[Result], Result, int | None]] = {}
        begun = wanted = 0
        packed = map(pickle.dumps, tasks)
        following = next(packed, None)
        while following is not None or begun > wanted:
            while following is not None and begun - wanted < _AHEAD * self._number:
                worker = min(self._workers, key=lambda one: len(one.begun))
                if not worker.takes(following):
                    break
                worker.send(begun, following)
                begun += 1
                following = next(packed, None)
            listened_to: dict[Any, _Worker[Result]] = {one.connection: one for one in self._workers if one.begun}
            for ready in wait(list(listened_to), 0 if wanted in done else None) if listened_to else ():
                worker = listened_to[ready]
                number, result, room = worker.receive()
                done[number] = worker, result, room
            if wanted in done:
                worker, result, room = done.pop(wanted)
                yield result
                worker.give_back(room)
                wanted += 1

    def _start(self) -> None:
        """Start the processes: as copies of this one where that is safe, so that they know all that it knows.

        Where the machine has no room for so many there are fewer, or none.
        """
        copied = sys.platform == "linux" and threading.active_count() == 1
        context: Any = multiprocessing.get_context("fork" if copied else "spawn")
        for _ in range(self._number):
            try:
                here, there = context.Pipe()
            except OSError:
                return
            rooms = SharedRooms.if_there_is_memory(_AHEAD + 1) if copied else None
            # A copy holds copies of all connections. It must close them, or nobody would notice when this one ends.
            others = [*(worker.connection for worker in self._workers), here] if copied else []
            prepare = _Ready(self._work) if copied else self._prepare
            process = context.Process(target=_serve, args=(prepare, there, others, rooms), daemon=True)
            try:
                with _interrupts_held_back():
                    process.start()
            except OSError:
                here.close()
                return
            finally:
                there.close()
            self._workers.append(_Worker(process, here, rooms))


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


def _serve(
    prepare: Callable[[], Callable[[Any], Any]],
    connection: Connection,
    others: list[Connection],
    rooms: SharedRooms | None,
) -> None:
    """Do one task after the other until nobody asks for more."""
    # Ctrl-C, and the end of a terminal, reach all its processes; the one that was started by hand ends the others.
    for name in ("SIGINT", "SIGHUP", "SIGQUIT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD_BACK)
    for other in others:
        other.close()
    work = prepare()
    with suppress(EOFError, OSError):
        while True:
            room = connection.recv()
            task = pickle.loads(connection.recv_bytes())
            try:
                result = work(task)
            except Exception as error:
                result = _as_sent(error)
            send_result(result, connection, rooms, room)


def _as_sent(error: Exception) -> Exception:
    """Return an error as it is if it can be sent, else what it says."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError("".join(traceback.format_exception(error)))
    return error
