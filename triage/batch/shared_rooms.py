"""Memory that processes share, for results too large to go through a pipe quickly."""

from __future__ import annotations

import mmap
import pickle
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["SharedRooms", "receive_result", "send_result"]

_SIZE = 16 << 20
"""Bytes of a room. One that is never filled takes no memory."""
_ALIGNED = 64


class SharedRooms:
    """Rooms for one process to leave results in; only copies of the process that made them can share them."""

    def __init__(self, number: int) -> None:
        self._memory = memoryview(mmap.mmap(-1, number * _SIZE))
        self._free = list(range(number))

    @classmethod
    def if_there_is_memory(cls, number: int) -> SharedRooms | None:
        """Return rooms; None where this machine would give no memory for them."""
        try:
            return cls(number)
        except (OSError, ValueError):
            return None

    def take(self) -> int | None:
        """Return the number of a room that is free, if there is one."""
        return self._free.pop() if self._free else None

    def give_back(self, room: int) -> None:
        """Let a room be used again."""
        self._free.append(room)

    def part(self, room: int, begin: int, size: int) -> memoryview:
        """Return some bytes of a room."""
        return self._memory[room * _SIZE + begin : room * _SIZE + begin + size]


def send_result(result: Any, connection: Connection, rooms: SharedRooms | None, room: int | None) -> None:
    """Send a result; its buffers are left in a room if they fit."""
    buffers: list[pickle.PickleBuffer] = []
    rest = pickle.dumps(result, protocol=5, buffer_callback=buffers.append)
    parts = [buffer.raw() for buffer in buffers]
    begins, used = [], 0
    for part in parts:
        begins.append(used)
        used += -(-part.nbytes // _ALIGNED) * _ALIGNED
    if rooms is None or room is None or used > _SIZE:
        connection.send((rest, room, None, len(parts)))
        for part in parts:
            connection.send_bytes(part)
        return
    for begin, part in zip(begins, parts, strict=True):
        rooms.part(room, begin, part.nbytes)[:] = part
    connection.send((rest, room, [(begin, part.nbytes) for begin, part in zip(begins, parts, strict=True)], 0))


def receive_result(connection: Connection, rooms: SharedRooms | None) -> tuple[Any, int | None]:
    """Receive a result, and the number of the room that its buffers lie in or could have lain in."""
    rest, room, places, number = connection.recv()
    if places is None or rooms is None:
        buffers: list[Any] = [connection.recv_bytes() for _ in range(number)]
    else:
        buffers = [rooms.part(room, begin, size) for begin, size in places]
    return pickle.loads(rest, buffers=buffers), room
